"""WooCommerce pages: what they show is told as the shopper sees it, whoever the page was made for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser

from collector.domain.events import Strength
from collector.domain.shop import Secrets
from collector.sources.tracker.verify import identity_strength
from collector.sources.tracker.wire import Identity
from tests.tracker.collector import SHOPS
from tests.tracker.woo_shopper import AS_BEFORE, Servers, WooShopper, woo_servers, woo_shopper
from tests.tracker.woo_store import HOSTILE
from tests.tracker.wordpress import IDENTITY_KEY

ME = "GET /wp-json/tajo/v1/me"


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with woo_servers() as running:
        yield running


@pytest.fixture
def shopper(browser: Browser, servers: Servers) -> Iterator[WooShopper]:
    with woo_shopper(browser, servers) as walking:
        yield walking


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/classic/", []),
        ("/classic/category/", ["collection_viewed"]),
        ("/classic/product/13/", ["product_viewed"]),
        ("/classic/product/20/", ["product_viewed"]),
        ("/classic/?s=mug&post_type=product", ["search_submitted"]),
        ("/classic/cart/", []),
        ("/blocks/", []),
        ("/blocks/category/", ["collection_viewed"]),
        ("/blocks/product/13/", ["product_viewed"]),
        ("/blocks/?s=mug&post_type=product", ["search_submitted"]),
    ],
)
def test_each_page_of_a_theme_says_what_it_is(shopper: WooShopper, path: str, expected: list[str]) -> None:
    page = shopper.open(path)
    shopper.sent(page, "page_viewed", *expected)
    shopper.leave(page)
    assert shopper.recorder.types() == ["page_viewed", *expected]


@pytest.mark.parametrize(
    ("why", "setting", "view", "line"),
    [
        ("prices with tax", {}, "11.90", {"price": "11.90", "line_total": "23.80"}),
        ("prices without", {"shows_tax": False}, "10.00", {"price": "10.00", "line_total": "20.00"}),
        ("a coupon, with tax", {"coupon": "SAVE"}, "11.90", {"price": "11.90", "line_total": "21.42"}),
        (
            "a currency without decimals",
            {"currency": "JPY", "digits": 0},
            "11.90",
            {"price": "1190", "line_total": "2380"},
        ),
        (
            "a coupon, without",
            {"coupon": "SAVE", "shows_tax": False},
            "10.00",
            {"price": "10.00", "line_total": "18.00"},
        ),
    ],
)
def test_prices_are_those_the_shopper_sees(
    shopper: WooShopper, why: str, setting: dict[str, Any], view: str, line: dict[str, str]
) -> None:
    for name, value in setting.items():
        setattr(shopper.store, name, value)
    shopper.store.add(13, 2)
    page = shopper.open("/classic/product/13/")
    shopper.sent(page, "product_viewed", "cart_updated")
    assert shopper.recorder.only("product_viewed")["product"]["price"] == view, why
    cart = shopper.recorder.only("cart_updated")["cart"]
    assert {name: cart["items"][0][name] for name in line} == line, why
    assert (cart["total"], cart["currency"]) == (line["line_total"], setting.get("currency", "EUR")), why


@pytest.mark.parametrize(
    ("why", "has_snippet", "thing", "expected"),
    [
        (
            "a variation and its product",
            True,
            22,
            {"id": "20", "variant_id": "22", "variant_name": "Red / L", "sku": "SKU-22", "name": "Shirt"},
        ),
        ("… where only the Store API speaks", False, 22, {"id": "22", "variant_id": "22", "name": "Shirt"}),
        ("a name with an ampersand", True, 13, {"id": "13", "name": "Mug & saucer"}),
        ("… where only the Store API speaks", False, 13, {"id": "13", "name": "Mug & saucer"}),
    ],
)
def test_a_cart_line_names_its_product(
    shopper: WooShopper, why: str, has_snippet: bool, thing: int, expected: dict[str, str]
) -> None:
    shopper.store.has_snippets_lines = has_snippet
    shopper.store.add(thing)
    page = shopper.open("/classic/cart/")
    shopper.sent(page, "cart_updated")
    [item] = shopper.recorder.only("cart_updated")["cart"]["items"]
    assert {name: item[name] for name in expected} == expected, why
    assert ("variant_id" in item) == ("variant_id" in expected), why


def test_half_a_metre_is_at_least_one(shopper: WooShopper) -> None:
    shopper.store.add(13)
    shopper.store.lines[0].quantity = 0.5
    page = shopper.open("/blocks/cart/")
    shopper.sent(page, "cart_updated")
    assert shopper.carts() == [[("13", "", 1)]]


def test_a_shop_may_say_where_its_interface_is(shopper: WooShopper) -> None:
    shopper.store.settings["rest"] = "/index.php?rest_route=/"
    shopper.store.add(13)
    page = shopper.open("/classic/cart/")
    shopper.until(page, lambda: "GET /index.php?rest_route=/wc/store/v1/cart" in shopper.store.calls)


@pytest.mark.parametrize("theme", ["classic", "blocks"])
def test_a_hostile_name_goes_through_php_page_and_tracker_unchanged_and_does_nothing(
    shopper: WooShopper, theme: str
) -> None:
    page = shopper.new_tab()
    dialogs: list[str] = []

    def refuse(dialog: Any) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", refuse)
    shopper.look(f"/{theme}/", page)
    shopper.open(f"/{theme}/product/40/", page)
    shopper.sent(page, "product_viewed")
    assert shopper.recorder.only("product_viewed")["product"]["name"] == HOSTILE
    page.click("[name=add-to-cart]")
    shopper.sent(page, "cart_updated")
    [item] = shopper.recorder.only("cart_updated")["cart"]["items"]
    assert item["name"] == HOSTILE
    assert dialogs == []


def test_pages_out_of_a_cache_know_nobody_and_everything_is_told_all_the_same(shopper: WooShopper) -> None:
    shopper.store.is_cached = True
    page = shopper.look("/classic/")  # the copy that everybody gets
    page.click('.ajax_add_to_cart[data-product_id="13"]')
    shopper.sent(page, "cart_updated")
    shopper.settled(page)
    reads = shopper.reads()
    for path in ("/classic/", "/classic/product/13/", "/classic/"):
        shopper.lines.clear()
        shopper.open(path, page)
        shopper.said(page, AS_BEFORE)
    assert shopper.reads() == reads, "nothing new, nothing asked"
    shopper.open("/classic/product/13/", page)
    page.click("[name=add-to-cart]")
    shopper.until(page, lambda: [("13", "", 2)] in shopper.carts())
    assert shopper.carts() == [[("13", "", 2)]]


def test_a_form_in_a_shop_whose_cache_eats_the_cookies_is_told_on_the_next_page(shopper: WooShopper) -> None:
    shopper.store.sets_cookies = False
    page = shopper.look("/blocks/product/13/")
    page.click("[name=add-to-cart]")
    shopper.sent(page, "cart_updated")
    assert shopper.carts() == [[("13", "", 1)]]


def test_who_is_logged_in_is_asked_once_signed_and_forgotten_after_logging_out(shopper: WooShopper) -> None:
    shopper.store.is_logged_in = True
    page = shopper.open("/classic/")
    shopper.until(page, lambda: any(beacon.get("identity") for beacon in shopper.recorder.beacons))
    said = next(beacon["identity"] for beacon in shopper.recorder.beacons if beacon.get("identity"))
    assert said["email"] == "ana@shop.example"
    shop = replace(SHOPS["woocommerce-implied"], secrets=Secrets(identity=(IDENTITY_KEY,)))
    assert identity_strength(Identity(**said), shop, datetime.now(UTC)) is Strength.SIGNED
    shopper.settled(page)

    shopper.open("/classic/product/13/", page)
    shopper.sent(page, "product_viewed")
    assert shopper.store.calls.count(ME) == 1, "once is enough"
    shopper.settled(page)

    shopper.store.is_logged_in = False
    shopper.open("/classic/category/", page)
    shopper.sent(page, "collection_viewed")
    assert [beacon for beacon in shopper.recorder.beacons if "identity" in beacon] == []
    assert "ana" not in str(page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"))


def test_an_order_is_made_by_somebody_the_shop_vouches_for(shopper: WooShopper) -> None:
    shopper.store.is_logged_in = True
    page = shopper.look("/classic/")
    shopper.store.add(13)
    shopper.open("/classic/checkout/", page)
    shopper.sent(page, "checkout_started")
    shopper.until(page, lambda: shopper.store.calls.count(ME) == 2)
    page.fill("#billing_email", "ana@shop.example")
    page.click("#place_order")
    shopper.sent(page, "contact_submitted")
    [beacon] = [
        beacon
        for beacon in shopper.recorder.beacons
        if any(event["type"] == "contact_submitted" for event in beacon["events"])
    ]
    assert beacon["identity"]["signature"]


@pytest.mark.parametrize(
    ("why", "is_logged_in", "is_cached", "calls"),
    [
        ("a guest", False, False, 0),
        ("a copy made for guests", True, True, 0),
        ("somebody logged in", True, False, 1),
    ],
)
def test_the_shop_is_asked_who_it_is_only_where_somebody_is_logged_in(
    shopper: WooShopper, why: str, is_logged_in: bool, is_cached: bool, calls: int
) -> None:
    shopper.store.is_logged_in, shopper.store.is_cached = is_logged_in, is_cached
    shopper.look("/blocks/")
    assert shopper.store.calls.count(ME) == calls, why


def test_a_script_tag_at_the_head_of_a_page_waits_for_its_body(shopper: WooShopper) -> None:
    shopper.store.is_deferred = False
    page = shopper.open("/classic/product/13/")
    shopper.sent(page, "page_viewed", "product_viewed")
