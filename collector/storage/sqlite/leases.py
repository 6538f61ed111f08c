"""Who does something alone: a row with a holder and an end, so that a dead holder blocks nobody for long."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from collector.domain.timestamps import to_text
from collector.storage.sqlite.statements import statements

_SQL = statements("leases")


class Leases:
    """Each call is a transaction of its own, unless the caller is inside one."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def take(self, name: str, holder: str, now: datetime, length: timedelta) -> bool:
        """Take or renew it until now + length. False: somebody else has it."""
        given = {"name": name, "holder": holder, "now": to_text(now), "expires_at": to_text(now + length)}
        return bool(self._connection.execute(_SQL["take"], given).fetchall())

    def release(self, name: str, holder: str) -> None:
        """Nothing happens if somebody else has it by now."""
        self._connection.execute(_SQL["release"], {"name": name, "holder": holder})

    def holder(self, name: str, now: datetime) -> str | None:
        found = self._connection.execute(_SQL["holder"], {"name": name, "now": to_text(now)}).fetchone()
        return found[0] if found else None
