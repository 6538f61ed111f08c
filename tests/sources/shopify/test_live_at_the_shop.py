"""Webhooks kept and records read again at a shop that answers from Shopify's own schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from collector.domain.catalogue import LevelSeen
from collector.domain.rereading import INVENTORY
from collector.domain.shop import Secrets, Shop
from collector.domain.stock import StockRules
from collector.domain.syncing import CUSTOMERS
from collector.sources.shopify.rereading import ShopifyRecords
from collector.sources.shopify.topics import OPTIONAL, plan
from collector.sources.shopify.webhooks import ShopifyWebhooks
from tests.shopify_shop.numbers import CUSTOMER_IDS, PRODUCT_IDS
from tests.shopify_shop.products import item_id, variant_id
from tests.shopify_shop.server import shop_open
from tests.sources.shopify.api_bench import Kept
from tests.sources.shopify.shopify_rows import facts_of
from tests.sources.shopify.test_shopify_at_the_shop import BORN, NOON, Client
from tests.stand_ins.clock import Virtual

ADDRESS = "https://collect.example/webhooks/shopify/key"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    clock = Virtual(NOON)
    with shop_open(BORN, tmp_path, clock) as at, requests.Session() as http:
        yield Client(at, clock, http, Kept())
        at.check()


def shop_of(client: Client) -> Shop:
    plain = client.shop()
    policy = replace(plain.policy, stock=StockRules(is_followed=True), mapping={"loyalty_tier": "TIER"})
    return replace(plain, policy=policy, secrets=Secrets(hook_key="key", credentials=plain.secrets.credentials))


def test_webhooks_are_made_kept_and_made_again(client: Client) -> None:
    webhooks, shop = ShopifyWebhooks(client.api), shop_of(client)
    kept = webhooks.keep(shop, ADDRESS)
    granted = client.at.access.scopes
    assert client.at.subscriptions.topics() == set(kept.topics) == set(kept.made)
    assert len(plan(shop.policy, granted).wanted) == len(kept.topics)
    assert not kept.problems
    assert all(any(scope in note for scope in OPTIONAL) for note in kept.notes)
    assert not webhooks.unfit(shop, ADDRESS)
    lost = client.at.subscriptions.of("ORDERS_CREATE")[0]
    del client.at.subscriptions.all[lost.id]
    assert webhooks.unfit(shop, ADDRESS).by_us == ("Not registered: orders/create.",)
    assert webhooks.keep(shop, ADDRESS).made == ("orders/create",)


def test_another_public_address_moves_them(client: Client) -> None:
    webhooks, shop = ShopifyWebhooks(client.api), shop_of(client)
    first = webhooks.keep(shop, ADDRESS)
    moved = webhooks.keep(shop, "https://new.example/webhooks/shopify/key")
    assert set(moved.mended) == set(first.made)
    assert {one.uri for one in client.at.subscriptions.all.values()} == {"https://new.example/webhooks/shopify/key"}


def test_customers_are_read_again_with_what_webhooks_leave_out(client: Client) -> None:
    numbers = [str(CUSTOMER_IDS + place) for place in range(1, 4)]
    fetched = ShopifyRecords(client.api, client.clock.now).fetch(shop_of(client), CUSTOMERS, [*numbers, "1"])
    assert len(fetched.records) == 3
    assert not fetched.left
    for record in fetched.records:
        kinds = {type(fact).__name__ for fact in facts_of(record.topic, record.body, shop_of(client), **record.facts)}
        assert "CustomerSeen" in kinds
        assert "ReadAgain" not in kinds


def test_stock_is_counted_over_all_places(client: Client) -> None:
    shop = shop_of(client)
    items = [str(item_id(variant_id(PRODUCT_IDS + place, 1))) for place in range(1, 4)]
    fetched = ShopifyRecords(client.api, client.clock.now).fetch(shop, INVENTORY, items)
    assert len(fetched.records) + len(fetched.left) == len(items)
    for record in fetched.records:
        levels = [fact for fact in facts_of(record.topic, record.body, shop) if isinstance(fact, LevelSeen)]
        (whole,) = [level for level in levels if level.location_id == ""]
        assert whole.available == sum(level.available for level in levels if level.location_id)
        assert json.loads(record.body)["id"].endswith(f"/{whole.item_id}")
