"""Stock that ran low, ran out or came back, as events of the shop (nobody in particular).

The fold notes which products to look at; how they stand then is compared with how they stood at the last look. So what
comes late or twice changes nothing, and a sale that is put right within a moment is no event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collector.domain.catalogue import KnownProduct
from collector.domain.events import EventType
from collector.domain.jobs import STOCK, Next, of_shop
from collector.domain.shop import Shop
from collector.domain.state_ports import StateStore, StateTransaction
from collector.domain.stock import Held, StockState, event_of, held, state_of
from collector.domain.timestamps import to_text

AT_ONCE = 100  # products a transaction
MOST = 50  # transactions a turn
LOOKS_EVERY = timedelta(minutes=5)  # should nobody call


@dataclass(frozen=True, slots=True)
class WatchStock:
    """The job of one shop that follows its stock."""

    shop: Shop
    state: StateStore

    @property
    def name(self) -> str:
        return of_shop(STOCK, self.shop.id)

    def run(self, progress: Mapping[str, Any], now: datetime) -> Next:
        events = 0
        for _ in range(MOST):
            with self.state.write() as tx:
                due = tx.stock.due(self.shop.id, now, AT_ONCE)
                for product_id, revision in due:
                    events += self._look(tx, product_id, now)
                    tx.stock.settle(self.shop.id, product_id, revision)
            if len(due) < AT_ONCE:
                break
        with self.state.read() as tx:
            next_due = tx.stock.next_due(self.shop.id)
        return Next(min(next_due or now + LOOKS_EVERY, now + LOOKS_EVERY), {}, f"{events} noted" if events else "")

    def _look(self, tx: StateTransaction, product_id: str, now: datetime) -> int:
        product = tx.products.find(self.shop.id, product_id)
        before = tx.stock.states(self.shop.id, product_id)
        if product is None or product.is_gone:
            tx.stock.keep_states(self.shop.id, product_id, {})
            return 0
        levels = tx.products.levels(self.shop.id, product.item_ids)
        states: dict[str, StockState] = {}
        noted = 0
        for one in held(product, levels):
            states[one.entry_id] = state_of(one, self.shop.policy.stock)
            event = event_of(before.get(one.entry_id), states[one.entry_id], self.shop.policy.stock)
            if event is not None and product.content.is_visible:
                self._note(tx, event, product, one, now)
                noted += 1
        if states != before:
            tx.stock.keep_states(self.shop.id, product_id, states)
        return noted

    def _note(self, tx: StateTransaction, event: EventType, product: KnownProduct, one: Held, now: datetime) -> None:
        content = product.content
        detail: dict[str, Any] = {"product_id": content.parent_id or content.product_id, "stock": one.stock}
        if one.entry_id != detail["product_id"]:
            detail["variant_id"] = one.entry_id
        detail |= {key: value for key, value in (("name", one.name), ("sku", one.sku)) if value}
        if event is EventType.PRODUCT_RAN_LOW:
            detail["low_below"] = self.shop.policy.stock.low_below
        at = min(one.changed_at, now)
        tx.visits.add_event(self.shop.id, f"{event.value}:{one.entry_id}:{to_text(at)}", event, at, now, detail)
