"""Carts and their generations, replayed from facts. Pure: the same facts in any order give the same carts.

A cart is known by its key: the shop's token, else the visitor, else the checkout or order it was first seen in.
Between two orders its content is one generation; a new cart after an order, or after it was emptied,
is the next one. Equal content is no change, whatever prices or pictures came with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from collector.domain.cart_items import EMPTY, chosen, content_hash, covers, described, shares_product
from collector.domain.events import Item, OrderKind

# A report of the bought content that comes this long after the order is an echo (a second tab, a
# shop's clock running slow), not a new cart.
ECHO = timedelta(minutes=10)


class CartState(StrEnum):
    OPEN = "open"
    ORDERED = "ordered"
    EMPTIED = "emptied"  # by the shopper
    FAILED = "failed"  # its payment failed; the next generation has the same content


class Stage(StrEnum):
    CART = "cart"
    CHECKOUT = "checkout"
    PAYMENT = "payment"

    @property
    def rank(self) -> int:
        return list(Stage).index(self)


@dataclass(frozen=True, slots=True)
class CartKey:
    """A cart's stored name and the place in time up to which it was replayed (None: never)."""

    id: int
    key: str
    place: tuple[datetime, int, str] | None
    carry: str  # what the next fact is compared with, as the store keeps it


def cart_key(token: str = "", visitor_id: str = "", checkout_token: str = "") -> str:
    """The key of a cart: `t:<token>`, else `v:<visitor>`, else `c:<checkout token>`, else "".

    Everything behind `?` in a Shopify token is a secret and never part of it.
    """
    token = token.partition("?")[0]
    if token:
        return f"t:{token}"
    if visitor_id:
        return f"v:{visitor_id}"
    return f"c:{checkout_token}" if checkout_token else ""


def tokens_of(key: str, checkout_token: str = "") -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The platform's own names of a cart and of its checkouts, as far as its key and its checkout tell them."""
    kind, _, name = key.partition(":")
    checkouts = {checkout_token, name if kind == "c" else ""}
    return ((name,) if kind == "t" and name else ()), tuple(sorted(checkouts - {""}))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole content at one moment."""

    at: datetime
    id: str
    items: tuple[Item, ...]
    currency: str = ""
    total_minor: int | None = None
    checkout_url: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """The checkout or the payment was entered. `order_id`: the unpaid order a payment belongs to."""

    at: datetime
    id: str
    stage: Stage
    checkout_token: str = ""
    recovery_url: str = ""
    checkout_url: str = ""
    order_id: str = ""


@dataclass(frozen=True, slots=True)
class Closing:
    """An order was accepted. `is_same_cart`: it names this cart, not only its person."""

    at: datetime
    id: str  # the order
    kind: OrderKind
    items: tuple[Item, ...]
    is_same_cart: bool


@dataclass(frozen=True, slots=True)
class Reopening:
    """The payment of an order of this very cart failed."""

    at: datetime
    id: str  # the order


CartFact = Snapshot | Step | Closing | Reopening
# At the same moment: content first, then steps, then what an order did with it.
PRECEDENCE: dict[type, int] = {Snapshot: 0, Step: 1, Reopening: 2, Closing: 3}


@dataclass(frozen=True, slots=True)
class Generation:
    number: int
    state: CartState
    stage: Stage
    opened_at: datetime
    changed_at: datetime
    stepped_at: datetime
    items: tuple[Item, ...]
    items_hash: str
    currency: str = ""
    total_minor: int | None = None
    closed_at: datetime | None = None
    order_id: str = ""
    checkout_url: str = ""
    recovery_url: str = ""
    checkout_token: str = ""
    payment_order_id: str = ""

    @property
    def item_count(self) -> int:
        return sum(item.quantity for item in self.items)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A cart replayed up to a moment: its generations and what the next fact is compared with."""

    generations: tuple[Generation, ...] = ()
    last_hash: str = ""  # content of the newest snapshot, kept or not
    ordered: Closing | None = None  # the newest order that closed it (or came before there was one)
    emptied_since_order: bool = field(default=False)

    @property
    def current(self) -> Generation | None:
        return self.generations[-1] if self.generations else None


def place(fact: CartFact) -> tuple[datetime, int, str]:
    return (fact.at, PRECEDENCE[type(fact)], fact.id)


def replay(facts: Iterable[CartFact]) -> Timeline:
    timeline = Timeline()
    for fact in sorted(facts, key=place):
        timeline = advance(timeline, fact)
    return timeline


def advance(timeline: Timeline, fact: CartFact) -> Timeline:
    """The timeline with one more fact, which is not older than any before."""
    match fact:
        case Snapshot():
            return _content(timeline, fact)
        case Step():
            return _step(timeline, fact)
        case Closing():
            return _close(timeline, fact)
        case Reopening():
            return _reopen(timeline, fact)


