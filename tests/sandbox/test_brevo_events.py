"""Events: what is refused, that nothing is deduplicated, and how they are found again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.sandbox.brevo.checks import event_properties
from tests.sandbox.brevo_client import Brevo, event


@pytest.mark.parametrize(
    ("why", "body"),
    [
        ("a space in the name", event(event_name="cart updated")),
        ("no name", {"identifiers": {"email_id": "a@b.example"}}),
        ("name too long", event(event_name="x" * 256)),
        ("nobody", event(identifiers={})),
        ("unknown identifier", event(identifiers={"email": "a@b.example"})),
        ("a number for an e-mail", event(identifiers={"email_id": 5})),
        ("a text for a contact_id", event(identifiers={"contact_id": "5"})),
        ("a date without time", event(event_date="2026-11-21")),
        ("a date without zone", event(event_date="2026-11-21T10:00:00")),
        ("the 30th of February", event(event_date="2026-02-30T10:00:00Z")),
        ("a null", event(event_properties={"total": None})),
        ("a null inside", event(event_properties={"items": [{"name": None}]})),
        ("a dot in a key", event(event_properties={"cart.total": 1})),
        ("a space in an inner key", event(event_properties={"items": [{"unit price": 1}]})),
        ("an amount as text", event(event_properties={"total": "19.98"})),
        ("a price as text", event(event_properties={"items": [{"price": "9,99"}]})),
        ("51 KB", event(event_properties={"note": "x" * 51 * 1024})),
        ("a list for a contact property", event(contact_properties={"TAGS": ["a"]})),
        ("a typo", event(event_propertys={})),
    ],
)
def test_an_event_that_may_never_be_sent_is_refused_and_remembered(why: str, body: dict[str, Any]) -> None:
    brevo = Brevo()
    assert brevo.said("POST", "/events", body)[0] == 400, why
    assert (brevo.seen("events")["count"], brevo.seen("violations")["count"]) == (0, 1)


@pytest.mark.parametrize(
    ("why", "properties"),
    [
        ("numbers", {"total": 19.98, "items": [{"quantity": 2, "price": 9.99}]}),
        ("formatted text beside them", {"total_formatted": "19,98 €", "total": 19.98}),
        ("a word where a number may be", {"discount": "WELCOME"}),
        ("a date", {"expires_at": "2026-11-23T10:00:00Z"}),
        ("truth and emptiness", {"is_gift": False, "note": "", "items": []}),
    ],
)
def test_a_good_event_is_kept_as_it_came(why: str, properties: dict[str, Any]) -> None:
    brevo = Brevo()
    assert brevo.said("POST", "/events", event(event_properties=properties)) == (204, None), why
    assert brevo.seen("events")["events"][0]["event_properties"] == properties


def test_the_same_event_twice_is_two_events() -> None:
    brevo = Brevo()
    for _ in range(2):
        brevo.ask("POST", "/events", event(event_properties={"event_id": "e1"}))
    seen = brevo.seen("events")
    assert (seen["count"], seen["twice"]) == (2, {"e1": 2})


def test_of_a_batch_the_good_ones_are_kept() -> None:
    brevo = Brevo()
    batch = {"events": [event(), event(event_name="not good"), {"event_name": "x"}]}
    status, answer = brevo.said("POST", "/events/batch", batch)
    assert (status, answer["successful_events"], answer["failed_events"]) == (207, 1, 2)
    assert [one["eventIndex"] for one in answer["errors"]] == [[1], [2]]
    assert brevo.seen("events")["count"] == 1

    status, answer = brevo.said("POST", "/events/batch", {"events": [event(event_name="not good")]})
    assert (status, answer["total_events"], answer["successful_events"]) == (400, 1, 0)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["e3", "e2", "e1"]),
        ("event_name=cart_updated", ["e3", "e1"]),
        ("event_id=e2", ["e2"]),
        ("contact_id=1", ["e2", "e1"]),
        ("email=BO@shop.example", ["e3"]),
        ("email=nobody@shop.example", []),
        ("startDate=2026-11-21T10:30:00Z", ["e3", "e2"]),
        ("endDate=2026-11-21T10:30:00.000Z", ["e1"]),
        ("startDate=2026-11-22", []),
        ("limit=1&offset=1", ["e2"]),
    ],
)
def test_events_are_found_by_query_newest_first(query: str, found: list[str]) -> None:
    brevo = Brevo()
    rows = [
        ("e1", "cart_updated", "ann@shop.example", "2026-11-21T10:00:00Z"),
        ("e2", "order_completed", "ann@shop.example", "2026-11-21T11:00:00Z"),
        ("e3", "cart_updated", "bo@shop.example", "2026-11-21T13:00:00+01:00"),
    ]
    for event_id, name, email, date in rows:
        brevo.ask(
            "POST",
            "/events",
            event(
                event_name=name,
                identifiers={"email_id": email},
                event_date=date,
                event_properties={"event_id": event_id},
            ),
        )
    status, answer = brevo.said("GET", f"/events?{query}")
    assert status == 200
    assert [one["event_properties"]["event_id"] for one in answer["events"]] == found


@pytest.mark.parametrize("query", ["startDate=yesterday", "limit=10001", "limit=-1", "contact_id=x"])
def test_a_query_that_means_nothing_is_refused(query: str) -> None:
    assert Brevo().said("GET", f"/events?{query}")[0] == 400


_json = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.text(max_size=5), _json, max_size=4))
def test_any_properties_are_either_fine_or_named_wrong(properties: dict[str, Any]) -> None:
    wrong = event_properties(properties)
    assert wrong is None or wrong.split(" ")[0]
