"""What became of batches that left: looked at seldom, told again where they did not arrive.

A batch that may or may not have left (a crash, a broken connection) is told again after a while: everything in it is
an upsert, and what is told then is as new as what was told before, or newer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.domain.errors import DeliveryFailed, Remedy
from collector.domain.history import CONTACT, Batch, BatchState, There, Way
from collector.domain.shop import Shop
from collector.pipeline.history.planning import GIVE_UP_LOOKING, next_look
from collector.pipeline.history.services import CHUNK, HistoryServices

# Taken and not done at once: the destination works through orders by and by, and says nothing when it is done.
SETTLES = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Followed:
    """`is_importing`: an import runs; there is one at a time. `look_at`: when to look again; None: nothing runs."""

    is_importing: bool = False
    look_at: datetime | None = None
    failed: str = ""


def follow(services: HistoryServices, account: str, shops: dict[int, Shop], now: datetime) -> Followed:
    """Look after every batch that is not over. Raises DeliveryFailed (not WAIT)."""
    with services.state.read() as tx:
        batches = tx.history.open_batches(account)
    is_importing, times, failed = False, list[datetime](), ""
    for batch in batches:
        over = _one(services, batch, shops.get(batch.shop_id), now)
        if isinstance(over, datetime):
            times.append(over)
            is_importing = is_importing or batch.kind == CONTACT
        else:
            failed = failed or over
    return Followed(is_importing, min(times, default=None), failed)


def _one(services: HistoryServices, batch: Batch, shop: Shop | None, now: datetime) -> datetime | str:
    """When to look again; or it is over, and this is what went wrong, if anything."""
    if shop is None:  # paused or removed meanwhile: when it is back, all of it is told again
        lose(services, batch.id, BatchState.LOST, "the shop tells nothing now", now)
        return ""
    if batch.state is BatchState.LEAVING:
        if now < batch.made_at + SETTLES:
            return batch.made_at + SETTLES
        lose(services, batch.id, BatchState.LOST, "nobody knows whether it left", now)
        return ""
    if now < batch.next_look_at:
        return batch.next_look_at
    if batch.kind != CONTACT:
        _arrived(services, batch, There.UNASKED, "", now)
        return ""
    return _look(services, batch, shop, now)


def _look(services: HistoryServices, batch: Batch, shop: Shop, now: datetime) -> datetime | str:
    try:
        seen = services.bulk.process(shop, batch.reference)
    except DeliveryFailed as failed:
        if failed.remedy is not Remedy.WAIT:
            raise
        return now + timedelta(seconds=max(failed.retry_after_s or 0.0, 1.0))
    if seen.is_over and seen.is_good:
        is_blocked = batch.grouping.startswith(Way.BLOCKED.value)
        _arrived(services, batch, There.BLOCKED if is_blocked else There.OPEN, seen.said, services.clock())
        return ""
    if seen.is_over or now - batch.made_at > GIVE_UP_LOOKING:
        said = seen.said or "the import does not end"
        lose(services, batch.id, BatchState.FAILED, said, services.clock())
        return said
    look_at = next_look(batch.looks + 1, now)
    with services.state.write() as tx:
        tx.history.look_later(batch.id, look_at)
    return look_at


def _arrived(services: HistoryServices, batch: Batch, there: There, said: str, now: datetime) -> None:
    while True:
        with services.state.write() as tx:
            if tx.history.arrived(batch.id, there, now, CHUNK) < CHUNK:
                tx.history.end(batch.id, BatchState.DONE, said, now)
                return


def lose(services: HistoryServices, batch: int, state: BatchState, said: str, now: datetime) -> None:
    """Everything in it is to be told again."""
    while True:
        with services.state.write() as tx:
            if tx.history.not_arrived(batch, CHUNK) < CHUNK:
                tx.history.end(batch, state, said, now)
                return
