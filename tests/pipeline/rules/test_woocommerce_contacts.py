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


OTHER = "anas.office@shop.example"


def test_an_order_under_another_address_counts_for_the_account_at_once(way: WholeWay) -> None:
    """Accounts and checkouts of WooCommerce have an address each."""
    elsewhere = BILL | {"email": OTHER}
    way.begin(under(mapping=MAPPING, lists={"all_customers": 1, "buyers": 2}))

    def account(minutes: float) -> tuple[object, object, set[int]]:
        way.leave(minutes)
        found = way.contact(ANAS)
        assert found is not None
        return found.attributes.get("ORDER_COUNT"), found.attributes.get("TOTAL_SPENT"), found.lists

    way.happen(woo_customer(-5, topic="customer.created", billing=elsewhere))
    assert account(-4) == (None, None, {1})
    way.happen(woo_order(0, "processing", MUG, billing=elsewhere, customer_id=1))
    assert account(1) == (1, 5.0, {1, 2})
    way.happen(woo_order(60, "processing", MUG, billing=elsewhere, customer_id=1, refunds=[{"id": 9, "total": "-2"}]))
    assert account(61) == (1, 3.0, {1, 2})
    way.happen(woo_order(90, "cancelled", MUG, billing=elsewhere, customer_id=1))
    assert account(91) == (0, 0.0, {1, 2})


def test_nobody_is_made_a_contact_by_an_order_under_another_address(way: WholeWay) -> None:
    way.begin(under(mapping=MAPPING, forward_customers=False))
    way.happen(woo_customer(-5, topic="customer.created", billing=BILL | {"email": OTHER}))
    way.happen(woo_order(0, "processing", MUG, billing=BILL | {"email": OTHER}, customer_id=1))
    way.leave(1)
    assert (way.contact(ANAS) is None, way.contact(OTHER) is None) == (True, False)
