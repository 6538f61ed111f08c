"""Deliver: claim what is due for an account, look once more whether it is right, send it, write down its fate.

A call that may be made within a moment is waited for; a claim that cannot be used now (no call left, the account
away or stopped) is given back and counts as no failure. The fates of a turn are written in one transaction. Claims
are exclusive and keep the order per person, so any number of workers may deliver.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from collector.domain.errors import DeliveryFailed, Remedy
from collector.domain.messages import ErasureMessage, EventMessage, Message
from collector.domain.outbox import OutboxRow, State
from collector.domain.retries import FAMILY_PROBE, IN_DOUBT, STOPS_ACCOUNT, Trouble, concerns_all, remembered
from collector.domain.shop import Sending, Shop
from collector.domain.timestamps import to_text
from collector.pipeline.deliver_fates import (
    after_failed_question,
    after_failure,
    fate,
    may_start_mail,
    trouble_of,
    without,
)
from collector.pipeline.deliver_services import DeliverServices, Fate, Turn

log = logging.getLogger(__name__)

CLAIM = 5  # rows a turn: few, so that a dead worker leaves few in doubt
STALE = timedelta(minutes=4)  # a claim older than this was left by a worker that died
NEW_SHOP = timedelta(minutes=1)  # who decided the message may know a shop a moment earlier than we do
LOOK_AGAIN = timedelta(seconds=5)
MOMENT_S = 0.3  # calls of a family are spread by less; giving the claim back and taking it again is dearer
LONGEST_TURN = timedelta(minutes=2)  # no row is begun later: its claim must not grow stale meanwhile

# What a fault of ours, met by one message, looks like. The store's own errors concern every row and are not here.
FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError, RecursionError)


def deliver_some(services: DeliverServices, account: str, now: datetime) -> Turn:
    """One turn for one account. It ends early when the account is away or refuses everything."""
    rows = services.outbox.claim(account, services.holder, now, now - STALE, CLAIM)
    turn = Turn(claimed=len(rows))
    fates: list[tuple[OutboxRow, Fate]] = []
    try:
        for row in rows:
            at = services.clock()
            if turn.failure is not None or services.should_stop() or at - now > LONGEST_TURN:
                found = _unused(row, trouble_of(row, at), at)
            else:
                found = _fate_of(services, turn, row, at)
            fates.append((row, found))
    finally:  # what was sent is written down, whatever became of the others
        if fates:
            with services.outbox.together():
                for row, found in fates:
                    _keep(services, turn, row, found)
    return turn


def _fate_of(services: DeliverServices, turn: Turn, row: OutboxRow, now: datetime) -> Fate:
    trouble = trouble_of(row, now)
    try:
        message = services.message(row)
        found = _try(services, turn, row, message, trouble, now)
        return without(message.email, found) if isinstance(message, ErasureMessage) else found
    except FAULTS as fault:
        log.exception("message met a fault", extra={"row_id": row.id, "shop_id": row.message.shop_id})
        return Fate(State.DEAD, "fault", answered={"failure": f"{type(fault).__name__}: {fault}"[:500]})


def _try(
    services: DeliverServices, turn: Turn, row: OutboxRow, message: Message, trouble: Trouble, now: datetime
) -> Fate:
    is_doubted = trouble.doubted_at is not None and may_start_mail(message)
    shop = services.shop(row.message.shop_id)
    if shop is None and now - row.message.created_at < NEW_SHOP:
        return _unused(row, trouble, now + LOOK_AGAIN)
    why = _why_nothing_is_sent(services, shop, message)
    if shop is None or why is not None:
        log.info("message not sent", extra=_named(row) | {"reason": why})
        return fate(State.UNKNOWN if is_doubted else State.SKIPPED, IN_DOUBT if is_doubted else why or "", trouble)
    if is_doubted:
        settled = _settle(services, turn, shop, message, trouble, now)
        if isinstance(settled, Fate):
            return settled
        trouble = settled
    elif trouble.doubted_at is not None and isinstance(message, EventMessage):
        if _is_there(services, shop, message):
            return Fate(State.DONE, answered={"found_there": True})
        trouble = trouble.settled()
    if row.message.expires_at is not None and row.message.expires_at <= now:
        return fate(State.SKIPPED, "expired", trouble)
    reason = services.still_right(row, now)
    if reason is not None:
        return fate(State.SKIPPED, reason, trouble)
    family = services.destination.calls(shop, message)
    free_at = turn.closed.get(family)
    if free_at is None and (wait := _paid(services, row.message.account, family)) > 0:
        free_at = turn.closed[family] = services.clock() + timedelta(seconds=wait)
    if free_at is not None:
        return _unused(row, trouble, free_at)
    return _send(services, turn, row, shop, message, family, trouble, now)


def _paid(services: DeliverServices, account: str, family: str) -> float:
    """0: a call is paid. Else the seconds to wait, more than a moment."""
    wait = services.take(account, family)
    if 0 < wait <= MOMENT_S:
        services.pause(wait)
        wait = services.take(account, family)
    return wait


def _send(
    services: DeliverServices,
    turn: Turn,
    row: OutboxRow,
    shop: Shop,
    message: Message,
    family: str,
    trouble: Trouble,
    now: datetime,
) -> Fate:
    try:
        delivered = services.destination.send(shop, message)
    except DeliveryFailed as failure:
        ended_at = services.clock()
        found = after_failure(message, failure, trouble, ended_at, services.jitter())
        _note(turn, family, failure, found, ended_at)
        return found
    log.info("message delivered", extra=_named(row))
    return Fate(State.DONE, answered=remembered(delivered.answer, trouble), calls=delivered.calls)


def _settle(
    services: DeliverServices, turn: Turn, shop: Shop, message: Message, trouble: Trouble, now: datetime
) -> Trouble | Fate:
    """It may have arrived: ask once. The trouble without the doubt when it has not; else its fate."""
    if trouble.was_asked or not isinstance(message, EventMessage):
        return fate(State.UNKNOWN, IN_DOUBT, trouble)
    try:
        was_received = services.destination.was_received(shop, message)
    except DeliveryFailed as failure:
        ended_at = services.clock()
        found = after_failed_question(failure, trouble, ended_at, services.jitter())
        if failure.remedy is not Remedy.WAIT:
            _note(turn, "", failure, found, ended_at)
        return found
    if was_received is None:
        return fate(State.UNKNOWN, IN_DOUBT, trouble)
    return Fate(State.DONE, answered={"found_there": True}) if was_received else trouble.settled()


def _is_there(services: DeliverServices, shop: Shop, message: EventMessage) -> bool:
    """Whether an event that stops or cancels, left by a worker that died, had arrived. It waits for no answer:
    when nobody can say, it is sent."""
    try:
        return bool(services.destination.was_received(shop, message))
    except DeliveryFailed as failure:
        log.info(
            "not asked whether it arrived", extra={"shop_id": shop.id, "event": message.event, "why": str(failure)}
        )
        return False


def _note(turn: Turn, family: str, failure: DeliveryFailed, found: Fate, now: datetime) -> None:
    """What the failure says about the rows behind this one."""
    if concerns_all(failure) or (failure.remedy is Remedy.STOP and failure.reason in STOPS_ACCOUNT):
        turn.failure = failure
    elif failure.remedy is Remedy.STOP:
        turn.closed[family] = now + FAMILY_PROBE
    elif failure.remedy is Remedy.WAIT and found.due_at is not None:
        turn.closed[family] = found.due_at


def _unused(row: OutboxRow, trouble: Trouble, due_at: datetime) -> Fate:
    """Give the claim back as it was, only later. The last answer stays."""
    return Fate(State.WAITING, row.reason, due_at, remembered(row.answered or {}, trouble) or None)


def _why_nothing_is_sent(services: DeliverServices, shop: Shop | None, message: Message) -> str | None:
    if shop is None or shop.removed_at is not None:
        return "shop_removed"
    if isinstance(message, ErasureMessage):  # whatever the shop may tell: somebody asked to be forgotten
        return "dry_run" if services.is_dry_run else None
    if not shop.is_enabled:
        return "disabled"
    if shop.sending is not Sending.LIVE:
        return "observe" if shop.sending is Sending.OBSERVE else "paused"
    return "dry_run" if services.is_dry_run else None


def _keep(services: DeliverServices, turn: Turn, row: OutboxRow, found: Fate) -> None:
    now, outbox = services.clock(), services.outbox
    outbox.keep_calls(row.id, found.calls or (found.failure.calls if found.failure else ()), now)
    match found.state:
        case State.DONE:
            is_kept = outbox.done(row.id, now, found.answered)
        case State.WAITING:
            is_kept = outbox.retry(
                row.id,
                services.holder,
                found.due_at or now,
                found.reason,
                found.answered,
                is_unused=found.failure is None,
            )
        case _:
            is_kept = outbox.finish(row.id, services.holder, found.state, found.reason, now, found.answered)
    turn.count(found.state)
    _tell(services, row, found)
    if not is_kept:
        log.warning("claim was lost", extra=_named(row) | {"state": found.state.value})
    elif found.failure is not None:
        log.warning(
            "message not delivered",
            extra=_named(row) | {"state": found.state.value, "reason": found.reason, "cure": found.failure.cure},
        )


def _tell(services: DeliverServices, row: OutboxRow, found: Fate) -> None:
    """How its turn ended, for a shop that wants every step in the log."""
    shop = services.shop(row.message.shop_id)
    if shop is None or not shop.policy.logs_steps:
        return
    calls = found.calls or (found.failure.calls if found.failure else ())
    extra: dict[str, object] = {"shop": shop.address, **_named(row), "state": found.state.value}
    extra |= {"reason": found.reason, "due_at": found.due_at and to_text(found.due_at)}
    extra["calls"] = [f"{call.method} {call.path} {call.status or call.error}" for call in calls]
    log.debug("message had its turn", extra=extra)


def _named(row: OutboxRow) -> dict[str, object]:
    return {
        "row_id": row.id,
        "shop_id": row.message.shop_id,
        "kind": row.message.kind,
        "event": row.message.event_name,
        "attempt": row.attempts,
    }
