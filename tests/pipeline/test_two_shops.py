"""Two shops with the same customers' addresses, product numbers and order numbers never touch each other's data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from collector.domain.door import Lane, NewRow
from collector.domain.shop import Sending, Shop
from collector.domain.stock import StockRules
from collector.pipeline.fold import fold_some
from collector.pipeline.watching_stock import WatchStock
from collector.storage.sqlite.cursors import Cursors
from tests.pipeline.fold_bench import SHOPIFY
from tests.pipeline.row_builders import (
    ANA,
    at,
    beacon,
    cart,
    for_shop,
    iso,
    shopify_checkout,
    shopify_customer,
    shopify_order,
    typed,
    webhook,
)
from tests.pipeline.telling_bench import ACTIVATED, MUG, POLICY, POT, TellingBench, telling_bench

STOCK = StockRules(is_followed=True)
ONE = replace(
    SHOPIFY, sending=Sending.LIVE, activated_at=ACTIVATED, policy=replace(POLICY, account="brevo:one", stock=STOCK)
)
OTHER = replace(
    ONE,
    id=1,
    address="other.myshopify.com",
    url="https://other.myshopify.com",
    site_key="site-other",
    policy=replace(ONE.policy, account="brevo:other"),
)
YES = {"state": "subscribed", "opt_in_level": "single_opt_in", "consent_updated_at": iso(-300)}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("two")) as made:
        made.files.connection.execute(
            "update shops set platform = 'shopify', address = ?, url = ? where id = 1", (OTHER.address, OTHER.url)
        )
        yield made


@pytest.fixture
def bench(files: TellingBench) -> TellingBench:
    files.files.connection.execute("update shops set name = '', currency = '', described_at = ''")
    return files


def life(first_name: str, product: str) -> list[NewRow]:
    """The same numbers and addresses in either shop; what is in them differs."""
    cup = {"id": 90, "inventory_item_id": 900, "inventory_quantity": 3, "inventory_management": "shopify"}
    return [
        shopify_customer(-300, topic="customers/create", first_name=first_name, email_marketing_consent=YES),
        webhook(-200, "products/update", {"id": 9, "title": product, "updated_at": iso(-200), "variants": [cup]}),
        beacon(-20, ANA, cart(-20, MUG, token="token-1"), typed(-19, "ana@shop.example", opt_in=True)),
        shopify_checkout(-15, MUG, email="ana@shop.example"),
        shopify_order(0, "paid", MUG, email="ana@shop.example", customer={"id": 1}),
        webhook(1, "customer.tags_added", {"customerId": "gid://shopify/Customer/1", "tags": [first_name]}),
    ]


def begin(bench: TellingBench, shop: Shop = ONE) -> None:
    """Forget everything of both."""
    bench.begin(shop)
    reader = bench.files.reader
    Cursors(bench.files.connection).advance(OTHER.id, Lane.LIVE, reader.generation(), reader.newest_id())


def happen(bench: TellingBench, shop: Shop, rows: list[NewRow]) -> None:
    """Both doors see the same delivery ids, and in the end the same second."""
    bench.shop = shop
    bench.happen(*rows)


CART = re.compile(r"(?<=cart:)[0-9]+|\b[0-9]+(?=:1\b)")  # the number of its row, and with its generation


def of(bench: TellingBench, shop: Shop) -> dict[str, Any]:
    """Everything stored of one shop."""
    tables = [
        *("customers", "customer_tags", "orders", "order_nodes", "products", "stock_items", "consent_ledger"),
        *("checkouts", "events", "identity_links", "outbox", "rereads", "stock_looks", "cart_keys", "person_nodes"),
    ]
    cursor = bench.files.connection.execute
    found: dict[str, Any] = {}
    for table in tables:
        rows = cursor(f"select * from {table} where shop_id = ?", [shop.id])
        names = [column[0] for column in rows.description]
        skipped = {"id", "shop_id", "visitor", "cart", "person", "needs"}
        plain = [{name: one for name, one in zip(names, row, strict=True) if name not in skipped} for row in rows]
        found[table] = sorted(CART.sub("?", json.dumps(row, sort_keys=True, default=str)) for row in plain)
    return found


def test_what_happens_in_one_is_as_if_the_other_were_not_there(bench: TellingBench) -> None:
    begin(bench)
    happen(bench, ONE, life("Ana", "Cup"))
    alone = of(bench, ONE)
    assert alone["orders"]
    assert alone["outbox"]
    begin(bench)
    for mine, theirs in zip(life("Ana", "Cup"), life("Maria", "Vase"), strict=True):
        happen(bench, OTHER, [theirs])
        happen(bench, ONE, [mine])
    assert of(bench, ONE) == alone
    assert "Maria" not in json.dumps(alone)
    assert "Ana" not in json.dumps(of(bench, OTHER)["customers"])


def test_each_tells_its_own_account(bench: TellingBench) -> None:
    begin(bench)
    happen(bench, ONE, life("Ana", "Cup"))
    happen(bench, OTHER, life("Maria", "Vase"))
    rows = bench.files.connection.execute("select shop_id, account, payload from outbox").fetchall()
    assert {(shop_id, account) for shop_id, account, _ in rows} == {(ONE.id, "brevo:one"), (OTHER.id, "brevo:other")}
    for shop_id, _, payload in rows:
        shown = json.loads(payload)
        assert shown.get("attributes", {}).get("FIRSTNAME") in (None, "Ana" if shop_id == ONE.id else "Maria")
        named = shown.get("properties", {}).get("shop")
        assert named in (None, (ONE if shop_id == ONE.id else OTHER).address)


@pytest.mark.parametrize(
    ("why", "rows"),
    [
        ("deleted", [webhook(60, "customers/delete", {"id": 1}), webhook(60, "orders/delete", {"id": 7})]),
        ("a product is gone", [webhook(60, "products/delete", {"id": 9})]),
        (
            "merged",
            [
                webhook(
                    60,
                    "customers/merge",
                    {
                        "admin_graphql_api_customer_kept_id": "gid://shopify/Customer/5",
                        "admin_graphql_api_customer_deleted_id": "gid://shopify/Customer/1",
                        "status": "completed",
                    },
                )
            ],
        ),
        ("uninstalled", [webhook(60, "app/uninstalled", {"id": 1})]),
        ("renamed", [webhook(60, "shop/update", {"id": 1, "name": "Other", "currency": "CHF"})]),
        ("sold out", [webhook(60, "inventory_levels/update", {"inventory_item_id": 900, "location_id": 1})]),
    ],
)
def test_what_ends_in_one_goes_on_in_the_other(bench: TellingBench, why: str, rows: list[NewRow]) -> None:
    begin(bench)
    happen(bench, ONE, life("Ana", "Cup"))
    happen(bench, OTHER, life("Maria", "Vase"))
    shop = "select name, currency, uninstalled_at from shops where id = ?"
    before = of(bench, ONE), bench.files.connection.execute(shop, [ONE.id]).fetchone()
    happen(bench, OTHER, rows)
    WatchStock(OTHER, bench.state).run({}, at(90))
    assert (of(bench, ONE), bench.files.connection.execute(shop, [ONE.id]).fetchone()) == before, why


def test_one_account_of_both_knows_whose_is_what(bench: TellingBench) -> None:
    """By the rules of the account: counters are sums, the first shop keeps plain order numbers, one contact."""
    one = replace(ONE, policy=replace(ONE.policy, account="brevo"))
    other = replace(OTHER, policy=replace(OTHER.policy, account="brevo"))
    begin(bench, one)
    happen(bench, one, life("Ana", "Cup"))
    happen(bench, other, life("Maria", "Vase"))
    orders = [row.message.payload for row in bench.rows() if row.message.kind == "order"]
    assert len({payload["order_id"] for payload in orders}) == 2, "the same number in both is two orders"
    counts = [
        row.message.payload["attributes"].get("ORDER_COUNT")
        for row in bench.rows()
        if row.message.kind == "contact" and row.message.shop_id == other.id
    ]
    assert counts[-1] == 2, "both shops' orders"


def test_the_same_row_for_two_shops_is_two_deliveries(bench: TellingBench) -> None:
    begin(bench)
    row = shopify_order(0, "paid", POT, delivery="the same id")
    for shop in (ONE, OTHER):
        bench.files.inbox.append_many(for_shop(shop.id, [row]))
        while fold_some(bench.files.services, shop, row.lane, row.received_at):
            pass
    assert of(bench, ONE)["orders"] == of(bench, OTHER)["orders"] != []
