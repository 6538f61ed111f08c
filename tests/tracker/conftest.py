"""A real browser, a shop to walk through and a collector that records, shared by a worker's tests."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page

from tests.browser import USER_AGENT
from tests.tracker.collector import Recorder, collecting
from tests.tracker.shop import ShopState, open_shop

LONGEST_S = 10.0
QUIET_S = 0.2


@pytest.fixture(scope="session")
def _servers() -> Iterator[tuple[Recorder, str, ShopState, str]]:
    recorder, state = Recorder(), ShopState()
    with collecting(recorder) as collector_address, open_shop(state) as shop_address:
        yield recorder, collector_address, state, shop_address


@dataclass
class Shopper:
    """Somebody with a browser of their own, walking through the shop."""

    context: BrowserContext
    shop: ShopState
    recorder: Recorder
    address: str
    lines: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def new_tab(self) -> Page:
        page = self.context.new_page()
        page.on("console", lambda line: self.lines.append(line.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def open(self, path: str = "/", page: Page | None = None) -> Page:
        page = page or self.new_tab()
        page.goto(self.address + path)
        return page

    def leave(self, page: Page) -> None:
        """Go to a page without the tracker, and let what was handed over arrive: on a busy machine, not before
        requests that were made later have come back."""
        page.goto(self.address + "/empty")
        for _ in range(2):
            page.evaluate("address => fetch(address + '/later', {mode: 'no-cors'}).catch(() => 0)", self.shop.collector)
            page.wait_for_timeout(QUIET_S * 500)

    def until(self, page: Page, what: Callable[[], bool]) -> None:
        """The page goes on while we wait."""
        end = time.monotonic() + LONGEST_S
        while not what():
            assert time.monotonic() < end, f"it did not come about; {self.recorder.types()}; {self.lines}"
            page.wait_for_timeout(20)

    def sent(self, page: Page, *types: str) -> list[dict[str, Any]]:
        """Wait until these events are among those that arrived; all that arrived."""
        self.until(page, lambda: set(types) <= set(self.recorder.types()))
        return self.recorder.events()

    def said(self, page: Page, words: str) -> None:
        """Wait until the tracker said so in the console."""
        self.until(page, lambda: any(words in line for line in self.lines))

    def settled(self, page: Page) -> None:
        """Wait until everything sent was answered, and forget it: nothing comes again."""
        self.until(page, lambda: page.evaluate("localStorage.getItem('tajo_q')") is None)
        self.recorder.clear()

    def settled_quietly(self, page: Page) -> None:
        """Wait until everything sent was answered, and a little: what would come twice has come."""
        self.until(page, lambda: page.evaluate("localStorage.getItem('tajo_q')") is None)
        page.wait_for_timeout(QUIET_S * 2000)

    def crash(self, page: Page) -> None:
        """The tab's process ends at once: nothing of it says good-bye."""
        with page.expect_event("crash"), contextlib.suppress(Error):
            page.goto("chrome://crash")

    def visitor(self) -> str | None:
        return next((str(cookie["value"]) for cookie in self.context.cookies() if cookie["name"] == "tajo_id"), None)


@pytest.fixture
def shopper(browser: Browser, _servers: tuple[Recorder, str, ShopState, str]) -> Iterator[Shopper]:
    recorder, collector_address, state, shop_address = _servers
    fresh = ShopState(collector=collector_address)
    vars(state).update(vars(fresh))
    context = browser.new_context(user_agent=USER_AGENT, locale="de-DE")
    recorder.clear()
    recorder.is_answering.set()
    found = Shopper(context, state, recorder, shop_address)
    yield found
    context.close()
    assert found.errors == [], "the tracker threw into the page"
    assert recorder.refused == [], "the collector refused a beacon"
