"""Shopify's pages through our Liquid: what is looked at, who is logged in, and when there is silence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from collector.domain.events import Strength
from collector.sources.tracker.verify import identity_strength
from collector.sources.tracker.wire import Identity
from tests.tracker.shopify_pages.conftest import Buyer
from tests.tracker.shopify_pages.server import the_shop
from tests.tracker.shopify_pages.store import HOSTILE, Store

ANA = {"id": 7, "email": "Ana@Shop.example", "first_name": "Ana", "tags": []}
BOTH = pytest.mark.parametrize("theme", ["dawn", "horizon"])


@BOTH
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", ["page_viewed"]),
        ("cart", ["page_viewed"]),
        ("products/mug", ["page_viewed", "product_viewed"]),
        ("collections/all", ["page_viewed", "collection_viewed"]),
        ("search?q=blue+mug", ["page_viewed", "search_submitted"]),
        ("search", ["page_viewed"]),
    ],
)
def test_a_page_says_what_it_is_about_and_no_more(buyer: Buyer, theme: str, path: str, expected: list[str]) -> None:
    buyer.store.theme = theme
    page = buyer.open("/" + path)
    buyer.sent(page, *expected)
    buyer.leave(page)
    assert buyer.recorder.types() == expected


@BOTH
def test_a_product_is_told_as_the_shopper_sees_it(buyer: Buyer, theme: str) -> None:
    buyer.store.theme, buyer.store.root, buyer.store.currency = theme, "/en-ca/", "CAD"
    page = buyer.open("/en-ca/products/mug")
    buyer.sent(page, "product_viewed")
    assert buyer.recorder.only("product_viewed")["product"] == {
        "id": "13",
        "variant_id": "43",
        "sku": "SKU-43",
        "name": "Mug",
        "variant_name": "Blue",
        "price": "12.50",
        "currency": "CAD",
        "url": f"{buyer.address}/en-ca/products/mug",
        "image": "http://cdn.shop.example/mug.jpg?width=600",
        "categories": ["Kitchen", "Tea & coffee"],
    }


def test_a_product_without_variants_has_no_variants_name(buyer: Buyer) -> None:
    page = buyer.open("/products/pot")
    buyer.sent(page, "product_viewed")
    product = buyer.recorder.only("product_viewed")["product"]
    assert (product["variant_id"], "variant_name" in product) == ("44", False)


def test_a_quick_view_is_a_product_looked_at_and_a_card_is_not(buyer: Buyer) -> None:
    buyer.store.theme = "horizon"
    page = buyer.open("/collections/all")
    page.click("#quick-view-mug")
    buyer.sent(page, "product_viewed")
    buyer.leave(page)
    assert buyer.recorder.only("product_viewed")["product"] == {
        "id": "gid://shopify/Product/13",  # the collector knows these as 13 and 43
        "variant_id": "gid://shopify/ProductVariant/43",
        "name": "Mug",
        "price": "12.50",
        "currency": "EUR",
    }


VIEW = """document.dispatchEvent(Object.assign(new Event('shopify:product:view'),
  {context: '%s', product: {id: 'gid://shopify/Product/13', title: 'Mug', selectedVariant: null}}))"""


def test_where_the_snippet_prints_no_product_the_themes_own_word_is_taken(buyer: Buyer) -> None:
    page = buyer.open("/")
    buyer.sent(page, "page_viewed")
    for context in ("recommendation", "page"):
        page.evaluate(VIEW % context)
    buyer.sent(page, "product_viewed")
    assert buyer.recorder.only("product_viewed")["product"] == {"id": "gid://shopify/Product/13", "name": "Mug"}


def test_what_is_searched_for_goes_out_as_typed(buyer: Buyer) -> None:
    words = '</script><script>window.executed = 1</script> "größe" 😀'
    page = buyer.new_tab()
    page.goto(f"{buyer.address}/search")
    page.fill("input[name=q]", words)
    page.press("input[name=q]", "Enter")
    buyer.sent(page, "search_submitted")
    assert buyer.recorder.only("search_submitted")["query"] == words
    assert page.evaluate("window.executed") is None


@BOTH
def test_a_hostile_product_is_told_unchanged_and_runs_nowhere(buyer: Buyer, theme: str) -> None:
    buyer.store.theme = theme
    page = buyer.open("/products/hostile")
    buyer.sent(page, "product_viewed")
    assert buyer.recorder.only("product_viewed")["product"]["name"] == HOSTILE
    assert page.evaluate("window.executed") is None
    assert page.locator("img").count() == 0


def identity_in(buyer: Buyer) -> dict[str, Any]:
    return next(beacon["identity"] for beacon in buyer.recorder.beacons if "identity" in beacon)


def strength(buyer: Buyer, said: dict[str, Any], **other: str) -> Strength | None:
    shop = replace(the_shop(buyer.store.site_key), **other)  # type: ignore[arg-type]
    return identity_strength(Identity(**said), shop, datetime.now(UTC))


def test_who_is_logged_in_is_said_so_that_the_collector_believes_it(buyer: Buyer) -> None:
    buyer.store.customer = ANA
    page = buyer.open("/products/mug")
    buyer.sent(page, "product_viewed")
    said = identity_in(buyer)
    assert (said["email"], said["customer_id"], said["name"]) == ("ana@shop.example", "7", "Ana")
    assert strength(buyer, said) is Strength.SIGNED
    assert strength(buyer, {**said, "email": "eve@shop.example"}) is Strength.CLAIMED
    assert strength(buyer, {**said, "customer_id": "8"}) is Strength.CLAIMED
    assert strength(buyer, said, site_key="another-shop") is Strength.CLAIMED


def test_nobody_is_named_before_the_log_in_nor_after_the_log_out(buyer: Buyer) -> None:
    page = buyer.new_tab()
    for customer in (None, ANA, None):
        buyer.recorder.clear()
        buyer.store.customer = customer
        buyer.open("/products/mug", page)
        buyer.sent(page, "product_viewed")
        buyer.until(page, lambda: page.evaluate("localStorage.getItem('tajo_q')") is None)
        assert any("identity" in beacon for beacon in buyer.recorder.beacons) is bool(customer)


def test_the_key_that_signs_is_in_no_page(buyer: Buyer) -> None:
    buyer.store.customer = ANA
    page = buyer.open("/products/mug")
    assert "key-of-the-shop" not in page.content()


@pytest.mark.parametrize(
    ("why", "prepare", "path"),
    [
        ("theme editor", lambda store: setattr(store, "is_in_editor", True), "/"),
        ("editor, for a script pasted without our snippet", lambda store: setattr(store, "hello", EDITOR), "/"),
        ("visual preview", lambda store: setattr(store, "hello", "Shopify.visualPreviewMode = true"), "/"),
        ("an unpublished theme", lambda store: setattr(store, "role", "unpublished"), "/"),
        ("a theme under development", lambda store: setattr(store, "role", "development"), "/"),
        ("a theme being tried", lambda store: setattr(store, "role", "demo"), "/"),
        ("a preview's address", lambda _store: None, "/?preview_theme_id=123"),
    ],
)
def test_in_the_editor_and_in_previews_there_is_silence(
    buyer: Buyer, why: str, prepare: Callable[[Store], None], path: str
) -> None:
    prepare(buyer.store)
    buyer.store.lines = {43: 1}
    page = buyer.open(path)
    page.evaluate("fetch('/cart/add.js', {method: 'POST', body: new URLSearchParams({id: 43})})")
    if not buyer.store.is_in_editor:  # there even the script is left out
        buyer.said(page, "silent: preview")
    page.wait_for_timeout(480)
    buyer.leave(page)
    assert buyer.recorder.beacons == [], why
    assert buyer.visitor() is None, why
    assert buyer.store.attributes == {}, why
    assert buyer.times("GET /cart.js") == 0, why


EDITOR = "Shopify.designMode = true"


@pytest.mark.parametrize("path", ["/?utm_source=preview_theme_id", "/search?q=development"])
def test_ordinary_addresses_are_no_previews(buyer: Buyer, path: str) -> None:
    page = buyer.open(path)
    buyer.sent(page, "page_viewed")


def test_a_merchants_own_settings_survive_the_snippet(buyer: Buyer) -> None:
    buyer.store.hello = "window.tajoConfig = {siteKey: 'overwritten', debug: true, gpc: false}"
    page = buyer.open("/")
    buyer.sent(page, "page_viewed")
    assert page.evaluate("[tajoConfig.siteKey, tajoConfig.gpc]") == ["shopify-implied", False]
