"""What real shops send besides records: errors under a good signature, deletions of something else, actions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from collector.domain.door import InboxRow
from collector.domain.errors import Unparseable
from collector.domain.events import CheckoutSeen, Fact, Gone, OrderSeen
from collector.domain.shop import Secrets
from collector.domain.shop_facts import ErrorSent, ReadAgain

from .standins import ARRIVED, RECORDED, SHOP, SOURCE, delivery, order, parse, recorded, row

KEYS = Secrets(credentials={"consumer_key": "ck_1", "consumer_secret": "cs_1"})
# Everything that was recorded -> what it means to us. Without keys a deletion is believed.
MEANS: Mapping[str, list[str]] = {
    "action.woocommerce_add_to_cart.1": [],
    "action.woocommerce_checkout_order_processed.1": [],
    "action.woocommerce_order_refunded.1": [],
    "action.woocommerce_order_status_completed.1": [],
    "action.woocommerce_payment_complete.1": [],
    "action.woocommerce_store_api_checkout_order_processed.1": [],
    "coupon.created.1": ["coupon 24"],
    "coupon.created.2": ["coupon 25"],
    "coupon.deleted.1": ["gone coupon 25"],
    "coupon.deleted.2": ["gone coupon 21"],
    "coupon.updated.1": ["coupon 24"],
    "customer.created.1": ["customer 4"],
    "customer.created.2": ["customer 5"],
    "customer.deleted.1": ["gone customer 6"],
    "customer.updated.1": ["customer 4"],
    "customer.updated.2": ["customer 5"],
    "order.created.1": ["order 27 paid"],
    "order.created.2": ["order 28 paid"],
    "order.deleted.1": ["gone order 36"],
    "order.restored.1": ["order 36 started"],
    "order.updated.1": ["order 27 paid"],
    "order.updated.2": ["order 28 paid"],
    "ping.1": [],
    "product.created.1": ["category 16", "product 13"],
    "product.created.2": ["category 16", "product 14"],
    "product.deleted.1": ["gone product 25"],
    "product.deleted.2": ["gone product 21"],
    "product.restored.1": ["category 15", "product 21"],
    "product.updated.1": ["category 16", "product 13"],
    "product.updated.2": ["category 16", "product 14"],
}


def in_words(fact: Fact) -> str:
    if isinstance(fact, Gone):
        return f"gone {fact.kind} {fact.id}"
    kind = type(fact).__name__.removesuffix("Seen").lower()
    state = f" {fact.state.value}" if isinstance(fact, OrderSeen) else ""
    return f"{kind} {getattr(fact, f'{kind}_id')}{state}"


def test_everything_that_was_recorded_is_looked_at() -> None:
    assert set(RECORDED) == set(MEANS)


@pytest.mark.parametrize("name", MEANS)
def test_a_recorded_delivery_means(name: str) -> None:
    topic, _, facts = SOURCE.describe(delivery(name))
    read = SOURCE.parse(replace(row(topic, delivery(name).body), facts=facts), SHOP)
    assert [in_words(fact) for fact in read] == MEANS[name]


def error(code: str, status: int | None) -> dict[str, Any]:
    return {"code": code, "message": "Sorry, you cannot view this resource.", "data": {"status": status}}


@pytest.mark.parametrize("topic", ["order.created", "order.updated", "customer.created", "product.deleted"])
@pytest.mark.parametrize(
    ("why", "body", "code", "needs_rights"),
    [
        (
            "gone before the queue ran",
            error("woocommerce_rest_shop_order_invalid_id", 404),
            "woocommerce_rest_shop_order_invalid_id",
            False,
        ),
        ("a user of the network, deleted", error("wc_user_invalid_id", None), "wc_user_invalid_id", False),
        ("its owner was demoted", error("woocommerce_rest_cannot_view", 401), "woocommerce_rest_cannot_view", True),
        ("and no status says so", {"code": "woocommerce_rest_cannot_view"}, "woocommerce_rest_cannot_view", True),
        ("WordPress's own word for it", error("rest_forbidden_context", None), "rest_forbidden_context", True),
        ("a plugin's, by its status", error("no_entry", 403), "no_entry", True),
        ("no word at all", {"code": "", "data": []}, "unknown", False),
    ],
)
def test_an_error_in_place_of_a_record_is_told_by_its_code(
    topic: str, why: str, body: dict[str, Any], code: str, needs_rights: bool
) -> None:
    read = SOURCE.parse(replace(row(topic, body), facts={"webhook_id": "7"}), SHOP)
    assert read == [ErrorSent(ARRIVED, "7", topic, code, needs_rights)], why


def test_a_coupon_has_a_code_and_is_no_error() -> None:
    (fact,) = parse("coupon.updated", recorded("coupon.created.1"))
    assert in_words(fact) == "coupon 24"


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("order.deleted", "orders"),
        ("product.deleted", "products"),
        ("coupon.deleted", "coupons"),
        ("customer.deleted", "customers"),
    ],
)
def test_where_the_shop_can_be_asked_a_deletion_is_a_question(topic: str, expected: str) -> None:
    read = SOURCE.parse(row(topic, {"id": 25}), replace(SHOP, secrets=KEYS))
    assert read == [ReadAgain(ARRIVED, expected, "25")]


@pytest.mark.parametrize("half", [{"consumer_key": "ck_1"}, {"consumer_secret": "cs_1"}, {}])
def test_where_it_cannot_a_deletion_is_believed(half: dict[str, str]) -> None:
    read = SOURCE.parse(row("order.deleted", {"id": 25}), replace(SHOP, secrets=Secrets(credentials=half)))
    assert read == [Gone("order", "25", ARRIVED)]


@pytest.mark.parametrize(
    ("why", "body", "reason"),
    [
        ("of no kind we know", {"kind": "webhook", "id": "1"}, "bad_kind"),
        ("of none", {"id": "1"}, "bad_kind"),
        ("without an id", {"kind": "order"}, "bad_id"),
    ],
)
def test_what_was_asked_for_and_is_gone_names_itself(why: str, body: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unparseable) as failed:
        parse("read/gone", body)
    assert failed.value.reason == reason, why
    assert parse("read/gone", {"kind": "order", "id": "36"}) == [Gone("order", "36", ARRIVED)]


@pytest.mark.parametrize("topic", ["order.completed", "order.refunded"])
def test_topics_a_plugin_adds_are_orders_like_others(topic: str) -> None:
    assert parse(topic, order(status="completed")) == parse("order.updated", order(status="completed"))
    assert parse(topic.replace("order", "product"), order()) == []


@pytest.mark.parametrize("topic", ["order.created", "order.updated"])
def test_a_draft_of_the_checkout_is_never_an_order(topic: str) -> None:
    read = parse(topic, order(status="checkout-draft", date_paid_gmt=None))
    assert [type(fact) for fact in read if not isinstance(fact, CheckoutSeen)] == []
    assert any(isinstance(fact, CheckoutSeen) for fact in read)


def test_one_delivery_id_for_two_bodies_is_two_deliveries() -> None:
    """Eleven products changed in one second had one id between them; two sites of a network had one, too."""
    first = delivery("product.updated.1")
    other = replace(first, body=json.dumps(recorded("product.updated.2")).encode())
    assert first.headers["x-wc-webhook-delivery-id"] == other.headers["x-wc-webhook-delivery-id"]
    assert SOURCE.describe(first)[1] != SOURCE.describe(other)[1]
    assert SOURCE.describe(first)[1] == SOURCE.describe(replace(first))[1]


def test_updated_before_created_says_the_same() -> None:
    later: InboxRow = row("order.created", order(), ARRIVED + timedelta(seconds=2))
    [said, *others] = SOURCE.parse(later, SHOP)
    [before, *others_before] = parse("order.updated", order())
    assert isinstance(said, OrderSeen)
    assert isinstance(before, OrderSeen)
    assert said.stated_at == before.stated_at + timedelta(seconds=2)
    assert ([replace(said, stated_at=before.stated_at), *others]) == [before, *others_before]
