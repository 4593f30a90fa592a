"""What /tune computes: kept for the data and settings it was computed for."""

from collections.abc import Iterator
from typing import Any

from app.adjust.adjusters import AdjusterName
from app.adjust.compare import Comparison, Line
from app.data import Upload
from app.tune import TuneSpec, comparison, warnings
from app.tune.by_hand import judge_by_hand
from app.tune.look_up import LookUp, look_up, slider_positions
from app.tune.spread import SpreadFit, upload_spread
from app.ui.once import kept
from app.ui.tune.data import Chosen

_SETUP_FIELDS = ("scale", "prior", "custom_prior", "ties", "norms", "angles", "many", "few")
_LINE_FIELDS = ("metric", "low", "high", "judge", "folds", "seed", "samples")


def _comparison(key: str, settings: tuple[Any, ...], _data: Chosen, _spec: TuneSpec) -> Comparison:
    return comparison(_data.upload, _spec)


def _line(
    key: str,
    settings: tuple[Any, ...],
    name: AdjusterName,
    _comparison: Comparison,
    _spec: TuneSpec,
    _raw: Line | None,
) -> Line:
    return _comparison.line(
        name,
        _spec.metric,
        (_spec.low, _spec.high),
        judge=_spec.judge,
        folds=_spec.folds,
        seed=_spec.seed,
        samples=_spec.samples,
        raw=_raw,
    )


def _warnings(key: str, settings: tuple[Any, ...], _upload: Upload, _spec: TuneSpec) -> list[str]:
    return warnings(_upload, _spec)


def _by_hand(
    key: str, settings: tuple[Any, ...], value: float, _work: Comparison, _tuned: Line
) -> Line:
    return judge_by_hand(_work, _tuned, value)


def _look_up(
    key: str,
    settings: tuple[Any, ...],
    name: AdjusterName,
    wanted: tuple[float, ...],
    _work: Comparison,
    _spec: TuneSpec,
    _raw: Line,
) -> LookUp:
    return look_up(_work, _spec, name, _raw, slider_positions((_spec.low, _spec.high), wanted))


def _spread(
    key: str, settings: tuple[Any, ...], _upload: Upload, _work: Comparison
) -> SpreadFit | None:
    return upload_spread(_upload, _work.protocol("raw", *settings).final)


# A bundled sample is computed once for everyone; what comes from an upload goes with its session.
_shared_comparison = kept(8)(_comparison)
_own_comparison = kept(2, scope="session")(_comparison)
_shared_line = kept(128)(_line)
_own_line = kept(32, scope="session")(_line)
_own_by_hand = kept(4, scope="session")(_by_hand)
_shared_look_up = kept(32)(_look_up)
_own_look_up = kept(4, scope="session")(_look_up)
_shared_spread = kept(32)(_spread)
_own_spread = kept(4, scope="session")(_spread)
_shared_warnings = kept(32)(_warnings)
_own_warnings = kept(8, scope="session")(_warnings)


def remarks(chosen: Chosen, spec: TuneSpec) -> list[str]:
    """What to know before believing a number; looked for once, since it reads every logit."""
    make = _shared_warnings if chosen.shared else _own_warnings
    return make(chosen.key, (spec.scale, spec.judge, spec.folds), chosen.upload, spec)


def compare(chosen: Chosen, spec: TuneSpec) -> Comparison:
    """Return the comparison for these data and settings; paths found for it are kept.

    Raises
    ------
    UserError
        If the settings do not fit the data.
    """
    make = _shared_comparison if chosen.shared else _own_comparison
    return make(chosen.key, _fields(spec, _SETUP_FIELDS), chosen, spec)


def lines(chosen: Chosen, spec: TuneSpec, names: tuple[AdjusterName, ...]) -> Iterator[Line]:
    """Tune and judge adjusters one after another, raw first; what was computed is not again."""
    make = _shared_line if chosen.shared else _own_line
    settings = _fields(spec, _SETUP_FIELDS + _LINE_FIELDS)
    work, raw = compare(chosen, spec), None
    everything: tuple[AdjusterName, ...] = ("raw", *names)
    for name in everything:
        line = make(chosen.key, settings, name, work, spec, raw)
        raw = raw or line
        yield line


def by_hand(chosen: Chosen, spec: TuneSpec, work: Comparison, tuned: Line) -> Line | None:
    """Judge the adjuster in focus at the value chosen for it; None if none was."""
    if spec.value is None:
        return None
    settings = (tuned.name, *_fields(spec, _SETUP_FIELDS + _LINE_FIELDS))
    return _own_by_hand(chosen.key, settings, spec.value, work, tuned)


def judged_everywhere(
    chosen: Chosen, spec: TuneSpec, work: Comparison, raw: Line, wanted: tuple[float, ...]
) -> LookUp:
    """Judge the adjuster in focus at every position of its slider.

    Among them are those wanted and the value chosen.
    """
    positions = slider_positions((spec.low, spec.high), wanted)
    if spec.value is not None and spec.value not in positions:
        wanted = (*wanted, spec.value)
    make = _shared_look_up if chosen.shared else _own_look_up
    settings = _fields(spec, _SETUP_FIELDS + _LINE_FIELDS)
    return make(chosen.key, settings, spec.focus, wanted, work, spec, raw)


def spread(chosen: Chosen, spec: TuneSpec, work: Comparison) -> SpreadFit | None:
    """Fit the spread of the features in the file, if it has any."""
    make = _shared_spread if chosen.shared else _own_spread
    return make(chosen.key, _fields(spec, ("judge", "folds", "seed")), chosen.upload, work)


def _fields(spec: TuneSpec, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(getattr(spec, name) for name in names)
