"""Budgets: never more calls than allowed in any second or hour, whatever the answers say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from collector.destinations.brevo.destination import BrevoDestination
from collector.destinations.brevo.limits import (
    CONTACTS,
    EVENTS,
    HISTORY_SHARE,
    LOOKUPS,
    OTHER,
    BudgetMeter,
    wait_after_429,
    window_meant,
)
from collector.domain.errors import DeliveryFailed, Remedy
from collector.domain.events import Strength
from collector.storage.sqlite.budgets import Budgets
from collector.storage.sqlite.connection import open_state

from .conftest import ACCOUNT, SHOP, contact, event
from .wire import Brevo, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def meter(tmp_path: Path, clock: Clock) -> Iterator[BudgetMeter]:
    state = open_state(tmp_path / "tajo.db", may_create=True)
    yield BudgetMeter(Budgets(state), clock)
    state.close()


def test_no_second_anywhere_holds_more_than_the_limit(meter: BudgetMeter, clock: Clock) -> None:
    taken = []
    for _ in range(250):
        if not meter.take("a", EVENTS):
            taken.append(clock.now)
        clock.pass_by(milliseconds=13)
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in zip(taken, taken[10:], strict=False))
    assert len(taken) > 0.8 * 10 * 3.25


def test_the_wait_is_long_enough(meter: BudgetMeter, clock: Clock) -> None:
    meter.take("a", EVENTS)
    for _ in range(50):
        clock.pass_by(seconds=meter.take("a", EVENTS))
        assert meter.take("a", EVENTS) == 0
        clock.pass_by(milliseconds=1)


def test_a_larger_plan_says_so_and_is_used(meter: BudgetMeter, clock: Clock) -> None:
    meter.told("a", EVENTS, {"x-sib-ratelimit-limit": "20", "x-sib-ratelimit-remaining": "19"})
    assert meter.take("a", EVENTS) == 0
    clock.pass_by(milliseconds=55)
    assert meter.take("a", EVENTS) == 0


def test_what_others_used_up_is_not_taken(meter: BudgetMeter, clock: Clock) -> None:
    meter.take("a", OTHER)
    meter.told("a", OTHER, {"x-sib-ratelimit-limit": "100", "x-sib-ratelimit-remaining": "0"})
    assert meter.take("a", OTHER) == 3660
    assert meter.take("b", OTHER) == 0


@pytest.mark.parametrize("headers", [{}, {"x-sib-ratelimit-limit": "many"}, {"x-sib-ratelimit-limit": "0"},
                                     {"x-sib-ratelimit-limit": "5", "x-sib-ratelimit-remaining": "9"}])  # fmt: skip
def test_headers_nobody_understands_change_nothing(meter: BudgetMeter, headers: dict[str, str]) -> None:
    meter.told("a", OTHER, headers)
    assert meter.take("a", OTHER) == 0


@pytest.mark.parametrize(
    ("why", "family", "limit", "length_s"),
    [
        ("the plain plan's second", EVENTS, 10, 1),
        ("the largest plan's second", EVENTS, 60, 1),
        ("the plain plan's hour", EVENTS, 36_000, 3600),
        ("the next plan's hour", EVENTS, 72_000, 3600),
        ("only hours are counted", OTHER, 600, 3600),
    ],
)
def test_which_window_a_limit_means(why: str, family: str, limit: int, length_s: int) -> None:
    assert window_meant(family, limit).length_s == length_s, why


@pytest.mark.parametrize(
    ("why", "family", "reset", "earlier", "wait"),
    [
        ("seconds, as the text says", EVENTS, "3", 0, 3),
        ("milliseconds, as somebody met", EVENTS, "14000", 0, 30),
        ("nothing said", EVENTS, None, 0, 1),
        ("nothing left to wait", EVENTS, "0", 0, 1),
        ("nonsense", EVENTS, "soon", 0, 1),
        ("by the hour: half a minute first", OTHER, "2", 0, 30),
        ("then longer", OTHER, "2", 2, 120),
        ("never longer than a quarter of an hour", OTHER, None, 50, 900),
    ],
)
def test_how_long_after_a_429(why: str, family: str, reset: str | None, earlier: int, wait: float) -> None:
    headers = {"x-sib-ratelimit-reset": reset} if reset is not None else {}
    assert wait_after_429(family, headers, earlier) == wait, why


def test_a_429_closes_the_family_and_no_other(brevo: Brevo, meter: BudgetMeter, clock: Clock) -> None:
    brevo.clock = clock
    destination = BrevoDestination(requests.Session(), {"brevo": ACCOUNT}, meter, clock)
    brevo.moods.append((429, {"x-sib-ratelimit-reset": "7"}, ""))
    with pytest.raises(DeliveryFailed) as failed:
        destination.send(SHOP, event())
    assert (failed.value.remedy, failed.value.retry_after_s) == (Remedy.WAIT, 7)
    assert meter.take("brevo", EVENTS) == 7
    assert meter.take("brevo", CONTACTS) == 0
    clock.pass_by(seconds=7)
    assert meter.take("brevo", EVENTS) == 0


def test_further_calls_of_a_message_are_counted_and_do_not_wait_for_the_spread(
    brevo: Brevo, meter: BudgetMeter, clock: Clock
) -> None:
    brevo.clock = clock
    destination = BrevoDestination(requests.Session(), {"brevo": ACCOUNT}, meter, clock)
    assert meter.take("brevo", CONTACTS) == 0
    destination.send(SHOP, contact(Strength.ORDERED, lists_add=("buyers",)))
    assert brevo.said()[-1] == "POST /contacts"
    assert len(brevo.calls) == 3
    assert meter.take("brevo", CONTACTS) == pytest.approx(3 * 0.125), "the next message makes up for it"


def test_a_message_s_calls_stop_where_the_shared_budget_ends(brevo: Brevo, meter: BudgetMeter, clock: Clock) -> None:
    brevo.clock = clock
    destination = BrevoDestination(requests.Session(), {"brevo": ACCOUNT}, meter, clock)
    for _ in range(10):
        assert meter.take("brevo", CONTACTS, is_more=True) == 0
    with pytest.raises(DeliveryFailed) as failed:
        destination.send(SHOP, contact(Strength.ORDERED, lists_add=("buyers",)))
    assert (failed.value.remedy, failed.value.reason) == (Remedy.WAIT, "budget")
    assert len(brevo.calls) == 1, "the one that was paid before"


@pytest.mark.parametrize("calls_each", [1, 2, 3])
def test_no_second_anywhere_holds_too_many_calls_of_contacts(meter: BudgetMeter, clock: Clock, calls_each: int) -> None:
    taken = []
    for _ in range(150):
        if not meter.take("a", CONTACTS):
            taken.append(clock.now)
            for _ in range(calls_each - 1):
                clock.pass_by(milliseconds=2)
                assert meter.take("a", CONTACTS, is_more=True) == 0
                taken.append(clock.now)
        clock.pass_by(milliseconds=29)
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in zip(taken, taken[10:], strict=False))


def test_questions_about_events_leave_the_hour_to_others(brevo: Brevo, meter: BudgetMeter, clock: Clock) -> None:
    brevo.clock = clock
    destination = BrevoDestination(requests.Session(), {"brevo": ACCOUNT}, meter, clock)
    for _ in range(30):
        destination.was_received(SHOP, event())
        clock.pass_by(seconds=1)
    with pytest.raises(DeliveryFailed) as failed:
        destination.was_received(SHOP, event())
    assert failed.value.reason == "budget"
    assert len(brevo.calls) == 30
    assert meter.take("brevo", OTHER) == 0
    assert meter.take("brevo", LOOKUPS) > 0


def test_bulk_work_has_its_share_and_live_work_finds_the_rest(meter: BudgetMeter, clock: Clock) -> None:
    bulk = BudgetMeter(meter._budgets, clock, shares=HISTORY_SHARE)
    taken = 0
    while not bulk.take("a", OTHER):
        taken += 1
    assert taken == 60
    assert [meter.take("a", OTHER) for _ in range(40)] == [0] * 40
    assert meter.take("a", OTHER) > 0


def test_beside_bulk_work_a_live_call_waits_for_a_moment_only(meter: BudgetMeter, clock: Clock) -> None:
    """Bulk work in another process takes whatever it gets; together they stay below the limit of a second."""
    bulk = BudgetMeter(meter._budgets, clock, shares=HISTORY_SHARE)
    taken, waits = [], []
    for step in range(900):
        if step % 45 == 0:
            wait = meter.take("a", CONTACTS)
            waits.append(wait)
            if wait:
                clock.pass_by(seconds=wait)
                assert meter.take("a", CONTACTS) == 0
            taken.append(clock.now)
        if not bulk.take("a", CONTACTS):
            taken.append(clock.now)
        clock.pass_by(milliseconds=11)
    assert max(waits) <= 0.125
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in zip(taken, taken[10:], strict=False))
    assert len(taken) > 30, "bulk work goes on as well"


def test_the_plan_of_the_settings_is_used_from_the_first_call(meter: BudgetMeter, clock: Clock) -> None:
    larger = BudgetMeter(meter._budgets, clock, plans={"b": "advanced"})
    while not larger.take("b", OTHER):
        pass
    with_limits = {window.length_s: window.limit for window in larger.windows("b", OTHER)}
    assert with_limits == {3600: 200}
    assert [window.limit for window in larger.windows("a", OTHER)] == [100]


def test_a_second_that_is_larger_than_planned_makes_the_hour_larger(meter: BudgetMeter) -> None:
    meter.told("a", CONTACTS, {"x-sib-ratelimit-limit": "60", "x-sib-ratelimit-remaining": "59"})
    assert [window.limit for window in meter.windows("a", CONTACTS)] == [10, 216_000]
