"""Typed reading of the JSON values Shopify sends. What is not there is "" or None; what is wrong raises.

Ids come as integers up to 19 digits, digit strings or `gid://shopify/Kind/123`; here they are decimal
strings. Numbers with a point are read as Decimal, so no amount ever passes through a float.
"""

from __future__ import annotations

import json
import re
import reprlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from collector.domain.door import InboxRow
from collector.domain.errors import Unparseable
from collector.domain.ports import Addresses, Currencies
from collector.domain.shop import Shop
from collector.domain.timestamps import EPOCH, whole_ms

Json = dict[str, Any]

DIGITS = re.compile(r"\A(?:gid://shopify/[A-Za-z]+/)?([1-9][0-9]{0,39})(?:\?.*)?\Z", re.ASCII)
CURRENCY = re.compile(r"\A[A-Z]{3}\Z", re.ASCII)
COUNTRY = re.compile(r"\A[A-Z]{2}\Z", re.ASCII)
VISITOR = re.compile(r"\A[A-Za-z0-9_-]{8,64}\Z", re.ASCII)
VISITOR_ATTRIBUTE = "tajo_id"  # the cart attribute our tracker writes
LARGEST_COUNT = 2**31
CUT = "is_cut"  # fact of a row: nested records of the body may be missing


def read_object(body: bytes) -> Json:
    """The JSON object in `body`. Raises Unparseable."""
    try:
        value = json.loads(body.decode(), parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError, ArithmeticError) as error:  # ArithmeticError: 1e999999999999999999
        raise Unparseable("not_json", f"{type(error).__name__}: {error}"[:200]) from error
    if not isinstance(value, dict):
        raise Unparseable("not_an_object", seen(value))
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def seen(value: object) -> str:
    """A value as shown in `Unparseable.detail`: short, however large or deep it is."""
    return reprlib.repr(value)[:200]


def text(value: object, limit: int = 1000) -> str:
    """Trimmed text; "" for null and for what is no text. Numbers become their digits.

    Lone surrogates (legal in JSON, not storable) become U+FFFD; NUL goes.
    """
    if isinstance(value, str) and value.isascii() and "\0" not in value:  # nearly all there is
        return value.strip()[:limit]
    if isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return str(value)[:limit]
    if not isinstance(value, str):
        return ""
    try:
        value.encode()
    except UnicodeEncodeError:
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value.replace("\0", "").strip()[:limit]


def mapping(value: object) -> Json:
    """The object, or {}: Shopify sends `[]` for a missing shipping address."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> Iterator[Json]:
    """The objects in a list; nothing for null, for another type, for entries that are no objects."""
    if isinstance(value, list):
        yield from (entry for entry in value if isinstance(entry, dict))


def identifier(value: object) -> str:
    """An id as decimal digits; "" when there is none."""
    found = DIGITS.match(text(value, limit=200))
    return found.group(1) if found else ""


def required_id(holder: Json, *keys: str) -> str:
    """The first of `keys` that holds an id. Raises Unparseable naming the first key."""
    for key in keys:
        if found := identifier(holder.get(key)):
            return found
    raise Unparseable("missing_id", f"{keys[0]}: {seen(holder.get(keys[0]))}")


def token(value: object) -> str:
    """An opaque token without its secret part: `…?key=…` and a `gid://shopify/Cart/` in front go."""
    plain = text(value, limit=500).split("?", 1)[0]
    return plain.rsplit("/", 1)[-1] if plain.startswith("gid://") else plain


def count(value: object, field: str) -> int | None:
    """A whole number ≥ 0, also as text; None when not stated. Raises Unparseable."""
    if value is None or value == "":
        return None
    digits = text(value, limit=20)
    if digits.isascii() and digits.isdigit() and int(digits) < LARGEST_COUNT:
        return int(digits)
    raise Unparseable("bad_number", f"{field}: {seen(value)}")


def boolean(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def currency_code(value: object) -> str:
    """ISO 4217 in capitals; "" when not stated. XXX ("no currency", in sample bodies) passes."""
    code = text(value, limit=10).upper()
    return code if CURRENCY.match(code) else ""


def country_code(value: object) -> str:
    code = text(value, limit=10).upper()
    return code if COUNTRY.match(code) else ""


def visitor_id(*attributes: object) -> str:
    """The visitor our tracker wrote into the cart: a list of {name, value} or an object, "" without one."""
    for stated in attributes:
        value = mapping(stated).get(VISITOR_ATTRIBUTE)
        for attribute in objects(stated):
            if VISITOR_ATTRIBUTE in (attribute.get("name"), attribute.get("key")):
                value = attribute.get("value")
        if isinstance(value, str) and VISITOR.match(value):
            return value
    return ""


def tags(value: object) -> tuple[str, ...] | None:
    """Tags from `"a, b"` or a list, in order, once each; None when the body does not carry them."""
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        return None
    return tuple(dict.fromkeys(tag for tag in (text(entry, limit=255) for entry in value) if tag))


def read_time(value: object) -> datetime | None:
    """An ISO 8601 time with its offset -> UTC in whole ms; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        return whole_ms(moment.astimezone(UTC)) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the values whose meaning depends on the row (arrival), the shop, or a standard."""

    row: InboxRow
    shop: Shop
    currencies: Currencies
    addresses: Addresses

    @property
    def received_at(self) -> datetime:
        return whole_ms(self.row.received_at.astimezone(UTC))

    @property
    def triggered_at(self) -> datetime:
        """When Shopify set the delivery off, by its header; the arrival where it does not say."""
        return min(read_time(self.row.facts.get("triggered_at")) or self.received_at, self.received_at)

    @property
    def stated_at(self) -> datetime:
        """When the body was made. One that may lack a part is older than any whole one of the same version."""
        return EPOCH if self.row.facts.get(CUT) is True else self.triggered_at

    def moment(self, holder: Json, key: str) -> datetime | None:
        """The platform's time, never later than the arrival; None when not stated. Raises Unparseable."""
        value = holder.get(key)
        if value is None or value == "":
            return None
        moment = read_time(value)
        if moment is None:
            raise Unparseable("bad_time", f"{key}: {seen(value)}")
        return min(moment, self.received_at)

    def version(self, holder: Json) -> datetime:
        """The version of a record: `updated_at`; bodies without it are as of their delivery."""
        return self.moment(holder, "updated_at") or self.triggered_at

    def email(self, *values: object) -> str:
        """The first of the values that is an address; "" when none is."""
        for value in values:
            stated = text(value, limit=400)
            if stated and (address := self.addresses.email(stated)):
                return address
        return ""

    def phone(self, country: str, *values: object) -> str:
        """The first of the values that is a number, in E.164; national formats by `country`."""
        for value in values:
            stated = text(value, limit=100)
            if stated and (number := self.addresses.phone(stated, country)):
                return number
        return ""
