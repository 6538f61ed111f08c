"""What a failure means for the message that met it. Pure: the row, the failure and the time in, a fate out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from collector.domain.erasing import Spellings
from collector.domain.errors import DeliveryFailed, OutcomeUnknown, Remedy
from collector.domain.messages import MAY_START_MAIL, ConfirmationMessage, EventMessage, Message
from collector.domain.outbox import OutboxRow, State
from collector.domain.retries import (
    ASK_FOR,
    DOUBT,
    FAMILY_PROBE,
    IN_DOUBT,
    STOPPED,
    STOPS_ACCOUNT,
    Trouble,
    free_again,
    from_json,
    next_attempt,
    remembered,
)
from collector.pipeline.deliver_services import Fate


def may_start_mail(message: Message) -> bool:
    """What must not be sent twice on a doubt."""
    if isinstance(message, ConfirmationMessage):
        return True
    return isinstance(message, EventMessage) and message.event in MAY_START_MAIL


def trouble_of(row: OutboxRow, now: datetime) -> Trouble:
    """What the row has been through. Sent again by hand, it begins anew.

    A row whose worker died holding it may have left.
    """
    is_fresh = row.attempts <= 1 and not row.reason
    trouble = from_json(row.answered or {}) if not is_fresh else Trouble()
    return trouble.with_doubt(now) if row.is_reclaimed else trouble


def after_failure(message: Message, failure: DeliveryFailed, trouble: Trouble, now: datetime, jitter: float) -> Fate:
    """`send` failed."""
    if isinstance(failure, OutcomeUnknown) and may_start_mail(message):
        trouble = trouble.with_doubt(now)
        if trouble.was_asked:
            return fate(State.UNKNOWN, IN_DOUBT, trouble, failure)
        return fate(State.WAITING, IN_DOUBT, trouble, failure, now + DOUBT)
    match failure.remedy:
        case Remedy.GIVE_UP:
            return fate(State.DEAD, failure.reason, trouble, failure)
        case Remedy.WAIT:
            return fate(State.WAITING, failure.reason, trouble, failure, free_again(failure, now, jitter))
        case Remedy.STOP:
            return stopped(trouble, failure, now)
        case Remedy.RETRY:
            trouble = trouble.with_failure(now)
            due_at = next_attempt(trouble, failure, now, jitter)
            if due_at is None:
                return fate(State.DEAD, failure.reason, trouble, failure)
            return fate(State.WAITING, failure.reason, trouble, failure, due_at)


def after_failed_question(failure: DeliveryFailed, trouble: Trouble, now: datetime, jitter: float) -> Fate:
    """Whether it arrived could not be asked. Out of questions, or for too long: a person decides."""
    is_patient = trouble.doubted_at is not None and now - trouble.doubted_at < ASK_FOR
    if failure.remedy is Remedy.STOP:
        return stopped(trouble, failure, now)
    if failure.remedy is Remedy.RETRY and is_patient:
        trouble = trouble.with_failure(now)
        due_at = next_attempt(trouble, failure, now, jitter)
        if due_at is not None:
            return fate(State.WAITING, IN_DOUBT, trouble, failure, due_at)
    return fate(State.UNKNOWN, IN_DOUBT, trouble, failure)


def stopped(trouble: Trouble, failure: DeliveryFailed, now: datetime) -> Fate:
    """The row waits for a person, and as long as it takes: no failure of its own."""
    due_at = now if failure.reason in STOPS_ACCOUNT else now + FAMILY_PROBE
    return fate(State.WAITING, STOPPED + failure.reason, trouble, failure, due_at)


def fate(
    state: State,
    reason: str,
    trouble: Trouble,
    failure: DeliveryFailed | None = None,
    due_at: datetime | None = None,
) -> Fate:
    return Fate(state, reason, due_at, remembered(told(failure) if failure else {}, trouble), failure)


def without(email: str, found: Fate) -> Fate:
    """The fate of an erasure: what came back may quote the address."""
    hidden = Spellings([email]).hidden
    calls = found.calls or (found.failure.calls if found.failure else ())
    answered = found.answered and json.loads(hidden(json.dumps(dict(found.answered))))
    return replace(found, calls=[replace(one, answered=hidden(one.answered)) for one in calls], answered=answered)


def told(failure: DeliveryFailed) -> Mapping[str, Any]:
    """A failure as the delivery log keeps it."""
    return {**failure.answer, "failure": str(failure), **({"cure": failure.cure} if failure.cure else {})}
