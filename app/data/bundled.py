"""The samples and feature sets that ship with the app, read like any upload."""

from pathlib import Path

from app.data.feature_file import read_features
from app.data.features import FeatureSet
from app.data.read import read_upload
from app.data.upload import Upload
from app.errors import UserError

_ASSETS = Path(__file__).resolve().parents[2] / "assets"
FOLDER = _ASSETS / "samples"
FEATURE_FOLDER = _ASSETS / "features"


def _files(folder: Path) -> dict[str, Path]:
    return dict(sorted((p.stem, p) for p in folder.glob("*.safetensors") if p.is_file()))


SAMPLES: dict[str, Path] = _files(FOLDER)
"""File of each sample by name; a file put into the folder is a sample."""
FEATURE_FILES: dict[str, Path] = _files(FEATURE_FOLDER)
"""File of each feature set by name; a file put into the folder is a feature set."""
DIGITS = "digits-lt"
"""The feature set that is made when it is asked for."""
FEATURE_SETS: tuple[str, ...] = (*FEATURE_FILES, DIGITS)
"""Names of all feature sets."""


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


def load_features(name: str) -> FeatureSet:
    """Read a bundled feature set, or make the digits, which takes a second.

    Parameters
    ----------
    name : str
        One of ``FEATURE_SETS``.

    Returns
    -------
    FeatureSet
        With all three splits, class names and the stage-1 classifier; ``metadata`` says how it
        was made.

    Raises
    ------
    UserError
        If there is no such set.
    """
    if name == DIGITS:
        from app.data.build.digits import make_digits

        return make_digits()
    if name not in FEATURE_FILES:
        raise UserError(f"the feature set must be one of: {', '.join(FEATURE_SETS)}; got {name!r}.")
    return read_features(FEATURE_FILES[name], name)
