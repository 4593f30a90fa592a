"""Optima over a whole grid of imbalance ratios and decays, coarse first."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from typing import Annotated, Any, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from app.longtail import class_counts
from app.losses.form import FormName
from app.runs.run import Snapshot
from app.spec import Spec
from app.ufm.spec import UFMSpec
from app.ufm.sweep_measure import NOTHING, measure

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MIN_CLASSES, MAX_CLASSES = 3, 20
MAX_SIZE = 40
MAX_HEAD_COUNT = 1_000_000
STRIDES = (4, 2, 1)
_BISECTIONS = 8
# Cells, and columns of the border, solved at a time: between them a sweep can be stopped, and
# each may be solved elsewhere. Smaller batches cost more, larger ones cannot be shared out.
_BATCH = 100
_COLUMNS = 20

Spread = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]
"""What applies a pure function to items and yields the results in their order, as `map` does."""

Ratio = Annotated[
    float, Field(ge=1.0, le=10_000.0, json_schema_extra={"format": "%g", "step": 1.0})
]
SweptDecay = Annotated[
    float, Field(ge=1e-8, le=10.0, json_schema_extra={"format": "%.3g", "step": 1e-4})
]


class SweepSpec(Spec):
    """A grid of unconstrained-features models: imbalance by decay, all else equal.

    The decay of a cell is that of the classifier and of the features; the loss is averaged over
    samples. Rare classes keep their count while the frequent ones grow with the ratio.
    """

    profile: Literal["step", "exponential"] = Field(
        "step", title="Profile", description="How the counts fall from head to tail."
    )
    classes: int = Field(
        10,
        ge=MIN_CLASSES,
        le=MAX_CLASSES,
        title="Classes K",
        description=f"{MIN_CLASSES} to {MAX_CLASSES}.",
    )
    minority_fraction: float = Field(
        0.5,
        ge=0.0,
        le=1.0,
        title="Minority share",
        description="Share of the classes that count as small: at least two, not all.",
    )
    tail_count: int = Field(
        5,
        ge=1,
        le=1000,
        title="Tail count",
        description="Training samples of the smallest class, in all cells.",
    )
    ratio_low: Ratio = Field(
        1.0, title="Ratio from", description="Smallest imbalance ratio R = head count / tail count."
    )
    ratio_high: Ratio = Field(1000.0, title="Ratio to", description="Largest imbalance ratio.")
    decay_low: SweptDecay = Field(
        3e-5, title="Decay from", description="Smallest decay of classifier and features alike."
    )
    decay_high: SweptDecay = Field(3e-2, title="Decay to", description="Largest decay.")
    size: int = Field(
        20,
        ge=5,
        le=MAX_SIZE,
        title="Grid",
        description="Rows, and columns unless some have equal counts.",
    )
    loss: FormName = Field("ce", title="Loss", description="What is minimised.")
    gamma: float = Field(
        0.5,
        ge=-3.0,
        le=3.0,
        title="gamma",
        description="Exponent of the class temperatures n_k^gamma (mean 1) of CDT, LDT and VS.",
    )
    tau: float = Field(
        1.0,
        ge=-5.0,
        le=5.0,
        title="tau",
        description="Strength of the additive term tau log(n_k / N) of LA and VS.",
    )
    margin: float = Field(
        0.5, ge=0.0, le=10.0, title="Margin", description="Largest margin of LDAM."
    )
    dim: int = Field(20, ge=1, le=100, title="Dimension d", description="Of the features.")
    relu: bool = Field(False, title="ReLU", description="Whether features are at least zero.")
    bias: bool = Field(
        False, title="Bias", description="Whether the classifier has a bias, without decay."
    )

    @property
    def num_minority(self) -> int:
        """K_B, the last classes."""
        return round(self.minority_fraction * self.classes)

    @property
    def steps(self) -> int:
        """Cells."""
        return self.decays.size * self.ratios.size

    @property
    def decays(self) -> FloatArray:
        """Decays of the rows (R,), rising."""
        return _axes(self).decays

    @property
    def ratios(self) -> FloatArray:
        """Imbalance ratios of the columns (C,), rising, after rounding of the counts."""
        return _axes(self).ratios

    @property
    def counts(self) -> IntArray:
        """Training samples of each class of every column, (C, K), head first."""
        return _axes(self).counts

    def cell(self, row: int, column: int) -> UFMSpec:
        """The model of one cell; rows are decays, columns ratios."""
        return self.model(float(self.decays[row]), column)

    def model(self, decay: float, column: int) -> UFMSpec:
        """The model of a column at any decay."""
        return UFMSpec(
            counts=tuple(self.counts[column].tolist()),
            dim=self.dim,
            loss=self.loss,
            gamma=self.gamma if self.loss in ("cdt", "ldt", "vs") else 0.0,
            tau=self.tau if self.loss in ("la", "vs") else 0.0,
            margin=self.margin,
            relu=self.relu,
            bias=self.bias,
            weight_decay=decay,
            feature_decay=decay,
        )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Refuse what spans no grid, in words."""
        for name, low, high in (
            ("ratio", self.ratio_low, self.ratio_high),
            ("decay", self.decay_low, self.decay_high),
        ):
            if not low < high:
                raise ValueError(f"{name}_low must be below {name}_high, got {low:g} and {high:g}")
        if not 2 <= self.num_minority < self.classes:
            raise ValueError(
                f"minority_fraction must leave 2 to {self.classes - 1} small classes of "
                f"{self.classes}, got {self.num_minority}"
            )
        if self.tail_count * self.ratio_high > MAX_HEAD_COUNT:
            raise ValueError(
                f"tail_count times ratio_high must be at most {MAX_HEAD_COUNT:,}, "
                f"got {self.tail_count * self.ratio_high:,.0f}"
            )
        if self.ratios.size < 2:
            raise ValueError(
                "ratio_low and ratio_high must give different head counts, both give "
                f"{self.counts[0, 0]}"
            )
        return self


