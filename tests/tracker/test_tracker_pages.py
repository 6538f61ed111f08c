"""What is looked at: which pages give which events, and which give none."""

from __future__ import annotations

import pytest

from tests.tracker.conftest import Shopper

PRODUCT = r"""{id: 13, variant_id: 14, name: "Mug <\/script> ü", price: 1250, currency: "JPY", url: "/p/mug",
  image: "//cdn.example/m.jpg", sku: "", categories: ["Kitchen"]}"""


@pytest.mark.parametrize(
    ("why", "given", "path", "expected"),
    [
        ("a plain page", {}, "/", ["page_viewed"]),
        ("product", {"head": f"product: {PRODUCT}"}, "/", ["product_viewed"]),
        ("collection", {"head": "collection: {id: 3}"}, "/", ["collection_viewed"]),
        ("search", {"head": "search: 'blue mug'"}, "/search?q=blue+mug", ["search_submitted"]),
        ("WooCommerce product", {"classes": "single-product postid-13"}, "/", ["product_viewed"]),
        ("WooCommerce category", {"classes": "archive tax-product_cat"}, "/", ["collection_viewed"]),
        ("WooCommerce search", {"classes": "search"}, "/?s=mug&post_type=product", ["search_submitted"]),
        ("a post is no product", {"classes": "single postid-13"}, "/", ["page_viewed"]),
    ],
)
def test_a_page_says_what_it_is_about(
    shopper: Shopper, why: str, given: dict[str, str], path: str, expected: list[str]
) -> None:
    is_woo = "WooCommerce" in why or "post" in why
    shopper.shop.site_key = "woocommerce-implied" if is_woo else "shopify-implied"
    shopper.shop.classes, shopper.shop.body = given.get("classes", ""), given.get("body", "")
    shopper.shop.head = f"<script>window.tajoConfig = {{{given.get('head', '')}}}</script>"
    page = shopper.open(path)
    shopper.sent(page, "page_viewed", *expected)
    shopper.leave(page)
    assert shopper.recorder.types() == list(dict.fromkeys(["page_viewed", *expected])), why


def test_a_shopify_product_is_told_in_major_units_with_full_addresses(shopper: Shopper) -> None:
    shopper.shop.head = f"<script>window.tajoConfig = {{product: {PRODUCT}}}</script>"
    page = shopper.open()
    shopper.sent(page, "product_viewed")
    assert shopper.recorder.only("product_viewed")["product"] == {
        "id": "13",
        "variant_id": "14",
        "name": "Mug </script> ü",
        "price": "12.50",
        "currency": "JPY",
        "url": f"{shopper.address}/p/mug",
        "image": "http://cdn.example/m.jpg",
        "categories": ["Kitchen"],
    }


def test_a_woocommerce_product_is_told_by_what_every_theme_says_when_the_snippet_printed_none(shopper: Shopper) -> None:
    shopper.shop.site_key = "woocommerce-implied"
    shopper.shop.classes, shopper.shop.title = "single-product postid-13", "Mug"
    page = shopper.open("/product/mug/#reviews")
    shopper.sent(page, "product_viewed")
    seen = shopper.recorder.only("product_viewed")
    assert seen["product"] == {"id": "13", "name": "Mug"}
    assert seen["page"]["url"] == f"{shopper.address}/product/mug/", "which is the product's, too"


def test_a_page_is_told_with_its_address_free_of_keys(shopper: Shopper) -> None:
    shopper.shop.title = "Order ü"
    page = shopper.open("/order?key=wc_order_secret&a=1&email=ana%40shop.example#part")
    shopper.sent(page, "page_viewed")
    assert shopper.recorder.only("page_viewed")["page"] == {
        "url": f"{shopper.address}/order?key=&a=1&email=",
        "title": "Order ü",
        "locale": "de-DE",
    }


