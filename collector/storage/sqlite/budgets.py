"""How often an account may be asked: one count per family of calls and length of window, for all processes.

A window begins with its first call. What the account says in its answers corrects what we assumed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from collector.domain.budgets import Window
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.connection import write
from collector.storage.sqlite.statements import statements

_SQL = statements("budgets")


class Budgets:
    """Each call is one BEGIN IMMEDIATE transaction: do not call it inside another."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def take(self, account: str, family: str, now: datetime, windows: Sequence[Window], n: int = 1) -> float:
        """0: n calls may be made now and are counted in every window. Else the seconds to wait; none counted.

        n above a window's limit is allowed into a fresh window, or it would wait for ever.
        """
        with write(self._connection):
            states = [(window, *self._read(account, family, window, now)) for window in windows]
            waits = [
                (ends_at - now).total_seconds() for _, ends_at, used, limit in states if used > 0 and used + n > limit
            ]
            if waits:
                return max(waits)
            for window, ends_at, used, _ in states:
                self._keep(account, family, window.length_s, now, ends_at, used + n)
        return 0.0

    def correct(self, account: str, family: str, window: Window, *, limit: int, remaining: int, now: datetime) -> None:
        """What the account's answer said about this window. Never counts less than we have made ourselves."""
        with write(self._connection):
            ends_at, used, _ = self._read(account, family, window, now)
            used = max(used, limit - remaining)
            self._keep(account, family, window.length_s, now, ends_at, used, limit, now)

    def block(self, account: str, family: str, window: Window, *, until: datetime, now: datetime) -> None:
        """Nothing of this family before `until`: the account refused a call."""
        with write(self._connection):
            ends_at, used, limit = self._read(account, family, window, now)
            ends_at = max(until, ends_at) if used >= limit else until
            self._keep(account, family, window.length_s, now, ends_at, max(used, limit), None, now)

    def _read(self, account: str, family: str, window: Window, now: datetime) -> tuple[datetime, int, int]:
        """(end of the window, used in it, limit in force); a window that is over begins anew."""
        given = {"account": account, "family": family, "window_s": window.length_s}
        found = self._connection.execute(_SQL["read"], given).fetchone()
        limit = window.limit
        if found:
            limit = window.limit if found[2] is None else found[2]
            ends_at = from_text(found[0])
            if now < ends_at:
                return ends_at, found[1], limit
        return now + timedelta(seconds=window.length_s), 0, limit

    def _keep(
        self,
        account: str,
        family: str,
        window_s: int,
        now: datetime,
        ends_at: datetime,
        used: int,
        limit: int | None = None,
        corrected_at: datetime | None = None,
    ) -> None:
        given = {
            "account": account,
            "family": family,
            "window_s": window_s,
            "now": to_text(now),
            "ends_at": to_text(ends_at),
            "used": used,
            "limit": limit,
            "corrected_at": to_text(corrected_at) if corrected_at else None,
        }
        self._connection.execute(_SQL["keep"], given)
