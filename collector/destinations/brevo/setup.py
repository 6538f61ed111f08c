"""Preparing an account: who it is, which attributes and lists it lacks, and making them.

Brevo drops unknown attributes without a word, so they are made before anything is sent. Nothing is ever changed or
deleted here: a type that differs is told to the merchant, because changing it loses the values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from collector.destinations.brevo import events
from collector.destinations.brevo.client import Exchange
from collector.destinations.brevo.limits import CONTACTS, OTHER
from collector.destinations.brevo.lists import pages
from collector.domain.errors import DeliveryFailed
from collector.domain.messages import EventMessage

FOLDER = "Tajo"
TEST_EVENT = "tajo_test"
# What a field of ours holds, where it is not text; `date_created` and the like are dates.
TYPES = {
    "orders_count": "float",
    "total_spent": "float",
    "average_order_value": "float",
    "days_since_last_order": "float",
    "accepts_marketing": "boolean",
    "last_order_date": "date",
    "date_created": "date",
}
# Every account has these; they are identifiers and cannot be made.
BUILT_IN = frozenset(["EMAIL", "SMS", "WHATSAPP", "LANDLINE_NUMBER", "EXT_ID"])
DEFAULT_MAPPING = {"first_name": "FIRSTNAME", "last_name": "LASTNAME"}


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """Who an account belongs to. `is_limited`: the key may not read this, and may be good for all the rest."""

    company: str = ""
    email: str = ""
    is_limited: bool = False


def read_account(exchange: Exchange) -> AccountSeen:
    """One call of the hundred an hour. Raises DeliveryFailed when the key does not work."""
    try:
        found = exchange.get(OTHER, "/account")
    except DeliveryFailed as failed:
        if failed.reason == "not_permitted":
            return AccountSeen(is_limited=True)
        raise
    said = found if isinstance(found, dict) else {}
    return AccountSeen(str(said.get("companyName", "")), str(said.get("email", "")))


def wanted_attributes(mapping: Mapping[str, str], prefix: str = "") -> dict[str, str]:
    """NAME -> type of what this mapping (field of ours: attribute) and our own defaults write."""
    found = {
        name.strip().upper(): TYPES.get(field.rpartition(".")[2], "text")
        for field, name in {**DEFAULT_MAPPING, **mapping}.items()
        if name.strip()
    }
    return {prefix.upper() + name: type_ for name, type_ in found.items() if name not in BUILT_IN}


def attribute_types(exchange: Exchange) -> dict[str, str]:
    """NAME -> type of what the account has, in capitals. Categories have their own kind of type."""
    found = exchange.get(CONTACTS, "/contacts/attributes")
    listed = found.get("attributes") if isinstance(found, dict) else None
    some = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return {str(one.get("name", "")).upper(): str(one.get("type") or one.get("category") or "") for one in some}


def make_attribute(exchange: Exchange, name: str, type_: str) -> bool:
    """False: it was there already. Raises DeliveryFailed."""
    path = f"/contacts/attributes/normal/{quote(name, safe='')}"
    answer = exchange.post(CONTACTS, path, {"type": type_})
    if answer.is_good:
        return True
    if answer.status == 400 and name in attribute_types(exchange):  # its words differ; the list is the truth
        return False
    raise exchange.failed(answer, CONTACTS)


def make_list(exchange: Exchange, name: str) -> int:
    """The new list's number, in a folder of ours. Raises DeliveryFailed."""
    return _made(exchange, "/contacts/lists", {"name": name, "folderId": _folder(exchange)})


def _folder(exchange: Exchange) -> int:
    for one in pages(exchange, "/contacts/folders", "folders"):
        if one.get("name") == FOLDER:
            return int(one["id"])
    return _made(exchange, "/contacts/folders", {"name": FOLDER})


def _made(exchange: Exchange, path: str, body: Mapping[str, Any]) -> int:
    answer = exchange.post(CONTACTS, path, body)
    number = answer.said.get("id")
    if answer.is_good and isinstance(number, int):
        return number
    raise exchange.failed(answer, CONTACTS)


def missing_lists(wanted: Iterable[int | str], there: Iterable[tuple[int, str]]) -> list[int | str]:
    """Those of the settings that the account does not have. Names without regard to case."""
    known = list(there)
    numbers, names = {number for number, _ in known}, {name.casefold() for _, name in known}
    return [
        one
        for one in dict.fromkeys(wanted)
        if (one not in numbers if isinstance(one, int) else one.strip().casefold() not in names)
    ]


def send_test_event(exchange: Exchange, email: str, event_id: str, now: datetime) -> None:
    """An event under a name of its own, which starts nothing that a merchant has not made for it."""
    message = EventMessage(TEST_EVENT, event_id, email, now, {"test": True, "source": "Tajo Collector"})
    events.send(exchange, message, {})
