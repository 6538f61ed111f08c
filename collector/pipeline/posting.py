"""Putting messages into the outbox: the contact first, then what it is about, one key for each effect."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from collector.domain.events import Strength
from collector.domain.messages import ContactMessage, EventMessage, Message, OrderMessage, kind_of, to_json
from collector.domain.outbox import NewMessage
from collector.domain.shop import Sending, Shop
from collector.domain.state_ports import StateTransaction
from collector.pipeline.addressing import Known


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

    def __init__(self, tx: StateTransaction, shop: Shop, now: datetime) -> None:
        self._tx = tx.telling
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
        without one the same content is never sent twice."""
        lists = self._shop.policy.lists
        attributes: dict[str, Any] = {}
        if known.strength in (Strength.SIGNED, Strength.ORDERED):
            named = {"FIRSTNAME": known.details.first_name, "LASTNAME": known.details.last_name}
            attributes = {name: value for name, value in named.items() if value}
        message = ContactMessage(
            email=known.email,
            strength=known.strength,
            may_market=known.may_market,
            attributes=attributes,
            lists_add=tuple(name for name in lists_add if name in lists),
            lists_remove=tuple(name for name in lists_remove if name in lists),
        )
        content = hashlib.sha256(json.dumps(to_json(message), sort_keys=True).encode()).hexdigest()[:16]
        return self._queue(message, known.email, f"contact:{known.email}:{effect or content}", needs)[0]

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
        self, message: Message, email: str, key: str, needs: int | None = None, lasts: timedelta | None = None
    ) -> tuple[int, bool]:
        return self._tx.queue(
            NewMessage(
                shop_id=self._shop.id,
                account=self._shop.policy.account,
                message_key=key,
                kind=kind_of(message),
                payload=to_json(message),
                created_at=self._now,
                due_at=self._now,
                # An order's own list is another family at the destination: it must not hold up the person's events.
                ordering=f"order:{message.order_id}" if isinstance(message, OrderMessage) else ordering_of(email),
                event_name=message.event if isinstance(message, EventMessage) else "",
                needs=needs,
                expires_at=self._now + lasts if lasts else None,
            )
        )
