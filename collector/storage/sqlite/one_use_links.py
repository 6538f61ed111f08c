"""Links that are good once, by the hash of what stands in them. See domain.one_use_links."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from collector.domain.one_use_links import LINK_LIVES, OneUseLink
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.statements import statements

_SQL = statements("one_use_links")


class OneUseLinks:
    """domain.one_use_links.OneUseLinks; each call is a transaction of its own."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, purpose: str, address: str, token: str, now: datetime) -> None:
        given = {"mark": _mark(token), "purpose": purpose, "address": address, "now": to_text(now)}
        self._connection.execute(_SQL["add"], given | {"expires_at": to_text(now + LINK_LIVES)})

    def find(self, token: str) -> OneUseLink | None:
        return _link(self._connection.execute(_SQL["find"], {"mark": _mark(token)}).fetchone())

    def use(self, token: str, now: datetime, *, address: str = "", state: str = "") -> bool:
        begun = _mark(state) if state else None
        given = {"mark": _mark(token), "state": begun, "address": address, "now": to_text(now)}
        return self._connection.execute(_SQL["use"], given).rowcount == 1

    def begun(self, state: str) -> OneUseLink | None:
        return _link(self._connection.execute(_SQL["begun"], {"state": _mark(state)}).fetchone())

    def note(self, state: str, why: str, cure: str) -> None:
        self._connection.execute(_SQL["note"], {"state": _mark(state), "notes": _as_json([why, cure])})

    def come_back(self, state: str, now: datetime, notes: Sequence[str] = ()) -> OneUseLink | None:
        given = {"state": _mark(state), "now": to_text(now), "notes": _as_json(notes)}
        return _link(self._connection.execute(_SQL["come_back"], given).fetchone())

    def drop(self, before: datetime) -> int:
        """Those that ended before that: their pages say "unknown" from then on."""
        return self._connection.execute(_SQL["drop"], {"before": to_text(before)}).rowcount


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _as_json(notes: Sequence[str]) -> str:
    return json.dumps(list(notes), ensure_ascii=False)


def _link(row: tuple[Any, ...] | None) -> OneUseLink | None:
    if row is None:
        return None
    number, purpose, address, expires_at, used_at, returned_at, notes = row
    moments = from_text(expires_at), _moment(used_at), _moment(returned_at)
    return OneUseLink(number, purpose, address, *moments, notes=tuple(json.loads(notes)))


def _moment(text: str | None) -> datetime | None:
    return from_text(text) if text else None
