"""Versions are whole seconds, and a shop may say several things in one: the last of them counts, whenever it comes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from collector.domain.door import NewRow
from collector.domain.shop import Shop
from collector.domain.timestamps import EPOCH, to_text
from collector.storage.sqlite.connection import open_state
from collector.storage.sqlite.migrations.state import STATE
from collector.storage.sqlite.state import SqliteState
from tests.pipeline.fold_bench import SHOPIFY, WOO, FoldBench, fold_bench
from tests.pipeline.row_builders import (
    at,
    iso,
    shopify_cart,
    shopify_checkout,
    shopify_customer,
    shopify_order,
    webhook,
    woo_customer,
    woo_order,
)
from tests.pipeline.telling_bench import MUG, POT, TEA

TWO, THREE = [MUG, POT], [MUG, POT, TEA]
FORM: dict[str, Any] = {"email": "ana@shop.example"}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FoldBench]:
    with fold_bench(tmp_path_factory.mktemp("seconds")) as found:
        yield found


def set_off(ms: int, row: NewRow) -> NewRow:
    """At so many milliseconds of the minute it tells of, by the platform's header; it came in some time, once."""
    minute = row.received_at - timedelta(seconds=1)
    facts = {**row.facts, "triggered_at": to_text(minute + timedelta(milliseconds=ms))}
    return replace(row, facts=facts, delivery_id=f"{row.topic}-{ms}")


def came(ms: int, row: NewRow) -> NewRow:
    """WooCommerce makes a body as it sends it, and says nothing of when."""
    received_at = row.received_at - timedelta(seconds=1) + timedelta(milliseconds=ms)
    return replace(row, received_at=received_at, delivery_id=f"{row.topic}-{ms}")


def read(kind: str, ms: int, row: NewRow) -> NewRow:
    """The record asked for at that moment; it came much later."""
    asked = set_off(ms, row)
    return replace(asked, topic=f"read/{kind}", received_at=asked.received_at + timedelta(minutes=5))


def read_by_graphql(ms: int, *names: str, is_cut: bool = False) -> NewRow:
    def money(amount: int) -> dict[str, Any]:
        return {"shopMoney": {"amount": f"{amount}.00", "currencyCode": "EUR"}}

    node = {
        "id": "gid://shopify/Order/7",
        "createdAt": iso(0),
        "updatedAt": iso(30),
        "displayFinancialStatus": "PAID",
        "sourceName": "web",
        "currencyCode": "EUR",
        "totalPriceSet": money(15),
        "email": "ana@shop.example",
        "lineItems": {
            "nodes": [
                {
                    "id": f"gid://shopify/LineItem/{name}",
                    "product": {"id": f"gid://shopify/Product/{name}"},
                    "quantity": 1,
                }
                for name in names
            ]
        },
        "refunds": [],
    }
    row = set_off(ms, webhook(30, "read/orders", node))
    return replace(row, facts={**row.facts, "is_cut": True}) if is_cut else row


@pytest.mark.parametrize(
    ("why", "shop", "rows", "products"),
    [
        (
            "Shopify: put together and changed at once",
            SHOPIFY,
            [set_off(100, shopify_order(30, "paid", MUG)), set_off(900, shopify_order(30, "paid", *TWO))],
            TWO,
        ),
        (
            "three changes, the middle one told by two subscriptions",
            SHOPIFY,
            [
                set_off(100, shopify_order(30, "paid", *THREE)),
                set_off(500, shopify_order(30, "paid", MUG)),
                replace(set_off(500, shopify_order(30, "paid", MUG)), delivery_id="another"),
                set_off(900, shopify_order(30, "paid", *TWO)),
            ],
            TWO,
        ),
        (
            "a record read after the webhook was set off",
            SHOPIFY,
            [set_off(100, shopify_order(30, "paid", MUG)), read_by_graphql(4000, *TWO)],
            TWO,
        ),
        (
            "a webhook set off after the record was asked for",
            SHOPIFY,
            [read_by_graphql(300, MUG), set_off(900, shopify_order(30, "paid", *TWO))],
            TWO,
        ),
        (
            "a read cut short, then the whole one",
            SHOPIFY,
            [read_by_graphql(100, MUG), read_by_graphql(9000, *THREE)],
            THREE,
        ),
        (
            "the whole one, and after it a result that was cut",
            SHOPIFY,
            [read_by_graphql(100, *THREE), read_by_graphql(9000, MUG, is_cut=True)],
            THREE,
        ),
        (
            "WooCommerce: changed twice",
            WOO,
            [came(1000, woo_order(30, "processing", MUG)), came(2000, woo_order(30, "processing", *TWO))],
            TWO,
        ),
        (
            "read after the webhook",
            WOO,
            [
                came(1000, woo_order(30, "processing", MUG)),
                read("orders", 3000, woo_order(30, "processing", *TWO)),
            ],
            TWO,
        ),
        (
            "read before the last webhook",
            WOO,
            [
                read("orders", 1000, woo_order(30, "processing", MUG)),
                came(3000, woo_order(30, "processing", *TWO)),
            ],
            TWO,
        ),
    ],
)
def test_the_last_of_what_was_said_of_an_order_in_one_second_stays(
    bench: FoldBench, why: str, shop: Shop, rows: Sequence[NewRow], products: list[str]
) -> None:
    in_order = bench.fold(shop, rows)
    for arrived in permutations(rows):
        for limit in (1, 10):
            assert bench.fold(shop, [*arrived, *arrived], limit) == in_order, why
            found = SqliteState(bench.connection)
            with found.read() as tx:
                order = tx.orders.find(shop.id, "7")
            assert order is not None
            assert [item.product_id for item in order.content.items] == products, why
    assert not bench.quarantined()


