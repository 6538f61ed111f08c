"""Request budgets in values: how many calls of a family an account allows in a window."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """At most `limit` calls in `length_s` seconds, unless the account said otherwise."""

    length_s: int
    limit: int
