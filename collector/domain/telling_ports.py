"""What the destination is told, and what is known of its accounts: parts of a `state_ports.StateTransaction`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from collector.domain.consent import Act, Proofs
from collector.domain.decisions import DecisionRow
from collector.domain.events import MessageConsent
from collector.domain.outbox import NewMessage
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

    def newest_of_cart(self, shop_id: int, ordering: str, event: str, cart: int, generation: int) -> str:
        """The key of the last such event about it that was decided in this ordering; "": none was."""
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
        """(refund id, minor units, currency, time), oldest first; without those that were deleted again."""
        ...

    def unpaid_refunds(self, shop_id: int, order_id: str) -> Collection[str]:
        """Those for which no money was given back: lines were taken off the order."""
        ...

    def had_refunds(self, shop_id: int, order_id: str) -> bool:
        """Whether any was ever listed, deleted ones included."""
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
