"""How often the doors answered what, by the hour. No contents, so these outlive the rows."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.statements import statements

_SQL = statements("counts")
_HOUR = len("2026-11-21T12")

Key = tuple[str, int, str, str]  # hour, shop (0: unknown), door, reason


@dataclass(frozen=True, slots=True)
class Count:
    """`shop_id` None: the request named no shop we know."""

    shop_id: int | None
    door: str
    reason: str
    n: int


class CountBuffer:
    """Counts not yet on disk. Threads add, the committer takes them all and gives them back if it fails."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Key] = Counter()

    def add(self, now: datetime, shop_id: int | None, door: str, reason: str) -> None:
        key = (to_text(now)[:_HOUR], shop_id or 0, door, reason)
        with self._lock:
            self._counts[key] += 1

    def take(self) -> Mapping[Key, int]:
        with self._lock:
            taken, self._counts = self._counts, Counter()
        return taken

    def give_back(self, counts: Mapping[Key, int]) -> None:
        with self._lock:
            self._counts.update(counts)

    def __bool__(self) -> bool:
        return bool(self._counts)


def add(connection: sqlite3.Connection, counts: Mapping[Key, int]) -> None:
    """Add to what the file holds; part of the caller's transaction."""
    connection.executemany(_SQL["add"], [(*key, n) for key, n in counts.items()])


def since(connection: sqlite3.Connection, moment: datetime, shop_id: int | None = None) -> list[Count]:
    """Sums from the hour of `moment` on; of one shop, or of all and the unknown ones."""
    rows = connection.execute(_SQL["since"], {"hour": to_text(moment)[:_HOUR], "shop_id": shop_id})
    return [Count(shop or None, door, reason, n) for shop, door, reason, n in rows]


def newest(connection: sqlite3.Connection, shop_id: int, door: str) -> datetime | None:
    """The hour in which something of a shop was taken last at this door; None: not within memory."""
    row = connection.execute(_SQL["newest"], {"shop_id": shop_id, "door": door}).fetchone()
    return from_text(f"{row[0]}:00:00.000Z") if row else None


def purge(connection: sqlite3.Connection, before: datetime) -> int:
    """Delete the hours before. How many rows went."""
    return connection.execute(_SQL["purge"], {"hour": to_text(before)[:_HOUR]}).rowcount
