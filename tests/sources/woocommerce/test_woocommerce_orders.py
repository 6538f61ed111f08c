"""Orders, drafts, refunds and the marketing box."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collector.domain.errors import Unparseable
from collector.domain.events import (
    CheckoutSeen,
    Fact,
    Gone,
    Item,
    MessageConsent,
    OrderKind,
    OrderSeen,
    OrderState,
    RefundSeen,
)

from .standins import ARRIVED, PAYLOADS, REST, order, parse, recorded, unpaid

MADE = datetime(2026, 11, 21, 16, 50, 59, tzinfo=UTC)
HOUR_LATER = "2026-11-21T17:50:59"


def the_order(body: object, currency: str = "EUR") -> OrderSeen:
    found = parse("order.updated", body, currency)[0]
    assert isinstance(found, OrderSeen)
    return found


def checkouts(facts: list[Fact]) -> list[CheckoutSeen]:
    return [fact for fact in facts if isinstance(fact, CheckoutSeen)]


def consents(facts: list[Fact]) -> list[MessageConsent]:
    return [fact for fact in facts if isinstance(fact, MessageConsent)]


def test_a_recorded_order_is_read_whole() -> None:
    (seen,) = parse("order.created", (PAYLOADS / "order.created.1.body").read_bytes())
    assert isinstance(seen, OrderSeen)
    assert (seen.order_id, seen.number, seen.customer_id) == ("27", "27", "4")
    assert (seen.version_at, seen.created_at, seen.accepted_at, seen.paid_at) == (MADE, MADE, MADE, MADE)
    assert (seen.state, seen.kind, seen.status) == (OrderState.PAID, OrderKind.OTHER, "processing")
    assert (seen.total_minor, seen.currency, seen.base_total_minor, seen.base_currency) == (
        4315,
        "EUR",
        4315,
        "EUR",
    )
    assert (seen.email, seen.phone, seen.country) == ("zoe@example.net", "+33612345678", "FR")
    assert seen.checkout_token == "order:27"
    assert seen.refunds == ()
    assert seen.items == (
        Item("13", 2, "", "TEA-EG-100", 'Earl Grey "Crème" – 100 g', "", 1250, 2250),
        Item("15", 1, "17", "MUG-M-RED", "Enamel Mug", "M, Red", 1750, 1575),
    )
    assert seen.detail["discount_codes"] == ["welcome10"]
    assert seen.detail["last_name"] == "O'Brien & Søn"
    assert seen.detail["billing"]["address"] == "12 rue de l’Église"
    assert seen.detail["shipping_minor"] == 408


def test_nothing_is_kept_that_opens_the_order_or_follows_the_buyer() -> None:
    body = order(
        order_key="wc_order_SECRET",
        payment_url="https://shop.example/pay?key=wc_order_SECRET",
        customer_ip_address="203.0.113.9",
        customer_user_agent="Mozilla/SECRET",
        transaction_id="txn-SECRET",
        customer_note="SECRET",
    )
    kept = repr(parse("order.created", body))
    assert "SECRET" not in kept
    assert "203.0.113.9" not in kept


@pytest.mark.parametrize(
    ("why", "body", "state", "accepted_at"),
    [
        ("sent to pay", unpaid(), OrderState.STARTED, None),
        ("bank transfer", order(status="on-hold", date_paid_gmt=None), OrderState.PROMISED, MADE),
        ("paid", order(), OrderState.PAID, MADE),
        ("cash on delivery", order(date_paid_gmt=None), OrderState.PAID, MADE),
        ("done", order(status="completed"), OrderState.PAID, MADE),
        ("a plugin's word, paid", order(status="packed"), OrderState.PAID, MADE),
        ("a plugin's word, not paid", order(status="quote", date_paid_gmt=None), OrderState.PROMISED, MADE),
        ("with the inner prefix", order(status="wc-completed"), OrderState.PAID, MADE),
        ("card refused", unpaid(status="failed"), OrderState.FAILED, None),
        ("cancelled after paying", order(status="cancelled"), OrderState.CANCELLED, MADE),
        ("in the bin", unpaid(status="trash"), OrderState.CANCELLED, None),
        ("all given back", order(status="refunded"), OrderState.REFUNDED, MADE),
    ],
)
def test_the_state_follows_the_status(
    why: str, body: dict[str, Any], state: OrderState, accepted_at: datetime | None
) -> None:
    seen = the_order(body)
    assert (seen.state, seen.accepted_at) == (state, accepted_at), why


def cancelled(after: str = HOUR_LATER, **changes: Any) -> dict[str, Any]:
    return unpaid(status="cancelled", date_modified_gmt=after) | changes


@pytest.mark.parametrize(
    ("why", "body", "state"),
    [
        ("the timer: nothing paid for an hour", cancelled(), OrderState.FAILED),
        ("exactly 50 minutes", cancelled("2026-11-21T17:40:59"), OrderState.FAILED),
        ("sooner: the shopper went back", cancelled("2026-11-21T17:40:58"), OrderState.CANCELLED),
        ("was paid", cancelled(date_paid_gmt="2026-11-21T16:55:00"), OrderState.CANCELLED),
        ("a payment went through", cancelled(transaction_id="txn"), OrderState.CANCELLED),
        ("bank transfer: no payment was running", cancelled(payment_method="bacs"), OrderState.CANCELLED),
        ("no way to pay chosen", cancelled(payment_method=""), OrderState.CANCELLED),
        ("made by staff", cancelled(created_via="admin"), OrderState.CANCELLED),
    ],
)
def test_the_unpaid_order_timer_is_a_failed_payment(why: str, body: dict[str, Any], state: OrderState) -> None:
    seen = the_order(body)
    assert seen.state is state, why
    assert (seen.cancelled_at is not None) is (state is OrderState.CANCELLED), why


@pytest.mark.parametrize(
    ("why", "changes", "kind"),
    [
        ("shortcode checkout", {"created_via": "checkout"}, OrderKind.STOREFRONT),
        ("Blocks checkout", {"created_via": "store-api"}, OrderKind.STOREFRONT),
        ("renewal", {"created_via": "subscription"}, OrderKind.RENEWAL),
        (
            "renewal made by hand",
            {"created_via": "checkout", "meta_data": [{"key": "_subscription_renewal", "value": "88"}]},
            OrderKind.RENEWAL,
        ),
        ("till", {"created_via": "pos-rest-api"}, OrderKind.POS),
        ("staff", {"created_via": "admin"}, OrderKind.OTHER),
        ("API", {"created_via": "rest-api"}, OrderKind.OTHER),
        ("not said", {"created_via": ""}, OrderKind.OTHER),
        ("null", {"created_via": None}, OrderKind.OTHER),
    ],
)
def test_the_kind_follows_where_it_was_made(why: str, changes: dict[str, Any], kind: OrderKind) -> None:
    assert the_order(order(**changes)).kind is kind, why


def test_a_checkout_draft_is_a_checkout_and_never_an_order() -> None:
    tajo_id = {"id": 1, "key": "_tajo_id", "value": "visitor-0001"}
    body = unpaid(status="checkout-draft", created_via="store-api", meta_data=[tajo_id])
    (seen,) = parse("order.updated", body)
    assert isinstance(seen, CheckoutSeen)
    assert seen.event_id.startswith("woocommerce:draft:28:2026-11-21T16:50:59.000Z:")
    assert (seen.checkout_token, seen.visitor_id, seen.source) == ("order:28", "visitor-0001", "platform")
    assert (seen.email, seen.total_minor, seen.currency) == ("guest.buyer+woo@example.org", 3487, "EUR")
    assert (seen.payment_running, seen.accepts_marketing) == (False, None)
    assert seen.occurred_at == MADE + timedelta(milliseconds=999), "behind what the browser says of the same second"
    assert seen.items is not None
    assert seen.items[0].product_id == "14"


def box(value: object, key: str = "_tajo_opt_in") -> list[dict[str, Any]]:
    return [{"id": 1, "key": key, "value": value}]


REFUSED = {"id": 1, "key": "_tajo_consent", "value": "denied"}


@pytest.mark.parametrize(
    ("why", "body", "kinds"),
    [
        ("a draft is not observed", unpaid(status="checkout-draft", meta_data=[REFUSED, *box("1")]), []),
        ("nor a checkout on its way to pay, only its order", unpaid(meta_data=[REFUSED, *box("1")]), [OrderSeen]),
        (
            "an order counts, with the box of its checkout",
            order(meta_data=[REFUSED, *box("1")]),
            [OrderSeen, MessageConsent],
        ),
    ],
)
def test_who_refused_to_be_observed_is_known_by_orders_only(why: str, body: dict[str, Any], kinds: list[type]) -> None:
    assert [type(fact) for fact in parse("order.updated", body)] == kinds, why


def test_a_draft_without_an_address_or_a_total_is_still_a_checkout() -> None:
    (seen,) = parse("order.created", unpaid(status="checkout-draft", billing=[], total="", line_items=None))
    assert isinstance(seen, CheckoutSeen)
    assert (seen.email, seen.total_minor, seen.items) == ("", None, ())


def test_an_unpaid_storefront_order_is_also_a_checkout_with_payment_running() -> None:
    facts = parse("order.created", unpaid())
    assert isinstance(facts[0], OrderSeen)
    (checkout,) = checkouts(facts)
    assert checkout.payment_running
    assert checkout.checkout_token == facts[0].checkout_token == "order:28"
    assert checkout.event_id.startswith("woocommerce:pending:28:2026-11-21T16:50:59.000Z:")


@pytest.mark.parametrize("made_via", ["admin", "rest-api", "subscription", "pos-rest-api"])
def test_an_unpaid_order_nobody_made_at_the_checkout_is_no_checkout(made_via: str) -> None:
    assert checkouts(parse("order.created", unpaid(created_via=made_via))) == []


@pytest.mark.parametrize("status", ["draft", "auto-draft"])
def test_what_staff_are_still_writing_is_nothing(status: str) -> None:
    assert parse("order.created", order(status=status)) == []


def test_completed_is_shipped() -> None:
    seen = the_order(json.loads((REST / "order.o_refund_partial.body").read_bytes()))
    assert (seen.is_fulfilled, seen.fulfilled_at) == (True, MADE)
    assert seen.refunds == (RefundSeen("39", "29", datetime(2026, 11, 21, 16, 52, 30, tzinfo=UTC), 500, "EUR"),)
    assert not the_order(order()).is_fulfilled


def test_a_full_refund_is_refunded() -> None:
    seen = the_order(json.loads((REST / "order.o_refund_full.body").read_bytes()))
    assert seen.state is OrderState.REFUNDED
    assert seen.refunds is not None
    assert [refund.amount_minor for refund in seen.refunds] == [1800]


@pytest.mark.parametrize(
    ("why", "shop_currency", "base"),
    [
        ("another currency: the rate is not in the body", "EUR", ("EUR", None)),
        ("the shop's own", "USD", ("USD", 400)),
        ("shop's not known: taken for the order's", "", ("USD", 400)),
    ],
)
def test_the_base_total_is_only_given_where_it_is_known(
    why: str, shop_currency: str, base: tuple[str, int | None]
) -> None:
    seen = the_order((REST / "order.o_usd.body").read_bytes(), shop_currency)
    assert (seen.currency, seen.total_minor) == ("USD", 400), why
    assert (seen.base_currency, seen.base_total_minor) == base, why


@pytest.mark.parametrize(("currency", "total", "minor"), [("JPY", "1500", 1500), ("KWD", "1.234", 1234)])
def test_currencies_without_two_decimals_are_exact(currency: str, total: str, minor: int) -> None:
    assert the_order(order(currency=currency, total=total), currency).total_minor == minor


def test_amounts_as_json_numbers_never_pass_through_a_float() -> None:
    body = json.dumps(order(total="TOTAL")).replace('"TOTAL"', "90071992547409.91").encode()
    assert the_order(body).total_minor == 9007199254740991


def line(**changes: Any) -> dict[str, Any]:
    taxes = {"subtotal_tax": "2.00", "total_tax": "1.00"}
    return {"product_id": 7, "quantity": 2, "name": "Mug", "subtotal": "10.00", "total": "5.00"} | taxes | changes


@pytest.mark.parametrize(
    ("why", "lines", "expected"),
    [
        ("with tax, before and after the discount", [line()], [Item("7", 2, "", "", "Mug", "", 600, 600)]),
        (
            "escaped once",
            [line(name="Tea &amp;amp; mug")],
            [Item("7", 2, "", "", "Tea &amp; mug", "", 600, 600)],
        ),
        ("half a kilogram", [line(quantity=0.5)], [Item("7", 1, "", "", "Mug", "", 1200, 600)]),
        ("a number as text", [line(quantity="3")], [Item("7", 3, "", "", "Mug", "", 400, 600)]),
        ("a thing given back at the till", [line(quantity=-1)], []),
        ("nothing of it", [line(quantity=0)], []),
        ("quantity lost", [line(quantity=None)], [Item("7", 1, "", "", "Mug", "", 1200, 600)]),
        ("price lost", [line(subtotal=None, total="")], [Item("7", 2, "", "", "Mug")]),
        ("tax lost", [line(subtotal_tax=None, total_tax="x")], [Item("7", 2, "", "", "Mug", "", 500, 500)]),
        ("product deleted since", [line(product_id=0)], [Item("", 2, "", "", "Mug", "", 600, 600)]),
        ("PHP's map for a list", {"3": line()}, [Item("7", 2, "", "", "Mug", "", 600, 600)]),
        ("null among them", [None, line()], [Item("7", 2, "", "", "Mug", "", 600, 600)]),
        ("null", None, []),
    ],
)
def test_lines_are_read_as_the_shopper_saw_them(why: str, lines: object, expected: list[Item]) -> None:
    assert list(the_order(order(line_items=lines)).items) == expected, why


def test_prices_are_without_tax_where_the_shop_shows_them_so() -> None:
    (item,) = the_order(order(line_items=[line()], prices_include_tax=False)).items
    assert (item.unit_price_minor, item.line_total_minor) == (500, 500)


def test_a_variation_is_named_by_what_was_chosen() -> None:
    chosen = [{"key": "size", "display_value": "M"}, {"key": "_reduced_stock", "display_value": "1"}]
    named = line(name="Our mug", parent_name="Enamel Mug", variation_id=17, meta_data=chosen)
    (item,) = the_order(order(line_items=[named])).items
    assert (item.variant_id, item.name, item.variant_name) == ("17", "Enamel Mug", "M")


@pytest.mark.parametrize(
    ("why", "body", "expected"),
    [
        ("no box", order(), []),
        ("ticked", order(meta_data=box("1")), [("opted_in", "order:28", MADE)]),
        ("ticked, in words", order(meta_data=box("yes")), [("opted_in", "order:28", MADE)]),
        ("ticked, as a boolean", order(meta_data=box(True)), [("opted_in", "order:28", MADE)]),
        (
            "the Blocks checkout's box",
            order(meta_data=box("1", "_wc_other/shop/marketing-opt-in")),
            [("opted_in", "order:28", MADE)],
        ),
        ("another field", order(meta_data=box("1", "_wc_other/shop/gift")), []),
        (
            "an old act stays old",
            order(meta_data=box("1"), date_modified_gmt=HOUR_LATER),
            [("opted_in", "order:28", MADE)],
        ),
        (
            "empty: takes back the draft's",
            order(meta_data=box("0")),
            [("unticked", "checkout:order:28", MADE)],
        ),
        ("empty text", order(meta_data=box("")), [("unticked", "checkout:order:28", MADE)]),
        (
            "ticked, not yet paid",
            unpaid(meta_data=box("1")),
            [("opted_in", "checkout:order:28", MADE)],
        ),
        (
            "ticked, not yet paid, and changed since",
            unpaid(meta_data=box("1"), date_modified_gmt=HOUR_LATER),
            [("opted_in", "checkout:order:28", MADE)],
        ),
        (
            "ticked in a draft",
            unpaid(status="checkout-draft", meta_data=box("1")),
            [("opted_in", "checkout:order:28", MADE)],
        ),
        (
            "ticked off again in a draft",
            unpaid(status="checkout-draft", meta_data=box("")),
            [("unticked", "checkout:order:28", MADE)],
        ),
        ("nobody to ask", order(meta_data=box("1"), billing={"email": ""}), []),
        (
            "a renewal copies the box of the first order",
            order(meta_data=box("1"), created_via="subscription"),
            [],
        ),
        ("so does a duplicate made by staff", order(meta_data=box("1"), created_via="admin"), []),
    ],
)
def test_the_marketing_box_is_recorded_as_it_was_meant(
    why: str, body: dict[str, Any], expected: list[tuple[str, str, datetime]]
) -> None:
    found = consents(parse("order.updated", body))
    assert [(fact.state, fact.act, fact.occurred_at) for fact in found] == expected, why
    assert {(fact.subject_kind, fact.channel, fact.source) for fact in found} <= {("email", "email", "checkout")}


def test_attribution_is_kept() -> None:
    source = {"key": "_wc_order_attribution_utm_source", "value": "newsletter"}
    referrer = {"key": "_wc_order_attribution_referrer", "value": "https://search.example/"}
    seen = the_order(order(meta_data=[source, referrer, {"key": "_wc_order_attribution_user_agent", "value": "UA"}]))
    assert seen.detail["attribution"] == {"utm_source": "newsletter", "referrer": "https://search.example/"}


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        ("no e-mail", {"billing": {"email": ""}}),
        ("an e-mail that is none", {"billing": {"email": "see note"}}),
        ("blocks as PHP's empty list", {"billing": [], "shipping": [], "meta_data": {}}),
        ("blocks gone", {"billing": None, "shipping": None, "meta_data": None, "coupon_lines": None}),
        ("ids as text", {"id": "28", "customer_id": "0"}),
        (
            "texts as numbers",
            {"number": 28, "payment_method": 5, "billing": {"postcode": 75011, "phone": 612345678}},
        ),
        ("wrong things in lists", {"line_items": [1, "x", []], "meta_data": [1, {}], "coupon_lines": ["x"]}),
        ("total as a number", {"total": 34.87}),
        ("a visitor id somebody invented", {"meta_data": [{"key": "_tajo_id", "value": "<script>"}]}),
        ("lower case currency", {"currency": "eur"}),
    ],
)
def test_mangled_orders_are_still_orders(why: str, changes: dict[str, Any]) -> None:
    seen = the_order(order(**changes))
    assert (seen.order_id, seen.total_minor, seen.currency, seen.visitor_id) == ("28", 3487, "EUR", ""), why


@pytest.mark.parametrize(
    ("why", "changes", "reason", "named"),
    [
        ("no id", {"id": None}, "bad_id", "id: None"),
        ("id 0", {"id": 0}, "bad_id", "id: 0"),
        ("no status", {"status": ""}, "bad_status", "status: ''"),
        ("no total", {"total": None}, "bad_money", "total: None"),
        ("a total in words", {"total": "12,50 EUR"}, "bad_money", "total: '12,50 EUR'"),
        ("not finite", {"total": "NaN"}, "bad_money", "total: 'NaN'"),
        ("a currency nobody has", {"currency": "POINTS"}, "bad_money", "currency: 'POINTS'"),
        ("a time in words", {"date_modified_gmt": "yesterday"}, "bad_time", "date_modified_gmt: 'yesterday'"),
        (
            "no time",
            {"date_modified_gmt": None, "date_created_gmt": ""},
            "bad_time",
            "date_modified_gmt: None",
        ),
        ("a refund without an id", {"refunds": [{"total": "-5.00"}]}, "bad_id", "refunds[0].id"),
        ("a refund of nothing", {"refunds": [{"id": 1, "total": ""}]}, "bad_money", "refunds[0].total"),
    ],
)
def test_what_matters_and_cannot_be_read_is_quarantined_by_name(
    why: str, changes: dict[str, Any], reason: str, named: str
) -> None:
    with pytest.raises(Unparseable) as failed:
        parse("order.updated", order(**changes))
    assert failed.value.reason == reason, why
    assert failed.value.detail.startswith(named), why


def test_times_are_never_after_the_arrival_but_versions_stay_comparable() -> None:
    ahead = {"date_modified_gmt": "2026-11-21T19:00:00", "date_paid_gmt": "2026-11-21T19:00:00"}
    seen = the_order(order(**ahead))
    assert (seen.accepted_at, seen.paid_at) == (ARRIVED, ARRIVED)
    assert seen.version_at == datetime(2026, 11, 21, 19, tzinfo=UTC)


def test_a_deletion_is_gone_and_nothing_else() -> None:
    assert parse("order.deleted", recorded("order.deleted.1")) == [Gone("order", "36", ARRIVED)]
    assert parse("customer.deleted", recorded("customer.deleted.1")) == [Gone("customer", "6", ARRIVED)]


@pytest.mark.parametrize(
    "topic",
    [
        "product.purged",
        "coupon",
        "action.woocommerce_payment_complete",
        "order",
        "",
        "order.x",
    ],
)
def test_other_topics_say_nothing(topic: str) -> None:
    assert parse(topic, {"id": 1}) == []


@pytest.mark.parametrize("page", ["orders.page1", "orders.page2"])
def test_every_recorded_order_is_read(page: str) -> None:
    for body in json.loads((REST / f"{page}.body").read_bytes()):
        assert the_order(body | {"date_modified_gmt": body.get("date_modified_gmt", HOUR_LATER)}).order_id
