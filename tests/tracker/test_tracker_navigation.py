"""Pages that come and go without loading: the browser's memory of pages, pages loaded in advance, and shops whose
script changes the address. A browser of its own, because Playwright switches the memory of pages off."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import ARGUMENTS, CHROMIUM, USER_AGENT
from tests.tracker.collector import Recorder
from tests.tracker.conftest import Shopper
from tests.tracker.shop import ShopState

LONGEST_S = 30
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
Servers = tuple[Recorder, str, ShopState, str]


@pytest.fixture(scope="module")
def remembering(browser: Browser) -> Iterator[Browser]:
    launched = browser.browser_type.launch(
        executable_path=CHROMIUM, args=ARGUMENTS, ignore_default_args=["--disable-back-forward-cache"]
    )
    yield launched
    launched.close()


@pytest.fixture
def servers(_servers: Servers) -> Servers:
    return _servers


@pytest.fixture
def walker(remembering: Browser, _servers: Servers) -> Iterator[Shopper]:
    recorder, collector_address, state, shop_address = _servers
    vars(state).update(vars(ShopState(collector=collector_address)))
    context = remembering.new_context(user_agent=USER_AGENT, locale="de-DE")
    recorder.clear()
    recorder.is_answering.set()
    yield (found := Shopper(context, state, recorder, shop_address))
    context.close()
    assert found.errors == [], "the tracker threw into the page"
    assert recorder.refused == [], "the collector refused a beacon"


def paths(shopper: Shopper) -> list[str]:
    """Of the pages looked at, in order."""
    views = [event for event in shopper.recorder.events() if event["type"] == "page_viewed"]
    return [event["page"]["url"].removeprefix(shopper.address) for event in views]


def ids(shopper: Shopper) -> list[str]:
    """Of all events that arrived, as often as they did."""
    return [event["id"] for beacon in shopper.recorder.beacons for event in beacon["events"]]


def test_a_page_out_of_the_browsers_memory_is_looked_at_again_and_nothing_is_sent_twice(walker: Shopper) -> None:
    page = walker.open("/a")
    walker.sent(page, "page_viewed")
    page.evaluate("window.isSame = true")
    walker.open("/b", page)
    walker.until(page, lambda: len(paths(walker)) == 2)
    page.go_back(wait_until="commit")
    assert page.evaluate("window.isSame"), "this is the page as it was"
    walker.until(page, lambda: len(paths(walker)) == 3)
    page.go_forward(wait_until="commit")
    walker.until(page, lambda: len(paths(walker)) == 4)
    assert paths(walker) == ["/a", "/b", "/a", "/b"]
    assert len(ids(walker)) == len(set(ids(walker)))
    assert len({beacon["visitor_id"] for beacon in walker.recorder.beacons}) == 1


def test_a_page_out_of_the_browsers_memory_goes_on_sending(walker: Shopper) -> None:
    page = walker.open("/a")
    walker.sent(page, "page_viewed")
    # On its way when the page is left: its answer may never be heard.
    page.evaluate("window.isSame = true; tajo.track('search_submitted', {query: 'leaving'})")
    walker.open("/b", page)
    page.go_back(wait_until="commit")
    assert page.evaluate("window.isSame")
    page.evaluate("tajo.track('search_submitted', {query: 'back'})")
    walker.until(page, lambda: {"leaving", "back"} <= {event.get("query") for event in walker.recorder.events()})


def test_a_no_given_meanwhile_is_heard_when_the_page_comes_back(walker: Shopper) -> None:
    page = walker.open("/a")
    walker.sent(page, "page_viewed")
    page.evaluate("window.isSame = true")
    walker.open("/b", page)
    walker.until(page, lambda: len(paths(walker)) == 2)
    page.evaluate("tajo.consent('denied')")
    walker.until(page, lambda: walker.recorder.beacons[-1]["consent"] == "denied")
    walker.settled(page)
    page.go_back(wait_until="commit")
    assert page.evaluate("window.isSame")
    page.evaluate("tajo.track('search_submitted', {query: 'a'})")
    walker.leave(page)
    assert walker.recorder.types() == []
    assert walker.visitor() is None


# Page A asks for page B in advance, and goes there when it has been loaded for a while. B says when it was looked at,
# or that it was not loaded in advance: a busy browser may decide so.
IN_ADVANCE = """<script>
  const rules = document.createElement('script')
  rules.type = 'speculationrules'
  rules.textContent = '{"prerender": [{"source": "list", "urls": ["/b"], "eagerness": "immediate"}]}'
  if (location.pathname === '/a') {
    document.head.append(rules)
    const go = () => { location.href = '/b' }
    addEventListener('storage', event => event.key === 'loaded' && setTimeout(go, 400))
    setTimeout(go, 5000)
  } else if (document.prerendering) {
    addEventListener('load', () => localStorage.setItem('loaded', 'b'))
    document.addEventListener('prerenderingchange', () => fetch('/empty?looked-at=' + Date.now()))
  } else fetch('/empty?too-late')
  </script>"""
TRIES = 3


def called(state: ShopState, words: str) -> list[str]:
    return [call for call in state.calls if words in call]


def test_a_page_loaded_in_advance_is_told_only_when_it_is_looked_at(
    servers: Servers, tmp_path: Path, browser: Browser
) -> None:
    """A browser that nobody steers: one that is steered loads nothing in advance. It needs `browser` to be there."""
    recorder, collector_address, state, shop_address = servers
    for number in range(TRIES):
        vars(state).update(vars(ShopState(collector=collector_address, head=IN_ADVANCE)))
        recorder.clear()
        recorder.is_answering.set()
        command = [str(CHROMIUM), *ARGUMENTS, f"--user-agent={USER_AGENT}", f"--user-data-dir={tmp_path / str(number)}"]
        process = subprocess.Popen([*command, f"{shop_address}/a"], **QUIET)  # type: ignore[call-overload]
        try:
            end = time.monotonic() + LONGEST_S
            while len(recorder.events()) < 2 or not (called(state, "looked-at") or called(state, "too-late")):
                assert time.monotonic() < end, f"it did not come about: {recorder.types()} {state.calls}"
                time.sleep(0.02)
        finally:
            process.terminate()
            process.wait(LONGEST_S)
        if called(state, "looked-at"):
            break
    [looked_at] = [int(call.partition("=")[2]) for call in called(state, "looked-at")]
    views = [event for event in recorder.events() if event["type"] == "page_viewed"]
    assert [event["page"]["url"].removeprefix(shop_address) for event in views] == ["/a", "/b"]
    assert views[1]["at"] > looked_at - 200, "not when it was loaded"


@pytest.mark.parametrize(
    ("why", "acts", "expected"),
    [
        (
            "a router that pushes",
            [
                "history.pushState({}, '', '/b')",
                "history.pushState({}, '', '/c')",
                "history.back()",
                "history.forward()",
            ],
            ["/a", "/b", "/c", "/b", "/c"],
        ),
        (
            "a router that redirects",
            ["history.pushState({}, '', '/b'); history.replaceState({}, '', '/login')"],
            ["/a", "/login"],
        ),
        (
            "filters and variants",
            [
                "history.replaceState({}, '', '/a?variant=1')",
                "history.pushState({}, '', '/a?page=2')",
                "history.back()",
            ],
            ["/a", "/a?page=2", "/a?variant=1"],
        ),
        ("a menu within the page", ["location.hash = 'menu'", "history.back()"], ["/a"]),
    ],
)
def test_a_shop_that_changes_the_address_by_script(
    walker: Shopper, why: str, acts: list[str], expected: list[str]
) -> None:
    page = walker.open("/a")
    walker.sent(page, "page_viewed")
    for act in acts:
        before = page.url
        page.evaluate(act)
        walker.until(page, lambda before=before: page.url != before)  # type: ignore[misc]
        page.wait_for_timeout(100)  # the title comes after the address
    page.evaluate("tajo.track('search_submitted', {query: 'the end'})")
    walker.sent(page, "search_submitted")
    assert paths(walker) == expected, why


def test_a_title_set_after_the_address_is_the_new_pages(walker: Shopper) -> None:
    page: Page = walker.open("/a")
    walker.sent(page, "page_viewed")
    page.evaluate("history.pushState({}, '', '/b'); document.title = 'The mug'")
    walker.until(page, lambda: len(paths(walker)) == 2)
    assert walker.recorder.events()[-1]["page"]["title"] == "The mug"
