"""Valid facts; a row of a table changes what matters to it. Times are minutes after noon."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from collector.domain.carts import Closing, Generation, Reopening, Snapshot, Stage, Step, Timeline, replay
from collector.domain.customers import Customer
from collector.domain.customers import first_sight as first_sight_of_customer
from collector.domain.events import CustomerSeen, EventType, Item, OrderKind, OrderSeen, OrderState, Strength
from collector.domain.identity import Link, Node, link
from collector.domain.orders import Order, first_sight, merge
from collector.domain.sessions import Moment

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def goods(*names: str) -> tuple[Item, ...]:
    """`goods("mug", "mug", "pot")`: one line each."""
    return tuple(Item(product_id=name, quantity=1) for name in names)


def content(minutes: float, *names: str, **changes: Any) -> Snapshot:
    return Snapshot(at(minutes), f"content-{minutes}", goods(*names), "EUR", 100 * len(names), **changes)


def step(minutes: float, stage: Stage = Stage.CHECKOUT, **changes: Any) -> Step:
    return Step(at(minutes), f"step-{minutes}", stage, **changes)


def closing(
    minutes: float,
    *names: str,
    number: str = "7",
    kind: OrderKind = OrderKind.STOREFRONT,
    is_same_cart: bool = True,
) -> Closing:
    return Closing(at(minutes), number, kind, goods(*names), is_same_cart)


def reopening(minutes: float, number: str = "7") -> Reopening:
    return Reopening(at(minutes), number)


def story(timeline: Timeline) -> str:
    """A cart's generations in words: `1 ordered mug (7), 2 open mug+pot @checkout`."""
    return ", ".join(map(_told, timeline.generations))


def _told(one: Generation) -> str:
    names = "+".join(sorted(item.product_id for item in one.items))
    order = f" ({one.order_id})" if one.order_id else ""
    stage = f" @{one.stage.value}" if one.stage is not Stage.CART else ""
    return f"{one.number} {one.state.value} {names}{stage}{order}"


def told(*facts: Snapshot | Step | Closing | Reopening) -> str:
    return story(replay(facts))


def an_order(minutes: float = 0, state: OrderState = OrderState.PAID, **changes: Any) -> OrderSeen:
    """Version of an order made at noon, as it was `minutes` later. Accepted versions prove when."""
    accepted = state in (OrderState.PROMISED, OrderState.PAID)
    plain = OrderSeen(
        order_id="7",
        version_at=at(minutes),
        created_at=at(0),
        state=state,
        kind=OrderKind.STOREFRONT,
        status=state.value,
        currency="EUR",
        total_minor=1250,
        items=goods("mug"),
        email="ana@shop.example",
        accepted_at=at(minutes) if accepted else None,
        paid_at=at(minutes) if state is OrderState.PAID else None,
    )
    return replace(plain, **changes)


def seen_order(*versions: OrderSeen) -> Order:
    """The merged record of these versions."""
    first, *others = (first_sight(version, version.version_at) for version in versions)
    for other in others:
        first = merge(first, other)
    return first


def a_customer(minutes: float = 0, **changes: Any) -> CustomerSeen:
    plain = CustomerSeen(EventType.CUSTOMER_UPDATED, "1", at(minutes), created_at=at(-60), email="ana@shop.example")
    return replace(plain, **changes)


def seen_customer(minutes: float = 0, **changes: Any) -> Customer:
    return first_sight_of_customer(a_customer(minutes, **changes))


def look(minutes: float, type_: EventType = EventType.PAGE_VIEWED, **changes: Any) -> Moment:
    return Moment(at(minutes), f"look-{minutes}", type_, **changes)


def node(text: str) -> Node:
    """`"email:ana"` -> Node("email", "ana")."""
    kind, _, value = text.partition(":")
    return Node(kind, value)


def tie(one: str, other: str, strength: Strength = Strength.TYPED, source: str = "form", minutes: float = 0) -> Link:
    return link(node(one), node(other), strength, source, at(minutes))
