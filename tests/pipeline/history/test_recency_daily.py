"""A day goes by and nothing else happens: RECENCY at Brevo moves, in bulk, and nothing is started by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collector.domain.customers import first_sight, merge
from collector.domain.events import CustomerSeen, EventType
from collector.domain.shop import Shop
from collector.pipeline.refreshing_recency import RefreshRecency
from tests.pipeline.history.rig import SHOP, Rig, rig
from tests.pipeline.history.test_history_imports import order, people, person

MAPPED: Shop = replace(
    SHOP, zone="Europe/Vienna", policy=replace(SHOP.policy, mapping={"days_since_last_order": "RECENCY"})
)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[Rig]:
    with rig(tmp_path, shop=MAPPED) as found:
        found.account.attributes.create("normal", "RECENCY", "float", ())
        yield found


def told(history: Rig) -> None:
    history.imported(*people(30), person(99), *(order(number) for number in range(1, 31)))
    history.run()
    assert history.there("p1@shop.example").attributes["RECENCY"] == 0
    history.due_at = None


def day(history: Rig, days: int, shop: Shop = MAPPED) -> str:
    """The job comes round so many days later, ten past midnight in Vienna, and the bulk lane after it."""
    job = RefreshRecency(shop, history.state, history.clock)
    first = job.run({}, history.clock.now)
    history.clock.now = first.due_at + timedelta(days=days - 1)
    found = job.run(first.progress, history.clock.now)
    history.run()
    return found.said


def test_a_day_later_it_is_a_day_more(history: Rig) -> None:
    told(history)
    before = len(history.imports())
    assert day(history, 1) == "30 buyers are told of the day"
    assert {history.there(f"p{number}@shop.example").attributes["RECENCY"] for number in range(1, 31)} == {1}
    assert len(history.imports()) - before <= 2, "many at once"
    assert history.outbox.states() == {}, "nothing live"
    assert "RECENCY" not in history.there("p99@shop.example").attributes, "who never bought has none"


def test_whose_orders_only_the_platform_knows_is_told_too(history: Rig) -> None:
    """Of an order from before what we may read; our own orders are later where there are some."""
    told(history)
    for number in (1, 99):
        ordered_at = history.clock.now - timedelta(days=89)
        record = CustomerSeen(
            EventType.CUSTOMER_UPDATED,
            str(number),
            history.clock.now,
            email=f"p{number}@shop.example",
            orders_count=5,
            last_order_at=ordered_at,
        )
        with history.state.write() as tx:
            found = tx.customers.find(MAPPED.id, str(number))
            assert found is not None
            tx.customers.keep(MAPPED.id, merge(found[0], first_sight(record)), None)
    assert day(history, 1) == "31 buyers are told of the day"
    assert history.there("p99@shop.example").attributes["RECENCY"] == 90
    assert history.there("p1@shop.example").attributes["RECENCY"] == 1


@pytest.mark.parametrize(
    ("why", "shop"),
    [
        ("the mapping does not use it", replace(MAPPED, policy=replace(MAPPED.policy, mapping={}))),
        ("the shop only observes", replace(MAPPED, activated_at=None, sending=type(MAPPED.sending).OBSERVE)),
    ],
)
def test_nobody_is_told_for_nothing(history: Rig, why: str, shop: Shop) -> None:
    told(history)
    before = len(history.calls())
    assert day(history, 1, shop) == "", why
    assert len(history.calls()) == before, why


def test_a_second_turn_on_the_same_day_does_nothing(history: Rig) -> None:
    told(history)
    day(history, 1)
    job = RefreshRecency(MAPPED, history.state, history.clock)
    today = history.clock.now.astimezone(ZoneInfo("Europe/Vienna")).date()
    found = job.run({"day": today.isoformat()}, history.clock.now)
    assert not history.marks_waiting
    assert found.due_at > history.clock.now


def test_a_turn_cut_short_goes_on_where_it_was(history: Rig) -> None:
    told(history)
    job = RefreshRecency(MAPPED, history.state, _Jumping(history), at_once=7)
    progress = {"day": "2026-11-20"}
    turns = 0
    while "after" in (found := job.run(progress, history.clock.now)).progress:
        progress, turns = dict(found.progress), turns + 1
    assert turns >= 2
    assert found.said == "30 buyers are told of the day"
    assert history.marks_waiting == 30


class _Jumping:
    """A clock on which each look takes half a turn, so that a turn is two pages."""

    def __init__(self, history: Rig) -> None:
        self._history = history

    def __call__(self) -> datetime:
        self._history.clock.now += timedelta(seconds=8)
        return self._history.clock.now
