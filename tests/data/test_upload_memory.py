"""Peak memory of reading, measured in a fresh process, and the time it takes."""

import json
import subprocess
import sys

import pytest

WRITE = """
import io, sys, zipfile
import numpy as np
kind, path, rows, classes = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
z = np.random.default_rng(0).standard_normal((rows, classes), dtype=np.float32)
y = np.arange(rows) % classes
if kind == "npy": np.save(path, z)
if kind == "npy float16": np.save(path, z.astype(np.float16))
if kind == "npy fortran": np.save(path, np.asfortranarray(z))
if kind == "npz": np.savez(path, logits=z, labels=y)
if kind == "npz compressed":
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for key, value in {"logits": z, "labels": y}.items():
            with archive.open(key + ".npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, value)
if kind == "safetensors":
    from safetensors.numpy import save_file
    save_file({"logits": z, "labels": y}, path)
if kind == "parquet":
    import pyarrow as pa, pyarrow.parquet as pq
    table = pa.table({f"c{k}": z[:, k] for k in range(classes)} | {"label": y})
    pq.write_table(table, path, use_dictionary=False)
if kind == "pt":
    import torch
    torch.save({"logits": torch.from_numpy(z), "labels": torch.from_numpy(y)}, path)
if kind == "csv":
    import pyarrow as pa, pyarrow.csv as pc
    table = pa.table({f"c{k}": z[:, k] for k in range(classes)} | {"label": y})
    pc.write_csv(table, path)
"""

READ = """
import io, json, os, sys, time
from dataclasses import replace
import numpy as np
import pyarrow.csv, pyarrow.parquet, safetensors
if sys.argv[1] == "pt": import torch
from app.data import BROWSER, TEMPLATE_FORMATS, read_upload, write_template
for format_ in TEMPLATE_FORMATS:
    if format_ != "pt" or sys.argv[1] == "pt":
        read_upload(io.BytesIO(write_template(format_)), "x")
def status(key):
    lines = open("/proc/self/status").read().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(key))
file = sys.argv[2]
size = os.path.getsize(file)
if sys.argv[3] == "memory":
    file = io.BytesIO(open(file, "rb").read())
open("/proc/self/clear_refs", "w").write("5")  # forget the peak so far
before, start = status("VmRSS"), time.perf_counter()
upload = read_upload(file, "x", limits=replace(BROWSER, file_bytes=2**30))
seconds = time.perf_counter() - start
print(json.dumps({"size": size, "growth": status("VmHWM") - before, "seconds": seconds,
                  "shape": upload.logits.shape, "result": upload.logits.nbytes}))
"""

KINDS = [
    "npy",
    "npy float16",
    "npy fortran",
    "npz",
    "npz compressed",
    "safetensors",
    "parquet",
    "pt",
    "csv",
]


def measure(kind, rows, classes, tmp_path, source="memory"):
    path = str(tmp_path / "logits.bin")
    shape = [str(rows), str(classes)]
    if kind in ("npy", "npy float16", "npy fortran", "npz"):
        target = path + (".npz" if kind == "npz" else ".npy")
    else:
        target = path
    subprocess.run([sys.executable, "-c", WRITE, kind, target, *shape], check=True)
    result = subprocess.run(
        [sys.executable, "-c", READ, kind, target, source],
        capture_output=True,
        text=True,
        check=True,
    )
    measured = json.loads(result.stdout)
    assert measured["shape"] == [rows, classes]
    ratio = measured["growth"] / measured["size"]
    print(
        f"{kind}: file {measured['size'] / 1e6:.0f} MB, growth {ratio:.2f} times the file, "
        f"{measured['seconds']:.2f} s"
    )
    return ratio


@pytest.mark.parametrize("kind", KINDS)
def test_memory_stays_below_three_times_the_file(kind, tmp_path):
    rows = 3_000 if kind == "csv" else 12_000
    assert measure(kind, rows, 1000, tmp_path) < 3


@pytest.mark.slow
@pytest.mark.parametrize("source", ["memory", "path"])
@pytest.mark.parametrize("kind", KINDS)
def test_memory_of_fifty_million_numbers(kind, source, tmp_path):
    # A path is mapped, and the system can take the pages back: once the file is its own share.
    mapped = 1 if source == "path" else 0
    assert measure(kind, 50_000, 1000, tmp_path, source) - mapped < 3
