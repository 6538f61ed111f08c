"""How fast a shop is asked, on a clock of the test's own."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from collector.sources.woocommerce.pace import LONGEST_BACK_OFF_S, LONGEST_S, Pace
from collector.sources.woocommerce.rest import Busy, Known, RestClient

from .wire_shop import KEY, SECRET, Answer, Asked, WireShop, data, page

ORDERS = ("GET", "wc/v3/orders")


class Host:
    """A shop that takes its time, which passes only here."""

    def __init__(self) -> None:
        self.now = 0.0
        self.takes_s = 0.2
        self.refuses = 0
        self.pauses: list[float] = []
        self.kept: list[Known] = []
        self.shop = WireShop(says={ORDERS: self.answer})
        self.shop.gate.now = time.time()

    def answer(self, asked: Asked) -> Answer:
        self.now += self.takes_s
        self.refuses -= 1
        return page(429) if self.refuses >= 0 else data(200, [])

    def sleep(self, seconds: float) -> None:
        self.pauses.append(round(seconds, 3))
        self.now += seconds

    def asking(self, pace: Pace | None = None, **given: Any) -> RestClient:
        return RestClient(
            requests.Session(),
            self.shop.url,
            KEY,
            SECRET,
            pace=pace or Pace(),
            monotonic=lambda: self.now,
            sleep=self.sleep,
            remember=self.kept.append,
            **given,
        )


def pauses(host: Host, asking: RestClient, times: int) -> list[float]:
    host.pauses.clear()
    for _ in range(times):
        asking.get("orders")
    return list(host.pauses)


def test_the_pause_grows_with_a_slow_host_and_shrinks_again() -> None:
    host = Host()
    with host.shop.mounted():
        asking = host.asking()
        assert pauses(host, asking, 4) == [0.1, 0.1, 0.1], "half of what an answer took"
        host.takes_s = 4.0
        grown = pauses(host, asking, 6)
        assert grown == sorted(grown)
        assert 1.8 < grown[-1] <= 2.0
        host.takes_s = 60.0
        assert pauses(host, asking, 8)[-1] == LONGEST_S
        host.takes_s = 0.2
        shrunk = pauses(host, asking, 12)
        assert shrunk == sorted(shrunk, reverse=True)
        assert shrunk[-1] < 0.2


def test_a_host_that_turns_away_is_asked_half_as_often_each_time_and_recovers() -> None:
    host = Host()
    host.takes_s = 0.0
    with host.shop.mounted():
        asking = host.asking(patience_s=1000)
        host.refuses = 5
        assert pauses(host, asking, 1) == [1, 2, 4, 8, 16]
        after = pauses(host, asking, 20)
        assert after[:3] == [16, 12.8, 10.24], "with each good answer it is asked a little sooner"
        assert after == sorted(after, reverse=True)
        pauses(host, asking, 20)
        assert pauses(host, asking, 5) == []
        assert host.kept[-1].back_off_s == 0.0
    assert max(known.back_off_s for known in host.kept) == 16


def test_it_is_never_asked_to_wait_longer_than_it_is_worth() -> None:
    pace = Pace()
    for _ in range(20):
        pace.refused(0, 0.0)
    assert pace.wait_s(0.0) == LONGEST_BACK_OFF_S
    pace.refused(600, 0.0)
    assert pace.wait_s(0.0) == 600, "unless the host says so"


def test_whoever_is_waited_for_takes_no_pauses_but_heeds_a_host_that_asked_for_one() -> None:
    host = Host()
    with host.shop.mounted():
        asking = host.asking(Pace(share=0.0), patience_s=0)
        assert pauses(host, asking, 3) == []
        host.refuses = 1
        with pytest.raises(Busy) as first:
            asking.get("orders")
        before = len(host.shop.asked)
        with pytest.raises(Busy, match="slow down") as second:
            asking.get("orders")
        assert len(host.shop.asked) == before, "it is left alone"
        assert (first.value.status, second.value.status) == (429, 429)
        host.now += 2
        assert asking.get("orders") == []


def test_a_courtesy_is_cut_short_by_the_patience() -> None:
    host = Host()
    host.takes_s = 30.0
    with host.shop.mounted():
        assert pauses(host, host.asking(patience_s=3), 3) == [3, 3]