@pytest.mark.parametrize(
    ("why", "action", "views"),
    [
        ("another path is another page", "history.pushState({}, '', '/b')", 2),
        ("another query too", "history.pushState({}, '', '/?page=2')", 2),
        ("the same address again is not", "history.pushState({}, '', '/')", 1),
        ("a fragment is not", "history.pushState({}, '', '/#reviews')", 1),
        ("a variant being chosen is not", "history.replaceState({}, '', '/?variant=14')", 1),
        ("nor is any address that is only replaced", "history.replaceState({}, '', '/b')", 1),
        ("nor is going on from that", "history.replaceState({}, '', '/?a=1'); history.pushState({}, '', '/?a=1#b')", 1),
        ("back from the browser's memory", "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))", 2),
        ("an ordinary showing is not", "dispatchEvent(new PageTransitionEvent('pageshow'))", 1),
    ],
)
def test_pages_that_change_without_loading(shopper: Shopper, why: str, action: str, views: int) -> None:
    page = shopper.open()
    shopper.sent(page, "page_viewed")
    page.evaluate(f"{action}; setTimeout(() => tajo.track('search_submitted', {{query: 'the end'}}), 100)")
    shopper.sent(page, "search_submitted")
    assert shopper.recorder.types().count("page_viewed") == views, why


def test_a_page_loaded_in_advance_counts_when_it_is_looked_at(shopper: Shopper) -> None:
    page = shopper.new_tab()
    page.add_init_script("Object.defineProperty(document, 'prerendering', {get: () => !window.isShown})")
    shopper.open("/", page)
    shopper.leave(page)
    assert shopper.recorder.types() == []
    shopper.open("/", page)
    page.evaluate("window.isShown = true; document.dispatchEvent(new Event('prerenderingchange'))")
    shopper.sent(page, "page_viewed")


@pytest.mark.parametrize(
    ("why", "head", "path"),
    [
        ("theme editor", "Shopify = {designMode: true}", "/"),
        ("visual preview", "Shopify = {visualPreviewMode: true}", "/"),
        ("preview of a theme", "", "/?preview_theme_id=123"),
        ("a theme that is not published", "Shopify = {theme: {role: 'unpublished'}}", "/"),
        ("no shop named", "tajoConfig = {siteKey: ''}", "/"),
    ],
)
def test_the_merchants_own_looking_is_silent(shopper: Shopper, why: str, head: str, path: str) -> None:
    shopper.shop.head = f"<script>{head}</script>"
    page = shopper.open(path)
    page.evaluate("tajo.push(['track', 'search_submitted', {query: 'a'}]); tajo.track('page_viewed')")
    shopper.said(page, "silent")
    shopper.leave(page)
    assert shopper.recorder.beacons == [], why
    assert shopper.visitor() is None


def test_calls_made_before_loading_are_taken_and_nonsense_does_no_harm(shopper: Shopper) -> None:
    shopper.shop.head = """<script>window.tajo = window.tajo || []
      tajo.push(['track', 'search_submitted', {query: 'early'}]); tajo.push(['nonsense']); tajo.push(null)
      tajo.push(['track', 'search_submitted', {query: 'more'}])</script>"""
    page = shopper.open()
    page.evaluate("tajo.push(['track', 'search_submitted', {query: 'late'}])")
    shopper.until(page, lambda: len(shopper.recorder.events()) >= 4)
    found = [event.get("query") for event in shopper.recorder.events()]
    assert found == [None, "early", "more", "late"]


@pytest.mark.parametrize(
    ("why", "script"),
    [
        ("its own script", '<script src="{collector}/c/{site_key}.js" defer></script>' * 2),
        (
            "shop in the settings",
            "<script>tajoConfig={{siteKey:'{site_key}'}}</script><script src={collector}/shopify.js></script>",
        ),
        ("shop in the tag", '<script src="{collector}/shopify.js" data-site-key="{site_key}" defer></script>'),
        (
            "shop by its name",
            "<script>Shopify={{shop:'implied.example'}}</script><script src={collector}/shopify.js></script>",
        ),
    ],
)
def test_every_way_to_load_it_counts_a_page_once(shopper: Shopper, why: str, script: str) -> None:
    shopper.shop.script = script
    page = shopper.open()
    shopper.sent(page, "page_viewed")
    found = set(page.evaluate("Object.keys(window).filter(name => /tajo/i.test(name))"))
    assert found <= {"tajo", "tajoConfig"}, "one global, and the one for settings"
    shopper.leave(page)
    assert shopper.recorder.types() == ["page_viewed"], why
