"""Orders: one merged record from whatever versions were seen, and what it does to carts. Pure.

Platforms send the same order many times, late and in any order. `merge` is commutative, associative and
idempotent: the newest version gives the content, the earliest known times give its history.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from collector.domain.carts import CartFact, Closing, Reopening, Stage, Step, cart_key
from collector.domain.events import EventType, OrderKind, OrderSeen, OrderState
from collector.domain.fingerprints import fingerprint, plain
from collector.domain.identity import Node
from collector.domain.timestamps import NOT_YET

# Which of two versions with the same updated_at is the later one: platforms count whole seconds. An order goes forward,
# and bodies may be made in another order than they were set off in: so this comes before the time they were made at.
LIFE = [
    OrderState.NONE,
    OrderState.STARTED,
    OrderState.FAILED,
    OrderState.PROMISED,
    OrderState.PAID,
    OrderState.CANCELLED,
    OrderState.REFUNDED,
]
ACCEPTED = (OrderState.PROMISED, OrderState.PAID)
UNPLACED = (OrderState.NONE, OrderState.STARTED, OrderState.FAILED)
# What an order is, for whoever bought it; how it was found is no part of that, nor are times that versions stand for.
SUBSTANCE = ("state", "kind", "status", "is_fulfilled", "number", "email", "currency", "total_minor", "items")
FOUND_BY = ("landing_site", "referring_site", "attribution")


@dataclass(frozen=True, slots=True)
class Order:
    """An order as all versions together tell it. `content` is the newest, without its refunds, which are kept
    apart; the times are over all versions. A version in the bin says only that it lies there, unless it is all we know.

    `first_version_at`: the oldest version that was placed (NOT_YET while none was). `substance` and `first_substance`
    are those of the newest and of the oldest; "" of what was kept before they were noted.
    """

    content: OrderSeen
    content_hash: str
    first_version_at: datetime
    first_content_hash: str
    substance: str = ""
    first_substance: str = ""
    started_at: datetime | None = None
    accepted_at: datetime | None = None
    paid_at: datetime | None = None
    failed_at: datetime | None = None
    cancelled_at: datetime | None = None
    fulfilled_at: datetime | None = None
    deleted_at: datetime | None = None  # arrivals, because `*.deleted` has no time of its own
    restored_at: datetime | None = None

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None and (self.restored_at is None or self.restored_at < self.deleted_at)

    @property
    def newest(self) -> tuple[bool, datetime, int, bool, datetime, str]:
        return _age(self.content, self.content_hash)


def _age(seen: OrderSeen, its_hash: str) -> tuple[bool, datetime, int, bool, datetime, str]:
    """The hash at last: it is the same at every arrival, whatever else is."""
    life = LIFE.index(seen.state)
    return (not seen.is_in_bin, seen.version_at, life, seen.is_fulfilled, seen.stated_at, its_hash)


def content_hash(seen: OrderSeen) -> str:
    """Equal for two bodies that say the same, whenever they were made."""
    said = plain(seen)
    for name in ("version_at", "stated_at", "is_restored", "is_in_bin", "lists_every_refund"):
        del said[name]
    if seen.refunds is not None:  # their order and dates are not content
        said["refunds"] = sorted((refund.refund_id, refund.amount_minor) for refund in seen.refunds)
    return fingerprint(said)


def substance(seen: OrderSeen) -> str:
    """Equal for two bodies that differ in nothing a buyer would be told of.

    A webhook and a record that was read differ in more: where the shopper came from is known to the API only later.
    """
    said: dict[str, object] = {name: getattr(seen, name) for name in SUBSTANCE}
    said["detail"] = {name: value for name, value in seen.detail.items() if name not in FOUND_BY}
    said["refunds"] = sorted(refund.refund_id for refund in seen.refunds or ())
    return fingerprint(said)


def first_sight(seen: OrderSeen, received_at: datetime) -> Order:
    """The record of an order from one version alone, which arrived at `received_at`."""
    its_hash, its_substance = content_hash(seen), substance(seen)
    at = seen.version_at
    is_cancelled = seen.state is OrderState.CANCELLED and not seen.is_in_bin
    return Order(
        content=replace(seen, refunds=None, lists_every_refund=False, is_restored=False),
        content_hash=its_hash,
        first_version_at=NOT_YET if seen.state in UNPLACED or seen.is_in_bin else at,
        first_content_hash=its_hash,
        substance=its_substance,
        first_substance=its_substance,
        started_at=at if seen.state is OrderState.STARTED else None,
        accepted_at=seen.accepted_at,
        paid_at=seen.paid_at,
        failed_at=at if seen.state is OrderState.FAILED else None,
        cancelled_at=(seen.cancelled_at or at) if is_cancelled else seen.cancelled_at,
        fulfilled_at=(seen.fulfilled_at or at) if seen.is_fulfilled else None,
        deleted_at=received_at if seen.is_in_bin else None,
        restored_at=received_at if seen.is_restored and not seen.is_in_bin else None,
    )


def _earliest(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


def _latest(*times: datetime | None) -> datetime | None:
    return max((time for time in times if time is not None), default=None)


def merge(one: Order, other: Order) -> Order:
    """Both sights of the same order together."""
    newest = max(one, other, key=lambda order: order.newest)
    oldest = min(one, other, key=lambda order: (order.first_version_at, order.first_content_hash))
    return replace(
        newest,
        first_version_at=oldest.first_version_at,
        first_content_hash=oldest.first_content_hash,
        first_substance=oldest.first_substance,
        started_at=_earliest(one.started_at, other.started_at),
        accepted_at=_earliest(one.accepted_at, other.accepted_at),
        paid_at=_earliest(one.paid_at, other.paid_at),
        failed_at=_latest(one.failed_at, other.failed_at),
        cancelled_at=_earliest(one.cancelled_at, other.cancelled_at),
        fulfilled_at=_earliest(one.fulfilled_at, other.fulfilled_at),
        deleted_at=_latest(one.deleted_at, other.deleted_at),
        restored_at=_latest(one.restored_at, other.restored_at),
    )


@dataclass(frozen=True, slots=True)
class ToldChange:
    """The version of an order that its buyer was told of last, as a change. `substance` "": nobody noted it."""

    version_at: datetime
    state: OrderState
    substance: str


def is_changed(order: Order, told: ToldChange | None) -> bool:
    """Whether its newest version is a change nobody was told of; `told` None: none was told yet.

    A webhook and a record that was read tell the same version in words of their own, in whatever order they come: of a
    version only the first account is told. A second one counts in it only where the order went on to another state,
    which both accounts say alike (promised, and paid in the same second). What else became different within a second
    is told with the next version: better late than twice. So it is with the oldest version, which the order was placed
    with. A version that says what was told already is no change.
    """
    if told is None:
        return order.first_version_at < order.content.version_at and _is_another(order, order.first_substance)
    newest = (order.content.version_at, LIFE.index(order.content.state))
    return newest > (told.version_at, LIFE.index(told.state)) and _is_another(order, told.substance)


def _is_another(order: Order, before: str) -> bool:
    if before and order.substance:
        return order.substance != before
    return order.content_hash != order.first_content_hash


def identities(seen: OrderSeen) -> list[Node]:
    """Every node this version names, strongest first: customer, address, phone, browser, cart."""
    key = cart_key(token=seen.cart_token)
    own = cart_key(checkout_token=seen.checkout_token)
    named = [
        Node("customer", seen.customer_id),
        Node("email", seen.email),
        Node("phone", seen.phone),
        Node("visitor", seen.visitor_id),
        Node("cart", key),
        Node("cart", own),
    ]
    return [node for node in named if node.value]


def is_accepted(order: Order) -> bool:
    """Bought, whatever happened afterwards; a failed payment takes it back."""
    return order.content.state not in UNPLACED


def cart_facts(order: Order, is_same_cart: bool) -> list[CartFact]:
    """What an order did to a cart of its person; `is_same_cart` when it names that very cart."""
    content = order.content
    if content.is_test:
        return []
    number = content.order_id
    facts: list[CartFact] = []

    def closed(at: datetime) -> Closing:
        return Closing(at, number, content.kind, content.items, is_same_cart)

    opens = content.kind is OrderKind.STOREFRONT
    if order.started_at is not None and is_same_cart and opens:
        facts.append(Step(content.created_at, f"order:{number}", Stage.PAYMENT, order_id=number))
    if order.accepted_at is not None:
        facts.append(closed(order.accepted_at))
    elif is_accepted(order) or (order.is_deleted and content.state is OrderState.STARTED):
        # First seen cancelled or refunded; or thrown away while its payment ran, which nobody should be reminded of.
        facts.append(closed(content.created_at))
    if order.failed_at is not None and is_same_cart and opens:
        facts.append(Reopening(order.failed_at, number))
    if order.failed_at is not None and is_accepted(order):
        again = order.paid_at if order.paid_at and order.paid_at > order.failed_at else content.version_at
        if order.accepted_at is None or order.accepted_at <= order.failed_at < again:
            facts.append(closed(again))
    return facts


def lifecycle(seen: OrderSeen) -> list[tuple[EventType, str, datetime]]:
    """Events that this version proves: (type, event id, time). Equal sets of versions give equal sets of events.

    Ids are made from the order and, where it can happen twice, the version. An `order_placed` is proven only by
    a version that was accepted: an order first seen cancelled has none.
    """
    if seen.is_test or seen.state in UNPLACED or seen.is_in_bin:
        return []
    number = seen.order_id
    proven: list[tuple[EventType, str, datetime]] = []
    if seen.state in ACCEPTED:
        proven.append((EventType.ORDER_PLACED, f"order_placed:{number}", seen.accepted_at or seen.version_at))
    if seen.is_fulfilled:
        shipped = seen.fulfilled_at or seen.version_at
        proven.append((EventType.ORDER_FULFILLED, f"order_fulfilled:{number}", shipped))
    if seen.state is OrderState.CANCELLED:
        called_off = seen.cancelled_at or seen.version_at
        proven.append((EventType.ORDER_CANCELLED, f"order_cancelled:{number}", called_off))
    return proven


def touches_cart(order: Order, nodes: Iterable[Node], key: str) -> bool:
    """Whether any version of the order named the cart `key` (by token, checkout or browser)."""
    named = set(nodes)
    return Node("cart", key) in named or (key.startswith("v:") and Node("visitor", key[2:]) in named)
