"""The delivery log in values: what went out for a message, and what came back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Call:
    """One request made for a message, as it went out and as it was answered. Never holds a secret of ours.

    `path` without addresses; `sent` the exact body, "" for none; `answered` the answer's beginning.
    `status` 0: no answer came, and `error` says why.
    """

    method: str
    path: str
    sent: str = ""
    status: int = 0
    answered: str = ""
    request_id: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class KeptCall:
    """A call in the delivery log, under the attempt it belongs to."""

    attempt: int
    at: datetime
    call: Call


@dataclass(frozen=True, slots=True)
class BulkCall:
    """A call about many at once: part of an import, or of the catalogue. `size`: bytes of its body."""

    id: int
    account: str
    at: datetime
    size: int
    call: Call


# How bulk work tells its calls: the account, and one of them.
KeepCall = Callable[[str, Call], object]


def kept_nowhere(account: str, call: Call) -> None:
    """For work by hand, which shows its calls itself."""
