"""Where the scheduler is, as the operator says."""

import os
import re

from app.errors import UserError

VARIABLE = "COLLAPSE_LAB_SCHEDULER"
"""The environment variable that gives a server its scheduler."""

_FORM = re.compile(r"(tcp|tls)://(\[[0-9A-Fa-f:.]+\]|[\w.-]+):(\d{1,5})", re.ASCII)


def operators_scheduler() -> str | None:
    """Return the address in the environment; None if there is none."""
    return os.environ.get(VARIABLE) or None


def checked_address(address: str) -> str:
    """Return an address of a scheduler as it is.

    Raises
    ------
    UserError
        If it is none.
    """
    found = _FORM.fullmatch(address)
    if found is None or not 1 <= int(found[3]) <= 65535:
        raise UserError(
            "the scheduler must be an address such as tcp://10.0.0.5:8786 or tls://host:8786, "
            f"got {address[:80]!r}."
        )
    return address
