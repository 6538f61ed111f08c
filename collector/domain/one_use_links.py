"""Links that are good once and for a quarter of an hour. The command line prints them; what they open is what whoever
may run commands here may do: connect a shop, or see the dashboard.

Only a hash of what stands in a link is kept. Looking at a link does not use it up: programs look at links ahead of
people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

LINK_LIVES = timedelta(minutes=15)
DASHBOARD = "dashboard"  # a purpose; the others are the names of platforms


@dataclass(frozen=True, slots=True)
class OneUseLink:
    """`purpose`: what it opens. `address`: the only shop it is good for; "": any, until it is used for one.
    `returned_at`: when what was begun with it came back from the platform. `notes`: sentences for the merchant on
    the shop once it is connected; before that none, or why it is not and the cure."""

    id: int
    purpose: str
    address: str
    expires_at: datetime
    used_at: datetime | None = None
    returned_at: datetime | None = None
    notes: Sequence[str] = ()


class Standing(StrEnum):
    GOOD = "good"
    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"


def standing(link: OneUseLink | None, purpose: str, now: datetime) -> Standing:
    """Whether it opens this, now. One that was made for something else is unknown here."""
    if link is None or link.purpose != purpose:
        return Standing.UNKNOWN
    if link.used_at is not None:
        return Standing.USED
    return Standing.EXPIRED if now >= link.expires_at else Standing.GOOD


class OneUseLinks(Protocol):
    """What is in links and states is looked up by its hash. Each call is a transaction of its own."""

    def add(self, purpose: str, address: str, token: str, now: datetime) -> None: ...

    def find(self, token: str) -> OneUseLink | None: ...

    def use(self, token: str, now: datetime, *, address: str = "", state: str = "") -> bool:
        """Whether it was good, this once: not used and not expired. From now on it is for that shop; `state` names
        what was begun with it."""
        ...

    def begun(self, state: str) -> OneUseLink | None:
        """The link this state was made for."""
        ...

    def note(self, state: str, why: str, cure: str) -> None:
        """Why what was begun did not come to an end. Nothing happens once it did."""
        ...

    def come_back(self, state: str, now: datetime, notes: Sequence[str] = ()) -> OneUseLink | None:
        """The same as `begun`, this once."""
        ...
