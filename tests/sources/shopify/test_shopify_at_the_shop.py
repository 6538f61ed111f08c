"""Our client against a shop that answers from Shopify's own schema: connecting, tokens, the look, the truth, pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from collector.domain.errors import SourceUnavailable
from collector.domain.events import Item
from collector.domain.shop import Policy, Secrets, Shop
from collector.domain.truth import Question
from collector.sources.shopify.changes import ShopifyChanges
from collector.sources.shopify.diagnosis import ShopifyDiagnosis
from collector.sources.shopify.graphql import ScopeMissing, ShopifyApi
from collector.sources.shopify.install import ConnectedShopify, read_shop
from collector.sources.shopify.pace import Pace
from collector.sources.shopify.tokens import AuthoriseAgain, Tokens
from collector.sources.shopify.truth import ShopifyTruth
from tests.shopify_shop.numbers import PRODUCT_IDS, Numbers
from tests.shopify_shop.server import ShopifyShop, shop_open
from tests.sources.shopify.api_bench import Kept
from tests.stand_ins.clock import Virtual

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BORN = Numbers(began=NOON - timedelta(days=50), span=timedelta(days=40), customers=300, orders=20, products=4)


@dataclass
class Client:
    """Ours, on the shop's clock. `shop.check()` says whether the stand-in had an answer for everything."""

    at: ShopifyShop
    clock: Virtual
    http: requests.Session
    kept: Kept

    @property
    def tokens(self) -> Tokens:
        return Tokens(self.http, self.kept, self.kept, clock=self.clock.now, sleep=self.clock.sleep)

    def shop(self, **credentials: str) -> Shop:
        given = credentials or {"api_key": self.at.access.client_id, "api_secret": self.at.access.client_secret}
        policy, address = Policy(api_url=self.at.url), BORN.address
        return Shop(
            1, "shopify", address, f"https://{address}", "site", policy=policy, secrets=Secrets(credentials=given)
        )

    def api(self, shop: Shop | None = None) -> ShopifyApi:
        pace, clock = Pace(0.15), self.clock
        return ShopifyApi(self.http, shop or self.shop(), self.tokens, clock=clock.now, sleep=clock.sleep, pace=pace)

    def install(self, **more: Any) -> ConnectedShopify:
        credentials = self.shop().secrets.credentials
        return read_shop(self.http, BORN.address, credentials, self.at.url, clock=self.clock.now, **more)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    clock = Virtual(NOON)
    with shop_open(BORN, tmp_path, clock) as at, requests.Session() as http:
        yield Client(at, clock, http, Kept())
        at.check()


def test_a_shop_is_read_with_key_and_secret(client: Client) -> None:
    read = client.install()
    assert (read.currency, read.detail["token"], read.detail["api_version"]) == ("EUR", "client_credentials", "2026-07")
    assert read.token is not None
    assert read.token.expires_at == NOON + timedelta(seconds=86399)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("frozen", "Pay the plan"),
        ("locked", "unlock"),
        ("not_a_shop", "typing mistake"),
        ("page", "text/html"),
        ("broken", "503"),
        ("too_many", "429"),
    ],
)
def test_a_shop_in_trouble_is_told_in_a_line(client: Client, trouble: str, words: str) -> None:
    client.at.trouble = trouble
    with pytest.raises(SourceUnavailable, match=words):
        client.install()


def test_a_version_the_shop_does_not_have_is_told_from_a_shop_that_is_none(client: Client) -> None:
    with pytest.raises(SourceUnavailable, match="does not know version 2031-01"):
        client.install(api_version="2031-01")


def test_a_scope_too_few_names_what_it_is_for(client: Client) -> None:
    client.at.access.scopes = ("read_orders", "read_products", "read_inventory")
    with pytest.raises(ScopeMissing, match="lacks read_customers for contacts"):
        client.install()


def test_a_days_token_goes_on_over_days_and_over_a_revocation(client: Client) -> None:
    api = client.api()
    for _ in range(3):
        api.ask("look_orders")
        client.clock.advance(86400)
    client.at.access.revoke()
    api.ask("look_orders")
    assert client.at.access.given == 4


def test_an_expiring_token_is_renewed_for_ever_until_the_app_is_removed(client: Client) -> None:
    access, tokens = client.at.access, client.tokens
    grant = {"client_id": access.client_id, "client_secret": access.client_secret, "expiring": "1"}
    _, answer = access.answer({**grant, "code": access.code()})
    tokens.take_over(client.shop(), answer)
    api = client.api()
    for _ in range(4):
        client.clock.advance(3600)
        api.ask("look_orders")
    assert access.given == 5
    # The reply was lost on the way: the shop has moved on, we have not.
    stored = client.kept.tokens[1]
    client.clock.advance(3600)
    api.ask("look_orders")
    client.kept.tokens[1] = stored
    assert client.api().ask("look_orders")
    access.uninstall()
    with pytest.raises(AuthoriseAgain, match="no longer taken"):
        client.api().ask("look_orders")


