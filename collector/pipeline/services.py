"""What a use-case is given to work with. `bootstrap` fills these in; tests fill in what they need."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from collector.domain.ports import Clock, InboxWriter, ShopDirectory, Source, UserAgents
from collector.pipeline.accept_beacon import BeaconFormat


class Rate(Protocol):
    """At most `amount` in any `per`."""

    @property
    def amount(self) -> int: ...

    @property
    def per(self) -> timedelta: ...


class DoorLimits(Protocol):
    """The `limits` block of the configuration. Counted in each web process."""

    @property
    def per_address(self) -> Rate: ...

    @property
    def per_shop(self) -> Rate: ...

    @property
    def new_addresses_per_visitor(self) -> Rate: ...

    @property
    def new_addresses_per_network(self) -> Rate: ...


def always_ready() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class DoorServices:
    """What the doors need. `sources`: shop platforms by name.

    `trusted_proxies`: addresses and networks whose X-Forwarded-For counts.
    `readiness`: what is not ready and why (`{"database": "disk full"}`); empty when all is well.
    """

    clock: Clock
    shops: ShopDirectory
    inbox: InboxWriter
    sources: Mapping[str, Source]
    beacons: BeaconFormat
    user_agents: UserAgents
    limits: DoorLimits
    trusted_proxies: Sequence[str] = ()
    path: str = "/c"  # where the tracker and its beacons are
    readiness: Callable[[], Mapping[str, str]] = always_ready
