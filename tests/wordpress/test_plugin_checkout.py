"""The e-mail address and the opt-in box, in the classic checkout and in the one of blocks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wordpress.door import Door
from tests.wordpress.shop import plugin_shop

REVIEW = "woocommerce_checkout_update_order_review"
ANA = {"type": "contact_submitted", "email": "ana@shop.example"}
OPTED_IN = {**ANA, "marketing_opt_in": True}
TICKED = {"_wc_other/tajo/marketing-opt-in": "1"}


def contacts(door: Door) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in event.items() if name not in ("id", "at")}
        for event in door.events()
        if event["type"] == "contact_submitted"
    ]


@pytest.mark.parametrize(
    ("why", "capture", "requests", "told"),
    [
        ("typed, classic", "typed", [[["action", REVIEW, "billing_email=Ana%40Shop.example&tajo_opt_in=1"]]], [ANA]),
        ("half typed", "typed", [[["action", REVIEW, "billing_email=ana%40"]]], []),
        ("no form at all", "typed", [[["action", REVIEW, None]], [["action", REVIEW, "billing_email[]=a"]]], []),
        ("typed, blocks", "typed", [[["customer", "ana@shop.example"]], [["customer", "ana@shop.example"]]], [ANA]),
        ("typed, but it waits until it is placed", "submitted", [[["customer", "ana@shop.example"]]], []),
        ("placed", "submitted", [[["order", "blocks", {"id": 5, "email": "ana@shop.example"}]]], [ANA]),
        ("placed, classic", "submitted", [[["order", "classic", {"id": 5, "email": "ana@shop.example"}]]], [ANA]),
        (
            "placed, ticked",
            "submitted",
            [[["order", "blocks", {"id": 5, "email": "ana@shop.example", "meta": TICKED}]]],
            [OPTED_IN],
        ),
        (
            "typed, then placed",
            "typed",
            [[["customer", "ana@shop.example"]], [["order", "blocks", {"id": 5, "email": "ana@shop.example"}]]],
            [ANA],
        ),
        (
            "typed, then placed and ticked",
            "typed",
            [
                [["customer", "ana@shop.example"]],
                [["order", "blocks", {"id": 5, "email": "ana@shop.example", "meta": TICKED}]],
            ],
            [ANA, OPTED_IN],
        ),
        ("an order by telephone", "submitted", [[["order", "classic", {"id": 5, "email": ""}]]], []),
    ],
)
def test_an_address_is_told_when_the_merchant_wants_it_and_once(
    door: Door, why: str, capture: str, requests: list[list[list[Any]]], told: list[dict[str, Any]]
) -> None:
    shop = plugin_shop(door.address, settings={"capture": capture})
    for steps in requests:
        shop.request(*steps)
    assert contacts(door) == told, why


def test_cart_and_address_of_one_request_are_one_call(door: Door) -> None:
    shop = plugin_shop(door.address, settings={"capture": "typed"})
    shop.request(["add", 13, 1], ["customer", "ana@shop.example"])
    assert door.said == ["204 accepted=2"]


@pytest.mark.parametrize(("post", "meta"), [({"tajo_opt_in": "1"}, "1"), ({}, None), ({"tajo_opt_in": ""}, None)])
def test_the_box_of_the_classic_checkout_stays_with_the_order_if_it_was_ticked(
    door: Door, post: dict[str, str], meta: str | None
) -> None:
    shop = plugin_shop(door.address)
    order = ["order", "classic", {"id": 5, "email": "ana@shop.example"}]
    assert shop.request(order, post=post).results[0].get("_tajo_opt_in") == meta
    assert contacts(door) == [OPTED_IN if meta else ANA]
    shop.kept["options"]["tajo_collector"]["opt_in"] = "hide"
    assert "_tajo_opt_in" not in shop.request(order, post=post).results[0], "a box that is not shown is not ticked"


def test_both_boxes_come_empty_and_say_what_the_merchant_wants(door: Door) -> None:
    label = 'News & "offers" <b>'
    done = plugin_shop(door.address, settings={"opt_in_label": label}).request(["box"])
    assert done.printed == (
        '<label><input type="checkbox" name="tajo_opt_in" id="tajo_opt_in" value="1">'
        " News &amp; &quot;offers&quot; &lt;b&gt;</label>"
    )
    [field] = done.told("field")
    assert (field["id"], field["type"], field["required"]) == ("tajo/marketing-opt-in", "checkbox", False)
    assert field["location"] == "order", "those of the contact are kept with the account and come ticked the next time"
    assert field["label"] == field["optionalLabel"] == label


def test_a_merchant_with_a_box_of_another_plugin_shows_none(door: Door) -> None:
    done = plugin_shop(door.address, settings={"opt_in": "hide"}).request(["box"])
    assert (done.printed, done.told("field")) == ("", [])


def test_the_box_speaks_the_language_of_the_shop(door: Door) -> None:
    text = "Send me news and offers by e-mail. I can stop this at any time."
    done = plugin_shop(door.address, texts={text: "Neuigkeiten per E-Mail"}).request(["box"])
    assert "Neuigkeiten per E-Mail" in done.printed
