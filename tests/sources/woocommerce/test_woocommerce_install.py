"""The first read of a shop: what is found out and what the merchant is told, whatever the host."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from collector.domain.errors import SourceUnavailable
from collector.sources.woocommerce.install import WooCommerceShop, read_shop

from .test_woocommerce_diagnosis import Change, both, everything, gate
from .wire_shop import KEY, SECRET, WireShop, mounted, page, refusal

KEYS = {"consumer_key": KEY, "consumer_secret": SECRET}


def read(wire: WireShop, *more: WireShop, **given: Any) -> WooCommerceShop:
    for one in (wire, *more):
        one.gate.now = time.time()
    with mounted(wire, *more):
        return read_shop(requests.Session(), wire.url, KEYS, **given)


def test_what_a_shop_says_of_itself_is_told() -> None:
    wire = WireShop()
    wire.status["environment"]["wp_cron"] = True
    found = read(wire)
    assert found.notes == (
        "WooCommerce 10.5.0 on WordPress 6.9.1, orders in tables of their own (HPOS), Europe/Paris.",
    )
    assert found.detail["may_write"] is True
    assert (found.known.way, found.known.prefix) == ("basic", "/wp-json")
    assert [(one.method, one.path.rpartition("wp-json")[2]) for one in wire.asked] == [
        ("GET", "/wc/v3/system_status"),
        ("GET", "/"),
        ("POST", "/wc/v3/webhooks/batch"),
    ]
    assert wire.asked[2].body == b"{}", "a change that changes nothing"


@pytest.mark.parametrize(
    ("why", "change", "said"),
    [
        ("stripped header", lambda wire: setattr(wire, "strips_header", True), "Ask the host to pass the header on"),
        ("TLS proxy", gate(sees_https=False), "Have the proxy before the shop send X-Forwarded-Proto"),
        ("read-only key", gate(permissions="read"), "Webhooks cannot be registered"),
        ("another prefix", lambda wire: setattr(wire, "prefix", "/api"), "Its REST API is at /api."),
        ("a network", lambda wire: wire.status["environment"].update(wp_multisite=True), "--network FILE"),
        ("no cron", lambda wire: wire.status["environment"].update(wp_cron=False), "wp-cron.php every minute"),
        ("old", lambda wire: wire.status["environment"].update(version="4.9"), "WooCommerce 4.9 cannot be asked"),
        (
            "another name",
            lambda wire: wire.status["environment"].update(home_url="https://www.shop.example/"),
            "The shop calls itself https://www.shop.example/.",
        ),
        (
            "settings closed",
            lambda wire: wire.says.update(
                {("GET", "wc/v3/system_status"): refusal(403, "woocommerce_rest_cannot_view")}
            ),
            "may not read the shop's settings",
        ),
    ],
)
def test_what_the_merchant_should_know_is_a_sentence(why: str, change: Change, said: str) -> None:
    wire = WireShop()
    change(wire)
    assert said in " ".join(read(wire).notes), why


@pytest.mark.parametrize(
    ("why", "answer"),
    [
        ("a firewall before changes", page(403)),
        ("a shop without batches", refusal(404, "rest_no_route")),
        ("a shop that dies of it", page(500)),
    ],
)
def test_whether_a_key_may_write_is_not_said_where_nobody_knows(why: str, answer: Any) -> None:
    found = read(WireShop(says={("POST", "wc/v3/webhooks/batch"): answer}))
    assert "may_write" not in found.detail, why
    assert "Webhooks" not in " ".join(found.notes)


@pytest.mark.parametrize(
    ("zone", "offset", "expected"),
    [("Europe/Paris", 1, "Europe/Paris"), ("", 0, "UTC"), ("", -3, "Etc/GMT+3"), ("", 5.5, ""), ("Mars/One", 1, "")],
)
def test_the_shops_clock_is_a_zone_or_nothing(zone: str, offset: float, expected: str) -> None:
    wire = WireShop()
    wire.index.update(timezone_string=zone, gmt_offset=offset)
    assert read(wire).detail.get("time_zone", "") == expected


def test_the_key_of_another_site_is_said_before_anything_is_stored() -> None:
    second = WireShop("https://shop.example/b")
    second.gate.key = "ck_of_b"
    with pytest.raises(SourceUnavailable, match=r"is that of https://shop.example, another site") as refused:
        read(second, WireShop("https://shop.example"))
    assert "dashboard of https://shop.example/b" in refused.value.cure


def test_a_wrong_key_of_a_single_site_stays_a_wrong_key() -> None:
    wire = WireShop("https://shop.example/store")
    wire.gate.key = "ck_new"
    with pytest.raises(SourceUnavailable, match="does not know the consumer key"):
        read(wire, WireShop("https://shop.example", everything=page(404)))


def test_a_first_answer_that_is_late_or_a_page_is_not_waited_for() -> None:
    wire = WireShop()
    both(everything(page(503, **{"Retry-After": "600"})))(wire)
    with pytest.raises(SourceUnavailable, match="answered 503"):
        read(wire)
    assert len(wire.asked) == 1
