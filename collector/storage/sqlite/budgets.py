"""How often an account may be asked: one count per family of calls and length of window, for all processes.

A window of a second begins with its first call. Longer ones slide: their calls are counted in sixty slots, so that no
hour, wherever it begins, holds more than allowed; a call counts a slot longer than need be. What the account says in
its answers corrects what we assumed. The calls of a family also follow each other with a gap, in all processes
together: two seconds that touch must not hold twice the limit.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.domain.budgets import AT_ONCE, Pace, Window
from collector.domain.timestamps import EPOCH, from_text, to_ms, to_text
from collector.storage.sqlite.connection import write
from collector.storage.sqlite.statements import statements

_SQL = statements("budgets")
SLOTS = 60
GAP = 0  # the length under which the end of the gap is kept, beside the windows
MOST_GAP = timedelta(seconds=5)  # an end further away: the clock was set back


@dataclass(frozen=True, slots=True)
class _State:
    """A window as it stands. `ends_at`: when all of it is free again. `over`: the newest slot that counts no more."""

    window: Window
    limit: int
    used: int
    ends_at: datetime
    slots: tuple[tuple[int, int], ...] = ()
    is_blocked: bool = False

    def wait(self, n: int, share: float, now: datetime) -> float:
        """Seconds until n more fit; more than there ever fit wait for an empty window."""
        most = max(int(self.limit * share), 1)
        if self.is_blocked or (self.used > 0 and self.used + n > most and not self.slots):
            return (self.ends_at - now).total_seconds()
        left = self.used
        if left == 0 or left + n <= most:
            return 0.0
        for slot, used in self.slots:
            left -= used
            if left == 0 or left + n <= most:
                return slot + self.window.length_s + _slot_s(self.window) - to_ms(now) / 1000
        return (self.ends_at - now).total_seconds()


class Budgets:
    """Each call is one BEGIN IMMEDIATE transaction: do not call it inside another."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def take(
        self,
        account: str,
        family: str,
        now: datetime,
        windows: Sequence[Window],
        n: int = 1,
        pace: Pace = AT_ONCE,
    ) -> float:
        """0: n calls may be made now and are counted in every window. Else the seconds to wait; none counted.

        n above a window's limit is allowed into an empty window, or it would wait for ever.
        """
        with write(self._connection):
            free_at = self._free_at(account, family, now)
            # Whoever may use a share only lets others be first when a gap ends.
            waits = [] if pace.is_more else [(free_at + pace.gap * (1 - pace.share) - now).total_seconds()]
            states = [self._read(account, family, window, now) for window in windows]
            waits += [state.wait(n, pace.share, now) for state in states]
            if any(wait > 0 for wait in waits):
                return max(waits)
            for state in states:
                self._count(account, family, state, now, n)
            if pace.gap:
                self._keep(account, family, GAP, now, max(free_at, now) + n * pace.gap, n)
        return 0.0

    def correct(self, account: str, family: str, window: Window, *, limit: int, remaining: int, now: datetime) -> None:
        """What the account's answer said about this window. Never counts less than we have made ourselves."""
        with write(self._connection):
            state = self._read(account, family, window, now)
            others = limit - remaining - state.used
            if _slides(window):
                if others > 0 and not state.is_blocked:
                    self._slot(account, family, window, now, others)
                used = 1 if state.is_blocked else 0
                self._keep(account, family, window.length_s, now, state.ends_at, used, limit, now)
            else:
                used = max(state.used, limit - remaining)
                self._keep(account, family, window.length_s, now, state.ends_at, used, limit, now)

    def block(self, account: str, family: str, window: Window, *, until: datetime, now: datetime) -> None:
        """Nothing of this family before `until`: the account refused a call."""
        with write(self._connection):
            state = self._read(account, family, window, now)
            if _slides(window):
                ends_at = max(until, state.ends_at) if state.is_blocked else until
                self._keep(account, family, window.length_s, now, ends_at, 1, None, now)
            else:
                ends_at = max(until, state.ends_at) if state.used >= state.limit else until
                self._keep(account, family, window.length_s, now, ends_at, max(state.used, state.limit), None, now)

    def standing(self, account: str, family: str, window: Window, now: datetime) -> tuple[int, int]:
        """(limit in force, calls that count now)."""
        state = self._read(account, family, window, now)
        return state.limit, state.used

    def _free_at(self, account: str, family: str, now: datetime) -> datetime:
        """When the gap after the last call is, or was, over."""
        found = self._row(account, family, GAP)
        free_at = from_text(found[0]) if found else EPOCH
        return free_at if free_at <= now + MOST_GAP else EPOCH

    def _read(self, account: str, family: str, window: Window, now: datetime) -> _State:
        found = self._row(account, family, window.length_s)
        limit = found[2] if found and found[2] is not None else window.limit
        ends_at = from_text(found[0]) if found else now
        if _slides(window):
            given = self._given(account, family, window) | {"over": _newest_over(window, now)}
            slots = tuple((slot, used) for slot, used in self._connection.execute(_SQL["slots"], given))
            used = sum(used for _, used in slots)
            is_blocked = found is not None and found[1] > 0 and now < ends_at
            empty_at = now + timedelta(seconds=window.length_s)
            return _State(window, limit, used, ends_at if is_blocked else empty_at, slots, is_blocked)
        if found and now < ends_at:
            return _State(window, limit, found[1], ends_at)
        return _State(window, limit, 0, now + timedelta(seconds=window.length_s))

    def _count(self, account: str, family: str, state: _State, now: datetime, n: int) -> None:
        if _slides(state.window):
            self._slot(account, family, state.window, now, n)
        else:
            self._keep(account, family, state.window.length_s, now, state.ends_at, state.used + n)

    def _slot(self, account: str, family: str, window: Window, now: datetime, n: int) -> None:
        length = _slot_s(window)
        given = self._given(account, family, window) | {"over": _newest_over(window, now)}
        self._connection.execute(_SQL["forget_slots"], given)
        self._connection.execute(_SQL["count"], given | {"slot": to_ms(now) // 1000 // length * length, "n": n})

    def _row(self, account: str, family: str, window_s: int) -> tuple[str, int, int | None] | None:
        given = {"account": account, "family": family, "window_s": window_s}
        found: tuple[str, int, int | None] | None = self._connection.execute(_SQL["read"], given).fetchone()
        return found

    def _given(self, account: str, family: str, window: Window) -> dict[str, str | int]:
        return {"account": account, "family": family, "window_s": window.length_s}

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


def _slides(window: Window) -> bool:
    return window.length_s >= SLOTS


def _slot_s(window: Window) -> int:
    return window.length_s // SLOTS


def _newest_over(window: Window, now: datetime) -> int:
    """A slot counts until its last moment is a whole window ago."""
    return to_ms(now) // 1000 - window.length_s - _slot_s(window)
