"""Orders in bulk: POST /orders/status/batch. Historical ones start no automation, which the single call always may.

The same id again is an update, so a batch may be sent twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from collector.destinations.brevo import commerce
from collector.destinations.brevo.answers import SHOP_CURE
from collector.destinations.brevo.client import Exchange, to_bytes
from collector.destinations.brevo.limits import OTHER
from collector.domain.errors import DeliveryFailed, Remedy
from collector.domain.messages import OrderMessage


def order_size(order: OrderMessage) -> int:
    """Bytes, with the comma behind it."""
    return len(to_bytes(commerce.body(order))) + 1


def body(orders: Sequence[OrderMessage]) -> Mapping[str, Any]:
    return {"orders": [commerce.body(order) for order in orders], "historical": True}


def send(exchange: Exchange, orders: Sequence[OrderMessage]) -> str:
    """The batch they became. Raises DeliveryFailed, OutcomeUnknown."""
    try:
        answer = exchange.post(OTHER, "/orders/status/batch", body(orders))
    except DeliveryFailed as failed:
        if failed.reason not in ("not_permitted", "plan_exhausted"):
            raise
        # As for a single order: most likely the shop's app is not switched on there.
        raise DeliveryFailed(
            str(failed), remedy=Remedy.STOP, reason="orders_refused", cure=SHOP_CURE, answer=failed.answer
        ) from failed
    if not answer.is_good:
        raise exchange.failed(answer, OTHER)
    return str(answer.said.get("batchId", ""))
