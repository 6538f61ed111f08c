"""The state as the pipeline sees it: everything the fold, the decisions and the deliveries read and write.

Each protocol is one thing; all parts of a `StateTransaction` share one transaction. Engines satisfy them by shape.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from collector.domain.carts import CartFact, CartKey, Generation, Timeline
from collector.domain.catalogue_ports import CatalogueTold, Categories, Coupons, Products
from collector.domain.consent import Act, Proofs
from collector.domain.customers import Customer, Tags
from collector.domain.decisions import DecisionRow
from collector.domain.door import InboxRow, Lane
from collector.domain.erasing import Erasing
from collector.domain.events import CheckoutSeen, EventType, MessageConsent, RefundSeen
from collector.domain.history import History
from collector.domain.identity import Link, Node
from collector.domain.orders import Order
from collector.domain.outbox import NewMessage
from collector.domain.people import Person
from collector.domain.sessions import Moment, Session
from collector.domain.spending import Bought
from collector.domain.telling import (
    Browser,
    DueCart,
    DueVisit,
    OpenCart,
    PersonDetails,
    Reminder,
    StoredEvent,
    ToldContact,
)
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

    def add_refund(self, shop_id: int, refund: RefundSeen) -> None: ...

    def bought(self, shop_id: int, email: str, customer_id: str) -> list[Bought]:
        """Every order of an address, and of the customer with this number ("": none), as they count."""
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

    def list_tags(self, shop_id: int, customer_id: str, tags: tuple[str, ...], at: datetime) -> None: ...

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


@dataclass(frozen=True, slots=True)
class Asked:
    """An address that was asked by mail whether it agrees. `message_key`: of the outbox."""

    shop_id: int
    message_key: str
    asked_at: datetime
    confirmed_at: datetime | None


class OptOuts(Protocol):
    """What is known of a destination account as a whole: who is blocked there, who was asked to confirm."""

    def blocked(self, account: str, emails: Iterable[str]) -> set[str]:
        """Those that we know to be blocked there."""
        ...

    def keep_blocks(self, account: str, emails: Iterable[str], at: datetime, *, is_ours: bool) -> None:
        """They are blocked there from now on, unless that is known. `is_ours`: we made them so, nobody opted out."""
        ...

    def lift_blocks(self, account: str, emails: Iterable[str]) -> None:
        """They are blocked no more: a block that follows is a new one."""
        ...

    def asked(self, account: str, email: str) -> Asked | None:
        """The last time this address was asked, by any shop of the account."""
        ...

    def keep_asked(self, account: str, email: str, asked: Asked) -> None: ...

    def list_of(self, shop_id: int, message_key: str) -> int | None:
        """The list whoever confirms comes onto, as it was sent; None: that mail has not left."""
        ...

    def newest_opt_outs(self, after: int, limit: int) -> list[tuple[int, int, MessageConsent]]:
        """(entry, shop, act) of e-mail addresses in the ledger behind this entry, oldest first."""
        ...


class Telling(Protocol):
    """What messages need to know and what is remembered of them."""

    def acts(self, shop_id: int, email: str) -> list[Act]:
        """Of this address, and opt-outs of every other that belongs to the same customer account: who left stays
        away when the shop knows them by another address."""
        ...

    def proofs(self, shop_id: int, email: str, notice_since: datetime | None) -> Proofs: ...

    def details(self, shop_id: int, email: str) -> PersonDetails: ...

    def browser(self, shop_id: int, visitor_id: str) -> Browser | None: ...

    def newest_views(self, visitor: int, since: datetime, limit: int) -> list[StoredEvent]:
        """Oldest first."""
        ...

    def reminders_since(self, shop_id: int, emails: Iterable[str], since: datetime) -> list[datetime]: ...

    def add_reminder(self, shop_id: int, reminder: Reminder) -> bool:
        """False: this very reminder was decided before."""
        ...

    def steps_taken(self, shop_id: int, cart: int, generation: int, since: datetime) -> int:
        """Reminders of this content: those decided since its last change."""
        ...

    def unrecovered(self, cart: int, generation: int) -> list[tuple[int, str, str]]:
        """(reminder, abandonment id, address) of reminders not yet followed by an order."""
        ...

    def keep_recovery(self, reminder: int, at: datetime) -> None: ...

    def add_told(self, shop_id: int, cart: int, generation: int, email: str, at: datetime) -> None: ...

    def told(self, cart: int, generation: int) -> list[str]: ...

    def heard_of_cart(self, shop_id: int, ordering: str, cart: int, generation: int) -> bool:
        """Whether anything about it left in this ordering, or is leaving this moment."""
        ...

    def contact_left(self, shop_id: int, email: str) -> bool:
        """Whether the destination heard of this address; so it did when what was told is too old to stand here."""
        ...

    def was_observed(self, cart: int) -> bool:
        """Whether anybody but the platform told of this cart."""
        ...

    def carts_ordered_by(self, shop_id: int, order_id: str) -> list[tuple[int, int]]:
        """(cart, generation) of every cart this order closed."""
        ...

    def open_carts_of(self, person: int) -> list[OpenCart]: ...

    def newest_order_of(self, person: int) -> datetime | None: ...

    def refunds(self, shop_id: int, order_id: str) -> list[tuple[str, int, str, datetime]]:
        """(refund id, minor units, currency, time), oldest first."""
        ...

    def has_order_feed(self, shop_id: int) -> bool: ...

    def due_carts(self, shop_id: int, now: datetime, limit: int) -> list[DueCart]: ...

    def due_visits(self, shop_id: int, now: datetime, limit: int) -> list[DueVisit]: ...

    def set_cart_check(self, cart: int, generation: int, at: datetime | None) -> None: ...

    def set_visit_check(self, session: int, at: datetime | None) -> None: ...

    def set_visit_deadline(self, visitor: int, after_s: float) -> None:
        """The newest session of a known visitor: its last event plus `after_s`, unless already reminded of."""
        ...

    def message_state(self, shop_id: int, message_key: str) -> str | None:
        """waiting | done | dead | skipped | unknown; None: never queued, or long gone."""
        ...

    def conflict_of(self, person: int) -> str: ...

    def queue(self, message: NewMessage) -> tuple[int, bool]:
        """(row, whether it is new): one effect, one key."""
        ...

    def supersede(self, shop_id: int, ordering: str, kinds: Collection[str], reason: str, now: datetime) -> None: ...

    def throw_away(self, shop_id: int, ordering: str, events: Collection[str], reason: str, now: datetime) -> None:
        """Skip what waits for this ordering and is one of these events, or a contact that is there for one."""
        ...

    def note(self, decision: DecisionRow) -> None:
        """Append to the log."""
        ...

    def decide(self, decision: DecisionRow) -> None:
        """Append to the log, unless the same was said last about the same thing."""
        ...


class AccountContacts(Protocol):
    """What the accounts at the destination were told of an address, shop by shop."""

    def of(self, account: str, email: str) -> list[ToldContact]:
        """One for each shop that told of it, the first first."""
        ...

    def named(self, account: str, ext_id: str) -> str:
        """Whose contact was given this name; "" while nobody's."""
        ...

    def keep(self, account: str, email: str, told: ToldContact) -> None: ...

    def currency_of(self, shop_id: int) -> str:
        """The shop's own; "" while nobody knows."""
        ...

    def currency_for(self, account: str, prefix: str) -> str:
        """Of the sums under this prefix: that of the first shop that has one; "" while none has."""
        ...


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


class StateStore(Protocol):
    def read(self) -> AbstractContextManager[StateTransaction]:
        """One consistent look that waits for nobody who writes. Nothing may be written in it."""
        ...

    def write(self) -> AbstractContextManager[StateTransaction]:
        """One transaction: everything or nothing."""
        ...