class _Axes(NamedTuple):
    """Rows and columns of a grid; read-only."""

    decays: FloatArray
    ratios: FloatArray
    counts: IntArray


@lru_cache(maxsize=64)
def _axes(spec: SweepSpec) -> _Axes:
    ratios = np.geomspace(spec.ratio_low, spec.ratio_high, spec.size)
    heads = np.unique(np.rint(spec.tail_count * ratios).astype(np.int64))
    ratios = heads / spec.tail_count
    shape = spec.profile, spec.minority_fraction
    counts = [
        class_counts(spec.classes, int(head), float(ratio), *shape)
        for head, ratio in zip(heads, ratios, strict=True)
    ]
    axes = _Axes(np.geomspace(spec.decay_low, spec.decay_high, spec.size), ratios, np.stack(counts))
    for array in axes:
        array.flags.writeable = False
    return axes


def run_sweep(spec: SweepSpec, spread: Spread = map) -> Iterator[Snapshot]:
    """Solve every 4th cell of a grid in both directions, then every 2nd, then all.

    Parameters
    ----------
    spec : SweepSpec
    spread : callable
        How batches of cells are shared out: `map`, or `app.cluster.Cluster.map`. A cell does not
        depend on those it is solved with, nor snapshots on what solves first.

    Yields
    ------
    Snapshot
        Step: cells known. Arrays "ratios" (C,), "decays" (R,), those of `measure` by cell (R, C),
        NaN where a cell is not known yet, and with the last cells "border" (C,), the decay from
        which the minority is not told apart any more, by bisection to a 256th of a cell; NaN in
        columns without one and for the exponential profile. Metrics "cells", "largest_gap"
        (certified, relative to the objective) and "largest_ratio" (of the certificate).
    """
    shape = spec.decays.size, spec.ratios.size
    known = np.zeros(shape, dtype=bool)
    border = np.full(shape[1], np.nan)
    fields: dict[str, FloatArray] = {}
    batches = list(_batches(shape))
    for places, found in zip(batches, spread(partial(_solved, spec), batches), strict=True):
        fields = {
            name: _with_cells(fields.get(name, np.full(shape, np.nan)), places, values)
            for name, values in found.items()
        }
        known[tuple(places.T)] = True
        if known.all() and spec.profile == "step":
            border = _border(spec, fields["minority_distance"], spread)
        arrays = {"ratios": spec.ratios, "decays": spec.decays, "border": border, **fields}
        yield Snapshot(int(known.sum()), arrays, _metrics(fields))


def _solved(spec: SweepSpec, places: IntArray) -> dict[str, FloatArray]:
    """Measure the cells at some rows and columns (B, 2)."""
    return measure([spec.cell(*at) for at in places.tolist()], spec.num_minority)


def _batches(shape: tuple[int, int]) -> Iterator[IntArray]:
    """Rows and columns (B, 2) of cells to solve together: each cell once, coarse ones first."""
    done = np.zeros(shape, dtype=bool)
    for stride in STRIDES:
        wanted = np.zeros(shape, dtype=bool)
        wanted[::stride, ::stride] = True
        places = np.argwhere(wanted & ~done)
        yield from (places[at : at + _BATCH] for at in range(0, len(places), _BATCH))
        done |= wanted


def _border(spec: SweepSpec, distances: FloatArray, spread: Spread) -> FloatArray:
    """Bisect between the last decay of each column that tells the minority apart and the next."""
    apart = distances > NOTHING
    crossed = apart[:-1] & ~apart[1:]
    columns = np.flatnonzero(crossed.any(axis=0))
    last = crossed[:, columns].argmax(axis=0)
    starts = range(0, columns.size, _COLUMNS)
    parts = [(columns[at : at + _COLUMNS], last[at : at + _COLUMNS]) for at in starts]
    border = np.full(spec.ratios.size, np.nan)
    for (part, _), found in zip(parts, spread(partial(_bisected, spec), parts), strict=True):
        border[part] = found
    return border


def _bisected(spec: SweepSpec, part: tuple[IntArray, IntArray]) -> FloatArray:
    """The border in some columns (B,), each between a row (B,) and the next."""
    columns, last = part
    low, high = spec.decays[last], spec.decays[last + 1]
    for _ in range(_BISECTIONS):
        middle = np.sqrt(low * high)
        cells = [spec.model(*at) for at in zip(middle.tolist(), columns.tolist(), strict=True)]
        told = measure(cells, spec.num_minority)["minority_distance"] > NOTHING
        low, high = np.where(told, middle, low), np.where(told, high, middle)
    return np.asarray(np.sqrt(low * high))


def _with_cells(field: FloatArray, places: IntArray, values: FloatArray) -> FloatArray:
    """A copy, as snapshots keep theirs."""
    field = field.copy()
    field[tuple(places.T)] = values
    return field


def _metrics(fields: dict[str, FloatArray]) -> dict[str, float]:
    gaps = (fields["objective"] - fields["lower_bound"]) / fields["objective"]
    return {
        "cells": float(np.isfinite(gaps).sum()),
        "largest_gap": float(np.nanmax(gaps)),
        "largest_ratio": float(np.nanmax(fields["certificate_ratio"])),
    }
