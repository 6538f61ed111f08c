"""The bodies of the bulk calls: within the contract and the sizes, named by the address alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.destinations.brevo import imports, order_batches
from collector.destinations.brevo.client import to_bytes
from collector.domain.events import Strength
from collector.domain.history import MOST_IMPORT_BYTES, MOST_ORDER_BYTES, ImportKind, Way
from collector.domain.messages import ContactMessage, OrderMessage
from tests.contract import brevo_contract
from tests.contract.test_brevo_bodies import contacts, orders

from .conftest import order

kinds = st.builds(
    ImportKind, way=st.sampled_from(Way), is_text_blocked=st.booleans(), lists=st.sampled_from([("buyers",), ()])
)


def person(number: int = 1, **attributes: Any) -> ContactMessage:
    named = {"FIRSTNAME": f"P{number}"} | attributes
    return ContactMessage(f"p{number}@shop.example", Strength.SIGNED, True, named, ext_id=f"woocommerce:x:{number}")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(contacts, min_size=1, max_size=5), kinds)
def test_no_import_breaks_the_contract(people: list[ContactMessage], kind: ImportKind) -> None:
    body = imports.body([imports.row(one) for one in people], [5], kind)
    assert brevo_contract.errors("POST", "/contacts/import", body) == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(orders(), min_size=1, max_size=5))
def test_no_batch_of_orders_breaks_the_contract(some: list[OrderMessage]) -> None:
    assert brevo_contract.errors("POST", "/orders/status/batch", order_batches.body(some)) == []


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(contacts, min_size=1, max_size=8), st.lists(orders(), min_size=1, max_size=8))
def test_sizes_are_reckoned_as_they_are_sent(people: list[ContactMessage], some: list[OrderMessage]) -> None:
    """Row by row, so that the last one that fits is known before the body is made."""
    kind = ImportKind(Way.BLOCKED, True, ("buyers",))
    rows = [imports.row(one) for one in people]
    frame = len(to_bytes(imports.body([], [1, 2, 3], kind)))
    assert len(to_bytes(imports.body(rows, [1, 2, 3], kind))) <= sum(map(imports.row_size, people)) + frame
    frame = len(to_bytes(order_batches.body([])))
    assert len(to_bytes(order_batches.body(some))) <= sum(map(order_batches.order_size, some)) + frame
    assert frame < 200


def test_a_full_call_is_below_what_brevo_takes() -> None:
    assert MOST_IMPORT_BYTES + 1000 < 8_000_000
    assert MOST_ORDER_BYTES + 1000 < 5_000_000


def test_an_import_names_people_by_their_address_only() -> None:
    row = imports.row(person(EMAIL="other@shop.example", EXT_ID="7"))
    assert row == {"email": "p1@shop.example", "attributes": {"FIRSTNAME": "P1"}}


@pytest.mark.parametrize(
    ("why", "kind", "said"),
    [
        ("open: nothing is said about blocking", ImportKind(Way.OPEN, False, ()), {}),
        ("blocked: everybody in it", ImportKind(Way.BLOCKED, False, ()), {"emailBlacklist": True}),
        ("no texts to these numbers", ImportKind(Way.OPEN, True, ()), {"smsBlacklist": True}),
    ],
)
def test_what_an_import_says_about_blocking(why: str, kind: ImportKind, said: dict[str, bool]) -> None:
    body = imports.body([imports.row(person())], [5], kind)
    assert {name: one for name, one in body.items() if "Blacklist" in name or "blacklist" in name} == said, why
    assert (body["emptyContactsAttributes"], body["updateExistingContacts"]) == (False, True)


def test_bulk_orders_are_history() -> None:
    assert order_batches.body([order()])["historical"] is True


@pytest.mark.parametrize(
    ("why", "attributes", "numbers"),
    [
        ("none", {}, ()),
        ("with country code", {"SMS": "+43 1 5337010"}, ("4315337010",)),
        ("written otherwise", {"SMS": "004315337010"}, ("4315337010",)),
        ("the same twice", {"SMS": "+4315337010", "WHATSAPP": "+4315337010"}, ("4315337010",)),
        ("two", {"SMS": "+4315337010", "LANDLINE_NUMBER": "+4315337011"}, ("4315337010", "4315337011")),
    ],
)
def test_which_numbers_a_contact_brings_along(why: str, attributes: dict[str, str], numbers: tuple[str, ...]) -> None:
    assert imports.numbers(replace(person(), attributes=attributes)) == numbers, why
