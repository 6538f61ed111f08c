"""Contacts in bulk: who is there, POST /contacts/import, and what became of it.

An import merges contacts that share an identifier, and the loser is gone. So the e-mail address is the only name a
contact has in it (never `ext_id`), and a phone number goes along only when the caller knows it to be nobody else's.
`emailBlacklist` holds for everybody in a body; where it is absent nothing is said about blocking, and a contact that
is new is subscribed. Fields are never emptied, the owner gets no mail about it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from collector.destinations.brevo.client import Exchange, to_bytes
from collector.destinations.brevo.contacts import NUMBERS, attributes
from collector.destinations.brevo.limits import CONTACTS, OTHER
from collector.destinations.brevo.values import text
from collector.domain.errors import DeliveryFailed, Remedy
from collector.domain.history import PAGE, ContactPage, ImportKind, ProcessSeen, SeenContact, Way
from collector.domain.messages import ContactMessage

ONE_PROCESS = "/processes/{id}"
BAD_ENDS = ("failed", "cancelled")


def row(contact: ContactMessage) -> dict[str, Any]:
    """One contact as it stands in a body."""
    found = {name.upper(): one for name, one in attributes(contact).items()}
    kept = {name: one for name, one in found.items() if name not in ("EMAIL", "EXT_ID")}
    return {"email": text(contact.email), "attributes": kept}


def row_size(contact: ContactMessage) -> int:
    """Bytes, with the comma behind it."""
    return len(to_bytes(row(contact))) + 1


def numbers(contact: ContactMessage) -> tuple[str, ...]:
    """Digits of the numbers it brings along, each once."""
    said = [str(one) for name, one in attributes(contact).items() if name.upper() in NUMBERS]
    return tuple(dict.fromkeys(filter(None, map(digits, said))))


def digits(number: str) -> str:
    """As numbers are compared: +43 1 23 and 0043123 are the same."""
    return re.sub(r"\D", "", number).removeprefix("00")


def body(rows: Sequence[Mapping[str, Any]], lists: Sequence[int], kind: ImportKind) -> dict[str, Any]:
    said: dict[str, Any] = {
        "jsonBody": list(rows),
        "listIds": list(lists),
        "updateExistingContacts": True,
        "emptyContactsAttributes": False,
        "disableNotification": True,
    }
    if kind.way is Way.BLOCKED:
        said["emailBlacklist"] = True
    if kind.is_text_blocked:
        said["smsBlacklist"] = True
    return said


def send(exchange: Exchange, contacts: Sequence[ContactMessage], lists: Sequence[int], kind: ImportKind) -> str:
    """The process it became. Raises DeliveryFailed, OutcomeUnknown."""
    answer = exchange.post(CONTACTS, "/contacts/import", body([row(one) for one in contacts], lists, kind))
    number = answer.said.get("processId")
    if not answer.is_good or not isinstance(number, int):
        raise exchange.failed(answer, CONTACTS)
    return str(number)


def process(exchange: Exchange, reference: str) -> ProcessSeen:
    """What became of an import. Names of states that are not known yet mean that it goes on. Raises DeliveryFailed."""
    answer = exchange.call("GET", OTHER, f"/processes/{reference}", None, ONE_PROCESS)
    if answer.status == 404:
        return ProcessSeen(True, False, "Brevo does not know this import (any more)")
    if not answer.is_good or not answer.is_json:
        raise exchange.failed(answer, OTHER)
    status = str(answer.said.get("status", "")).lower()
    if status in BAD_ENDS:
        return ProcessSeen(True, False, f"the import {status} at Brevo")
    return ProcessSeen(status == "completed", True, _kept_lists(answer.said))


def _kept_lists(said: Mapping[str, Any]) -> str:
    """Which kinds of rows Brevo did not take; the lists themselves are behind links for the account's owner."""
    info = said.get("info")
    found = info.get("import") if isinstance(info, dict) else None
    kinds = sorted(str(name) for name, one in found.items() if one) if isinstance(found, dict) else []
    return f"Brevo keeps lists of: {', '.join(kinds)}" if kinds else ""


def page(exchange: Exchange, place: int) -> ContactPage:
    """The contacts from `place` on, oldest first, so that new ones do not move the others. Raises DeliveryFailed."""
    found = exchange.get(CONTACTS, "/contacts", limit=PAGE, offset=place, sort="asc")
    listed = found.get("contacts") if isinstance(found, dict) else None
    total = found.get("count") if isinstance(found, dict) else None
    if not isinstance(listed, list) or not isinstance(total, int):
        raise DeliveryFailed(
            "Brevo's list of contacts is none", remedy=Remedy.RETRY, reason="not_a_list", answer=exchange.said()
        )
    return ContactPage(total, len(listed), tuple(_seen(one) for one in listed if isinstance(one, dict)))


def _seen(one: Mapping[str, Any]) -> SeenContact:
    """A contact without an address (a number alone) is of interest for its number only."""
    given = one.get("attributes")
    values = given if isinstance(given, dict) else {}
    found = [digits(str(values[name])) for name in NUMBERS if values.get(name)]
    email = str(one.get("email") or f"contact {one.get('id')}").lower()
    return SeenContact(email, one.get("emailBlacklisted") is True, tuple(filter(None, found)))
