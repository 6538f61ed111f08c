"""The custom pixel in a stand-in for Shopify's sandbox: told events as Shopify has them, it speaks to the real door."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.bootstrap.snippets import checkout_snippet
from collector.domain.door import BeaconRequest, InboxRow, Lane
from collector.domain.events import CheckoutSeen, ContactGiven, EventType, Fact, MessageConsent, Seen, Strength
from collector.domain.shop import Policy, Secrets, Shop
from collector.pipeline.accept_beacon import accept_beacon
from collector.sources.tracker.parse import parse
from collector.sources.tracker.verify import TrackerFormat
from collector.standards.addresses import StandardAddresses
from collector.standards.currencies import IsoCurrencies
from collector.standards.user_agents import KnownUserAgents
from tests.browser import USER_AGENT
from tests.node.installing import node_modules

FOLDER = Path(__file__).parent
SHOP = Shop(
    1,
    "shopify",
    "store.myshopify.com",
    "https://store.myshopify.com",
    "site-key-1",
    currency="EUR",
    policy=Policy(domains=("shop.example",)),
    secrets=Secrets(identity=("identity-key-of-the-shop",)),
)
NOW = datetime(2026, 11, 21, 12, 0, 10, tzinfo=UTC)
VISITOR = "4183195967-1-2-3"
TOKEN, CART = "dd84dba9362eab31f3513ebd3bd82b6c", "Z2NwLXVzLWNlbnRyYWwx"


def line(product: str = "13", quantity: int = 2, **changes: Any) -> dict[str, Any]:
    return {
        "id": "line-1",
        "quantity": quantity,
        "title": "Mug",
        "finalLinePrice": {"amount": 25, "currencyCode": "EUR"},
        "discountAllocations": [],
        "properties": [],
        "variant": {
            "id": "14",
            "sku": "M-1",
            "title": "Blue",
            "price": {"amount": 12.5, "currencyCode": "EUR"},
            "image": {"src": "//cdn.shop.example/mug.jpg"},
            "product": {"id": product, "title": "Mug", "url": "/products/mug"},
        },
    } | changes


def step(name: str, number: int = 1, **checkout: Any) -> dict[str, Any]:
    """An event of Shopify's with what a checkout of today carries."""
    return {
        "id": f"sh-fc25464d-85AC-4A1C-CF92-{number:012}",
        "name": name,
        "type": "standard",
        "clientId": "1fd529f6-8f05-4118-ba6b-a4e20691aa0c",
        "timestamp": "2026-11-21T12:00:00.000Z",
        "context": {
            "document": {
                "location": {"href": f"https://shop.example/checkouts/cn/{CART}/de-de?key=secret&_r=1#x"},
                "referrer": "https://shop.example/cart?token=secret",
                "title": "Checkout",
            }
        },
        "data": {
            "checkout": {
                "token": TOKEN,
                "currencyCode": "EUR",
                "email": None,
                "phone": None,
                "buyerAcceptsEmailMarketing": False,
                "attributes": [],
                "lineItems": [line()],
                "localization": {"country": {"isoCode": "DE"}, "language": {"isoCode": "de-DE"}},
                "subtotalPrice": {"amount": 25, "currencyCode": "EUR"},
                "totalPrice": {"amount": 29.9, "currencyCode": "EUR"},
                "order": None,
                **checkout,
            }
        },
    }


def played(tmp_path: Path, *steps: dict[str, Any], **story: Any) -> dict[str, Any]:
    """What the pixel did."""
    (found,) = all_played(tmp_path, [{"steps": list(steps)} | story])
    return found


