"""A comparison of re-training methods, as a stream of snapshots."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from app.data.features import FeatureSet
from app.data.recut import recut_counts
from app.device import device_for
from app.longtail import frequency_groups
from app.probe.board import Board
from app.probe.candidates import Candidate
from app.probe.checks import check_data, check_metric, check_request
from app.probe.judge import Jury
from app.probe.lineup import Lineup
from app.probe.method import Sampler
from app.probe.methods import METHODS
from app.probe.observer import Observer
from app.probe.spec import ProbeSpec
from app.runs import Snapshot

if TYPE_CHECKING:
    from app.probe.trainer import Trainer


def run(spec: ProbeSpec, data: FeatureSet | None = None) -> Iterator[Snapshot]:
    """Re-train with every method and seed at once and yield the comparison on the way.

    The first snapshot is before training, some are within the first epoch, then one follows each
    epoch. The same settings and data give the same snapshots on one machine.

    Arrays, for M methods, C candidates (`app.probe.candidates`), S seeds, K classes, T recorded
    steps and the Q metrics of `app.adjust.METRICS`:

    - what is reported so far, as the spec's `selection` says: "classifier" (M, S, K, d), "bias",
      "gain", "shift" (M, S, K), "gate" (M, S, d + 1) and "unit" (M, S), see
      `app.probe.state.State`; "recalls", "magnitude", "deviation" (on test rows) and "norms"
      (M, S, K); "chosen_step" and "chosen_candidate" (M, S); "parameter" (M, S), the value of a
      post-hoc rule or NaN;
    - all heads now: "now/recalls", "now/magnitude", "now/deviation", "now/norms" (C, S, K);
    - all heads so far, NaN later: "history/test", "history/validation" (T, C, S, Q) at
      "history/step" (T,);
    - "counts" (K,), of the training rows.

    Metrics are "epoch" and "<method>/<metric>": what is reported, on test rows, mean over seeds.

    Parameters
    ----------
    spec : ProbeSpec
    data : FeatureSet, optional
        By default the bundled set that the spec names; a set given must have that name.

    Raises
    ------
    UserError
        If there is no such set, or settings or data cannot be used.
    """
    if data is None:
        from app.data.bundled import load_features

        data = load_features(spec.data)
    check_data(data)
    check_request(spec, data)
    return _stream(spec, data)


def total_steps(spec: ProbeSpec, data: FeatureSet) -> int:
    """Return the step of the last snapshot, for a progress bar; 0 where nothing is trained.

    Raises
    ------
    UserError
        If the ratio is out of range for the data.
    """
    if not any(METHODS[name].trained for name in spec.methods):
        return 0
    counts = data.class_counts
    if spec.ratio is not None:
        counts = recut_counts(counts, spec.ratio, spec.profile)
    return -(-int(counts.sum()) // spec.batch_size) * spec.epochs


def _stream(spec: ProbeSpec, data: FeatureSet) -> Iterator[Snapshot]:
    lineup = Lineup(spec, data)
    groups = frequency_groups(lineup.counts)
    test = Jury(data.test, groups)
    validation = None if data.val is None else Jury(data.val, groups)
    chooser = test if spec.selection == "best-on-test" else validation
    check_metric(spec, test, chooser)
    state = lineup.start(chooser)
    observer = Observer(test, validation, len(state.bias))
    # Seed by seed, so that what is measured does not depend on how many there are.
    for seed in range(spec.seeds):
        observer.look(state, np.arange(seed, len(state.bias), spec.seeds))
    for head, counter in lineup.vote_counters().items():
        observer.count(head, counter)
    trainers, length = _trainers(spec, lineup)
    board = Board(spec, lineup.heads, length)
    fixed = {
        "counts": lineup.counts.copy(),
        "parameter": lineup.parameters(),
    }
    done = 0
    for step in board.steps:
        for trainer in trainers:
            trainer.advance(step - done)
            places, part = trainer.state()
            rows = np.array(places) * spec.seeds + np.arange(spec.seeds)[:, None]
            for whole, values in zip(state, part, strict=True):
                whole[rows.ravel()] = values
            for of_seed in rows:
                observer.look(state, of_seed)
        done = step
        board.record(state, observer.findings, *observer.scores())
        yield board.snapshot(step, fixed)


def _trainers(spec: ProbeSpec, lineup: Lineup) -> "tuple[list[Trainer], int]":
    """One trainer a sampler, and the steps of an epoch; none where nothing is trained."""
    by_sampler: dict[Sampler, dict[int, Candidate]] = {}
    for place, candidate in enumerate(lineup.heads):
        if candidate.method.trained:
            by_sampler.setdefault(candidate.method.sampler, {})[place] = candidate
    if not by_sampler:
        return [], 0
    from app.probe.problem import Problem
    from app.probe.trainer import Trainer

    rows = [data.train for data in lineup.sets]
    # "auto" is the processor: at usual sizes a step of all heads takes a fraction of a millisecond
    # there, no more than it takes to launch its operations on a GPU.
    problem = Problem(spec, rows, lineup.counts, device_for(spec.device))
    trainers = []
    for sampler, heads in by_sampler.items():
        starts = [{c: lineup.begin(c, s) for c in heads} for s in range(spec.seeds)]
        trainers.append(Trainer(problem, sampler, heads, starts, lineup.first))
    return trainers, problem.steps_an_epoch
