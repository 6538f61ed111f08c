"""What can go wrong, by who has to do something about it.

CollectorError
├── Refused              the caller is not who it says          -> 401, counted
│   └── InvalidSignature
├── Unparseable          signed, but not understood             -> 200, body to quarantine, us
├── Invalid              a beacon outside the wire format       -> 400, JSON naming the field, counted
├── Misuse               a setting, flag or name is wrong       -> exit 2 (or 1 at start), one line with the cure
├── Unready              something the machine must give is not there (disk, port, database)  -> exit 1
├── StorageRefused       the disk would not take a row          -> 503, the sender keeps it
├── SourceUnavailable    a platform's API: no answer, or a refusal; says which and the cure
├── Stopping             who waits is asked to stop: nothing is wrong, and what waits is done by the next worker
└── DeliveryFailed       the destination said no, or could not be reached: it has not arrived
    └── OutcomeUnknown   it may have arrived: a time-out or a broken connection after sending
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from collector.domain.delivery_calls import Call


class CollectorError(Exception):
    """Base of everything this product raises on purpose."""


class Stopping(CollectorError):
    """This worker is to stop. Passed on by whoever catches everything else; what was to be done stays due."""


class Refused(CollectorError):
    """The caller is not who it says. Answered 401, counted, nothing stored."""


class InvalidSignature(Refused):
    """The signature over the raw bytes is missing or wrong."""


class Unparseable(CollectorError):
    """A verified body that is not understood. `reason` is a short code, `detail` what was seen."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class Invalid(CollectorError):
    """A beacon outside the wire format.

    `field` is the path (`events[2].type`), `value` what stood there (cut to 200 characters),
    `allowed` what may stand there: a list of values or a sentence.
    """

    def __init__(self, error: str, field: str, value: object, allowed: Sequence[str] | str) -> None:
        super().__init__(f"{field}: {error}")
        self.error = error
        self.field = field
        self.value = value
        self.allowed = allowed


class Misuse(CollectorError):
    """A wrong setting, flag or name. The message names the thing, the value and the cure."""


class Unready(CollectorError):
    """The machine lacks something: a free port, a readable database, space. The message says the cure."""


class StorageRefused(CollectorError):
    """The row is not on disk (full, read-only, locked for too long). The sender must keep it."""


class SourceUnavailable(CollectorError):
    """A platform's API did not give what was asked. The message says what happened and the cure.

    `is_refusal`: it answered, and lets us in no more: the keys are wrong or over, the shop is locked, or not there.
    """

    is_refusal = False

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(f"{message} {cure}".strip())
        self.cure = cure


class Remedy(StrEnum):
    """What a failed delivery asks for."""

    RETRY = "retry"  # by itself, later
    WAIT = "wait"  # the destination is out of budget: nothing of this family for `retry_after_s`
    GIVE_UP = "give_up"  # this message will never be taken: dead, a person looks
    STOP = "stop"  # the account refuses everything (key, address, plan): its stream waits for a person


class DeliveryFailed(CollectorError):
    """The destination did not take a message. `remedy` says what to do, `reason` is a short code for the log,
    `cure` a sentence for the merchant, `answer` a few words about it, `calls` what went out for it (for the
    delivery log; put in by who sent it)."""

    calls: Sequence[Call] = ()

    def __init__(
        self,
        message: str,
        *,
        remedy: Remedy,
        reason: str,
        cure: str = "",
        retry_after_s: float | None = None,
        answer: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.remedy = remedy
        self.reason = reason
        self.cure = cure
        self.retry_after_s = retry_after_s
        self.answer = answer or {}


class OutcomeUnknown(DeliveryFailed):
    """Sent, and no answer came: it may have arrived."""

    def __init__(self, message: str, *, answer: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, remedy=Remedy.RETRY, reason="unknown_outcome", answer=answer)


def causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and all below it: libraries wrap them, also as arguments."""
    waiting, met = [error], set[int]()
    while waiting:
        found = waiting.pop()
        if id(found) in met:
            continue
        met.add(id(found))
        yield found
        below = (found.__cause__, found.__context__, getattr(found, "reason", None), *found.args)
        waiting += [each for each in below if isinstance(each, BaseException)]
