"""Bundled samples of logits and sets of features, and reading and checking what users upload.

Importing this imports NumPy only; pyarrow, safetensors and PyTorch are imported by the reader
that needs them.
"""

from app.data.bundled import FEATURE_SETS, SAMPLES, load, load_features
from app.data.counts import parse_counts
from app.data.feature_file import read_features
from app.data.features import FeatureSet, Rows
from app.data.limits import BROWSER, COMMAND_LINE, Limits
from app.data.read import read_upload
from app.data.recut import recut
from app.data.scale import Conversion, ScoreScale, score_scale, to_logits
from app.data.second import read_counts
from app.data.templates import TEMPLATE_FORMATS, write_template
from app.data.upload import AmbiguousKeys, Upload, UploadError

__all__ = [
    "BROWSER",
    "COMMAND_LINE",
    "FEATURE_SETS",
    "SAMPLES",
    "TEMPLATE_FORMATS",
    "AmbiguousKeys",
    "Conversion",
    "FeatureSet",
    "Limits",
    "Rows",
    "ScoreScale",
    "Upload",
    "UploadError",
    "load",
    "load_features",
    "parse_counts",
    "read_counts",
    "read_features",
    "read_upload",
    "recut",
    "score_scale",
    "to_logits",
    "write_template",
]
