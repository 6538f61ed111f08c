"""The cart: read after whatever may have changed it, sent only when it is another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.tracker.conftest import Shopper
from tests.tracker.shop import SHOPIFY_LINE, WOO_LINE

FORM = '<form action="/cart/add" method="post"><button>Add</button></form>'
POST = "{method: 'POST'}"
JQUERY = """window.jQuery = element => ({
  on: (names, work) => names.split(' ').forEach(name => element.addEventListener(name, work))})"""


def stock(shopper: Shopper, platform: str) -> None:
    shopper.shop.items = [SHOPIFY_LINE if platform == "shopify" else WOO_LINE]


@pytest.mark.parametrize(
    ("why", "platform", "action"),
    [
        ("fetch to the Ajax cart", "shopify", f"fetch('/cart/add.js', {POST})"),
        ("fetch under a language", "shopify", f"fetch('/de-at/cart/change.js', {POST})"),
        ("XHR", "shopify", "const x = new XMLHttpRequest(); x.open('POST', '/cart/update.js'); x.send()"),
        ("a form, then another page", "shopify", "document.querySelector('button').click()"),
        ("a form in a shop that hides its cart's cookie", "woocommerce", "document.querySelector('button').click()"),
        ("the theme's event", "shopify", "document.dispatchEvent(new Event('shopify:cart:lines-update'))"),
        ("classic button", "woocommerce", f"fetch('/?wc-ajax=add_to_cart', {POST})"),
        ("jQuery's event", "woocommerce", "document.body.dispatchEvent(new Event('updated_wc_div'))"),
        ("block button", "woocommerce", f"fetch('/wp-json/wc/store/v1/cart/add-item', {POST})"),
        ("block cart", "woocommerce", f"fetch('/wp-json/wc/store/v1/batch', {POST})"),
        (
            "dozens of events are one change",
            "woocommerce",
            "for (let i = 0; i < 30; i++) document.body.dispatchEvent(new Event('updated_wc_div'))",
        ),
    ],
)
def test_every_way_to_change_the_cart_is_noticed(shopper: Shopper, why: str, platform: str, action: str) -> None:
    shopper.shop.site_key = f"{platform}-implied"
    shopper.shop.body = FORM
    shopper.shop.head = f"<script>{JQUERY}; window.tajoConfig = {{cart: {{count: 0}}}}</script>"
    page = shopper.open()
    shopper.sent(page, "page_viewed")
    stock(shopper, platform)
    if platform == "shopify":
        shopper.shop.head = "<script>tajoConfig = {cart: {count: 2, total: 2000, currency: 'EUR'}}</script>"
    page.evaluate(f"{{ {action} }}")
    shopper.sent(page, "cart_updated")
    shopper.leave(page)
    assert shopper.recorder.types().count("cart_updated") == 1, why


@pytest.mark.parametrize(
    ("why", "platform", "action"),
    [
        ("reading the cart", "shopify", "fetch('/cart.js')"),
        ("something else with a cart in its name", "shopify", "fetch('/cart/shipping_rates.json')"),
        ("fragments", "woocommerce", "fetch('/?wc-ajax=get_refreshed_fragments')"),
    ],
)
def test_other_requests_are_not_taken_for_a_change(shopper: Shopper, why: str, platform: str, action: str) -> None:
    shopper.shop.site_key = f"{platform}-implied"
    shopper.shop.head = "<script>tajoConfig = {cart: {count: 0}}</script>"
    page = shopper.open()
    stock(shopper, platform)
    page.evaluate(action)
    shopper.sent(page, "page_viewed")
    page.wait_for_timeout(450)  # a read would have begun
    shopper.leave(page)
    assert "cart_updated" not in shopper.recorder.types(), why


@pytest.mark.parametrize("currency", ["EUR", "JPY"])
def test_a_shopify_cart_is_told_with_its_own_token_and_hundredths_even_of_yen(shopper: Shopper, currency: str) -> None:
    shopper.shop.head = "<script>Shopify = {routes: {root: '/de-at/'}}</script>"
    shopper.shop.items, shopper.shop.currency = [SHOPIFY_LINE], currency
    page = shopper.open("/de-at")
    shopper.sent(page, "cart_updated")
    assert "/de-at/cart.js" in shopper.shop.calls
    assert shopper.recorder.only("cart_updated")["cart"] == {
        "token": "c1-token",
        "currency": currency,
        "total": "20.00",
        "items": [
            {
                "id": "13",
                "variant_id": "14",
                "sku": "M-1",
                "name": "Mug",
                "variant_name": "Blue",
                "price": "12.50",
                "currency": currency,
                "url": f"{shopper.address}/products/mug?variant=14",
                "image": "https://cdn.example/mug.jpg",
                "quantity": 2,
                "line_total": "20.00",
                "properties": {"engraving": "Ana"},
            }
        ],
    }


def cart_count(shopper: Shopper) -> int:
    return shopper.recorder.types().count("cart_updated")


def test_a_cart_is_told_again_only_when_it_changed_and_once_when_it_was_emptied(shopper: Shopper) -> None:
    def look(page: Page, items: list[dict[str, Any]], words: str) -> None:
        shopper.shop.items = items
        shopper.lines.clear()
        shopper.open("/", page)
        shopper.said(page, words)
        shopper.leave(page)

    page = shopper.new_tab()
    steps: list[tuple[str, list[dict[str, Any]], str, int]] = [
        ("never had one", [], "cart unchanged", 0),
        ("the first", [SHOPIFY_LINE], "cart_updated", 1),
        ("the same", [SHOPIFY_LINE], "cart unchanged", 1),
        ("one more", [{**SHOPIFY_LINE, "quantity": 3}], "cart_updated", 2),
        ("emptied", [], "cart_updated", 3),
        ("still empty", [], "cart unchanged", 3),
    ]
    for why, items, words, expected in steps:
        look(page, items, words)
        assert cart_count(shopper) == expected, why
    assert shopper.recorder.events()[-2]["cart"]["items"] == []


def test_a_page_that_knows_the_cart_is_as_before_saves_the_reading(shopper: Shopper) -> None:
    shopper.shop.head = "<script>tajoConfig = {cart: {count: 2, total: 2000, currency: 'EUR'}}</script>"
    stock(shopper, "shopify")
    page = shopper.open()
    shopper.sent(page, "cart_updated")
    assert shopper.shop.calls.count("/cart.js") == 1
    shopper.open("/b", page)
    shopper.said(page, "cart unchanged")
    assert shopper.shop.calls.count("/cart.js") == 1


@pytest.mark.parametrize(
    ("why", "spoil"),
    [
        (
            "the plugin reports carts",
            lambda shop: setattr(shop, "head", "<script>tajoConfig={carts:'server'}</script>"),
        ),
        ("the cart cannot be read", lambda shop: setattr(shop, "cart_status", 503)),
        ("the cart is no cart", lambda shop: setattr(shop, "items", None)),
    ],
)
def test_no_cart_is_told(shopper: Shopper, why: str, spoil: Callable[[object], None]) -> None:
    shopper.shop.site_key = "woocommerce-implied"
    stock(shopper, "woocommerce")
    spoil(shopper.shop)
    page = shopper.open()
    page.evaluate("document.body.dispatchEvent(new Event('updated_wc_div'))")
    shopper.sent(page, "page_viewed")
    page.wait_for_timeout(450)
    shopper.leave(page)
    assert shopper.recorder.types() == ["page_viewed"], why
