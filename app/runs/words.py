"""JSON and names that came from outside, before they are believed or shown."""

import json
from typing import Any, NoReturn

from app.errors import UserError

LARGEST_TEXT = 1_000_000


def parse_json(text: str, what: str) -> Any:
    """Read JSON of any origin; ``what`` names it in the error.

    Raises
    ------
    UserError
        If it is too long or too deep, holds NaN or an infinity, or is no JSON.
    """
    if len(text) > LARGEST_TEXT:
        raise UserError(f"{what} must have at most {LARGEST_TEXT:,} characters, got {len(text):,}.")
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise UserError(f"{what} must be nested less deeply.") from None
    except ValueError:
        raise UserError(f"{what} must be valid JSON of finite numbers.") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def shown(name: object) -> str:
    """Quote a name from outside on one line, cut to 60 characters."""
    text = str(name)
    return repr(text if len(text) <= 60 else text[:60] + "...")
