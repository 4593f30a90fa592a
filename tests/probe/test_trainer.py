"""Heads trained together are what each is alone."""

import numpy as np
import pytest
import torch

from app.probe.candidates import candidates, table_of
from app.probe.lineup import Lineup
from app.probe.methods import METHODS
from app.probe.run import run
from app.probe.spec import ProbeSpec
from app.probe.state import Columns, State
from tests.probe import plain
from tests.probe.sets import clouds

DATA = clouds([60, 25, 11, 4], dim=6)
TRAINED = tuple(name for name, method in METHODS.items() if method.trained)
EVERYTHING = ProbeSpec(
    data="clouds",
    methods=TRAINED,
    seeds=2,
    epochs=5,
    batch_size=16,
    delta=0.9,
    tau=1.5,
    selection="last",
    dtype="float64",
)


def reported(snapshot, m, s):
    """State of one head."""
    names = ["classifier", "bias", "gain", "shift", "gate", "unit"]
    return State(*(snapshot.arrays[name][m, s][None] for name in names))


def compare(spec, data, tolerance):
    """Logits on test rows, trained together and alone."""
    *_, final = run(spec, data)
    lineup = Lineup(spec, data)
    heads = candidates(spec)
    test = torch.tensor(data.test.features, dtype=getattr(torch, spec.dtype))
    for m, candidate in enumerate(heads):
        for s, seed in enumerate(spec.all_seeds):
            rows = lineup.sets[s].train
            begin, first = lineup.begin(m, s), lineup.first[s]
            alone = plain.train(candidate, spec, rows, lineup.counts, begin, first, seed)
            with torch.no_grad():
                expected = alone(test).numpy()
            found = Columns(test.numpy()).logits(reported(final, m, s))[0].T
            np.testing.assert_allclose(
                found, expected, rtol=tolerance, atol=tolerance, err_msg=candidate.method.name
            )


def test_every_method_and_seed_is_what_it_is_alone():
    compare(EVERYTHING, DATA, 1e-9)


def test_so_are_seeds_with_training_rows_of_their_own():
    methods = ("ce", "cosine", "lws", "disalign", "crt", "ltwb")
    spec = EVERYTHING.model_copy(update={"ratio": 5.0, "methods": methods, "epochs": 2})
    compare(spec, DATA, 1e-9)


def test_so_is_single_precision():
    spec = EVERYTHING.model_copy(update={"dtype": "float32", "epochs": 3, "seeds": 1})
    compare(spec, DATA, 2e-4)


def test_so_are_other_rates_decays_and_a_constant_schedule():
    spec = EVERYTHING.model_copy(
        update={
            "learning_rates": (0.05,),
            "weight_decays": (0.02,),
            "schedule": "constant",
            "momentum": 0.5,
            "epochs": 3,
            "seeds": 1,
        }
    )
    compare(spec, DATA, 1e-9)


def test_features_gathered_in_pieces_are_the_same(monkeypatch):
    *_, whole = run(EVERYTHING, DATA)
    monkeypatch.setattr("app.probe.trainer._CHUNK", 1)
    *_, pieces = run(EVERYTHING, DATA)
    found, expected = pieces.arrays["classifier"], whole.arrays["classifier"]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_rows_of_maxnorm_end_no_longer_than_the_radius():
    spec = EVERYTHING.model_copy(update={"methods": ("stage1", "maxnorm", "ce")})
    first, *_, final = run(spec, DATA)
    norms = first.arrays["norms"][0]
    radius = norms.min(axis=1) + 0.1 * np.ptp(norms, axis=1)
    assert (final.arrays["norms"][1] <= radius[:, None] * (1 + 1e-12)).all()
    assert (final.arrays["norms"][2].max(axis=1) > radius).all()


def test_a_loss_deferred_changes_after_its_share_of_the_epochs():
    method = METHODS["ldam-drw"]
    spec = ProbeSpec(epochs=20)
    counts = [100, 10, 1]
    plain_weights = table_of(METHODS["ldam"], spec, counts, 0).weights
    np.testing.assert_array_equal(table_of(method, spec, counts, 15).weights, plain_weights)
    late = table_of(method, spec, counts, 16).weights / plain_weights
    assert late[2] / late[0] == pytest.approx(99.5, rel=0.01)


def test_lort_converges_to_ridge_regression_as_delta_goes_to_one():
    """Derived: near uniform softmax the loss is a square, with the penalty divided by K."""
    from scipy.optimize import minimize

    from app.losses import lort
    from app.probe.starts import least_squares

    data = clouds([200, 60, 20, 8], dim=6, spread=0.8)
    X = torch.tensor(data.train.features, dtype=torch.float64)
    y, decay = torch.tensor(data.train.labels), 0.01

    def objective(x):
        leaf = torch.tensor(x.reshape(4, 7), requires_grad=True)
        value = lort(X @ leaf[:, :6].T + leaf[:, 6], y, delta=0.999)
        value = value + decay / 8 * leaf[:, :6].square().sum()
        (slope,) = torch.autograd.grad(value, leaf)
        # Scaled, for the minimum is flat.
        return 1e6 * value.item(), 1e6 * slope.numpy().ravel()

    found = minimize(objective, np.zeros(28), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    rows = found.x.reshape(4, 7)
    ridge = least_squares(data.train, 4, decay)
    test = data.test.features
    pair = [test @ rows[:, :6].T + rows[:, 6], test @ ridge.weights.T + ridge.bias]
    a, b = (z - z.mean(axis=1, keepdims=True) for z in pair)
    assert (a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b) >= 0.9998
    assert (a.argmax(1) == b.argmax(1)).mean() >= 0.99
