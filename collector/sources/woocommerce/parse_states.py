"""What WooCommerce's words for an order mean: its state, and where it came from. Pure, one table each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from collector.domain.events import OrderKind, OrderState
from collector.sources.woocommerce.parse_values import text

BIN = "trash"
DRAFT = "checkout-draft"  # the Blocks checkout makes one when the page opens
NOT_ORDERS = {"draft", "auto-draft"}  # an admin is still writing it
STATES = {
    "pending": OrderState.STARTED,
    "on-hold": OrderState.PROMISED,
    "processing": OrderState.PAID,  # also cash on delivery, which has no date_paid yet
    "completed": OrderState.PAID,
    "failed": OrderState.FAILED,
    "cancelled": OrderState.CANCELLED,
    BIN: OrderState.CANCELLED,  # if that is all we know of it
    "refunded": OrderState.REFUNDED,
}
ACCEPTED = {OrderState.PROMISED, OrderState.PAID}
OFFLINE = {"", "bacs", "cheque", "cod"}  # nothing to complete in the browser
UNPAID_AFTER = timedelta(minutes=50)


def status_of(body: Mapping[str, Any]) -> str:
    return text(body.get("status"), 100).lower().removeprefix("wc-")


def state_of(
    body: Mapping[str, Any],
    kind: OrderKind,
    age: timedelta,
    paid_at: datetime | None,
) -> OrderState:
    """`age` from its creation to this version, by the shop's clock.

    Plugins add statuses of their own: those are orders that stand, paid if a payment date says so.
    """
    status = status_of(body)
    if status == "cancelled" and paid_at is None and _timed_out(body, kind, age):
        return OrderState.FAILED
    return STATES.get(status) or (OrderState.PAID if paid_at else OrderState.PROMISED)


def _timed_out(body: Mapping[str, Any], kind: OrderKind, age: timedelta) -> bool:
    """Was it the unpaid-order timer? Then nobody decided against the order: its payment failed.

    "Hold stock" cancels orders that stay unpaid, after 60 minutes unless the merchant changed it. The body
    does not say who cancelled, so: a storefront order with an online payment that never completed (no
    payment date, no transaction) and was cancelled 50 minutes or more after it began. A shopper who
    cancels on the payment page does so sooner.
    """
    return (
        kind is OrderKind.STOREFRONT
        and age >= UNPAID_AFTER
        and text(body.get("payment_method")) not in OFFLINE
        and not text(body.get("transaction_id"))
    )


def kind_of(body: Mapping[str, Any], order_meta: Mapping[str, Any]) -> OrderKind:
    """By `created_via`; the subscriptions plugin also marks its renewals."""
    via = text(body.get("created_via"), 100).lower()
    if via == "subscription" or text(order_meta.get("_subscription_renewal")):
        return OrderKind.RENEWAL
    if via in ("checkout", "store-api"):
        return OrderKind.STOREFRONT
    return OrderKind.POS if via.startswith("pos") else OrderKind.OTHER
