"""Shops that do everything wrong: the page goes on working, nothing of ours is thrown into it, and with `data-debug`
the tracker says what it could not do."""

from __future__ import annotations

import pytest

from tests.tracker.conftest import Shopper

THROWING = "function () { throw new Error('mine') }"
NO_STORAGE = """for (const name of ['localStorage', 'sessionStorage'])
  Object.defineProperty(window, name, {get() { throw new Error('no storage') }})"""
NO_COOKIES = "Object.defineProperty(document, 'cookie', {get() { throw 1 }, set() { throw 1 }})"
FROZEN = """for (const one of [Object, Array, Function, String, Promise, History, EventTarget, Storage, Node, Document])
  Object.freeze(one.prototype)
  Object.freeze(history)"""


@pytest.mark.parametrize(
    ("why", "before", "said", "is_sent"),
    [
        ("fetch throws", f"fetch = {THROWING}", "answer 0 Error: mine", False),
        ("fetch gives nothing", "fetch = () => {}", "answer 0 TypeError", False),
        ("fetch gives something else", "fetch = async () => ({status: 'fine'})", "answer 0 TypeError", False),
        ("requests are wrapped in a broken way", f"XMLHttpRequest.prototype.send = {THROWING}", "answer 204", True),
        ("pushState throws", f"history.pushState = {THROWING}", "answer 204", True),
        ("history is frozen, and what else there is", FROZEN, "failed) TypeError: Cannot assign", True),
        ("JSON cannot be read", f"JSON.parse = {THROWING}", "failed) Error: mine", True),
        ("JSON cannot be written", f"JSON.stringify = {THROWING}", "failed) Error: mine", False),
        ("lists forgot how to be lists", f"Array.prototype.forEach = {THROWING}", "failed) Error: mine", False),
        ("an old library teaches lists JSON", "Array.prototype.toJSON = function () { return 'x' }", "answer", True),
        ("a library adds to every object", "Object.prototype.extra = () => {}", "answer 204", True),
        ("nobody may listen", f"EventTarget.prototype.addEventListener = {THROWING}", "failed) Error: mine", True),
        ("other listeners throw", "addEventListener('pageshow', () => { throw 'theirs' })", "answer 204", True),
        ("no console", f"console.info = {THROWING}", "", True),
        ("no console, and nothing else either", f"console.info = fetch = JSON.parse = {THROWING}", "", False),
        ("no storage", NO_STORAGE, "no storage", True),
        ("neither storage nor cookies", NO_STORAGE + ";" + NO_COOKIES, "answer 204", True),
        ("no watching of requests", "delete window.PerformanceObserver", "PerformanceObserver is not", True),
        ("no random numbers", f"Crypto.prototype.getRandomValues = {THROWING}", "failed) Error: mine", False),
        ("tajo is somebody else's", "tajo = {mine: 1}", "window.tajo is taken", True),
        ("tajo is an element", "", "window.tajo is taken", True),
        (
            "tajo is a fixed word",
            "Object.defineProperty(window, 'tajo', {value: 'x'})",
            "window.tajo is taken",
            True,
        ),
        ("tajo cannot be set", "Object.defineProperty(window, 'tajo', {get() {}})", "failed) TypeError", True),
        ("settings are nonsense", "tajoConfig = 'none'", "", True),
        ("settings are empty", "tajoConfig = null", "answer 204", True),
    ],
)
def test_a_page_that_does_everything_wrong_goes_on_working(
    shopper: Shopper, why: str, before: str, said: str, is_sent: bool
) -> None:
    element = "<i id=tajo></i>" if "element" in why else ""
    shopper.shop.body = f"{element}<button onclick=\"this.textContent = 'bought'\">buy</button>"
    shopper.shop.head = f"<script>{before}</script>"
    page = shopper.open()
    if said:
        shopper.said(page, said)
    page.click("button")
    assert page.inner_text("button") == "bought", why
    if is_sent:
        shopper.sent(page, "page_viewed")
    page.evaluate("window.tajo?.push?.(['track', 'search_submitted', {query: 'a'}])")
    shopper.leave(page)
    assert bool(shopper.recorder.events()) is is_sent, why
    # What the page itself threw is its own.
    shopper.errors = [error for error in shopper.errors if "theirs" not in error]


@pytest.mark.parametrize(
    ("why", "before", "expected"),
    [
        ("another's object stays another's", "tajo = {mine: 1}", {"mine": 1}),
        ("so does a word", "tajo = 'theirs'", "theirs"),
    ],
)
def test_what_the_page_calls_tajo_is_not_taken_from_it(
    shopper: Shopper, why: str, before: str, expected: object
) -> None:
    shopper.shop.head = f"<script>{before}</script>"
    page = shopper.open()
    shopper.sent(page, "page_viewed")
    assert page.evaluate("tajo") == expected, why


@pytest.mark.parametrize(
    ("why", "policy", "said"),
    [
        ("our script may not run", "script-src 'self' 'unsafe-inline'", None),
        ("our script may run and not send", "connect-src 'self'", "answer 0 TypeError"),
        ("strings are no addresses", "require-trusted-types-for 'script'", "answer 204"),
    ],
)
def test_a_policy_without_us_leaves_the_page_as_it_is(
    shopper: Shopper, why: str, policy: str, said: str | None
) -> None:
    shopper.shop.headers = {"Content-Security-Policy": policy}
    page = shopper.open()
    assert page.inner_text("p") == "Hello"
    if said:
        shopper.said(page, said)
    shopper.leave(page)
    assert bool(shopper.recorder.events()) is (said == "answer 204"), why


def test_the_loader_throws_nothing_where_strings_are_no_addresses(shopper: Shopper) -> None:
    shopper.shop.headers = {"Content-Security-Policy": "require-trusted-types-for 'script'"}
    shopper.shop.script = '<script src="{collector}/shopify.js" data-site-key="{site_key}"></script>'
    page = shopper.open()
    assert page.inner_text("p") == "Hello"
