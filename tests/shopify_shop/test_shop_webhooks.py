"""The shop for tests: what it tells, to whom, in which shape, and how unreliable it can be."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shopify_shop.asking import Client, virtual
from tests.shopify_shop.deliveries import Unreliable
from tests.shopify_shop.naming import Json
from tests.shopify_shop.numbers import CUSTOMER_IDS, PRODUCT_IDS
from tests.shopify_shop.products import item_id, variant_id
from tests.shopify_shop.server import ShopifyShop, recent, shop_open
from tests.stand_ins.clock import Virtual
from tests.stand_ins.listening import Listener, listening

CREATE = """mutation($topic: WebhookSubscriptionTopic!, $uri: String!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: {uri: $uri}) {
    webhookSubscription { id topic uri format apiVersion { handle } } userErrors { field message } } }"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[ShopifyShop]:
    clock = virtual()
    with shop_open(recent(clock, customers=10, orders=10, products=4), tmp_path, clock) as opened:
        yield opened


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as opened:
        yield opened


def subscribe(shop: ShopifyShop, listener: Listener, *topics: str) -> None:
    for topic in topics:
        payload = Client(shop).data(CREATE, topic=topic, uri=listener.url)["webhookSubscriptionCreate"]
        assert payload["userErrors"] == []


def bodies(shop: ShopifyShop, listener: Listener) -> dict[str, Json]:
    shop.deliveries.send_due(everything=True)
    return {one.headers["x-shopify-topic"]: json.loads(one.body) for one in listener.met}


def test_a_delivery_is_signed_over_its_bytes(shop: ShopifyShop, listener: Listener) -> None:
    subscribe(shop, listener, "CUSTOMERS_CREATE")
    shop.life.customer_signs_up("łucja@example.org")
    shop.deliveries.send_due()
    [met] = listener.met
    expected = base64.b64encode(hmac.new(shop.access.client_secret.encode(), met.body, hashlib.sha256).digest())
    assert met.headers["x-shopify-hmac-sha256"] == expected.decode()
    assert met.headers["x-shopify-shop-domain"] == "tee.myshopify.com"
    assert met.headers["x-shopify-api-version"] == "2026-07"
    assert met.headers["x-shopify-triggered-at"] == "2026-11-20T12:00:00Z"


def test_one_act_is_one_event_in_many_deliveries(shop: ShopifyShop, listener: Listener) -> None:
    subscribe(shop, listener, "ORDERS_CREATE", "ORDERS_PAID", "ORDERS_UPDATED", "CUSTOMERS_UPDATE")
    shop.life.order_placed(customer=CUSTOMER_IDS + 1)
    shop.deliveries.send_due()
    assert sorted(listener.topics()) == ["customers/update", "orders/create", "orders/paid", "orders/updated"]
    assert len({one.headers["x-shopify-event-id"] for one in listener.met}) == 1
    assert len({one.headers["x-shopify-webhook-id"] for one in listener.met}) == 4


def test_only_what_is_subscribed_is_told(shop: ShopifyShop, listener: Listener) -> None:
    subscribe(shop, listener, "PRODUCTS_UPDATE")
    shop.life.order_placed("a@example.org")
    shop.life.change_product(PRODUCT_IDS + 1, title="Neuer Tee")
    shop.deliveries.send_due()
    assert listener.topics() == ["products/update"]


def test_customers_are_told_without_tags_and_consent_since_2025(shop: ShopifyShop, listener: Listener) -> None:
    topics = ("CUSTOMERS_UPDATE", "CUSTOMER_TAGS_ADDED", "CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE")
    subscribe(shop, listener, *topics)
    shop.life.change_customer(CUSTOMER_IDS + 1, tags=["Neu"])
    shop.life.set_consent(CUSTOMER_IDS + 1, "UNSUBSCRIBED")
    met = bodies(shop, listener)
    assert not {"tags", "email_marketing_consent", "orders_count", "total_spent"} & met["customers/update"].keys()
    assert met["customer.tags_added"]["customerId"] == f"gid://shopify/Customer/{CUSTOMER_IDS + 1}"
    assert met["customers_email_marketing_consent/update"]["email_marketing_consent"]["state"] == "unsubscribed"


def test_they_were_told_with_both_before(shop: ShopifyShop, listener: Listener) -> None:
    subscribe(shop, listener, "CUSTOMERS_UPDATE")
    shop.life.is_older = True
    shop.life.change_customer(CUSTOMER_IDS + 10, tags=["Neu", "VIP"])
    body = bodies(shop, listener)["customers/update"]
    assert (body["tags"], body["email_marketing_consent"]["state"]) == ("Neu, VIP", "subscribed")
    assert body["orders_count"] == 1


