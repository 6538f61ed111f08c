"""Who said yes or no, where it is asked, and what happens to what was held."""

from __future__ import annotations

import pytest

from tests.tracker.conftest import Shopper

PRIVACY = """
  window.choice = %r, Shopify = {shop: 's', customerPrivacy: {
    marketingAllowed: () => choice === 'yes', currentVisitorConsent: () => ({marketing: choice})}}
  function choose(value) { choice = value; document.dispatchEvent(new CustomEvent('visitorConsentCollected')) }"""
LATE = """
  Shopify = {loadFeatures: (features, done) => setTimeout(() => {
    if (%s) return done(new Error('blocked'))
    Shopify.customerPrivacy = {marketingAllowed: () => %s, currentVisitorConsent: () => ({marketing: ''})}; done()})}"""
WORDPRESS = """
  window.wp_consent_type = %r
  window.wp_has_consent = () => document.cookie.includes('wp_consent_marketing=allow')
  function choose(value) {
    document.cookie = 'wp_consent_marketing=' + value + '; Path=/'
    document.dispatchEvent(new CustomEvent('wp_listen_for_consent_change', {detail: {marketing: value}})) }"""
GPC = "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"
DNT = "Object.defineProperty(navigator, 'doNotTrack', {value: '1'})"


def prepare(shopper: Shopper, site_key: str, head: str) -> None:
    shopper.shop.site_key = site_key
    shopper.shop.head = f"<script>{head}</script>"


@pytest.mark.parametrize(
    ("why", "site_key", "head", "state", "is_sent"),
    [
        ("nobody to ask, asking required", "shopify-asked", "", "unknown", False),
        ("nobody to ask, implied", "shopify-implied", "", "unknown", True),
        ("Shopify: allowed", "shopify-asked", PRIVACY % "yes", "granted", True),
        ("Shopify: denied", "shopify-implied", PRIVACY % "no", "denied", False),
        ("Shopify: asked, no answer yet", "shopify-implied", PRIVACY % "", "expected", False),
        ("Shopify: allowed, the interface comes late", "shopify-asked", LATE % ("false", "true"), "granted", True),
        ("Shopify: the interface fails", "shopify-implied", LATE % ("true", "true"), "denied", False),
        ("Shopify: it throws", "shopify-implied", "Shopify = {loadFeatures() { throw 1 }}", "denied", False),
        ("WordPress: no consent type set", "woocommerce-asked", WORDPRESS % "", "unknown", False),
        ("WordPress: asked, no answer yet", "woocommerce-implied", WORDPRESS % "optin", "expected", False),
        (
            "WordPress: allowed",
            "woocommerce-asked",
            "document.cookie = 'wp_consent_marketing=allow';" + WORDPRESS % "optin",
            "granted",
            True,
        ),
        (
            "WordPress: denied",
            "woocommerce-implied",
            "document.cookie = 'wp_consent_marketing=deny';" + WORDPRESS % "optin",
            "denied",
            False,
        ),
        ("the browser says no to everybody", "shopify-implied", GPC + ";" + PRIVACY % "yes", "denied", False),
        ("a shop that does not take that", "shopify-implied", GPC + ";tajoConfig = {gpc: false}", "unknown", True),
        ("do not track, not honoured", "shopify-implied", DNT, "unknown", True),
        ("do not track, honoured", "shopify-implied", DNT + ";tajoConfig = {dnt: true}", "denied", False),
    ],
)
def test_what_may_leave(shopper: Shopper, why: str, site_key: str, head: str, state: str, is_sent: bool) -> None:
    prepare(shopper, site_key, head)
    page = shopper.open()
    shopper.said(page, f"consent {state}")
    shopper.leave(page)
    assert bool(shopper.recorder.events()) is is_sent, why
    assert [beacon["consent"] for beacon in shopper.recorder.beacons[:1]] == ([state] if is_sent else [])
    assert (shopper.visitor() is not None) is is_sent, "nothing is kept without consent"
    assert (page.evaluate("localStorage.length") > 0) is is_sent


