"""Shopify's pitfalls and oddities, one row each: where it is proven that we do not fall in, or why nothing has to be.

What had no test of its own anywhere has one here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collector.domain.catalogue import ProductSeen, content_hash
from collector.domain.door import NewRow
from collector.domain.events import CartSeen, CheckoutSeen, CustomerSeen, MessageConsent, OrderSeen
from collector.sources.shopify import fields
from tests.pipeline.row_builders import at, iso, shopify_checkout, shopify_customer, shopify_order, webhook
from tests.pipeline.telling_bench import LIVE_SHOPIFY, MUG, POT, TellingBench, telling_bench
from tests.sources.shopify.shopify_rows import SHOP, body_of, facts_of

TESTS = Path(__file__).parents[2]
HERE = "sources/shopify/test_pitfalls.py"
PARSE = "sources/shopify/test_shopify_parse.py"
EVENTS = "pipeline/test_shopify_events.py"

# (number, what goes wrong, where it is proven: file::test). A row without a test says why in `NOT_HERE`.
PITFALLS: list[tuple[int, str, tuple[str, ...]]] = [
    (1, "four forms of ids, too large for a float", (f"{HERE}::test_an_id_is_its_digits_in_whatever_form",)),
    (
        2,
        "four forms of money",
        (
            f"{HERE}::test_money_is_read_by_its_currency",
            f"{PARSE}::test_an_amount_survives_as_text_and_as_number",
            "tracker/test_tracker_cart.py::test_a_shopify_cart_is_told_with_its_own_token_and_hundredths_even_of_yen",
        ),
    ),
    (3, "the shop's currency and the shopper's", (f"{HERE}::test_an_order_keeps_both_currencies",)),
    (
        4,
        "records before those they belong to, several versions at once",
        (
            f"{EVENTS}::test_whatever_is_delivered_again_under_another_id_is_told_once",
            "system/test_shopify_webhooks.py::test_an_order_that_comes_before_its_cart_still_ends_it",
        ),
    ),
    (5, "a checkout before anybody is known, and after it was bought", (f"{HERE}::test_a_checkout_as_it_goes_on",)),
    (
        6,
        "orders that no browser made; test orders",
        (
            "sources/shopify/test_shopify_orders.py::test_the_kind_of_an_order",
            "system/test_shopify_webhooks.py::test_a_test_order_is_nothing",
        ),
    ),
    (7, "three addresses on one order, or none", ("sources/shopify/test_shopify_orders.py::test_whose_order_it_is",)),
    (
        8,
        "a tick on an order is no history of consent",
        (
            "sources/shopify/test_shopify_orders.py::test_only_a_shoppers_own_tick_is_consent",
            f"{HERE}::test_an_order_brings_nobody_back_who_left",
            f"{HERE}::test_only_shopifys_own_record_takes_a_no_back",
        ),
    ),
    (
        9,
        "customers/update after everything, without what changed",
        (
            "pipeline/test_rereading.py::test_many_bodies_about_one_customer_are_one_reading",
            f"{EVENTS}::test_an_update_that_changes_nothing_is_none",
        ),
    ),
    (
        10,
        "products/update with each sale",
        (
            f"{HERE}::test_a_sale_is_no_change_of_a_product",
            "pipeline/test_catalogue.py::test_what_has_not_changed_costs_no_call",
        ),
    ),
    (
        11,
        "merged customers; redaction without an id",
        ("pipeline/test_live_shop.py::test_a_merge_makes_two_people_one",),
    ),
    (
        12,
        "orders older than 60 days",
        ("sources/shopify/test_bulk_history.py::test_what_shopify_does_not_show_is_said",),
    ),
    (
        13,
        "an empty bulk result has no address; addresses and tokens end",
        (
            "sources/shopify/test_bulk_history.py::test_a_result_without_records_has_no_file_and_is_no_trouble",
            "sources/shopify/test_shopify_graphql.py::test_a_bought_token_that_is_refused_is_bought_anew_once",
        ),
    ),
    (14, "a body that is parsed before it is verified", ("web/test_door_webhooks.py::test_a_form_is_read_raw",)),
    (
        15,
        "4xx for duplicates and unknown topics end a subscription",
        (
            "system/test_shopify_webhooks.py::test_whatever_is_signed_is_answered_200",
            "system/test_shopify_webhooks.py::test_whatever_is_not_signed_by_that_shop_is_refused",
        ),
    ),
    (
        16,
        "the shop's name in the header proves nothing",
        ("pipeline/test_accept_webhook.py::test_webhooks_are_answered_by_the_book",),
    ),
    (17, "theme editor and previews", ("tracker/test_tracker_pages.py::test_the_merchants_own_looking_is_silent",)),
    (
        18,
        "addresses with a language in front",
        ("tracker/test_tracker_cart.py::test_every_way_to_change_the_cart_is_noticed",),
    ),
    (
        19,
        "pages out of the browser's memory",
        (
            "tracker/test_tracker_navigation.py"
            "::test_a_page_out_of_the_browsers_memory_is_looked_at_again_and_nothing_is_sent_twice",
        ),
    ),
    (20, "writing cart attributes calls ourselves", (f"{HERE}::test_the_same_cart_with_our_attribute_is_no_change",)),
    (
        21,
        "cached pages and keys in scripts",
        (
            "tracker/test_tracker_snippets.py::test_liquid_names_the_customer_only_when_somebody_is_logged_in",
            "web/test_tracker_serving.py::test_a_shops_script_carries_the_settings_in_force",
        ),
    ),
    (
        22,
        "anybody can post events",
        (
            "web/test_door_beacons.py::test_a_browser_with_too_many_addresses_is_stored_but_not_believed",
            "web/test_door_beacons.py::test_one_address_may_send_so_much",
        ),
    ),
    (23, "ad blockers", ("tracker/test_tracker_blocked.py::test_what_lists_let_load",)),
    (
        24,
        "bodies of 2024",
        (
            "pipeline/test_rereading.py::test_a_body_of_2024_says_everything_itself",
            f"{EVENTS}::test_a_customer_who_signs_up_is_created_once",
        ),
    ),
    (25, "pages that theme.liquid does not make", ()),
]
NOT_HERE = {
    25: "checkout, gift card and password pages are Shopify's own: the custom pixel (tests/pixel) tells of the"
    " checkout, and nothing of ours runs on the others",
}


@pytest.mark.parametrize(("number", "what", "proofs"), PITFALLS, ids=[f"{number}" for number, *_ in PITFALLS])
def test_every_pitfall_has_its_proof(number: int, what: str, proofs: tuple[str, ...]) -> None:
    assert proofs or NOT_HERE[number], what
    for proof in proofs:
        file, _, name = proof.partition("::")
        text = (TESTS / file).read_text(encoding="utf-8")
        assert re.search(rf"^def {name}\(", text, re.MULTILINE), f"{what}: {proof} is gone"


def test_all_pitfalls_are_here() -> None:
    assert [number for number, *_ in PITFALLS] == list(range(1, 26))


@pytest.mark.parametrize(
    ("why", "value", "expected"),
    [
        ("a webhook's whole number", 9223372036854775001, "9223372036854775001"),
        ("a pixel's text", "9223372036854775001", "9223372036854775001"),
        ("GraphQL's name", "gid://shopify/Customer/9223372036854775001", "9223372036854775001"),
        ("a name with a query", "gid://shopify/InventoryLevel/5?inventory_item_id=7", "5"),
        ("a line of a cart", "49820000000001:abc", ""),
        ("a float has lost it already", 9.223372036854776e18, ""),
        ("nothing", None, ""),
        ("a truth value", True, ""),
    ],
)
def test_an_id_is_its_digits_in_whatever_form(why: str, value: object, expected: str) -> None:
    assert fields.identifier(value) == expected, why


@pytest.mark.parametrize(
    ("currency", "amount", "minor"),
    [("EUR", "24.90", 2490), ("EUR", 24.9, 2490), ("VND", "20", 20), ("JPY", "1000", 1000), ("KWD", "1.234", 1234)],
)
def test_money_is_read_by_its_currency(currency: str, amount: object, minor: int) -> None:
    order = body_of("orders__create") | {"currency": currency, "total_price": amount}
    for key in list(order):
        if key.endswith("_set"):
            del order[key]
    (seen,) = [fact for fact in facts_of("orders/create", order) if isinstance(fact, OrderSeen)]
    assert (seen.total_minor, seen.currency) == (minor, currency)


def test_an_order_keeps_both_currencies() -> None:
    (seen,) = [fact for fact in facts_of("orders/create", body_of("orders__create")) if isinstance(fact, OrderSeen)]
    assert (seen.total_minor, seen.currency) == (4499, "USD")
    assert (seen.base_total_minor, seen.base_currency) == (4090, "EUR")


def test_a_checkout_as_it_goes_on() -> None:
    plain = {"token": "t" * 32, "updated_at": iso(0), "line_items": [], "shipping_address": []}
    for more, expected in (
        ({}, ("", None)),
        ({"email": None, "phone": ""}, ("", None)),
        ({"email": "Ana@Shop.example"}, ("ana@shop.example", None)),
    ):
        (seen,) = [fact for fact in facts_of("checkouts/update", plain | more) if isinstance(fact, CheckoutSeen)]
        assert (seen.email, seen.completed_at) == expected
    done = facts_of("checkouts/update", plain | {"completed_at": "2026-11-20T10:00:00Z"})
    assert [fact.completed_at is not None for fact in done if isinstance(fact, CheckoutSeen)] == [True]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("pitfalls")) as made:
        yield made


def test_an_order_brings_nobody_back_who_left(bench: TellingBench) -> None:
    """The box of the checkout was ticked long ago; the customer's own no is newer."""
    bench.begin(LIVE_SHOPIFY)
    left = {"state": "unsubscribed", "consent_updated_at": iso(-30)}
    bench.happen(
        shopify_customer(-30, email_marketing_consent=left),
        shopify_order(-60, "paid", MUG, created_at=iso(-60), buyer_accepts_marketing=True, delivery="late"),
    )
    contacts = [row.message.payload for row in bench.rows() if row.message.kind == "contact"]
    assert contacts
    assert not any(contact["may_market"] for contact in contacts[-1:])


