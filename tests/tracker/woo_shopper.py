"""Somebody in the WooCommerce shop, what they do, and what the collector is told of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser import USER_AGENT
from tests.tracker.collector import SHOPS, Recorder, collecting
from tests.tracker.conftest import Shopper
from tests.tracker.shop import ShopState
from tests.tracker.woo_shop import open_woo_shop
from tests.tracker.woo_store import Store
from tests.tracker.wordpress import WordPress, snippet_file, tool

# (product, variation or "", quantity) of each line.
Lines = list[tuple[str, str, int]]
# Either the cart is told, or the tracker says why not.
UNCHANGED = "cart unchanged"
AS_BEFORE = "cart unchanged"


@dataclass(frozen=True)
class Servers:
    recorder: Recorder
    store: Store
    address: str


@contextmanager
def woo_servers() -> Iterator[Servers]:
    tool("php")
    recorder, store = Recorder(), Store()
    with collecting(recorder) as collector, tempfile.TemporaryDirectory() as folder:
        wordpress = {
            key: WordPress(snippet_file(Path(folder), shop, collector))
            for key, shop in SHOPS.items()
            if shop.platform == "woocommerce"
        }
        with open_woo_shop(store, wordpress) as address:
            yield Servers(recorder, store, address)


class WooShopper(Shopper):
    store: Store

    def look(self, path: str, page: Page | None = None) -> Page:
        """Open a page and wait until it has said all it has to say."""
        page = self.open(path, page)
        self.sent(page, "page_viewed")
        self.until(page, lambda: any(words in line for words in (UNCHANGED, AS_BEFORE) for line in self.lines))
        self.settled(page)
        self.lines.clear()
        return page

    def fill_cart(self, theme: str, *things: int) -> Page:
        """A cart the collector knows already; the page it was last seen on."""
        page = self.look(f"/{theme}/")
        for thing in things:
            self.store.add(thing)
        self.open(f"/{theme}/cart/", page)
        self.sent(page, "cart_updated")
        self.settled(page)
        self.lines.clear()
        return page

    def carts(self) -> list[Lines]:
        return [lines(event["cart"]) for event in self.recorder.events() if event["type"] == "cart_updated"]

    def contacts(self) -> list[dict[str, Any]]:
        return [
            {name: event[name] for name in ("email", "marketing_opt_in") if name in event}
            for event in self.recorder.events()
            if event["type"] == "contact_submitted"
        ]

    def reads(self) -> int:
        """How often the shop was asked for the cart."""
        return self.store.calls.count("GET /wp-json/wc/store/v1/cart")


def lines(cart: dict[str, Any]) -> Lines:
    return [(item["id"], item.get("variant_id", ""), item["quantity"]) for item in cart["items"]]


@contextmanager
def woo_shopper(browser: Browser, servers: Servers) -> Iterator[WooShopper]:
    servers.store.reset()
    servers.recorder.clear()
    context = browser.new_context(user_agent=USER_AGENT, locale="de-DE")
    shopper = WooShopper(context, ShopState(), servers.recorder, servers.address)
    shopper.store = servers.store
    yield shopper
    context.close()
    assert shopper.errors == [], "the tracker threw into the page"
    assert servers.recorder.refused == [], "the collector refused a beacon"
