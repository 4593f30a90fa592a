import ast
import io
import subprocess
import sys
import tokenize
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch

from app.adjust.adjusters import ADJUSTERS, Setup, score_function
from app.adjust.compare import Comparison
from app.tune import estimator_code, numpy_code, torch_code
from app.tune.export import takes_code

WRITERS = {"numpy": numpy_code, "torch": torch_code, "estimator": estimator_code}
PARAMETERS = {
    "raw": {},
    "mla": {"gamma": 0.37},
    "ala": {"tau": 1.23},
    "1vs1": {"gamma": 0.61},
    "tau-norm": {"tau": 0.9},
    "vs": {"gamma": 0.2, "tau": -0.7},
    "temperature": {"temperature": 1.7},
}
COUNTS = {2: [500, 20], 3: [500, 20, 100], 6: [500, 100, 100, 3, 20, 1200]}
ROWS = 300


def data(num_classes, dtype=np.float64):
    """Rows with many ties of votes: small, near each other, both signs; some exact ties."""
    rng = np.random.default_rng(num_classes)
    z = rng.normal(size=(ROWS, num_classes)) - 0.3
    z[:40] = np.round(z[:40])
    z[40:60] -= 10
    return z.astype(dtype), rng.integers(0, num_classes, ROWS)


def basic(num_classes):
    return Setup(COUNTS[num_classes], weight_norms=np.linspace(0.5, 2, num_classes))


def options(num_classes):
    """Every option of a setup alone, and all together."""
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(num_classes, 4)).round(1)
    weights[-1] = 2 * weights[0]  # parallel: no plane for this pair
    every = {
        "none": {},
        "centred": {"center": True},
        "custom prior": {"target_prior": np.arange(1.0, num_classes + 1)},
        "train prior": {"target_prior": "train"},
        "head ties": {"ties": "head"},
        "weights": {"weights": weights},
        "feature norms": {"feature_norms": np.linspace(3, 1, num_classes)},
        "bias": {"bias": np.linspace(-1, 1, num_classes)},
    }
    together = {k: v for option in every.values() for k, v in option.items()}
    return every | {"all": together, "all, margin ties": together | {"ties": "margin"}}


def run(code, logits, labels):
    """Predictions of code that was written down."""
    scope = {"logits": logits, "labels": labels}
    exec(compile(code, "taken home", "exec", dont_inherit=True), scope)
    return np.asarray(scope["adjust"](logits)).argmax(axis=1)


@pytest.mark.parametrize("option", options(3))
@pytest.mark.parametrize("num_classes", COUNTS)
@pytest.mark.parametrize("name", ADJUSTERS)
def test_code_predicts_what_the_library_predicts(name, num_classes, option):
    setup = replace(basic(num_classes), **options(num_classes)[option])
    for dtype in (np.float64, np.float32):
        logits, labels = data(num_classes, dtype)
        expected = score_function(name, setup, PARAMETERS[name])(logits).argmax(axis=1)
        for kind, writer in WRITERS.items():
            found = run(writer(name, PARAMETERS[name], setup), logits, labels)
            np.testing.assert_array_equal(found, expected, err_msg=f"{kind}, {dtype.__name__}")


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("name", [name for name in ADJUSTERS if takes_code(name)])
@pytest.mark.parametrize("ties", ["margin", "head"])
def test_code_predicts_what_the_page_shows(name, kind, ties):
    logits, labels = data(6, np.float32)
    labels[:200] = logits[:200].argmax(axis=1)
    work = Comparison(logits, labels, replace(basic(6), ties=ties))
    line = work.line(name, judge="same", samples=20)
    found = run(WRITERS[kind](name, line.parameters, work.setup), logits, labels)
    np.testing.assert_array_equal(line.rows, np.arange(ROWS))
    np.testing.assert_array_equal(found, line.predictions)


def test_the_data_of_these_tests_hold_ties_of_votes():
    logits, _ = data(6)
    votes = score_function("1vs1", basic(6), PARAMETERS["1vs1"])(logits)
    assert (votes.max(axis=1) % 1 == 0.5).sum() >= 20


def test_torch_code_takes_tensors_and_gives_tensors():
    logits, _ = data(3)
    scope = {}
    exec(torch_code("1vs1", {"gamma": 0.5}, basic(3)), scope)
    votes = scope["adjust"](torch.from_numpy(logits))
    assert isinstance(votes, torch.Tensor)
    expected = score_function("1vs1", basic(3), {"gamma": 0.5})(logits)
    np.testing.assert_array_equal(votes.numpy(), expected)


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("name", ADJUSTERS)
def test_only_the_estimator_needs_this_package(name, kind):
    code = WRITERS[kind](name, PARAMETERS[name], basic(3))
    modules = {
        getattr(node, "module", None) or node.names[0].name
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    allowed = {
        "numpy": {"numpy"},
        "torch": {"torch"},
        "estimator": {"numpy", "app.adjust"},
    }
    assert modules <= allowed[kind]


HOSTILE = [
    f"x{end}import os{end}os.abort()  # "
    for end in ("\n", "\r", "\r\n", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e")
] + ['"""', "'''", "\\", "x\0y", "\ud800", "\u202ereversed", "coding: utf7", "{z}", "%s", "\x1b[2J"]


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("name", ["raw", "mla", "1vs1"])
@pytest.mark.parametrize("comment", HOSTILE)
def test_a_comment_stays_a_comment(name, kind, comment):
    plain, code = (WRITERS[kind](name, PARAMETERS[name], basic(3), text) for text in ("", comment))
    assert ast.dump(ast.parse(code)) == ast.dump(ast.parse(plain))
    encoded = code.encode()
    assert tokenize.detect_encoding(io.BytesIO(encoded).readline)[0] == "utf-8"
    assert ast.dump(ast.parse(encoded)) == ast.dump(ast.parse(plain))
    added = set(code.split("\n")) - set(plain.split("\n"))
    assert added
    for line in added:
        assert line.startswith("#")
        assert line.isprintable()


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("name", ADJUSTERS)
def test_running_the_code_warns_of_nothing(name, kind):
    logits, labels = data(6)
    setup = replace(basic(6), **options(6)["all, margin ties"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(WRITERS[kind](name, PARAMETERS[name], setup), logits, labels)


def test_the_code_is_formatted_and_clean(tmp_path):
    """As ruff writes it, but for the length of lines that hold a file's numbers."""
    for name in ADJUSTERS:
        for option in ("none", "centred", "custom prior", "head ties", "all, margin ties"):
            setup = replace(basic(3), **options(3)[option])
            for kind, writer in WRITERS.items():
                code = writer(name, PARAMETERS[name], setup, "Tuned on x.npz\nseed 0")
                (tmp_path / f"{name}_{kind}_{option[:4]}.py").write_text(code)
    ruff = [sys.executable, "-m", "ruff"]
    style = ["--isolated", "--no-cache", "--line-length=320", str(tmp_path)]
    for command in (
        ["format", "--diff", *style],
        # F821: the estimator is fitted to logits and labels of the reader's.
        ["check", "--select=E,F,W,B,UP", "--ignore=F821", *style],
    ):
        done = subprocess.run([*ruff, *command], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
