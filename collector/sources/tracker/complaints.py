"""From the decoder's error to a complaint one can act on: the field, what stood there, what is allowed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from collector.domain.errors import Invalid
from collector.domain.events import EventType

LONGEST_VALUE = 200

OUR_ID = "8 to 64 of A-Z a-z 0-9 _ -"
MOMENT = "milliseconds since 1970, a whole number, years 2000 to 2100"
MONEY = 'a decimal number as text, such as "12.50"'
FOREIGN_ID = "text of at most 200 characters, not empty where it is required"

# By the path without indexes, then by the name of the field alone.
ALLOWED_AT: dict[str, Sequence[str] | str] = {
    "v": ("1",),
    "visitor_id": OUR_ID,
    "events": "a list of at most 50 events",
    "events[].id": OUR_ID,
    "events[].type": tuple(
        kind.value
        for kind in (
            EventType.PAGE_VIEWED,
            EventType.PRODUCT_VIEWED,
            EventType.COLLECTION_VIEWED,
            EventType.SEARCH_SUBMITTED,
            EventType.CART_UPDATED,
            EventType.CHECKOUT_STARTED,
            EventType.CONTACT_SUBMITTED,
            EventType.ORDER_CONFIRMED,
        )
    ),
    "consent": ("granted", "denied", "unknown"),
}
ALLOWED_NAMED: dict[str, str] = {
    "sent_at": MOMENT,
    "at": MOMENT,
    "price": MONEY,
    "total": MONEY,
    "line_total": MONEY,
    "currency": "three capitals, ISO 4217",
    "quantity": "a whole number from 0 to 100000",
    "id": FOREIGN_ID,
    "variant_id": FOREIGN_ID,
    "customer_id": FOREIGN_ID,
    "order_id": FOREIGN_ID,
    "token": FOREIGN_ID,
    "checkout_token": FOREIGN_ID,
}

# "Expected `int`, got `str` - at `$.events[0].at`"; without a path it is the whole body.
_MESSAGE = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?\Z", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(\w+)`\Z")
_EXPECTED = re.compile(r"Expected `([^`]*)`")
_INDEX = re.compile(r"\[\d+\]")
_PART = re.compile(r"(\w+)|\[(\d+)\]")


def complaint(problem: Exception, body: bytes) -> Invalid:
    """`problem` is what decoding `body` raised: a msgspec error, UnicodeDecodeError or RecursionError."""
    if isinstance(problem, RecursionError):
        return _of_body("nested too deeply", body)
    if isinstance(problem, UnicodeDecodeError):
        return _of_body("not UTF-8", body)
    if not isinstance(problem, msgspec.ValidationError):
        return _of_body("not JSON", body)
    match = _MESSAGE.match(str(problem))
    what, field = (match["what"], match["path"] or "") if match else (str(problem), "")
    missing = _MISSING.match(what)
    if missing:
        field = f"{field}.{missing[1]}" if field else missing[1]
        return Invalid("missing", field, None, _allowed(field, what))
    if not field:
        return _of_body(what, body)
    return Invalid(_error(field, what), field, _value_at(field, body), _allowed(field, what))


def _of_body(error: str, body: bytes) -> Invalid:
    shown = body[:LONGEST_VALUE].decode("utf-8", "replace")
    return Invalid(error, "body", shown, "a JSON object in the beacon format, version 1")


def _error(field: str, what: str) -> str:
    if _INDEX.sub("[]", field) == "events[].type":
        return "unknown event type"
    return "not in the right form" if "matching regex" in what else what


def _allowed(field: str, what: str) -> Sequence[str] | str:
    path = _INDEX.sub("[]", field)
    if path in ALLOWED_AT:
        return ALLOWED_AT[path]
    name = path.rpartition(".")[2]
    if name in ALLOWED_NAMED:
        return ALLOWED_NAMED[name]
    expected = _EXPECTED.match(what)
    return expected[1] if expected else "the beacon format, version 1"


def _value_at(field: str, body: bytes) -> object:
    """What stands at the path, short enough to show; None when the body cannot be read that far."""
    try:
        found: Any = msgspec.json.decode(body)
        for name, index in _PART.findall(field):
            found = found[name] if name else found[int(index)]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, LookupError, TypeError):
        return None
    if isinstance(found, str):
        return found[:LONGEST_VALUE]
    if isinstance(found, dict | list):
        return "an object" if isinstance(found, dict) else f"a list of {len(found)}"
    return found
