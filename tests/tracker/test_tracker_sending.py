"""The visitor id and the queue: nothing is lost on the way, nothing changes its id, nothing is sent for good."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.tracker.conftest import Shopper


def waiting(page: Page) -> list[dict[str, Any]]:
    """The events that wait in storage."""
    found = json.loads(page.evaluate("localStorage.getItem('tajo_q')") or "{}")
    return [json.loads(event) for beacon in found.values() for event in beacon["e"]]


def let_time_pass(page: Page) -> None:
    """Until no page claims any more what waits in storage. The page must not be one of the tracker's."""
    page.evaluate(
        "localStorage.tajo_q ="
        " JSON.stringify(JSON.parse(localStorage.tajo_q), (name, value) => name === 'u' ? 1 : value)"
    )


def search(page: Page, *queries: str) -> None:
    page.evaluate("queries => queries.forEach(query => tajo.track('search_submitted', {query}))", list(queries))


def test_what_happens_at_once_shares_one_beacon_that_needs_no_preflight(shopper: Shopper) -> None:
    calls = "[['track', 'search_submitted', {query: 'a'}], ['track', 'search_submitted', {query: 'b'}]]"
    shopper.shop.head = f"<script>tajo = {calls}</script>"
    page = shopper.open()
    shopper.sent(page, "search_submitted")
    [beacon] = shopper.recorder.beacons
    assert [event["type"] for event in beacon["events"]] == ["page_viewed", "search_submitted", "search_submitted"]
    [headers] = shopper.recorder.requests
    assert headers["Content-Type"] == "text/plain;charset=UTF-8"
    assert "Cookie" not in headers
    shopper.until(page, lambda: waiting(page) == [])


def test_a_page_left_before_the_tracker_had_its_turn_was_still_looked_at(shopper: Shopper) -> None:
    shopper.shop.head = """<script>
      const later = setTimeout // what is to be done at once is not done any more
      window.setTimeout = (work, after) => after ? later(work, after) : 0</script>"""
    page = shopper.open()
    assert shopper.lines == [], "nothing was done yet"
    shopper.leave(page)
    assert [event["type"] for event in shopper.recorder.events()] == ["page_viewed"]


@pytest.mark.parametrize(
    ("why", "spoil"),
    [
        ("kept over pages", ""),
        ("the cookie went: repaired from storage", "document.cookie = 'tajo_id=; Max-Age=0; Path=/'"),
        ("storage went: repaired from the cookie", "localStorage.clear()"),
        ("nonsense in the cookie", "document.cookie = 'tajo_id=a; Path=/'"),
    ],
)
def test_a_visitor_is_known_again(shopper: Shopper, why: str, spoil: str) -> None:
    page = shopper.open()
    shopper.sent(page, "page_viewed")
    known = shopper.visitor()
    page.evaluate(spoil)
    shopper.open("/b", page)
    shopper.until(page, lambda: len(shopper.recorder.beacons) == 2)
    assert {beacon["visitor_id"] for beacon in shopper.recorder.beacons} == {known}, why
    assert shopper.visitor() == known
    assert page.evaluate("localStorage.getItem('tajo_id')") == known


