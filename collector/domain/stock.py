"""When stock is low or gone, and which change of it is worth an event. Pure.

What is not tracked, and what is sold on without any, never runs out. The first sight of something is no change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from collector.domain.catalogue import KnownProduct, LevelSeen, latest, stock_now
from collector.domain.events import EventType


@dataclass(frozen=True, slots=True)
class StockRules:
    """`low_below`: fewer than this is low. `notes_sold_out`: whether running out and coming back are events."""

    is_followed: bool = False
    low_below: int = 10
    notes_sold_out: bool = True


class StockState(StrEnum):
    PLENTY = "plenty"
    LOW = "low"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Held:
    """What there is of one product or variant. `changed_at`: the newest report it comes from."""

    entry_id: str
    name: str
    sku: str
    stock: int
    sells_on: bool
    changed_at: datetime


def held(product: KnownProduct, levels: Mapping[str, Sequence[LevelSeen]]) -> list[Held]:
    """Everything of the product whose stock is tracked. `levels` by item."""
    content, variants = product.content, product.variants
    found = []
    if not variants:
        reported = levels.get(content.item_id, ())
        stock = stock_now(content.stock, content.stated_at, reported)
        if stock is not None:
            at = _newest(content.stated_at, reported)
            found.append(Held(content.product_id, content.name, content.sku, stock, content.sells_on, at))
    for variant, stated_at in variants:
        reported = levels.get(variant.item_id, ())
        stock = stock_now(variant.stock, stated_at, reported)
        if stock is not None:
            name = f"{content.name} - {variant.name}" if variant.name else content.name
            at = _newest(stated_at, reported)
            found.append(Held(variant.variant_id, name, variant.sku, stock, variant.sells_on, at))
    return found


def state_of(one: Held, rules: StockRules) -> StockState:
    if one.sells_on:
        return StockState.PLENTY
    if one.stock <= 0:
        return StockState.OUT
    return StockState.LOW if one.stock < rules.low_below else StockState.PLENTY


def event_of(before: StockState | None, now: StockState, rules: StockRules) -> EventType | None:
    """What to note of a change, if anything."""
    if before is None or before is now:
        return None
    if now is StockState.OUT:
        return EventType.PRODUCT_SOLD_OUT if rules.notes_sold_out else None
    if before is StockState.OUT:
        return EventType.PRODUCT_RESTOCKED if rules.notes_sold_out else None
    return EventType.PRODUCT_RAN_LOW if now is StockState.LOW else None


def _newest(stated_at: datetime, levels: Sequence[LevelSeen]) -> datetime:
    return latest(stated_at, *(level.changed_at for level in levels)) or stated_at


class StockWatch(Protocol):
    """Which products to look at, and how each stood last. Inside one transaction."""

    def look(self, shop_id: int, product_id: str, due_at: datetime) -> None: ...

    def due(self, shop_id: int, now: datetime, limit: int) -> list[tuple[str, int]]:
        """(product, revision), oldest first."""
        ...

    def settle(self, shop_id: int, product_id: str, revision: int) -> None:
        """Unless it has to be looked at again since."""
        ...

    def states(self, shop_id: int, product_id: str) -> dict[str, StockState]:
        """By entry."""
        ...

    def keep_states(self, shop_id: int, product_id: str, states: Mapping[str, StockState]) -> None:
        """In place of all there were."""
        ...

    def next_due(self, shop_id: int) -> datetime | None: ...
