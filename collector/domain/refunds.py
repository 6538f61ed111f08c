"""Whether an order was given back whole. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from collector.domain.events import OrderSeen, OrderState

WHOLE, PARTLY = "refunded", "partially_refunded"  # of the platform's own words


def is_whole(content: OrderSeen, given_back: Sequence[tuple[int, str]], at: datetime, *, is_newest: bool) -> bool:
    """Whether nothing was left of the order once `given_back` was, the newest of it at `at`: (minor units, currency).

    The platform's word counts where this version of the order is not older than the refund, else the sum does: a
    refund may come before the order that says so, and an order that was cancelled is cancelled whatever was given
    back. `is_newest`: there is no later one, so that it is this one which the word is about.
    """
    if content.state is OrderState.REFUNDED or content.status == WHOLE:
        if is_newest:
            return True
    elif content.status == PARTLY and at <= content.version_at:
        return False
    totals = {content.base_currency: content.base_total_minor, content.currency: content.total_minor}
    currencies = {currency for _, currency in given_back}
    if len(currencies) != 1:
        return False
    total = totals.get(currencies.pop()) or 0
    return 0 < total <= sum(amount for amount, _ in given_back)
