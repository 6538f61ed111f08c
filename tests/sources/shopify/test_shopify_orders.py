"""What Shopify's words on an order mean, and which consent it proves."""

from __future__ import annotations

from typing import Any

import pytest

from collector.domain.events import MessageConsent, OrderKind, OrderSeen, OrderState, RefundSeen

from .shopify_rows import body_of, facts_of


def order_of(topic: str = "orders/updated", **change: Any) -> OrderSeen:
    [order, *_] = facts_of(topic, body_of("orders__create") | change)
    assert isinstance(order, OrderSeen)
    return order


@pytest.mark.parametrize(
    ("why", "change", "state"),
    [
        ("to be paid later, e.g. by transfer", {"financial_status": "pending"}, OrderState.PROMISED),
        ("a deposit", {"financial_status": "partially_paid"}, OrderState.PROMISED),
        ("money held, taken when shipped", {"financial_status": "authorized"}, OrderState.PAID),
        ("paid", {"financial_status": "paid"}, OrderState.PAID),
        ("a part went back, the order stands", {"financial_status": "partially_refunded"}, OrderState.PAID),
        ("all went back", {"financial_status": "refunded"}, OrderState.REFUNDED),
        ("the hold was given up", {"financial_status": "voided"}, OrderState.FAILED),
        ("the hold ran out", {"financial_status": "expired"}, OrderState.FAILED),
        (
            "cancelled wins over refunded",
            {"financial_status": "refunded", "cancelled_at": "2026-11-20T12:00:00Z"},
            OrderState.CANCELLED,
        ),
        (
            "cancelled wins over voided",
            {"financial_status": "voided", "cancelled_at": "2026-11-20T12:00:00Z"},
            OrderState.CANCELLED,
        ),
        ("capitals", {"financial_status": "PAID"}, OrderState.PAID),
        ("a word of tomorrow: an order all the same", {"financial_status": "levitating"}, OrderState.PROMISED),
        ("no word", {"financial_status": None}, OrderState.PROMISED),
    ],
)
def test_the_state_of_an_order(why: str, change: dict[str, Any], state: OrderState) -> None:
    order = order_of(**change)
    assert order.state is state
    assert (order.accepted_at is None) == (state is OrderState.FAILED)
    assert (order.paid_at is None) == (state is not OrderState.PAID)


NO_TOKENS = {"cart_token": None, "checkout_token": None}
PLAN = [{"product_id": 1, "quantity": 1, "price": "1.00", "selling_plan_allocation": {"selling_plan": {"id": 1}}}]


@pytest.mark.parametrize(
    ("why", "change", "kind"),
    [
        ("the online store", {"source_name": "web"}, OrderKind.STOREFRONT),
        ("the online store by its app id", {"source_name": "580111"}, OrderKind.STOREFRONT),
        ("a name only Shopify gives, tokens withheld", {"source_name": "web", **NO_TOKENS}, OrderKind.STOREFRONT),
        ("another sales channel through the checkout", {"source_name": "2329312"}, OrderKind.STOREFRONT),
        ("a checkout of its own making", {"source_name": "2329312", "cart_token": None}, OrderKind.STOREFRONT),
        ("a marketplace", {"source_name": "2329312", **NO_TOKENS}, OrderKind.OTHER),
        ("nobody says", {"source_name": None, **NO_TOKENS}, OrderKind.OTHER),
        ("the till", {"source_name": "pos", **NO_TOKENS}, OrderKind.POS),
        ("a draft", {"source_name": "shopify_draft_order", **NO_TOKENS}, OrderKind.OTHER),
        ("a draft's invoice paid in the checkout", {"source_name": "shopify_draft_order"}, OrderKind.OTHER),
        ("a renewal", {"source_name": "subscription_contract", **NO_TOKENS}, OrderKind.RENEWAL),
        (
            "a renewal has a checkout token since 2025",
            {"source_name": "subscription_contract_checkout_one"},
            OrderKind.RENEWAL,
        ),
        (
            "a subscription app's own charge",
            {"source_name": "294517", "tags": "Subscription Recurring Order, VIP"},
            OrderKind.RENEWAL,
        ),
        (
            "a subscription's line without a checkout",
            {"source_name": "999", "line_items": PLAN, **NO_TOKENS},
            OrderKind.RENEWAL,
        ),
        ("the order that starts a subscription", {"source_name": "web", "line_items": PLAN}, OrderKind.STOREFRONT),
    ],
)
def test_the_kind_of_an_order(why: str, change: dict[str, Any], kind: OrderKind) -> None:
    assert order_of(**change).kind is kind


