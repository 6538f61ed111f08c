"""The fold's side of the history lane: what an import names is marked, what changes live is looked at again.

Marks say that something is to be told, not what. In the transaction of the batch that is folded.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from collector.domain.history import CONTACT, ORDER
from collector.domain.orders import Order
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction
from collector.pipeline.counted_with import accounts_of
from collector.pipeline.news import News


def mark(tx: StateTransaction, shop: Shop, now: datetime, news: News) -> None:
    """After a batch of an import: every address and order it named is to be told."""
    addresses = set(_addresses(tx, shop, news))
    for order in _orders(tx, shop, news):
        email = order.content.email
        if email and not order.content.is_test:
            addresses |= {email, *accounts_of(tx, shop, order)}
            tx.history.mark(shop.id, ORDER, order.content.order_id, email, now)
    for email in sorted(addresses):
        tx.history.mark(shop.id, CONTACT, email, email, now)


def touch(tx: StateTransaction, shop: Shop, news: News) -> None:
    """After a live batch. What it tells is told live; what an import has on its way would arrive after it and be
    older, so that is told again. An order from before the activation has no live messages, nor has its buyer for it:
    their counters change all the same."""
    addresses, buyers = set(_addresses(tx, shop, news)), set[str]()
    for order in _orders(tx, shop, news):
        content = order.content
        placed_at = order.accepted_at or content.created_at
        is_before = shop.activated_at is not None and placed_at < shop.activated_at
        tx.history.touch_order(shop.id, content.order_id, is_only_history=is_before)
        theirs = {content.email, *accounts_of(tx, shop, order)} - {""}
        (buyers if is_before else addresses).update(theirs)
    for email in sorted(addresses | buyers):
        tx.history.touch_contact(shop.id, email, is_only_history=email in buyers)


def _addresses(tx: StateTransaction, shop: Shop, news: News) -> Iterator[str]:
    yield from news.addresses
    for customer_id, *_ in news.customers:  # tags name the customer only
        found = tx.customers.find(shop.id, customer_id)
        if found is not None and found[0].content.email:
            yield found[0].content.email


def _orders(tx: StateTransaction, shop: Shop, news: News) -> Iterator[Order]:
    for number in sorted(news.orders):
        order = tx.orders.find(shop.id, number)
        if order is not None:
            yield order
