"""What was learnt of a shop's API, as the platform's client wants to have it again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.statements import statements

_SQL = statements("known_apis")


class KnownApis:
    """Each call is a transaction of its own, unless the caller is inside one."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def read(self, shop_id: int) -> tuple[dict[str, Any], datetime] | None:
        """(what was learnt, when)."""
        row = self._connection.execute(_SQL["read"], {"shop_id": shop_id}).fetchone()
        return (json.loads(row[0]), from_text(row[1])) if row else None

    def keep(self, shop_id: int, learnt: Mapping[str, Any], now: datetime) -> None:
        given = {"shop_id": shop_id, "learnt": json.dumps(dict(learnt), sort_keys=True), "now": to_text(now)}
        self._connection.execute(_SQL["keep"], given)

    def forget(self, shop_id: int) -> None:
        self._connection.execute(_SQL["forget"], {"shop_id": shop_id})
