"""What uploads are read from, and what reading leaves alone."""

import io
import subprocess
import sys

from app.data import COMMAND_LINE, TEMPLATE_FORMATS, read_upload, write_template
from tests.data import upload_files as make
from tests.data.accepted import Z


def test_paths_are_read(tmp_path):
    for format_ in TEMPLATE_FORMATS:
        path = tmp_path / f"file.{format_}"
        path.write_bytes(write_template(format_))
        assert read_upload(path, "x", limits=COMMAND_LINE).logits.shape == (12, 4)
        assert read_upload(str(path), "x").logits.shape == (12, 4)
        with path.open("rb") as file:
            assert read_upload(file, "x").logits.shape == (12, 4)
        path.unlink()


def test_reading_leaves_the_file_as_it_was():
    file = io.BytesIO(make.npz(logits=Z))
    file.seek(5)
    before = file.getvalue()
    read_upload(file, "a")
    assert file.tell() == 5
    assert file.getvalue() is before


def test_importing_the_package_is_light():
    code = (
        "import sys, app.data; "
        "print([m for m in ('torch','pyarrow','pandas','safetensors','streamlit','scipy') "
        "if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
