"""Request budgets in values: how many calls of a family an account allows in a window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Window:
    """At most `limit` calls in `length_s` seconds, unless the account said otherwise."""

    length_s: int
    limit: int


@dataclass(frozen=True, slots=True)
class Pace:
    """How the calls of a family follow each other, whoever makes them.

    `gap`: from one call to the next. `is_more`: this call belongs to a message whose first call is made; it does not
    wait for its gap, the next message does. `share`: only this part of every window may be used up by this call, and
    where calls wait for a gap to end, those of the whole go first.
    """

    gap: timedelta = timedelta(0)
    is_more: bool = False
    share: float = 1.0


AT_ONCE = Pace()
