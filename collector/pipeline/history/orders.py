"""Steps for orders: as many as one call may hold, after their contacts."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from collector.domain.decisions import DecisionRow
from collector.domain.errors import DeliveryFailed, OutcomeUnknown, Remedy
from collector.domain.history import MOST_ORDER_BYTES, MOST_ORDERS, ORDER, BatchState, There
from collector.domain.messages import OrderMessage
from collector.domain.reasons import Reason
from collector.domain.shop import Shop
from collector.pipeline.history.batches import SETTLES, lose
from collector.pipeline.history.composing import Composing, hash_of
from collector.pipeline.history.services import CallRefused, HistoryServices, chunks

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Filling:
    batch: int
    messages: dict[str, OrderMessage] = field(default_factory=dict)
    size: int = 0


def send_some(services: HistoryServices, shop: Shop, most: int, now: datetime) -> int:
    """One batch of orders. How many there were; 0: none may leave yet. Raises DeliveryFailed."""
    most = min(most, MOST_ORDERS)
    with services.state.read() as tx:
        waiting = tx.history.due_orders(shop.id, most)
    composed = _composed(services, shop, waiting)
    if not composed:
        return 0
    services.bulk.pay_for_orders(shop)
    with services.state.write() as tx:
        filling = _Filling(tx.history.add_batch(shop.policy.account, shop.id, ORDER, "", now))
    for some in chunks(composed):
        if not _assign(services, shop, filling, some):
            break
    if not _is_left(services, filling):
        return 0
    try:
        reference = services.bulk.send_orders(shop, list(filling.messages.values()))
    except OutcomeUnknown:
        raise  # it may have arrived: in a while all of it is told again
    except DeliveryFailed as failed:
        if failed.remedy is Remedy.GIVE_UP and len(filling.messages) == 1:
            _refused(services, shop, filling, str(failed))
            return 1
        lose(services, filling.batch, BatchState.FAILED, str(failed), services.clock())
        if failed.remedy is Remedy.GIVE_UP:
            raise CallRefused(failed, len(filling.messages)) from failed
        raise
    at = services.clock()
    with services.state.write() as tx:
        tx.history.sent(filling.batch, reference, len(filling.messages), filling.size, at + SETTLES)
    told = {"account": shop.policy.account, "shop_id": shop.id, "orders": len(filling.messages), "batch": reference}
    log.info("orders are told in bulk", extra=told)
    return len(filling.messages)


def _composed(services: HistoryServices, shop: Shop, waiting: Sequence[str]) -> list[tuple[str, OrderMessage]]:
    """Those with something new to tell; the others are done with."""
    composed, done = [], []
    for some in chunks(waiting):
        with services.state.read() as tx:
            composing = Composing(tx, shop, services.clock(), services.display)
            for number in some:
                message = composing.order(number)
                if message is None or hash_of(message) == tx.history.told_hash(shop.id, ORDER, number):
                    done.append(number)
                elif not tx.history.is_being_told(shop.id, f"order:{message.order_id}"):
                    composed.append((number, message))
    for some in chunks(done):
        with services.state.write() as tx:
            for number in some:
                tx.history.nothing_to_tell(shop.id, ORDER, number)
    return composed


def _assign(services: HistoryServices, shop: Shop, filling: _Filling, some: Sequence[tuple[str, OrderMessage]]) -> bool:
    """Put them into the batch. False: it is full."""
    with services.state.write() as tx:
        for number, message in some:
            size = services.bulk.order_size(message)
            if filling.messages and filling.size + size > MOST_ORDER_BYTES:
                return False
            if tx.history.assign(filling.batch, shop.id, ORDER, number, "", hash_of(message)):
                filling.messages[number] = message
                filling.size += size
    return True


def _is_left(services: HistoryServices, filling: _Filling) -> bool:
    """Take out what changed while it was put together. Whether anything is left."""
    with services.state.write() as tx:
        for number in tx.history.changed_in(filling.batch):
            filling.messages.pop(number, None)
        tx.history.leave_behind(filling.batch)
        if not filling.messages:
            tx.history.forget(filling.batch)
    return bool(filling.messages)


def _refused(services: HistoryServices, shop: Shop, filling: _Filling, said: str) -> None:
    """The one order that made a batch be refused: no more tries until it changes."""
    now = services.clock()
    with services.state.write() as tx:
        tx.history.arrived(filling.batch, There.UNASKED, now, 1)
        tx.history.end(filling.batch, BatchState.FAILED, said, now)
        detail = {"order": next(iter(filling.messages)), "said": said}
        tx.telling.note(DecisionRow(shop.id, "order", now, "refused", Reason.REFUSED.value, detail=detail))
