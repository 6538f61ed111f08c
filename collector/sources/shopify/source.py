"""Shopify as the pipeline sees it (ports.Source)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from collector.domain.door import InboxRow, WebhookRequest
from collector.domain.events import Fact
from collector.domain.ports import Addresses, Currencies
from collector.domain.privacy import PrivacyRequest
from collector.domain.shop import Shop
from collector.sources.shopify import address, fields, parse, privacy, signed_query, verify


class ShopifySource:
    """Holds the standards it reads by, no state."""

    name = "shopify"

    def __init__(self, currencies: Currencies, addresses: Addresses) -> None:
        self._currencies = currencies
        self._addresses = addresses

    def normalise_address(self, text: str) -> tuple[str, str]:
        return address.normalise_address(text)

    def is_ping(self, request: WebhookRequest) -> bool:
        """Shopify signs everything it sends."""
        return False

    def proposed_address(self, headers: Mapping[str, str]) -> str | None:
        return verify.proposed_address(headers)

    def named_address(self, body: bytes) -> str | None:
        return verify.named_address(body)

    def verify(self, request: WebhookRequest, secrets: Sequence[str]) -> None:
        verify.verify(request, secrets)

    def describe(self, request: WebhookRequest) -> tuple[str, str, dict[str, Any]]:
        return verify.describe(request)

    def proxied_shop(self, query: str) -> str | None:
        return signed_query.proposed_shop(query)

    def proxied_customer(self, query: str, secrets: Sequence[str], now: datetime) -> str:
        """`logged_in_customer_id` of a request that came through the shop's own domain. Raises InvalidSignature."""
        return fields.identifier(signed_query.of_proxy(query, secrets, now).get("logged_in_customer_id"))

    def privacy_request(self, request: WebhookRequest, now: datetime) -> PrivacyRequest | None:
        """domain.privacy.PrivacySource."""
        return privacy.request_in(request, self._addresses, now)

    def parse(self, row: InboxRow, shop: Shop) -> list[Fact]:
        return parse.parse(row, shop, self._currencies, self._addresses)
