"""Customers: any WordPress user, staff included."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from collector.domain.errors import Unparseable
from collector.domain.events import CustomerSeen, EventType
from collector.domain.shop import Policy

from .standins import ARRIVED, REST, SHOP, SOURCE, parse, recorded, row


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
        stated_at=ARRIVED,
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


@pytest.mark.parametrize(
    ("why", "mapping", "meta", "expected"),
    [
        ("nothing is mapped, nothing is kept", {}, {"points": "5"}, None),
        ("only what is mapped", {"meta_data.points": "P"}, {"points": "5", "pin": "1"}, {"meta_data.points": "5"}),
        ("a name alone", {"tier": "T"}, {"tier": "gold &amp; more"}, {"meta_data.tier": "gold & more"}),
        ("true and numbers", {"a": "A", "b": "B"}, {"a": True, "b": 1.5}, {"meta_data.a": True, "meta_data.b": "1.5"}),
        ("no map has a text", {"a": "A"}, {"a": {"b": 1}}, {"meta_data.a": ""}),
        ("a number by the bill's country", {"m": "SMS"}, {"m": "06 12 34 56 78"}, {"meta_data.m": "+33612345678"}),
        ("no number", {"m": "SMS"}, {"m": "call me"}, {}),
    ],
)
def test_of_the_meta_data_only_what_the_mapping_reads_is_kept(
    why: str, mapping: dict[str, str], meta: dict[str, Any], expected: dict[str, Any] | None
) -> None:
    shop = replace(SHOP, policy=Policy(mapping=mapping))
    billing = {"country": "FR"}
    listed = [{"id": 1, "key": key, "value": value} for key, value in meta.items()]
    body = recorded("customer.created.2") | {"meta_data": listed, "billing": billing}
    (seen,) = SOURCE.parse(row("customer.updated", body), shop)
    assert isinstance(seen, CustomerSeen)
    assert seen.extras == expected, why
