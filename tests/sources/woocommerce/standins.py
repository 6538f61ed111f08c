"""What the source is given from outside, made plainly from the libraries; and the recorded deliveries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import phonenumbers
from babel.core import get_global
from email_validator import EmailNotValidError, validate_email

from collector.domain.door import InboxRow, Lane, RowKind, WebhookRequest
from collector.domain.events import Fact
from collector.domain.shop import Shop
from collector.sources.woocommerce.source import WooCommerceSource

HERE = Path(__file__).parent
PAYLOADS = HERE / "payloads"
REST = HERE / "rest"
SECRET = "whsec-heldout-woo-2026"
ARRIVED = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
SHOP = Shop(1, "woocommerce", "127.0.0.1:8081", "http://127.0.0.1:8081", "site", currency="EUR")


class Currencies:
    def exponent(self, code: str) -> int:
        return int(get_global("currency_fractions").get(code, (2,))[0])


class Addresses:
    def email(self, text: str) -> str | None:
        try:
            return validate_email(text, check_deliverability=False, test_environment=True).normalized.lower()
        except EmailNotValidError:
            return None

    def phone(self, text: str, country: str) -> str | None:
        try:
            number = phonenumbers.parse(text, country or None)
        except phonenumbers.NumberParseException:
            return None
        if not phonenumbers.is_possible_number(number):
            return None
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


SOURCE = WooCommerceSource(Currencies(), Addresses())
RECORDED = sorted(path.name.removesuffix(".body") for path in PAYLOADS.glob("*.body"))
SIGNED = [name for name in RECORDED if not name.startswith("ping")]


def delivery(name: str) -> WebhookRequest:
    """A recorded delivery as the door reads it."""
    recorded = json.loads((PAYLOADS / f"{name}.headers.json").read_text())
    headers = {key.lower(): value for key, value in recorded["headers"]}
    return WebhookRequest("woocommerce", "", headers, (PAYLOADS / f"{name}.body").read_bytes())


def sign(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def row(topic: str, body: object, arrived_at: datetime = ARRIVED) -> InboxRow:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return InboxRow(1, SHOP.id, Lane.LIVE, RowKind.WEBHOOK, arrived_at, topic, "d", {}, raw)


def recorded(name: str) -> dict[str, Any]:
    """The body of a recorded delivery, to be changed."""
    body: dict[str, Any] = json.loads((PAYLOADS / f"{name}.body").read_bytes())
    return body


def order(**changes: Any) -> dict[str, Any]:
    """A paid storefront order of a guest, 34.87 EUR: the recorded one, as if made at the checkout."""
    paid = "2026-11-21T16:50:59"
    return recorded("order.created.2") | {"created_via": "checkout", "date_paid_gmt": paid} | changes


def unpaid(**changes: Any) -> dict[str, Any]:
    """The same on its way to the payment page."""
    card = {"status": "pending", "date_paid_gmt": None, "payment_method": "stripe"}
    return order(**card) | changes


def parse(topic: str, body: object, currency: str = "EUR", arrived_at: datetime = ARRIVED) -> list[Fact]:
    return SOURCE.parse(row(topic, body, arrived_at), replace(SHOP, currency=currency))
