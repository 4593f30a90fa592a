"""Templates are written in every format and read again."""

import numpy as np
import pytest

from app.data import TEMPLATE_FORMATS, UploadError, write_template
from app.data.templates import CLASS_COUNTS, CLASS_NAMES
from tests.data.accepted import read


@pytest.mark.parametrize("format_", TEMPLATE_FORMATS)
def test_templates_round_trip(format_):
    upload = read(write_template(format_), f"logits.{format_}")
    assert upload.format == format_
    assert upload.notes == ()
    assert upload.logits.shape == (12, 4)
    np.testing.assert_allclose(upload.logits, read(write_template("npy")).logits, rtol=1e-6)
    if format_ == "npy":
        return
    assert upload.class_names == CLASS_NAMES
    assert np.bincount(upload.labels).tolist() == [5, 3, 2, 2]
    assert upload.split.tolist() == ["tune", "judge"] * 6
    if format_ == "csv":
        assert upload.class_counts is None
    else:
        assert upload.class_counts.tolist() == list(CLASS_COUNTS)
    assert write_template(format_) == write_template(format_) or format_ == "pt"


def test_unknown_template():
    with pytest.raises(UploadError, match=r"must be one of npz, npy.*got 'xlsx'"):
        write_template("xlsx")
