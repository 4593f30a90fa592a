"""Bundled data sets, and reading and checking what users upload.

Importing this imports NumPy only; pyarrow, safetensors and PyTorch are imported by the reader
that needs them.
"""

from app.data.bundled import SAMPLES, load
from app.data.counts import parse_counts
from app.data.limits import BROWSER, COMMAND_LINE, Limits
from app.data.read import read_upload
from app.data.scale import Conversion, ScoreScale, score_scale, to_logits
from app.data.second import read_counts
from app.data.templates import TEMPLATE_FORMATS, write_template
from app.data.upload import AmbiguousKeys, Upload, UploadError

__all__ = [
    "BROWSER",
    "COMMAND_LINE",
    "SAMPLES",
    "TEMPLATE_FORMATS",
    "AmbiguousKeys",
    "Conversion",
    "Limits",
    "ScoreScale",
    "Upload",
    "UploadError",
    "load",
    "parse_counts",
    "read_counts",
    "read_upload",
    "score_scale",
    "to_logits",
    "write_template",
]
