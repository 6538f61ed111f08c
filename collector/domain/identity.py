"""Links between visitors, carts, customers and addresses: what was said, how surely, by whom, when.

A link joins two nodes (kind, value). It is stored once per strength and source and only widens in time,
so links may arrive in any order and any number of times.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from collector.domain.events import Strength


class Node(NamedTuple):
    """kind: visitor | cart | customer | email | phone. Cart values are cart keys (carts.py)."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Link:
    """`a` < `b`. Source: page, form, customer, order, checkout, cart."""

    a: Node
    b: Node
    strength: Strength
    source: str
    first_at: datetime
    last_at: datetime

    @property
    def joins(self) -> bool:
        """Whether it makes two nodes one person. Claims never do; phones do not: households share them."""
        return self.strength is not Strength.CLAIMED and "phone" not in (self.a.kind, self.b.kind)


def link(one: Node, other: Node, strength: Strength, source: str, at: datetime) -> Link:
    """A link in its canonical direction."""
    a, b = sorted((one, other))
    return Link(a, b, strength, source, at, at)
