"""Who is looking, as the page says; what stays of it after the log-out; and the way back from a reminder."""

from __future__ import annotations

import pytest

from tests.tracker.conftest import Shopper

ANA = "{customerId: 7, customerEmail: 'ana@shop.example', customerName: 'Ana', signedOn: '2026-11-21', signature: 'ab'}"
TOLD = {"email": "ana@shop.example", "customer_id": "7", "name": "Ana", "signed_on": "2026-11-21", "signature": "ab"}


def test_who_is_logged_in_stands_in_every_beacon_and_is_gone_after_the_log_out(shopper: Shopper) -> None:
    shopper.shop.head = f"<script>tajoConfig = {ANA}</script>"
    page = shopper.open()
    shopper.sent(page, "page_viewed")
    assert [beacon["identity"] for beacon in shopper.recorder.beacons] == [TOLD]
    shopper.settled(page)
    shopper.shop.head = ""
    shopper.open("/b", page)
    shopper.sent(page, "page_viewed")
    assert [beacon.get("identity") for beacon in shopper.recorder.beacons] == [None]
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert "ana" not in kept.lower()


@pytest.mark.parametrize(
    ("why", "acts", "beacons"),
    [
        ("known without anything else happening", [f"tajo.identify({ANA})"], [TOLD]),
        ("said twice", [f"tajo.identify({ANA})", f"tajo.identify({ANA})"], [TOLD]),
        ("logged out: nothing to say", ["tajo.identify()"], []),
        ("nobody: nothing to say", ["tajo.identify({customerName: 'Ana'})", "tajo.identify(null)"], []),
        ("somebody else", [f"tajo.identify({ANA})", "tajo.identify({customerId: '8'})"], [TOLD, {"customer_id": "8"}]),
        ("in, out and in again", [f"tajo.identify({ANA})", "tajo.identify()", f"tajo.identify({ANA})"], [TOLD]),
    ],
)
def test_a_shop_that_says_who_by_script(
    shopper: Shopper, why: str, acts: list[str], beacons: list[dict[str, str]]
) -> None:
    page = shopper.open()
    shopper.sent(page, "page_viewed")
    shopper.settled(page)
    for act in acts:
        page.evaluate(act)
    if beacons:
        shopper.until(page, lambda: len(shopper.recorder.beacons) >= len(beacons))
    page.evaluate("tajo.identify(); tajo.track('search_submitted', {query: 'the end'})")
    shopper.sent(page, "search_submitted")
    *told, last = shopper.recorder.beacons
    found = [beacon["identity"] for beacon in told]
    assert [one for index, one in enumerate(found) if one not in found[:index]] == beacons, why
    assert "identity" not in last, "after the log-out nobody is looking"


def test_who_is_said_by_the_page_and_by_script_shares_the_beacon_of_the_page(shopper: Shopper) -> None:
    shopper.shop.head = f"<script>tajoConfig = {ANA}; tajo = [['identify', {ANA}]]</script>"
    page = shopper.open()
    shopper.sent(page, "page_viewed")
    shopper.leave(page)
    [beacon] = shopper.recorder.beacons
    assert (beacon["identity"], len(beacon["events"])) == (TOLD, 1)


def test_who_is_said_before_consent_leaves_with_it(shopper: Shopper) -> None:
    shopper.shop.site_key = "shopify-asked"
    shopper.shop.head = f"<script>tajo = [['identify', {ANA}]]</script>"
    page = shopper.open()
    shopper.said(page, "held until consent")
    page.evaluate("tajo.consent('granted')")
    shopper.sent(page, "page_viewed")
    assert shopper.recorder.beacons[0]["identity"] == TOLD


def test_the_way_back_to_a_cart_is_told_with_the_first_page_and_stays_in_the_address(shopper: Shopper) -> None:
    page = shopper.open("/cart?tajo_r=WzEsInY6YW5hIl0.aQ-x_1&key=secret")
    shopper.sent(page, "page_viewed")
    url = shopper.recorder.only("page_viewed")["page"]["url"]
    assert url == f"{shopper.address}/cart?tajo_r=WzEsInY6YW5hIl0.aQ-x_1&key="
    assert page.url.endswith("/cart?tajo_r=WzEsInY6YW5hIl0.aQ-x_1&key=secret"), "the shop may need it"
    shopper.open("/b", page)
    shopper.until(page, lambda: len(shopper.recorder.types()) == 2)
    assert "tajo_r" not in shopper.recorder.events()[-1]["page"]["url"]
