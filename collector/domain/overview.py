"""How everything is, at a glance: what the dashboard's first page tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from collector.domain.outbox import State, Stopped
from collector.domain.shop import Sending


@dataclass(frozen=True, slots=True)
class ShopLine:
    """`title` is what the platform calls it, else its address. `last_event_at` None: nothing ever arrived."""

    title: str
    platform: str
    address: str
    sending: Sending
    is_enabled: bool
    uninstalled_at: datetime | None
    last_event_at: datetime | None
    quarantined: int


@dataclass(frozen=True, slots=True)
class Overview:
    """`not_ready`: what this program itself lacks, and why. `stopped`: accounts that refuse what they are told.
    `states`: how many messages are in which state."""

    at: datetime
    not_ready: Mapping[str, str] = field(default_factory=dict)
    stopped: Sequence[Stopped] = ()
    states: Mapping[State, int] = field(default_factory=dict)
    shops: Sequence[ShopLine] = ()
