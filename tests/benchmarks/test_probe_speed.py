"""Twenty heads trained together against one after another; `make bench` prints the ratio.

The rival is the plain torch loop that the results are tested against: features on the device at
once, one head, autograd and `torch.optim.SGD`. Both train on the same mini-batches, and neither
is charged for judging.
"""

import numpy as np
import pytest
import torch

from app.data.features import FeatureSet, Rows
from app.longtail import class_counts
from app.probe.candidates import candidates
from app.probe.lineup import Lineup
from app.probe.methods import METHODS
from app.probe.run import _trainers
from app.probe.sampling import epoch_rows
from app.probe.spec import ProbeSpec
from tests.benchmarks.ratios import ratios
from tests.probe import plain

TWENTY = tuple(name for name, method in METHODS.items() if method.trained)


def synthetic(head, num_classes, dim, seed=0):
    """Clouds around random means, imbalance 100, with a rough classifier."""
    rng = np.random.default_rng(seed)
    counts = class_counts(num_classes, head, 100)
    means = rng.normal(size=(num_classes, dim)) / np.sqrt(dim)
    labels = np.repeat(np.arange(num_classes), counts)
    noise = rng.normal(size=(labels.size, dim)) / np.sqrt(dim)
    train = Rows((means[labels] + noise).astype(np.float32), labels)
    test = Rows(means.astype(np.float32), np.arange(num_classes))
    weights, bias = means.astype(np.float32), np.zeros(num_classes, np.float32)
    return FeatureSet("synthetic", train, test, counts, test, weights=weights, bias=bias)


def together(spec, data):
    trainers, length = _trainers(spec, Lineup(spec, data))
    for trainer in trainers:
        trainer.advance(spec.epochs * length)
    return {
        candidate: state.weights
        for places, state in (trainer.state() for trainer in trainers)
        for candidate in places
    }


def one_by_one(spec, data):
    lineup = Lineup(spec, data)
    return [
        plain.train(
            candidate,
            spec,
            data.train,
            lineup.counts,
            lineup.begin(c, 0),
            lineup.first[0],
            spec.seed,
        )
        for c, candidate in enumerate(candidates(spec))
    ]


def lean(spec, data):
    """As many linear heads on plain cross-entropy alone: the least any loop of torch can take."""
    X, y = torch.tensor(data.train.features), torch.tensor(data.train.labels)
    for seed, _ in enumerate(TWENTY):
        head = torch.nn.Linear(data.dim, data.num_classes)
        optimizer = torch.optim.SGD(head.parameters(), 1e-2, momentum=0.9, weight_decay=5e-4)
        order = epoch_rows(data.train.labels, "instance", seed, 0)
        for part in torch.tensor(order).split(spec.batch_size):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(head(X[part]), y[part]).backward()
            optimizer.step()


@pytest.fixture
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_there_are_twenty_and_all_are_trained():
    """Runs in every test run, so that the benchmark keeps measuring what it says."""
    spec = ProbeSpec(data="synthetic", methods=TWENTY, epochs=1, selection="last")
    data = synthetic(20, 3, 4)
    assert len(TWENTY) == len(together(spec, data)) == len(one_by_one(spec, data)) == 20


@pytest.mark.slow
@pytest.mark.parametrize(
    ("head", "num_classes", "dim", "least"), [(5000, 10, 128, 5), (500, 100, 128, 3)]
)
def test_twenty_methods_at_once(one_thread, head, num_classes, dim, least):
    spec = ProbeSpec(data="synthetic", methods=TWENTY, epochs=1, selection="last")
    data = synthetic(head, num_classes, dim)
    seconds, against = ratios(
        lambda: together(spec, data),
        {"loop": lambda: one_by_one(spec, data), "lean": lambda: lean(spec, data)},
        rounds=5,
    )
    print(
        f"\n{len(TWENTY)} methods, N = {data.train.labels.size:,}, K = {num_classes}, d = {dim}: "
        f"{seconds:.2f} s an epoch, {against['loop']:.1f}x one head after another, "
        f"{against['lean']:.1f}x as many linear heads on cross-entropy"
    )
    assert against["loop"] >= least
