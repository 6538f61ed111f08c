"""Contacts: what may be written by which strength, and in which order, so that no block is ever lifted.

Typed addresses are only created; one that exists keeps its attributes and consent, and only its lists change.
Signed and ordered ones are updated (with a word about blocking only where a no is recorded), and created if they are
not there. Blocking is always stated on creation: Brevo would otherwise subscribe the contact. A contact is never
renamed, which would lift its block, and two are never merged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from collector.destinations.brevo.answers import Answer
from collector.destinations.brevo.client import Exchange
from collector.destinations.brevo.limits import CONTACTS
from collector.destinations.brevo.values import text, value
from collector.domain.errors import DeliveryFailed, Remedy
from collector.domain.events import Strength
from collector.domain.messages import ContactMessage

# Attributes that are identifiers: two contacts cannot share one, and a number Brevo does not read sinks the call.
NUMBERS = ("SMS", "WHATSAPP", "LANDLINE_NUMBER")
ONE_CONTACT = "/contacts/{identifier}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A contact message in Brevo's words. `lists_*` are numbers."""

    email: str
    attributes: dict[str, Any]
    ext_id: str
    may_market: bool
    lists_add: Sequence[int]
    lists_remove: Sequence[int]
    is_opted_out: bool = False
    may_text: bool | None = None

    @property
    def writes(self) -> dict[str, Any]:
        """What both calls carry."""
        said = {"attributes": self.attributes, "listIds": list(self.lists_add)}
        return {name: one for name, one in said.items() if one}

    def creating(self) -> dict[str, Any]:
        """`updateEnabled` stays off: a contact that exists is refused and not touched."""
        said = {"email": self.email, **self.writes, "emailBlacklisted": not self.may_market, "updateEnabled": False}
        if self.ext_id:
            said["ext_id"] = self.ext_id
        if "SMS" in self.attributes:
            said["smsBlacklisted"] = self.may_text is not True
        return said

    def updating(self) -> dict[str, Any]:
        """No name for a contact that exists: it may have another. Blocking is only ever said, never taken back."""
        said = dict(self.writes)
        if self.lists_remove:
            said["unlinkListIds"] = list(self.lists_remove)
        if self.is_opted_out:
            said["emailBlacklisted"] = True
        if "SMS" in self.attributes and self.may_text is False:
            said["smsBlacklisted"] = True
        return said

    def without(self, identifiers: frozenset[str]) -> Wanted:
        """Less the identifiers that belong to somebody else or cannot be read."""
        kept = {name: one for name, one in self.attributes.items() if name not in identifiers}
        return replace(self, attributes=kept, ext_id="" if "EXT_ID" in identifiers else self.ext_id)

    @property
    def identifiers(self) -> frozenset[str]:
        """Those it could be sent without."""
        return frozenset([name for name in NUMBERS if name in self.attributes] + (["EXT_ID"] if self.ext_id else []))


def wanted(message: ContactMessage, lists_add: Sequence[int], lists_remove: Sequence[int]) -> Wanted:
    return Wanted(
        text(message.email),
        {name.upper(): one for name, one in attributes(message).items()},
        text(message.ext_id),
        message.may_market,
        lists_add,
        lists_remove,
        message.is_opted_out,
        message.may_text,
    )


def attributes(message: ContactMessage) -> dict[str, Any]:
    """Text, numbers, true/false and lists of text; everything else Brevo would refuse or ignore."""
    found: dict[str, Any] = {}
    for name, given in message.attributes.items():
        one = value(given)
        if isinstance(one, list):
            one = [str(each) for each in one if isinstance(each, str | int | float)]
        if one is None or isinstance(one, dict) or not name or (name.upper() in NUMBERS and not isinstance(one, str)):
            continue
        found[text(name)] = one
    return found


def send(exchange: Exchange, contact: Wanted, strength: Strength) -> None:
    """Raises DeliveryFailed, OutcomeUnknown. Sending it again changes nothing."""
    if strength in (Strength.SIGNED, Strength.ORDERED) and contact.updating():
        if _update(exchange, contact) or _create(exchange, contact):
            return
        # Somebody made it between the two calls.
        if not _update(exchange, contact):
            raise DeliveryFailed(
                "the contact came and went while it was written",
                remedy=Remedy.RETRY,
                reason="contact_unsteady",
                answer=exchange.said(),
            )
        return
    if not _create(exchange, contact):
        _change_lists(exchange, contact)


def delete(exchange: Exchange, email: str) -> None:
    """For good, with everything Brevo knows of the contact but its orders. One that is not there is deleted."""
    path = f"/contacts/{quote(email, safe='')}?identifierType=email_id"
    answer = exchange.call("DELETE", CONTACTS, path, None, ONE_CONTACT)
    if not answer.is_good and answer.status != 404:
        raise exchange.failed(answer, CONTACTS)


def _update(exchange: Exchange, contact: Wanted) -> bool:
    """False: there is no such contact."""
    path = f"/contacts/{quote(contact.email, safe='')}?identifierType=email_id"
    answer = exchange.put(CONTACTS, path, contact.updating(), ONE_CONTACT)
    if refused := unfit_identifiers(answer, contact):
        exchange.steps[-1]["left_out"] = sorted(refused)
        contact = contact.without(refused)
        if not contact.updating():  # nothing else was to be written, and the contact is there
            return True
        answer = exchange.put(CONTACTS, path, contact.updating(), ONE_CONTACT)
    if answer.is_good:
        return True
    if answer.status == 404:
        return False
    raise exchange.failed(answer, CONTACTS)


def _create(exchange: Exchange, contact: Wanted) -> bool:
    """False: it is there already, and untouched."""
    answer = exchange.post(CONTACTS, "/contacts", contact.creating())
    if not exists(answer, contact) and (refused := unfit_identifiers(answer, contact)):
        exchange.steps[-1]["left_out"] = sorted(refused)
        contact = contact.without(refused)
        answer = exchange.post(CONTACTS, "/contacts", contact.creating())
    if answer.is_good:
        return True
    if exists(answer, contact):
        return False
    raise exchange.failed(answer, CONTACTS)


def _change_lists(exchange: Exchange, contact: Wanted) -> None:
    """Membership alone. The contact exists, so a 400 says it is on the list already (or off it)."""
    changes = [(number, "add") for number in contact.lists_add]
    changes += [(number, "remove") for number in contact.lists_remove]
    for number, change in changes:
        path = f"/contacts/lists/{number}/contacts/{change}"
        answer = exchange.post(CONTACTS, path, {"emails": [contact.email]})
        if not answer.is_good and answer.status != 400:
            raise exchange.failed(answer, CONTACTS)


def exists(answer: Answer, contact: Wanted) -> bool:
    """Whether a creation was refused because the address is a contact.

    Without metadata a duplicate is the address when there is nothing else it could be.
    """
    if answer.status != 400:
        return False
    if answer.duplicates:
        return bool(answer.duplicates & {"EMAIL", "EMAIL_ID"})
    return answer.code == "duplicate_parameter" and not contact.identifiers


def unfit_identifiers(answer: Answer, contact: Wanted) -> frozenset[str]:
    """What to leave out when sending once more: identifiers of somebody else, or numbers not understood."""
    if answer.status != 400:
        return frozenset()
    if named := answer.duplicates & contact.identifiers:
        return named
    if answer.duplicates:
        return frozenset()
    if answer.code == "duplicate_parameter":
        return contact.identifiers
    is_about_numbers = re.search(r"\b(sms|phone|whatsapp|landline)", answer.message.lower())
    return contact.identifiers & frozenset(NUMBERS) if is_about_numbers else frozenset()
