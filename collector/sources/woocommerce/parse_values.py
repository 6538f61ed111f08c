"""Reading values out of bodies that plugins have been at: strings for numbers, [] for {}, null for anything.

What does not matter is left out when it cannot be read; what matters (ids, times, totals) raises Unparseable
with the field and the value, so that the row can be mended and replayed.
"""

from __future__ import annotations

import html
import re
import reprlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from collector.domain.errors import Unparseable
from collector.domain.money import to_minor
from collector.domain.timestamps import whole_ms

DIGITS = re.compile(r"[0-9]{1,20}")
YES = {"1", "yes", "true", "on"}
_SHOWN = reprlib.Repr()  # bounded in depth and length, whatever the value is
_SHOWN.maxstring = _SHOWN.maxother = 80
_DECODER = msgspec.json.Decoder(float_hook=Decimal)  # an amount never passes through a float


def read_object(raw: bytes) -> dict[str, Any]:
    """The JSON object of a webhook. Raises Unparseable: not JSON, or no object."""
    try:
        body = _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unparseable("not_json", f"{type(error).__name__}: {raw[:80]!r}") from None
    if not isinstance(body, dict):
        raise Unparseable("not_an_object", repr(raw[:80]))
    return body


def unreadable(reason: str, field: str, value: object) -> Unparseable:
    return Unparseable(reason, f"{field}: {_SHOWN.repr(value)}")


def as_object(value: object) -> dict[str, Any]:
    """PHP writes an empty map as []; that and everything else that is no map is an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """PHP writes a list with gaps as a map; null is an empty one."""
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def text(value: object, limit: int = 500) -> str:
    """Strings and numbers as trimmed text of at most `limit` characters; anything else is ""."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ""
    if isinstance(value, int) and value.bit_length() > 128:
        return ""
    return str(value).replace("\x00", "").strip()[:limit]


def plain(value: object, limit: int = 500) -> str:
    """Text without HTML escapes. Once only: WooCommerce escapes names (`Tea &amp; mug`) once."""
    return html.unescape(text(value, limit)).strip()


def id_text(value: object) -> str:
    """An id as text; "" for none (0, "", null) and for what is no id."""
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < 20 and value % 1 == 0:
        value = int(value)
    found = text(value)
    return str(int(found)) if DIGITS.fullmatch(found) and int(found) else ""


def required_id(value: object, field: str = "id") -> str:
    found = id_text(value)
    if not found:
        raise unreadable("bad_id", field, value)
    return found


def moment(body: Mapping[str, Any], field: str) -> datetime | None:
    """A `*_gmt` time: UTC written without Z, whole seconds. None when absent or MySQL's zero date."""
    value = body.get(field)
    if value in (None, "", False, 0) or text(value).startswith("0000-00-00"):
        return None
    try:
        read = datetime.fromisoformat(text(value))
        aware = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise unreadable("bad_time", field, value) from None
    return whole_ms(aware)


def version_at(body: Mapping[str, Any]) -> datetime:
    """When this version of a customer or order was made. Raises Unparseable if it does not say."""
    found = moment(body, "date_modified_gmt") or moment(body, "date_created_gmt")
    if found is None:
        raise unreadable("bad_time", "date_modified_gmt", body.get("date_modified_gmt"))
    return found


def money(value: object, exponent: int, field: str) -> int:
    """Minor units. Raises Unparseable."""
    amount = money_or_none(value, exponent)
    if amount is None:
        raise unreadable("bad_money", field, value)
    return amount


def money_or_none(value: object, exponent: int) -> int | None:
    """Minor units, None for what is missing or no amount: a line without a price is still a line."""
    try:
        return to_minor(text(value), exponent)
    except ValueError:
        return None


def is_yes(value: object) -> bool:
    return value is True or text(value).lower() in YES


def meta(body: Mapping[str, Any]) -> dict[str, Any]:
    """`meta_data` as key -> value; of a repeated key the last."""
    entries = (as_object(entry) for entry in as_list(body.get("meta_data")))
    return {text(entry.get("key"), 200): entry.get("value") for entry in entries}


def no_later(when: datetime, arrived_at: datetime) -> datetime:
    """A shop's clock may be ahead of ours: nothing happened after we heard of it."""
    return min(when, arrived_at)
