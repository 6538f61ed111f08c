"""When is a message tried again? Pure: failures and times in, a time or an end out.

Waiting for a budget and a stopped account are no failures of a message: they are not counted here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from collector.domain.errors import DeliveryFailed, OutcomeUnknown
from collector.domain.timestamps import from_text, to_text

FIRST = timedelta(seconds=10)
LONGEST = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=3)  # since the first failure
DOUBT = timedelta(minutes=2)  # before the destination is asked whether an event arrived
ASK_FOR = timedelta(hours=1)  # while the destination cannot be asked; then a person decides
FIRST_PROBE = timedelta(seconds=5)  # when a stopped account is tried again, twice as long each time …
STOP_PROBE = timedelta(minutes=3)  # … up to this: a refused call costs nothing
FAMILY_PROBE = timedelta(minutes=15)  # and one family of its calls
LONGEST_WAIT = timedelta(minutes=15)

IN_DOUBT = "unknown_outcome"  # reason of a row that may have arrived
STOPPED = "stopped_"  # put before the reason while an account or a family waits for a person

# Of the failures that ask to stop: those which concern the whole account. The others concern one family of calls.
STOPS_ACCOUNT = frozenset(["key_refused", "key_expired", "ip_refused", "no_account", "address_refused", "not_the_api"])


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a message has been through; kept in its outbox row beside the last answer.

    `failures` counts real ones. `doubted_at`: since when it may have arrived. `was_asked`: the destination was
    asked whether it arrived, and said no.
    """

    failures: int = 0
    failed_since: datetime | None = None
    doubted_at: datetime | None = None
    was_asked: bool = False

    def with_failure(self, now: datetime) -> Trouble:
        return Trouble(self.failures + 1, self.failed_since or now, self.doubted_at, self.was_asked)

    def with_doubt(self, now: datetime) -> Trouble:
        return Trouble(self.failures, self.failed_since, self.doubted_at or now, self.was_asked)

    def settled(self) -> Trouble:
        """Asked: it had not arrived."""
        return Trouble(self.failures, self.failed_since, None, True)


def concerns_all(failure: DeliveryFailed) -> bool:
    """Whether other messages would meet the same: the destination is away, slow or failing."""
    return isinstance(failure, OutcomeUnknown) or failure.reason == "unreachable" or failure.reason.startswith("http_5")


def next_attempt(trouble: Trouble, failure: DeliveryFailed, now: datetime, jitter: float) -> datetime | None:
    """When to try again; None: it has failed for three days and is dead.

    `trouble` counts this failure too; `jitter` is from 0 to 1. An unknown outcome is tried again at once, the
    first time: what stops or cancels must not wait. Then 10 s, 20 s, 40 s … at most an hour, each shortened by
    up to a quarter so that many do not come back together. What the destination asks for is the least.
    """
    if trouble.failed_since is not None and now - trouble.failed_since >= GIVE_UP_AFTER:
        return None
    if isinstance(failure, OutcomeUnknown) and trouble.failures <= 1:
        return now
    doubled: timedelta = min(FIRST * 2 ** min(max(trouble.failures - 1, 0), 20), LONGEST)
    return now + max(doubled * (1 - jitter / 4), asked_wait(failure))


def free_again(failure: DeliveryFailed, now: datetime, jitter: float) -> datetime:
    """When a family of calls that is out of budget may be used again: at least what was asked, and a little."""
    return now + max(asked_wait(failure), timedelta(seconds=1)) + timedelta(seconds=jitter)


def asked_wait(failure: DeliveryFailed) -> timedelta:
    """What the destination asked to wait; never longer than a quarter of an hour."""
    return min(timedelta(seconds=max(failure.retry_after_s or 0.0, 0.0)), LONGEST_WAIT)


def to_json(trouble: Trouble) -> dict[str, Any]:
    """Only what differs from no trouble; `from_json` is the inverse."""
    kept: dict[str, Any] = {"failures": trouble.failures, "was_asked": trouble.was_asked}
    for name, moment in (("failed_since", trouble.failed_since), ("doubted_at", trouble.doubted_at)):
        kept[name] = to_text(moment) if moment else None
    return {name: value for name, value in kept.items() if value}


def remembered(answer: Mapping[str, Any], trouble: Trouble) -> dict[str, Any]:
    """An answer with this trouble beside it, whatever trouble stood there before."""
    of_trouble = {field.name for field in fields(Trouble)}
    return {name: value for name, value in answer.items() if name not in of_trouble} | to_json(trouble)


def from_json(kept: Mapping[str, Any]) -> Trouble:
    moments = {name: from_text(kept[name]) for name in ("failed_since", "doubted_at") if kept.get(name)}
    return Trouble(failures=int(kept.get("failures", 0)), was_asked=bool(kept.get("was_asked", False)), **moments)
