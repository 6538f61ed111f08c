"""The job that tells an account in bulk what imports made known: one step after the other, whenever it comes round.

Looks after what left; looks at what was marked; reads who is at the destination; imports contacts, one import at a
time; sends orders whose contacts are there. Live messages go first everywhere: bulk work has its own, smaller share
of every budget, and what is told live about the same contact or order is waited for.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from collector.domain.errors import DeliveryFailed, Remedy
from collector.domain.history import Waiting
from collector.domain.jobs import Next
from collector.domain.shop import Shop
from collector.domain.timestamps import from_text, to_text
from collector.pipeline.history.batches import Followed, follow
from collector.pipeline.history.contacts import examine, import_some, read_account, set_all_alone, strangers, tell_alone
from collector.pipeline.history.orders import send_some
from collector.pipeline.history.planning import is_cheaper_alone, is_gathering, is_ready
from collector.pipeline.history.services import CallRefused, HistoryServices
from collector.pipeline.history.status import status

log = logging.getLogger(__name__)

SOON = timedelta(seconds=10)  # something waits, and not yet long enough
IDLE = timedelta(seconds=60)
STOPPED = timedelta(minutes=15)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
EVERYTHING = 1_000_000  # no limit of ours on the subjects of a call


@dataclass(slots=True)
class _Kept:
    """What the next turn has to know. `failures` in a row; `contacts`, `orders`: how many a call may hold, less after
    a refusal; `orders_from`: when there are calls for orders again."""

    failures: int = 0
    contacts: int = EVERYTHING
    orders: int = EVERYTHING
    orders_from: str = ""

    @staticmethod
    def of(progress: Mapping[str, Any]) -> _Kept:
        return _Kept(**{field.name: progress[field.name] for field in fields(_Kept) if field.name in progress})


@dataclass(slots=True)
class _Turn:
    """One turn. `at`: when the next one has something to do, as far as is known."""

    now: datetime
    end: datetime
    followed: Followed
    at: datetime
    said: str = ""

    def again_at(self, at: datetime) -> None:
        self.at = min(self.at, at)


class HistoryJob:
    """A domain.jobs.Job. Its progress remembers failures in a row, and how much a call may hold after a refusal."""

    def __init__(self, services: HistoryServices, account: str) -> None:
        self._services = services
        self._account = account
        self._said = ""  # as it was logged

    @property
    def name(self) -> str:
        return f"history:{self._account}"

    def run(self, progress: Mapping[str, Any], now: datetime) -> Next:
        """A refusal of everything waits for a person; a failure waits longer each time; a full budget until it is
        free. What was not told stays marked."""
        kept = _Kept.of(progress)
        try:
            turn = self._turn(kept, now)
        except DeliveryFailed as failed:
            return self._after(failed, kept)
        if turn.followed.failed:
            return self._pause(kept, turn.followed.failed)
        kept.failures = 0
        return Next(turn.at, asdict(kept), turn.said)

    def _turn(self, kept: _Kept, now: datetime) -> _Turn:
        services = self._services
        shops = list(services.shops())
        followed = follow(services, self._account, {shop.id: shop for shop in shops}, now)
        turn = _Turn(now, now + services.turn, followed, now + IDLE)
        if followed.look_at is not None:
            turn.again_at(followed.look_at)
        waiting: dict[int, Waiting] = {}
        is_reading = {shop.id: services.is_reading(shop.id) for shop in shops}
        for shop in shops:
            if is_reading[shop.id]:
                with services.state.read() as tx:
                    waiting[shop.id] = tx.history.waiting(shop.id)
                if is_gathering(waiting[shop.id], is_reading[shop.id], now):
                    turn.said = "waits until the shop is read"
                    continue
            if not examine(services, shop, turn.end):
                turn.again_at(services.clock())
                turn.said = "looking at what was imported"
                return turn
            with services.state.read() as tx:
                waiting[shop.id] = tx.history.waiting(shop.id)
        if all(one.newest_at is None for one in waiting.values()):
            turn.said = "waits for what is on its way" if followed.look_at is not None else "everything is told"
            return turn
        turn.again_at(now + SOON)
        ready = [shop for shop in shops if is_ready(waiting[shop.id], is_reading[shop.id], now)]
        if ready and not followed.is_importing:
            self._contacts(turn, ready, waiting, kept)
        for shop in ready:
            self._orders(turn, shop, kept)
        with services.state.read() as tx:
            found = status(tx, self._account, shops, services.room())
        turn.said = f"{turn.said}; {found.to_text()}" if turn.said else found.to_text()
        if turn.said != self._said:
            self._said = turn.said
            log.info("bulk work", extra={"account": self._account, "said": turn.said})
        return turn

    def _contacts(self, turn: _Turn, shops: Sequence[Shop], waiting: Mapping[int, Waiting], kept: _Kept) -> None:
        services = self._services
        for shop in shops:
            if waiting[shop.id].contacts and self._is_cheaper_alone(waiting, shops, turn.now):
                set_all_alone(services, shop)
            if not tell_alone(services, shop, turn.end):
                turn.again_at(services.clock())
                turn.said = "telling contacts one by one"
                return
        some = [shop for shop in shops if _waits_for_import(services, shop)]
        if not some:
            return
        with services.state.read() as tx:
            has_strangers = any(strangers(tx, shop) for shop in some)
        if not read_account(services, shops, has_strangers, turn.now, turn.end):
            turn.again_at(services.clock())
            turn.said = "reading the contacts of the account"
            return
        for shop in some:
            if not services.has_time(turn.end):
                turn.again_at(services.clock())
                return
            try:
                sent = import_some(services, shop, kept.contacts, services.clock(), turn.end)
            except CallRefused as refused:
                kept.contacts = max(refused.held // 2, 1)
                raise
            if sent:
                kept.contacts = min(kept.contacts * 2, EVERYTHING)
                turn.again_at(services.clock() + timedelta(seconds=60))
                return

    def _is_cheaper_alone(self, waiting: Mapping[int, Waiting], shops: Sequence[Shop], now: datetime) -> bool:
        contacts = sum(waiting[shop.id].contacts for shop in shops)
        with self._services.state.read() as tx:
            reading = tx.history.reading(self._account)
            is_read = reading is not None and reading.ended_at is not None
            is_read = is_read and not any(strangers(tx, shop) for shop in shops)
        return is_cheaper_alone(contacts, reading.total if reading else 0, is_read)

    def _orders(self, turn: _Turn, shop: Shop, kept: _Kept) -> None:
        while self._services.has_time(turn.end):
            now = self._services.clock()
            if kept.orders_from and now < from_text(kept.orders_from):
                turn.again_at(from_text(kept.orders_from))
                turn.said = "orders wait for calls"
                return
            try:
                sent = send_some(self._services, shop, kept.orders, now)
            except CallRefused as refused:
                kept.orders = max(refused.held // 2, 1)
                raise
            except DeliveryFailed as failed:
                if failed.remedy is not Remedy.WAIT:
                    raise
                kept.orders_from = to_text(self._services.clock() + _asked(failed))
                continue
            if not sent:
                return
            kept.orders = min(kept.orders * 2, EVERYTHING)
        turn.again_at(self._services.clock())

    def _after(self, failed: DeliveryFailed, kept: _Kept) -> Next:
        now = self._services.clock()
        if failed.remedy is Remedy.WAIT:
            return Next(now + _asked(failed), asdict(kept), f"waits: {failed}")
        if isinstance(failed, CallRefused) and failed.held > 1:  # half of it next, until the one at fault is alone
            return Next(now + SOON, asdict(kept), f"sends less at once: {failed}")
        if failed.remedy is Remedy.STOP:
            return Next(now + STOPPED, asdict(kept), f"stopped: {failed} {failed.cure}".strip())
        return self._pause(kept, f"{failed} {failed.cure}".strip())

    def _pause(self, kept: _Kept, said: str) -> Next:
        kept.failures += 1
        pause: timedelta = min(FIRST_PAUSE * 2 ** min(kept.failures - 1, 20), LONGEST_PAUSE)
        return Next(self._services.clock() + pause, asdict(kept), f"tried again later: {said}")


def _waits_for_import(services: HistoryServices, shop: Shop) -> bool:
    with services.state.read() as tx:
        return bool(tx.history.due_contacts(shop.id, "", 1, None))


def _asked(failed: DeliveryFailed) -> timedelta:
    return timedelta(seconds=max(failed.retry_after_s or 0.0, 1.0))
