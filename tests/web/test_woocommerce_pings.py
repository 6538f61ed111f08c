"""WooCommerce's hello, as it was recorded: exactly 200, or it is sent again with every later delivery."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collector.domain.shop import Shop
from collector.web.app import create_app
from tests.sources.woocommerce.standins import SOURCE
from tests.web.door_app import SHOP, Inbox, services

PAYLOADS = Path(__file__).parents[1] / "sources" / "woocommerce" / "payloads"
PING = (PAYLOADS / "ping.1.body").read_bytes()
HEADERS = dict(json.loads((PAYLOADS / "ping.1.headers.json").read_bytes())["headers"])
BY_CLIENT = {"Host", "Content-Length", "Connection", "Accept-Encoding"}
WOO = replace(SHOP, platform="woocommerce")


class OneShop:
    """A directory that knows one shop, however it is asked."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def by_site_key(self, site_key: str) -> Shop | None:
        return self._shop

    def by_hook_key(self, platform: str, hook_key: str) -> Shop | None:
        return self._shop

    def by_address(self, platform: str, address: str) -> Shop | None:
        return self._shop


@pytest.mark.parametrize(
    ("why", "path", "shop", "changes"),
    [
        ("to its own address", "/webhooks/woocommerce/hook-key", WOO, {}),
        ("to the address of the documents, naming no shop", "/webhooks/woocommerce", WOO, {}),
        ("of a shop that is switched off", "/webhooks/woocommerce/hook-key", replace(WOO, is_enabled=False), {}),
        ("while rows cannot be stored", "/webhooks/woocommerce/hook-key", WOO, {"is_full": True}),
    ],
)
def test_a_ping_is_answered_with_exactly_200_and_not_kept(
    why: str, path: str, shop: Shop, changes: dict[str, Any]
) -> None:
    inbox = Inbox(**changes)
    client = create_app(services(inbox, shops=OneShop(shop), sources={"woocommerce": SOURCE})).test_client()
    headers = {name: value for name, value in HEADERS.items() if name not in BY_CLIENT}
    answer = client.post(path, data=PING, headers=headers)
    assert (answer.status_code, answer.data) == (200, b"OK"), why
    assert [reason for *_, reason in inbox.counted] == ["ping"]
    assert inbox.rows == []
