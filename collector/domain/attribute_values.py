"""Values of contact attributes: what a known value becomes for an attribute of some type. Pure, never raises."""

from __future__ import annotations

import math
import re
from datetime import date

TYPES = ("text", "date", "float", "boolean")
LONGEST_TEXT = 1000
LARGEST = 10**15  # beyond it a float loses whole numbers
LARGEST_ID = 10**40
YES, NO = frozenset(["true", "yes", "on", "1"]), frozenset(["false", "no", "off", "0"])

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})([T ].*)?", re.DOTALL)

Plain = str | int | float | bool
Value = Plain | date | tuple[str, ...]


def fitting(value: Value, type_: str, *, is_number: bool = False) -> Plain | None:
    """The value as an attribute of this type takes it; None: it does not fit. `is_number`: of a telephone."""
    match type_:
        case "float":
            return _float(value)
        case "boolean":
            return _boolean(value)
        case "date":
            return _day(value)
        case _:
            said = _text(value)
            return (said if _E164.fullmatch(said) else None) if is_number else said


def _text(value: Value) -> str:
    if isinstance(value, tuple):
        return _joined(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, int) and abs(value) > LARGEST_ID:
        return ""
    return str(value)[:LONGEST_TEXT]


def _joined(parts: tuple[str, ...]) -> str:
    """As many whole parts as fit."""
    kept = ""
    for part in parts:
        longer = f"{kept}, {part}" if kept else part
        if len(longer) > LONGEST_TEXT:
            break
        kept = longer
    return kept


def _float(value: Value) -> int | float | None:
    if isinstance(value, bool | tuple | date):
        return None
    try:
        number = value if isinstance(value, int) else float(value)
    except ValueError:
        return None
    if abs(number) > LARGEST or math.isnan(number):
        return None
    return int(number) if number == int(number) else number


def _boolean(value: Value) -> bool | None:
    if isinstance(value, bool):
        return value
    said = str(value).strip().lower() if isinstance(value, str | int) else ""
    return True if said in YES else False if said in NO else None


def _day(value: Value) -> str | None:
    """YYYY-MM-DD."""
    if isinstance(value, date):
        return value.isoformat()[:10]
    found = _DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        return date.fromisoformat(found[1]).isoformat()
    except ValueError:
        return None
