"""Somebody with a browser of their own in a Shopify shop, and a collector that records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser

from tests.browser import USER_AGENT
from tests.tracker.collector import Recorder, collecting
from tests.tracker.conftest import Shopper
from tests.tracker.shop import ShopState
from tests.tracker.shopify_pages.server import open_store
from tests.tracker.shopify_pages.store import Store


@dataclass
class Buyer(Shopper):
    store: Store = field(default_factory=Store)

    def carts(self) -> list[dict[int, int]]:
        """What each `cart_updated` said lies in the cart: variant and quantity."""
        said = [event["cart"] for event in self.recorder.events() if event["type"] == "cart_updated"]
        return [{int(item["variant_id"]): item["quantity"] for item in cart["items"]} for cart in said]

    def times(self, call: str) -> int:
        """How often the shop was asked this."""
        return self.store.calls.count(call)


@pytest.fixture(scope="session")
def _store() -> Iterator[tuple[Store, str]]:
    store = Store()
    with open_store(store) as address:
        yield store, address


@pytest.fixture
def buyer(browser: Browser, _store: tuple[Store, str]) -> Iterator[Buyer]:
    store, address = _store
    recorder = Recorder()
    # A collector for each: what the last one's closing pages still send reaches nobody.
    with collecting(recorder) as collector:
        vars(store).update(vars(Store(collector=collector)))
        context = browser.new_context(user_agent=USER_AGENT, locale="de-DE")
        found = Buyer(context, ShopState(), recorder, address, store=store)
        yield found
        context.close()
    assert found.errors == [], "something was thrown into the page"
    assert recorder.refused == [], "the collector refused a beacon"
