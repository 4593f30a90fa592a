"""Scripts put together of pieces."""

from app.centers import CentersSpec
from app.ufm import UFMSpec
from app.ui.script import call, literal, script, settings


def test_imports_come_first_and_once():
    made = script(
        "from app.ufm import UFMSpec, solve\nimport numpy as np\n\nx = 1\n",
        "from app.ufm import UFMSpec\nfrom pathlib import Path\nimport app.probe\ny = x",
    )
    assert made == (
        "from pathlib import Path\n\nimport numpy as np\n\n"
        "import app.probe\nfrom app.ufm import UFMSpec, solve\n\nx = 1\n\ny = x\n"
    )


def test_settings_make_the_same_spec():
    for spec in (
        UFMSpec(counts=(100, 10), dim=4, loss="cdt", gamma=0.5, bias=True),
        UFMSpec(counts=tuple(range(60, 1, -1)), dim=70),
        CentersSpec(counts=(9, 3, 1), theta=0.3),
    ):
        names: dict = {}
        exec(script(settings(spec, always=("counts",))), names)
        assert names["spec"] == spec


def test_literals_are_python():
    for value in ("ünï \"q'\\\n", (1,), (), (0.1, None), {"a b": ("x", True)}, [1, "é"], -2.5e-9):
        assert eval(literal(value)) == value
    assert eval(call("dict", "1 and {}", a="x" * 90, b=2.0)) == {"a": "x" * 90, "b": 2.0}
