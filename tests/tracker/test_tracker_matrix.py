"""What a shopper or a browser does, and which events are expected of it and which are refuted: the core's rows.

The rows of carts and checkouts stand in the files of their platform.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import ARGUMENTS, CHROMIUM, USER_AGENT
from tests.tracker.conftest import Shopper
from tests.tracker.test_tracker_sending import let_time_pass, search, waiting

NO_STORAGE = """for (const name of ['localStorage', 'sessionStorage'])
  Object.defineProperty(window, name, {get() { throw new Error('no storage') }})"""
NO_COOKIES = "Object.defineProperty(document, 'cookie', {get: () => '', set() {}})"
NO_COOKIES_AT_ALL = "Object.defineProperty(document, 'cookie', {get() { throw 1 }, set() { throw 1 }})"


def said(shopper: Shopper) -> list[str]:
    """Every time an event arrived: the query of a search, the path of a page."""
    events = [event for beacon in shopper.recorder.beacons for event in beacon["events"]]
    return [event.get("query") or event["page"]["url"].removeprefix(shopper.address) for event in events]


def once(shopper: Shopper, page: Page, *expected: str) -> None:
    shopper.until(page, lambda: set(expected) <= set(said(shopper)))


def included_twice(shopper: Shopper) -> None:
    shopper.shop.script *= 2
    page = shopper.open("/a")
    search(page, "mug")
    once(shopper, page, "/a", "mug")
    shopper.leave(page)


def included_again_later(shopper: Shopper) -> None:
    page = shopper.open("/a")
    page.evaluate(
        "for (const old of document.scripts) if (old.src) { const again = document.createElement('script');"
        " again.src = old.src + '?again'; again.dataset.debug = ''; document.body.append(again); break }"
    )
    shopper.said(page, "already running")
    search(page, "mug")
    once(shopper, page, "/a", "mug")
    shopper.leave(page)


def left_at_once(shopper: Shopper) -> None:
    page = shopper.open("/a")
    search(page, "mug")
    shopper.leave(page)
    once(shopper, page, "/a", "mug")


def tab_switched(shopper: Shopper) -> None:
    page = shopper.open("/a")
    search(page, "mug")
    hidden = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true});"
    page.evaluate(hidden % "true" + "document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))")
    once(shopper, page, "/a", "mug")
    page.evaluate(hidden % "false" + "document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))")
    shopper.settled_quietly(page)


def killed_while_sending(shopper: Shopper) -> None:
    """The collector has it, the tab never hears so: it comes again with the same id, once."""
    other = shopper.open("/empty")
    page = shopper.open("/a")
    once(shopper, page, "/a")
    shopper.settled_quietly(page)
    shopper.recorder.is_answering.clear()
    search(page, "mug")
    once(shopper, page, "mug")
    page.close()
    shopper.recorder.is_answering.set()
    assert [event.get("query") for event in waiting(other)][-1:] == ["mug"]
    let_time_pass(other)
    shopper.open("/b", other)
    once(shopper, other, "/b")
    shopper.settled_quietly(other)


def killed_before_sending(shopper: Shopper) -> None:
    """A renderer that is gone in an instant: no page hides, nothing is handed over."""
    other = shopper.open("/empty")
    page = shopper.open("/a")
    once(shopper, page, "/a")
    shopper.settled_quietly(page)
    page.evaluate("tajo.track('search_submitted', {query: 'mug'})")
    shopper.crash(page)
    shopper.until(other, lambda: len(waiting(other)) == 1)
    let_time_pass(other)
    shopper.open("/b", other)
    once(shopper, other, "/b", "mug")
    shopper.settled_quietly(other)


def offline_then_online(shopper: Shopper) -> None:
    page = shopper.open("/a")
    once(shopper, page, "/a")
    shopper.context.set_offline(True)
    search(page, "in the tunnel")
    shopper.said(page, "answer 0")
    search(page, "still there")
    shopper.context.set_offline(False)
    once(shopper, page, "in the tunnel", "still there")
    shopper.settled_quietly(page)


def offline_and_closed(shopper: Shopper) -> None:
    """Left in the tunnel: the next visit sends it, and the ids are those given at the source."""
    page = shopper.open("/a")
    once(shopper, page, "/a")
    shopper.settled_quietly(page)
    shopper.context.set_offline(True)
    search(page, "in the tunnel")
    [told] = waiting(page)
    page.close()
    shopper.context.set_offline(False)
    later = shopper.open("/empty")
    let_time_pass(later)
    shopper.open("/b", later)
    once(shopper, later, "/b", "in the tunnel")
    assert told["id"] in [event["id"] for event in shopper.recorder.events()]
    shopper.settled_quietly(later)


def two_tabs(shopper: Shopper) -> None:
    """What one has not sent yet, and what it waits to send again, the other leaves alone."""
    first = shopper.open("/a")
    once(shopper, first, "/a")
    shopper.recorder.answers.append((503, {"Retry-After": "2"}))
    search(first, "first")
    shopper.said(first, "answer 503")
    second = shopper.open("/b")
    search(second, "second")
    once(shopper, second, "/b", "second")
    once(shopper, first, "first")
    shopper.settled_quietly(first)


def a_tab_opened_by_another(shopper: Shopper) -> None:
    """It starts with a copy of the other's session; what waits stays the other's."""
    first = shopper.open("/a")
    once(shopper, first, "/a")
    shopper.settled_quietly(first)
    shopper.recorder.is_answering.clear()
    search(first, "first")
    once(shopper, first, "first")
    with shopper.context.expect_page() as opened:
        first.evaluate("window.open('/b')")
    second = opened.value
    once(shopper, second, "/b")
    shopper.recorder.is_answering.set()
    shopper.settled_quietly(second)


def without(script: str) -> Callable[[Shopper], None]:
    def act(shopper: Shopper) -> None:
        page = shopper.new_tab()
        page.add_init_script(script)
        shopper.open("/a", page)
        search(page, "mug")
        once(shopper, page, "/a", "mug")
        shopper.open("/b", page)
        once(shopper, page, "/b")
        shopper.leave(page)

    return act


@dataclass(frozen=True)
class Row:
    action: str
    act: Callable[[Shopper], None]
    expected: tuple[str, ...]  # each exactly once
    again: tuple[str, ...] = ()  # twice, with one id
    visitors: int = 1


ROWS = [
    Row("the script stands there twice", included_twice, ("/a", "mug")),
    Row("a plugin puts it in once more, later", included_again_later, ("/a", "mug")),
    Row("left before anything was sent", left_at_once, ("/a", "mug")),
    Row("another tab for a moment, and back", tab_switched, ("/a", "mug")),
    Row("killed while sending", killed_while_sending, ("/a", "/b"), again=("mug",)),
    Row("killed before sending", killed_before_sending, ("/a", "mug", "/b")),
    Row("offline, then online", offline_then_online, ("/a", "in the tunnel", "still there")),
    Row("offline, closed, and back another time", offline_and_closed, ("/a", "in the tunnel", "/b")),
    Row("two tabs, one queue", two_tabs, ("/a", "first", "/b", "second")),
    Row("a tab opened by another", a_tab_opened_by_another, ("/a", "first", "/b")),
    Row("storage blocked", without(NO_STORAGE), ("/a", "mug", "/b")),
    Row("cookies blocked", without(NO_COOKIES), ("/a", "mug", "/b")),
    Row(
        "both blocked: every page is another visitor",
        without(NO_STORAGE + ";" + NO_COOKIES),
        ("/a", "mug", "/b"),
        visitors=2,
    ),
    Row("both throw", without(NO_STORAGE + ";" + NO_COOKIES_AT_ALL), ("/a", "mug", "/b"), visitors=2),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.action)
def test_an_action_gives_these_events_and_no_others(shopper: Shopper, row: Row) -> None:
    row.act(shopper)
    found = said(shopper)
    assert sorted(found) == sorted([*row.expected, *row.again, *row.again]), row.action
    assert len(shopper.recorder.events()) == len(row.expected) + len(row.again), "what comes again keeps its id"
    assert len({beacon["visitor_id"] for beacon in shopper.recorder.beacons}) == row.visitors


def test_back_and_forward_are_pages_looked_at_again(shopper: Shopper) -> None:
    """Without the browser's memory each is a page loaded again; with it see test_tracker_navigation."""
    page = shopper.open("/a")
    goings: list[Callable[[], object]] = [lambda: shopper.open("/b", page), page.go_back, page.go_forward]
    for number, go in enumerate(goings, start=1):
        shopper.until(page, lambda number=number: len(said(shopper)) == number)  # type: ignore[misc]
        shopper.settled_quietly(page)
        go()
    shopper.until(page, lambda: len(said(shopper)) == 4)
    assert said(shopper) == ["/a", "/b", "/a", "/b"]
    assert len(shopper.recorder.events()) == 4


@pytest.fixture
def without_third_party_cookies(browser: Browser) -> Iterator[Browser]:
    launched = browser.browser_type.launch(
        executable_path=CHROMIUM, args=[*ARGUMENTS, "--test-third-party-cookie-phaseout", "--block-third-party-cookies"]
    )
    yield launched
    launched.close()


def test_third_party_cookies_are_not_needed(shopper: Shopper, without_third_party_cookies: Browser) -> None:
    strict = Shopper(
        without_third_party_cookies.new_context(user_agent=USER_AGENT), shopper.shop, shopper.recorder, shopper.address
    )
    page = strict.open("/a")
    once(strict, page, "/a")
    strict.open("/b", page)
    once(strict, page, "/b")
    strict.leave(page)
    assert said(strict) == ["/a", "/b"]
    assert {beacon["visitor_id"] for beacon in strict.recorder.beacons} == {strict.visitor()}
    assert [cookie["name"] for cookie in strict.context.cookies()] == ["tajo_id"]
    assert all("Cookie" not in headers for headers in strict.recorder.requests)
    assert strict.errors == []
