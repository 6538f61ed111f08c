"""The contacts of the account: who is who, upsert, change, merge, delete.

Not documented, decided here: of several identifiers in one call the first of e-mail, ext_id, SMS, WhatsApp, landline
says who is meant, and any other that belongs to somebody else is a duplicate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from collector.sandbox.brevo.answers import Json, Refusal, duplicate, not_found
from collector.sandbox.brevo.attributes import IDENTIFYING, AttributeValue
from collector.sandbox.brevo.dates import written

PHONES = ("sms", "whatsapp", "landline_number")
# `identifierType` of a path and the keys of an event's identifiers -> ours.
KINDS = {
    "email_id": "email",
    "ext_id": "ext_id",
    "phone_id": "sms",
    "whatsapp_id": "whatsapp",
    "landline_number_id": "landline_number",
}


@dataclass(slots=True)
class Contact:
    id: int
    identifiers: dict[str, str]
    created_at: datetime
    modified_at: datetime
    attributes: dict[str, AttributeValue] = field(default_factory=dict)
    list_ids: set[int] = field(default_factory=set)
    email_blacklisted: bool = False
    sms_blacklisted: bool = False
    is_from_event: bool = False

    @property
    def email(self) -> str | None:
        return self.identifiers.get("email")

    @property
    def name(self) -> str:
        """What a list of people shows."""
        return self.email or next(iter(self.identifiers.values()), f"contact {self.id}")

    def described(self) -> Json:
        attributes: Json = dict(self.attributes)
        attributes |= {
            name: self.identifiers[kind]
            for name, kind in IDENTIFYING.items()
            if kind != "email" and kind in self.identifiers
        }
        body: Json = {
            "id": self.id,
            "emailBlacklisted": self.email_blacklisted,
            "smsBlacklisted": self.sms_blacklisted,
            "createdAt": written(self.created_at),
            "modifiedAt": written(self.modified_at),
            "listIds": sorted(self.list_ids),
            "listUnsubscribed": [],
            "attributes": attributes,
        }
        return body if self.email is None else {"email": self.email} | body


@dataclass(frozen=True, slots=True)
class Wish:
    """What one call wants of a contact. None means: not mentioned, leave it."""

    identifiers: Mapping[str, str]
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    list_ids: Iterable[int] = ()
    unlink_list_ids: Iterable[int] = ()
    email_blacklisted: bool | None = None
    sms_blacklisted: bool | None = None


class People:
    """`note(kind, contact name, detail)` is told what Brevo does without saying so."""

    def __init__(self, note: Callable[[str, str, str], None]) -> None:
        self._note = note
        self._by_id: dict[int, Contact] = {}
        self._ids: dict[tuple[str, str], int] = {}
        self._last_id = 0

    def all(self) -> list[Contact]:
        return list(self._by_id.values())

    def get(self, contact_id: int) -> Contact | None:
        return self._by_id.get(contact_id)

    def find(self, kind: str, value: str) -> Contact | None:
        """`kind` is a value of KINDS. Raises Refusal for a phone number without country code."""
        contact_id = self._ids.get((kind, normal(kind, value)))
        return None if contact_id is None else self._by_id[contact_id]

    def from_path(self, identifier: str, identifier_type: str | None) -> Contact:
        """Who a path names: without a type an e-mail, an id or (documented for GET) a phone number."""
        contact: Contact | None
        if identifier_type is not None and identifier_type != "contact_id":
            if identifier_type not in KINDS:
                raise Refusal(400, "invalid_parameter", "identifierType is not valid", is_violation=True)
            contact = self.find(KINDS[identifier_type], identifier)
        elif identifier_type is None and "@" in identifier:
            contact = self.find("email", identifier)
        elif identifier.isascii() and identifier.isdecimal():
            contact = self._by_id.get(int(identifier))
            if contact is None and identifier_type is None:
                contact = self._by_id.get(self._ids.get(("sms", identifier), -1))
        else:
            raise Refusal(400, "invalid_parameter", "Invalid id passed", is_violation=True)
        if contact is None:
            raise not_found("Contact does not exist")
        return contact

    def from_identifiers(self, given: Mapping[str, str | int]) -> Contact | None:
        """Whom an event or an order names; contact_id wins, then the order of KINDS."""
        if "contact_id" in given:
            return self._by_id.get(int(given["contact_id"]))
        for name, kind in KINDS.items():
            if name in given:
                return self.find(kind, str(given[name]))
        return None

    def meant(self, wish: Wish) -> Contact | None:
        """Whom a create or upsert is about."""
        kind, value = next(iter(_ordered(wish.identifiers).items()))
        return self.find(kind, value)

    def create(self, wish: Wish, now: datetime, *, is_merging: bool = False) -> Contact:
        taken = self._taken(wish, None)
        if taken and not is_merging:
            raise duplicate(list(taken), on_update=False)
        if taken:
            return self.change(next(iter(taken.values())), wish, now, is_merging=True)
        self._last_id += 1
        contact = Contact(self._last_id, {}, now, now)
        self._by_id[contact.id] = contact
        if wish.email_blacklisted is None:
            self._note("subscribed by default", next(iter(wish.identifiers.values())), "no emailBlacklisted")
        return self.change(contact, wish, now)

    def change(self, contact: Contact, wish: Wish, now: datetime, *, is_merging: bool = False) -> Contact:
        """Apply a wish. With `is_merging` the newest of all touched contacts stays and the others are gone."""
        taken = self._taken(wish, contact)
        if taken and not is_merging:
            raise duplicate(list(taken), on_update=True)
        if taken:
            contact = self._merged(contact, list(taken.values()))
        new_email = wish.identifiers.get("email")
        if new_email is not None and contact.email not in (None, normal("email", new_email)):
            if contact.email_blacklisted:
                self._note("block lifted by a new e-mail", new_email, f"was {contact.email}")
            contact.email_blacklisted = False
        for kind, value in _ordered(wish.identifiers).items():
            self._forget(contact, kind)
            contact.identifiers[kind] = normal(kind, value)
            self._ids[kind, contact.identifiers[kind]] = contact.id
        if contact.email is None and "sms" in contact.identifiers:
            synthetic = f"{contact.identifiers['sms']}@mailin-sms.com"
            contact.identifiers = {"email": synthetic} | contact.identifiers
            self._ids["email", synthetic] = contact.id
        contact.attributes |= wish.attributes
        contact.list_ids = (contact.list_ids | set(wish.list_ids)) - set(wish.unlink_list_ids)
        if wish.email_blacklisted is not None:
            contact.email_blacklisted = wish.email_blacklisted
        if wish.sms_blacklisted is not None:
            contact.sms_blacklisted = wish.sms_blacklisted
        contact.modified_at = now
        return contact

    def delete(self, contact: Contact) -> None:
        for kind in list(contact.identifiers):
            self._forget(contact, kind)
        del self._by_id[contact.id]

    def _taken(self, wish: Wish, contact: Contact | None) -> dict[str, Contact]:
        owners = {kind: self.find(kind, value) for kind, value in _ordered(wish.identifiers).items()}
        return {kind: owner for kind, owner in owners.items() if owner is not None and owner is not contact}

    def _merged(self, contact: Contact, others: list[Contact]) -> Contact:
        newest = max([contact, *others], key=lambda one: one.modified_at)
        for other in {one.id: one for one in [contact, *others] if one is not newest}.values():
            self._note("merged and deleted", other.name, f"into contact {newest.id}")
            self.delete(other)
        return newest

    def _forget(self, contact: Contact, kind: str) -> None:
        value = contact.identifiers.pop(kind, None)
        if value is not None:
            self._ids.pop((kind, value), None)


def normal(kind: str, value: str) -> str:
    """Identifiers as they are compared. Raises Refusal for a phone number without country code."""
    if kind == "email":
        return value.strip().lower()
    if kind in PHONES:
        digits = re.sub(r"^(\+|00)", "", value)
        if not re.fullmatch(r"[1-9]\d{6,14}", digits):
            raise Refusal(400, "invalid_parameter", "Invalid phone number")
        return digits
    return value


def _ordered(identifiers: Mapping[str, str]) -> dict[str, str]:
    return {kind: identifiers[kind] for kind in KINDS.values() if kind in identifiers}
