"""Features of a user's own."""

import numpy as np
import pytest

from app.probe import METHODS
from tests.pages.probe.page import ASKED, charts, checked, frame, npz, opened, spec_of, texts
from tests.pages.scripts import assert_same_figure, made_by, shown_figures, shown_scripts
from tests.probe.sets import clouds


def test_own_features_are_compared_and_never_stored(tmp_path):
    data = clouds((60, 30, 8), spread=0.6, validation=False)
    app = opened()
    app.file_uploader[0].set_value(("mine.npz", npz(data), "application/octet-stream"))
    app.run()
    # Without validation rows the last epoch is the first thing that can be reported.
    checked(app.run())
    spec = spec_of(app)
    assert spec.data.startswith("own-")
    assert spec.selection == "last"
    text = texts(app)
    assert "mine\\.npz: 98 training rows of 3 classes" in text
    assert len(frame(app)) == 4
    stored = list((tmp_path / "runs").glob("*.safetensors"))
    assert [path.stem for path in stored] == [ASKED.id]


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("counts", [(5, 1), (1, 1, 1)])
def test_tiny_data_give_every_part_of_the_page(counts):
    app = opened(methods=",".join(METHODS))
    content = npz(clouds(counts, dim=1, test=3, validation=False))
    app.file_uploader[0].set_value(("tiny.npz", content, "application/octet-stream"))
    app.run()
    checked(app.run())
    assert len(frame(app)) == len(METHODS)
    assert {"probe:curves", "probe:spread", "probe:map"} <= charts(app)


def test_bad_features_are_refused_with_the_reason():
    app = opened()
    data = clouds((60, 30, 8))
    bad = npz(data, test_labels=np.where(data.test.labels == 2, 1, data.test.labels))
    app.file_uploader[0].set_value(("mine.npz", bad, "application/octet-stream"))
    app.run()
    assert "no test row" in app.error[0].value
    assert spec_of(app).data == "fashion-lt"


def test_the_code_of_own_features_reads_their_file(tmp_path, monkeypatch):
    app = opened(methods="stage1,lort")
    content = npz(clouds((60, 30, 8), spread=0.6, validation=False))
    app.file_uploader[0].set_value(("mine.npz", content, "application/octet-stream"))
    app.run()
    checked(app.run())
    (tmp_path / "features.npz").write_bytes(content)
    shown, scripts = shown_figures(app), shown_scripts(app)
    assert scripts.keys() == shown.keys()
    for name in ("probe-curves", "probe-map", "probe-spread"):
        assert_same_figure(made_by(scripts[name], tmp_path, monkeypatch), shown[name])
