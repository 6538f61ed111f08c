"""What a body may look like, by hand: the same verdicts as a contract file, there also without one.

A shape is a table from field to check; a check answers None or what is wrong. Everything refused here is a 400 and a
violation: something that may never be sent.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from collector.sandbox.brevo import dates
from collector.sandbox.brevo.answers import Json, invalid

Check = Callable[[Any], str | None]
Shape = Mapping[str, Check]

_KEY = re.compile(r"[A-Za-z0-9_-]{1,255}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
# Amounts a template compares and adds up: as text they cannot be (see the `*_parsed` fields of Brevo's own plugin).
_NUMBERS = re.compile(
    r"(sub)?total|quantity|price|unit_price|line_total|tax|discount|shipping|revenue|amount|\w+_minor|\w+_parsed"
)
_PROPERTIES_AT_MOST = 50 * 1024


def an_email(value: Any) -> str | None:
    return None if isinstance(value, str) and _EMAIL.fullmatch(value) else "must be an e-mail address"


def a_text(value: Any) -> str | None:
    return None if isinstance(value, str) and value != "" else "must be a text that is not empty"


def any_text(value: Any) -> str | None:
    return None if isinstance(value, str) else "must be a text"


def a_boolean(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def a_number(value: Any) -> str | None:
    return None if type(value) in (int, float) else "must be a number"


def an_integer(value: Any) -> str | None:
    return None if type(value) is int else "must be a whole number"


def a_moment(value: Any) -> str | None:
    return None if isinstance(value, str) and dates.read(value) else "must be a date and time as in RFC 3339"


def a_web_address(value: Any) -> str | None:
    fits = isinstance(value, str) and re.fullmatch(r"https?://[^\s/]+(/\S*)?(\?\S*)?(#\S*)?", value)
    return None if fits else "must be an http(s) address"


def one_of(*allowed: str) -> Check:
    return lambda value: None if value in allowed else f"must be one of {', '.join(allowed)}"


def list_of(check: Check, at_least: int = 0, at_most: int | None = None) -> Check:
    def checked(value: Any) -> str | None:
        if not isinstance(value, list):
            return "must be a list"
        if len(value) < at_least or (at_most is not None and len(value) > at_most):
            return f"must have {at_least} to {at_most} entries, has {len(value)}"
        return next((f"[{n}] {wrong}" for n, wrong in enumerate(map(check, value)) if wrong), None)

    return checked


def shaped(shape: Shape, required: Iterable[str] = (), at_least: int = 0) -> Check:
    needed = tuple(required)

    def checked(value: Any) -> str | None:
        if not isinstance(value, dict):
            return "must be an object"
        if missing := [name for name in needed if name not in value]:
            return f"{missing[0]} is missing"
        if unknown := sorted(value.keys() - shape.keys()):
            return f"{unknown[0]} is not a field here"
        if len(value) < at_least:
            return f"must have at least {at_least} of {', '.join(shape)}"
        return next((f"{name} {wrong}" for name, it in value.items() if (wrong := shape[name](it))), None)

    return checked


def map_of(*types: type) -> Check:
    def checked(value: Any) -> str | None:
        if not isinstance(value, dict):
            return "must be an object"
        bad = next((name for name, it in value.items() if type(it) not in types), None)
        return None if bad is None else f"{bad} must be {' or '.join(t.__name__ for t in types)}"

    return checked


def attribute_values(value: Any) -> str | None:
    if not isinstance(value, dict):
        return "must be an object"
    for name, it in value.items():
        if name != name.upper():
            return f"{name} must be in capitals"
        is_list = isinstance(it, list) and all(isinstance(one, str) for one in it)
        if type(it) not in (str, int, float, bool) and not is_list:
            return f"{name} must be a text, a number, true, false or a list of texts"
    return None


def event_name(value: Any) -> str | None:
    fits = isinstance(value, str) and _KEY.fullmatch(value)
    return None if fits else "must be 1 to 255 of letters, digits, - and _"


def event_properties(value: Any) -> str | None:
    if not isinstance(value, dict):
        return "must be an object"
    size = len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass"))
    if size > _PROPERTIES_AT_MOST:
        return f"must be at most 50 KB, is {size} bytes"
    return _property_trouble(value)


def _property_trouble(value: Any) -> str | None:
    if isinstance(value, list):
        return next((wrong for one in value if (wrong := _property_trouble(one))), None)
    if not isinstance(value, dict):
        return None
    for name, it in value.items():
        if not _KEY.fullmatch(name):
            return f"key {name[:60]!r} must be 1 to 255 of letters, digits, - and _"
        if isinstance(it, str) and _NUMBERS.fullmatch(name) and re.fullmatch(r"-?[\d.,]+", it):
            return f"{name} must be a number, not a text"
        if wrong := _property_trouble(it):
            return f"{name}: {wrong}"
    return None


def check(body: Any, shape: Check) -> Json:
    """The body, if it fits; raises Refusal. Nulls are refused at any depth."""
    if not isinstance(body, dict):
        raise invalid("Input must be a valid JSON object", "bad_request")
    if where := _null_at(body):
        raise invalid(f"{where} must not be null")
    if wrong := shape(body):
        raise invalid(wrong, "missing_parameter" if wrong.endswith("is missing") else "invalid_parameter")
    return body


def parse(raw: bytes) -> Any:
    """JSON as Brevo reads it: UTF-8, no NaN, no Infinity. Raises Refusal."""

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=refuse)
    except (ValueError, RecursionError):
        raise invalid("Input must be valid JSON", "bad_request") from None
    if not _is_finite(value):
        raise invalid("A number is too large", "bad_request")
    return value


def _is_finite(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    if isinstance(value, list):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def _null_at(value: Any, where: str = "") -> str | None:
    if value is None:
        return where
    inside: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, list):
        inside = enumerate(value)
    return next((found for name, it in inside if (found := _null_at(it, f"{where}/{name}"))), None)