@pytest.mark.parametrize(
    ("why", "change", "subjects"),
    [
        ("the shopper ticked", {}, ["anna.kuehn@example.com"]),
        ("not ticked is no opt-out", {"buyer_accepts_marketing": False}, []),
        ("not stated", {"buyer_accepts_marketing": None}, []),
        ("a renewal repeats an old yes", {"source_name": "subscription_contract"}, []),
        ("an import's flag is nobody's act", {"source_name": "999", **NO_TOKENS}, []),
        ("a test order", {"test": True}, []),
        ("nobody to name", {"email": "", "contact_email": None, "customer": None}, []),
    ],
)
def test_only_a_shoppers_own_tick_is_consent(why: str, change: dict[str, Any], subjects: list[str]) -> None:
    facts = facts_of("orders/create", body_of("orders__create") | change)
    assert [fact.subject for fact in facts if isinstance(fact, MessageConsent)] == subjects


@pytest.mark.parametrize(
    ("why", "change", "email"),
    [
        ("the order's own", {}, "anna.kuehn@example.com"),
        ("empty: the contact's", {"email": "", "contact_email": "c@example.com"}, "c@example.com"),
        (
            "not an address: the customer's",
            {"email": "none", "contact_email": None, "customer": {"email": "K@Example.com"}},
            "k@example.com",
        ),
        ("phone orders", {"email": None, "contact_email": None, "customer": None}, ""),
    ],
)
def test_whose_order_it_is(why: str, change: dict[str, Any], email: str) -> None:
    assert order_of(**change).email == email


@pytest.mark.parametrize(
    ("why", "change", "discounted"),
    [
        ("allocations, as the shopper saw them", {}, 3960),
        (
            "older: the line's own discount",
            {"discount_allocations": [], "total_discount": "1.00", "total_discount_set": {}, "price_set": {}},
            None,
        ),
        (
            "no discount stated",
            {"discount_allocations": None, "total_discount": None, "total_discount_set": None},
            4400,
        ),
    ],
)
def test_line_totals_are_after_discounts_and_never_mix_currencies(
    why: str, change: dict[str, Any], discounted: int | None
) -> None:
    line = body_of("orders__create")["line_items"][0] | change
    assert order_of(line_items=[line]).items[0].line_total_minor == discounted


MOVED = {"transactions": [{"kind": "refund", "status": "success", "amount": "5.00"}]}
UNDER_WAY = {"transactions": [{"kind": "refund", "status": "pending", "amount": "5.00"}]}
FAILED = {"transactions": [{"kind": "refund", "status": "failure", "amount": "5.00"}]}


def bought(number: int, quantity: int, left: int | None, **changes: Any) -> dict[str, Any]:
    line = {"id": number, "product_id": number, "quantity": quantity, "current_quantity": left, "price": "5.00"}
    return line | changes


def taken(number: int | None, quantity: int, restock_type: str = "no_restock") -> dict[str, Any]:
    line = {"line_item_id": number, "quantity": quantity, "restock_type": restock_type, "subtotal": 5.0}
    return {"id": 9, "refund_line_items": [line]}


