"""Who it is: the e-mail address of a checkout, the opt-in beside it, who is logged in; and the order at the end."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.tracker.conftest import Shopper
from tests.tracker.shop import WHO, WOO_LINE

CLASSIC = """<form class="checkout" onsubmit="return false"><input id="billing_email" type="email">
  <input id="tajo_opt_in" type="checkbox"><input id="billing_phone"><button id="place_order">Order</button></form>"""
BLOCKS = """<div class="wc-block-checkout"><input id="email" type="email">
  <input type="checkbox" id="contact-shop-marketing-opt-in" name="contact-shop-marketing-opt-in">
  <input id="phone"><button class="wc-block-components-checkout-place-order-button">Order</button></div>"""
FIELDS = {"classic": ("#billing_email", "#billing_phone", "button"), "blocks": ("#email", "#phone", "button")}


def checkout(shopper: Shopper, kind: str, site_key: str = "woocommerce-implied", capture: str = "submitted") -> Page:
    shopper.shop.site_key = site_key
    shopper.shop.head = f"<script>tajoConfig = {{capture: '{capture}'}}</script>"
    shopper.shop.classes = "page woocommerce-checkout"
    shopper.shop.body = CLASSIC if kind == "classic" else BLOCKS
    shopper.shop.items = [WOO_LINE]
    shopper.context.add_cookies([{"name": "woocommerce_cart_hash", "value": "abc", "url": shopper.address}])
    page = shopper.open("/checkout/")
    shopper.sent(page, "checkout_started")
    return page


def contacts(shopper: Shopper) -> list[dict[str, Any]]:
    return [
        {name: event[name] for name in ("email", "marketing_opt_in") if name in event}
        for event in shopper.recorder.events()
        if event["type"] == "contact_submitted"
    ]


@pytest.mark.parametrize(
    ("kind", "why", "capture", "steps", "expected"),
    [
        ("classic", "typed only: stays in the page", "submitted", "ana@shop.example >", []),
        ("classic", "submitted", "submitted", "Ana@Shop.example > order", [{"email": "ana@shop.example"}]),
        (
            "classic",
            "submitted twice is one",
            "submitted",
            "ana@shop.example order order",
            [{"email": "ana@shop.example"}],
        ),
        (
            "blocks",
            "with the box ticked",
            "submitted",
            "ana@shop.example tick order",
            [{"email": "ana@shop.example", "marketing_opt_in": True}],
        ),
        ("classic", "no address", "submitted", "ana@shop order", []),
        (
            "blocks",
            "typed: told on leaving, however soon",
            "typed",
            "ana@shop.example >",
            [{"email": "ana@shop.example"}],
        ),
        ("blocks", "typed, half an address", "typed", "ana@ >", []),
        (
            "classic",
            "typed and ticked",
            "typed",
            "ana@shop.example > tick",
            [{"email": "ana@shop.example", "marketing_opt_in": True}],
        ),
    ],
)
def test_an_address_leaves_when_the_shop_said_so(
    shopper: Shopper, kind: str, why: str, capture: str, steps: str, expected: list[dict[str, Any]]
) -> None:
    page = checkout(shopper, kind, capture=capture)
    field, other, button = FIELDS[kind]
    for step in steps.split():
        if step == ">":
            page.focus(other)
        elif step == "tick":
            page.check("[type=checkbox]")
        elif step == "order":
            page.click(button)
        else:
            page.fill(field, step)
    shopper.leave(page)
    assert contacts(shopper) == expected, why


def test_a_typed_address_settles_and_is_told_without_leaving(shopper: Shopper) -> None:
    page = checkout(shopper, "classic", capture="typed")
    page.fill("#billing_email", "ana@shop.example")
    page.focus("#billing_phone")
    shopper.sent(page, "contact_submitted")


def test_of_several_typed_addresses_the_last_one_wins(shopper: Shopper) -> None:
    page = checkout(shopper, "classic", capture="typed")
    page.evaluate(
        """for (const name of ['ana@shop', 'bob@shop.example', 'ana@shop.example']) {
          billing_email.value = name; billing_email.dispatchEvent(new Event('change', {bubbles: true})) }"""
    )
    shopper.sent(page, "contact_submitted")
    shopper.leave(page)
    assert contacts(shopper) == [{"email": "ana@shop.example"}]


def test_a_box_that_came_ticked_is_nobodys_act(shopper: Shopper) -> None:
    page = checkout(shopper, "classic")
    page.evaluate("tajo_opt_in.defaultChecked = true")
    page.fill("#billing_email", "ana@shop.example")
    page.click("button")
    shopper.leave(page)
    assert contacts(shopper) == [{"email": "ana@shop.example"}]


def test_an_address_typed_anywhere_else_is_nobodys_business(shopper: Shopper) -> None:
    shopper.shop.site_key, shopper.shop.body = "woocommerce-implied", CLASSIC.replace("billing_email", "email")
    page = shopper.open("/product/mug/")
    page.fill("#email", "ana@shop.example")
    page.click("button")
    shopper.sent(page, "page_viewed")
    shopper.leave(page)
    assert contacts(shopper) == []


def test_a_checkout_is_begun_once_with_its_cart(shopper: Shopper) -> None:
    page = checkout(shopper, "classic")
    page.reload()
    shopper.said(page, "told before")
    shopper.leave(page)
    begun = shopper.recorder.only("checkout_started")
    assert begun["cart"]["items"][0]["id"] == "13"
    assert begun["cart"] == shopper.recorder.only("cart_updated")["cart"]


def test_the_thank_you_page_names_the_order_once_and_empties_no_cart(shopper: Shopper) -> None:
    page = checkout(shopper, "classic")
    shopper.shop.items, shopper.shop.classes = [], "woocommerce-checkout woocommerce-order-received"
    shopper.context.clear_cookies(name="woocommerce_cart_hash")
    shopper.open("/checkout/order-received/4711/?key=wc_order_x", page)
    shopper.sent(page, "order_confirmed")
    shopper.until(page, lambda: shopper.shop.calls.count("/wp-json/wc/store/v1/cart") == 2)
    page.reload()
    shopper.leave(page)
    assert shopper.recorder.only("order_confirmed")["order_id"] == "4711"
    assert shopper.recorder.types().count("cart_updated") == 1
    assert shopper.recorder.types().count("checkout_started") == 1


def test_who_the_page_says_is_logged_in_stands_on_every_beacon(shopper: Shopper) -> None:
    shopper.shop.head = """<script>window.tajoConfig = {customerId: 7, customerEmail: "ana@shop.example",
      customerName: "Ana", signedOn: "2026-11-21", signature: "abcd"}</script>"""
    page = shopper.open()
    shopper.sent(page, "page_viewed")
    [beacon] = shopper.recorder.beacons
    assert beacon["identity"] == {
        "email": "ana@shop.example",
        "customer_id": "7",
        "name": "Ana",
        "signed_on": "2026-11-21",
        "signature": "abcd",
    }


def test_wordpress_is_asked_once_a_session_who_is_logged_in_and_forgets_it_after_logging_out(shopper: Shopper) -> None:
    shopper.shop.site_key, shopper.shop.classes = "woocommerce-implied", "home logged-in"
    page = shopper.open()
    shopper.until(page, lambda: any("identity" in beacon for beacon in shopper.recorder.beacons))
    told = next(beacon["identity"] for beacon in shopper.recorder.beacons if "identity" in beacon)
    assert (told["email"], told["signature"]) == (WHO["customerEmail"], WHO["signature"])
    assert any(not beacon.get("identity") for beacon in shopper.recorder.beacons), "never shared with what was before"

    shopper.settled(page)
    shopper.open("/b", page)
    shopper.sent(page, "page_viewed")
    assert shopper.shop.calls.count("/wp-json/tajo/v1/me") == 1

    shopper.settled(page)
    shopper.shop.classes = "home"
    shopper.open("/c", page)
    shopper.sent(page, "page_viewed")
    [seen] = [
        beacon
        for beacon in shopper.recorder.beacons
        if any(event["page"]["url"].endswith("/c") for event in beacon["events"])
    ]
    assert "identity" not in seen
    assert page.evaluate("sessionStorage.getItem('tajo_me')") in (None, "")


def test_nobody_is_asked_who_is_logged_in_when_nobody_is(shopper: Shopper) -> None:
    shopper.shop.site_key = "woocommerce-implied"
    page = shopper.open()
    shopper.sent(page, "page_viewed")
    assert "/wp-json/tajo/v1/me" not in shopper.shop.calls


def test_a_page_may_say_who_it_is_later_and_is_believed_once(shopper: Shopper) -> None:
    page = shopper.open()
    shopper.sent(page, "page_viewed")
    for _ in range(2):
        page.evaluate("tajo.identify({customerId: '7', customerEmail: 'ana@shop.example'})")
    shopper.until(page, lambda: len(shopper.recorder.beacons) == 2)
    page.evaluate("tajo.track('search_submitted', {query: 'a'})")
    shopper.sent(page, "search_submitted")
    assert [bool(beacon.get("identity")) for beacon in shopper.recorder.beacons] == [False, True, True]
    assert shopper.recorder.beacons[1]["events"] == []