def unsubscribed(minutes: float, state: str = "unsubscribed") -> NewRow:
    stated = {"state": state, "opt_in_level": "single_opt_in", "consent_updated_at": iso(minutes)}
    body = {"customer_id": 1, "email_address": "ana@shop.example", "email_marketing_consent": stated}
    return webhook(minutes, "customers_email_marketing_consent/update", body)


BOX: dict[str, Any] = {"email": "ana@shop.example", "buyer_accepts_marketing": True}
BUYS = shopify_order(0, "paid", MUG, **BOX)
FILLS_IN = shopify_checkout(20, MUG, token="c2", cart_token="token-2", **BOX)


@pytest.mark.parametrize(
    ("why", "rows", "may_market"),
    [
        ("an order repeats the yes of before", [BUYS], False),
        ("so does a checkout", [FILLS_IN, shopify_order(30, "paid", MUG)], False),
        ("a new yes is recorded, too", [BUYS, unsubscribed(1, "subscribed")], True),
    ],
)
def test_only_shopifys_own_record_takes_a_no_back(
    bench: TellingBench, why: str, rows: list[NewRow], may_market: bool
) -> None:
    bench.begin(LIVE_SHOPIFY)
    bench.happen(shopify_customer(-500, accepts_marketing=True, accepts_marketing_updated_at=iso(-500)))
    bench.happen(unsubscribed(-100), *rows)
    bench.happen(shopify_order(60, "paid", MUG, POT))
    contacts = [row.message.payload for row in bench.rows() if row.message.kind == "contact"]
    assert contacts[-1]["may_market"] is may_market, why


