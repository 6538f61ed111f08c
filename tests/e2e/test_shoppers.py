"""Six people in the demo shop, at the same time, with real browsers; then what the local Brevo got of each.

One test with a part for each person: a demo takes seconds to start, and reminders are waited for only once.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser

from tests.e2e.demo import Demo
from tests.e2e.shopper import Shopper, shopping

LISTED = "Abandoned carts"


def fill_a_cart(shopper: Shopper, *, has_opted_in: bool) -> None:
    """As far as the address in the checkout."""
    shopper.look_at("darjeeling")
    shopper.take("100 g", 2)
    shopper.check_out()
    shopper.type_address(has_opted_in=has_opted_in)


def only(demo: Demo, email: str, name: str) -> dict[str, Any]:
    """The properties of the one event of this name."""
    (found,) = [event["event_properties"] for event in demo.events(email) if event["event_name"] == name]
    return dict(found)


def calls_about(demo: Demo, email: str) -> list[dict[str, Any]]:
    return [call for call in demo.told("requests")["requests"] if email in str(call["body"]) + call["path"]]


def wait_for(demo: Demo, email: str, *names: str) -> None:
    demo.until(lambda: set(names) <= set(demo.names(email)), lambda: f"{email}: {demo.names(email)}")


def test_everybody_is_treated_as_they_wished(demo: Demo, browser: Browser, subtests: pytest.Subtests) -> None:
    with ExitStack() as open_browsers:

        def somebody(name: str) -> Shopper:
            return open_browsers.enter_context(shopping(browser, demo.shop, f"{name}@example.com"))

        bob, cleo, fay, ana, dan, amy = map(somebody, ("bob", "cleo", "fay", "ana", "dan", "amy"))
        bob.accept()
        fill_a_cart(bob, has_opted_in=False)
        bob.leave()
        cleo.accept()
        fill_a_cart(cleo, has_opted_in=True)
        cleo.buy()
        fay.refuse()
        fill_a_cart(fay, has_opted_in=True)
        fay.leave()
        ana.accept()
        ana.sign_in_as_ana()
        ana.look_at("glass-teapot")
        ana.leave()
        dan.accept()
        fill_a_cart(dan, has_opted_in=True)
        dan.leave()
        amy.accept()
        fill_a_cart(amy, has_opted_in=True)
        amy.leave()

        # Amy came last: when she is reminded, the time of the carts before hers is over, too.
        wait_for(demo, amy.email, "cart_abandoned")
        wait_for(demo, ana.email, "browse_abandoned")
        wait_for(demo, dan.email, "cart_abandoned")
        demo.until(lambda: {amy.email, dan.email} <= set(demo.members(LISTED)), lambda: demo.members(LISTED))
        dan.come_back(only(demo, dan.email, "cart_abandoned")["recovery_url"])
        dan.check_out()
        dan.type_address(has_opted_in=True)
        dan.buy()
        wait_for(demo, dan.email, "cart_recovered", "order_completed")

        with subtests.test("a cart left with a ticked box is reminded of, once"):
            left_a_cart(demo, amy)
        with subtests.test("without the tick Brevo never hears of the person"):
            assert calls_about(demo, bob.email) == []
            story = demo.run("explain", bob.email)
            assert "contact submitted, bob@example.com" in story
            assert "no_mail_basis" in story
        with subtests.test("who bought is not reminded, also when no page told of the order"):
            bought(demo, cleo)
        with subtests.test("who buys after the reminder is taken off the list"):
            assert demo.names(dan.email).count("cart_abandoned") == 1
            reminder = only(demo, dan.email, "cart_abandoned")
            assert only(demo, dan.email, "cart_recovered")["abandonment_id"] == reminder["abandonment_id"]
            assert only(demo, dan.email, "order_completed")["total"] == 36.7
            assert dan.email not in demo.members(LISTED)
        with subtests.test("a customer who only looked is asked about it, once"):
            looked = only(demo, ana.email, "browse_abandoned")
            assert [item["name"] for item in looked["items"]] == ["Glass Teapot, 1 l"]
            assert not {"cart_created", "cart_abandoned"} & set(demo.names(ana.email))
        with subtests.test("who refuses is not observed, and Brevo never hears of the person"):
            assert fay.beacons == []
            assert "tajo_id" not in fay.cookies()
            assert calls_about(demo, fay.email) == []
        with subtests.test("nothing went wrong on the way"):
            everybody = (bob, cleo, fay, ana, dan, amy)
            assert {person.email: person.errors for person in everybody if person.errors} == {}
            assert demo.told("violations")["violations"] == []
            assert demo.told("events")["twice"] == {}
            assert demo.shop_state()["webhooks"]["failed"] == 0


def left_a_cart(demo: Demo, amy: Shopper) -> None:
    names = [name for name in demo.names(amy.email) if not name.endswith("_viewed")]
    assert names == ["cart_created", "cart_updated", "checkout_started", "cart_abandoned"]
    first_call, *_ = calls_about(demo, amy.email)
    assert (first_call["method"], first_call["path"]) == ("POST", "/v3/contacts")
    assert demo.members(LISTED) == [amy.email]

    reminder = only(demo, amy.email, "cart_abandoned")
    (item,) = reminder["items"]
    assert (item["name"], item["variant_name"], item["sku"]) == ("Darjeeling First Flush", "100 g", "TEA-DAR-100")
    assert (item["quantity"], item["unit_price"], item["line_total"]) == (2, 15.9, 31.8)
    assert item["url"] == f"{demo.shop}/product/darjeeling/?attribute_weight=100+g"
    assert (reminder["total"], reminder["currency"], reminder["stage"]) == (31.8, "EUR", "checkout")
    back = urlsplit(reminder["recovery_url"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == f"{demo.shop}/cart/"
    assert parse_qs(back.query).keys() == {"tajo_r"}
    assert [mail["event_name"] for mail in demo.told("mails")["mails"] if mail["to"] == amy.email] == ["cart_abandoned"]

    story = demo.run("explain", amy.email)
    for words in (
        "contact submitted, amy@example.com",
        "amy@example.com agreed to be written to",
        "reminder to amy@example.com about cart",
        "the shop was asked",
        "cart_abandoned to amy@example.com left",
    ):
        assert words in story


def bought(demo: Demo, cleo: Shopper) -> None:
    names = demo.names(cleo.email)
    assert [names.count(name) for name in ("order_placed", "order_completed", "cart_abandoned")] == [1, 1, 0]
    assert only(demo, cleo.email, "order_completed")["payment"] == "paid"
    paths = [call["path"] for call in demo.told("requests?path=/v3/orders/status")["requests"]]
    assert paths != []
    assert cleo.email in str(demo.told("orders")["orders"])
    assert demo.members("Buyers")[0] == cleo.email
    assert "order confirmed" not in demo.run("explain", cleo.email)
