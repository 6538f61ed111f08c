"""What delivering is given to work with, and what a turn of it answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from collector.domain.delivery_calls import Call
from collector.domain.errors import DeliveryFailed
from collector.domain.messages import Message, from_json
from collector.domain.outbox import OutboxRow, State
from collector.domain.ports import Clock, Destination
from collector.domain.shop import Shop


class DeliveryOutbox(Protocol):
    """The outbox as delivering sees it. Claims are exclusive, so no lease is needed for an account."""

    def claim(self, account: str, holder: str, now: datetime, stale: datetime, limit: int) -> Sequence[OutboxRow]: ...

    def together(self) -> AbstractContextManager[None]:
        """One transaction for all fates written inside."""
        ...

    def keep_calls(self, row_id: int, calls: Sequence[Call], now: datetime) -> None:
        """Into the delivery log. For inside `together`, before the fate is written."""
        ...

    def done(self, row_id: int, now: datetime, answered: Mapping[str, Any] | None = None) -> bool: ...

    def retry(
        self,
        row_id: int,
        holder: str,
        due_at: datetime,
        reason: str,
        answered: Mapping[str, Any] | None = None,
        *,
        is_unused: bool = False,
    ) -> bool: ...

    def finish(
        self,
        row_id: int,
        holder: str,
        state: State,
        reason: str,
        now: datetime,
        answered: Mapping[str, Any] | None = None,
    ) -> bool: ...


def never() -> bool:
    return False


def stored(row: OutboxRow) -> Message:
    """The message as it was decided."""
    return from_json(row.message.kind, dict(row.message.payload))


@dataclass(frozen=True, slots=True)
class DeliverServices:
    """`take`: account, family -> 0 (one call is paid) or the seconds to wait.

    `message`: the content of a row, with what is read last put in anew.
    `still_right`: why a message should not be sent any more, or None; read at the moment of sending.
    `pause`: does nothing for a part of a second. `jitter`: from 0 to 1. `holder`: unique among all that deliver.
    `should_stop`: asked before each row.
    """

    outbox: DeliveryOutbox
    take: Callable[[str, str], float]
    destination: Destination
    shop: Callable[[int], Shop | None]
    clock: Clock
    still_right: Callable[[OutboxRow, datetime], str | None]
    jitter: Callable[[], float]
    holder: str
    pause: Callable[[float], object] = time.sleep
    message: Callable[[OutboxRow], Message] = stored
    is_dry_run: bool = False
    should_stop: Callable[[], bool] = never


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a claimed row. WAITING: it is due again at `due_at`.

    `failure`: what made it so, if anything did. `calls`: what went out on the way, for the delivery log.
    """

    state: State
    reason: str = ""
    due_at: datetime | None = None
    answered: Mapping[str, Any] | None = None
    failure: DeliveryFailed | None = None
    calls: Sequence[Call] = ()


@dataclass(slots=True)
class Turn:
    """One turn for one account, in numbers. `failure`: what ended it early and concerns the whole account.

    `closed`: families of calls that are out of use, and until when.
    """

    claimed: int = 0
    done: int = 0
    skipped: int = 0
    dead: int = 0
    unknown: int = 0
    waiting: int = 0
    failure: DeliveryFailed | None = None
    closed: dict[str, datetime] = field(default_factory=dict)

    def count(self, state: State) -> None:
        setattr(self, state.value, getattr(self, state.value) + 1)
