"""What is made once for all sessions: of settings, or of a finished run.

Streamlit's cache has those who ask for the same at the same time, as a class does that follows one
link, wait for the first of them; `functools.lru_cache` would have each compute it.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

import streamlit as st

from app.runs import Run

P = ParamSpec("P")
T = TypeVar("T")

# What one maker has made at most, each up to some hundred kB.
_MOST, _MOST_OWN = 32, 2


class Origin(NamedTuple):
    """What something is made of.

    Attributes
    ----------
    name : str
        Equal for what is the same.
    own : bool
        Whether it is one session's alone.
    """

    name: str
    own: bool = False


def origin_of(run: Run, *, own: bool = False) -> Origin:
    """Tell a run from all that found anything else, and from one that is not complete."""
    return Origin(f"{run.digest} {run.complete}", own)


def kept(max_entries: int, **options: Any) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorate what is made of its arguments: once, kept for all sessions, and not to be changed.

    Arguments with an underscore in front follow from the others.

    Parameters
    ----------
    max_entries : int
        Results kept; beyond them the oldest goes.
    options
        Of `st.cache_resource`, such as ``scope="session"`` for what is one session's alone.
    """
    decorate: Callable[[Callable[P, T]], Callable[P, T]] = st.cache_resource(
        show_spinner=False, max_entries=max_entries, **options
    )
    return decorate


def once(
    make: Callable[Concatenate[Origin | None, P], T],
) -> Callable[Concatenate[Origin | None, P], T]:
    """Decorate what makes something of a run, or of the data behind one.

    Its first argument says what it is made of; with None, as while that changes, it is made anew.
    Arguments with an underscore in front follow from the others and are not kept. What is
    returned is, and must not be changed.
    """
    common = kept(_MOST)(make)
    own = kept(_MOST_OWN, scope="session")(make)

    @wraps(make)
    def made(of: Origin | None, /, *args: P.args, **kwargs: P.kwargs) -> T:
        if of is None:
            return make(of, *args, **kwargs)
        found: T = (own if of.own else common)(of, *args, **kwargs)
        return found

    return made
