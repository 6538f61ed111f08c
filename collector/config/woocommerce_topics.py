"""What `webhooks:` of a WooCommerce shop may name.

`order.completed` and `order.refunded` are no topics of WooCommerce's: what they would say stands in `order.updated`.
"""

from __future__ import annotations

TOPICS = (
    "customer.created",
    "customer.updated",
    "customer.deleted",
    "order.created",
    "order.updated",
    "order.deleted",
    "order.restored",
    "order.completed",
    "order.refunded",
    "coupon.created",
    "coupon.updated",
    "coupon.deleted",
    "coupon.restored",
    "product.created",
    "product.updated",
    "product.deleted",
    "product.restored",
)
EVENTS = (
    "customer_created",
    "customer_updated",
    "customer_deleted",
    "order_placed",
    "order_completed",
    "order_updated",
    "order_fulfilled",
    "order_cancelled",
    "order_refunded",
    "coupon_created",
    "coupon_updated",
    "coupon_deleted",
    "product_added",
    "product_updated",
    "product_deleted",
)
