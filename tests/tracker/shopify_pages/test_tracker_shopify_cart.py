"""Shopify's cart: every way themes change it is told once, and nothing else is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page

from collector.domain.money import to_minor
from collector.standards.currencies import exponent
from tests.tracker.shopify_pages.conftest import Buyer
from tests.tracker.shopify_pages.store import CODE, HOSTILE

SETTLED_MS = 480  # longer than the tracker waits for the cart to settle
JSON = "headers: {'Content-Type': 'application/json'}"
PRESS = "document.querySelector('{}').click()"
ADD_BY_XHR = """
  const request = new XMLHttpRequest()
  request.open('POST', '/cart/add.js')
  request.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded')
  request.send('id=43&quantity=1')"""


def post(address: str, body: str) -> str:
    return f"fetch('{address}', {{method: 'POST', {JSON}, body: JSON.stringify({body})}})"


LINES = """{query: 'mutation { cartLinesAdd }',
  variables: {lines: [{merchandiseId: 'gid://shopify/ProductVariant/43', quantity: 1}]}}"""
ALL_AT_ONCE = f"""
  document.addEventListener('submit', event => event.preventDefault(event.stopPropagation()), true)
  document.querySelector('form').requestSubmit()
  const promise = {post("/cart/add.js", "{id: 43, quantity: 1}")}
  for (const name of ['shopify:cart:lines-update', 'shopify:cart:lines-update', 'shopify:cart:discount-update'])
    document.dispatchEvent(Object.assign(new Event(name), {{promise}}))
  fetch('/cart.js')"""


@dataclass(frozen=True)
class Row:
    """What is done on a page, and the carts told because of it: none other, and nothing of any other kind."""

    why: str
    acts: tuple[str, ...]
    expected: tuple[dict[int, int], ...]
    theme: str = "dawn"
    path: str = "products/mug"
    lines: dict[int, int] = field(default_factory=dict)
    root: str = "/"


ONE_MUG = {43: 1}
ROWS = (
    Row("a theme's form, posted with fetch", (PRESS.format("form [name=add]"),), (ONE_MUG,)),
    Row("a form without any script, then another page", ("document.querySelector('form').submit()",), (ONE_MUG,)),
    Row("XHR", (ADD_BY_XHR,), (ONE_MUG,)),
    Row("JSON", (post("/cart/add.js", "{items: [{id: 43, quantity: 2}, {id: 44, quantity: 1}]}"),), ({43: 2, 44: 1},)),
    Row("without .js in the address", (post("/cart/add", "{id: 43}"),), (ONE_MUG,)),
    Row("Storefront API", (post("/api/2026-07/graphql.json", LINES),), (ONE_MUG,)),
    Row("fetch and the standard event are one add", (PRESS.format("form [name=add]"),), (ONE_MUG,), "horizon"),
    Row("all listeners for one add", (ALL_AT_ONCE,), (ONE_MUG,)),
    Row("quick-buy on a card", (PRESS.format("#quick-add-mug [name=add]"),), (ONE_MUG,), path="collections/all"),
    Row("quick-buy there", (PRESS.format("#quick-add-pot [name=add]"),), ({44: 1},), "horizon", "collections/all"),
    Row("one add after the other", (PRESS.format("form [name=add]"),) * 2, (ONE_MUG, {43: 2})),
    Row("quantity", (PRESS.format("[name=plus]"),), ({43: 2},), path="", lines=ONE_MUG),
    Row("quantity, on a piece of the page drawn anew", (PRESS.format("[name=plus]"),) * 2, ({43: 2}, {43: 3}),
        path="", lines=ONE_MUG),
    Row("remove one of two", (PRESS.format("[name=remove]"),), ({44: 1},), path="", lines={43: 1, 44: 1}),
    Row("remove the last", (PRESS.format("[name=remove]"),), ({},), path="", lines=ONE_MUG),
    Row("clear", (post("/cart/clear.js", "{}"),), ({},), path="", lines={43: 1, 44: 1}),
    Row("undo", (PRESS.format("[name=remove]"), post("/cart/add.js", "{id: 43}")), ({}, ONE_MUG), path="",
        lines=ONE_MUG),
    Row("undo in the same moment is no change",
        (f"{post('/cart/change.js', '{id: 43, quantity: 0}')}.then(() => {post('/cart/add.js', '{id: 43}')})",),
        (), path="", lines=ONE_MUG),
    Row("a coupon changes what it costs", (post("/cart/update.js", f"{{discount: '{CODE}'}}"),), (ONE_MUG,), path="",
        lines=ONE_MUG),
    Row("a note changes nothing", (post("/cart/update.js", "{note: 'For Ana'}"),), (), path="", lines=ONE_MUG),
    Row("a question to the Storefront API", (post("/api/2026-07/graphql.json", "{query: '{ shop { name } }'}"),), ()),
    Row("sold out (422)", (PRESS.format("form [name=add]"),), (), path="products/sold-out"),
    Row("sold out (422) with a standard event", (PRESS.format("form [name=add]"),), (), "horizon", "products/sold-out"),
    Row("buy it now: a checkout of its own, the cart is as before", (PRESS.format("#buy-it-now"),), ()),
    Row("a permalink into the cart", ("location.href = '/cart/43:1?storefront=true'",), (ONE_MUG,)),
    Row("under a language", (PRESS.format("form [name=add]"),), (ONE_MUG,), root="/de-at/"),
    Row("under a market, with a standard event", (PRESS.format("form [name=add]"),), (ONE_MUG,), "horizon",
        root="/en-ca/"),
)  # fmt: skip


def enter(buyer: Buyer, path: str) -> Page:
    """A page that has told what it has to tell."""
    page = buyer.open(buyer.store.root + path)
    buyer.sent(page, "page_viewed", *(["cart_updated"] if buyer.store.lines else []))
    buyer.settled(page)
    return page


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.why)
def test_a_change_of_the_cart_is_told_once_and_nothing_else_is(buyer: Buyer, row: Row) -> None:
    buyer.store.theme, buyer.store.root, buyer.store.lines = row.theme, row.root, dict(row.lines)
    page = enter(buyer, row.path)
    for number, act in enumerate(row.acts, start=1):
        page.evaluate(f"{{ {act} }}")
        if row.expected:
            buyer.until(page, lambda: len(buyer.carts()) >= number)  # noqa: B023 - asked at once
    page.wait_for_timeout(SETTLED_MS)
    buyer.leave(page)
    assert buyer.carts() == list(row.expected)
    assert set(buyer.recorder.types()) <= {"cart_updated", "page_viewed", "product_viewed"}


def test_a_refused_add_neither_reads_the_cart_nor_writes_into_it(buyer: Buyer) -> None:
    page = enter(buyer, "products/sold-out")
    page.evaluate(PRESS.format("form [name=add]"))
    buyer.until(page, lambda: buyer.times("POST /cart/add.js") == 1)
    page.wait_for_timeout(SETTLED_MS)
    assert (buyer.times("GET /cart.js"), buyer.store.attributes) == (0, {})


def test_a_change_only_the_theme_speaks_of_is_read_when_it_is_done(buyer: Buyer) -> None:
    page = enter(buyer, "")
    page.evaluate("""
      const promise = new Promise(done => { window.done = done })
      document.body.dispatchEvent(Object.assign(new Event('shopify:cart:lines-update', {bubbles: true}), {promise}))""")
    page.wait_for_timeout(SETTLED_MS)
    assert buyer.times("GET /cart.js") == 0, "the change is still under way"
    buyer.store.lines = dict(ONE_MUG)
    page.evaluate("done()")
    buyer.until(page, lambda: buyer.carts() == [ONE_MUG])


def test_a_permalink_to_the_checkout_is_told_when_the_shopper_comes_back(buyer: Buyer) -> None:
    page = enter(buyer, "")
    page.goto(buyer.address + "/cart/43:1")
    assert page.title() == "Checkout"
    assert buyer.carts() == []
    buyer.open("/", page)
    buyer.until(page, lambda: buyer.carts() == [ONE_MUG])


@dataclass(frozen=True)
class Market:
    """What the shopper pays with, and how two mugs are told."""

    why: str
    currency: str
    expected: dict[str, str]
    root: str = "/"
    rate: int = 1
    discount: str = ""


MARKETS = (
    Market("euro", "EUR", {"price": "12.50", "line_total": "25.00", "total": "25.00"}),
    Market("hundredths of yen, too", "JPY", {"price": "2000.00", "line_total": "4000.00"}, rate=160),
    Market("a coupon lowers the line, not the price", "EUR", {"price": "12.50", "line_total": "22.50"}, discount=CODE),
    Market("another market's addresses and money", "CAD", {"price": "25.00", "total": "50.00"}, "/en-ca/", 2),
)


@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.why)
def test_a_cart_is_told_as_the_shopper_sees_it(buyer: Buyer, market: Market) -> None:
    store, currency = buyer.store, market.currency
    store.lines, store.currency, store.rate = {43: 2}, currency, market.rate
    store.root, store.discount = market.root, market.discount
    page = buyer.open(market.root)
    buyer.sent(page, "cart_updated")
    cart = buyer.recorder.only("cart_updated")["cart"]
    [item] = cart["items"]
    flat = {"total": cart["total"], **item}
    assert {name: flat[name] for name in market.expected} == market.expected
    assert (cart["token"], cart["currency"], item["currency"]) == ("c1-token", currency, currency)
    assert (item["id"], item["variant_id"], item["sku"]) == ("13", "43", "SKU-43")
    assert (item["name"], item["variant_name"]) == ("Mug", "Blue")
    assert item["url"] == f"{buyer.address}{market.root}products/mug?variant=43"
    assert item["image"] == "https://cdn.shop.example/mug.jpg"


def test_two_thousand_yen_are_two_thousand_to_the_collector(buyer: Buyer) -> None:
    buyer.store.lines, buyer.store.currency, buyer.store.rate = dict(ONE_MUG), "JPY", 160
    page = buyer.open("/products/mug")
    buyer.sent(page, "cart_updated", "product_viewed")
    [item] = buyer.recorder.only("cart_updated")["cart"]["items"]
    product = buyer.recorder.only("product_viewed")["product"]
    assert [to_minor(said["price"], exponent("JPY")) for said in (item, product)] == [2000, 2000]


def test_the_secret_behind_a_carts_token_goes_nowhere(buyer: Buyer) -> None:
    page = enter(buyer, "products/mug")
    page.evaluate(PRESS.format("form [name=add]"))
    buyer.sent(page, "cart_updated")
    assert "secret" not in str(buyer.recorder.beacons)
    assert "secret" not in page.evaluate("JSON.stringify({...localStorage})")


def test_the_visitor_is_written_into_the_cart_once_after_something_was_put_in(buyer: Buyer) -> None:
    page = enter(buyer, "products/mug")
    page.evaluate(PRESS.format("form [name=add]"))
    buyer.until(page, lambda: buyer.store.attributes == {"tajo_id": buyer.visitor()})
    buyer.sent(page, "cart_updated")
    page.wait_for_timeout(SETTLED_MS)
    assert buyer.times("GET /cart.js") == 1, "the writing is no change"
    for path in ("/", "/cart", "/products/pot"):
        buyer.open(path, page)
    buyer.store.attributes = {}  # an app takes out what it does not know: it is not fought
    page.evaluate(PRESS.format("form [name=add]"))
    buyer.until(page, lambda: len(buyer.carts()) == 2)
    page.wait_for_timeout(SETTLED_MS)
    assert buyer.times("POST /cart/update.js?tajo") == 1
    assert buyer.times("GET /cart.js") == 2, "pages with a known cart do not make it be read again"


@pytest.mark.parametrize(
    ("why", "attributes"),
    [
        ("another browser's, from before a log-in", {"tajo_id": "somebody-else"}),
        ("the theme's own stay", {"gift": "yes"}),
    ],
)
def test_other_attributes_of_the_cart(buyer: Buyer, why: str, attributes: dict[str, str]) -> None:
    buyer.store.attributes, buyer.store.lines = dict(attributes), dict(ONE_MUG)
    page = buyer.open()
    buyer.until(page, lambda: buyer.store.attributes == {**attributes, "tajo_id": buyer.visitor()})


def test_a_cart_that_already_names_the_visitor_is_left_alone(buyer: Buyer) -> None:
    page = enter(buyer, "")
    buyer.store.attributes, buyer.store.lines = {"tajo_id": str(buyer.visitor())}, dict(ONE_MUG)
    buyer.open("/", page)
    buyer.sent(page, "cart_updated")
    buyer.open("/cart", page)
    buyer.leave(page)
    assert buyer.times("POST /cart/update.js?tajo") == 0


PRIVACY = """
  Shopify.customerPrivacy = {
    answer: localStorage.getItem('answer') || '',
    marketingAllowed() { return this.answer === 'yes' },
    currentVisitorConsent() { return { marketing: this.answer } },
    say(answer) {
      this.answer = answer
      localStorage.setItem('answer', answer)
      document.dispatchEvent(new Event('visitorConsentCollected'))
    }
  }"""


def test_before_consent_the_cart_is_not_marked_and_afterwards_it_is(buyer: Buyer) -> None:
    buyer.store.site_key, buyer.store.hello = "shopify-asked", PRIVACY
    page = buyer.open("/products/mug")
    page.evaluate(PRESS.format("form [name=add]"))
    buyer.until(page, lambda: buyer.times("GET /cart.js") == 1)
    page.wait_for_timeout(SETTLED_MS)
    assert buyer.recorder.beacons == []
    assert buyer.store.attributes == {}
    page.evaluate("Shopify.customerPrivacy.say('yes')")
    buyer.until(page, lambda: buyer.carts() == [ONE_MUG])
    buyer.open("/", page)
    buyer.until(page, lambda: buyer.store.attributes == {"tajo_id": buyer.visitor()})


def test_after_a_denial_the_cart_is_neither_read_nor_marked(buyer: Buyer) -> None:
    buyer.store.site_key, buyer.store.hello = "shopify-asked", PRIVACY
    page = buyer.open("/products/mug")
    page.evaluate("Shopify.customerPrivacy.say('no')")
    page.evaluate(PRESS.format("form [name=add]"))
    buyer.until(page, lambda: buyer.times("POST /cart/add.js") == 1)
    page.wait_for_timeout(SETTLED_MS)
    buyer.leave(page)
    assert (buyer.recorder.beacons, buyer.store.attributes, buyer.times("GET /cart.js")) == ([], {}, 0)


def test_a_hostile_product_in_the_cart_is_told_unchanged_and_runs_nowhere(buyer: Buyer) -> None:
    page = enter(buyer, "products/hostile")
    page.evaluate(PRESS.format("form [name=add]"))
    buyer.sent(page, "cart_updated")
    items: list[dict[str, Any]] = buyer.recorder.only("cart_updated")["cart"]["items"]
    assert [item["name"] for item in items] == [HOSTILE]
    assert page.evaluate("window.executed") is None
