"""Which webhooks a shop's settings need. Pure.

Customers and orders are always followed: carts end by orders whatever is forwarded. Products and coupons are followed
unless the merchant listed the topics to be told (`webhooks:`) and left out all of theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from collector.domain.shop import Policy

# WooCommerce knows created, updated, deleted and restored of each; customers are never restored.
NEEDED = {
    "customer": ("customer.created", "customer.updated", "customer.deleted"),
    "order": ("order.created", "order.updated", "order.deleted", "order.restored"),
    "product": ("product.created", "product.updated", "product.deleted", "product.restored"),
    "coupon": ("coupon.created", "coupon.updated", "coupon.deleted", "coupon.restored"),
}
# Of WooCommerce 10.8 and later; others refuse it, and do without.
NEWER = {"product": ("product.published",)}
ALWAYS = ("customer", "order")
# Topics merchants ask for that WooCommerce does not have: both stand in the body of order.updated.
DERIVED = {"order.completed": "order.updated", "order.refunded": "order.updated"}


def wanted(policy: Policy) -> tuple[str, ...]:
    """The topics to be registered."""
    return _followed(NEEDED, policy)


def wanted_where_known(policy: Policy) -> tuple[str, ...]:
    """Those to be registered besides, where the shop knows them."""
    return _followed(NEWER, policy)


def _followed(all_topics: Mapping[str, tuple[str, ...]], policy: Policy) -> tuple[str, ...]:
    return tuple(
        topic
        for resource, topics in all_topics.items()
        if resource in ALWAYS or is_followed(resource, policy.told_topics)
        for topic in topics
    )


def is_followed(resource: str, listed: Collection[str]) -> bool:
    return not listed or any(DERIVED.get(topic, topic).startswith(f"{resource}.") for topic in listed)
