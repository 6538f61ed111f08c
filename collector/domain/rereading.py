"""Records that changed without being told how: noted, gathered for a moment, and read again at the platform.

Many bodies about one customer or item within seconds are one reading. Whatever is read enters the inbox like
everything else, so what is noted here leads to no loop: what was read is never a reason to read. Only a record that
will change by itself, at a time it says, is noted for that time by whoever reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from collector.domain.shop import Shop
from collector.domain.syncing import Fetched

INVENTORY = "inventory"  # items of the stock; the other kinds are those of syncing.py
SETTLES = timedelta(seconds=20)  # so long is waited for more bodies about the same record


@dataclass(frozen=True, slots=True)
class Noted:
    """A record to be read. `revision`: how often it was noted when this was looked up."""

    kind: str
    id: str
    revision: int


class Rereads(Protocol):
    """Inside one transaction, like everything of `StateTransaction`."""

    def note(self, shop_id: int, kind: str, id_: str, due_at: datetime) -> None:
        """Not later than this; a record that waits already keeps its time."""
        ...

    def due(self, shop_id: int, kind: str, now: datetime, limit: int) -> list[Noted]: ...

    def settle(self, shop_id: int, some: Sequence[Noted]) -> None:
        """They were read; those noted again meanwhile stay."""
        ...

    def next_due(self, shop_id: int) -> datetime | None: ...

    def forget(self, shop_id: int) -> int:
        """All of a shop that cannot be asked. How many there were."""
        ...


class RecordReader(Protocol):
    """A platform whose records can be read by their numbers."""

    @property
    def resources(self) -> Sequence[str]: ...

    def fetch(self, shop: Shop, resource: str, ids: Sequence[str]) -> Fetched:
        """As many of them as one call gives; those that are gone are in neither list. Raises SourceUnavailable."""
        ...
