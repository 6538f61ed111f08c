"""Putting messages into the outbox: the contact first, then what it is about, one key for each effect."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from collector.domain.consent import KEEP_A_RECORD
from collector.domain.decisions import DecisionRow
from collector.domain.events import Strength
from collector.domain.messages import ContactMessage, EventMessage, Message, OrderMessage, kind_of, to_json
from collector.domain.outbox import NewMessage
from collector.domain.reasons import Reason
from collector.domain.shop import Sending, Shop
from collector.domain.state_ports import StateTransaction
from collector.domain.telling import ToldContact
from collector.pipeline.addressing import Known
from collector.pipeline.contact_attributes import WRITES, ContactAttributes, Gathered
from collector.pipeline.properties import Display

# A platform that keeps a record of consent tells of a new customer and of what they agreed to apart, in any order;
# and a contact that is made blocked stays so.
PERMISSION_FOLLOWS = timedelta(seconds=10)


def is_telling(shop: Shop) -> bool:
    """Whether anything leaves for this shop at all: live, connected, and with a destination."""
    is_connected = shop.is_enabled and shop.uninstalled_at is None
    return shop.sending is Sending.LIVE and is_connected and bool(shop.policy.account)


def event_key(event_id: str, email: str) -> str:
    """One effect: this event told to this address."""
    return f"event:{event_id}:{email}"


def ordering_of(email: str) -> str:
    """Messages to one address leave in the order they were decided."""
    return f"email:{email}"


class Posting:
    """One batch's way into the outbox of one shop."""

    def __init__(self, tx: StateTransaction, shop: Shop, now: datetime, display: Display) -> None:
        self._tx = tx.telling
        self._contacts = tx.contacts
        self._attributes = ContactAttributes(tx, shop, now, display)
        self._shop = shop
        self._now = now

    def contact(
        self,
        known: Known,
        *,
        lists_add: tuple[str, ...] = (),
        lists_remove: tuple[str, ...] = (),
        effect: str = "",
        needs: int | None = None,
    ) -> int:
        """The row that makes sure the contact is there. `effect` makes a change of lists happen once for it;
        without one the same content is sent again only when it was another meanwhile."""
        lists, gathered = self._shop.policy.lists, self._attributes.of(known)
        told = self._told(known, gathered, () if effect else lists_add)
        message = ContactMessage(
            email=known.email,
            strength=known.strength,
            may_market=known.may_market,
            attributes=dict(gathered.attributes),
            lists_add=tuple(name for name in lists_add if name in lists),
            lists_remove=tuple(name for name in lists_remove if name in lists),
            ext_id=told.ext_id,
            is_opted_out=known.strength in WRITES and known.basis is Reason.OPTED_OUT,
            may_text=gathered.may_text,
        )
        key = effect or f"{_content(message, gathered, told)}:{told.changes}"
        due_at = self._now + PERMISSION_FOLLOWS if self._may_be_permitted(known, told) else self._now
        return self._queue(message, known.email, f"contact:{known.email}:{key}", needs, due_at=due_at)[0]

    def _may_be_permitted(self, known: Known, told: ToldContact) -> bool:
        """Whether the platform may be about to say what a new customer agreed to."""
        is_new = told.first_at == self._now and known.strength is Strength.SIGNED
        return is_new and known.basis is Reason.NO_MAIL_BASIS and self._shop.platform in KEEP_A_RECORD

    def _told(self, known: Known, gathered: Gathered, lists_add: tuple[str, ...]) -> ToldContact:
        """What the account was told of the address by this shop, brought up to date."""
        account, email, policy = self._shop.policy.account, known.email, self._shop.policy
        all_told = self._contacts.of(account, email)
        before = next((one for one in all_told if one.shop_id == self._shop.id), None)
        told = before or ToldContact(self._shop.id, self._now)
        is_first = not all_told or all_told[0].shop_id == self._shop.id
        if known.strength in WRITES:
            is_opted_out = known.basis is Reason.OPTED_OUT
            content = f"{gathered.lasting}:{gathered.may_text}:{is_opted_out}"
            if told.content != content:
                told = replace(told, content=content, changes=told.changes + bool(told.content))
                self._say_what_is_left_out(known, gathered)
            if is_first and not told.ext_id and known.details.customer_id:
                name = f"{self._shop.platform}:{self._shop.address}:{known.details.customer_id}"
                told = replace(told, ext_id="" if self._contacts.named(account, name) else name)
            told = replace(
                told, lists=tuple(sorted({*told.lists, *(name for name in lists_add if name in policy.lists)}))
            )
        told = replace(told, prefix=policy.attribute_prefix)
        if told != before:
            self._contacts.keep(account, email, told)
        return told

    def _say_what_is_left_out(self, known: Known, gathered: Gathered) -> None:
        if gathered.left_out:
            detail = {"email": known.email, "attributes": list(gathered.left_out)}
            self._tx.note(
                DecisionRow(self._shop.id, "contact", self._now, "left_out", Reason.NO_RATE.value, detail=detail)
            )

    def event(
        self,
        known: Known,
        event: str,
        event_id: str,
        occurred_at: datetime,
        properties: dict[str, Any],
        *,
        needs: int,
        lasts: timedelta | None = None,
    ) -> int:
        """The row. `lasts`: not worth sending later than this from now."""
        message = EventMessage(event, event_id, known.email, occurred_at, properties)
        return self._queue(message, known.email, event_key(event_id, known.email), needs, lasts)[0]

    def message(self, message: Message, email: str, key: str, needs: int | None = None) -> int:
        return self._queue(message, email, key, needs)[0]

    def may_tell_the_end(self, known: Known, cart: int, generation: int) -> bool:
        """Whether this address may hear what became of a cart: not one without a basis that never heard of it."""
        if known.may_market:
            return True
        return self._tx.heard_of_cart(self._shop.id, ordering_of(known.email), cart, generation)

    def overtake(self, email: str, kinds: tuple[str, ...], reason: str) -> None:
        """What waits for this address and is pointless by now is skipped."""
        self._tx.supersede(self._shop.id, ordering_of(email), kinds, reason, self._now)

    def _queue(
        self,
        message: Message,
        email: str,
        key: str,
        needs: int | None = None,
        lasts: timedelta | None = None,
        due_at: datetime | None = None,
    ) -> tuple[int, bool]:
        return self._tx.queue(
            NewMessage(
                shop_id=self._shop.id,
                account=self._shop.policy.account,
                message_key=key,
                kind=kind_of(message),
                payload=to_json(message),
                created_at=self._now,
                due_at=due_at or self._now,
                # An order's own list is another family at the destination: it must not hold up the person's events.
                ordering=f"order:{message.order_id}" if isinstance(message, OrderMessage) else ordering_of(email),
                event_name=message.event if isinstance(message, EventMessage) else "",
                needs=needs,
                expires_at=self._now + lasts if lasts else None,
            )
        )


def _content(message: ContactMessage, gathered: Gathered, told: ToldContact) -> str:
    """Equal for two messages that do the same at the destination, whatever the day. Whoever was put on a list once
    is not put on it again by every message after that."""
    if message.strength in WRITES:
        message = replace(message, strength=Strength.ORDERED, attributes={}, lists_add=told.lists)
    said = to_json(message) | {"attributes": gathered.lasting}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]
