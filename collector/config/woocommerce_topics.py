"""What `webhooks:` of a WooCommerce shop may name: a topic, and an event it becomes.

`order.completed` and `order.refunded` are no topics of WooCommerce's: what they would say stands in `order.updated`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# The first of each is the documents'.
EVENTS: Mapping[str, Sequence[str]] = {
    "customer.created": ("customer_created",),
    "customer.updated": ("customer_updated",),
    "order.created": ("order_placed", "order_completed"),
    "order.updated": (
        "order_updated",
        "order_placed",  # once it is paid
        "order_completed",
        "order_fulfilled",
        "order_cancelled",
        "order_refunded",
    ),
    "order.restored": ("order_updated",),
    "order.completed": ("order_fulfilled",),
    "order.refunded": ("order_refunded",),
    "coupon.created": ("coupon_created",),
    "product.created": ("product_added",),
    "product.updated": ("product_updated",),
    "product.restored": ("product_updated",),
    "product.published": ("product_updated",),
}
# Records change by these, and nobody is told an event.
SILENT = (
    "customer.deleted",
    "order.deleted",
    "coupon.updated",
    "coupon.deleted",
    "coupon.restored",
    "product.deleted",
)


def why_no_topic(topic: str) -> str:
    if topic in SILENT:
        beside = f"{topic.partition('.')[0]}.created"
        return f"{topic} becomes no event. Leave it out: it is followed wherever {beside} is"
    return f"allowed: {', '.join(EVENTS)}"


def why_no_event(topic: str, event: str) -> str:
    """What the topic becomes, and what to do for the event that was meant."""
    known = EVENTS[topic]
    becomes = f"{topic} becomes {' or '.join(known)}"
    if topics := [one for one, events in EVENTS.items() if event in events]:
        return f"{becomes}; {event} comes of {' or '.join(topics)}"
    return f"{becomes}. What Brevo shall call it is set by event_names of brevo, such as {{{known[0]}: bought}}"
