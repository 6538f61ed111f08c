"""WooCommerce carts, in a classic and in a block theme: each act of the shopper is told once, what is no act is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page

from tests.tracker.woo_shopper import AS_BEFORE, UNCHANGED, Lines, Servers, WooShopper, woo_servers, woo_shopper

MUG: Lines = [("13", "", 1)]
MUGS: Lines = [("13", "", 2)]


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with woo_servers() as running:
        yield running


@pytest.fixture
def shopper(browser: Browser, servers: Servers) -> Iterator[WooShopper]:
    with woo_shopper(browser, servers) as walking:
        yield walking


@dataclass(frozen=True)
class Case:
    """`before`: things in the cart; `does`: selectors to click, or `selector=value` to fill in and leave.
    `said`: what the tracker says of it when no cart is to be told."""

    why: str
    path: str
    does: tuple[str, ...]
    told: list[Lines]
    before: tuple[int, ...] = ()
    said: str = ""
    refuted: tuple[str, ...] = ("checkout_started", "contact_submitted", "order_confirmed")
    hidden: str = ""  # a script before everything else in the page


CLASSIC_ADD = '.ajax_add_to_cart[data-product_id="13"]'
BLOCK_ADD = 'button[data-product_id="13"]'
CHOOSE_S = "select#size=S"
UPDATE = "[name=update_cart]"
NO_OBSERVER = "delete window.PerformanceObserver"

CASES = [
    # adding
    Case("an Ajax button: jQuery's event and the request are one act", "/classic/", (CLASSIC_ADD,), [MUG]),
    Case("… where the browser tells nothing of requests", "/classic/", (CLASSIC_ADD,), [MUG], hidden=NO_OBSERVER),
    Case("a product's form", "/classic/product/13/", ("[name=add-to-cart]",), [MUG]),
    Case("… with more than one", "/classic/product/13/", ("[name=quantity]=2", "[name=add-to-cart]"), [MUGS]),
    Case(
        "a form with a variation",
        "/classic/product/20/",
        (CHOOSE_S, ".single_add_to_cart_button"),
        [[("20", "21", 1)]],
    ),
    Case("a block's button: the event and the request are one act", "/blocks/", (BLOCK_ADD,), [MUG]),
    Case("a block theme's product form", "/blocks/product/13/", ("[name=add-to-cart]",), [MUG]),
    Case(
        "a block theme's form with a variation",
        "/blocks/product/20/",
        (CHOOSE_S, ".single_add_to_cart_button"),
        [[("20", "21", 1)]],
    ),
    Case("twice the same", "/classic/", (CLASSIC_ADD,), [MUGS], before=(13,)),
    # adding what cannot be had
    Case(
        "an Ajax button of something sold out",
        "/classic/",
        ('.ajax_add_to_cart[data-product_id="30"]',),
        [],
        said=UNCHANGED,
    ),
    Case(
        "… with something in the cart",
        "/classic/",
        ('.ajax_add_to_cart[data-product_id="30"]',),
        [],
        before=(13,),
        said=UNCHANGED,
    ),
    Case(
        "a block's button of something sold out", "/blocks/", ('button[data-product_id="30"]', "see text=refused"), []
    ),
    Case("a form of something sold out", "/classic/product/30/", ("[name=add-to-cart]",), [], said=UNCHANGED),
    # changing
    Case("another quantity", "/classic/cart/", ("input.qty=2", UPDATE), [MUGS], before=(13,)),
    Case("nothing of this or that", "/classic/cart/", ("input.qty=0", UPDATE), [[]], before=(13,)),
    Case("one of two removed", "/classic/cart/", ("a.remove >> nth=1",), [MUG], before=(13, 21)),
    Case("the last one removed", "/classic/cart/", ("a.remove",), [[]], before=(13,)),
    Case(
        "removed, and put back",
        "/classic/cart/",
        ("a.remove", "told", "a.restore-item"),
        [[], MUG],
        before=(13,),
    ),
    Case("another quantity, blocks", "/blocks/cart/", ("[type=number]=2",), [MUGS], before=(13,)),
    Case("removed, blocks", "/blocks/cart/", (".wc-block-cart-item__remove-link >> nth=1",), [MUG], before=(13, 21)),
    Case("a coupon", "/classic/cart/", ("#coupon_code=SAVE", "[name=apply_coupon]"), [MUG], before=(13,)),
    Case(
        "a coupon, blocks",
        "/blocks/cart/",
        ("#wc-block-components-totals-coupon__input-coupon=SAVE", ".wc-block-components-totals-coupon__button"),
        [MUG],
        before=(13,),
    ),
    # the same again
    Case("the form sent as it was", "/classic/cart/", (UPDATE,), [], before=(13,), said=UNCHANGED),
    Case("back from a form that added", "/classic/product/13/", ("[name=add-to-cart]", "told", "back"), [MUG]),
    Case(
        "back and forward past an Ajax button",
        "/classic/",
        (CLASSIC_ADD, "told", "open /classic/category/", "back", "forward"),
        [MUG],
    ),
    Case("the page again", "/blocks/", ("reload",), [], before=(13,), said=AS_BEFORE),
]


def do(shopper: WooShopper, page: Page, step: str) -> None:
    """One step, and all that the page does because of it."""
    command, _, value = step.partition(" ") if step.startswith(("open ", "see ")) else (step, "", "")
    if command == "told":
        shopper.until(page, lambda: bool(shopper.carts()))
    elif command == "back":
        page.go_back(wait_until="load")
    elif command == "forward":
        page.go_forward(wait_until="load")
    elif command == "reload":
        page.reload()
    elif command == "see":
        page.wait_for_selector(value)
    elif command == "open":
        page.goto(shopper.address + value)
    elif "=" in step and not step.endswith("]") and ">>" not in step:
        selector, _, text = step.rpartition("=")
        if selector.startswith("select"):
            page.select_option(selector, text)
        else:
            page.fill(selector, text)
            page.locator(selector).blur()
    else:
        page.click(step)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.why)
def test_what_happens_to_the_cart_is_told_once(shopper: WooShopper, case: Case) -> None:
    theme = case.path.split("/")[1]
    page = shopper.fill_cart(theme, *case.before) if case.before else shopper.new_tab()
    if case.hidden:
        page.add_init_script(case.hidden)
    shopper.look(case.path, page)
    for step in case.does:
        do(shopper, page, step)
    shopper.until(page, lambda: len(shopper.carts()) >= len(case.told))
    if case.said:
        shopper.said(page, case.said)
    page.wait_for_timeout(450)  # whatever else noticed it would read the cart now
    shopper.leave(page)
    assert shopper.carts() == case.told
    assert not set(case.refuted) & set(shopper.recorder.types())
