"""Which webhooks a shop's settings need. Pure.

Customers and orders are always followed: carts end by orders whatever is forwarded. Products and coupons are followed
unless the merchant listed the topics to be told (`webhooks:`) and left out all of theirs.
"""

from __future__ import annotations

from collections.abc import Collection

from collector.domain.shop import Policy

# WooCommerce knows created, updated, deleted and restored of each; customers are never restored.
NEEDED = {
    "customer": ("customer.created", "customer.updated", "customer.deleted"),
    "order": ("order.created", "order.updated", "order.deleted", "order.restored"),
    "product": ("product.created", "product.updated", "product.deleted", "product.restored"),
    "coupon": ("coupon.created", "coupon.updated", "coupon.deleted", "coupon.restored"),
}
ALWAYS = ("customer", "order")
# Topics merchants ask for that WooCommerce does not have: both stand in the body of order.updated.
DERIVED = {"order.completed": "order.updated", "order.refunded": "order.updated"}


def wanted(policy: Policy) -> tuple[str, ...]:
    """The topics to be registered."""
    return tuple(
        topic
        for resource, topics in NEEDED.items()
        if resource in ALWAYS or is_followed(resource, policy.told_topics)
        for topic in topics
    )


def is_followed(resource: str, listed: Collection[str]) -> bool:
    return not listed or any(DERIVED.get(topic, topic).startswith(f"{resource}.") for topic in listed)
