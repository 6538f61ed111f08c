"""How long to wait before asking: arithmetic over what the shop said last, and what comes of it over many pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import responses
from requests import PreparedRequest

from collector.sources.shopify.pace import Bucket, Pace, asked_as, read_bucket, wait_s
from tests.sources.shopify.api_bench import GRAPHQL, NOON, ApiBench, VirtualClock, cost, throttled

HALF = Bucket(available=1000.0, maximum=2000.0, restore_per_s=100.0, seen_at=NOON)
PLUS = Bucket(available=0.0, maximum=20000.0, restore_per_s=1000.0, seen_at=NOON)


@pytest.mark.parametrize(
    ("why", "bucket", "costs", "after_s", "reserve", "expected"),
    [
        ("nothing is known yet", None, 500.0, 0.0, 0.0, 0.0),
        ("there is enough", HALF, 1000.0, 0.0, 0.0, 0.0),
        ("the rest has to come in", HALF, 1400.0, 0.0, 0.0, 4.0),
        ("it came in meanwhile", HALF, 1400.0, 4.0, 0.0, 0.0),
        ("some of it came in", HALF, 1400.0, 1.0, 0.0, 3.0),
        ("more than the bucket ever holds waits for a full one", HALF, 9000.0, 0.0, 0.0, 10.0),
        ("the bucket does not fill over its brim", HALF, 2000.0, 3600.0, 0.0, 0.0),
        ("a part is left to others", HALF, 1000.0, 0.0, 0.1, 2.0),
        ("but never more than all of it", HALF, 1950.0, 0.0, 0.5, 10.0),
        ("a larger plan comes in faster", PLUS, 1000.0, 0.0, 0.0, 1.0),
        ("our clock was set back", HALF, 1400.0, -60.0, 0.0, 4.0),
    ],
)
def test_the_wait_is_what_is_missing_at_the_rate_it_comes_in(
    why: str, bucket: Bucket | None, costs: float, after_s: float, reserve: float, expected: float
) -> None:
    assert wait_s(bucket, costs, NOON + timedelta(seconds=after_s), reserve) == pytest.approx(expected), why


@pytest.mark.parametrize(
    "stated",
    [
        {},
        {"throttleStatus": None},
        {"throttleStatus": {"maximumAvailable": 1000, "currentlyAvailable": "many"}},
        {"throttleStatus": {"maximumAvailable": 1000, "currentlyAvailable": 5, "restoreRate": 0}},
    ],
)
def test_an_answer_that_says_nothing_usable_leaves_what_was_known(stated: dict[str, Any]) -> None:
    assert read_bucket(stated, NOON) is None
    pace = Pace()
    pace.learn(("orders", ()), cost(10, 990)["cost"], NOON)
    known = pace.bucket
    pace.learn(("orders", ()), stated, NOON)
    assert pace.bucket == known


def test_the_same_query_in_another_size_is_another_question() -> None:
    pace, large, small = Pace(), asked_as("p", {"first": 250, "after": "x"}), asked_as("p", {"first": 5, "after": "y"})
    assert large == asked_as("p", {"after": None, "first": 250, "search": "s", "flag": True})
    pace.learn(large, cost(800, 0)["cost"], NOON)
    pace.learn(small, cost(20, 0)["cost"], NOON)
    assert (pace.wait_s(large, NOON), pace.wait_s(small, NOON)) == (8.0, 0.2)


@dataclass
class Shopify:
    """A shop that runs the bucket, on the client's own clock. Large shops turn away below the rate: `surly` times."""

    clock: VirtualClock
    price: float
    refund: float = 0.0
    maximum: float = 2000.0
    restore: float = 100.0
    surly: int = 0
    answer_s: float = 0.05
    spent: float = 0.0
    turned_away: int = 0

    def __post_init__(self) -> None:
        self._held, self._seen_at = self.maximum, self.clock()

    def __call__(self, request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        self.clock.pass_(self.answer_s)
        elapsed = (self.clock() - self._seen_at).total_seconds()
        self._held, self._seen_at = min(self._held + elapsed * self.restore, self.maximum), self.clock()
        if self._held < self.price or self.surly > 0:
            self.surly -= 1
            self.turned_away += 1
            answer = throttled(self.price, self._held, maximum=self.maximum, restore=self.restore)
        else:
            self._held -= self.price - self.refund
            self.spent += self.price - self.refund
            answer = {"data": {"orders": {"nodes": []}}}
            answer["extensions"] = cost(self.price, self._held, self.maximum, self.restore)
        return 200, {}, json.dumps(answer)


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.mark.parametrize(
    ("why", "price", "refund", "maximum", "restore"),
    [
        ("the standard plan", 412.0, 0.0, 2000.0, 100.0),
        ("a small bucket", 412.0, 0.0, 1000.0, 50.0),
        ("the largest plan", 412.0, 0.0, 20000.0, 1000.0),
        ("dear pages", 990.0, 0.0, 2000.0, 100.0),
        ("pages that bring less than was asked for", 700.0, 600.0, 2000.0, 100.0),
    ],
)
def test_pages_use_nine_tenths_of_what_is_granted_and_are_never_turned_away(
    wire: responses.RequestsMock, why: str, price: float, refund: float, maximum: float, restore: float
) -> None:
    bench = ApiBench()
    shopify = Shopify(bench.clock, price, refund, maximum, restore)
    wire.add_callback("POST", GRAPHQL, shopify)
    api = bench.api(pace=Pace(reserve=0.15))
    pages = 0
    while (bench.clock() - NOON).total_seconds() < 300 and pages < 150:
        api.ask("truth_orders", search="s", first=5)
        pages += 1
    granted = maximum + restore * (bench.clock() - NOON).total_seconds()
    assert shopify.spent >= 0.9 * granted
    assert shopify.turned_away == 0


def test_a_shop_that_turns_away_below_its_rate_is_asked_again_and_again_more_slowly(
    wire: responses.RequestsMock,
) -> None:
    bench = ApiBench()
    shopify = Shopify(bench.clock, 10.0, surly=4)
    wire.add_callback("POST", GRAPHQL, shopify)
    assert bench.api().ask("truth_orders", search="s", first=5) == {"orders": {"nodes": []}}
    assert bench.clock.slept == [1.0, 2.0, 4.0, 8.0]
