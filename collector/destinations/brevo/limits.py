"""How often Brevo may be asked: families of calls, their windows, and what its answers say about them.

Source: developers.brevo.com, "API limits" (August 2026). Larger plans than the settings name say so in their headers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from collector.domain.budgets import AT_ONCE, Pace, Window
from collector.domain.ports import Clock

EVENTS, CONTACTS, ORDERS, PRODUCTS, OTHER, LOOKUPS = "events", "contacts", "orders", "products", "other", "lookups"

SECOND, HOUR = 1, 3600
AUTO = "auto"  # the smallest plan, until the answers tell of a larger one
PLANS: Mapping[str, Mapping[str, tuple[Window, ...]]] = {
    "general": {
        EVENTS: (Window(SECOND, 10), Window(HOUR, 36_000)),
        CONTACTS: (Window(SECOND, 10), Window(HOUR, 36_000)),
        ORDERS: (Window(SECOND, 5), Window(HOUR, 18_000)),
        PRODUCTS: (Window(SECOND, 2), Window(HOUR, 7_200)),
        OTHER: (Window(HOUR, 100),),
    },
    "advanced": {
        EVENTS: (Window(SECOND, 20), Window(HOUR, 72_000)),
        CONTACTS: (Window(SECOND, 20), Window(HOUR, 72_000)),
        ORDERS: (Window(SECOND, 10), Window(HOUR, 36_000)),
        PRODUCTS: (Window(SECOND, 4), Window(HOUR, 14_400)),
        OTHER: (Window(HOUR, 200),),
    },
    "extended": {
        EVENTS: (Window(SECOND, 60), Window(HOUR, 216_000)),
        CONTACTS: (Window(SECOND, 60), Window(HOUR, 216_000)),
        ORDERS: (Window(SECOND, 15), Window(HOUR, 54_000)),
        PRODUCTS: (Window(SECOND, 6), Window(HOUR, 21_600)),
        OTHER: (Window(HOUR, 600),),
    },
}
# Ours, not Brevo's: questions about single events may use so much of "other" and no more.
LOOKUP_WINDOWS = (Window(HOUR, 30),)
# Ours, too: mails that ask for a confirmation, each shop's own. The shop's number stands behind the family's name.
CONFIRMATIONS = "confirmations:"
CONFIRMATION_WINDOWS = (Window(HOUR, 20),)
WINDOWS: Mapping[str, tuple[Window, ...]] = {**PLANS["general"], LOOKUPS: LOOKUP_WINDOWS}
# Calls are spread a little thinner than allowed: their ways differ in length, by a tenth of a second. A contact may
# take three calls at once: a fifth of the second is kept for them.
SLACK: Mapping[str, float] = {EVENTS: 1.1, CONTACTS: 1.25, ORDERS: 1.1, PRODUCTS: 1.1}
# What bulk work may use up of each window: the rest is there for what happens now, whenever it happens.
HISTORY_SHARE: Mapping[str, float] = {CONTACTS: 0.5, ORDERS: 0.5, PRODUCTS: 0.5, OTHER: 0.6}
MOST_GAP = timedelta(seconds=5)
LONGEST_RESET_S = 30.0  # the unit of the reset header is in doubt: seconds by the text, milliseconds by users
FIRST_HOURLY_WAIT_S, LONGEST_HOURLY_WAIT_S = 30.0, 900.0


class Budgets(Protocol):
    """Counts shared by all processes. `take` answers 0 or the seconds to wait."""

    def take(
        self,
        account: str,
        family: str,
        now: datetime,
        windows: Sequence[Window],
        n: int = 1,
        pace: Pace = AT_ONCE,
    ) -> float: ...

    def correct(
        self, account: str, family: str, window: Window, *, limit: int, remaining: int, now: datetime
    ) -> None: ...

    def block(self, account: str, family: str, window: Window, *, until: datetime, now: datetime) -> None: ...


class Meter(Protocol):
    """What the client asks and tells about its calls."""

    def take(self, account: str, family: str, *, is_more: bool = False) -> float:
        """0: one call may be made and is counted. Else the seconds to wait.

        `is_more`: it belongs to a message whose first call is made, and should not wait if that can be avoided.
        """
        ...

    def told(self, account: str, family: str, headers: Mapping[str, str]) -> None:
        """The headers of an answer that was not a 429."""
        ...

    def refused(self, account: str, family: str, headers: Mapping[str, str]) -> float:
        """A 429 came: nothing of this family for the seconds returned."""
        ...


class NoMeter:
    """For single calls by hand, which nobody counts."""

    def take(self, account: str, family: str, *, is_more: bool = False) -> float:
        return 0.0

    def told(self, account: str, family: str, headers: Mapping[str, str]) -> None:
        return None

    def refused(self, account: str, family: str, headers: Mapping[str, str]) -> float:
        return wait_after_429(family, headers, 0)


class BudgetMeter:
    """A Meter over shared budgets. Used by one thread.

    Windows may begin elsewhere at Brevo than here; so calls also follow each other with a gap, in all processes
    together, and no second anywhere holds more of them than allowed. A message's further calls do not wait for
    that (they would begin again from the first, for ever); the next message does.

    `plans`: a name of PLANS for accounts whose settings name one. `shares`: for bulk work, which part of each
    family's windows it may use. It also leaves longer gaps than it must, so that whatever comes live finds one
    after a moment.
    """

    def __init__(
        self,
        budgets: Budgets,
        clock: Clock,
        plans: Mapping[str, str] | None = None,
        shares: Mapping[str, float] | None = None,
    ) -> None:
        self._budgets = budgets
        self._clock = clock
        self._plans = plans or {}
        self._shares = shares or {}
        self._own_free_at: dict[tuple[str, str], datetime] = {}
        self._limits: dict[tuple[str, str], int] = {}
        self._refusals: dict[tuple[str, str], int] = {}

    def take(self, account: str, family: str, *, is_more: bool = False) -> float:
        now, key = self._clock(), (account, family)
        share, gap = self._shares.get(family, 1.0), self._gap(key)
        own_free_at = self._own_free_at.get(key, now)
        if share < 1 and not is_more and now < own_free_at <= now + MOST_GAP:  # further away: the clock was set back
            return (own_free_at - now).total_seconds()
        wait = self._budgets.take(account, family, now, self.windows(account, family), 1, Pace(gap, is_more, share))
        if not wait and share < 1:
            self._own_free_at[key] = (max(own_free_at, now) if is_more else now) + gap / share
        return wait

    def windows(self, account: str, family: str) -> Sequence[Window]:
        """Those of the plan; where the answers tell of more in a second, also as much more in an hour."""
        if family == LOOKUPS:
            return LOOKUP_WINDOWS
        if family.startswith(CONFIRMATIONS):
            return CONFIRMATION_WINDOWS
        planned = self._planned(account, family)
        first, *longer = planned
        told = self._limits.get((account, family), first.limit)
        if told <= first.limit:
            return planned
        return (first, *(Window(one.length_s, one.limit * told // first.limit) for one in longer))

    def told(self, account: str, family: str, headers: Mapping[str, str]) -> None:
        key = (account, family)
        self._refusals.pop(key, None)
        limit = whole_number(headers.get("x-sib-ratelimit-limit"))
        remaining = whole_number(headers.get("x-sib-ratelimit-remaining"))
        if limit is None or remaining is None or limit < 1 or remaining > limit:
            return
        window = window_meant(family, limit)
        if window.length_s == SECOND:
            # Only how many: what remains of Brevo's second says nothing about ours, which began elsewhere.
            if self._limits.get(key) == limit:
                return  # known, and kept: a transaction for each answer is dear beside a busy fold
            self._limits[key] = remaining = limit
        self._budgets.correct(account, family, window, limit=limit, remaining=remaining, now=self._clock())

    def refused(self, account: str, family: str, headers: Mapping[str, str]) -> float:
        key, now = (account, family), self._clock()
        wait = wait_after_429(family, headers, self._refusals.get(key, 0))
        self._refusals[key] = self._refusals.get(key, 0) + 1
        until = now + timedelta(seconds=wait)
        self._budgets.block(account, family, WINDOWS[family][0], until=until, now=now)
        return wait

    def _planned(self, account: str, family: str) -> tuple[Window, ...]:
        return PLANS.get(self._plans.get(account, AUTO), PLANS["general"])[family]

    def _gap(self, key: tuple[str, str]) -> timedelta:
        family = key[1]
        if family not in SLACK:
            return timedelta(0)
        limit = self._limits.get(key, self._planned(*key)[0].limit)
        return timedelta(milliseconds=math.ceil(1000 * SLACK[family] / limit))


def window_meant(family: str, limit: int) -> Window:
    """The headers name a limit and not its window: it is the one whose limit is nearest, in proportion."""
    return min(WINDOWS[family], key=lambda window: abs(math.log(window.limit / limit)))


def wait_after_429(family: str, headers: Mapping[str, str], earlier: int) -> float:
    """Seconds. Where seconds are counted, what the header says, at most 30; by the hour longer each time."""
    if WINDOWS[family][0].length_s == SECOND:
        reset = whole_number(headers.get("x-sib-ratelimit-reset"))
        return min(max(float(reset if reset is not None else 1), 1.0), LONGEST_RESET_S)
    return min(FIRST_HOURLY_WAIT_S * (1 << min(earlier, 10)), LONGEST_HOURLY_WAIT_S)


def whole_number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 12 else None
