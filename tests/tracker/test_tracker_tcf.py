"""A banner of the IAB's Transparency and Consent Framework, alone and beside the platform's own consent tool; and every
way from one state of consent to another."""

from __future__ import annotations

import pytest

from tests.tracker.conftest import Shopper
from tests.tracker.test_tracker_consent import GPC, PRIVACY, prepare

# What a banner answers: `says(...)` makes an answer, `choose` gives another one later.
BANNER = """
  window.listeners = []
  window.says = (consents, more) => ({gdprApplies: true, eventStatus: 'tcloaded', ...more,
    purpose: {consents: Object.fromEntries(consents.map(number => [number, true]))}})
  window.answer = %s
  window.__tcfapi = (command, version, tell) => {
    if (command !== 'addEventListener' || version !== 2) throw new Error('not asked so')
    listeners.push(tell)
    tell(answer, answer !== null)
  }
  window.choose = next => listeners.forEach(tell => tell(next, true))"""
ALL = "says([1, 3, 4])"
SHOWN = "says([], {eventStatus: 'cmpuishown'})"
ELSEWHERE = "{gdprApplies: false}"
LATE = "document.addEventListener('readystatechange', () => { if (document.readyState === 'complete') { %s } })"


@pytest.mark.parametrize(
    ("why", "site_key", "head", "state", "is_sent"),
    [
        ("all of ours", "shopify-asked", BANNER % ALL, "granted", True),
        ("more than ours", "woocommerce-asked", BANNER % "says([1, 2, 3, 4, 7])", "granted", True),
        ("not to keep anything", "shopify-implied", BANNER % "says([3, 4])", "denied", False),
        ("no profile", "shopify-implied", BANNER % "says([1, 4])", "denied", False),
        ("no use of it", "shopify-implied", BANNER % "says([1, 3])", "denied", False),
        ("measuring alone", "shopify-implied", BANNER % "says([1, 7, 8])", "denied", False),
        ("nothing", "shopify-implied", BANNER % "says([])", "denied", False),
        ("the banner is shown", "shopify-implied", BANNER % SHOWN, "expected", False),
        (
            "an answer given",
            "shopify-asked",
            BANNER % "says([1,3,4], {eventStatus: 'useractioncomplete'})",
            "granted",
            True,
        ),
        ("no GDPR here, implied", "shopify-implied", BANNER % ELSEWHERE, "unknown", True),
        ("no GDPR here, required", "shopify-asked", BANNER % ELSEWHERE, "unknown", False),
        ("it does not succeed", "shopify-implied", BANNER % "null", "denied", False),
        ("it throws", "shopify-implied", "window.__tcfapi = () => { throw new Error('broken') }", "denied", False),
        ("it answers nonsense", "shopify-implied", BANNER % "{}", "denied", False),
        ("it never answers", "shopify-implied", "window.__tcfapi = () => {}", "expected", False),
        ("it comes late", "shopify-asked", LATE % (BANNER % ALL), "granted", True),
        ("both say yes", "shopify-asked", PRIVACY % "yes" + BANNER % ALL, "granted", True),
        ("Shopify says no", "shopify-asked", PRIVACY % "no" + BANNER % ALL, "denied", False),
        ("the banner says no", "shopify-asked", PRIVACY % "yes" + BANNER % "says([1])", "denied", False),
        ("Shopify still asks", "shopify-asked", PRIVACY % "" + BANNER % ALL, "expected", False),
        ("the banner still asks", "shopify-asked", PRIVACY % "yes" + BANNER % SHOWN, "expected", False),
        ("no GDPR, Shopify says yes", "shopify-asked", PRIVACY % "yes" + BANNER % ELSEWHERE, "granted", True),
        ("the browser's no is above", "shopify-asked", GPC + ";" + BANNER % ALL, "denied", False),
        (
            "the page's yes is above",
            "shopify-asked",
            "tajo = [['consent', 'granted']];" + BANNER % SHOWN,
            "granted",
            True,
        ),
    ],
)
def test_what_may_leave_by_the_banner(
    shopper: Shopper, why: str, site_key: str, head: str, state: str, is_sent: bool
) -> None:
    prepare(shopper, site_key, head)
    page = shopper.open()
    shopper.said(page, f"consent {state}")
    if is_sent:
        shopper.sent(page, "page_viewed")
    shopper.leave(page)
    assert bool(shopper.recorder.events()) is is_sent, why
    assert (shopper.visitor() is not None) is is_sent, "nothing is kept without consent"


