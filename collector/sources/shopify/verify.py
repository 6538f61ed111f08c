"""Did Shopify send this, what is it, and which shop does it speak of? Headers and raw bytes only.

Header names arrive in lower case. Source: shopify.dev, "Verify webhook deliveries" and
"Webhook delivery structure" (read 2026-11-21).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from collector.domain.door import WebhookRequest
from collector.domain.errors import InvalidSignature, Unparseable
from collector.domain.signatures import matches_base64
from collector.sources.shopify import fields
from collector.sources.shopify.address import valid_address


def verify(request: WebhookRequest, secrets: Sequence[str]) -> None:
    """Check X-Shopify-Hmac-Sha256, base64 of HMAC-SHA256 over the raw bytes with the app's client secret.

    For an hour after a rotation Shopify may still sign with the old secret, so any of them will do.
    Raises InvalidSignature, also for an empty body or no header.
    """
    given = request.headers.get("x-shopify-hmac-sha256", "")
    if not given:
        raise InvalidSignature("no X-Shopify-Hmac-Sha256 header")
    if not request.body:
        raise InvalidSignature("an empty body proves nothing")
    if not matches_base64(secrets, request.body, given):
        raise InvalidSignature("X-Shopify-Hmac-Sha256 does not fit the body and any of the shop's secrets")


def proposed_address(headers: Mapping[str, str]) -> str | None:
    """X-Shopify-Shop-Domain. Not covered by the signature."""
    return valid_address(headers.get("x-shopify-shop-domain", "").strip())


def named_address(body: bytes) -> str | None:
    """The shop a body names: `myshopify_domain` (app and shop topics), `shop_domain` (privacy topics)."""
    if b'"myshopify_domain"' not in body and b'"shop_domain"' not in body:
        return None  # most bodies: no need to read them here
    try:
        stated = fields.read_object(body)
    except Unparseable:
        return None
    return valid_address(stated.get("myshopify_domain")) or valid_address(stated.get("shop_domain"))


def describe(request: WebhookRequest) -> tuple[str, str, dict[str, Any]]:
    """(topic, delivery id, facts). One delivery is told from another by X-Shopify-Webhook-Id.

    X-Shopify-Event-Id is shared by all deliveries of one merchant action: kept, never used to dedupe.
    Should the id be missing, the body stands for it: the same body for the same topic says nothing new.
    """

    def header(name: str) -> str:
        return fields.text(request.headers.get(name), limit=200)

    facts: dict[str, Any] = {
        "api_version": header("x-shopify-api-version"),
        "triggered_at": header("x-shopify-triggered-at"),
        "event_id": header("x-shopify-event-id"),
        "shop_domain": header("x-shopify-shop-domain"),
        "test": header("x-shopify-test").lower() == "true",
    }
    delivery_id = header("x-shopify-webhook-id") or f"body:{hashlib.sha256(request.body).hexdigest()[:32]}"
    return header("x-shopify-topic").lower(), delivery_id, facts
