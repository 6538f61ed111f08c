"""A full import beside live traffic: no limit broken, shoppers first, done when the budget allows it."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.domain.history import MOST_IMPORT_BYTES, PAGE
from collector.pipeline.history.job import SOON
from collector.pipeline.history.planning import GATHER, Room, Work, plan
from tests.pipeline.history.virtual_day import DAY, LONG_AGO, Day, day, fill, in_the_middle, shopping


def said_of(order: dict[str, Any]) -> tuple[str, float, str, datetime, list[tuple[str, int, float]]]:
    """An order at Brevo: whose, how much, how it stands, since when, of what."""
    items = [(one["productId"], one["quantity"], one["price"]) for one in order["products"]]
    made_at = datetime.fromisoformat(order["createdAt"])
    return order["identifiers"]["email_id"], order["amount"], order["status"], made_at, items


def lived_through(found: Day, contacts: int, orders: int, live: int) -> None:
    begun = found.clock.now
    fill(found, contacts, orders)
    found.arrivals = shopping(live, begun, DAY, contacts)
    found.pass_until(begun + GATHER)
    planned = found.plan()
    found.pass_until(begun + DAY + timedelta(minutes=20))
    took = found.finished_at() - begun
    late = found.latencies()
    print(
        f"{contacts} contacts, {orders} orders, {live} live orders: planned {planned}, took {took};"
        f" live events {len(late)}: median {in_the_middle(late):.2f} s, p95 {late[int(0.95 * len(late))]:.2f} s,"
        f" max {late[-1]:.2f} s; calls {dict(found.account.status_counts)}"
    )
    assert "429" not in found.account.status_counts
    assert found.account.limits.refused == dict.fromkeys(found.account.limits.refused, 0)
    assert found.account.violations == []
    assert found.marks_waiting == 0
    assert set(found.outbox.states()) <= {"done", "skipped"}
    assert len(late) >= live
    assert in_the_middle(late) < 2
    assert took <= planned.lasts * 1.1 + 3 * SOON
    people = [found.there(f"p{number}@shop.example") for number in range(1, contacts + 1)]
    assert [one.email_blacklisted for one in people[:6]] == [False, True, True, False, True, True]
    assert all(one.email_blacklisted == (number % 3 != 1) for number, one in enumerate(people, 1))
    assert [(one.attributes["FIRSTNAME"], one.attributes["LASTNAME"]) for one in people] == [
        (f"P{number}", "Example") for number in range(1, contacts + 1)
    ]
    historical = {one["id"]: said_of(one) for one in found.account.orders.values() if one["is_historical"]}
    assert historical == {
        str(number): (f"p{number % contacts + 1}@shop.example", 5, "paid", LONG_AGO, [("11", 1, 5)])
        for number in range(1, orders + 1)
    }
    assert not [note for note in found.account.notes if note["kind"] == "order of somebody unknown"]


def test_a_day_with_a_thousand_imported_and_shoppers_beside(tmp_path: Path) -> None:
    with day(tmp_path) as found:
        lived_through(found, 1_000, 1_000, 60)


@pytest.mark.long
def test_a_day_with_a_hundred_thousand_imported_and_shoppers_beside(tmp_path: Path) -> None:
    with day(tmp_path) as found:
        lived_through(found, 100_000, 100_000, 1_500)


def test_changed_contacts_cost_the_fewest_calls_there_can_be(tmp_path: Path) -> None:
    """Read who is blocked, a thousand a call; tell everybody of a kind in one body; look at it once. The kinds here:
    those who may be written to or are there unblocked, those who are blocked."""
    count = 1_100
    with day(tmp_path) as found:
        fill(found, count, 0)
        found.run()
        found.clock.move(7200)
        found.due_at = None
        before = len(found.calls())
        fill(found, count, 0, name="Changed")
        found.step()  # looks at what was marked
        planned = found.plan()
        found.run()
        calls = [f"{call.method} {call.path.removeprefix('/v3')}" for call in found.calls()[before:]]
        counted = (calls.count("GET /contacts"), calls.count("POST /contacts/import"))
        looks = sum(call.startswith("GET /processes") for call in calls)
        assert counted == (math.ceil(count / PAGE), 2)
        assert looks == 2
        assert len(calls) == sum(counted) + looks
        assert (planned.readings, planned.imports, planned.looks) == (*counted, looks)
        assert found.there("p5@shop.example").attributes["FIRSTNAME"] == "Changed5"


@pytest.mark.parametrize(
    ("why", "work", "calls"),
    [
        ("one kind, 15 MB: 100 pages, 2 imports, a look at each", Work((15_000_000,), at_destination=100_000), 104),
        ("two kinds, half of it each", Work((7_500_000, 7_500_000), at_destination=100_000), 104),
        ("an account that is read already", Work((15_000_000,)), 4),
        ("a new account: one page", Work((15_000_000,), at_destination=0), 5),
        ("one by one it would be", Work(alone=100_000), 200_000),
        ("and the orders: a thousand a call", Work((15_000_000,), 100_000, 55_000_000, 0, 0), 105),
        ("large orders: 5 MB a call", Work(orders=100_000, order_bytes=980_000_000), 200),
    ],
)
def test_the_arithmetic_of_a_hundred_thousand(why: str, work: Work, calls: int) -> None:
    found = plan(work, Room(contacts_s=0.25, others=60))
    assert found.calls == calls, why
    assert found.calls >= sum(math.ceil(size / MOST_IMPORT_BYTES) for size in work.kinds)


@pytest.mark.parametrize(
    ("why", "work", "used", "hours"),
    [
        ("a hundred batches and two looks: two hours' shares, so one hour is waited for", Work((15e6,), 100_000), 0, 1),  # type: ignore[arg-type]
        ("sixty calls fit into one", Work((), 60_000), 0, 0),
        ("unless some are used up already", Work((), 60_000), 1, 1),
        ("a million orders", Work((), 1_000_000), 0, 16),
    ],
)
def test_how_many_hours_a_bulk_takes(why: str, work: Work, used: int, hours: int) -> None:
    lasts = plan(work, Room(0.25, 60, used)).lasts
    assert lasts.total_seconds() // 3660 == hours, why
