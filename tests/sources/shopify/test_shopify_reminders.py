"""Rule 3 at a Shopify shop: no reminder without a look at the shop's own records, which no webhook told us of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from collector.domain.shop import Secrets
from collector.pipeline.evaluate import evaluate_some
from collector.sources.shopify.graphql import ShopifyApi
from collector.sources.shopify.tokens import Tokens
from collector.sources.shopify.truth import ShopifyTruth
from tests.pipeline.row_builders import NOON, at, shopify_cart, shopify_checkout
from tests.pipeline.telling_bench import LIVE_SHOPIFY, TellingBench, telling_bench
from tests.shopify_shop.numbers import PRODUCT_IDS
from tests.shopify_shop.server import ShopifyShop, recent, shop_open
from tests.sources.shopify.api_bench import Kept
from tests.stand_ins.clock import Virtual

ANAS = "ana@shop.example"
TEA, POT = str(PRODUCT_IDS + 1), str(PRODUCT_IDS + 2)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("reminders")) as found:
        yield found


@pytest.fixture
def at_the_shop(tmp_path: Path) -> Iterator[ShopifyShop]:
    clock = Virtual(NOON)
    with shop_open(recent(clock, products=4), tmp_path, clock) as found:
        for number in (1, 2):
            found.life.change_product(PRODUCT_IDS + number, status="ACTIVE")
        yield found
        found.check()


def bought_elsewhere(shop: ShopifyShop) -> None:
    """On another device, through a checkout of which nothing was heard."""
    shop.life.order_placed(email=ANAS)


def bought_with_another_address(shop: ShopifyShop) -> None:
    shop.life.order_placed(email="anas-work@shop.example", cartToken="token-1")


def put_away(shop: ShopifyShop) -> None:
    for number in (1, 2):
        shop.life.change_product(PRODUCT_IDS + number, status="ARCHIVED")


def no_longer_pays(shop: ShopifyShop) -> None:
    shop.trouble = "frozen"


def tried_out(shop: ShopifyShop) -> None:
    shop.life.order_placed(email=ANAS, test=True)


def somebody_else_bought(shop: ShopifyShop) -> None:
    shop.life.order_placed(email="bo@shop.example")


@pytest.mark.parametrize(
    ("happens", "decision", "note"),
    [
        (bought_elsewhere, "drop ordered_elsewhere", "checked"),
        (bought_with_another_address, "drop ordered_elsewhere", "checked"),
        (put_away, "drop nothing_available", "checked"),
        (no_longer_pays, "hold shop_unreachable", "unreachable"),
        (tried_out, "remind due", "checked"),
        (somebody_else_bought, "remind due", "checked"),
    ],
)
def test_what_the_shop_says_decides(
    files: TellingBench,
    at_the_shop: ShopifyShop,
    happens: Callable[[ShopifyShop], None],
    decision: str,
    note: str,
) -> None:
    keys = Secrets(credentials={"access_token": at_the_shop.access.permanent()})
    shop = replace(LIVE_SHOPIFY, secrets=keys, policy=replace(LIVE_SHOPIFY.policy, api_url=at_the_shop.url))
    files.begin(shop)
    opened = shopify_checkout(-5, TEA, POT, email=ANAS, buyer_accepts_marketing=True)
    files.happen(shopify_cart(-10, TEA, POT), opened)
    clock, kept = at_the_shop.clock, Kept()
    assert isinstance(clock, Virtual)
    happens(at_the_shop)
    clock.advance(25 * 60)
    with requests.Session() as http:
        tokens = Tokens(http, kept, kept, clock=clock.now, sleep=clock.sleep)
        truth = ShopifyTruth(
            lambda of: ShopifyApi(http, of, tokens, clock=clock.now, sleep=clock.sleep, patience_s=10.0)
        )
        services = replace(files.evaluation, truth={"shopify": truth})
        assert evaluate_some(services, shop, at(25)) == 1
    query = "select outcome || ' ' || reason, truth from decisions"
    assert files.files.connection.execute(query).fetchall() == [(decision, note)]
    assert ("cart_abandoned" in " ".join(files.told())) == decision.startswith("remind")
