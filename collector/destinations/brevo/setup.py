"""Preparing an account: who it is, which attributes and lists it lacks, and making them.

Brevo drops unknown attributes without a word, so they are made before anything is sent. Nothing is ever changed or
deleted here: a type that differs is told to the merchant, because changing it loses the values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote

from collector.destinations.brevo import events
from collector.destinations.brevo.client import Exchange
from collector.destinations.brevo.limits import CONTACTS, OTHER
from collector.destinations.brevo.lists import pages
from collector.domain.errors import DeliveryFailed
from collector.domain.mapping import wanted_types
from collector.domain.messages import EventMessage

FOLDER = "Tajo"
TEST_EVENT = "tajo_test"


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """Who an account belongs to. `is_limited`: the key may not read this, and may be good for all the rest."""

    company: str = ""
    email: str = ""
    is_limited: bool = False
    organization: str = ""


def read_account(exchange: Exchange) -> AccountSeen:
    """One call of the hundred an hour. Raises DeliveryFailed when the key does not work."""
    try:
        found = exchange.get(OTHER, "/account")
    except DeliveryFailed as failed:
        if failed.reason == "not_permitted":
            return AccountSeen(is_limited=True)
        raise
    said = found if isinstance(found, dict) else {}
    company, email = str(said.get("companyName", "")), str(said.get("email", ""))
    return AccountSeen(company, email, False, str(said.get("organization_id", "")))


def activate_ecommerce(exchange: Exchange) -> None:
    """Switch the e-commerce app on: products and orders need it. Only ever asked for by hand. Raises DeliveryFailed."""
    answer = exchange.call("POST", OTHER, "/ecommerce/activate", None, "/ecommerce/activate")
    if not answer.is_good:
        raise exchange.failed(answer, OTHER)


def own_address(failed: DeliveryFailed) -> str:
    """This server's address as Brevo sees it, where it says so when it turns one away; "" where it does not."""
    if failed.reason != "ip_refused":
        return ""
    for word in re.findall(r"[0-9A-Fa-f:.]{3,45}", str(failed)):
        try:
            return str(ip_address(word.strip(".")))
        except ValueError:
            continue
    return ""


def wanted_attributes(mapping: Mapping[str, str], prefix: str = "", platform: str = "shopify") -> dict[str, str]:
    """NAME -> type of what this mapping (field of ours: attribute) and our own defaults write."""
    return wanted_types(mapping, platform, prefix)


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
