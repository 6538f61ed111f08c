"""The tracker in another browser than the rest of the tests: view, cart, leave, send again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.tracker.collector import Recorder, collecting
from tests.tracker.firefox import FIREFOX, Tab, firefox
from tests.tracker.shop import SHOPIFY_LINE, ShopState, open_shop

LONGEST_S = 30.0
REFUSED = (503, {"Retry-After": "1"})


@dataclass
class Visit:
    tab: Tab
    shop: ShopState
    recorder: Recorder
    address: str

    def open(self, path: str = "/") -> None:
        self.tab.open(self.address + path)

    def until(self, what: Callable[[], bool]) -> None:
        end = time.monotonic() + LONGEST_S
        while not what():
            assert time.monotonic() < end, f"it did not come about; {self.recorder.types()}, {self.recorder.refused}"
            time.sleep(0.02)

    def settled(self) -> None:
        """Everything that was sent has been answered; forget it."""
        self.until(lambda: self.tab.run("localStorage.getItem('tajo_q') === null") is True)
        self.recorder.clear()

    def search(self, query: str) -> str:
        return f"tajo.track('search_submitted', {{query: '{query}'}})"

    def searches(self) -> list[dict[str, Any]]:
        """As they came, repeated ones, too."""
        with self.recorder.lock:
            events = [event for beacon in self.recorder.beacons for event in beacon["events"]]
        return [event for event in events if event["type"] == "search_submitted"]


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    if FIREFOX is None:
        if os.environ.get("CI"):
            pytest.fail("firefox is not installed")
        pytest.skip("firefox is not installed")
    recorder, shop = Recorder(), ShopState()
    with (
        collecting(recorder) as collector,
        open_shop(shop) as address,
        firefox(tmp_path_factory.mktemp("firefox")) as tab,
    ):
        shop.collector = collector
        yield Visit(tab, shop, recorder, address)
    assert recorder.refused == [], "the collector refused a beacon"


def test_a_page_is_viewed(visit: Visit) -> None:
    visit.open()
    visit.until(lambda: "page_viewed" in visit.recorder.types())
    known = visit.tab.run("localStorage.getItem('tajo_id')")
    assert {beacon["visitor_id"] for beacon in visit.recorder.beacons} == {known}
    assert f"tajo_id={known}" in visit.tab.run("document.cookie")


def test_an_add_to_the_cart_is_seen(visit: Visit) -> None:
    visit.open()
    visit.settled()
    visit.shop.items = [SHOPIFY_LINE]
    visit.tab.run("fetch('/cart/add.js', {method: 'POST', body: '{}'}).then(answer => answer.ok)")
    visit.until(lambda: "cart_updated" in visit.recorder.types())
    [item] = visit.recorder.only("cart_updated")["cart"]["items"]
    assert (item["id"], item["variant_id"], item["quantity"], item["line_total"]) == ("13", "14", 2, "20.00")


def test_what_happens_while_leaving_arrives(visit: Visit) -> None:
    visit.open()
    visit.settled()
    visit.tab.run(f"{visit.search('leaving')}; setTimeout(() => location.assign('/empty')); true")
    visit.until(lambda: bool(visit.searches()))
    assert {event["query"] for event in visit.searches()} == {"leaving"}


def test_what_was_refused_is_kept_and_sent_again(visit: Visit) -> None:
    visit.open()
    visit.settled()
    visit.recorder.answers.append(REFUSED)
    visit.tab.run(visit.search("again"))
    visit.until(lambda: visit.recorder.answers == [])
    assert visit.tab.run("localStorage.getItem('tajo_q').includes('again')") is True
    visit.until(lambda: bool(visit.searches()))
    assert [event["query"] for event in visit.searches()] == ["again"]
    visit.settled()
