"""Records we read ourselves: what we ask for is all our parsers read, and they say what a webhook says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from collector.domain.catalogue import CategorySeen, ProductSeen
from collector.domain.door import InboxRow, Lane, RowKind
from collector.domain.errors import Unparseable
from collector.domain.events import CustomerSeen, EventType, Fact, OrderSeen
from collector.domain.shop import Policy, Shop
from collector.sources.woocommerce.lists import raw
from collector.sources.woocommerce.reading_fields import FIELDS, fields_of
from tests.stand_ins.clock import Virtual
from tests.woocommerce_shop.fields import trimmed, wanted
from tests.woocommerce_shop.server import Network, recent

from .standins import REST, SHOP, SIGNED, SOURCE, delivery, recorded

READ_AT = datetime(2026, 11, 21, 18, tzinfo=UTC)
MAPPED = replace(SHOP, policy=Policy(mapping={"meta_data.loyalty_points": "POINTS", "shipping.city": "TO_CITY"}))
Json = dict[str, Any]


def facts(topic: str, body: Mapping[str, Any], shop: Shop = MAPPED, lane: Lane = Lane.HISTORY) -> list[Fact]:
    """As read at READ_AT, or as a webhook that came then."""
    if topic.startswith("read/"):
        (record,) = raw(topic.removeprefix("read/"), [dict(body)], READ_AT)
        arrived_at = READ_AT + timedelta(hours=1)
        row = InboxRow(1, 1, lane, RowKind.WEBHOOK, arrived_at, record.topic, "", record.facts, record.body)
    else:
        row = InboxRow(1, 1, lane, RowKind.WEBHOOK, READ_AT, topic, "", {}, json.dumps(body).encode())
    return SOURCE.parse(row, shop)


@cache
def bodies() -> list[tuple[str, Json]]:
    """(kind, whole record): all that were recorded, and what a shop for tests makes up."""
    found = [("customers", body) for body in json.loads((REST / "customers.role_all.body").read_bytes())]
    for name in SIGNED:
        resource, _, rest = name.partition(".")
        body = json.loads(delivery(name).body)
        if resource in ("customer", "order", "product", "coupon") and not rest.startswith("deleted") and "id" in body:
            found.append((f"{resource}s", body))
    clock = Virtual(datetime(2026, 11, 21, 12, tzinfo=UTC))
    site = Network({"": recent(clock, orders=45, customers=30, products=12, coupons=9)}, clock).main
    for kind in ("customers", "orders", "products", "variations", "coupons"):
        records = getattr(site, kind)
        found += [(kind, records.get(id_)) for id_ in records.ids()]
    return found


def test_what_is_asked_for_is_all_that_is_read() -> None:
    seen = set()
    for kind, body in bodies():
        asked = trimmed(body, wanted([fields_of(kind, MAPPED)]))
        assert facts(f"read/{kind}", asked) == facts(f"read/{kind}", body), (kind, body["id"])
        assert len(asked) < len(body)
        seen.add(kind)
    assert seen == set(FIELDS) - {"categories"}


def test_a_record_says_what_a_webhook_about_it_says() -> None:
    for kind, body in bodies():
        resource = {"variations": "product"}.get(kind, kind.removesuffix("s"))
        event = "restored" if resource == "order" else "updated"  # an order that is read is there
        assert facts(f"read/{kind}", body) == facts(f"{resource}.{event}", body), (kind, body["id"])


def test_meta_data_are_asked_for_only_where_the_mapping_reads_them() -> None:
    assert "meta_data" not in fields_of("customers", SHOP)
    assert fields_of("customers", MAPPED).endswith(",meta_data")
    for_shipping = replace(SHOP, policy=Policy(mapping={"shipping.city": "TO_CITY"}))
    assert "meta_data" not in fields_of("customers", for_shipping)


@pytest.mark.parametrize(
    ("why", "lane", "installed_at", "type_"),
    [
        ("an import tells of what has long been there", Lane.HISTORY, READ_AT - timedelta(days=9), "customer_updated"),
        ("made since we are there, and missed", Lane.LIVE, READ_AT - timedelta(days=9), "customer_created"),
        ("made before", Lane.LIVE, READ_AT, "customer_updated"),
        ("nobody knows since when we are there", Lane.LIVE, None, "customer_updated"),
    ],
)
def test_a_customer_the_webhooks_missed_is_new(
    why: str, lane: Lane, installed_at: datetime | None, type_: EventType
) -> None:
    shop = replace(SHOP, installed_at=installed_at)
    (seen,) = facts("read/customers", recorded("customer.created.2"), shop, lane)
    assert isinstance(seen, CustomerSeen)
    assert seen.type == type_, why


def test_a_category_is_as_it_was_read() -> None:
    found = facts("read/categories", {"id": 17, "name": "Mugs &amp; Cups"})
    assert found == [CategorySeen("17", READ_AT, READ_AT, "Mugs & Cups")]
    with pytest.raises(Unparseable):
        facts("read/categories", {"name": "no id"})


@pytest.mark.parametrize(
    ("why", "body", "name"),
    [
        (
            "as a webhook calls it",
            {"name": "Enamel Mug - S, Red", "attributes": [{"option": "S"}, {"option": "Red"}]},
            "S, Red",
        ),
        ("as a list calls it", {"name": "S, Red", "attributes": [{"option": "S"}, {"option": "Red"}]}, "S, Red"),
        ("in versions that leave it out", {"name": None, "attributes": [{"option": "S"}]}, "S"),
        ("any of one kind", {"name": "L", "attributes": [{"name": "Size", "option": "L"}]}, "L"),
        ("any of all", {"name": "Enamel Mug", "attributes": []}, "Enamel Mug"),
        ("with escapes", {"attributes": [{"option": "Black &amp; white"}]}, "Black & white"),
    ],
)
def test_a_variation_has_one_name_wherever_it_comes_from(why: str, body: Json, name: str) -> None:
    given = recorded("product.created.2") | {"id": 16, "parent_id": 15, "type": "variation"} | body
    seen = facts("read/variations", given)[-1]
    assert isinstance(seen, ProductSeen)
    assert (seen.name, seen.parent_id) == (name, "15"), why


@pytest.mark.parametrize(
    ("why", "body", "is_visible", "price", "stock", "sells_on"),
    [
        ("simple, counted", {}, True, 999, 17, False),
        ("sold on when there is none", {"stock_quantity": -2, "backorders_allowed": True}, True, 999, -2, True),
        (
            "variable: the lowest price, its variations are counted",
            {"type": "variable", "price": "17.50", "regular_price": "", "manage_stock": False, "stock_quantity": None},
            True,
            1750,
            None,
            False,
        ),
        ("variable, all sold out", {"manage_stock": False, "stock_status": "outofstock"}, True, 999, 0, False),
        (
            "a variation counted with its product: no number of its own",
            {"type": "variation", "parent_id": 15, "manage_stock": "parent", "stock_quantity": 4},
            True,
            999,
            None,
            False,
        ),
        (
            "the same, sold out",
            {"type": "variation", "parent_id": 15, "manage_stock": "parent", "stock_status": "outofstock"},
            True,
            999,
            0,
            False,
        ),
        (
            "a variation switched off",
            {"type": "variation", "parent_id": 15, "status": "private"},
            False,
            999,
            17,
            False,
        ),
        ("private", {"status": "private"}, False, 999, 17, False),
        ("behind a password", {"post_password": "x"}, False, 999, 17, False),
        ("in the bin", {"status": "trash"}, False, 999, 17, False),
        (
            "grouped: sold in parts",
            {"type": "grouped", "price": "", "regular_price": "", "manage_stock": False, "stock_quantity": None},
            True,
            None,
            None,
            False,
        ),
        (
            "external: sold elsewhere",
            {"type": "external", "manage_stock": False, "stock_quantity": None},
            True,
            999,
            None,
            False,
        ),
    ],
)
def test_products_of_every_kind(
    why: str, body: Json, is_visible: bool, price: int | None, stock: int | None, sells_on: bool
) -> None:
    seen = facts("read/products", recorded("product.created.2") | body)[-1]
    assert isinstance(seen, ProductSeen)
    assert (seen.is_visible, seen.price_minor, seen.stock, seen.sells_on) == (is_visible, price, stock, sells_on), why


@pytest.mark.parametrize(
    ("why", "kind", "webhook"),
    [
        ("orders", "orders", "order.updated"),
        ("customers", "customers", "customer.updated"),
    ],
)
def test_a_record_says_when_it_was_made(why: str, kind: str, webhook: str) -> None:
    """Its version is a whole second. A webhook comes as it is made; a record is as it was when it was asked for."""
    name = "order.created.1" if kind == "orders" else "customer.created.2"
    for topic in (webhook, f"read/{kind}"):
        [record, *_] = facts(topic, recorded(name))
        assert isinstance(record, OrderSeen | CustomerSeen)
        assert record.stated_at == READ_AT, (why, topic)