@pytest.mark.parametrize(
    ("why", "lines", "change", "left"),
    [
        ("as ordered", [bought(11, 2, 2), bought(12, 1, 1)], {}, {"11": 2, "12": 1}),
        ("a version that does not say", [bought(11, 2, None)], {}, {"11": 2}),
        ("a line edited out", [bought(11, 1, 1), bought(12, 1, 0)], {}, {"11": 1}),
        ("fewer of one", [bought(11, 3, 1)], {}, {"11": 1}),
        (
            "an edit is listed as a refund that moved no money",
            [bought(11, 1, 1), bought(12, 2, 0)],
            {"refunds": [taken(12, 2)]},
            {"11": 1},
        ),
        (
            "refunded: an item of the order all the same",
            [bought(11, 1, 1), bought(12, 2, 0)],
            {"refunds": [taken(12, 2) | MOVED]},
            {"11": 1, "12": 2},
        ),
        (
            "one edited out, one refunded",
            [bought(11, 1, 1), bought(12, 3, 1)],
            {"refunds": [taken(12, 1), taken(12, 1, "cancel") | MOVED]},
            {"11": 1, "12": 2},
        ),
        (
            "the money is on its way",
            [bought(11, 1, 1), bought(12, 1, 0)],
            {"refunds": [taken(12, 1) | UNDER_WAY]},
            {"11": 1, "12": 1},
        ),
        (
            "the money never went",
            [bought(11, 1, 1), bought(12, 1, 0)],
            {"refunds": [taken(12, 1) | FAILED]},
            {"11": 1},
        ),
        (
            "sent back for nothing",
            [bought(11, 1, 1), bought(12, 1, 0)],
            {"refunds": [taken(12, 1, "return")]},
            {"11": 1, "12": 1},
        ),
        (
            "money alone went back, after an edit",
            [bought(11, 1, 1), bought(12, 1, 0)],
            {"refunds": [taken(12, 1), {"id": 10, "refund_line_items": []} | MOVED]},
            {"11": 1},
        ),
        ("all refunded", [bought(11, 2, 0)], {"refunds": [taken(11, 2) | MOVED]}, {"11": 2}),
        ("called off before it was paid", [bought(11, 2, 0)], {"refunds": [taken(11, 2, "cancel")]}, {"11": 2}),
        ("refunds are not listed", [bought(11, 2, 1)], {"refunds": None}, {"11": 2}),
        ("lines of a refund are not listed", [bought(11, 2, 1)], {"refunds": [{"id": 9} | MOVED]}, {"11": 2}),
        ("a refund of who knows what", [bought(11, 2, 1)], {"refunds": [taken(None, 1) | MOVED]}, {"11": 2}),
        ("never more than ordered", [bought(11, 2, 2)], {"refunds": [taken(11, 1) | MOVED]}, {"11": 2}),
    ],
)
def test_what_an_edit_took_off_is_no_item_and_what_was_given_back_is(
    why: str, lines: list[dict[str, Any]], change: dict[str, Any], left: dict[str, int]
) -> None:
    order = order_of(line_items=lines, **{"refunds": []} | change)
    assert {item.product_id: item.quantity for item in order.items} == left, why


def test_a_line_keeps_its_share_of_the_discounts() -> None:
    """They are stated for all units, also for those that are gone."""
    line = bought(11, 3, 2, price="10.00", discount_allocations=[{"amount": "4.00"}])
    order = order_of(line_items=[line], refunds=[], total_price_set=None)
    assert [(item.unit_price_minor, item.line_total_minor) for item in order.items] == [(1000, 2000 - 267)]


def test_shipped_is_what_the_topic_or_the_status_says() -> None:
    assert not order_of(fulfillment_status="partial").is_fulfilled
    assert order_of(fulfillment_status="fulfilled").is_fulfilled
    assert order_of(topic="orders/fulfilled").is_fulfilled
    assert not order_of(topic="orders/partially_fulfilled", fulfillment_status="partial").is_fulfilled


def test_a_test_notification_is_a_test_order() -> None:
    [order, *_] = facts_of("orders/create", body_of("orders__create"), test=True)
    assert isinstance(order, OrderSeen)
    assert order.is_test


@pytest.mark.parametrize(
    ("why", "change", "amount"),
    [
        ("what went back", {}, (2200, "USD")),
        ("nothing moved: what was taken back, as the shopper saw it", {"transactions": []}, (2296, "USD")),
        ("only a failure", {"transactions": [{"kind": "refund", "status": "failure", "amount": "5"}]}, (2296, "USD")),
        (
            "bare numbers are in the shop's currency",
            {"transactions": None, "refund_line_items": [{"subtotal": 18, "total_tax": 2.87}]},
            (2087, "EUR"),
        ),
        ("nothing at all", {"transactions": None, "refund_line_items": None}, (0, "EUR")),
    ],
)
def test_the_amount_of_a_refund(why: str, change: dict[str, Any], amount: tuple[int, str]) -> None:
    [refund] = facts_of("refunds/create", body_of("refunds__create") | change)
    assert isinstance(refund, RefundSeen)
    assert (refund.amount_minor, refund.currency) == amount


def test_an_order_that_lists_no_refunds_is_not_an_order_without() -> None:
    assert order_of(refunds=None).refunds is None
    assert order_of(refunds=[]).refunds == ()
    assert order_of(refunds=[{"id": None}, "x"]).refunds == ()
