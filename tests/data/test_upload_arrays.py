"""Files of arrays that are read, with the values that were written."""

import io
import json

import numpy as np
import pytest

from tests.data import upload_files as make
from tests.data.accepted import NAMES, REST, Y, Z, check_form, read


def torch_file(**arrays):
    import torch

    return make.pt({k: torch.from_numpy(v) for k, v in arrays.items()})


@pytest.mark.parametrize("write", [make.npz, make.safetensors, torch_file])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, np.int64])
def test_archives_keep_every_value(write, dtype):
    scores = (10 * Z).astype(dtype)
    upload = read(write(logits=scores, labels=Y, **REST))
    assert upload.logits.dtype == (np.float64 if scores.itemsize == 8 else np.float32)
    np.testing.assert_array_equal(upload.logits, scores)
    np.testing.assert_array_equal(upload.labels, Y)
    for role, array in REST.items():
        np.testing.assert_array_equal(getattr(upload, role), array)
    assert any("converted" in note for note in upload.notes) == (
        dtype not in (np.float32, np.float64)
    )
    check_form(upload)


@pytest.mark.parametrize("write", [make.npy, lambda z: make.npz(logits=z)])
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda z: z.astype(">f4"), "big-endian"),
        (lambda z: z.astype(">f8"), "big-endian"),
        (np.asfortranarray, "Fortran"),
        (lambda z: np.asfortranarray(z.astype(">f2")), "float16 to float32"),
        (lambda z: np.asfortranarray(z.astype("u1")), "uint8 to float32"),
    ],
)
def test_byte_and_memory_order(write, change, says):
    upload = read(write(change(Z)))
    np.testing.assert_array_equal(upload.logits, change(Z).astype(upload.logits.dtype))
    assert any(says in note for note in upload.notes)
    check_form(upload)


def test_plain_arrays_need_no_note():
    assert read(make.npy(Z), "a.npy").notes == ()
    assert read(make.npy(Z), "a.npy").format == "npy"
    np.testing.assert_array_equal(read(make.npy(Z[:1])).logits, Z[:1])


def test_compressed_npz():
    out = io.BytesIO()
    np.savez_compressed(out, logits=Z, y=Y)
    np.testing.assert_array_equal(read(out.getvalue()).logits, Z)


def test_bfloat16():
    import torch

    tensor = torch.tensor(Z).bfloat16()
    upload = read(make.pt({"logits": tensor}))
    np.testing.assert_array_equal(upload.logits, tensor.float().numpy())
    assert upload.notes == ("bfloat16 values were converted to float32.",)
    from safetensors.torch import save

    np.testing.assert_array_equal(read(save({"logits": tensor})).logits, upload.logits)


def test_one_tensor_and_parameters():
    import torch

    np.testing.assert_array_equal(read(make.pt(torch.tensor(Z))).logits, Z)
    upload = read(make.pt({"logits": torch.nn.Parameter(torch.tensor(Z)), "epoch": 3}))
    np.testing.assert_array_equal(upload.logits, Z)
    assert upload.notes == ("'epoch' was left out: it is neither a tensor nor a list of text.",)
    np.testing.assert_array_equal(read(make.pt(torch.tensor(Z).T.contiguous().T)).logits, Z)


def test_metadata_is_kept_short():
    metadata = {"model": "resnet", "note": "x" * 5000, "class_names": json.dumps(list(NAMES))}
    upload = read(make.safetensors(metadata, logits=Z))
    assert upload.class_names == tuple(NAMES)
    assert upload.metadata["model"] == "resnet"
    assert len(upload.metadata["note"]) == 1000