def test_the_look_finds_all_well_or_says_what_is_hidden(client: Client) -> None:
    def bad_lines() -> list[str]:
        return [check.name for check in ShopifyDiagnosis(client.api).look(client.shop()) if not check.is_good]

    assert bad_lines() == []
    client.at.access.sees_people = False
    assert bad_lines() == ["protected_data"]
    client.at.access.sees_people = True
    client.at.access.scopes = ("read_orders", "read_products", "read_inventory")
    client.kept.tokens.clear()
    assert bad_lines() == ["customers", "scopes"]


def variant_of(client: Client, number: int) -> Item:
    """The first variant of the shop's product `number`."""
    found = client.api().ask("products_by_id", ids=[f"gid://shopify/Product/{PRODUCT_IDS + number}"])
    variant = found["nodes"][0]["variants"]["nodes"][0]["id"].rsplit("/", 1)[-1]
    return Item(str(PRODUCT_IDS + number), 1, variant)


def test_the_truth_knows_an_order_by_each_of_its_names(client: Client) -> None:
    life, truth = client.at.life, ShopifyTruth(client.api)
    customer = life.customer_signs_up("ana@shop.example")
    checkout = life.checkout_begins([(PRODUCT_IDS + 1, 1)])
    cart_token, checkout_token = life.cart_token(checkout), life.checkout_token(checkout)
    client.clock.advance(60)
    began = client.clock.now()
    ordered = str(life.order_placed(customer=customer, checkout=checkout))
    life.order_placed(email="ana@shop.example", test=True)
    life.order_placed(email="bo@shop.example")
    nobody = Question((), (), began)
    for question in (
        Question(("ana@shop.example",), (), began),
        Question((), (str(customer),), began),
        Question((), (), began, cart_tokens=(cart_token,)),
        Question((), (), began, checkout_tokens=(checkout_token,)),
    ):
        assert [order.order_id for order in truth.ask(client.shop(), question).orders] == [ordered], question
    assert truth.ask(client.shop(), nobody).orders == ()
    client.clock.advance(3600)
    later = Question(("ana@shop.example",), (), client.clock.now())
    assert truth.ask(client.shop(), later).orders == (), "it was ordered before this cart began"


def test_the_truth_knows_what_is_still_sold(client: Client) -> None:
    life, truth = client.at.life, ShopifyTruth(client.api)
    whole, variant = Item(str(PRODUCT_IDS + 1), 1), variant_of(client, 2)
    for number in (1, 2):
        life.change_product(PRODUCT_IDS + number, status="ACTIVE")
    question = Question((), (), client.clock.now(), (whole, variant))
    assert truth.ask(client.shop(), question).unavailable == frozenset()
    life.change_product(PRODUCT_IDS + 1, status="ARCHIVED")
    life.delete_product(PRODUCT_IDS + 2)
    gone = truth.ask(client.shop(), question).unavailable
    assert gone == {(whole.product_id, ""), (variant.product_id, variant.variant_id)}


def test_pages_use_nine_tenths_of_what_is_granted_and_are_never_turned_away(client: Client) -> None:
    """Over a minute; the truth check beside them finds points left without waiting."""
    api, bucket, began_at, pages = client.api(), client.at.bucket, client.clock.now(), 0
    truth = ShopifyTruth(lambda shop: ShopifyApi(client.http, shop, client.tokens, clock=client.clock.now, sleep=fail))
    while client.clock.now() - began_at < timedelta(minutes=1):
        api.ask("customers_changed", first=250, after=None, search="updated_at:>='2026-01-01T00:00:00Z'")
        pages += 1
        if pages % 20 == 0:
            assert truth.ask(client.shop(), Question(("a@shop.example",), (), client.clock.now())).orders == ()
    granted = bucket.size + (client.clock.now() - began_at).total_seconds() * bucket.restore_rate
    assert bucket.spent >= 0.9 * granted
    assert bucket.throttled == 0


def fail(seconds: float) -> None:
    raise AssertionError(f"the truth check would have waited {seconds} s")


def test_which_products_it_has_by_their_numbers(client: Client) -> None:
    client.install()
    reader = ShopifyChanges(client.api, client.clock.now)
    there = [str(PRODUCT_IDS + number) for number in range(1, 5)]
    found = reader.gone(client.shop(), "products", [*there[:2], "999", *there[2:]])
    assert [json.loads(record.body)["id"] for record in found.records] == ["999"]
    client.at.check()
