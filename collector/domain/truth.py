"""The truth check: before a reminder goes out, the shop itself is asked. Rule 3 of the product.

One question: which orders have these people placed since then, and is what lies in the cart still sold? A shop
that does not answer raises SourceUnavailable; what follows (hold, then drop) is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from collector.domain.events import Item, OrderState
from collector.domain.shop import Shop


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about one cart or session. `emails` in lower case; `since` is when it began.

    The tokens are the platform's own names of the cart and its checkout, as far as known.
    """

    emails: Collection[str]
    customer_ids: Collection[str]
    since: datetime
    items: tuple[Item, ...] = ()
    cart_tokens: Collection[str] = ()
    checkout_tokens: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """An order as the shop tells it now. `email` in lower case, "" for none; `customer_id` "" for a guest."""

    order_id: str
    state: OrderState
    created_at: datetime
    email: str
    customer_id: str
    product_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Truth:
    """The answer. `orders`: placed, whatever happened to them afterwards; no draft, no running or failed payment.

    `unavailable`: (product id, variant id) of the asked items that cannot be bought now.
    """

    orders: tuple[KnownOrder, ...] = ()
    unavailable: frozenset[tuple[str, str]] = frozenset()


class TruthCheck(Protocol):
    """One object per platform, without state about shops."""

    def has_access(self, shop: Shop) -> bool:
        """Whether there are credentials to ask with. Without: decide on own records, marked so."""
        ...

    def ask(self, shop: Shop, question: Question) -> Truth:
        """One look, bounded in time. Raises SourceUnavailable."""
        ...
