"""Shopify as the pipeline sees it (ports.Source)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from collector.domain.door import InboxRow, WebhookRequest
from collector.domain.events import Fact
from collector.domain.ports import Addresses, Currencies
from collector.domain.shop import Shop
from collector.sources.shopify import address, parse, verify


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

    def parse(self, row: InboxRow, shop: Shop) -> list[Fact]:
        return parse.parse(row, shop, self._currencies, self._addresses)
