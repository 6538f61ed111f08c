"""Asking the shop as a client does, for the tests of the shop itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests

from tests.shopify_shop.naming import Json
from tests.shopify_shop.server import ShopifyShop
from tests.stand_ins.clock import Virtual

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def virtual() -> Virtual:
    return Virtual(NOON)


@dataclass
class Client:
    shop: ShopifyShop
    token: str = ""
    version: str = "2026-07"

    def __post_init__(self) -> None:
        self.token = self.token or self.shop.access.permanent()

    def post(self, query: str, /, **variables: Any) -> requests.Response:
        return requests.post(
            f"{self.shop.url}/admin/api/{self.version}/graphql.json",
            json={"query": query, "variables": variables},
            headers={"X-Shopify-Access-Token": self.token},
            timeout=30,
        )

    def ask(self, query: str, /, **variables: Any) -> Json:
        """The whole answer."""
        found: Json = self.post(query, **variables).json()
        return found

    def data(self, query: str, /, **variables: Any) -> Json:
        answer = self.ask(query, **variables)
        assert "errors" not in answer, answer["errors"]
        data: Json = answer["data"]
        return data

    def buy(self, **asked: str) -> requests.Response:
        """A token."""
        app = {"client_id": self.shop.access.client_id, "client_secret": self.shop.access.client_secret}
        return requests.post(f"{self.shop.url}/admin/oauth/access_token", json={**app, **asked}, timeout=30)