def test_the_box_of_an_order_is_a_yes_of_whoever_never_left(bench: TellingBench) -> None:
    bench.begin(LIVE_SHOPIFY)
    bench.happen(BUYS)
    assert [row.message.payload["may_market"] for row in bench.rows() if row.message.kind == "contact"] == [True]


@pytest.mark.parametrize(
    ("why", "said", "expected"),
    [
        ("ticked", [("opted_in", "checkout")], "opted_in"),
        ("ticked after they left", [("opted_out", "shopify"), ("opted_in", "checkout")], "opted_out"),
        ("recorded after they left", [("opted_out", "shopify"), ("opted_in", "shopify")], "opted_in"),
        ("unticked is no word on who left", [("opted_out", "shopify"), ("unticked", "checkout")], "opted_out"),
    ],
)
def test_the_box_for_text_messages_takes_no_no_back(
    bench: TellingBench, why: str, said: list[tuple[str, str]], expected: str
) -> None:
    bench.begin(LIVE_SHOPIFY)
    with bench.state.write() as tx:
        for minutes, (state, source) in enumerate(said):
            one = MessageConsent(at(minutes), "phone", "+4315337010", "sms", state, source, source)
            tx.customers.record_consent(LIVE_SHOPIFY.id, one, at(minutes))
        assert tx.customers.text_consent(LIVE_SHOPIFY.id, "+4315337010") == expected, why


