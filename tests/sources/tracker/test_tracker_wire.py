"""The wire format: what is taken, and that a refusal names field, value and what is allowed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from collector.domain.errors import Invalid
from collector.sources.tracker.wire import CartUpdated, decode

SENT = 1_795_262_400_000


def beacon(*events: dict[str, Any], **changes: Any) -> bytes:
    return json.dumps({"v": 1, "visitor_id": "visitor-0001", "sent_at": SENT, "events": events, **changes}).encode()


def event(kind: str = "page_viewed", **changes: Any) -> dict[str, Any]:
    return {"id": "event-0001", "type": kind, "at": SENT, **changes}


def cart(**changes: Any) -> dict[str, Any]:
    return event("cart_updated", cart={"currency": "EUR", "items": [], **changes})


def line(**changes: Any) -> dict[str, Any]:
    return {"id": "13", "quantity": 1, **changes}


@pytest.mark.parametrize(
    ("why", "body"),
    [
        ("nothing happened", beacon()),
        ("every optional part is null", beacon(event(page=None), page=None, identity=None)),
        ("unknown fields", beacon(event(colour="red"), shoe_size=43)),
        ("optional ids and texts are null", beacon(event("product_viewed", product={"id": "1", "sku": None}))),
        ("an empty cart", beacon(cart())),
        ("a line", beacon(cart(items=[line(price="12.50", line_total="11", properties={"engraving": "A"})]))),
        *(
            (f"properties as a theme made them: {odd!r}", beacon(cart(items=[line(properties=odd)])))
            for odd in (None, {}, [], [{"name": "a", "value": 1}], {"a": {"b": [1, None]}}, "a", 7)
        ),
        ("a line of none", beacon(cart(items=[line(quantity=0)]))),
        ("a checkout without its cart", beacon(event("checkout_started"))),
        ("how far a checkout is", beacon(event("checkout_started", stage="payment"))),
        ("a phone number alone", beacon(event("contact_submitted", phone="030"))),
        ("a collection", beacon(event("collection_viewed"))),
        ("a search for nothing", beacon(event("search_submitted", query=""))),
        ("the thank-you page", beacon(event("order_confirmed", order_id="9"))),
        ("50 events", beacon(*(event(id=f"event-{n:04}") for n in range(50)))),
        ("the shortest ids", beacon(event(id="a" * 8), visitor_id="_" * 8)),
        ("the longest ids", beacon(event(id="a" * 64), visitor_id="-" * 64)),
        ("the first moment", beacon(event(at=946_684_800_000))),
        ("a very long title", beacon(page={"title": "x" * 30_000})),
    ],
)
def test_good_beacons_are_read(why: str, body: bytes) -> None:
    assert decode(body).visitor_id, why


@pytest.mark.parametrize(
    ("why", "body", "field", "value"),
    [
        ("another version", beacon(v=2), "v", 2),
        ("no visitor", json.dumps({"v": 1, "sent_at": SENT, "events": []}).encode(), "visitor_id", None),
        ("visitor id too short", beacon(visitor_id="a" * 7), "visitor_id", "aaaaaaa"),
        ("visitor id with a line break", beacon(visitor_id="a" * 8 + "\n"), "visitor_id", "a" * 8 + "\n"),
        ("visitor id in Cyrillic", beacon(visitor_id="а" * 8), "visitor_id", "а" * 8),
        ("consent in other words", beacon(consent="yes"), "consent", "yes"),
        ("sent as text", beacon(sent_at=str(SENT)), "sent_at", str(SENT)),
        ("sent in seconds", beacon(sent_at=SENT // 1000), "sent_at", SENT // 1000),
        ("sent in the 22nd century", beacon(sent_at=4_133_980_800_000), "sent_at", 4_133_980_800_000),
        ("sent with a fraction", beacon(sent_at=SENT + 0.5), "sent_at", SENT + 0.5),
        ("events is no list", beacon(events={}), "events", "an object"),
        ("51 events", beacon(*(event(id=f"event-{n:04}") for n in range(51))), "events", "a list of 51"),
        ("event without type", beacon({"id": "event-0001", "at": SENT}), "events[0].type", None),
        ("event of a type nobody knows", beacon(event(), event("bought")), "events[1].type", "bought"),
        ("a stage nobody knows", beacon(event("checkout_started", stage="later")), "events[0].stage", "later"),
        ("event type is a number", beacon(event(type=5)), "events[0].type", 5),
        ("one id twice", beacon(event(), event()), "events[1].id", "event-0001"),
        ("no product", beacon(event("product_viewed")), "events[0].product", None),
        ("product without id", beacon(event("product_viewed", product={})), "events[0].product.id", None),
        ("product id is a number", beacon(event("product_viewed", product={"id": 13})), "events[0].product.id", 13),
        ("product id is blank", beacon(event("product_viewed", product={"id": " "})), "events[0].product.id", " "),
        ("a price as a number", beacon(cart(items=[line(price=12.5)])), "events[0].cart.items[0].price", 12.5),
        ("a price with a comma", beacon(cart(items=[line(price="1,5")])), "events[0].cart.items[0].price", "1,5"),
        ("a price below nothing", beacon(cart(items=[line(price="-1")])), "events[0].cart.items[0].price", "-1"),
        ("an endless total", beacon(cart(total="Infinity")), "events[0].cart.total", "Infinity"),
        ("a total beyond all money", beacon(cart(total="9" * 12)), "events[0].cart.total", "9" * 12),
        ("a currency in small letters", beacon(cart(currency="eur")), "events[0].cart.currency", "eur"),
        ("a negative quantity", beacon(cart(items=[line(quantity=-1)])), "events[0].cart.items[0].quantity", -1),
        (
            "a quantity too large",
            beacon(cart(items=[line(quantity=100_001)])),
            "events[0].cart.items[0].quantity",
            100_001,
        ),
        ("a line without quantity", beacon(cart(items=[{"id": "1"}])), "events[0].cart.items[0].quantity", None),
        ("a cart that does not say its content", beacon(event("cart_updated", cart={})), "events[0].cart.items", None),
        ("a search without words", beacon(event("search_submitted")), "events[0].query", None),
        ("a contact without address", beacon(event("contact_submitted")), "events[0].email", None),
        ("an order without id", beacon(event("order_confirmed")), "events[0].order_id", None),
        ("a token far too long", beacon(cart(token="t" * 201)), "events[0].cart.token", "t" * 200),
        ("a text that pretends to be a path", beacon(event("x - at `$.v`")), "events[0].type", "x - at `$.v`"),
    ],
)
def test_a_refusal_names_the_field_and_the_value(why: str, body: bytes, field: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        decode(body)
    assert (refused.value.field, refused.value.value) == (field, value), why
    assert refused.value.allowed


def test_an_unknown_event_type_is_told_the_known_ones() -> None:
    with pytest.raises(Invalid) as refused:
        decode(beacon(event("bought")))
    assert refused.value.error == "unknown event type"
    assert "product_viewed" in refused.value.allowed
    assert "order_placed" not in refused.value.allowed


def test_a_value_is_shown_short() -> None:
    with pytest.raises(Invalid) as refused:
        decode(beacon(event("x" * 5_000)))
    assert refused.value.value == "x" * 200


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff", b"{", b"1" * 5000, b"[" * 60_000, b"\xef\xbb\xbf{}"])
def test_what_is_no_beacon_at_all_is_the_whole_body(body: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        decode(body)
    assert refused.value.field == "body"


def test_the_largest_amount_fits_every_currency() -> None:
    found = decode(beacon(cart(total="9" * 11 + ".99999999"))).events[0]
    assert isinstance(found, CartUpdated)
    assert found.cart.total is not None
    assert float(found.cart.total) * 10**4 < 2**53
