"""Brevo's rate limits: calls per second and per hour, by family of endpoints, for the whole account.

The numbers are those of developers.brevo.com/docs/api-limits (August 2026). Two things are not documented and decided
here: a window opens with its first call and closes a period later, and a refused call is not counted. By the letter of
that page `/events/batch` and every GET outside contacts share the bucket of 100 an hour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime

_SECOND, _HOUR = 1, 3600
_Rules = dict[str, tuple[tuple[int, int], ...]]  # family -> (period in seconds, calls)

TIERS: dict[str, _Rules] = {
    "general": {
        "events": ((_SECOND, 10), (_HOUR, 36_000)),
        "contacts": ((_SECOND, 10), (_HOUR, 36_000)),
        "orders": ((_SECOND, 5), (_HOUR, 18_000)),
        "products": ((_SECOND, 2), (_HOUR, 7_200)),
        "other": ((_HOUR, 100),),
    },
    "advanced": {
        "events": ((_SECOND, 20), (_HOUR, 72_000)),
        "contacts": ((_SECOND, 20), (_HOUR, 72_000)),
        "orders": ((_SECOND, 10), (_HOUR, 36_000)),
        "products": ((_SECOND, 4), (_HOUR, 14_400)),
        "other": ((_HOUR, 200),),
    },
    "extended": {
        "events": ((_SECOND, 60),),
        "contacts": ((_SECOND, 60),),
        "orders": ((_SECOND, 15),),
        "products": ((_HOUR, 21_600),),
        "other": ((_HOUR, 600),),
    },
    # Not Brevo's: for measuring how fast we are ourselves.
    "unlimited": dict.fromkeys(("events", "contacts", "orders", "products", "other"), ((_SECOND, 1_000_000),)),
}
FAMILIES = tuple(TIERS["general"])


def family_of(method: str, path: str) -> str:
    """Which bucket a call is paid from. `path` is without `/v3`."""
    if path == "/contacts" or path.startswith("/contacts/"):
        return "contacts"
    return {("POST", "/events"): "events", ("POST", "/orders/status"): "orders", ("POST", "/products"): "products"}.get(
        (method, path), "other"
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """What the three headers say: of the two windows of a family, the one nearer to its end."""

    is_allowed: bool
    limit: int
    remaining: int
    reset_s: int


@dataclass(slots=True)
class _Window:
    period_s: int
    limit: int
    opened_at: datetime | None = None
    used: int = 0

    def roll(self, now: datetime) -> None:
        if self.opened_at is not None and (now - self.opened_at).total_seconds() >= self.period_s:
            self.opened_at, self.used = None, 0

    def left_s(self, now: datetime) -> int:
        if self.opened_at is None:
            return self.period_s
        return max(1, math.ceil(self.period_s - (now - self.opened_at).total_seconds()))


class Limits:
    """The account's windows. Not thread-safe: the caller holds the account's lock."""

    def __init__(self, tier: str = "general") -> None:
        self.set_tier(tier)

    def set_tier(self, tier: str) -> None:
        """Changes the plan and empties the windows. Raises KeyError for an unknown one."""
        rules = TIERS[tier]
        self.tier = tier
        self.refused = dict.fromkeys(FAMILIES, 0)
        self._windows = {family: [_Window(*rule) for rule in rules[family]] for family in FAMILIES}

    def spend(self, family: str, now: datetime) -> Standing:
        """Count one call, unless one of the family's windows is full."""
        windows = self._rolled(family, now)
        full = [window for window in windows if window.used >= window.limit]
        if full:
            self.refused[family] += 1
            longest = max(full, key=lambda window: window.left_s(now))
            return Standing(False, longest.limit, 0, longest.left_s(now))
        for window in windows:
            window.opened_at = window.opened_at or now
            window.used += 1
        return replace(self.look(family, now), is_allowed=True)

    def look(self, family: str, now: datetime) -> Standing:
        """The same without counting: for answers given before the limits are reached."""
        nearest = min(self._rolled(family, now), key=lambda window: (window.limit - window.used) / window.limit)
        remaining = nearest.limit - nearest.used
        return Standing(remaining > 0, nearest.limit, remaining, nearest.left_s(now))

    def described(self, now: datetime) -> list[dict[str, int | str]]:
        return [
            {
                "family": family,
                "period_s": window.period_s,
                "limit": window.limit,
                "used": window.used,
                "refused": self.refused[family],
            }
            for family in FAMILIES
            for window in self._rolled(family, now)
        ]

    def _rolled(self, family: str, now: datetime) -> list[_Window]:
        for window in self._windows[family]:
            window.roll(now)
        return self._windows[family]
