"""Whose sums an order is part of, besides its own address's: the account it was made with, which may have another
address, and whoever was its buyer until staff wrote down somebody else."""

from __future__ import annotations

from collections.abc import Iterator

from collector.domain.history import CONTACT
from collector.domain.orders import Order
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction


def account_of(tx: StateTransaction, shop: Shop, order: Order) -> str:
    """The address of the account that the order names now; "": it names none, or one of staff."""
    number = order.content.customer_id
    found = tx.customers.find(shop.id, number) if number else None
    return "" if found is None or found[0].content.is_staff else found[0].content.email


def accounts_of(tx: StateTransaction, shop: Shop, order: Order) -> Iterator[str]:
    """Other addresses with an account that the order names, or named before."""
    for node in tx.orders.nodes_of(shop.id, order.content.order_id):
        found = tx.customers.find(shop.id, node.value) if node.kind == "customer" else None
        if found is None or found[0].content.is_staff:
            continue
        email = found[0].content.email
        if email and email != order.content.email:
            yield email


def former_buyers(tx: StateTransaction, shop: Shop, order: Order) -> Iterator[str]:
    """Other addresses the order named before and whose sums were told."""
    for node in tx.orders.nodes_of(shop.id, order.content.order_id):
        if node.kind != "email" or node.value == order.content.email:
            continue
        told = tx.contacts.of(shop.policy.account, node.value)
        is_told_live = any(one.shop_id == shop.id and one.content for one in told)
        if is_told_live or tx.history.told_hash(shop.id, CONTACT, node.value):
            yield node.value
