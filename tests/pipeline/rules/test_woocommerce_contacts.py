"""Guests and customers of a WooCommerce shop: the same attributes, from their orders or from their record."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pipeline.row_builders import woo_customer, woo_order
from tests.pipeline.rules.whole_way import WholeWay
from tests.pipeline.telling_bench import MUG, under

ANAS = "ana@shop.example"
# As the document prints it, and where an order is sent to.
MAPPING = {
    "email": "email",
    "first_name": "FIRSTNAME",
    "last_name": "LASTNAME",
    "billing.phone": "SMS",
    "billing.company": "COMPANY",
    "billing.city": "CITY",
    "billing.state": "STATE",
    "billing.country": "COUNTRY",
    "billing.postcode": "ZIP",
    "orders_count": "ORDER_COUNT",
    "total_spent": "TOTAL_SPENT",
    "shipping.city": "TO_CITY",
    "shipping.postcode": "TO_ZIP",
}
BILL = {
    "first_name": "Ana",
    "last_name": "Berg",
    "email": ANAS,
    "company": "Mugs &amp; More",
    "city": "Bern",
    "state": "BE",
    "postcode": "3000",
    "country": "CH",
    "phone": "079 123 45 67",
}
SENT = {"city": "Thun", "postcode": "3600", "country": "CH"}
ALL = {
    "FIRSTNAME": "Ana",
    "LASTNAME": "Berg",
    "SMS": "+41791234567",
    "COMPANY": "Mugs & More",
    "CITY": "Bern",
    "STATE": "BE",
    "COUNTRY": "CH",
    "ZIP": "3000",
    "ORDER_COUNT": 1,
    "TOTAL_SPENT": 5.0,
    "TO_CITY": "Thun",
    "TO_ZIP": "3600",
}


def attributes(way: WholeWay) -> dict[str, Any]:
    way.leave(60)
    contact = way.contact(ANAS)
    assert contact is not None
    return contact.attributes


@pytest.mark.parametrize(
    ("why", "customer"),
    [
        ("a guest", None),
        ("a customer", {"billing": BILL, "shipping": SENT}),
        ("a customer who filled in nothing yet", {"billing": {}, "shipping": {}}),
    ],
)
def test_a_guest_has_the_attributes_a_customer_has(way: WholeWay, why: str, customer: dict[str, Any] | None) -> None:
    way.begin(under(mapping=MAPPING))
    if customer is not None:
        way.happen(woo_customer(-5, topic="customer.created", **customer))
    way.happen(woo_order(0, "processing", MUG, billing=BILL, shipping=SENT))
    assert attributes(way) == ALL, why


def test_a_customers_own_shipping_address_is_not_mixed_with_that_of_an_order(way: WholeWay) -> None:
    way.begin(under(mapping=MAPPING))
    way.happen(woo_customer(-5, topic="customer.created", billing=BILL, shipping={"city": "Biel"}))
    way.happen(woo_order(0, "processing", MUG, billing=BILL, shipping=SENT))
    found = attributes(way)
    assert (found["TO_CITY"], found.get("TO_ZIP", "")) == ("Biel", "")
