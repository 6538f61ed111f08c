"""Work that comes round by itself (reading opt-outs, the catalogue, imports): when it is due, and how far it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

# Jobs of a shop that something which happened may call before their time.
SUBSCRIPTIONS, REREADING, STOCK, RECENCY = "subscriptions", "rereading", "stock", "recency"
SYNCING, RECONCILING, DESCRIPTION = "sync", "reconcile", "description"


def of_shop(kind: str, shop_id: int) -> str:
    """The name of a shop's job."""
    return f"{kind}:{shop_id}"


def lease_of(name: str) -> str:
    """Who holds it does this job alone."""
    return f"tend:{name}"


class Waking(Protocol):
    """Inside one transaction, like everything of `StateTransaction`."""

    def bring_forward(self, name: str, due_at: datetime) -> None:
        """Not later than this, if it has had a turn at all; one that had none is due anyway."""
        ...


@dataclass(frozen=True, slots=True)
class Next:
    """What a turn of a job answers: when it is due again, and what it wants to know then (JSON).

    `said`: one sentence for whoever looks.
    """

    due_at: datetime
    progress: Mapping[str, Any] = field(default_factory=dict)
    said: str = ""


@dataclass(frozen=True, slots=True)
class JobState:
    """A job as it is kept. `failures` in a row; `said` of the last turn. `finished_at` None: no turn ever ended."""

    due_at: datetime
    progress: Mapping[str, Any] = field(default_factory=dict)
    finished_at: datetime | None = None
    failures: int = 0
    said: str = ""


class Job(Protocol):
    """One job. `name` is unique and stays the same ("opt_outs:brevo"); its memory is kept under it."""

    @property
    def name(self) -> str: ...

    def run(self, progress: Mapping[str, Any], now: datetime) -> Next:
        """One bounded turn, a minute at most; {} as progress the first time. Whatever it does may be done twice:
        a crash between the work and keeping the progress repeats the turn. What it raises is logged, and it is
        tried again later with the progress it had."""
        ...