TOOLS = {
    "Shopify": (PRIVACY % "", {"yes": "choose('yes')", "no": "choose('no')"}),
    "the banner": (BANNER % SHOWN, {"yes": f"choose({ALL})", "no": "choose(says([]))"}),
    "the page": ("", {"yes": "tajo.consent('granted')", "no": "tajo.consent('denied')"}),
}


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    ("way", "expected", "refuted", "is_known"),
    [
        ("", set(), {"before", "after"}, False),
        ("yes", {"before", "after"}, set(), True),
        ("no", set(), {"before", "after"}, False),
        ("no yes", {"after"}, {"before"}, True),
        ("yes no", {"before"}, {"after"}, False),
        ("yes no yes", {"before", "after"}, {"between"}, True),
        ("no yes no", set(), {"before", "after"}, False),
        ("yes yes", {"before", "after"}, set(), True),
        ("no no", set(), {"before", "after"}, False),
    ],
)
def test_every_way_of_consent(
    shopper: Shopper, tool: str, way: str, expected: set[str], refuted: set[str], is_known: bool
) -> None:
    """`before` happens before anybody answered, `between` after each no, `after` at the end."""
    head, acts = TOOLS[tool]
    prepare(shopper, "shopify-asked", head)
    page = shopper.open()
    track = "tajo.track('search_submitted', {query: '%s'})"
    page.evaluate(track % "before")
    for act in way.split():
        page.evaluate(acts[act])
        if act == "yes" and "before" in expected:
            shopper.until(page, lambda: "before" in queries(shopper))
        if act == "no":
            page.evaluate(track % "between")
    page.evaluate(track % "after")
    if "after" in expected:
        shopper.until(page, lambda: "after" in queries(shopper))
    shopper.leave(page)
    assert expected <= queries(shopper)
    assert not refuted & queries(shopper)
    assert "between" not in queries(shopper)
    assert (shopper.visitor() is not None) is is_known
    told = [beacon for beacon in shopper.recorder.beacons if beacon["consent"] == "denied"]
    assert len({beacon["visitor_id"] for beacon in told}) == len(told), "a no is told once for each visitor"
    assert bool(told) is ("yes no" in way)


def queries(shopper: Shopper) -> set[str]:
    return {str(event["query"]) for event in shopper.recorder.events() if event["type"] == "search_submitted"}


def test_a_banner_opened_again_changes_nothing_until_it_is_answered(shopper: Shopper) -> None:
    prepare(shopper, "shopify-asked", BANNER % ALL)
    page = shopper.open()
    shopper.sent(page, "page_viewed")
    page.evaluate(f"choose({SHOWN}); tajo.track('search_submitted', {{query: 'meanwhile'}})")
    shopper.until(page, lambda: "meanwhile" in queries(shopper))


def test_a_no_at_one_tabs_banner_stops_the_other_tab_and_is_told_once(shopper: Shopper) -> None:
    prepare(shopper, "shopify-asked", BANNER % ALL)
    first, second = shopper.open(), shopper.open("/b")
    shopper.until(first, lambda: len(shopper.recorder.events()) == 2)
    shopper.settled(first)
    first.evaluate("choose(says([]))")
    shopper.said(second, "consent denied another tab")
    second.evaluate("tajo.track('search_submitted', {query: 'a'})")
    shopper.leave(second)
    shopper.leave(first)
    assert [beacon["consent"] for beacon in shopper.recorder.beacons] == ["denied"]
    assert shopper.visitor() is None


def test_a_yes_at_one_tabs_banner_after_a_no_wakes_the_other_as_the_same_new_visitor(shopper: Shopper) -> None:
    prepare(shopper, "shopify-asked", BANNER % ALL)
    first, second = shopper.open(), shopper.open("/b")
    shopper.until(first, lambda: len(shopper.recorder.events()) == 2)
    old = shopper.visitor()
    first.evaluate("choose(says([]))")
    shopper.said(second, "consent denied another tab")
    first.evaluate(f"choose({ALL})")
    shopper.until(second, lambda: [line for line in shopper.lines if "consent granted" in line][3:] != [])
    second.evaluate("tajo.track('search_submitted', {query: 'again'})")
    shopper.until(second, lambda: "again" in queries(shopper))
    assert shopper.recorder.beacons[-1]["visitor_id"] == shopper.visitor() != old
