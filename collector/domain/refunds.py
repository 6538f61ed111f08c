"""What refunds leave of an order, and whether it was given back whole. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from collector.domain.events import OrderSeen, OrderState

WHOLE, PARTLY = "refunded", "partially_refunded"  # of the platform's own words


@dataclass(frozen=True, slots=True)
class TakenOff:
    """A refund as it counts: with money (`has_moved`), for lines of the order or not (`is_bare`)."""

    amount_minor: int
    currency: str
    has_moved: bool = True
    is_bare: bool = False


def lowering(refunds: Sequence[TakenOff]) -> list[tuple[int, str]]:
    """By how much each of them lowers what the order is worth, the oldest first: (minor units, currency).

    An edit lowers it when it takes lines off, and from then on the shop owes their price. Money that goes back later
    for no line is that price, as far as it reaches: it lowers nothing a second time.
    """
    owed: Counter[str] = Counter()
    lowered = []
    for one in refunds:
        paid_back = min(one.amount_minor, owed[one.currency]) if one.has_moved and one.is_bare else 0
        owed[one.currency] += -paid_back if one.has_moved else one.amount_minor
        lowered.append((one.amount_minor - paid_back, one.currency))
    return lowered


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
