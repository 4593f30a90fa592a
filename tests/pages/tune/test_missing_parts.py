"""What a file lacks or leaves open is asked for."""

import io

import numpy as np

from app.data import read_upload
from tests.pages.tune.page import (
    MINE,
    arrays,
    assert_agrees,
    checked,
    has_table,
    npy,
    npz,
    sentences,
    upload,
    uploaded,
    words,
)


def test_ambiguous_logits_are_asked_for_and_must_be_one_of_them():
    z = arrays()["logits"]
    app = uploaded(npz(logits=None, val=z, test=-z), samples="20")
    assert len(app.info) == 1
    assert not has_table(app)
    assert app.selectbox[0].options == ["val", "test"]
    app.selectbox[0].set_value("val")
    assert_agrees(checked(app.run()), MINE)
    checked(app.run())
    assert not app.info


def test_ambiguous_labels_may_be_none_of_the_arrays():
    app = uploaded(npz(y=np.zeros(80, int), targets=np.zeros(80, int)), samples="20")
    assert app.selectbox[0].options == ["labels", "y", "targets", "None of these"]
    app.selectbox[0].set_value("None of these")
    checked(app.run())
    assert "holds no labels" in app.info[0].value
    upload(app, npy(arrays()["labels"]), "labels.npy", place=1)
    assert_agrees(app, MINE)


def test_missing_labels_are_asked_for_and_wrong_ones_can_be_replaced():
    app = uploaded(npz(labels=None), samples="20")
    assert "holds no labels" in app.info[0].value
    for wrong in (b"nonsense", npy(np.arange(7)), npy(np.full(80, 9))):
        upload(app, wrong, "labels.npy", place=1)
        assert len(app.error) == 1
        assert app.error[0].value.startswith(r"labels\.npy")
        assert not has_table(app)
    upload(app, npy(arrays()["labels"]), "labels.npy", place=1)
    assert not sentences(app)
    assert_agrees(app, MINE)


def test_ambiguous_labels_in_the_second_file_are_asked_for():
    out = io.BytesIO()
    np.savez(out, y=arrays()["labels"], targets=np.zeros(80, int))
    app = upload(uploaded(npz(labels=None), samples="20"), out.getvalue(), "two.npz", place=1)
    assert app.selectbox[0].options == ["y", "targets"]
    app.selectbox[0].set_value("y")
    assert_agrees(checked(app.run()), MINE)


def test_labels_of_another_file_are_not_carried_over():
    app = upload(
        uploaded(npz(labels=None), samples="20"), npy(np.zeros(80, int)), "zeros.npy", place=1
    )
    upload(app)
    assert len(app.file_uploader) == 1
    assert_agrees(app, MINE)


def _without_counts():
    return uploaded(npz(class_counts=None), samples="20")


def test_missing_counts_may_be_pasted():
    app = _without_counts()
    assert "training samples" in app.info[0].value
    assert not has_table(app)
    for wrong, part in (("1, 2, 3", "must be 4 numbers"), ("1, 2, x, 4", "whole numbers")):
        app.text_area[0].set_value(wrong)
        checked(app.run())
        assert part in app.error[0].value
        assert not has_table(app)
    app.text_area[0].set_value("owl, 10\nfox, 40\ndog, 120\ncat, 500")
    assert_agrees(checked(app.run()), MINE)


def test_missing_counts_may_be_uploaded():
    app = _without_counts()
    app.button_group(key="tune:counts_way").set_value("Upload")
    checked(app.run())
    upload(app, b"500,120,40", "counts.csv", place=1)
    assert len(app.error) == 1
    upload(app, b"500\n120\n40\n10\n", "counts.csv", place=1)
    assert not app.error
    assert_agrees(app, MINE)


def test_missing_counts_may_follow_a_profile():
    app = _without_counts()
    app.button_group(key="tune:counts_way").set_value("Profile")
    checked(app.run())
    app.number_input(key="tune:profile_head").set_value(1000)
    app.number_input(key="tune:profile_ratio").set_value(10.0)
    app.selectbox(key="tune:profile").set_value("step")
    checked(app.run())
    assert "1,000 to 100 training samples" in words(app)
    counts = np.array([1000, 1000, 100, 100])
    assert_agrees(app, read_upload(io.BytesIO(npz(class_counts=counts)), "mine.npz"))
