"""The site for tests has records of exactly the shape a real one answered with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.stand_ins.clock import Wall
from tests.woocommerce_shop import orders, products
from tests.woocommerce_shop.asking import asked, basic, rest
from tests.woocommerce_shop.numbers import CUSTOMER_IDS, ORDER_IDS
from tests.woocommerce_shop.server import Network, recent

HERE = Path(__file__).parent
REST = HERE.parent / "sources" / "woocommerce" / "rest"
PAYLOADS = REST.parent / "payloads"


@pytest.fixture(scope="module")
def network() -> Network:
    clock = Wall()
    return Network({"": recent(clock, customers=30, orders=60, products=20, coupons=9)}, clock)


def recorded(path: Path) -> Any:
    found = json.loads(path.read_bytes())
    return found[0] if isinstance(found, list) else found


@pytest.mark.parametrize(
    ("route", "sample"),
    [
        (f"orders/{ORDER_IDS + 2}", REST / "order.o_cust.body"),
        (f"orders/{ORDER_IDS + 3}", REST / "order.o_noemail.body"),  # a guest's: without a link to a customer
        (f"customers/{CUSTOMER_IDS + 1}", REST / "customers.role_all.body"),
        ("customers/1", REST / "customers.role_all.body"),
        (f"products/{products.id_of(1)}", HERE / "samples" / "products.page1.body"),
        (f"products/{products.id_of(5)}", HERE / "samples" / "product.mug.body"),
        (f"products/{products.id_of(5)}/variations", HERE / "samples" / "product.mug.variations.body"),
        ("coupons", HERE / "samples" / "coupons.body"),
        ("system_status", REST / "system_status.body"),
    ],
)
def test_a_record_has_the_fields_of_the_real_one_and_no_others(network: Network, route: str, sample: Path) -> None:
    answer = rest(network, route)
    assert answer.status == 200, answer.body
    made = answer.json[0] if isinstance(answer.json, list) else answer.json
    real = recorded(sample)
    assert made.keys() == real.keys()
    for name in ("billing", "shipping", "_links", "environment", "settings", "dimensions"):
        if name in real:
            assert made[name].keys() == real[name].keys(), name
    types = {name: type(value) for name, value in real.items() if value not in (None, "", [])}
    wrong = [name for name, kind in types.items() if made[name] not in (None, "", []) and type(made[name]) is not kind]
    assert wrong == []


@pytest.mark.parametrize("part", ["line_items", "tax_lines", "shipping_lines"])
def test_the_parts_of_an_order_have_their_fields(network: Network, part: str) -> None:
    made = rest(network, f"orders/{ORDER_IDS + 4}").json[part][0]
    assert made.keys() == recorded(REST / "order.o_cust.body")[part][0].keys()


def test_a_refund_stands_in_its_order_as_the_real_one_does(network: Network) -> None:
    made = rest(network, f"orders/{ORDER_IDS + orders.PARTLY_REFUNDED}").json
    real = recorded(REST / "order.o_refund_partial.body")
    assert made["refunds"][0].keys() == real["refunds"][0].keys()
    assert made["status"] != "refunded"


def test_a_webhook_shows_what_a_real_one_shows_and_not_its_secret(network: Network) -> None:
    body = {"topic": "order.created", "delivery_url": "http://127.0.0.1:9/x", "secret": "s"}
    made = rest(network, "webhooks", "POST", body)
    assert made.status == 201
    assert made.json.keys() == recorded(HERE / "samples" / "webhooks.body").keys()


def test_customers_of_the_analytics_have_their_fields_and_guests_are_among_them(network: Network) -> None:
    real = recorded(HERE / "samples" / "wc_analytics.reports.customers.body")
    address = "/wp-json/wc-analytics/reports/customers?per_page=100"
    found = asked(network, address, headers=basic(network.main.key)).json
    assert found[0].keys() - {"_links"} == real.keys() - {"_links"}
    assert any(one["user_id"] == 0 and one["email"] for one in found)


@pytest.mark.parametrize(
    ("resource", "number", "sample"),
    [
        ("order", ORDER_IDS + 2, "order.created.1"),
        ("customer", CUSTOMER_IDS + 1, "customer.updated.1"),
        ("product", products.id_of(1), "product.created.1"),
    ],
)
def test_a_webhook_tells_the_same_record(network: Network, resource: str, number: int, sample: str) -> None:
    told = network.main.told(resource, number, "updated")
    assert told == rest(network, f"{resource}s/{number}").json
    assert told.keys() == recorded(PAYLOADS / f"{sample}.body").keys()


def test_records_are_what_their_numbers_make_of_them() -> None:
    clock = Wall()
    numbers = recent(clock, customers=30, orders=60, products=20)
    one, two = Network({"": numbers}, clock), Network({"": numbers}, clock)
    for network in (one, two):
        network.port = 80
    assert one.main.orders.ids() == two.main.orders.ids()
    assert [one.main.orders.get(id_) for id_ in one.main.orders.ids()] == [
        two.main.orders.get(id_) for id_ in two.main.orders.ids()
    ]


def test_two_sites_have_the_same_ids_and_other_records() -> None:
    clock = Wall()
    counts = {"customers": 5, "orders": 5, "products": 5}
    network = Network({"": recent(clock, **counts), "/b": recent(clock, **counts, flavour=1)}, clock)
    one, two = network.sites.values()
    assert one.orders.ids() == two.orders.ids()
    first, second = one.orders.get(ORDER_IDS + 2), two.orders.get(ORDER_IDS + 2)
    assert first
    assert second
    assert first["total"] != second["total"]
