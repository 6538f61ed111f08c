"""Reading page by page uses what the shop grants, and is not turned away for it. On a clock only waiting moves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import requests

from collector.domain.syncing import ORDERS
from collector.sources.shopify.changes import ShopifyChanges
from collector.sources.shopify.graphql import ShopifyApi
from collector.sources.shopify.pace import Pace
from collector.sources.shopify.tokens import Tokens
from tests.shopify_shop.asking import NOON, virtual
from tests.shopify_shop.bucket import PLANS
from tests.shopify_shop.server import ShopifyShop, recent, shop_open
from tests.sources.shopify.api_bench import Kept, shop

LEAST_USED = 0.9


def read_all(opened: ShopifyShop, resource: str) -> int:
    """Everything that changed, as the incremental sync and the reconciliation read it. How many records."""
    clock = virtual()
    opened.clock = opened.bucket.clock = opened.access.clock = opened.shop.clock = clock
    http, kept = requests.Session(), Kept()
    client = ShopifyApi(
        http,
        shop({"access_token": opened.access.permanent()}),
        Tokens(http, kept, kept, clock=clock.now, sleep=clock.sleep),
        clock=clock.now,
        sleep=clock.sleep,
        base_url=opened.url,
        pace=Pace(),
    )
    changes, asked = ShopifyChanges(lambda _: client, clock.now), shop()
    after, read, is_more = "", 0, True
    while is_more:
        page = changes.changed(asked, resource, NOON - timedelta(days=60), NOON, after)
        assert not page.wait_s
        left = [one.id for one in page.records]
        while left:
            fetched = changes.fetch(asked, resource, left)
            assert not fetched.wait_s
            read, left = read + len(fetched.records), list(fetched.left)
        after = page.after
        is_more = bool(after)
    return read


@pytest.mark.parametrize("plan", ["standard"])
def test_paged_reads_use_what_is_granted(tmp_path: Path, plan: str) -> None:
    with shop_open(recent(virtual(), customers=200, orders=220, products=6), tmp_path) as opened:
        opened.bucket.size, opened.bucket.restore_rate = PLANS[plan]
        opened.bucket.points = opened.bucket.granted = 1000.0  # somebody else has just been served
        assert read_all(opened, ORDERS) == 220
        opened.bucket.status()
        assert opened.bucket.throttled == 0
        assert opened.bucket.spent >= LEAST_USED * opened.bucket.granted, opened.bucket
        opened.check()
