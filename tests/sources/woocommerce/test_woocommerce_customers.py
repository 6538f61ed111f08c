"""Customers: any WordPress user, staff included."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from collector.domain.errors import Unparseable
from collector.domain.events import CustomerSeen, EventType

from .standins import REST, parse, recorded


def the_customer(topic: str = "customer.updated", **changes: Any) -> CustomerSeen:
    (seen,) = parse(topic, recorded("customer.created.2") | changes)
    assert isinstance(seen, CustomerSeen)
    return seen


def test_a_recorded_customer_is_read_whole() -> None:
    assert the_customer("customer.created") == CustomerSeen(
        type=EventType.CUSTOMER_CREATED,
        customer_id="5",
        version_at=datetime(2026, 11, 21, 16, 50, 59, tzinfo=UTC),
        created_at=datetime(2026, 11, 21, 16, 50, 58, tzinfo=UTC),
        email="hans@example.net",
        phone="+33612345678",
        first_name="Hans",
        last_name="Müller",
        city="Köln",
        postcode="50667",
        country="DE",
        role="customer",
        billing_email="hans.billing@example.net",
    )


@pytest.mark.parametrize("topic", ["customer.updated", "customer.restored"])
def test_only_a_creation_is_a_creation(topic: str) -> None:
    assert the_customer(topic).type is EventType.CUSTOMER_UPDATED


def test_staff_are_told_from_customers() -> None:
    found = [
        fact
        for body in json.loads((REST / "customers.role_all.body").read_bytes())
        for fact in parse("customer.updated", body)
    ]
    staff = {fact.role: fact.is_staff for fact in found if isinstance(fact, CustomerSeen)}
    assert staff == {"administrator": True, "shop_manager": True, "subscriber": False, "customer": False}


@pytest.mark.parametrize(
    ("why", "changes", "field", "expected"),
    [
        ("names are escaped once", {"first_name": "Tom &amp; Ann"}, "first_name", "Tom & Ann"),
        ("name on the bill only", {"first_name": ""}, "first_name", "Hans"),
        ("one address twice", {"billing": {"email": "Hans@Example.net"}}, "billing_email", ""),
        ("no address", {"email": ""}, "email", ""),
        ("no bill", {"billing": []}, "country", ""),
        ("sent elsewhere", {"billing": None, "shipping": {"city": "Bonn", "country": "de"}}, "country", "DE"),
        (
            "never changed",
            {"date_modified_gmt": None},
            "version_at",
            datetime(2026, 11, 21, 16, 50, 58, tzinfo=UTC),
        ),
        ("MySQL's zero", {"date_created_gmt": "0000-00-00T00:00:00"}, "created_at", None),
        (
            "a time with a zone",
            {"date_modified_gmt": "2026-11-21T17:00:00+01:00"},
            "version_at",
            datetime(2026, 11, 21, 16, tzinfo=UTC),
        ),
        ("id as text", {"id": "5"}, "customer_id", "5"),
        ("tags are not in it", {}, "tags", None),
        ("nor counts", {}, "orders_count", None),
    ],
)
def test_mangled_customers_are_still_customers(why: str, changes: dict[str, Any], field: str, expected: object) -> None:
    assert getattr(the_customer(**changes), field) == expected, why


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"id": True}, "bad_id"), ({"id": [5]}, "bad_id"), ({"date_modified_gmt": [1]}, "bad_time")],
)
def test_a_customer_without_id_or_version_is_quarantined(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unparseable) as failed:
        the_customer(**changes)
    assert failed.value.reason == reason
