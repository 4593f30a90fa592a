"""Settings of the page /papers, all of which its link holds."""

from typing import get_args

from pydantic import Field

from app.papers import Verdict
from app.spec import Spec

PAGE = "papers"


class PapersSpec(Spec):
    """Which claims are listed."""

    verdicts: tuple[Verdict, ...] = Field(
        get_args(Verdict), title="Verdict", description="Claims with these verdicts are listed."
    )
