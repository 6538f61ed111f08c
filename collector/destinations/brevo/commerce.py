"""Orders: what is sent to POST /orders/status. Amounts in major units, prices per unit.

The single call always counts as live at Brevo and may start automations: imports must not use it.
The same id again is an update, so sending twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collector.destinations.brevo.client import Exchange
from collector.destinations.brevo.limits import ORDERS
from collector.destinations.brevo.values import text, value
from collector.domain.messages import OrderMessage
from collector.domain.timestamps import to_text

BILLING = {
    "address": "address",
    "city": "city",
    "country": "country",
    "country_code": "countryCode",
    "payment_method": "paymentMethod",
    "phone": "phone",
    "postcode": "postCode",
    "region": "region",
}


def send(exchange: Exchange, message: OrderMessage) -> None:
    """Raises DeliveryFailed, OutcomeUnknown."""
    answer = exchange.post(ORDERS, "/orders/status", body(message))
    if not answer.is_good:
        raise exchange.failed(answer, ORDERS)


def body(message: OrderMessage) -> dict[str, Any]:
    needed: dict[str, Any] = {
        "id": text(message.order_id),
        "createdAt": to_text(message.created_at),
        "updatedAt": to_text(message.updated_at),
        "status": text(message.status),
        "amount": value(message.amount) or 0,
        "products": [product(one) for one in message.products if one.get("product_id")],
        "identifiers": {"email_id": text(message.email)},
    }
    known: dict[str, Any] = {
        "storeId": text(message.shop),
        "coupons": [text(one) for one in message.coupons if one],
        "billing": {
            theirs: text(message.billing[ours]) for ours, theirs in BILLING.items() if message.billing.get(ours)
        },
        "metaInfo": {"currency": text(message.currency)} if message.currency else {},
    }
    return needed | {name: one for name, one in known.items() if one}


def product(line: Mapping[str, Any]) -> dict[str, Any]:
    """One line; a quantity is whole or, sold by weight, a fraction. A price nobody knows is 0."""
    quantity = value(line.get("quantity", 1))
    made: dict[str, Any] = {"productId": text(str(line["product_id"])), "price": value(line.get("price")) or 0}
    if isinstance(quantity, float) and not quantity.is_integer():
        made["quantityFloat"] = quantity
    else:
        made["quantity"] = int(quantity if quantity is not None else 1)
    if line.get("variant_id"):
        made["variantId"] = text(str(line["variant_id"]))
    return made
