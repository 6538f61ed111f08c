"""What the pipeline needs from outside, said in domain words. Adapters satisfy these by shape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from collector.domain.carts import CartFact, CartKey, Generation, Timeline
from collector.domain.customers import Customer
from collector.domain.door import InboxRow, Lane, NewRow, WebhookRequest
from collector.domain.events import CheckoutSeen, EventType, Fact, MessageConsent, RefundSeen
from collector.domain.identity import Link, Node
from collector.domain.orders import Order
from collector.domain.people import Person
from collector.domain.sessions import Moment, Session
from collector.domain.shop import Shop
from collector.domain.visitors import Visitor


class Clock(Protocol):
    """Now, aware UTC."""

    def __call__(self) -> datetime: ...


class Currencies(Protocol):
    def exponent(self, code: str) -> int:
        """Decimals of an ISO 4217 code (JPY 0, EUR 2, KWD 3); 2 for codes nobody knows."""
        ...


class Addresses(Protocol):
    def email(self, text: str) -> str | None:
        """The address in lower case, trimmed; None if it is not one. No DNS."""
        ...

    def phone(self, text: str, country: str) -> str | None:
        """E.164, reading national formats by ISO country; None if it is not a possible number."""
        ...


class UserAgents(Protocol):
    def is_named_bot(self, user_agent: str) -> bool: ...

    def device_class(self, user_agent: str) -> str:
        """desktop | mobile | tablet | other."""
        ...


class ShopDirectory(Protocol):
    """The shops as the doors know them: in memory, at most a second or two old."""

    def by_site_key(self, site_key: str) -> Shop | None: ...

    def by_hook_key(self, platform: str, hook_key: str) -> Shop | None: ...

    def by_address(self, platform: str, address: str) -> Shop | None: ...


class InboxWriter(Protocol):
    def append(self, row: NewRow) -> None:
        """Returns when the row is on disk. Raises StorageRefused. Concurrent appends share a transaction."""
        ...

    def count(self, shop_id: int | None, door: str, reason: str) -> None:
        """Count an answer (door: beacon | webhook). In memory at once, on disk within seconds."""
        ...


class InboxReader(Protocol):
    def generation(self) -> str:
        """The inbox's random identity; changes when the file is replaced."""
        ...

    def next_rows(self, shop_id: int, lane: Lane, after: int, limit: int) -> Sequence[InboxRow]:
        """Rows behind the cursor `after`, oldest first."""
        ...


class Source(Protocol):
    """A shop platform. One object per platform, without state; see collector/sources/__init__.py."""

    name: str

    def normalise_address(self, text: str) -> tuple[str, str]:
        """What a merchant typed -> (address, url). Raises Misuse naming the value and the cure."""
        ...

    def is_ping(self, request: WebhookRequest) -> bool:
        """The platform's unsigned hello, answered 200 and not kept."""
        ...

    def proposed_address(self, headers: Mapping[str, str]) -> str | None:
        """The normalised shop address the headers name, if any. Proves nothing."""
        ...

    def named_address(self, body: bytes) -> str | None:
        """The normalised shop address the (verified) body itself names, if it does."""
        ...

    def verify(self, request: WebhookRequest, secrets: Sequence[str]) -> None:
        """Check the signature over the raw bytes. Raises InvalidSignature, also when it is missing."""
        ...

    def describe(self, request: WebhookRequest) -> tuple[str, str, dict[str, Any]]:
        """(topic, delivery id, facts) from headers and raw body, for the inbox row. Never raises."""
        ...

    def parse(self, row: InboxRow, shop: Shop) -> list[Fact]:
        """Facts of one webhook row. [] for topics we do not use. Raises Unparseable, nothing else."""
        ...


class ConnectedShop(Protocol):
    """What the one read call of `install` found out."""

    name: str
    currency: str
    detail: Mapping[str, Any]


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

    def add_refund(self, shop_id: int, refund: RefundSeen) -> None: ...


class Customers(Protocol):
    """Customers, tags, the consent ledger, and the shop's own end."""

    def find(self, shop_id: int, customer_id: str) -> tuple[Customer, datetime | None] | None: ...

    def keep(self, shop_id: int, customer: Customer, deleted_at: datetime | None) -> None: ...

    def delete(self, shop_id: int, customer_id: str, at: datetime) -> bool:
        """Whether such a customer is known."""
        ...

    def list_tags(self, shop_id: int, customer_id: str, tags: tuple[str, ...], at: datetime) -> None: ...

    def change_tag(self, shop_id: int, customer_id: str, tag: str, is_present: bool, at: datetime) -> None: ...

    def record_consent(self, shop_id: int, act: MessageConsent, recorded_at: datetime) -> None: ...

    def uninstall(self, shop_id: int, at: datetime) -> None: ...


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
    def progress(self) -> Progress: ...


class StateStore(Protocol):
    def write(self) -> AbstractContextManager[StateTransaction]:
        """One transaction: everything or nothing."""
        ...
