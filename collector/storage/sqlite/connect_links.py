"""Links that connect a shop, by the hash of what stands in them. See domain.connecting."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from collector.domain.connecting import LINK_LIVES, ConnectLink
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.statements import statements

_SQL = statements("connect_links")


class ConnectLinks:
    """domain.connecting.ConnectLinks; each call is a transaction of its own."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, platform: str, address: str, token: str, now: datetime) -> None:
        given = {"mark": _mark(token), "platform": platform, "address": address, "now": to_text(now)}
        self._connection.execute(_SQL["add"], given | {"expires_at": to_text(now + LINK_LIVES)})

    def find(self, token: str) -> ConnectLink | None:
        return _link(self._connection.execute(_SQL["find"], {"mark": _mark(token)}).fetchone())

    def use(self, token: str, state: str, address: str, now: datetime) -> bool:
        given = {"mark": _mark(token), "state": _mark(state), "address": address, "now": to_text(now)}
        return self._connection.execute(_SQL["use"], given).rowcount == 1

    def begun(self, state: str) -> ConnectLink | None:
        return _link(self._connection.execute(_SQL["begun"], {"state": _mark(state)}).fetchone())

    def come_back(self, state: str, now: datetime, notes: Sequence[str] = ()) -> ConnectLink | None:
        given = {"state": _mark(state), "now": to_text(now), "notes": json.dumps(list(notes), ensure_ascii=False)}
        return _link(self._connection.execute(_SQL["come_back"], given).fetchone())


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _link(row: tuple[Any, ...] | None) -> ConnectLink | None:
    if row is None:
        return None
    number, platform, address, expires_at, used_at, returned_at, notes = row
    moments = from_text(expires_at), _moment(used_at), _moment(returned_at)
    return ConnectLink(number, platform, address, *moments, notes=tuple(json.loads(notes)))


def _moment(text: str | None) -> datetime | None:
    return from_text(text) if text else None
