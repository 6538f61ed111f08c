"""Whose sums an order is part of, besides its own address's: the account it was made with, which may have another
address, and whoever was its buyer until staff wrote down somebody else."""

from __future__ import annotations

from collector.domain.history import CONTACT
from collector.domain.orders import Order
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction


def accounts_of(tx: StateTransaction, shop: Shop, order: Order) -> dict[str, bool]:
    """Other addresses with an account that the order names (True), or named before."""
    found: dict[str, bool] = {}
    for node in tx.orders.nodes_of(shop.id, order.content.order_id):
        known = tx.customers.find(shop.id, node.value) if node.kind == "customer" else None
        email = "" if known is None or known[0].content.is_staff else known[0].content.email
        if email and email != order.content.email:
            found[email] = found.get(email, False) or node.value == order.content.customer_id
    return found


def former_buyers(tx: StateTransaction, shop: Shop, order: Order) -> list[str]:
    """Other addresses the order named before and whose sums were told."""
    nodes = tx.orders.nodes_of(shop.id, order.content.order_id)
    others = (node.value for node in nodes if node.kind == "email" and node.value != order.content.email)
    return [email for email in others if _is_told(tx, shop, email)]


def _is_told(tx: StateTransaction, shop: Shop, email: str) -> bool:
    told = tx.contacts.of(shop.policy.account, email)
    return any(one.shop_id == shop.id and one.content for one in told) or bool(
        tx.history.told_hash(shop.id, CONTACT, email)
    )