def test_the_cookie_is_first_party_lax_and_stays_400_days(shopper: Shopper) -> None:
    page = shopper.open()
    shopper.sent(page, "page_viewed")
    [cookie] = [cookie for cookie in shopper.context.cookies() if cookie["name"] == "tajo_id"]
    assert (cookie["sameSite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "127.0.0.1")
    left = cookie["expires"] - page.evaluate("Date.now() / 1000")
    assert 399 * 86400 < left <= 400 * 86400


def test_what_is_said_while_leaving_arrives_and_is_sent_again_until_it_is_answered(shopper: Shopper) -> None:
    page = shopper.open()
    shopper.sent(page, "page_viewed")
    shopper.until(page, lambda: not waiting(page))
    page.evaluate("addEventListener('beforeunload', () => tajo.track('search_submitted', {query: 'bye'}))")
    shopper.recorder.is_answering.clear()  # or a busy machine answers before the page is gone
    shopper.leave(page)
    shopper.recorder.is_answering.set()
    shopper.until(page, lambda: "search_submitted" in shopper.recorder.types())  # it leaves beside the next page
    said = shopper.recorder.only("search_submitted")
    assert said["query"] == "bye"
    assert said["id"] in [event["id"] for event in waiting(page)], "the page was gone before the answer came"
    let_time_pass(page)
    shopper.open("/b", page)
    shopper.until(page, lambda: len(shopper.recorder.events()) == 3 and not waiting(page))
    again = [event for beacon in shopper.recorder.beacons for event in beacon["events"] if event["id"] == said["id"]]
    assert len(again) > 1


@pytest.mark.parametrize(
    ("status", "headers", "is_kept"),
    [
        (404, {}, False),  # unknown key: nobody will ever want it
        (413, {}, False),
        (400, {}, False),
        (429, {"Retry-After": "60"}, True),
        (503, {"Retry-After": "60"}, True),
        (500, {}, True),
        (403, {}, True),  # a firewall on the way
    ],
)
def test_the_answer_decides_what_is_kept(shopper: Shopper, status: int, headers: dict[str, str], is_kept: bool) -> None:
    shopper.recorder.answers.append((status, headers))
    page = shopper.open()
    shopper.said(page, f"answer {status}")
    assert bool(waiting(page)) is is_kept
    assert shopper.recorder.beacons == []


def test_a_busy_collector_is_left_alone_for_as_long_as_it_asks_over_pages_too(shopper: Shopper) -> None:
    shopper.recorder.answers.append((429, {"Retry-After": "60"}))
    page = shopper.open()
    shopper.said(page, "answer 429")
    search(page, "meanwhile")
    shopper.leave(page)
    assert shopper.recorder.types() == []
    shopper.open("/b", page)
    shopper.sent(page, "page_viewed")
    shopper.leave(page)
    assert shopper.recorder.types() == ["page_viewed"], "what it refused waits"
    let_time_pass(page)
    shopper.open("/c", page)
    shopper.until(page, lambda: len(shopper.recorder.types()) == 4)
    assert sorted(shopper.recorder.types()) == ["page_viewed", "page_viewed", "page_viewed", "search_submitted"]


def test_a_collector_that_fails_is_asked_again_soon(shopper: Shopper) -> None:
    shopper.recorder.answers.append((503, {"Retry-After": "1"}))
    page = shopper.open()
    shopper.said(page, "answer 503")
    shopper.sent(page, "page_viewed")


def test_one_bad_event_does_not_take_the_others_with_it(shopper: Shopper) -> None:
    page = shopper.open()
    page.evaluate("tajo.track('product_viewed', {product: {}}); tajo.track('search_submitted', {query: 'good'})")
    shopper.sent(page, "page_viewed", "search_submitted")
    shopper.until(page, lambda: not waiting(page))
    assert shopper.recorder.types() == ["page_viewed", "search_submitted"]
    assert len(shopper.recorder.refused) == 2  # with the others, then alone
    shopper.recorder.refused.clear()


def test_offline_loses_nothing(shopper: Shopper) -> None:
    page = shopper.open()
    shopper.sent(page, "page_viewed")
    shopper.context.set_offline(True)
    search(page, "in the tunnel")
    shopper.said(page, "answer 0")
    shopper.context.set_offline(False)
    shopper.sent(page, "search_submitted")


def test_two_tabs_of_one_browser_lose_nothing(shopper: Shopper) -> None:
    first, second = shopper.open(), shopper.open("/b")
    for number in range(3):
        search(first, f"first {number}")
        search(second, f"second {number}")
    first.evaluate("localStorage.removeItem('tajo_q')")  # as a late write of the other would
    shopper.until(first, lambda: len(shopper.recorder.events()) == 8 and not waiting(first))
    assert len({beacon["visitor_id"] for beacon in shopper.recorder.beacons}) == 1


def test_a_beacon_never_holds_more_than_fifty_events_or_sixty_kilobytes(shopper: Shopper) -> None:
    page = shopper.open()
    search(page, *(f"{number}" for number in range(60)))
    search(page, *("ü" * 10_000 for _ in range(6)))
    search(page, "ü" * 40_000)  # too large for any beacon
    shopper.until(page, lambda: len(shopper.recorder.events()) == 67)
    assert all(len(beacon["events"]) <= 50 for beacon in shopper.recorder.beacons)
    assert all(int(headers["Content-Length"]) <= 60_000 for headers in shopper.recorder.requests)
    shopper.said(page, "too large")


def test_a_browser_without_storage_still_counts(shopper: Shopper) -> None:
    page = shopper.new_tab()
    page.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, name, {get() { throw new Error('no storage') }})"
    )
    shopper.open("/", page)
    shopper.sent(page, "page_viewed")
    assert shopper.recorder.beacons[0]["visitor_id"] == shopper.visitor()


def test_an_unreadable_queue_is_begun_anew(shopper: Shopper) -> None:
    page = shopper.open("/empty")
    page.evaluate("localStorage.setItem('tajo_q', '{not json')")
    shopper.open("/", page)
    shopper.sent(page, "page_viewed")
