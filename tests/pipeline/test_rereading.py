"""Customers, orders and stock that changed without being told how: noted, read once, folded, and no loop."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
import requests
import responses

from collector.domain.catalogue_entries import CatalogueRules, Pricing, entries
from collector.domain.jobs import Next
from collector.domain.rereading import INVENTORY
from collector.domain.shop import Secrets, Shop
from collector.domain.stock import StockRules, held
from collector.domain.syncing import CUSTOMERS, ORDERS, PRODUCTS
from collector.pipeline.rereading import CANNOT, LOOKS_EVERY, RereadRecords
from collector.sources.shopify.rereading import ShopifyRecords
from tests.pipeline.row_builders import at, iso, shopify_customer, webhook
from tests.pipeline.telling_bench import LIVE_SHOPIFY, TellingBench, telling_bench
from tests.sources.shopify.api_bench import PERMANENT, ApiBench, VirtualClock, cost

SHOP = replace(
    LIVE_SHOPIFY,
    secrets=Secrets(credentials=PERMANENT),
    policy=replace(LIVE_SHOPIFY.policy, stock=StockRules(is_followed=True)),
)
GRAPHQL = f"https://{SHOP.address}/admin/api/2026-07/graphql.json"
EDIT = {"order_edit": {"id": 1, "order_id": 7, "line_items": {"additions": [{"id": 1, "delta": 1}], "removals": []}}}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("rereading")) as bench:
        yield bench


@dataclass
class Platform:
    """The shop at the wire: `has` by gid; `asked`: the numbers of each question."""

    has: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)
    throttled: int = 0

    def answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        said = json.loads(request.body or b"{}")
        if self.throttled:
            self.throttled -= 1
            error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
            return 200, {}, json.dumps({"errors": [error], "extensions": cost(1000, 0)})
        ids = said["variables"]["ids"]
        self.asked.append([one.rpartition("/")[2] for one in ids])
        nodes = [self.has.get(one) for one in ids]
        return 200, {}, json.dumps({"data": {"nodes": nodes}, "extensions": cost(10, 1990)})


class Live:
    """A live shop whose webhooks come in, and the job that reads again."""

    def __init__(self, files: TellingBench, shop: Shop = SHOP) -> None:
        files.begin(shop)
        self.bench, self.platform = files, Platform()
        self.clock = VirtualClock(at(0))
        api = ApiBench(self.clock)
        records = ShopifyRecords(lambda of: api.api(of, patience_s=1.0), self.clock)
        self.job = RereadRecords(shop, records, files.state, files.files.inbox.append_many, self.clock)

    def turn(self, seconds: float) -> Next:
        """The job comes round so long after noon, and what it read is folded."""
        self.clock.now = at(0) + timedelta(seconds=seconds)
        found = self.job.run({}, self.clock.now)
        self.bench.fold(self.clock.now)
        return found

    def noted(self) -> list[tuple[str, str]]:
        return list(self.bench.files.connection.execute("select kind, id from rereads order by kind, id"))

    def customer(self, number: int = 1) -> Any:
        with self.bench.state.read() as tx:
            found = tx.customers.find(SHOP.id, str(number))
            assert found is not None
            return found[0], tx.customers.tags(SHOP.id, str(number)).present


@pytest.fixture
def live(files: TellingBench) -> Iterator[Live]:
    made = Live(files)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.add_callback(responses.POST, GRAPHQL, callback=made.platform.answer, content_type="application/json")
        yield made


def customer(number: int = 1, **more: Any) -> dict[str, Any]:
    plain = {
        "id": f"gid://shopify/Customer/{number}",
        "firstName": "Ana",
        "createdAt": iso(-600),
        "updatedAt": iso(0),
        "tags": ["vip"],
        "numberOfOrders": "3",
        "amountSpent": {"amount": "30.00", "currencyCode": "EUR"},
        "defaultEmailAddress": {
            "emailAddress": "ana@shop.example",
            "marketingState": "SUBSCRIBED",
            "marketingOptInLevel": "SINGLE_OPT_IN",
            "marketingUpdatedAt": iso(-60),
        },
    }
    return plain | more


def test_many_bodies_about_one_customer_are_one_reading(live: Live) -> None:
    live.platform.has = {"gid://shopify/Customer/1": customer()}
    live.bench.happen(*(shopify_customer(minute / 60) for minute in range(3)))
    live.bench.happen(webhook(0.1, "customer.tags_added", {"customerId": "gid://shopify/Customer/1", "tags": ["vip"]}))
    assert live.noted() == [(CUSTOMERS, "1")]
    assert live.turn(15).due_at <= at(0) + timedelta(seconds=21)
    assert live.platform.asked == []  # more may be on its way
    live.turn(22)
    assert live.platform.asked == [["1"]]
    known, tags = live.customer()
    assert (known.orders_count, known.total_spent_minor, tags) == (3, 3000, {"vip"})
    consent = live.bench.files.state()["consent_ledger"]
    assert [(one["subject"], one["state"]) for one in consent] == [("ana@shop.example", "opted_in")]


def test_what_was_read_is_no_reason_to_read(live: Live) -> None:
    live.platform.has = {"gid://shopify/Customer/1": customer()}
    live.bench.happen(shopify_customer(0))
    live.turn(30)
    assert live.noted() == []
    for later in (60, 120, 600):
        live.turn(later)
    assert live.platform.asked == [["1"]]


def test_a_body_of_2024_says_everything_itself(live: Live) -> None:
    said: dict[str, Any] = {"tags": "vip", "orders_count": 3, "total_spent": "30.00", "email_marketing_consent": None}
    live.bench.happen(shopify_customer(0, **said))
    assert live.noted() == []
    assert live.customer()[1] == {"vip"}


def test_fifty_are_read_at_once(live: Live) -> None:
    for number in range(1, 61):
        row = shopify_customer(0, number, email=f"c{number}@shop.example")
        live.bench.arrive(replace(row, delivery_id=f"delivery-{number}"))
    live.bench.fold(at(0))
    live.turn(30)
    assert [len(ids) for ids in live.platform.asked] == [50, 10]
    assert live.noted() == []  # the shop has none of them any more


def test_one_that_changes_while_it_is_read_is_read_again(live: Live) -> None:
    live.platform.has = {"gid://shopify/Customer/1": customer()}
    live.bench.happen(shopify_customer(0))
    append = live.bench.files.inbox.append_many

    def meanwhile(rows: Any) -> None:
        append(rows)
        if len(live.platform.asked) == 1:
            live.bench.happen(shopify_customer(0.4))

    live.job = replace(live.job, append=meanwhile)
    live.turn(30)
    assert live.platform.asked == [["1"], ["1"]]
    assert live.noted() == []


def test_an_edited_order_is_read_whole(live: Live) -> None:
    money = {"shopMoney": {"amount": "9.00", "currencyCode": "EUR"}}
    money |= {"presentmentMoney": money["shopMoney"]}
    node = {
        "id": "gid://shopify/Order/7",
        "createdAt": iso(-5),
        "updatedAt": iso(0),
        "displayFinancialStatus": "PAID",
        "sourceName": "web",
        "currencyCode": "EUR",
        "email": "ana@shop.example",
        "totalPriceSet": money,
        "lineItems": {"nodes": [], "pageInfo": {"hasNextPage": False}},
        "refunds": [],
    }
    live.platform.has = {"gid://shopify/Order/7": node}
    live.bench.happen(webhook(0, "orders/edited", EDIT))
    assert live.noted() == [(ORDERS, "7")]
    live.turn(30)
    with live.bench.state.read() as tx:
        order = tx.orders.find(SHOP.id, "7")
    assert order is not None
    assert order.content.total_minor == 900


def test_a_shop_that_asks_to_wait_is_waited_for(live: Live) -> None:
    live.bench.happen(shopify_customer(0))
    live.platform.throttled = 50
    found = live.turn(30)
    assert "wait" in found.said
    assert live.noted() == [(CUSTOMERS, "1")]


def test_without_credentials_it_is_left_and_said(files: TellingBench) -> None:
    live = Live(files, replace(SHOP, secrets=Secrets()))
    live.bench.happen(shopify_customer(0), webhook(0, "orders/edited", EDIT))
    found = live.turn(30)
    assert found.said == CANNOT
    assert found.due_at == live.clock.now + LOOKS_EVERY
    assert live.noted() == []


def test_the_first_word_of_a_place_has_all_places_counted(live: Live) -> None:
    """A product counted 5 of an item; one of its two places then says 1: the whole is not known from that."""
    live.bench.happen(product(-5, stock=5), level(0, place=61, available=1))
    assert live.noted() == [(INVENTORY, "900")]
    places = [a_level(61, 1, 0), a_level(62, 2, -60), a_level(63, 9, -60, isActive=False)]
    node = {"id": "gid://shopify/InventoryItem/900", "tracked": True, "inventoryLevels": {"nodes": places}}
    live.platform.has = {"gid://shopify/InventoryItem/900": node}
    live.turn(30)
    assert live.noted() == []
    assert stock_of(live) == 3  # active places together
    live.bench.happen(level(2, place=62, available=0))
    assert (stock_of(live), live.noted()) == (1, [])


def test_a_product_with_more_variants_than_its_webhook_describes_is_read_whole(live: Live) -> None:
    """150 variants, read once; then each costs more and one is new. A webhook describes the first hundred."""
    live.bench.happen(webhook(-60, "read/products", mugs(150, "5.00", -70)))
    live.bench.happen(webhook(0, "products/update", some_mugs(151, "9.00"), triggered_at=iso(0)))
    assert live.noted() == [(PRODUCTS, "11")]
    assert cost_of(live) == {"9.00": 100, "5.00": 50}, "the others are as they were"
    live.platform.has = {"gid://shopify/Product/11": mugs(151, "9.00", 0)}
    live.turn(30)
    assert cost_of(live) == {"9.00": 151}
    assert live.noted() == [], "what was read is no reason to read"
    with live.bench.state.read() as tx:
        found = tx.products.find(SHOP.id, "11")
        assert found is not None
        assert (len(held(found, {})), found.earlier) == (151, ())
        assert tx.products.products_of_item(SHOP.id, "5150") == ["11"], "its stock is followed"


def mugs(count: int, price: str, changed: float) -> dict[str, Any]:
    """As Shopify's API gives it: whole."""
    some = [
        {
            "id": f"gid://shopify/ProductVariant/{1000 + number}",
            "title": f"Size {number}",
            "price": price,
            "inventoryPolicy": "DENY",
            "inventoryQuantity": 5,
            "inventoryItem": {"id": f"gid://shopify/InventoryItem/{5000 + number}", "tracked": True},
        }
        for number in range(count)
    ]
    variants = {"nodes": some, "pageInfo": {"hasNextPage": False}}
    plain = {"id": "gid://shopify/Product/11", "title": "Mug", "status": "ACTIVE", "publishedAt": iso(-9999)}
    return plain | {"updatedAt": iso(changed), "createdAt": iso(-9999), "variants": variants}


