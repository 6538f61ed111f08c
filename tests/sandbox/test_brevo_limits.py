"""Limits that really count, on a clock set by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.sandbox.brevo.limits import FAMILIES, TIERS, Limits, family_of
from tests.sandbox.brevo_client import KEY, Brevo, Clock, event


@pytest.mark.parametrize(
    ("method", "path", "family"),
    [
        ("POST", "/events", "events"),
        ("GET", "/events", "other"),
        ("POST", "/events/batch", "other"),
        ("POST", "/contacts", "contacts"),
        ("GET", "/contacts/a@b.example", "contacts"),
        ("POST", "/contacts/lists/1/contacts/add", "contacts"),
        ("POST", "/orders/status", "orders"),
        ("POST", "/orders/status/batch", "other"),
        ("POST", "/products", "products"),
        ("GET", "/products", "other"),
        ("POST", "/products/batch", "other"),
        ("GET", "/account", "other"),
        ("POST", "/contactsX", "other"),
    ],
)
def test_each_call_is_paid_from_one_bucket(method: str, path: str, family: str) -> None:
    assert family_of(method, path) == family


def test_the_eleventh_event_of_a_second_waits_for_the_next() -> None:
    brevo = Brevo(tier="general")
    assert [brevo.ask("POST", "/events", event()).status_code for _ in range(11)] == [204] * 10 + [429]

    refused = brevo.ask("POST", "/events", event())
    assert refused.get_json()["code"] == "too_many_requests"
    assert {name: value for name, value in refused.headers.items() if name.startswith("x-sib")} == {
        "x-sib-ratelimit-limit": "10",
        "x-sib-ratelimit-remaining": "0",
        "x-sib-ratelimit-reset": "1",
    }
    assert "Retry-After" not in refused.headers
    assert brevo.ask("GET", "/contacts").status_code == 200, "another bucket"
    brevo.clock.move(1)
    assert brevo.ask("POST", "/events", event()).status_code == 204
    assert brevo.seen("events")["count"] == 11


def test_nearly_everything_else_shares_100_calls_an_hour() -> None:
    brevo = Brevo(tier="general")
    paths = ["/account", "/webhooks", "/categories", "/processes"]
    assert {brevo.ask("GET", paths[n % 4]).status_code for n in range(100)} == {200}
    refused = brevo.ask("GET", "/account")
    assert (refused.status_code, refused.headers["x-sib-ratelimit-reset"]) == (429, "3600")
    brevo.clock.move(3599)
    assert brevo.ask("GET", "/account").headers["x-sib-ratelimit-reset"] == "1"
    brevo.clock.move(1)
    assert brevo.ask("GET", "/account").headers["x-sib-ratelimit-remaining"] == "99"


def test_the_reset_header_can_be_in_milliseconds() -> None:
    brevo = Brevo(tier="general", reset_header_in_ms=True)
    assert brevo.ask("GET", "/account").headers["x-sib-ratelimit-reset"] == "3600000"


def test_a_call_without_a_key_costs_nothing() -> None:
    brevo = Brevo(tier="general")
    for _ in range(20):
        assert brevo.client.post("/v3/events", json=event(), headers={"api-key": "x"}).status_code == 401
    assert brevo.client.post("/v3/events", json=event(), headers=KEY).status_code == 204


def test_the_plan_can_be_changed_in_flight() -> None:
    brevo = Brevo(tier="general")
    assert brevo.client.post("/_sandbox/limits", json={"tier": "advanced"}).status_code == 200
    assert brevo.ask("POST", "/events", event()).headers["x-sib-ratelimit-limit"] == "20"
    assert brevo.client.post("/_sandbox/limits", json={"tier": "royal"}).status_code == 400
    brevo.client.post("/_sandbox/reset")
    assert brevo.seen("limits")["tier"] == "general"


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([tier for tier in TIERS if tier != "unlimited"]),
    st.lists(st.tuples(st.sampled_from(FAMILIES), st.floats(0, 0.4)), max_size=120),
)
def test_no_window_ever_lets_more_through_than_its_limit(tier: str, calls: list[tuple[str, float]]) -> None:
    limits, clock = Limits(tier), Clock()
    for family, pause in calls:
        clock.move(pause)
        before = limits.described(clock.now)
        standing = limits.spend(family, clock.now)
        full = any(row["family"] == family and row["used"] == row["limit"] for row in before)
        assert standing.is_allowed is not full
        assert 0 <= standing.remaining < standing.limit
        assert standing.reset_s >= 1
        assert all(int(row["used"]) <= int(row["limit"]) for row in limits.described(clock.now))
