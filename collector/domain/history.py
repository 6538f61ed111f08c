"""What an import makes known and the destination is told in bulk: marks, batches, readings. Values and the ports.

An import never starts a message. It marks addresses and orders; what is said of a marked one is composed when
its batch leaves, from whatever is known by then, so it is never older than what a live message said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from collector.domain.messages import ContactMessage, OrderMessage
from collector.domain.shop import Shop

CONTACT, ORDER = "contact", "order"
ALONE = "alone"


class There(StrEnum):
    """What an address is at the destination, as far as it was asked."""

    UNASKED = ""
    NONE = "none"
    OPEN = "open"
    BLOCKED = "blocked"


class Standing(StrEnum):
    """What may be sent to an address, by our own record. LEFT: somebody said no, and nothing since outweighs it."""

    MAY = "may"
    NO_BASIS = "no_basis"
    LEFT = "left"


class Way(StrEnum):
    """The two kinds of import. OPEN says nothing about blocking, BLOCKED blocks everybody in it."""

    OPEN = "open"
    BLOCKED = "blocked"


def way_of(standing: Standing, there: There) -> Way | None:
    """Which import an address belongs into; None: the destination has to be asked about it first.

    An import's word on blocking holds for all of it, and what it says of a contact that exists is not documented in
    full. So nobody who is blocked, here or there, is ever in an open one, whatever our record says; and nobody who is
    there and unblocked is in a blocked one, unless they left here: their consent there is their own. A stranger is
    open only with a basis, because a new contact without a word is subscribed.
    """
    if standing is Standing.LEFT:
        return Way.BLOCKED
    match there:
        case There.BLOCKED:
            return Way.BLOCKED
        case There.OPEN:
            return Way.OPEN
        case There.NONE:
            return Way.OPEN if standing is Standing.MAY else Way.BLOCKED
        case There.UNASKED:
            return None


class Texts(StrEnum):
    """What is known of text messages to a contact's number; NO_NUMBER: it brings none along."""

    NO_NUMBER = ""
    YES = "yes"
    NO = "no"
    UNSAID = "unsaid"


@dataclass(frozen=True, slots=True)
class ImportKind:
    """What holds for all of one import: it says one thing about blocking, one about texts, and names its lists."""

    way: Way
    is_text_blocked: bool
    lists: tuple[str, ...]

    def to_text(self) -> str:
        return f"{self.way.value}{' no texts' if self.is_text_blocked else ''} {','.join(self.lists)}".strip()


@dataclass(frozen=True, slots=True)
class Grouping:
    """How a marked contact was found when it was last looked at. `lists`: roles."""

    standing: Standing
    texts: Texts
    lists: tuple[str, ...]

    def to_text(self) -> str:
        return f"{self.standing.value}:{self.texts.value}:{','.join(self.lists)}"

    @staticmethod
    def from_text(text: str) -> Grouping:
        standing, texts, lists = text.split(":")
        return Grouping(Standing(standing), Texts(texts), tuple(filter(None, lists.split(","))))

    def kind(self, there: There) -> ImportKind | None:
        """The import it belongs into; None: the destination has to be asked about it first.

        A new number without a word is open to texts, so it is blocked unless somebody said yes; of one that is
        there only a no is told.
        """
        way = way_of(self.standing, there)
        if way is None:
            return None
        is_new = there is There.NONE
        is_text_blocked = self.texts is Texts.NO or (self.texts is Texts.UNSAID and is_new)
        return ImportKind(way, is_text_blocked, self.lists)


@dataclass(frozen=True, slots=True)
class DueContact:
    """A marked address that was looked at. `grouping`: a Grouping's text."""

    email: str
    grouping: str
    there: There


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is still to be told for one shop. The times are those of the marks."""

    contacts: int = 0
    alone: int = 0
    orders: int = 0
    on_their_way: int = 0
    oldest_at: datetime | None = None
    newest_at: datetime | None = None


class BatchState(StrEnum):
    LEAVING = "leaving"  # made; nobody knows whether it left until it is `sent`
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Batch:
    id: int
    account: str
    shop_id: int
    kind: str
    grouping: str
    subjects: int
    bytes: int
    state: BatchState
    reference: str
    made_at: datetime
    next_look_at: datetime
    looks: int
    ended_at: datetime | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the contacts of an account are read. `ended_at` None: not to the end."""

    started_at: datetime
    ended_at: datetime | None
    place: int
    total: int


@dataclass(frozen=True, slots=True)
class SeenContact:
    """A contact of the destination as its list shows it. `numbers`: digits."""

    email: str
    is_blocked: bool
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactPage:
    """`read`: how many were listed, whatever could be made of them."""

    total: int
    read: int
    contacts: tuple[SeenContact, ...]


@dataclass(frozen=True, slots=True)
class ProcessSeen:
    """`is_good` means nothing before it is over."""

    is_over: bool
    is_good: bool
    said: str = ""


@dataclass(frozen=True, slots=True)
class ToldAlone:
    """`left_out`: identifiers that are somebody else's. `is_made_blocked`: it is blocked there now, by us."""

    left_out: tuple[str, ...] = ()
    is_made_blocked: bool = False


# What one bulk call may hold. Of bytes a little less than allowed: brackets and names come on top.
PAGE = 1000
MOST_ORDERS, MOST_ORDER_BYTES = 1000, 4_900_000
MOST_IMPORT_BYTES = 7_900_000


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

    def touch_contact(self, shop_id: int, email: str) -> None:
        """It changed live: what is on its way is told again when it has arrived, and what was told counts no more."""
        ...

    def touch_order(self, shop_id: int, order_id: str, *, is_only_history: bool) -> None:
        """The same. `is_only_history`: no live message tells it, so it is due if an import ever named it."""
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
