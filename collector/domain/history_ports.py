"""What bulk work needs: the destination's bulk calls, and the marks and batches in the state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from collector.domain.history import (
    Batch,
    BatchState,
    ContactPage,
    DueContact,
    ImportKind,
    ProcessSeen,
    Reading,
    SeenContact,
    There,
    ToldAlone,
    Waiting,
)
from collector.domain.messages import ContactMessage, OrderMessage
from collector.domain.shop import Shop


class Bulk(Protocol):
    """The destination's bulk calls. Each pays for itself, out of the part of the budget that bulk work may use.

    All raise DeliveryFailed; of WAIT, nothing was sent.
    """

    def contacts(self, shop: Shop, place: int) -> ContactPage:
        """The contacts of the account from `place` on, oldest first."""
        ...

    def contact_size(self, contact: ContactMessage) -> int:
        """Bytes of it in an import."""
        ...

    def numbers(self, contact: ContactMessage) -> tuple[str, ...]:
        """The phone numbers it would bring along, digits."""
        ...

    def import_contacts(self, shop: Shop, contacts: Sequence[ContactMessage], kind: ImportKind) -> str:
        """The process it became."""
        ...

    def process(self, shop: Shop, reference: str) -> ProcessSeen: ...

    def order_size(self, order: OrderMessage) -> int: ...

    def pay_for_orders(self, shop: Shop) -> None:
        """One call of `send_orders`: its calls are few, so it is paid before the orders are put together."""
        ...

    def send_orders(self, shop: Shop, orders: Sequence[OrderMessage]) -> str:
        """Orders that start nothing; it is paid for. The batch they became."""
        ...

    def send_contact(self, shop: Shop, contact: ContactMessage) -> ToldAlone:
        """One contact by itself."""
        ...


class History(Protocol):
    """The marks and batches. Inside one transaction, like everything of `StateTransaction`."""

    def mark(self, shop_id: int, kind: str, subject: str, email: str, at: datetime) -> None:
        """It is to be told, whatever was told before."""
        ...

    def mark_anew(self, shop_id: int, kind: str, subject: str, email: str, at: datetime) -> None:
        """The same, also if what is to be told looks as what was told."""
        ...

    def touch_contact(self, shop_id: int, email: str, *, is_only_history: bool = False) -> None:
        """It changed live: what is on its way is told again when it has arrived, and what was told counts no more.
        `is_only_history`: no live message tells it, so it is due if an import ever named it."""
        ...

    def touch_order(self, shop_id: int, order_id: str, *, is_only_history: bool) -> None:
        """The same."""
        ...

    def waiting(self, shop_id: int) -> Waiting: ...

    def groupings(self, shop_id: int) -> list[tuple[str, There, int]]:
        """How many contacts wait in each, by what they were at the destination when it was asked last."""
        ...

    def told_before(self, shop_id: int) -> int:
        """How many contacts were ever told in bulk: they are at the destination."""
        ...

    def usual_bytes(self, account: str, kind: str) -> float | None:
        """Of a subject, in the newest batch of the account."""
        ...

    def unexamined(self, shop_id: int, limit: int) -> list[str]: ...

    def told_hash(self, shop_id: int, kind: str, subject: str) -> str: ...

    def examined(self, shop_id: int, account: str, email: str, grouping: str, numbers: Sequence[str]) -> None: ...

    def nothing_to_tell(self, shop_id: int, kind: str, subject: str) -> None: ...

    def due_contacts(self, shop_id: int, after: str, limit: int, reading: Reading | None) -> list[DueContact]:
        """By address, those behind `after`; without those to be told alone."""
        ...

    def due_alone(self, shop_id: int, limit: int) -> list[str]: ...

    def set_alone(self, shop_id: int, email: str) -> None: ...

    def others_with(self, account: str, number: str, email: str) -> list[str]:
        """Who else has this phone number, here or at the destination."""
        ...

    def due_orders(self, shop_id: int, limit: int) -> list[str]:
        """Those whose contact is not to be told, or on its way."""
        ...

    def is_being_told(self, shop_id: int, ordering: str) -> bool:
        """Whether a live message of this ordering has not left yet."""
        ...

    def see(self, account: str, shop_ids: Sequence[int], contacts: Sequence[SeenContact], at: datetime) -> None: ...

    def reading(self, account: str) -> Reading | None: ...

    def keep_reading(self, account: str, reading: Reading) -> None: ...

    def add_batch(self, account: str, shop_id: int, kind: str, grouping: str, now: datetime) -> int: ...

    def assign(self, batch: int, shop_id: int, kind: str, subject: str, grouping: str, told_hash: str) -> bool:
        """False: it changed since it was looked at, and stays behind."""
        ...

    def changed_in(self, batch: int) -> list[str]:
        """Subjects of a batch that are due again."""
        ...

    def leave_behind(self, batch: int) -> None:
        """Take these out of the batch."""
        ...

    def sent(self, batch: int, reference: str, subjects: int, size: int, next_look_at: datetime) -> None: ...

    def look_later(self, batch: int, next_look_at: datetime) -> None: ...

    def open_batches(self, account: str) -> list[Batch]: ...

    def batches(self, account: str, limit: int) -> list[Batch]:
        """Newest first."""
        ...

    def arrived(self, batch: int, there: There, at: datetime, limit: int) -> int:
        """Up to `limit` of its subjects are told. How many there were."""
        ...

    def not_arrived(self, batch: int, limit: int) -> int:
        """Up to `limit` of its subjects are to be told again."""
        ...

    def end(self, batch: int, state: BatchState, said: str, at: datetime) -> None: ...

    def forget(self, batch: int) -> None:
        """One that holds nothing any more and is not worth remembering."""
        ...
