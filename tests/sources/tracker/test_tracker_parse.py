"""Stored beacons become facts of the vocabulary."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.domain.door import InboxRow, Lane, RowKind
from collector.domain.errors import Unparseable
from collector.domain.events import (
    BrowserNoted,
    CartSeen,
    CheckoutSeen,
    ContactGiven,
    EventType,
    Fact,
    IdentityStated,
    Item,
    MessageConsent,
    ObservingConsent,
    Page,
    Product,
    Seen,
    Strength,
)
from collector.domain.shop import Shop
from collector.domain.timestamps import from_ms, to_ms
from collector.sources.tracker.parse import parse
from collector.standards.addresses import StandardAddresses
from collector.standards.currencies import IsoCurrencies

SHOP = Shop(7, "shopify", "shop.myshopify.com", "https://shop.example/eu", "key", currency="EUR")
RECEIVED = datetime(2026, 11, 21, 12, 0, 0, 250_900, tzinfo=UTC)
ARRIVAL = RECEIVED.replace(microsecond=250_000)
SENT = to_ms(ARRIVAL)
VISITOR = "visitor-0001"
PAGE_URL = "https://shop.example/p/mug"


def row(body: bytes, kind: RowKind = RowKind.BEACON, facts: dict[str, Any] | None = None) -> InboxRow:
    return InboxRow(1, 7, Lane.LIVE, kind, RECEIVED, "", "", facts or {}, body)


def beacon(*events: dict[str, Any], **changes: Any) -> bytes:
    page = {"url": PAGE_URL, "locale": "de-DE"}
    said = {"v": 1, "visitor_id": VISITOR, "sent_at": SENT, "consent": "granted", "page": page, "events": events}
    return json.dumps({**said, **changes}).encode()


def event(kind: str, **changes: Any) -> dict[str, Any]:
    return {"id": "event-0001", "type": kind, "at": SENT - 2_000, **changes}


def facts_of(body: bytes, facts: dict[str, Any] | None = None, shop: Shop = SHOP) -> list[Fact]:
    return parse(row(body, facts=facts), shop, IsoCurrencies(), StandardAddresses())


def after_consent(*events: dict[str, Any], facts: dict[str, Any] | None = None, **changes: Any) -> Sequence[Fact]:
    first, *rest = facts_of(beacon(*events, **changes), facts)
    assert isinstance(first, ObservingConsent)
    return rest


OCCURRED = ARRIVAL - timedelta(seconds=2)
PAGE = Page(PAGE_URL, locale="de-DE")


def test_every_beacon_says_whether_the_browser_may_be_observed() -> None:
    assert facts_of(beacon()) == [ObservingConsent(ARRIVAL, VISITOR, "granted")]
    assert facts_of(beacon(consent="unknown")) == [ObservingConsent(ARRIVAL, VISITOR, "unknown")]


def test_a_denial_row_is_a_no() -> None:
    denial = row(b'{"visitor_id": "visitor-0001"}', RowKind.DENIAL)
    found = parse(denial, SHOP, IsoCurrencies(), StandardAddresses())
    assert found == [ObservingConsent(ARRIVAL, VISITOR, "denied")]


def test_a_suspicion_of_the_door_is_noted() -> None:
    assert after_consent(facts={"suspicion": "no_user_agent"}) == [BrowserNoted(ARRIVAL, VISITOR, "no_user_agent")]


@pytest.mark.parametrize(
    ("why", "said", "expected"),
    [
        ("a page", event("page_viewed"), Seen(EventType.PAGE_VIEWED, "event-0001", OCCURRED, VISITOR, PAGE)),
        (
            "its own page wins",
            event("collection_viewed", page={"url": "https://shop.example/c"}),
            Seen(EventType.COLLECTION_VIEWED, "event-0001", OCCURRED, VISITOR, Page("https://shop.example/c")),
        ),
        (
            "a search",
            event("search_submitted", query=" mug\0 "),
            Seen(EventType.SEARCH_SUBMITTED, "event-0001", OCCURRED, VISITOR, PAGE, query="mug"),
        ),
        (
            "the thank-you page",
            event("order_confirmed", order_id="gid://shopify/Order/99"),
            Seen(EventType.ORDER_CONFIRMED, "event-0001", OCCURRED, VISITOR, PAGE, order_id="99"),
        ),
        (
            "a product, ids as Shopify's pixels write them",
            event(
                "product_viewed",
                product={
                    "id": "gid://shopify/Product/13",
                    "variant_id": "gid://shopify/ProductVariant/14",
                    "sku": "M-1",
                    "name": "Mug",
                    "price": "1250",
                    "currency": "JPY",
                    "url": "/p/mug",
                    "image": "//cdn.example/mug.jpg",
                    "categories": ["Kitchen", " "],
                },
            ),
            Seen(
                EventType.PRODUCT_VIEWED,
                "event-0001",
                OCCURRED,
                VISITOR,
                PAGE,
                Product(
                    "13",
                    "14",
                    "M-1",
                    "Mug",
                    1250,
                    "JPY",
                    "https://shop.example/p/mug",
                    "https://cdn.example/mug.jpg",
                    ("Kitchen",),
                ),
            ),
        ),
        (
            "a price in the shop's currency when none is said, and no script for a link",
            event("product_viewed", product={"id": "13", "price": "12.5", "url": "javascript:alert(1)"}),
            Seen(
                EventType.PRODUCT_VIEWED,
                "event-0001",
                OCCURRED,
                VISITOR,
                PAGE,
                Product("13", price_minor=1250, currency="EUR", url=PAGE.url),
            ),
        ),
    ],
)
def test_looks_become_facts(why: str, said: dict[str, Any], expected: Seen) -> None:
    assert after_consent(said) == [expected], why


CART = {
    "token": "c1-abc?key=secret",
    "currency": "EUR",
    "total": "25.00",
    "checkout_url": "/checkout",
    "items": [
        {"id": "13", "quantity": 2, "price": "12.50", "line_total": "25", "variant_name": "Blue"},
        {"id": "14", "quantity": 0},
        {"id": "15", "quantity": 1, "price": "3.00", "currency": "USD"},
    ],
}
ITEMS = (
    Item("13", 2, variant_name="Blue", unit_price_minor=1250, line_total_minor=2500),
    Item("15", 1),
)


def test_a_cart_is_its_whole_content_without_the_secret_of_its_token() -> None:
    (found,) = after_consent(event("cart_updated", cart=CART), facts={"ua": "Browser"})
    assert found == CartSeen(
        "event-0001",
        OCCURRED,
        ITEMS,
        "EUR",
        2500,
        cart_token="c1-abc",
        visitor_id=VISITOR,
        checkout_url="https://shop.example/checkout",
        page=PAGE,
        user_agent="Browser",
    )


def test_a_cart_told_by_the_server_says_so() -> None:
    (found,) = after_consent(event("cart_updated", cart=CART), facts={"server": True})
    assert isinstance(found, CartSeen)
    assert found.source == "server"


def test_a_checkout_carries_its_cart_if_it_was_told() -> None:
    (full,) = after_consent(event("checkout_started", cart=CART, checkout_token="co-1?key=x"))
    (bare,) = after_consent(event("checkout_started"))
    assert full == CheckoutSeen("event-0001", OCCURRED, "co-1", "c1-abc", VISITOR, ITEMS, "EUR", 2500, page=PAGE)
    assert bare == CheckoutSeen("event-0001", OCCURRED, visitor_id=VISITOR, items=None, page=PAGE)


@pytest.mark.parametrize(
    ("why", "facts", "strength", "sources"),
    [
        ("typed in a browser", {}, Strength.TYPED, ["form"]),
        ("of the one the server knows", {"server": True, "identity": "signed"}, Strength.SIGNED, ["form_signed"]),
        ("one of too many", {"many_addresses": True}, Strength.CLAIMED, []),
        ("of the one who is signed in", {"identity": "signed"}, Strength.TYPED, ["form_signed"]),
        ("of one who claims to be signed in", {"identity": "claimed"}, Strength.TYPED, ["form"]),
    ],
)
def test_an_address_is_believed_as_far_as_its_beacon(
    why: str, facts: dict[str, Any], strength: Strength, sources: list[str]
) -> None:
    said = event("contact_submitted", email=" Ana@Shop.Example", phone="030 901820", marketing_opt_in=True)
    found = after_consent(said, facts=facts, identity={"email": "ana@shop.example"})
    (contact,) = (fact for fact in found if isinstance(fact, ContactGiven))
    consents = [fact for fact in found if isinstance(fact, MessageConsent)]
    assert (contact.email, contact.phone, contact.strength) == ("ana@shop.example", "+4930901820", strength), why
    assert contact.marketing_opt_in
    assert [consent.source for consent in consents] == sources
    for consent in consents:
        assert (consent.subject_kind, consent.subject, consent.channel) == ("email", "ana@shop.example", "email")
        assert (consent.state, consent.act, consent.occurred_at) == ("opted_in", "form:event-0001", OCCURRED)


def test_what_somebody_else_typed_at_the_shop_is_only_passed_on_by_its_server() -> None:
    said = event("contact_submitted", email="ben@shop.example", marketing_opt_in=True)
    found = after_consent(said, facts={"server": True, "identity": "signed"}, identity={"email": "ana@shop.example"})
    assert [fact.strength for fact in found if isinstance(fact, ContactGiven)] == [Strength.TYPED]
    assert [fact.source for fact in found if isinstance(fact, MessageConsent)] == ["form"]


@pytest.mark.parametrize("ticked", [False, None])
def test_an_unticked_box_is_no_act(ticked: bool | None) -> None:
    (found,) = after_consent(event("contact_submitted", email="a@b.example", marketing_opt_in=ticked))
    assert isinstance(found, ContactGiven)
    assert not found.marketing_opt_in


def test_half_an_address_is_skipped_and_the_rest_is_kept() -> None:
    found = after_consent(event("contact_submitted", email="ana@"), event("page_viewed", id="event-0002"))
    assert [type(fact) for fact in found] == [Seen]


@pytest.mark.parametrize(
    ("why", "identity", "facts", "expected"),
    [
        (
            "signed",
            {"email": "Ana@Shop.example", "customer_id": "gid://shopify/Customer/7", "name": "Ana"},
            {"identity": "signed"},
            [IdentityStated(ARRIVAL, VISITOR, Strength.SIGNED, "ana@shop.example", "7", "Ana")],
        ),
        (
            "claimed",
            {"customer_id": "7"},
            {"identity": "claimed"},
            [IdentityStated(ARRIVAL, VISITOR, Strength.CLAIMED, "", "7")],
        ),
        ("nobody", {"name": "Ana"}, {}, []),
        ("no address", {"email": "ana@"}, {"identity": "claimed"}, []),
    ],
)
def test_an_identity_is_as_strong_as_the_door_found_it(
    why: str, identity: dict[str, Any], facts: dict[str, Any], expected: list[Fact]
) -> None:
    assert after_consent(identity=identity, facts=facts) == expected, why


@pytest.mark.parametrize(
    ("why", "body", "kind"),
    [
        ("no beacon", b"{}", RowKind.BEACON),
        ("nothing", b"", RowKind.BEACON),
        ("a denial of nobody", b"{}", RowKind.DENIAL),
        ("a webhook", beacon(), RowKind.WEBHOOK),
    ],
)
def test_what_cannot_be_read_is_unparseable(why: str, body: bytes, kind: RowKind) -> None:
    with pytest.raises(Unparseable) as refused:
        parse(row(body, kind), SHOP, IsoCurrencies(), StandardAddresses())
    assert refused.value.reason == "beacon", why


MOMENTS = st.integers(946_684_800_000, 4_133_980_799_999)


@given(at=MOMENTS, sent=MOMENTS)
def test_true_time_is_never_later_than_arrival_and_keeps_the_browsers_distance(at: int, sent: int) -> None:
    (found,) = after_consent(event("page_viewed", at=at), sent_at=sent)
    assert isinstance(found, Seen)
    assert found.occurred_at == from_ms(min(SENT, SENT - (sent - at)))


@given(url=st.text(max_size=80), title=st.text(max_size=600), name=st.text(max_size=600), token=st.text(max_size=100))
def test_any_text_becomes_a_fact_of_bounded_size(url: str, title: str, name: str, token: str) -> None:
    said = {"items": [{"id": "1", "quantity": 1, "name": name, "url": url}], "token": token}
    (found,) = after_consent(event("cart_updated", cart=said), page={"url": url, "title": title})
    assert isinstance(found, CartSeen)
    assert len(found.page.title) <= 500
    assert len(found.items[0].name) <= 500
    assert found.page.url == "" or found.page.url.lower().startswith(("http://", "https://"))
    assert "?" not in found.cart_token
    assert "\0" not in found.page.title + found.items[0].name + found.cart_token + found.page.url


def test_half_an_address_is_one_of_where_shoppers_are() -> None:
    body = beacon(event("product_viewed", product={"id": "13", "url": "/p/mug"}))
    _, found = facts_of(body, shop=replace(SHOP, storefront="https://www.mugs.example"))
    assert isinstance(found, Seen)
    assert found.product is not None
    assert found.product.url == "https://www.mugs.example/p/mug"
