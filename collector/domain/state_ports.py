"""The state as the pipeline sees it: everything the fold, the decisions and the deliveries read and write.

Each protocol is one thing; all parts of a `StateTransaction` share one transaction. Engines satisfy them by shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from collector.domain.carts import CartFact, CartKey, Generation, Timeline
from collector.domain.catalogue_ports import CatalogueTold, Categories, Coupons, Products
from collector.domain.customers import Customer, Tags
from collector.domain.door import InboxRow, Lane
from collector.domain.erasing import Erasing
from collector.domain.events import CheckoutSeen, EventType, MessageConsent, RefundSeen
from collector.domain.history_ports import History
from collector.domain.identity import Link, Node
from collector.domain.jobs import Waking
from collector.domain.orders import Order, ToldChange
from collector.domain.people import Person
from collector.domain.rereading import Rereads
from collector.domain.sessions import Moment, Session
from collector.domain.shop_facts import ShopDescribed
from collector.domain.spending import Bought
from collector.domain.stock import StockWatch
from collector.domain.subscriptions import Faults
from collector.domain.telling_ports import AccountContacts, OptOuts, Telling
from collector.domain.visitors import Visitor


class Visits(Protocol):
    """Visitors, events and sessions. Inside one transaction, like everything of `StateTransaction`."""

    def visitor(self, shop_id: int, visitor_id: str) -> Visitor | None: ...

    def add_visitor(self, shop_id: int, visitor_id: str, at: datetime) -> Visitor: ...

    def keep_visitor(self, visitor: Visitor) -> None: ...

    def add_event(
        self,
        shop_id: int,
        event_id: str,
        type_: EventType,
        occurred_at: datetime,
        received_at: datetime,
        detail: Mapping[str, Any],
        visitor: int | None = None,
        cart: int | None = None,
    ) -> str:
        """`new`, `moved` (known, but this report puts it earlier) or `known`."""
        ...

    def newest_session(self, visitor: int) -> tuple[int, Session] | None: ...

    def add_session(self, shop_id: int, visitor: int, session: Session) -> int: ...

    def keep_session(self, number: int, session: Session) -> None: ...

    def moments_before(self, visitor: int, at: datetime) -> Iterator[Moment]:
        """Newest first, up to and including `at`."""
        ...

    def moments_after(self, visitor: int, at: datetime) -> Iterator[Moment]:
        """Oldest first, after `at`."""
        ...

    def drop_sessions(self, visitor: int, since: datetime, until: datetime) -> None:
        """Those that started between the two, both included."""
        ...

    def add_tombstone(self, shop_id: int, kind: str, id_: str, at: datetime) -> None: ...

    def tombstone(self, shop_id: int, kind: str, id_: str) -> datetime | None: ...


class People(Protocol):
    """Identity links and the people derived from them."""

    def keep_link(self, shop_id: int, link: Link) -> bool:
        """Whether people have to be derived again."""
        ...

    def links_of(self, shop_id: int, node: Node) -> list[Link]: ...

    def person_of(self, shop_id: int, node: Node) -> int | None: ...

    def nodes_of(self, person: int) -> frozenset[Node]: ...

    def keep_people(self, shop_id: int, people: Sequence[Person]) -> set[Node]:
        """Store a partition of one neighbourhood; the nodes of everybody whose nodes changed."""
        ...

    def unconsented(self, shop_id: int, before: datetime, limit: int) -> list[str]:
        """Addresses last typed before then that no order, record, signature or opt-in speaks for."""
        ...

    def forget_address(self, shop_id: int, email: str) -> set[Node]:
        """Take an address out of links, people, events and checkouts. The nodes it was linked to."""
        ...


class Carts(Protocol):
    """Cart keys, generations and a platform's checkouts."""

    def find(self, shop_id: int, key: str) -> CartKey | None: ...

    def find_or_add(self, shop_id: int, key: str) -> CartKey: ...

    def timeline(self, cart: CartKey) -> Timeline:
        """The stored timeline with its newest generation only: enough to go on from."""
        ...

    def generations(self, cart: int) -> list[Generation]: ...

    def facts(self, cart: int) -> list[CartFact]:
        """Everything reported about this cart itself; not the orders."""
        ...

    def keep(
        self,
        shop_id: int,
        cart: CartKey,
        timeline: Timeline,
        place: tuple[datetime, int, str],
        next_check_at: datetime | None,
        is_whole: bool,
    ) -> None: ...

    def keep_checkout(self, shop_id: int, cart: int, seen: CheckoutSeen, content_hash: str) -> None: ...


