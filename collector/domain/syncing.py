"""Reading a shop's records on our own account: all there are (history), or those that changed since a moment.

A platform's reader does one bounded step at a time and knows no database. What a step brought and where to go on are
kept together, so whoever stops between two steps (also by `kill -9`) goes on as if nothing had been.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from collector.domain.door import Lane, NewRow
from collector.domain.shop import Shop

CUSTOMERS, ORDERS, PRODUCTS, COUPONS = "customers", "orders", "products", "coupons"
RESOURCES = (CUSTOMERS, ORDERS, PRODUCTS, COUPONS)


def lease_of(shop_id: int) -> str:
    """Whoever holds it reads the shop."""
    return f"sync:{shop_id}"


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record as a platform gave it, for the inbox: `topic` and `facts` tell its parser how to read `body`."""

    topic: str
    body: bytes
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """What one step brought. `cursor` (JSON): where the next one begins. `wait_s`: the platform needs so long.

    `total`: how many records there will be, as far as the platform says. `looked`: how many it compared, where it
    brings only some. `besides`: records that are none of those meant, and are to be known all the same; they are not
    counted. `said`: a few words for whoever waits. `failed`: the platform gave up; what it gave is here, and
    `cursor` begins anew.
    """

    cursor: Mapping[str, Any]
    records: Sequence[RawRecord] = ()
    is_done: bool = False
    wait_s: float = 0.0
    total: int | None = None
    looked: int = 0
    said: str = ""
    failed: str = ""
    besides: Sequence[RawRecord] = ()


class HistoryReader(Protocol):
    """All records of a kind, oldest cursor {} first. Raises SourceUnavailable, Misuse."""

    @property
    def resources(self) -> Sequence[str]:
        """The kinds this platform can read, in the order they are best read in."""
        ...

    def step(self, shop: Shop, resource: str, since: datetime | None, cursor: Mapping[str, Any]) -> Step:
        """A few seconds of work. `since`: orders placed, others changed then or later; None: from the beginning."""
        ...

    def forget(self, shop: Shop, resource: str) -> None:
        """What lies aside for this shop and kind will not be gone on with."""
        ...

    def limits(self, shop: Shop, resources: Sequence[str], since: datetime | None, now: datetime) -> list[str]:
        """What the platform does not show us, in sentences for the merchant. [] when it shows all."""
        ...


