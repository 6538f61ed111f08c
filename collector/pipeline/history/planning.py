"""How many calls a bulk of contacts and orders costs, how long that takes within the budget, and when it begins.

Pure. The arithmetic is what `tajo brevo history` shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.domain.history import MOST_IMPORT_BYTES, MOST_ORDER_BYTES, MOST_ORDERS, PAGE, Waiting

USUAL_CONTACT_BYTES, USUAL_ORDER_BYTES = 200, 600  # until they were measured
LOOKS = 1  # of an import, at least
FEW = 20  # an import of so few saves nothing: a look at it costs a call of the smallest budget
CALLS_ALONE = 2  # of a contact told by itself: it is changed, or made where it is not there

GATHER = timedelta(seconds=30)  # quiet for so long: nothing more comes this moment
LONGEST_GATHER = timedelta(minutes=30)  # and then it leaves, whatever comes
MANY = 50_000  # enough for a call of its own

FIRST_LOOK, LONGEST_LOOK = timedelta(seconds=60), timedelta(minutes=15)
GIVE_UP_LOOKING = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be told. `kinds`: bytes of the contacts of each kind of import; `at_destination`: the contacts
    there are, all of which have to be read; None: they are read already."""

    kinds: tuple[int, ...] = ()
    orders: int = 0
    order_bytes: int = 0
    alone: int = 0
    at_destination: int | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """What bulk work may use. `contacts_s`: from one call about contacts to the next. `others`: calls an hour of
    everything else; `others_used`: how many of them are used up in the hour that runs, as far as they count here."""

    contacts_s: float
    others: int
    others_used: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    readings: int
    imports: int
    looks: int
    order_batches: int
    alone: int
    lasts: timedelta

    @property
    def calls(self) -> int:
        return self.readings + self.imports + self.looks + self.order_batches + self.alone

    @property
    def others(self) -> int:
        """Calls of the small hourly budget."""
        return self.looks + self.order_batches


def plan(work: Work, room: Room) -> Plan:
    """The fewest calls the destination allows: full pages, full imports of each kind, full batches of orders."""
    has_to_read = bool(work.kinds) and work.at_destination is not None
    readings = max(_parts(work.at_destination or 0, PAGE), 1) if has_to_read else 0
    imports = sum(_parts(size, MOST_IMPORT_BYTES) for size in work.kinds)
    batches = max(_parts(work.orders, MOST_ORDERS), _parts(work.order_bytes, MOST_ORDER_BYTES))
    alone = CALLS_ALONE * work.alone
    looks = LOOKS * imports
    # Imports run one after the other. Orders follow their contacts, within what an hour allows; an hour is over when
    # a call made in it is one and a minute ago (calls are counted by the minute).
    before = GATHER.total_seconds() + (readings + alone) * room.contacts_s
    all_imports = imports * (room.contacts_s + FIRST_LOOK.total_seconds())
    full_hours = max(room.others_used + looks + batches - 1, 0) // max(room.others, 1)
    first_import = all_imports / imports if imports else 0.0
    lasts = before + max(all_imports, first_import + full_hours * 3660.0 if full_hours else 0.0)
    return Plan(readings, imports, looks, batches, alone, timedelta(seconds=lasts))


def is_ready(waiting: Waiting, is_reading: bool, now: datetime) -> bool:
    """Whether what waits should leave: a call costs the same for one as for thousands. `is_reading`: an import is
    still being read or folded: more is about to come, and orders would change contacts that were told already."""
    if waiting.oldest_at is None or waiting.newest_at is None:
        return False
    if now - waiting.oldest_at >= LONGEST_GATHER:
        return True
    is_enough = waiting.contacts + waiting.orders >= MANY or now - waiting.newest_at >= GATHER
    return is_enough and not is_reading


def is_gathering(waiting: Waiting, is_reading: bool, now: datetime) -> bool:
    """Whether what waits need not even be looked at yet: it would be looked at again."""
    return is_reading and waiting.oldest_at is not None and now - waiting.oldest_at < LONGEST_GATHER


def is_cheaper_alone(contacts: int, at_destination: int, is_read: bool) -> bool:
    """Whether so few are told one by one with fewer calls than by reading the account, an import and a look."""
    readings = 0 if is_read else max(_parts(at_destination, PAGE), 1)
    return contacts <= FEW or CALLS_ALONE * contacts <= readings + 1 + LOOKS


def next_look(looks: int, now: datetime) -> datetime:
    """60 s after it left, then each time half as long again, at most a quarter of an hour."""
    longer: timedelta = min(FIRST_LOOK * 1.5 ** min(looks, 20), LONGEST_LOOK)
    return now + longer


def in_words(lasts: timedelta) -> str:
    """For people: `less than a minute`, `12 min`, `1 h 40 min`."""
    minutes = round(lasts.total_seconds() / 60)
    if minutes < 1:
        return "less than a minute"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def _parts(size: int, most: int) -> int:
    return -(-size // most)