def test_a_sale_is_no_change_of_a_product() -> None:
    def sold(minutes: float, stock: int) -> str:
        variant = {"id": 90, "inventory_quantity": stock, "inventory_management": "shopify", "price": "5.00"}
        body = {"id": 9, "title": "Cup", "updated_at": iso(minutes), "variants": [variant]}
        (seen,) = [fact for fact in facts_of("products/update", body) if isinstance(fact, ProductSeen)]
        return content_hash(seen)

    assert sold(-60, 5) == sold(-50, 4)


def test_the_same_cart_with_our_attribute_is_no_change(bench: TellingBench) -> None:
    """We write the visitor into the cart, and Shopify tells us of it as of a change."""
    bench.begin(LIVE_SHOPIFY)
    cart = {"token": "token-1", "line_items": [{"product_id": 11, "quantity": 1, "price": "5.00"}], "attributes": {}}
    bench.happen(
        webhook(-5, "carts/update", cart | {"updated_at": iso(-5)}),
        webhook(-4, "carts/update", cart | {"updated_at": iso(-4), "attributes": {"tajo_id": "visitor-ana"}}),
    )
    with bench.state.read() as tx:
        key = tx.carts.find(LIVE_SHOPIFY.id, "t:token-1")
        assert key is not None
        (one,) = tx.carts.generations(key.id)
    assert one.changed_at.isoformat() == iso(-5)


# Oddities seen in recorded bodies.


@pytest.mark.parametrize(
    ("why", "topic", "name", "more"),
    [
        ("customer null", "orders/create", "orders__create", {"customer": None}),
        ("customer left out", "orders/create", "orders__create", {"customer": ...}),
        ("e-mail null", "orders/create", "orders__create", {"email": None, "contact_email": None, "customer": None}),
        ("e-mail empty", "orders/create", "orders__create", {"email": ""}),
        ("addresses null", "orders/create", "orders__create", {"billing_address": None, "shipping_address": None}),
        ("an address that is a list", "checkouts/update", "checkouts__update", {"shipping_address": []}),
        (
            "a gift card",
            "orders/create",
            "orders__create",
            {"line_items": [{"id": 1, "gift_card": True, "quantity": 1}]},
        ),
        ("a line without ids", "orders/create", "orders__create", {"line_items": [{"title": "Wrap", "quantity": 1}]}),
        ("no currency at all", "checkouts/update", "checkouts__update", {"currency": "XXX"}),
        ("unicode", "customers/update", "customers__update", {"first_name": "नीना 🏺", "last_name": "O’Neil\u2028"}),
        ("an empty cart", "carts/update", "carts__update", {"line_items": []}),
        ("properties as a list", "carts/update", "carts__update", {"attributes": [{"name": "a", "value": "b"}]}),
        ("properties as an object", "carts/update", "carts__update", {"attributes": {"a": "b"}}),
        ("an id beyond a float's", "customers/update", "customers__update", {"id": 2**62 + 1}),
    ],
)
def test_an_oddity_is_read(why: str, topic: str, name: str, more: dict[str, Any]) -> None:
    body = {key: value for key, value in (body_of(name) | more).items() if value is not ...}
    facts = facts_of(topic, body)
    assert any(isinstance(fact, OrderSeen | CheckoutSeen | CartSeen | CustomerSeen) for fact in facts), why
    if "id" in more:
        assert [fact.customer_id for fact in facts if isinstance(fact, CustomerSeen)] == [str(2**62 + 1)]


@pytest.mark.parametrize("topic", ["customers/delete", "orders/delete", "products/delete", "collections/delete"])
def test_a_deletion_is_an_id_and_nothing_else(topic: str) -> None:
    (gone,) = facts_of(topic, {"id": 2**62 + 1}, replace(SHOP, currency=""))
    assert getattr(gone, "id", "") == str(2**62 + 1)
