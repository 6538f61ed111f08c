"""Inbox rows as the doors would have kept them: beacons of the wire format, webhooks of both platforms.

Times are minutes after noon; a row arrives a second after what it tells, unless the test says otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from collector.domain.door import Lane, NewRow, RowKind
from collector.domain.timestamps import to_ms

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
ANA, BO = "visitor-ana", "visitor-bo-phone"


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def ms(minutes: float) -> int:
    return to_ms(at(minutes))


def gmt(minutes: float) -> str:
    return at(minutes).replace(microsecond=0, tzinfo=None).isoformat()


def iso(minutes: float) -> str:
    return at(minutes).replace(microsecond=0).isoformat()


def for_shop(shop_id: int, rows: Iterable[NewRow]) -> list[NewRow]:
    return [replace(row, shop_id=shop_id) for row in rows]


# The browser.


def event(minutes: float, type_: str, number: str = "", **said: Any) -> dict[str, Any]:
    return {"id": f"event-{type_}-{minutes}-{number}".replace(".", "-"), "type": type_, "at": ms(minutes), **said}


def cart(minutes: float, *names: str, token: str = "", number: str = "") -> dict[str, Any]:
    items = [{"id": name, "quantity": 1, "price": "5.00", "line_total": "5.00"} for name in names]
    content = {"items": items, "currency": "EUR", "total": f"{5 * len(names)}.00"}
    return event(minutes, "cart_updated", number, cart=content | ({"token": token} if token else {}))


def typed(minutes: float, email: str, opt_in: bool = False) -> dict[str, Any]:
    number = email.partition("@")[0]
    return event(minutes, "contact_submitted", number, email=email, marketing_opt_in=opt_in)


def beacon(
    minutes: float,
    visitor: str,
    *events: dict[str, Any],
    identity: dict[str, Any] | None = None,
    is_signed: bool = False,
    clock_ahead_ms: int = 0,
    **changes: Any,
) -> NewRow:
    """What a browser sent at `minutes`; `clock_ahead_ms`: by how much its clock is wrong."""
    said = {
        "v": 1,
        "visitor_id": visitor,
        "sent_at": ms(minutes) + clock_ahead_ms,
        "consent": "granted",
        "page": {"url": "https://shop.example/p/mug?utm_source=mail", "locale": "de-AT"},
        "events": [one | {"at": one["at"] + clock_ahead_ms} for one in events],
        **changes,
    }
    facts = {"ua": CHROME}
    if identity is not None:
        said["identity"] = identity
        facts["identity"] = "signed" if is_signed else "claimed"
    return NewRow(1, Lane.LIVE, RowKind.BEACON, at(minutes), json.dumps(said).encode(), facts=facts)


def denial(minutes: float, visitor: str) -> NewRow:
    return NewRow(1, Lane.LIVE, RowKind.DENIAL, at(minutes), json.dumps({"visitor_id": visitor}).encode())


# The platforms.


def webhook(minutes: float, topic: str, body: dict[str, Any] | bytes, delivery: str = "", **facts: Any) -> NewRow:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    arrived_at = at(minutes) + timedelta(seconds=1)
    return NewRow(1, Lane.LIVE, RowKind.WEBHOOK, arrived_at, raw, topic, delivery or f"{topic}-{minutes}", facts)


def woo_order(minutes: float, status: str, *names: str, number: int = 7, **changes: Any) -> NewRow:
    """An order of WooCommerce made at noon, as it was at `minutes`. `meta`: order meta by key."""
    delivery = changes.pop("delivery", "")
    meta = changes.pop("meta", {})
    paid = status in ("processing", "completed", "refunded")
    body = {
        "id": number,
        "number": str(number),
        "status": status,
        "currency": "EUR",
        "total": f"{5 * len(names)}.00",
        "created_via": "checkout",
        "date_created_gmt": gmt(0),
        "date_modified_gmt": gmt(minutes),
        "date_paid_gmt": gmt(2) if paid else None,
        "date_completed_gmt": gmt(minutes) if status == "completed" else None,
        "customer_id": 0,
        "payment_method": "stripe",
        "billing": {"email": "ana@shop.example", "country": "AT", "phone": "+43 1 5337010"},
        "line_items": [
            {"product_id": name, "quantity": 1, "subtotal": "5.00", "total": "5.00"} for name in map(woo_id, names)
        ],
        "meta_data": [{"id": place, "key": key, "value": value} for place, (key, value) in enumerate(meta.items())],
        "refunds": [],
        **changes,
    }
    return webhook(minutes, "order.created" if minutes == 0 else "order.updated", body, delivery)


def woo_id(name: str) -> int:
    """Products of WooCommerce have numbers; the browser's builders use them as text."""
    return int(name)


def woo_customer(minutes: float, number: int = 1, topic: str = "customer.updated", **changes: Any) -> NewRow:
    body = {
        "id": number,
        "email": "ana@shop.example",
        "first_name": "Ana",
        "role": "customer",
        "date_created_gmt": gmt(-600),
        "date_modified_gmt": gmt(minutes),
        "billing": {},
        "shipping": {},
        **changes,
    }
    return webhook(minutes, topic, body)


def shopify_order(minutes: float, financial_status: str, *names: str, number: int = 7, **changes: Any) -> NewRow:
    delivery = changes.pop("delivery", "")
    body = {
        "id": number,
        "created_at": iso(0),
        "updated_at": iso(minutes),
        "financial_status": financial_status,
        "source_name": "web",
        "currency": "EUR",
        "total_price": f"{5 * len(names)}.00",
        "email": "ana@shop.example",
        "cart_token": "token-1",
        "checkout_token": "checkout-1",
        "line_items": [{"product_id": int(name), "quantity": 1, "price": "5.00"} for name in names],
        "refunds": [],
        **changes,
    }
    return webhook(minutes, "orders/create" if minutes == 0 else "orders/updated", body, delivery)


def shopify_cart(minutes: float, *names: str, token: str = "token-1", visitor: str = "") -> NewRow:
    lines = [{"product_id": int(name), "quantity": 1, "price": "5.00", "line_price": "5.00"} for name in names]
    attributes = {"tajo_id": visitor} if visitor else {}
    body = {"token": token, "updated_at": iso(minutes), "line_items": lines, "attributes": attributes}
    return webhook(minutes, "carts/update", body)


def shopify_checkout(minutes: float, *names: str, **changes: Any) -> NewRow:
    body = {
        "token": "checkout-1",
        "cart_token": "token-1",
        "created_at": iso(-5),
        "updated_at": iso(minutes),
        "currency": "EUR",
        "presentment_currency": "EUR",
        "line_items": [{"product_id": int(name), "quantity": 1, "price": "5.00"} for name in names],
        "abandoned_checkout_url": "https://shop.example/recover/checkout-1",
        **changes,
    }
    return webhook(minutes, "checkouts/update", body)


def shopify_customer(minutes: float, number: int = 1, topic: str = "customers/update", **changes: Any) -> NewRow:
    body = {
        "id": number,
        "email": "ana@shop.example",
        "first_name": "Ana",
        "created_at": iso(-600),
        "updated_at": iso(minutes),
        **changes,
    }
    return webhook(minutes, topic, body)