def _content(timeline: Timeline, fact: Snapshot) -> Timeline:
    seen = content_hash(fact.items)
    timeline, before = replace(timeline, last_hash=seen), timeline.last_hash
    current = timeline.current
    if current is not None and current.state is CartState.OPEN:
        if seen == current.items_hash:
            return _with_current(timeline, _completed(current, fact))
        if seen == EMPTY:
            emptied = replace(current, state=CartState.EMPTIED, changed_at=fact.at, closed_at=fact.at)
            return _with_current(replace(timeline, emptied_since_order=True), emptied)
        return _with_current(
            timeline,
            replace(
                current,
                items=fact.items,
                items_hash=seen,
                currency=fact.currency or current.currency,
                total_minor=fact.total_minor,
                changed_at=fact.at,
                stepped_at=max(current.stepped_at, fact.at),
                checkout_url=fact.checkout_url or current.checkout_url,
            ),
        )
    if seen == EMPTY:
        return replace(timeline, emptied_since_order=True)
    if _is_echo(timeline, fact, seen, before):
        return timeline
    opened = Generation(
        number=current.number + 1 if current else 1,
        state=CartState.OPEN,
        stage=Stage.CART,
        opened_at=fact.at,
        changed_at=fact.at,
        stepped_at=fact.at,
        items=fact.items,
        items_hash=seen,
        currency=fact.currency,
        total_minor=fact.total_minor,
        checkout_url=fact.checkout_url,
    )
    return replace(timeline, generations=(*timeline.generations, opened))


def _completed(current: Generation, fact: Snapshot) -> Generation:
    """Equal content is no change, but may bring what was missing: prices, pictures, or the way to the checkout."""
    if current.total_minor is None and fact.total_minor is not None:
        items = chosen(described(fact.items, current.items), current.items)
        current = replace(current, items=items, currency=fact.currency, total_minor=fact.total_minor)
    else:
        current = replace(current, items=described(current.items, fact.items))
    current = replace(current, items=chosen(current.items, fact.items))
    if fact.checkout_url and not current.checkout_url:
        current = replace(current, checkout_url=fact.checkout_url)
    return current


def _is_echo(timeline: Timeline, fact: Snapshot, seen: str, before: str) -> bool:
    """Whether a report after an order only repeats what was bought: no new generation without a new add."""
    if timeline.ordered is None or timeline.emptied_since_order:
        return False
    if seen == before:
        return True
    return fact.at - timeline.ordered.at <= ECHO and covers(timeline.ordered.items, fact.items)


def _step(timeline: Timeline, fact: Step) -> Timeline:
    current = timeline.current
    if current is None or current.state is not CartState.OPEN:
        return timeline
    return _with_current(
        timeline,
        replace(
            current,
            stage=max(current.stage, fact.stage, key=lambda stage: stage.rank),
            stepped_at=max(current.stepped_at, fact.at),
            checkout_token=fact.checkout_token or current.checkout_token,
            recovery_url=fact.recovery_url or current.recovery_url,
            checkout_url=fact.checkout_url or current.checkout_url,
            payment_order_id=fact.order_id or current.payment_order_id,
        ),
    )


def _close(timeline: Timeline, fact: Closing) -> Timeline:
    current = timeline.current
    is_open = current is not None and current.state is CartState.OPEN
    # A renewal repeats the browser of the order it renews, so naming this cart proves nothing for it.
    closes_all = fact.kind is OrderKind.STOREFRONT or (fact.kind is OrderKind.OTHER and fact.is_same_cart)
    if not closes_all and (current is None or not is_open or not shares_product(current.items, fact.items)):
        return timeline
    timeline = replace(timeline, ordered=fact, emptied_since_order=False)
    if current is None:
        return timeline
    if not is_open:
        if fact.is_same_cart and current.order_id.startswith("checkout:"):  # its order, known only now
            return _with_current(timeline, replace(current, order_id=fact.id))
        if _was_emptied_by(fact, current):
            return _with_current(timeline, replace(current, state=CartState.ORDERED, order_id=fact.id))
        return timeline
    closed = replace(current, state=CartState.ORDERED, closed_at=fact.at, order_id=fact.id)
    return _with_current(timeline, closed)


def _was_emptied_by(fact: Closing, current: Generation) -> bool:
    """Whether the shop itself emptied this cart on the way to the order: it does so before a payment is confirmed."""
    if current.state is not CartState.EMPTIED or not fact.is_same_cart or fact.kind is not OrderKind.STOREFRONT:
        return False
    if current.payment_order_id == fact.id:
        return True
    return fact.at - current.changed_at <= ECHO and covers(fact.items, current.items)


def _reopen(timeline: Timeline, fact: Reopening) -> Timeline:
    current = timeline.current
    if current is None:
        return timeline
    was_ordered = current.state is CartState.ORDERED and current.order_id == fact.id
    was_paying = current.state is CartState.OPEN and current.payment_order_id == fact.id
    if not (was_ordered or was_paying):
        return timeline
    if was_paying:
        ended = replace(current, state=CartState.FAILED, closed_at=fact.at, order_id=fact.id)
        timeline = _with_current(timeline, ended)
    again = replace(
        current,
        number=current.number + 1,
        state=CartState.OPEN,
        stage=Stage.PAYMENT,
        opened_at=fact.at,
        changed_at=fact.at,
        stepped_at=fact.at,
        closed_at=None,
        order_id="",
        payment_order_id="",
    )
    return replace(timeline, generations=(*timeline.generations, again), ordered=None)


def _with_current(timeline: Timeline, generation: Generation) -> Timeline:
    return replace(timeline, generations=(*timeline.generations[:-1], generation))
