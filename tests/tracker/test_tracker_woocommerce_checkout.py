"""WooCommerce checkouts, classic and Blocks: the address leaves when the shop said so, never letter by letter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.tracker.woo_shopper import Servers, WooShopper, lines, woo_servers, woo_shopper

FIELDS = {"classic": "#billing_email", "blocks": "#email"}
NEXT = {"classic": "#billing_phone", "blocks": "#shipping-phone"}
BOX = {"classic": "#tajo_opt_in", "blocks": "#contact-tajo-marketing-opt-in"}
PLACE = {"classic": "#place_order", "blocks": ".wc-block-components-checkout-place-order-button"}
ANA = {"email": "ana@shop.example"}


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with woo_servers() as running:
        yield running


@pytest.fixture
def shopper(browser: Browser, servers: Servers) -> Iterator[WooShopper]:
    with woo_shopper(browser, servers) as walking:
        yield walking


def checkout(shopper: WooShopper, theme: str, capture: str = "submitted") -> Page:
    shopper.store.settings["capture"] = capture
    shopper.store.add(21, 2)
    page = shopper.open(f"/{theme}/checkout/")
    shopper.sent(page, "checkout_started")
    return page


def do(page: Page, theme: str, step: str) -> None:
    """`type:text` letter by letter, `clear`, `>` on to the next field, `tick`, `replace` the field as React may."""
    command, _, text = step.partition(":")
    field = FIELDS[theme]
    if command == "type":
        page.focus(field)
        page.locator(field).press_sequentially(text)
    elif command == "clear":
        page.fill(field, "")
    elif command == ">":
        page.focus(NEXT[theme])
    elif command == "tick":
        page.check(BOX[theme])
    elif command == "replace":
        page.evaluate(
            """selector => { const old = document.querySelector(selector), copy = old.cloneNode()
              copy.value = old.value; old.replaceWith(copy) }""",
            field,
        )


TYPED = [
    ("letters, the field not left", "type:ana@shop.example", []),
    ("the field left", "type:ana@shop.example >", [ANA]),
    ("left, and the box ticked", "type:ana@shop.example > tick", [{**ANA, "marketing_opt_in": True}]),
    ("corrected at once", "type:ana@shop.exam > clear type:ana@shop.example >", [ANA]),
    ("half an address", "type:ana@ >", []),
    ("no address", "type:ana >", []),
    ("taken away again", "type:ana@shop.example > clear >", []),
    ("the field is another one now", "type:ana@shop.example > replace", [ANA]),
]


@pytest.mark.parametrize("theme", ["classic", "blocks"])
@pytest.mark.parametrize(("why", "steps", "expected"), TYPED, ids=[row[0] for row in TYPED])
def test_a_typed_address_leaves_settled_and_whole(
    shopper: WooShopper, theme: str, why: str, steps: str, expected: list[dict[str, Any]]
) -> None:
    page = checkout(shopper, theme, "typed")
    for step in steps.split():
        do(page, theme, step)
    # Whatever is on its way by itself comes before this.
    page.evaluate("tajo.track('search_submitted', {query: 'after'})")
    shopper.sent(page, "search_submitted")
    if expected:
        shopper.sent(page, "contact_submitted")
    assert shopper.contacts() == expected, why
    shopper.leave(page)
    assert shopper.contacts() == expected, why


@pytest.mark.parametrize("theme", ["classic", "blocks"])
def test_a_shop_that_waits_for_the_order_hears_of_no_address_before(shopper: WooShopper, theme: str) -> None:
    page = checkout(shopper, theme, "submitted")
    for step in ("type:ana@shop.example", ">", "tick"):
        do(page, theme, step)
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    page.evaluate("tajo.track('search_submitted', {query: 'after'})")
    shopper.sent(page, "search_submitted")
    assert shopper.contacts() == []


@pytest.mark.parametrize("capture", ["typed", "submitted"])
@pytest.mark.parametrize("theme", ["classic", "blocks"])
def test_an_order_tells_the_address_once_and_empties_no_cart(shopper: WooShopper, theme: str, capture: str) -> None:
    page = checkout(shopper, theme, capture)
    for step in ("type:Ana@Shop.Example", ">"):
        do(page, theme, step)
    page.click(PLACE[theme])
    page.wait_for_url("**/order-received/4711/**")
    shopper.sent(page, "order_confirmed", "contact_submitted")
    page.reload()
    page.wait_for_timeout(450)
    shopper.leave(page)
    assert shopper.contacts() == [ANA]
    assert shopper.carts() == [[("20", "21", 2)]]
    assert shopper.recorder.only("order_confirmed")["order_id"] == "4711"
    addresses = [event["page"]["url"] for event in shopper.recorder.events()]
    assert not [address for address in addresses if "wc_order_x" in address], "the key to the order stays in the shop"


@pytest.mark.parametrize("theme", ["classic", "blocks"])
def test_a_checkout_begins_once_for_a_cart_and_asks_for_it_once(shopper: WooShopper, theme: str) -> None:
    page = checkout(shopper, theme)
    assert lines(shopper.recorder.only("checkout_started")["cart"]) == [("20", "21", 2)]
    shopper.lines.clear()
    page.reload()
    shopper.said(page, "told before")
    page.wait_for_timeout(450)  # reviewing the order is no change of the cart
    shopper.leave(page)
    assert shopper.recorder.types().count("checkout_started") == 1
    assert shopper.reads() == 2, "once for each time the page was opened"


def test_a_cart_that_the_plugin_reports_is_not_told_from_the_page(shopper: WooShopper) -> None:
    shopper.store.settings["carts"] = "server"
    shopper.store.add(13)
    page = shopper.open("/classic/cart/")
    shopper.sent(page, "page_viewed")
    page.wait_for_timeout(450)
    shopper.leave(page)
    assert (shopper.recorder.types(), shopper.reads()) == (["page_viewed"], 0)