@dataclass(frozen=True, slots=True)
class Listed:
    """A record's number and version, without its content."""

    id: str
    version_at: datetime


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of them. `after` "": it was the last one. `wait_s`: nothing yet, ask again then."""

    records: Sequence[Listed] = ()
    after: str = ""
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """Records asked for by number. `left`: those still to be asked for; `wait_s` as in Listing. `again`: those that
    will change without a word, and when to ask for them once more."""

    records: Sequence[RawRecord] = ()
    left: Sequence[str] = ()
    wait_s: float = 0.0
    again: Mapping[str, datetime] = field(default_factory=dict)


class ChangeReader(Protocol):
    """What changed: first numbers and versions, which cost little, then the records somebody wants."""

    @property
    def resources(self) -> Sequence[str]: ...

    def changed(self, shop: Shop, resource: str, since: datetime, until: datetime, after: str) -> Listing:
        """Changed from `since` until before `until`, in any order. Raises SourceUnavailable."""
        ...

    def fetch(self, shop: Shop, resource: str, ids: Sequence[str]) -> Fetched:
        """As many of them as one call gives; those that are gone are in neither list. Raises SourceUnavailable."""
        ...

    def gone(self, shop: Shop, resource: str, ids: Sequence[str]) -> Fetched:
        """Of as many products as one call asks for: those the shop says it has not, as records that say so.

        An error, a refusal or half an answer says nothing of any. Raises SourceUnavailable, Misuse.
        """
        ...


class Spill(Protocol):
    """Records put aside on disk until the children of each are there. One per shop and kind."""

    def open(self, shop_id: int, resource: str, name: str) -> int:
        """How many lines of the result `name` are kept; anything of another result is thrown away."""
        ...

    def keep(self, lines: Iterable[tuple[str, str, bytes]]) -> None:
        """(id, id of its parent or "", line), in the order of the result."""
        ...

    def count(self) -> int:
        """How many of them have no parent."""
        ...

    def families(
        self, after: int, limit: int, enough: int = ...
    ) -> list[tuple[int, bytes, list[tuple[str, str, bytes]]]]:
        """(place, line, [(id, id of its parent, line) of all below it]) of those without parent behind place `after`,
        in the order of the result. Fewer than `limit` once they have `enough` bytes; none at the end."""
        ...

    def drop(self, shop_id: int, resource: str) -> None: ...


class RunType(StrEnum):
    FULL = "full"
    INCREMENTAL = "incremental"
    RECONCILE = "reconcile"  # what webhooks missed


class RunState(StrEnum):
    """Only the newest run that is not done may be gone on with."""

    RUNNING = "running"  # or ended by force: then nobody holds its lease
    STOPPED = "stopped"  # by hand
    FAILED = "failed"
    DONE = "done"
    LEFT = "left"  # another one was begun in its place


@dataclass(frozen=True, slots=True)
class Run:
    """One reading, as it is remembered. `key` names its cursors in the inbox. `counts` by resource: `read`, or
    `looked` and `missed`."""

    id: int
    key: str
    shop_id: int
    type: RunType
    resources: tuple[str, ...]
    since: datetime | None
    started_at: datetime
    state: RunState = RunState.RUNNING
    ended_at: datetime | None = None
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    error: str = ""
    said: tuple[str, ...] = ()


class Runs(Protocol):
    """Each call is a transaction of its own."""

    def begin(
        self, key: str, shop_id: int, type_: RunType, resources: Sequence[str], since: datetime | None, now: datetime
    ) -> Run: ...

    def keep(self, run: Run) -> None: ...

    def end(
        self, run: Run, state: RunState, now: datetime, counts: Mapping[str, Mapping[str, int]], error: str = ""
    ) -> Run: ...

    def newest_sync(self, shop_id: int) -> Run | None:
        """The newest that is no reconciliation."""
        ...

    def mark(self, shop_id: int, resource: str) -> datetime | None:
        """Everything that changed before then is read; None: nothing ever was."""
        ...

    def keep_mark(self, shop_id: int, resource: str, read_until: datetime) -> None:
        """Never back."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """How far a run came with one resource. `read`: rows of it in the inbox."""

    cursor: Mapping[str, Any] = field(default_factory=dict)
    read: int = 0
    looked: int = 0
    is_done: bool = False
    total: int | None = None


class SyncInbox(Protocol):
    """The inbox as the sync writes it: rows and the place they lead to in one transaction."""

    def place(self, shop_id: int, run: str, resource: str) -> Place | None: ...

    def append(self, rows: Sequence[NewRow], shop_id: int, run: str, resource: str, place: Place) -> None:
        """Raises StorageRefused: then neither is kept."""
        ...

    def forget(self, shop_id: int) -> None:
        """The places of all runs of a shop."""
        ...

    def waiting(self, shop_id: int, lane: Lane, after: int, most: int) -> int:
        """How many rows are behind the cursor `after`, counted up to `most`."""
        ...


class KnownProducts(Protocol):
    """Those with records of their own that are no variants, and not known to be gone."""

    def unconfirmed(self, shop_id: int, before: datetime, limit: int) -> list[str]:
        """Not seen nor asked for since `before`, the longest ago first."""
        ...

    def keep_asked(self, shop_id: int, ids: Sequence[str], at: datetime) -> None:
        """The platform was asked for them."""
        ...


class KnownVersions(Protocol):
    def versions(self, shop_id: int, resource: str, ids: Sequence[str]) -> Mapping[str, datetime]:
        """The newest version we have of each; those we do not have are left out."""
        ...