def all_played(tmp_path: Path, stories: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same for many, each by itself, in one process of node."""
    if shutil.which("node") is None:
        node_modules()  # says so: a failure in CI, else the test is skipped
    (tmp_path / "pixel.js").write_text(checkout_snippet(SHOP, "https://collect.example", "/c")[1])
    plain = {"pixel": str(tmp_path / "pixel.js"), "allowed": True, "cookie": VISITOR}
    (tmp_path / "stories.json").write_text(json.dumps([plain | story for story in stories]))
    command = ["node", str(FOLDER / "sandbox.mjs"), str(tmp_path / "stories.json")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["uncaught"] == []
    found: list[dict[str, Any]] = said["played"]
    return found


def happened(*steps: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"event": one} for one in steps]


def beacons(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [json.loads(one["body"]) for one in found["sent"]]


def facts_of(found: dict[str, Any]) -> list[Fact]:
    """Through the real door and the real reading of its rows."""
    facts: list[Fact] = []
    for number, one in enumerate(found["sent"]):
        headers = {"content-type": "text/plain;charset=UTF-8", "user-agent": USER_AGENT, "accept-language": "de"}
        request = BeaconRequest("site-key-1", headers | {"origin": "null"}, one["body"].encode())
        verdict = accept_beacon(request, SHOP, datetime.now(UTC), TrackerFormat(), KnownUserAgents())
        assert verdict.answer.status == 204, verdict.answer.body
        row = verdict.row
        assert row is not None, verdict.answer.reason
        kept = InboxRow(number, row.shop_id, Lane.LIVE, row.kind, row.received_at, row.topic, "", row.facts, row.body)
        facts += parse(kept, SHOP, IsoCurrencies(), StandardAddresses())
    return facts


def test_a_checkout_step_by_step(tmp_path: Path) -> None:
    contact = {"email": "ana@shop.example", "buyerAcceptsEmailMarketing": True}
    found = played(
        tmp_path,
        *happened(
            step("checkout_started", 1),
            step("checkout_contact_info_submitted", 2, **contact),
            step("checkout_address_info_submitted", 3, **contact),
            step("checkout_shipping_info_submitted", 4, **contact),
            step("payment_info_submitted", 5, **contact),
            step("checkout_completed", 6, **contact, order={"id": "gid://shopify/Order/5364716830934"}),
        ),
    )
    assert {one["url"] for one in found["sent"]} == {"https://collect.example/c/site-key-1"}
    assert all((one["keepalive"], one["credentials"], one["mode"]) == (True, "omit", "cors") for one in found["sent"])
    assert all("headers" not in one for one in found["sent"]), "a text body without headers asks for no preflight"
    events = [event for beacon in beacons(found) for event in beacon["events"]]
    assert [event["id"] for event in events] == [f"sh-fc25464d-85AC-4A1C-CF92-{n:012}" for n in range(1, 7)]
    assert {beacon["visitor_id"] for beacon in beacons(found)} == {VISITOR}
    facts = facts_of(found)
    checkouts = [fact for fact in facts if isinstance(fact, CheckoutSeen)]
    assert [fact.payment_running for fact in checkouts] == [False, False, False, True]
    assert {(fact.cart_token, fact.checkout_token) for fact in checkouts} == {(CART, TOKEN)}
    assert {fact.page.url for fact in checkouts} == {f"https://shop.example/checkouts/cn/{CART}/de-de"}
    (item,) = checkouts[0].items or ()
    assert (item.product_id, item.variant_id, item.quantity) == ("13", "14", 2)
    assert (item.unit_price_minor, item.line_total_minor, checkouts[0].total_minor) == (1250, 2500, 2500)
    assert item.image == "https://cdn.shop.example/mug.jpg"
    (given,) = [fact for fact in facts if isinstance(fact, ContactGiven)]
    assert (given.email, given.strength) == ("ana@shop.example", Strength.TYPED)
    (agreed,) = [fact for fact in facts if isinstance(fact, MessageConsent)]
    assert (agreed.state, agreed.subject) == ("opted_in", "ana@shop.example")
    (order,) = [fact for fact in facts if isinstance(fact, Seen)]
    assert (order.type, order.order_id) == (EventType.ORDER_CONFIRMED, "5364716830934")


@pytest.mark.parametrize("name", ["checkout_started", "checkout_address_info_submitted", "payment_info_submitted"])
def test_an_address_leaves_only_with_the_contact_step(tmp_path: Path, name: str) -> None:
    found = played(tmp_path, *happened(step(name, email="ana@shop.example", phone="+4930123")))
    assert len(found["sent"]) == 1
    assert "ana@" not in found["sent"][0]["body"]
    assert "+4930123" not in found["sent"][0]["body"]


def test_no_key_and_no_query_leaves_the_page(tmp_path: Path) -> None:
    found = played(tmp_path, *happened(step("checkout_started")))
    assert "secret" not in found["sent"][0]["body"]


def test_nothing_before_consent_and_all_of_it_after(tmp_path: Path) -> None:
    steps = happened(step("checkout_started", 1), step("checkout_contact_info_submitted", 2, email="a@b.example"))
    quiet = played(tmp_path, *steps, allowed=False, cookie="")
    assert (quiet["sent"], quiet["jar"], quiet["stored"]) == ([], {"tajo_id": ""}, {})
    allowed = played(tmp_path, *steps, {"consent": True}, allowed=False)
    assert [one["events"][0]["type"] for one in beacons(allowed)] == ["checkout_started", "contact_submitted"]
    refused = played(tmp_path, *steps, {"consent": False}, *steps, allowed=False)
    assert refused["sent"] == []


def test_a_withdrawal_is_told_once_and_forgets_the_visitor(tmp_path: Path) -> None:
    steps = [*happened(step("checkout_started", 1)), {"consent": False}, *happened(step("payment_info_submitted", 2))]
    found = played(tmp_path, *steps, {"consent": False})
    assert [(one["consent"], len(one["events"])) for one in beacons(found)] == [("granted", 1), ("denied", 0)]
    assert beacons(found)[1]["visitor_id"] == VISITOR
    assert (found["jar"]["tajo_id"], found["stored"]) == ("", {})


VISITORS: list[tuple[str, dict[str, str], list[Any], str | None]] = [
    ("the cookie of the shop's pages", {"cookie": VISITOR, "storage": "another-visitor"}, [], VISITOR),
    ("the storage, where cookies are short-lived", {"cookie": "", "storage": VISITOR}, [], VISITOR),
    ("the cart's attribute, on another domain", {"cookie": ""}, [{"key": "tajo_id", "value": VISITOR}], VISITOR),
    ("nothing usable", {"cookie": "<script>"}, [{"key": "tajo_id", "value": "x"}, None], None),
]


def test_the_visitor_is_the_one_of_the_shops_pages(tmp_path: Path) -> None:
    stories = [
        story | {"steps": happened(step("checkout_started", attributes=attributes))}
        for _, story, attributes, _ in VISITORS
    ]
    for (why, _, _, expected), found in zip(VISITORS, all_played(tmp_path, stories), strict=True):
        (beacon,) = beacons(found)
        if expected is None:
            assert beacon["visitor_id"] == found["jar"]["tajo_id"] == found["stored"]["tajo_id"], why
        else:
            assert beacon["visitor_id"] == expected, why


MISSING: list[tuple[str, dict[str, Any], int | None, int | None]] = [
    (
        "everything is null",
        dict.fromkeys(["token", "currencyCode", "lineItems", "localization", "subtotalPrice"]),
        None,
        None,
    ),
    ("lists are missing", {"attributes": None, "lineItems": None}, None, None),
    ("a line is null: half a cart would be a change", {"lineItems": [None, line()]}, None, None),
    ("a line without a variant", {"lineItems": [line(variant=None)]}, None, None),
    ("a variant without a product", {"lineItems": [line(variant={"id": "14", "product": None})]}, None, None),
    (
        "an older line without a total",
        {"lineItems": [{k: v for k, v in line().items() if k != "finalLinePrice"}]},
        1,
        2500,
    ),
    ("amounts that are none", {"subtotalPrice": {"amount": None}, "lineItems": [line(finalLinePrice={})]}, 1, None),
    ("a sum of floats", {"subtotalPrice": {"amount": 0.1 + 0.2, "currencyCode": "EUR"}}, 1, 30),
    ("a very large amount", {"subtotalPrice": {"amount": 1e30, "currencyCode": "EUR"}}, 1, None),
    ("a negative amount", {"subtotalPrice": {"amount": -5, "currencyCode": "EUR"}}, 1, None),
    ("yen", {"currencyCode": "JPY", "subtotalPrice": {"amount": 1000, "currencyCode": "JPY"}}, 1, 1000),
]


def test_whatever_is_missing_the_step_is_told_and_taken(tmp_path: Path) -> None:
    stories = [{"steps": happened(step("checkout_started", **changes))} for _, changes, _, _ in MISSING]
    for (why, _, items, total), found in zip(MISSING, all_played(tmp_path, stories), strict=True):
        (seen,) = [fact for fact in facts_of(found) if isinstance(fact, CheckoutSeen)]
        assert seen.visitor_id == VISITOR, why
        assert (None if seen.items is None else len(seen.items), seen.total_minor) == (items, total), why


SILENT: list[tuple[str, dict[str, Any]]] = [
    ("no checkout", step("checkout_started") | {"data": {}}),
    ("no data", step("checkout_started") | {"data": None}),
    ("no contact in the contact step", step("checkout_contact_info_submitted", email="", phone="")),
    ("completed without an order's number", step("checkout_completed", order={})),
    ("an event we do not follow", step("page_viewed")),
]


def test_what_says_nothing_is_not_sent(tmp_path: Path) -> None:
    stories = [{"steps": happened(event)} for _, event in SILENT]
    said = {why: found["sent"] for (why, _), found in zip(SILENT, all_played(tmp_path, stories), strict=True)}
    assert said == {why: [] for why, _ in SILENT}


def test_odd_ids_and_times_are_replaced(tmp_path: Path) -> None:
    found = played(
        tmp_path, *happened(step("checkout_started") | {"id": "x", "timestamp": "yesterday", "context": None})
    )
    (event,) = beacons(found)[0]["events"]
    assert len(event["id"]) == 36
    assert abs(event["at"] / 1000 - datetime.now(UTC).timestamp()) < 3600


def test_a_blocked_request_goes_the_other_way_and_blocked_storage_stops_nothing(tmp_path: Path) -> None:
    other = played(tmp_path, *happened(step("checkout_started")), fetchFails=True)
    assert [one["by"] for one in other["sent"]] == ["sendBeacon"]
    blocked = played(tmp_path, {"cookieFails": True}, *happened(step("checkout_started")))
    assert len(blocked["sent"]) == 1


def test_a_cart_too_large_for_a_beacon_is_left_out(tmp_path: Path) -> None:
    product = {"id": "13", "title": "x" * 900, "url": "/products/mug"}
    found = played(tmp_path, *happened(step("checkout_started", lineItems=[line(variant={"product": product})] * 100)))
    (event,) = beacons(found)[0]["events"]
    assert ("cart" in event, event["checkout_token"]) == (False, TOKEN)


def test_without_consent_in_the_beacon_the_door_would_keep_nothing() -> None:
    """What the tests above rely on: the door does look at consent and at the page's host."""
    strict = replace(SHOP, policy=Policy(domains=("other.example",)))
    said = {"v": 1, "visitor_id": VISITOR, "sent_at": 1_795_262_400_000, "consent": "granted", "events": []}
    body = json.dumps(said | {"page": {"url": "https://shop.example/"}}).encode()
    request = BeaconRequest("site-key-1", {"user-agent": USER_AGENT, "accept-language": "de"}, body)
    verdict = accept_beacon(request, strict, NOW, TrackerFormat(), KnownUserAgents())
    assert (verdict.answer.reason, verdict.row) == ("unknown_host", None)