@pytest.mark.parametrize(
    ("why", "shop", "rows"),
    [
        (
            "Shopify: two webhooks",
            SHOPIFY,
            [
                set_off(100, shopify_customer(30, first_name="Zoe", tags="vip")),
                set_off(900, shopify_customer(30, first_name="Ana", tags="new")),
            ],
        ),
        (
            "and one between them",
            SHOPIFY,
            [
                set_off(100, shopify_customer(30, first_name="Ana", tags="new")),
                set_off(500, shopify_customer(30, first_name="Zoe", tags="vip")),
                set_off(900, shopify_customer(30, first_name="Ana", tags="new")),
            ],
        ),
        (
            "WooCommerce, which has no tags: two webhooks",
            WOO,
            [came(1000, woo_customer(30, first_name="Zoe")), came(2000, woo_customer(30, first_name="Ana"))],
        ),
        (
            "read after the webhook",
            WOO,
            [
                came(1000, woo_customer(30, first_name="Zoe")),
                read("customers", 3000, woo_customer(30, first_name="Ana")),
            ],
        ),
    ],
)
def test_the_last_of_what_was_said_of_a_customer_in_one_second_stays(
    bench: FoldBench, why: str, shop: Shop, rows: Sequence[NewRow]
) -> None:
    in_order = bench.fold(shop, rows)
    for arrived in permutations(rows):
        for limit in (1, 10):
            assert bench.fold(shop, [*arrived, *arrived], limit) == in_order, why
            with SqliteState(bench.connection).read() as tx:
                found, tags = tx.customers.find(shop.id, "1"), tx.customers.tags(shop.id, "1")
            assert found is not None
            assert found[0].content.first_name == "Ana", why
            assert tags.present == ({"new"} if shop is SHOPIFY else set()), why


@pytest.mark.parametrize(
    ("why", "rows", "products"),
    [
        *(
            (
                f"a checkout, {said}",
                [
                    set_off(100, shopify_checkout(30, *before, **FORM)),
                    set_off(900, shopify_checkout(30, *after, **FORM)),
                ],
                after,
            )
            for said, before, after in [("more", [MUG], TWO), ("less", TWO, [MUG]), ("another", [POT], [TEA])]
        ),
        *(
            (
                f"a cart, {said}",
                [set_off(100, shopify_cart(30, *before)), set_off(900, shopify_cart(30, *after))],
                after,
            )
            for said, before, after in [("more", [MUG], TWO), ("less", TWO, [MUG]), ("another", [POT], [TEA])]
        ),
        (
            "a checkout changed and changed back",
            [
                set_off(100, shopify_checkout(30, MUG, **FORM)),
                set_off(500, shopify_checkout(30, *TWO, **FORM)),
                set_off(900, shopify_checkout(30, MUG, **FORM)),
            ],
            [MUG],
        ),
    ],
)
def test_the_last_of_what_was_said_of_a_cart_in_one_second_stays(
    bench: FoldBench, why: str, rows: Sequence[NewRow], products: list[str]
) -> None:
    in_order = bench.fold(SHOPIFY, rows)
    for arrived in permutations(rows):
        for limit in (1, 10):
            assert bench.fold(SHOPIFY, [*arrived, *arrived], limit) == in_order, why
            with SqliteState(bench.connection).read() as tx:
                cart = tx.carts.find(SHOPIFY.id, "t:token-1")
                assert cart is not None
                (generation,) = tx.carts.generations(cart.id)
            assert [item.product_id for item in generation.items] == products, why
            for (items,) in bench.connection.execute("select items from checkouts").fetchall():
                assert [item["product_id"] for item in json.loads(items)] == products, why
    assert not bench.quarantined()


def test_a_checkout_delivered_again_is_the_same_event(bench: FoldBench) -> None:
    row = set_off(100, shopify_checkout(30, MUG))
    late = replace(row, delivery_id="another", received_at=row.received_at + timedelta(hours=4))
    bench.fold(SHOPIFY, [row, late])
    assert bench.connection.execute("select count(*) from events").fetchone() == (1,)


def test_of_what_was_kept_before_such_times_were_any_body_of_the_same_version_is_newer(tmp_path: Path) -> None:
    with fold_bench(tmp_path) as bench:
        bench.fold(SHOPIFY, [shopify_order(30, "paid", MUG), shopify_customer(30, first_name="Zoe", tags="vip")])
        kept = {name: _rows(bench.connection, name) for name in ("shops", "orders", "customers")}
    older = tmp_path / "older.db"
    with closing(sqlite3.connect(older, isolation_level=None)) as connection:
        STATE.apply(Database(connection), stop_before="m0020_versions")
        for name, rows in kept.items():
            own = [row[1] for row in connection.execute(f"pragma table_info({name})")]
            for row in rows:
                places = ", ".join("?" for _ in own)
                connection.execute(f"insert into {name} values ({places})", [row[column] for column in own])
    with closing(open_state(older, may_create=True)) as connection, SqliteState(connection).read() as tx:
        order, customer = tx.orders.find(SHOPIFY.id, "7"), tx.customers.find(SHOPIFY.id, "1")
        assert order is not None
        assert customer is not None
        assert (order.content.stated_at, customer[0].content.stated_at) == (EPOCH, EPOCH)
        assert (len(order.content.items), customer[0].content.first_name) == (1, "Zoe")
        assert order.content.version_at == customer[0].content.version_at == at(30)
        assert tx.customers.tags(SHOPIFY.id, "1").present == {"vip"}


def _rows(connection: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    cursor = connection.execute(f"select * from {table}")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
