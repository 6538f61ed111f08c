"""What the command line and /readyz show: sessions, events, how much there is. Read only.

`shop_id` None means all shops. Times are UTC text as in the database; `detail` and `utm` are the stored
JSON, read.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.statements import statements

_SQL = statements("reports")


@dataclass(frozen=True, slots=True)
class SessionLine:
    id: int
    platform: str
    shop: str
    visitor_id: str
    started_at: str
    last_event_at: str
    landing_page: str
    referrer: str
    utm: dict[str, Any]
    device: str
    events: int
    page_views: int
    product_views: int
    collection_views: int
    searches: int
    cart_changes: int
    emails: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EventLine:
    """`id` counts in the order of folding; `visitor_id` is empty for what no browser did."""

    id: int
    platform: str
    shop: str
    event_id: str
    type: str
    occurred_at: str
    received_at: str
    visitor_id: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ShopCounts:
    events: int
    last_event_at: str | None
    quarantined: int


def sessions(state: sqlite3.Connection, shop_id: int | None, since: datetime, limit: int) -> list[SessionLine]:
    """Sessions that were alive since then, the newest first."""
    given = {"shop_id": shop_id, "since": to_text(since), "session_id": None, "limit": limit}
    return [_session(row) for row in state.execute(_SQL["sessions"], given)]


def session(state: sqlite3.Connection, session_id: int) -> SessionLine | None:
    given = {"shop_id": None, "since": "", "session_id": session_id, "limit": 1}
    row = state.execute(_SQL["sessions"], given).fetchone()
    return _session(row) if row else None


def session_events(state: sqlite3.Connection, session_id: int) -> list[EventLine]:
    """In the order they happened."""
    return [_event(row) for row in state.execute(_SQL["session_events"], {"session_id": session_id})]


def newest_events(state: sqlite3.Connection, shop_id: int | None, limit: int) -> list[EventLine]:
    """The last ones folded, the newest last."""
    rows = state.execute(_SQL["newest_events"], {"shop_id": shop_id, "limit": limit})
    return [_event(row) for row in rows][::-1]


def events_after(state: sqlite3.Connection, shop_id: int | None, after: int, limit: int) -> list[EventLine]:
    """Those folded after the event with id `after`, the newest last."""
    rows = state.execute(_SQL["events_after"], {"shop_id": shop_id, "after": after, "limit": limit})
    return [_event(row) for row in rows]


def counts_of_shop(state: sqlite3.Connection, shop_id: int) -> ShopCounts:
    return ShopCounts(*state.execute(_SQL["counts_of_shop"], {"shop_id": shop_id}).fetchone())


def newest_theme(state: sqlite3.Connection, shop_id: int) -> datetime | None:
    """When a shop was given another theme last; None: not as far as anybody told."""
    (found,) = state.execute(_SQL["newest_theme"], {"shop_id": shop_id}).fetchone()
    return from_text(found) if found else None


def live_workers(state: sqlite3.Connection, now: datetime) -> int:
    """How many workers gave a sign of life that still holds."""
    (found,) = state.execute(_SQL["live_workers"], {"now": to_text(now)}).fetchone()
    return int(found)


def _session(row: tuple[Any, ...]) -> SessionLine:
    plain = list(row)
    plain[8] = json.loads(plain[8])
    plain[-1] = tuple(sorted((plain[-1] or "").split()))
    return SessionLine(*plain)


def _event(row: tuple[Any, ...]) -> EventLine:
    plain = list(row)
    plain[-1] = json.loads(plain[-1])
    return EventLine(*plain)
