"""The outbox in values: messages decided and not yet delivered, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from collector.domain.door import Lane


class State(StrEnum):
    """unknown: it may have left and may not be sent again; a person looks. It holds nobody up."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """`account` whose budget it uses; `message_key` one per effect; `ordering` "" or what leaves in order.

    `needs`: id of the row that must be done first. `expires_at`: later than this it is not worth sending.
    """

    shop_id: int
    account: str
    message_key: str
    kind: str
    payload: Mapping[str, Any]
    created_at: datetime
    due_at: datetime
    ordering: str = ""
    event_name: str = ""
    lane: Lane = Lane.LIVE
    person: int | None = None
    needs: int | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """An account, or a family of its calls, that refuses what is told until somebody does something.

    `waiting`: how many messages wait for the account; `row_id`: the newest that met the refusal.
    """

    account: str
    reason: str
    since: datetime
    row_id: int
    waiting: int
    failure: str
    cure: str


@dataclass(frozen=True, slots=True)
class NotDeleted:
    """A contact of somebody erased that the destination still has: the deletion was given up or may not be sent.

    `mark`: the hash that is left of the address.
    """

    row_id: int
    account: str
    reason: str
    mark: str
    since: datetime


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """`attempts` counts the claims, this one too. `is_reclaimed`: an earlier claim was never answered for."""

    id: int
    message: NewMessage
    state: State
    attempts: int
    is_reclaimed: bool
    claimed_at: datetime | None
    claimed_by: str
    reason: str
    answered: Mapping[str, Any] | None
    done_at: datetime | None
    is_dropped: bool = False  # its content is no longer kept; only that it was told
