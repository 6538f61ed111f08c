"""What the history job is given to work with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from collector.domain.errors import DeliveryFailed
from collector.domain.history_ports import Bulk
from collector.domain.ports import Clock
from collector.domain.shop import Shop
from collector.domain.state_ports import StateStore
from collector.pipeline.history.planning import Room
from collector.pipeline.properties import Display

T = TypeVar("T")

CHUNK = 200  # of what is looked at or written in one transaction: nobody waits for it


def nothing_is_read(shop_id: int) -> bool:
    return False


def never() -> bool:
    return False


def usual_room() -> Room:
    """What the smallest plan leaves to bulk work."""
    return Room(contacts_s=0.25, others=60)


@dataclass(frozen=True, slots=True)
class HistoryServices:
    """`shops`: those of the account that may tell anything now. `is_reading`: whether a shop is being read, or rows of
    its import wait to be folded. `room`: what is left of the budget. `turn`: how long a turn may take; the rest is for
    the next. `should_stop`: whether the worker is to end; then the call in hand is the last of the turn."""

    state: StateStore
    bulk: Bulk
    clock: Clock
    display: Display
    shops: Callable[[], Sequence[Shop]]
    is_reading: Callable[[int], bool] = nothing_is_read
    room: Callable[[], Room] = usual_room
    turn: timedelta = timedelta(seconds=60)
    should_stop: Callable[[], bool] = never

    def has_time(self, end: datetime) -> bool:
        """Whether a turn that is to be over by `end` may go on."""
        return not self.should_stop() and self.clock() < end


class CallRefused(DeliveryFailed):
    """A bulk call that will never be taken as it is. `held`: how many it was about."""

    def __init__(self, failed: DeliveryFailed, held: int) -> None:
        super().__init__(
            str(failed), remedy=failed.remedy, reason=failed.reason, cure=failed.cure, answer=failed.answer
        )
        self.held = held


def chunks(all_of: Sequence[T], size: int = CHUNK) -> Iterator[list[T]]:
    rest = iter(all_of)
    while some := list(islice(rest, size)):
        yield some
