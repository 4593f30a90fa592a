"""Names and sentences of the page /minority."""

from typing import get_args

from app.losses.form import FormName
from app.ufm.spec import LOSS_WORDS
from app.ui.minority.spec import ShownName

PAGE = "minority"

PROFILE_WORDS = {"step": "Step: many and few", "exponential": "Exponential: a long tail"}
FORM_WORDS: dict[FormName, str] = {name: LOSS_WORDS[name] for name in get_args(FormName)}
SHOWN_WORDS: dict[ShownName, str] = {
    "auto": "What tells the phases apart",
    "distance": "Distance of minority vectors",
    "means": "Norm of minority means",
    "rank": "Rank of the logits",
    "accuracy": "Classes recognised",
    "certificate": "Ratio of the certificate",
}