@pytest.mark.parametrize(
    ("why", "site_key", "head", "yes"),
    [
        ("Shopify's banner", "shopify-asked", PRIVACY % "", "choose('yes')"),
        ("a plugin of WordPress", "woocommerce-asked", WORDPRESS % "optin", "choose('allow')"),
        ("the page", "shopify-asked", "", "tajo.consent('granted')"),
    ],
)
def test_a_yes_releases_what_was_held(shopper: Shopper, why: str, site_key: str, head: str, yes: str) -> None:
    prepare(shopper, site_key, head)
    page = shopper.open()
    shopper.said(page, "held until consent page_viewed")
    page.evaluate(yes)
    shopper.sent(page, "page_viewed")
    assert shopper.recorder.beacons[0]["consent"] == "granted"
    assert shopper.recorder.beacons[0]["visitor_id"] == shopper.visitor()


@pytest.mark.parametrize(
    ("why", "site_key", "head", "no"),
    [
        ("Shopify's banner", "shopify-asked", PRIVACY % "yes", "choose('no')"),
        (
            "a plugin of WordPress",
            "woocommerce-asked",
            "document.cookie = 'wp_consent_marketing=allow';" + WORDPRESS % "optin",
            "choose('deny')",
        ),
        ("the page", "shopify-implied", "", "tajo.push(['consent', 'denied'])"),
    ],
)
def test_a_no_is_told_once_and_clears_what_was_kept(
    shopper: Shopper, why: str, site_key: str, head: str, no: str
) -> None:
    prepare(shopper, site_key, head)
    page = shopper.open()
    shopper.sent(page, "page_viewed")
    known = shopper.visitor()
    shopper.settled(page)
    page.evaluate("tajo.track('search_submitted', {query: 'discarded'}); " + no)
    shopper.until(page, lambda: len(shopper.recorder.beacons) == 1)
    # Until its answer is there, the no itself is kept, to be sent again.
    shopper.until(page, lambda: page.evaluate("localStorage.getItem('tajo_q')") is None)
    page.evaluate("tajo.track('search_submitted', {query: 'not even begun'})")
    shopper.leave(page)
    [beacon] = shopper.recorder.beacons
    assert (beacon["visitor_id"], beacon["consent"], beacon["events"]) == (known, "denied", []), why
    assert shopper.visitor() is None
    assert page.evaluate("Object.keys(localStorage).filter(name => name !== 'tajo_consent')") == []


def test_what_the_page_said_is_known_on_the_next_page_before_it_says_it_again(shopper: Shopper) -> None:
    page = shopper.open()
    shopper.sent(page, "page_viewed")
    page.evaluate("tajo.consent('denied')")
    shopper.until(page, lambda: shopper.recorder.beacons[-1]["consent"] == "denied")
    shopper.settled(page)
    shopper.lines.clear()
    shopper.open("/b", page)
    shopper.said(page, "consent denied page")
    shopper.leave(page)
    assert shopper.recorder.beacons == []


def test_a_no_in_one_tab_stops_the_other(shopper: Shopper) -> None:
    first, second = shopper.open(), shopper.open("/b")
    shopper.until(first, lambda: len(shopper.recorder.events()) == 2)
    first.evaluate("tajo.consent('denied')")
    shopper.said(second, "consent denied page")
    second.evaluate("tajo.track('search_submitted', {query: 'a'})")
    shopper.leave(second)
    assert "search_submitted" not in shopper.recorder.types()


def test_a_no_that_could_not_be_told_is_told_later(shopper: Shopper) -> None:
    page = shopper.open()
    shopper.sent(page, "page_viewed")
    known = shopper.visitor()
    shopper.settled(page)
    shopper.recorder.answers.append((503, {"Retry-After": "1"}))
    page.evaluate("tajo.consent('denied')")
    shopper.said(page, "answer 503")
    shopper.until(page, lambda: len(shopper.recorder.beacons) == 1)
    assert shopper.recorder.beacons[0]["visitor_id"] == known
    assert shopper.recorder.beacons[0]["consent"] == "denied"


def test_a_yes_after_a_no_is_another_visitor(shopper: Shopper) -> None:
    page = shopper.open()
    shopper.sent(page, "page_viewed")
    known = shopper.visitor()
    page.evaluate("tajo.consent('denied')")
    page.evaluate("tajo.consent('granted'); tajo.track('search_submitted', {query: 'a'})")
    shopper.sent(page, "search_submitted")
    assert shopper.visitor() not in (None, known)
