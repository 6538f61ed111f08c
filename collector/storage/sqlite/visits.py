"""Visitors, events and sessions in the state file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from collector.domain.events import EventType
from collector.domain.sessions import Moment, Session
from collector.domain.timestamps import from_text, to_text
from collector.domain.visitors import Visitor
from collector.storage.sqlite.statements import statements

SQL = statements("visits")


def dump(value: Any) -> str:
    """JSON text. Several times faster than the standard library's, and every event is kept as JSON."""
    return msgspec.json.encode(value).decode()


class Visits:
    """Reads and writes inside whatever transaction its connection is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def visitor(self, shop_id: int, visitor_id: str) -> Visitor | None:
        row = self._db.execute(SQL["visitor"], {"shop_id": shop_id, "visitor_id": visitor_id}).fetchone()
        if row is None:
            return None
        last_seen_at = from_text(row[2]) if row[2] else None
        consent_at = from_text(row[5]) if row[5] else None
        return Visitor(row[0], from_text(row[1]), last_seen_at, row[3], row[4], consent_at, row[6])

    def add_visitor(self, shop_id: int, visitor_id: str, at: datetime) -> Visitor:
        values = {"shop_id": shop_id, "visitor_id": visitor_id, "at": to_text(at)}
        number = self._db.execute(SQL["add_visitor"], values).lastrowid
        assert number is not None
        return Visitor(number, at, None, "", "granted", None, "")

    def keep_visitor(self, visitor: Visitor) -> None:
        self._db.execute(
            SQL["keep_visitor"],
            {
                "id": visitor.id,
                "first_seen_at": to_text(visitor.first_seen_at),
                "last_seen_at": to_text(visitor.last_seen_at) if visitor.last_seen_at else "",
                "last_event_id": visitor.last_event_id,
                "consent": visitor.consent,
                "consent_at": to_text(visitor.consent_at) if visitor.consent_at else "",
                "suspicion": visitor.suspicion,
            },
        )

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
        values = {
            "shop_id": shop_id,
            "event_id": event_id,
            "type": type_.value,
            "occurred_at": to_text(occurred_at),
            "received_at": to_text(received_at),
            "visitor": visitor,
            "cart": cart,
            "detail": dump(detail),
        }
        if self._db.execute(SQL["add_event"], values).rowcount:
            return "new"
        return "moved" if self._db.execute(SQL["move_event"], values).fetchall() else "known"

    def newest_session(self, visitor: int) -> tuple[int, Session] | None:
        row = self._db.execute(SQL["newest_session"], {"visitor": visitor}).fetchone()
        if row is None:
            return None
        return row[0], Session(
            from_text(row[1]), from_text(row[2]), row[3], row[4], msgspec.json.decode(row[5]), *row[6:]
        )

    def add_session(self, shop_id: int, visitor: int, session: Session) -> int:
        values = _session_values(session) | {"shop_id": shop_id, "visitor": visitor}
        number = self._db.execute(SQL["add_session"], values).lastrowid
        assert number is not None
        return number

    def keep_session(self, number: int, session: Session) -> None:
        self._db.execute(SQL["keep_session"], _session_values(session) | {"id": number})

    def moments_before(self, visitor: int, at: datetime) -> Iterator[Moment]:
        """Newest first, up to and including `at`."""
        return map(_moment, self._db.execute(SQL["moments_before"], {"visitor": visitor, "at": to_text(at)}))

    def moments_after(self, visitor: int, at: datetime) -> Iterator[Moment]:
        """Oldest first, after `at`."""
        return map(_moment, self._db.execute(SQL["moments_after"], {"visitor": visitor, "at": to_text(at)}))

    def drop_sessions(self, visitor: int, since: datetime, until: datetime) -> None:
        values = {"visitor": visitor, "since": to_text(since), "until": to_text(until)}
        self._db.execute(SQL["drop_sessions"], values)

    def add_tombstone(self, shop_id: int, kind: str, id_: str, at: datetime) -> None:
        values = {"shop_id": shop_id, "kind": kind, "id": id_, "at": to_text(at)}
        self._db.execute(SQL["add_tombstone"], values)

    def tombstone(self, shop_id: int, kind: str, id_: str) -> datetime | None:
        values = {"shop_id": shop_id, "kind": kind, "id": id_}
        row = self._db.execute(SQL["tombstone"], values).fetchone()
        return from_text(row[0]) if row else None


def _moment(row: tuple[str, str, str, str]) -> Moment:
    detail = msgspec.json.decode(row[3])
    page = detail.get("page", {})
    return Moment(
        from_text(row[0]),
        row[1],
        EventType(row[2]),
        page.get("url", ""),
        page.get("referrer", ""),
        detail.get("device", ""),
    )


def _session_values(session: Session) -> dict[str, Any]:
    return {
        "started_at": to_text(session.started_at),
        "last_event_at": to_text(session.last_event_at),
        "landing_page": session.landing_page,
        "referrer": session.referrer,
        "utm": dump(session.utm),
        "device": session.device,
        "events": session.events,
        "page_views": session.page_views,
        "product_views": session.product_views,
        "collection_views": session.collection_views,
        "searches": session.searches,
        "cart_changes": session.cart_changes,
    }
