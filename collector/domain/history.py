"""What an import makes known and the destination is told in bulk: marks, batches, readings. Values and the ports.

An import never starts a message. It marks addresses and orders; what is said of a marked one is composed when
its batch leaves, from whatever is known by then, so it is never older than what a live message said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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
