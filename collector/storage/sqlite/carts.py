"""Cart keys, generations and checkouts in the state file."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any

import msgspec

from collector.domain.cart_events import event_facts
from collector.domain.carts import (
    CartFact,
    CartKey,
    CartState,
    Closing,
    Generation,
    Stage,
    Timeline,
)
from collector.domain.events import CheckoutSeen, EventType, OrderKind
from collector.domain.items import items_from_json, items_to_json
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.statements import statements
from collector.storage.sqlite.visits import dump

SQL = statements("carts")


class Carts:
    """Reads and writes inside whatever transaction its connection is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def find(self, shop_id: int, key: str) -> CartKey | None:
        row = self._db.execute(SQL["cart_key"], {"shop_id": shop_id, "key": key}).fetchone()
        if row is None:
            return None
        place = (from_text(row[1]), row[2], row[3]) if row[1] else None
        return CartKey(row[0], key, place, row[4])

    def find_or_add(self, shop_id: int, key: str) -> CartKey:
        found = self.find(shop_id, key)
        if found is not None:
            return found
        number = self._db.execute(SQL["add_cart_key"], {"shop_id": shop_id, "key": key}).lastrowid
        assert number is not None
        return CartKey(number, key, None, "")

    def timeline(self, cart: CartKey) -> Timeline:
        """The stored timeline with its newest generation only: enough to go on from."""
        row = self._db.execute(SQL["newest_generation"], {"cart": cart.id}).fetchone()
        carry = msgspec.json.decode(cart.carry) if cart.carry else {}
        ordered = carry.get("ordered")
        return Timeline(
            generations=(_generation(row),) if row else (),
            last_hash=carry.get("last_hash", ""),
            ordered=Closing(
                from_text(ordered["at"]),
                ordered["id"],
                OrderKind(ordered["kind"]),
                items_from_json(ordered["items"]),
                ordered["is_same_cart"],
            )
            if ordered
            else None,
            emptied_since_order=carry.get("emptied", False),
        )

    def generations(self, cart: int) -> list[Generation]:
        return [_generation(row) for row in self._db.execute(SQL["generations"], {"cart": cart})]

    def facts(self, cart: int) -> list[CartFact]:
        """Everything reported about this cart itself: contents, steps, completed checkouts. Not the orders."""
        facts: list[CartFact] = []
        for type_, event_id, at, detail in self._db.execute(SQL["cart_events"], {"cart": cart}):
            facts.extend(event_facts(EventType(type_), event_id, from_text(at), msgspec.json.decode(detail)))
        for token, completed_at, items in self._db.execute(SQL["completions"], {"cart": cart}):
            facts.append(
                Closing(
                    from_text(completed_at),
                    f"checkout:{token}",
                    OrderKind.STOREFRONT,
                    items_from_json(msgspec.json.decode(items)),
                    is_same_cart=True,
                )
            )
        return facts

    def keep(
        self,
        shop_id: int,
        cart: CartKey,
        timeline: Timeline,
        place: tuple[datetime, int, str],
        next_check_at: datetime | None,
        is_whole: bool,
    ) -> None:
        """Store a replayed timeline. `is_whole`: it starts at generation 1, so surplus stored ones go."""
        last = timeline.generations[-1] if timeline.generations else None
        for one in timeline.generations:
            self._keep_generation(shop_id, cart.id, one, next_check_at if one is last else None)
        if is_whole:
            self._db.execute(SQL["drop_generations"], {"cart": cart.id, "generation": last.number if last else 0})
        self._db.execute(
            SQL["keep_place"],
            {
                "cart": cart.id,
                "last_at": to_text(place[0]),
                "last_rank": place[1],
                "last_id": place[2],
                "carry": _carry(timeline),
            },
        )

    def _keep_generation(self, shop_id: int, cart: int, one: Generation, next_check_at: datetime | None) -> None:
        self._db.execute(
            SQL["keep_generation"],
            {
                "shop_id": shop_id,
                "cart": cart,
                "generation": one.number,
                "state": one.state.value,
                "stage": one.stage.value,
                "opened_at": to_text(one.opened_at),
                "changed_at": to_text(one.changed_at),
                "stepped_at": to_text(one.stepped_at),
                "closed_at": to_text(one.closed_at) if one.closed_at else None,
                "order_id": one.order_id,
                "items": dump(items_to_json(one.items)),
                "items_hash": one.items_hash,
                "item_count": one.item_count,
                "currency": one.currency,
                "total_minor": one.total_minor,
                "checkout_url": one.checkout_url,
                "recovery_url": one.recovery_url,
                "checkout_token": one.checkout_token,
                "payment_order_id": one.payment_order_id,
                "next_check_at": to_text(next_check_at) if next_check_at else None,
            },
        )

    def keep_checkout(self, shop_id: int, cart: int, seen: CheckoutSeen, content_hash: str) -> None:
        """One version of a platform's checkout; older ones than the stored change nothing."""
        completed_at = to_text(seen.completed_at) if seen.completed_at else None
        values = {
            "shop_id": shop_id,
            "token": seen.checkout_token,
            "version_at": to_text(seen.occurred_at),
            "content_hash": content_hash,
            "cart": cart,
            "email": seen.email,
            "phone": seen.phone,
            "customer_id": seen.customer_id,
            "recovery_url": seen.recovery_url,
            "items": dump(items_to_json(seen.items or ())),
            "completed_at": completed_at,
            "accepts_marketing": seen.accepts_marketing,
            "stated_at": to_text(seen.stated_at),
        }
        self._db.execute(SQL["keep_checkout"], values)
        if completed_at:
            self._db.execute(SQL["keep_completion"], values)


def _carry(timeline: Timeline) -> str:
    kept: dict[str, Any] = {"last_hash": timeline.last_hash}
    if timeline.emptied_since_order:
        kept["emptied"] = True
    if timeline.ordered is not None:
        kept["ordered"] = {
            "at": to_text(timeline.ordered.at),
            "id": timeline.ordered.id,
            "kind": timeline.ordered.kind.value,
            "items": items_to_json(timeline.ordered.items),
            "is_same_cart": timeline.ordered.is_same_cart,
        }
    return dump(kept)


def _generation(row: tuple[Any, ...]) -> Generation:
    return Generation(
        number=row[0],
        state=CartState(row[1]),
        stage=Stage(row[2]),
        opened_at=from_text(row[3]),
        changed_at=from_text(row[4]),
        stepped_at=from_text(row[5]),
        items=items_from_json(msgspec.json.decode(row[6])),
        items_hash=row[7],
        currency=row[8],
        total_minor=row[9],
        closed_at=from_text(row[10]) if row[10] else None,
        order_id=row[11],
        checkout_url=row[12],
        recovery_url=row[13],
        checkout_token=row[14],
        payment_order_id=row[15],
    )