@pytest.mark.parametrize(
    ("why", "uri", "said"),
    [
        ("the same again", "", "already been taken"),
        ("not https", "http://shop.example.com/hooks", "not supported"),
    ],
)
def test_a_subscription_may_be_refused(shop: ShopifyShop, listener: Listener, why: str, uri: str, said: str) -> None:
    subscribe(shop, listener, "ORDERS_CREATE")
    answer = Client(shop).data(CREATE, topic="ORDERS_CREATE", uri=uri or listener.url)
    [error] = answer["webhookSubscriptionCreate"]["userErrors"]
    assert said in error["message"], why


def test_compliance_topics_cannot_be_subscribed(shop: ShopifyShop) -> None:
    assert "CUSTOMERS_REDACT" in Client(shop).ask(CREATE, topic="CUSTOMERS_REDACT", uri="x")["errors"][0]["message"]


def test_a_delivery_that_failed_comes_again_as_it_was(shop: ShopifyShop, listener: Listener) -> None:
    assert isinstance(shop.clock, Virtual)
    subscribe(shop, listener, "PRODUCTS_UPDATE")
    listener.answers = [503]
    shop.life.change_product(PRODUCT_IDS + 1, title="Neuer Tee")
    shop.deliveries.send_due()
    assert shop.deliveries.send_due() == 0, "not before its time"
    shop.clock.advance(60)
    assert shop.deliveries.send_due() == 1
    first, second = listener.met
    assert (first.body, first.headers["x-shopify-webhook-id"]) == (second.body, second.headers["x-shopify-webhook-id"])
    assert shop.deliveries.waiting() == 0


def test_eight_failures_in_a_row_end_a_subscription(shop: ShopifyShop, listener: Listener) -> None:
    assert isinstance(shop.clock, Virtual)
    subscribe(shop, listener, "PRODUCTS_UPDATE")
    listener.answers = [500] * 9
    shop.life.change_product(PRODUCT_IDS + 1, title="Neuer Tee")
    for _ in range(9):
        shop.deliveries.send_due(everything=True)
    assert shop.subscriptions.topics() == set()
    assert [one.topic for one in shop.subscriptions.deleted] == ["PRODUCTS_UPDATE"]
    assert len(shop.deliveries.lost) == 1


def test_deliveries_come_twice_late_and_mixed_up_when_asked_to(shop: ShopifyShop, listener: Listener) -> None:
    assert isinstance(shop.clock, Virtual)
    subscribe(shop, listener, "PRODUCTS_UPDATE")
    shop.deliveries.behave(Unreliable(twice=0.5, late=0.5, late_s=60, is_mixed=True, seed=3))
    for number in range(40):
        shop.life.change_product(PRODUCT_IDS + 1, title=f"Tee {number}")
    shop.deliveries.send_due()
    at_once = len(listener.met)
    shop.clock.advance(61)
    shop.deliveries.send_due()
    ids = [one.headers["x-shopify-webhook-id"] for one in listener.met]
    titles = list(dict.fromkeys(json.loads(one.body)["title"] for one in listener.met))
    assert len(set(ids)) == 40
    assert len(ids) > 45
    assert 0 < at_once < len(ids)
    assert titles != [f"Tee {number}" for number in range(40)]


def test_stock_tells_of_the_item_the_product_and_the_border(shop: ShopifyShop, listener: Listener) -> None:
    subscribe(shop, listener, "INVENTORY_LEVELS_UPDATE", "PRODUCTS_UPDATE", "VARIANTS_OUT_OF_STOCK")
    variant = variant_id(PRODUCT_IDS + 1, 1)
    shop.life.set_stock(item_id(variant), 5)
    assert "variants/out_of_stock" not in bodies(shop, listener)
    shop.life.set_stock(item_id(variant), 0)
    met = bodies(shop, listener)
    assert met["inventory_levels/update"]["available"] == 0
    assert met["variants/out_of_stock"]["id"] == variant
    found = Client(shop).data("query($id: ID!){productVariant(id:$id){inventoryQuantity}}", id=f"gid://a/b/{variant}")
    assert found["productVariant"]["inventoryQuantity"] == 0


def test_a_shopper_on_the_way_is_told_step_by_step(shop: ShopifyShop, listener: Listener) -> None:
    subscribe(shop, listener, "CHECKOUTS_CREATE", "CHECKOUTS_UPDATE", "ORDERS_CREATE")
    checkout = shop.life.checkout_begins([(1, 2)])
    assert bodies(shop, listener)["checkouts/create"]["email"] is None
    shop.life.types_email(checkout, "neu@example.org", accepts=True)
    assert bodies(shop, listener)["checkouts/update"]["email"] == "neu@example.org"
    shop.life.order_placed("neu@example.org", checkout=checkout)
    met = bodies(shop, listener)
    assert met["checkouts/update"]["completed_at"]
    assert met["orders/create"]["cart_token"] == met["checkouts/update"]["cart_token"]
