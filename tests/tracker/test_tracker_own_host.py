"""Script and beacons under the shop's own address: the way docs/merchants/own-host.md describes.

The proxy here is small, but the browser, the script and the collector behind it are the real ones.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import USER_AGENT
from tests.tracker.own_host import NOWHERE, OWN_PATH, SITE_KEY, Collected, OwnShop, collecting_for_real, own_shop
from tests.web.door_app import PerPeriod

LONGEST_S = 10.0


@dataclass
class Visit:
    context: BrowserContext
    shop: OwnShop
    shop_address: str
    collector: str
    collected: Collected

    def open(self, script: str, head: str = "") -> Page:
        tag = f'<script src="{script}" data-debug defer></script>'
        filled = f"<!doctype html><title>Own</title>{head}{tag}".replace("{collector}", self.collector)
        self.shop.page = filled.replace("{shop}", self.shop_address)
        page = self.context.new_page()
        page.goto(self.shop_address)
        return page


def until(page: Page, what: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_S
    while not what():
        assert time.monotonic() < end, "it did not come about"
        page.wait_for_timeout(20)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    collected, shop = Collected(), OwnShop()
    with collecting_for_real(collected) as collector, own_shop(shop, collector) as address:
        context = browser.new_context(user_agent=USER_AGENT)
        yield Visit(context, shop, address, collector, collected)
        context.close()


@pytest.mark.parametrize(
    ("why", "script", "head", "beacons_to"),
    [
        ("from the collector itself", "{collector}/c/site-key.js", "", "{collector}/c/site-key"),
        ("under the shop's own host", f"{OWN_PATH}/site-key.js", "", f"{{shop}}{OWN_PATH}/site-key"),
        (
            "with what WordPress puts behind every script",
            f"{OWN_PATH}/site-key.js?ver=6.9",
            "",
            f"{{shop}}{OWN_PATH}/site-key",
        ),
        ("copied by a plugin, under another name", "/cache/a1b2c3.js", "", f"{NOWHERE}/c/site-key"),
        (
            "copied, and the page says where to",
            "/cache/a1b2c3.js",
            f"<script>tajoConfig={{endpoint:'{OWN_PATH}/site-key'}}</script>",
            f"{{shop}}{OWN_PATH}/site-key",
        ),
    ],
)
def test_beacons_go_to_where_the_script_came_from(
    visit: Visit, why: str, script: str, head: str, beacons_to: str
) -> None:
    posted: list[str] = []
    visit.context.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    page = visit.open(script, head)
    until(page, lambda: bool(posted))
    expected = beacons_to.replace("{collector}", visit.collector).replace("{shop}", visit.shop_address)
    assert set(posted) == {expected}, why
    if not expected.startswith(NOWHERE):
        until(page, lambda: bool(visit.collected.rows()))
        body = json.loads(visit.collected.rows()[0].body)
        assert [event["type"] for event in body["events"]] == ["page_viewed"], why


def test_through_a_proxy_the_script_is_compressed_and_looked_at_again(visit: Visit) -> None:
    page = visit.open(f"{OWN_PATH}/{SITE_KEY}.js")
    got = page.evaluate(
        """async src => {
          const first = await fetch(src, { cache: 'reload' })
          const again = await fetch(src, { cache: 'no-store', headers: { 'If-None-Match': first.headers.get('ETag') } })
          return [first.status, first.headers.get('Content-Encoding'), again.status, (await first.text()).length > 2000]
        }""",
        f"{OWN_PATH}/{SITE_KEY}.js",
    )
    encoding = got.pop(1)
    # Over http a browser asks for gzip only; brotli comes over https.
    assert encoding in ("gzip", "br")
    assert got == [200, 304, True]


def test_behind_a_trusted_proxy_each_shopper_has_a_limit_of_his_own(browser: Browser) -> None:
    collected, shop = Collected(), OwnShop()
    one_a_minute = PerPeriod(1, timedelta(minutes=1))
    firsts: list[str] = []
    with collecting_for_real(collected, one_a_minute) as collector, own_shop(shop, collector) as address:
        for shopper in ("203.0.113.7", "198.51.100.7", "203.0.113.7"):
            shop.shopper = shopper
            context = browser.new_context(user_agent=USER_AGENT)
            before = len(collected.reasons())
            page = Visit(context, shop, address, collector, collected).open(f"{OWN_PATH}/{SITE_KEY}.js")
            until(page, lambda before=before: len(collected.reasons()) > before)  # type: ignore[misc]
            firsts.append(collected.reasons()[before])
            context.close()
    assert firsts == ["accepted", "accepted", "rate_limited"]
