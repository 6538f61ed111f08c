"""To whom a message about a cart or a browser goes: the newest typed, signed or ordered address. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from collector.domain.events import Strength
from collector.domain.identity import Link, Node


@dataclass(frozen=True, slots=True)
class Recipient:
    email: str
    strength: Strength  # the strongest link of the address to its person


def recipients(links: Iterable[Link], about: Iterable[Node]) -> list[Recipient]:
    """Every address that may be written to, the right one first.

    `links`: the joining links of one person; `about`: the cart and browsers in question. An address said of
    these goes before one known only through the account; among equals the newest counts.
    """
    near = set(about)
    found: dict[str, tuple[bool, datetime, Strength]] = {}
    for one in links:
        if not one.joins:
            continue
        for node, other in ((one.a, one.b), (one.b, one.a)):
            if node.kind != "email":
                continue
            place = (other in near, one.last_at)
            known = found.get(node.value)
            strength = max(one.strength, known[2], key=lambda s: s.rank) if known else one.strength
            if known is None or place > known[:2]:
                found[node.value] = (*place, strength)
            else:
                found[node.value] = (known[0], known[1], strength)
    order = sorted(found, key=lambda email: (*found[email][:2], found[email][2].rank, email), reverse=True)
    return [Recipient(email, found[email][2]) for email in order]
