"""Shopify's three compulsory webhooks about personal data. They come for the app as a whole, not for one shop.

The topic's header is not signed, so the body has the last word: an old, rightly signed body under another topic's
name is not understood, and erases nothing. Source: shopify.dev, "Privacy law compliance" (read 2026-11-21).
"""

from __future__ import annotations

from datetime import datetime

from collector.domain.door import WebhookRequest
from collector.domain.errors import Unparseable
from collector.domain.ports import Addresses
from collector.domain.privacy import Asked, PrivacyRequest, Subject
from collector.sources.shopify import fields
from collector.sources.shopify.address import valid_address
from collector.sources.shopify.fields import Json
from collector.sources.shopify.verify import describe

TOPICS = {
    "customers/data_request": Asked.DATA,
    "customers/redact": Asked.CUSTOMER,
    "shop/redact": Asked.SHOP,
}
MOST_ORDERS = 10_000
LONGEST_SAID = 4000


def request_in(request: WebhookRequest, addresses: Addresses, now: datetime) -> PrivacyRequest | None:
    """What this webhook asks, None for other topics. Never raises; what is not understood is UNCLEAR."""
    topic, delivery_id, facts = describe(request)
    asked = TOPICS.get(topic)
    if asked is None:
        return None
    address = valid_address(facts["shop_domain"].strip()) or ""
    asked_at = min(fields.read_time(facts["triggered_at"]) or now, now)
    try:
        body = fields.read_object(request.body)
    except Unparseable:
        body = {}
    address = valid_address(body.get("shop_domain")) or address
    number = fields.identifier(fields.mapping(body.get("data_request")).get("id"))
    key = f"{topic}:{number or delivery_id}"
    if _is_about(body) is not asked or not address:
        said = request.body[:LONGEST_SAID].decode("utf-8", "replace").replace("\0", "")
        return PrivacyRequest("shopify", address, Asked.UNCLEAR, key, asked_at, Subject(said=said))
    return PrivacyRequest("shopify", address, asked, key, asked_at, _subject(body, addresses))


def _is_about(body: Json) -> Asked | None:
    """What the body itself is. Only a customer's redaction speaks of orders to redact, only a shop's of nobody."""
    if not body.get("shop_domain"):
        return None
    if "data_request" in body or "orders_requested" in body:
        return Asked.DATA
    if "orders_to_redact" in body:
        return Asked.CUSTOMER
    if "customer" in body:
        return None
    return Asked.SHOP


def _subject(body: Json, addresses: Addresses) -> Subject:
    customer = fields.mapping(body.get("customer"))
    orders = body.get("orders_to_redact") or body.get("orders_requested") or []
    listed = orders if isinstance(orders, list) else []
    ids = (fields.identifier(one.get("id") if isinstance(one, dict) else one) for one in listed[:MOST_ORDERS])
    return Subject(
        customer_id=fields.identifier(customer.get("id")),
        email=addresses.email(fields.text(customer.get("email"), limit=400)) or "",
        phone=addresses.phone(fields.text(customer.get("phone"), limit=100), "") or "",
        order_ids=tuple(dict.fromkeys(one for one in ids if one)),
    )
