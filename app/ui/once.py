"""What is made of a finished run: made once for all sessions, or for the one whose run it is."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar

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


def once(
    make: Callable[Concatenate[Origin | None, P], T],
) -> Callable[Concatenate[Origin | None, P], T]:
    """Decorate what makes something of a run, or of the data behind one.

    Its first argument says what it is made of; with None, as while that changes, it is made anew.
    Arguments with an underscore in front follow from the others and are not kept. What is
    returned is, and must not be changed.
    """
    shared = st.cache_resource(show_spinner=False, max_entries=_MOST)(make)
    own = st.cache_resource(show_spinner=False, max_entries=_MOST_OWN, scope="session")(make)

    @wraps(make)
    def made(of: Origin | None, /, *args: P.args, **kwargs: P.kwargs) -> T:
        if of is None:
            return make(of, *args, **kwargs)
        found: T = (own if of.own else shared)(of, *args, **kwargs)
        return found

    return made