def some_mugs(count: int, price: str) -> dict[str, Any]:
    """As a webhook says it: a hundred of them, and the ids of all."""
    some = [
        {
            "id": 1000 + number,
            "title": f"Size {number}",
            "price": price,
            "inventory_management": "shopify",
            "inventory_quantity": 5,
            "inventory_item_id": 5000 + number,
        }
        for number in range(100)
    ]
    ids = [{"admin_graphql_api_id": f"gid://shopify/ProductVariant/{1000 + number}"} for number in range(count)]
    plain = {"id": 11, "title": "Mug", "status": "active", "published_at": iso(-9999), "updated_at": iso(0)}
    return plain | {"variants": some, "variant_gids": ids}


def cost_of(live: Live) -> dict[str, int]:
    """How many variants would be told at each price."""
    with live.bench.state.read() as tx:
        found = tx.products.find(SHOP.id, "11")
    assert found is not None
    told = entries(found, None, {}, CatalogueRules(), Pricing(lambda minor, _: minor / 100, "EUR"))
    return dict(Counter(f"{entry.price:.2f}" for entry in told if entry.parent_id))


def product(minutes: float, stock: int, **more: Any) -> Any:
    variant = {"id": 90, "inventory_item_id": 900, "inventory_quantity": stock, "inventory_management": "shopify"}
    body = {"id": 9, "title": "Cup", "status": "active", "updated_at": iso(minutes), "variants": [variant | more]}
    return webhook(minutes, "products/update", body, triggered_at=iso(minutes))


def level(minutes: float, place: int, available: int) -> Any:
    body = {"inventory_item_id": 900, "location_id": place, "available": available, "updated_at": iso(minutes)}
    return webhook(minutes, "inventory_levels/update", body, f"level-{minutes}-{place}")


def a_level(place: int, available: int, minutes: float, **more: Any) -> dict[str, Any]:
    counted = {"name": "available", "quantity": available, "updatedAt": iso(minutes)}
    return {"location": {"id": f"gid://shopify/Location/{place}"}, "isActive": True, "quantities": [counted]} | more


def stock_of(live: Live) -> int:
    with live.bench.state.read() as tx:
        found = tx.products.find(SHOP.id, "9")
        assert found is not None
        (one,) = held(found, tx.products.levels(SHOP.id, ["900"]))
    return one.stock