class Orders(Protocol):
    """Merged orders, every node that ever stood on them, and refunds."""

    def find(self, shop_id: int, order_id: str) -> Order | None: ...

    def keep(self, shop_id: int, order: Order, nodes: Iterable[Node]) -> None: ...

    def nodes_of(self, shop_id: int, order_id: str) -> list[Node]: ...

    def of_nodes(self, shop_id: int, nodes: Iterable[Node], since: datetime) -> list[Order]:
        """Orders that named any of the nodes and may matter to a cart begun at `since`."""
        ...

    def buyers(self, shop_id: int, after: str, limit: int) -> list[tuple[str, datetime]]:
        """Who ordered and when last, in the order of the addresses behind `after`."""
        ...

    def add_refund(self, shop_id: int, refund: RefundSeen, version_at: datetime, listed_at: datetime) -> None:
        """Seen in this version of its order, which arrived at `listed_at`; alone, at its own time."""
        ...

    def list_refunds(self, shop_id: int, order_id: str, version_at: datetime, listed_at: datetime) -> None:
        """This version of a known order listed every refund: those seen only before it do not count any more."""
        ...

    def told_change(self, shop_id: int, order_id: str) -> ToldChange | None:
        """What its buyer was told last of a change; None: nothing yet."""
        ...

    def keep_told_change(self, shop_id: int, order_id: str, told: ToldChange) -> None: ...

    def bought(self, shop_id: int, email: str, customer_id: str) -> list[Bought]:
        """Every order of an address, and of the customer with this number ("": none), as they count."""
        ...

    def had_orders(self, shop_id: int, email: str, customer_id: str) -> bool:
        """Whether an order that counted once is or was theirs, whatever became of it."""
        ...

    def lowered_by(self, shop_id: int, order_id: str) -> list[tuple[int, str]]:
        """(minor units, currency) that each of its refunds takes off what it is worth, the oldest first."""
        ...

    def newest_of(self, shop_id: int, email: str) -> Order | None:
        """The newest that was placed under this address."""
        ...


class Customers(Protocol):
    """Customers, tags, the consent ledger, and the shop's own end."""

    def find(self, shop_id: int, customer_id: str) -> tuple[Customer, datetime | None] | None: ...

    def keep(self, shop_id: int, customer: Customer, deleted_at: datetime | None) -> None: ...

    def delete(self, shop_id: int, customer_id: str, at: datetime) -> bool:
        """Whether such a customer is known."""
        ...

    def list_tags(
        self, shop_id: int, customer_id: str, tags: tuple[str, ...], at: datetime, stated_at: datetime
    ) -> None: ...

    def change_tag(self, shop_id: int, customer_id: str, tag: str, is_present: bool, at: datetime) -> None: ...

    def tags(self, shop_id: int, customer_id: str) -> Tags: ...

    def number_of(self, shop_id: int, email: str) -> str:
        """Whose record has this address; "" when nobody's has."""
        ...

    def text_consent(self, shop_id: int, phone: str) -> str:
        """What was recorded last about text messages to this number: a state of the ledger, or ""."""
        ...

    def record_consent(self, shop_id: int, act: MessageConsent, recorded_at: datetime) -> None: ...

    def uninstall(self, shop_id: int, at: datetime) -> None: ...

    def describe(self, shop_id: int, described: ShopDescribed) -> None:
        """What the shop says about itself; an older word changes nothing."""
        ...


class Merges(Protocol):
    """Customer records that became one."""

    def is_used(self, shop_id: int) -> bool: ...

    def became(self, shop_id: int, customer_id: str) -> str:
        """Who this customer is now; the same id for one that was never merged."""
        ...

    def add(self, shop_id: int, gone_id: str, kept_id: str, at: datetime) -> None: ...

    def move(self, shop_id: int, gone_id: str, kept_id: str) -> set[Node]:
        """Links and orders of the one become the other's. The nodes whose people have to be derived again."""
        ...


class Progress(Protocol):
    """How far the fold has come, and what became of rows that were not plainly folded."""

    def cursor(self, shop_id: int, lane: Lane, generation: str) -> int:
        """The last folded row id; 0 for another generation of the inbox."""
        ...

    def advance(self, shop_id: int, lane: Lane, generation: str, last_id: int) -> None: ...

    def is_first(self, shop_id: int, delivery: str, row_id: int) -> bool:
        """Whether this delivery is seen for the first time (or again from the very same row)."""
        ...

    def note(self, row: InboxRow, generation: str, outcome: str, reason: str) -> None: ...

    def quarantine(self, row: InboxRow, generation: str, reason: str, detail: str, at: datetime) -> None: ...


class StateTransaction(Protocol):
    """Everything a fold may touch, inside one transaction."""

    @property
    def visits(self) -> Visits: ...

    @property
    def people(self) -> People: ...

    @property
    def carts(self) -> Carts: ...

    @property
    def orders(self) -> Orders: ...

    @property
    def customers(self) -> Customers: ...

    @property
    def products(self) -> Products: ...

    @property
    def categories(self) -> Categories: ...

    @property
    def coupons(self) -> Coupons: ...

    @property
    def catalogue(self) -> CatalogueTold: ...

    @property
    def telling(self) -> Telling: ...

    @property
    def opt_outs(self) -> OptOuts: ...

    @property
    def contacts(self) -> AccountContacts: ...

    @property
    def history(self) -> History: ...

    @property
    def erasing(self) -> Erasing: ...

    @property
    def progress(self) -> Progress: ...

    @property
    def rereads(self) -> Rereads: ...

    @property
    def stock(self) -> StockWatch: ...

    @property
    def merges(self) -> Merges: ...

    @property
    def jobs(self) -> Waking: ...

    @property
    def faults(self) -> Faults: ...


class StateStore(Protocol):
    def read(self) -> AbstractContextManager[StateTransaction]:
        """One consistent look that waits for nobody who writes. Nothing may be written in it."""
        ...

    def write(self) -> AbstractContextManager[StateTransaction]:
        """One transaction: everything or nothing."""
        ...
