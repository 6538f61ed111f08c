"""What telling the catalogue is given to work with, and an account whose turn it is."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collector.domain.catalogue_ports import CatalogueDestination, CouponReader, Held
from collector.domain.errors import DeliveryFailed
from collector.domain.ports import Clock
from collector.domain.shop import Shop
from collector.domain.state_ports import StateStore

log = logging.getLogger(__name__)

BATCH = 100
LONGEST_TURN = timedelta(seconds=45)

Named = dict[int, tuple[Shop, str]]  # shops by number, each with what stands before its ids


def never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class CatalogueServices:
    """`major`: minor units and currency -> major units. `pause`: does nothing for a part of a second. `coupons`: by
    platform; of another one codes are given away by what is known of them."""

    state: StateStore
    destination: CatalogueDestination
    shops: Callable[[], Sequence[Shop]]
    major: Callable[[int, str], float]
    clock: Clock
    pause: Callable[[float], object] = time.sleep
    should_stop: Callable[[], bool] = never
    is_dry_run: bool = False
    coupons: Mapping[str, CouponReader] = field(default_factory=dict)


@dataclass(slots=True)
class Turn:
    """What a turn did. `until`: nothing can be told before; `failure`: what ended it early."""

    told: int = 0
    refused: int = 0
    unchanged: int = 0
    until: datetime | None = None
    failure: DeliveryFailed | None = None


class AccountInHand:
    """An account during its turn. `held`: how it stood before."""

    def __init__(self, services: CatalogueServices, account: str, now: datetime, held: Held) -> None:
        self.services = services
        self.account = account
        self.now = now
        self.held = held
        self.categories_at = held.categories_at
        self.turn = Turn()

    def hold(self, until: datetime, failure: DeliveryFailed) -> None:
        """It takes nothing before `until`; said once."""
        with self.services.state.write() as tx:
            tx.catalogue.hold(self.account, until, failure.reason, failure.cure)
        if self.held.reason != failure.reason:
            extra = {"account": self.account, "reason": failure.reason, "said": str(failure), "cure": failure.cure}
            log.error("account takes no catalogue", extra=extra)

    def took(self, number: int) -> None:
        """So many entries were taken: it is not held any more."""
        self.turn.told += number
        if self.held.reason:
            log.info("account takes the catalogue again", extra={"account": self.account})
            self.held = Held(categories_at=self.held.categories_at)
            with self.services.state.write() as tx:
                tx.catalogue.hold(self.account, None, "", "")

    def note_refusal(self, id_: str, failure: DeliveryFailed) -> None:
        self.turn.refused += 1
        log.warning("entry refused", extra={"account": self.account, "entry": id_, "said": str(failure)})

    def is_over(self) -> bool:
        return self.services.should_stop() or self.services.clock() - self.now > LONGEST_TURN
