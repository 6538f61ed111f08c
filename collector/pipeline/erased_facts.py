"""What late webhooks, replays and imports say of people who were erased: from before, it brings nothing back.

Decided by when it happened. An order placed or an opt-in given after the erasure begins afresh; what was before stays
away all the same. A no is kept as a hash, whenever it was said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from collector.domain.carts import cart_key
from collector.domain.erasing import Tombstone
from collector.domain.events import (
    BrowserNoted,
    CartSeen,
    CheckoutSeen,
    ContactGiven,
    CustomerCounted,
    CustomerSeen,
    Fact,
    IdentityStated,
    ListJoined,
    MessageConsent,
    ObservingConsent,
    OrderSeen,
    Seen,
    Strength,
    TagsChanged,
)
from collector.domain.identity import Node
from collector.domain.orders import identities
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction


class ErasedFacts:
    """For one batch in hand."""

    def __init__(self, tx: StateTransaction, shop: Shop) -> None:
        self._tx = tx.erasing
        self._shop = shop
        self._is_used = tx.erasing.is_used(shop.id)

    def left_of(self, fact: Fact) -> Fact | None:
        """The fact, what may be kept of it, or None."""
        if not self._is_used:
            return fact
        match fact:
            case MessageConsent():
                return None if self._tx.silences(self._shop.id, fact) else fact
            case OrderSeen():
                return self._order(fact)
            case CustomerSeen():
                nodes = [Node("customer", fact.customer_id), Node("email", fact.email)]
                return fact if self._is_customer_again(nodes, fact.version_at, fact.created_at) else None
            case TagsChanged() | CustomerCounted():
                whose = [Node("customer", fact.customer_id)]
                return fact if self._is_customer_again(whose, fact.occurred_at, None) else None
            case ObservingConsent() if fact.state == "denied":
                return fact  # of a browser nobody knows only a hash is kept
            case IdentityStated() if fact.strength is Strength.SIGNED:
                kept = self._after(fact, fact.occurred_at, _named(fact))
                if kept is not None:
                    self._tx.begin_afresh(self._shop.id, _named(fact), fact.occurred_at)
                return kept
            case Seen() | CartSeen() | CheckoutSeen() | ContactGiven() | IdentityStated() | ListJoined():
                return self._after(fact, fact.occurred_at, _named(fact))
            case ObservingConsent() | BrowserNoted():
                return self._after(fact, fact.occurred_at, [Node("visitor", fact.visitor_id)])
        return fact

    def _after(self, fact: Fact, at: datetime, nodes: Iterable[Node]) -> Fact | None:
        stone = self._newest(nodes)
        return fact if stone is None or at > stone.erased_at else None

    def _order(self, fact: OrderSeen) -> OrderSeen:
        """The books stay complete: an order from before is kept without the person."""
        nodes = [node for node in identities(fact) if node.kind != "phone"]
        stone = self._newest(nodes)
        if self._newest([Node("order", fact.order_id)]) is not None:  # this one was asked for by its number
            return _without_the_person(fact)
        if stone is None:
            return fact
        if fact.created_at > stone.erased_at:
            self._tx.begin_afresh(self._shop.id, nodes, fact.created_at)
            return fact
        return _without_the_person(fact)

    def _is_customer_again(self, nodes: list[Node], at: datetime, created_at: datetime | None) -> bool:
        """A record that is only changed is no act of the person; a new account is."""
        stone = self._newest(nodes)
        if stone is None:
            return True
        if created_at is not None and created_at > stone.erased_at:
            self._tx.begin_afresh(self._shop.id, nodes, created_at)
            return True
        return stone.afresh_at is not None and at > stone.erased_at

    def _newest(self, nodes: Iterable[Node]) -> Tombstone | None:
        """Of those that were erased, the one that was last."""
        found = [self._tx.tombstone(self._shop.id, node) for node in nodes if node.value]
        return max((one for one in found if one is not None), key=_since, default=None)


def _without_the_person(fact: OrderSeen) -> OrderSeen:
    return replace(fact, email="", phone="", customer_id="", visitor_id="", cart_token="", checkout_token="", detail={})


def _since(stone: Tombstone) -> tuple[datetime, bool]:
    return stone.erased_at, stone.afresh_at is not None


def _named(fact: Seen | CartSeen | CheckoutSeen | ContactGiven | IdentityStated | ListJoined) -> list[Node]:
    """Everything it names but phone numbers, which households share."""
    named = [Node("visitor", getattr(fact, "visitor_id", "")), Node("email", getattr(fact, "email", ""))]
    named.append(Node("customer", getattr(fact, "customer_id", "")))
    named.append(Node("cart", cart_key(token=getattr(fact, "cart_token", ""))))
    named.append(Node("cart", cart_key(checkout_token=getattr(fact, "checkout_token", ""))))
    return named
