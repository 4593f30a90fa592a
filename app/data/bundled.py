"""The samples that ship with the app, read like any upload."""

from pathlib import Path

from app.data.read import read_upload
from app.data.upload import Upload
from app.errors import UserError

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "samples"
SAMPLES: dict[str, Path] = dict(
    sorted((path.stem, path) for path in FOLDER.glob("*.safetensors") if path.is_file())
)
"""File of each sample by name; a file put into the folder is a sample."""


def load(name: str) -> Upload:
    """Read a bundled sample.

    Parameters
    ----------
    name : str
        One of ``SAMPLES``.

    Returns
    -------
    Upload
        With labels, class counts and names, a split, the classifier, features and class means;
        ``metadata`` says how it was made.

    Raises
    ------
    UserError
        If there is no such sample.
    """
    if name not in SAMPLES:
        known = ", ".join(SAMPLES) or "none (assets/samples is empty)"
        raise UserError(f"the sample must be one of: {known}; got {name!r}.")
    return read_upload(SAMPLES[name], SAMPLES[name].name)
