"""What an ad-blocker's lists let through: what docs/merchants/own-host.md says of them, and no more."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.node.packages import NotThere
from tests.tracker.blocking import blocking_browser, write_extension
from tests.tracker.own_host import OWN_PATH, SITE_KEY, Collected, OwnShop, collecting_for_real, own_shop

pytestmark = pytest.mark.long
LONGEST_S = 20.0


@dataclass
class Street:
    """A browser with lists, a shop and a collector; hosts are names, ports tell which of the two is meant."""

    context: BrowserContext
    shop: OwnShop
    collected: Collected
    shop_port: int
    collector_port: int

    def full(self, address: str) -> str:
        port = self.shop_port if address.startswith("shop.example/") else self.collector_port
        host, _, path = address.partition("/")
        return f"http://{host}:{port}/{path}"

    def open(self, body: str = "") -> Page:
        self.shop.page = f"<!doctype html><title>Shop</title>{body}"
        page = self.context.new_page()
        page.goto(self.full("shop.example/"))
        return page

    def events(self) -> list[str]:
        rows = self.collected.rows()
        return [event["type"] for row in rows for event in json.loads(row.body)["events"]]


def until(page: Page, what: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_S
    while not what():
        assert time.monotonic() < end, "it did not come about"
        page.wait_for_timeout(20)


@pytest.fixture(scope="module")
def street(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    extension = tmp_path_factory.mktemp("lists")
    try:
        write_extension(extension)
    except NotThere as problem:
        if os.environ.get("CI"):
            pytest.fail(str(problem))
        pytest.skip(str(problem))
    collected, shop = Collected(), OwnShop()
    with (
        collecting_for_real(collected) as collector,
        own_shop(shop, collector) as address,
        blocking_browser(browser.browser_type, extension, tmp_path_factory.mktemp("profile")) as context,
    ):
        yield Street(context, shop, collected, urlsplit(address).port or 0, urlsplit(collector).port or 0)


LOADED = """src => new Promise(done => {
  const script = document.createElement('script')
  script.src = src
  script.onload = () => done(true)
  script.onerror = () => done(false)
  document.head.append(script)
})"""


@pytest.mark.parametrize(
    ("why", "address", "passes"),
    [
        ("the lists are at work", "www.google-analytics.com/analytics.js", False),
        ("also on the shop's own host", "shop.example/js/plausible.js", False),
        ("a page's own script", "shop.example/theme.js", True),
        ("the documents' address, for Shopify", "collect.example.net/shopify.js", True),
        ("the documents' address, for WooCommerce", "collect.example.net/woocommerce.js", True),
        ("a bare script", "collect.example.net/t/shopify.0123456789abcdef.js", True),
    ],
)
def test_what_lists_let_load(street: Street, why: str, address: str, passes: bool) -> None:
    page = street.open()
    assert page.evaluate(LOADED, street.full(address)) is passes, why
    page.close()


@pytest.mark.parametrize(
    ("why", "script"),
    [
        ("a collector on another host", f"collect.example.net/c/{SITE_KEY}.js"),
        ("a collector under the shop's domain", f"collect.shop.example/c/{SITE_KEY}.js"),
        ("the shop's own host, proxied", f"shop.example{OWN_PATH}/{SITE_KEY}.js"),
    ],
)
def test_script_and_beacons_pass(street: Street, why: str, script: str) -> None:
    street.collected.inbox.rows.clear()
    page = street.open(f'<script src="{street.full(script)}" defer></script>')
    until(page, lambda: "page_viewed" in street.events())
    page.evaluate("() => tajo.track('search_submitted', {query: 'mugs'})")
    page.goto(street.full("shop.example/next"))  # what is left is told when the page is
    until(page, lambda: "search_submitted" in street.events())
    page.close()
