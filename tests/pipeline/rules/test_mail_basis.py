"""May this person be messaged? What counts as permission, what needs one, and what never leaves without.

- Views, carts, checkouts, browsing and the list of abandoned carts need a basis, read at the moment of sending; orders,
  customers and Brevo's own list of orders do not.
- opted_in: a recorded act. existing_customers: a paid order of this shop that was not cancelled is enough, too. all:
  everybody who never opted out, but not in the EU, EEA, GB, CH, CA, nor where nobody knows the country.
- An address that was only typed stays here, until an order, an opt-in or 72 hours. Where a tick needs a proof, an
  order, a record of the platform or a signed identity is one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from collector.domain.door import Lane, NewRow
from collector.domain.shop import Shop
from collector.pipeline.forgetting import forget_unconsented
from tests.pipeline.row_builders import (
    ANA,
    BO,
    at,
    beacon,
    cart,
    denial,
    event,
    gmt,
    iso,
    shopify_cart,
    shopify_checkout,
    shopify_customer,
    shopify_order,
    typed,
    webhook,
    woo_customer,
    woo_order,
)
from tests.pipeline.rules.whole_way import WholeWay
from tests.pipeline.telling_bench import LIVE_SHOPIFY, LIVE_WOO, MUG, TEA, under

ANAS = "ana@shop.example"
HERS: dict[str, Any] = {"_tajo_id": ANA}
PRODUCT = {"id": MUG, "name": "Mug", "price": "5.00", "currency": "EUR"}
TYPES = beacon(-30, ANA, typed(-30, ANAS))
TICKS = beacon(-30, ANA, typed(-30, ANAS, opt_in=True))
FILLS = {
    "woocommerce": beacon(-20, ANA, cart(-20, MUG)),
    "shopify": beacon(-20, ANA, cart(-20, MUG, token="token-1")),
}
HELD, REMINDED, OPTED_OUT = "cart hold no_mail_basis", "cart remind due", "cart drop opted_out"


def what_becomes_of_a_cart(way: WholeWay, shop: Shop, *rows: NewRow) -> list[str]:
    """She types her address and fills a cart; the rows say what is known of her. What was decided of the cart."""
    way.begin(shop)
    for row in rows:
        way.happen(row, lane=row.lane)
    way.happen(TYPES, FILLS[shop.platform])
    way.leave(0)
    way.pass_until(11)
    way.leave(11)
    return [one for one in way.decided() if one.startswith("cart")]


def agrees_with_brevo(way: WholeWay, decided: list[str], why: str) -> None:
    """What Brevo got is what was decided: a reminder with its list, or nothing that may start a mail."""
    if decided == [REMINDED]:
        contact = way.contact(ANAS)
        assert way.taken("cart_abandoned") == ["ana cart_abandoned"], why
        assert contact is not None, why
        assert 3 in contact.lists, why
    else:
        may_start = ("cart_created", "cart_updated", "cart_abandoned", "page_viewed", "product_viewed")
        assert way.taken(*may_start) == [], why
        assert not any("lists/3" in call.path for call in way.brevo.calls), why


# What counts as an act.


def marketing(state: str, minutes: float = -60, level: str = "single_opt_in", channel: str = "email") -> NewRow:
    stated = {"state": state, "opt_in_level": level, "consent_updated_at": iso(minutes)}
    said: dict[str, Any] = {f"{channel}_marketing_consent": stated, "phone": "+4315337010"}
    return shopify_customer(minutes, **said)


def topic(state: str, minutes: float = -60) -> NewRow:
    stated = {"state": state, "opt_in_level": "single_opt_in", "consent_updated_at": iso(minutes)}
    body = {"customer_id": 1, "email_address": ANAS, "email_marketing_consent": stated}
    return webhook(minutes, "customers_email_marketing_consent/update", body)


def bought(minutes: float, **changes: Any) -> NewRow:
    """An order of somebody else's browser, at that time."""
    plain: dict[str, Any] = {"date_created_gmt": gmt(minutes), "date_paid_gmt": gmt(minutes), "number": 3}
    return woo_order(minutes, changes.pop("status", "processing"), TEA, **plain | changes)


def bought_there(minutes: float, status: str = "paid", **changes: Any) -> NewRow:
    plain: dict[str, Any] = {"created_at": iso(minutes), "cart_token": None, "checkout_token": "other", "number": 3}
    return shopify_order(minutes, status, TEA, **plain | changes)


SUBSCRIBED, UNSUBSCRIBED = marketing("subscribed"), marketing("unsubscribed")


@pytest.mark.parametrize(
    ("why", "shop", "rows", "decided"),
    [
        ("nothing but the address", LIVE_WOO, [], HELD),
        ("nothing but the address", LIVE_SHOPIFY, [], HELD),
        ("a box ticked in a page", LIVE_WOO, [beacon(-40, ANA, typed(-40, ANAS, opt_in=True))], REMINDED),
        ("a box ticked in a page", LIVE_SHOPIFY, [beacon(-40, ANA, typed(-40, ANAS, opt_in=True))], REMINDED),
        ("subscribed", LIVE_SHOPIFY, [SUBSCRIBED], REMINDED),
        ("subscribed and confirmed", LIVE_SHOPIFY, [marketing("subscribed", level="confirmed_opt_in")], REMINDED),
        ("said in its own topic", LIVE_SHOPIFY, [topic("subscribed")], REMINDED),
        ("PENDING is no", LIVE_SHOPIFY, [marketing("PENDING")], HELD),
        ("pending is no in its own topic, either", LIVE_SHOPIFY, [topic("pending")], HELD),
        ("pending, then confirmed", LIVE_SHOPIFY, [marketing("pending", -90), topic("subscribed")], REMINDED),
        ("never subscribed", LIVE_SHOPIFY, [marketing("not_subscribed")], HELD),
        ("erased", LIVE_SHOPIFY, [marketing("redacted")], HELD),
        ("a yes to text messages is none to mail", LIVE_SHOPIFY, [marketing("subscribed", channel="sms")], HELD),
        ("unsubscribed", LIVE_SHOPIFY, [UNSUBSCRIBED], OPTED_OUT),
        ("unsubscribed in its own topic", LIVE_SHOPIFY, [topic("unsubscribed")], OPTED_OUT),
        (
            "subscribed, then unsubscribed",
            LIVE_SHOPIFY,
            [marketing("subscribed", -90), topic("unsubscribed")],
            OPTED_OUT,
        ),
        (
            "unsubscribed, then subscribed",
            LIVE_SHOPIFY,
            [marketing("unsubscribed", -90), topic("subscribed")],
            REMINDED,
        ),
        (
            "a tick in a page does not lift a no",
            LIVE_SHOPIFY,
            [UNSUBSCRIBED, beacon(-40, ANA, typed(-40, ANAS, opt_in=True))],
            OPTED_OUT,
        ),
        ("the box of a placed order", LIVE_SHOPIFY, [bought_there(-60, buyer_accepts_marketing=True)], REMINDED),
        ("the box left empty", LIVE_SHOPIFY, [bought_there(-60, buyer_accepts_marketing=False)], HELD),
        ("the box of a placed order", LIVE_WOO, [bought(-60, meta={"_tajo_opt_in": "1"})], REMINDED),
        (
            "the box of the Blocks checkout",
            LIVE_WOO,
            [bought(-60, created_via="store-api", meta={"_wc_other/shop/marketing-opt-in": "1"})],
            REMINDED,
        ),
        ("the box left empty", LIVE_WOO, [bought(-60, meta={"_tajo_opt_in": ""})], HELD),
        ("a customer record says nothing about mail", LIVE_WOO, [woo_customer(-60)], HELD),
        ("buying is no act", LIVE_WOO, [bought(-60)], HELD),
    ],
)
def test_what_counts_as_an_act(way: WholeWay, why: str, shop: Shop, rows: list[NewRow], decided: str) -> None:
    found = what_becomes_of_a_cart(way, shop, *rows)
    assert found == [decided], why
    agrees_with_brevo(way, found, why)


CUSTOMERS = under(mail_basis="existing_customers")
CUSTOMERS_THERE = under(LIVE_SHOPIFY, mail_basis="existing_customers")
GIVEN_BACK = {"refunds": [{"id": 9, "total": "-5.00"}]}


@pytest.mark.parametrize(
    ("why", "shop", "rows", "decided"),
    [
        ("never bought", CUSTOMERS, [], HELD),
        ("paid", CUSTOMERS, [bought(-600)], REMINDED),
        ("paid", CUSTOMERS_THERE, [bought_there(-600)], REMINDED),
        ("long ago, known from the import", CUSTOMERS, [replace(bought(-90_000), lane=Lane.HISTORY)], REMINDED),
        ("ordered, and not paid yet", CUSTOMERS, [bought(-600, status="on-hold", date_paid_gmt=None)], HELD),
        ("ordered, and not paid yet", CUSTOMERS_THERE, [bought_there(-600, "pending")], HELD),
        ("the payment failed", CUSTOMERS, [bought(-600, status="failed", date_paid_gmt=None)], HELD),
        ("paid and cancelled", CUSTOMERS, [bought(-600, status="cancelled")], HELD),
        ("paid and cancelled", CUSTOMERS_THERE, [bought_there(-600, cancelled_at=iso(-500))], HELD),
        ("all of it was given back", CUSTOMERS, [bought(-600, status="refunded", **GIVEN_BACK)], HELD),
        ("a test order", CUSTOMERS_THERE, [bought_there(-600, test=True)], HELD),
        ("one of two was cancelled", CUSTOMERS, [bought(-700), bought(-600, status="cancelled", number=4)], REMINDED),
        (
            "paid under another address",
            CUSTOMERS,
            [bought(-600, billing={"email": "home@shop.example"}, meta=HERS)],
            HELD,
        ),
        ("an account without an order", CUSTOMERS, [woo_customer(-600)], HELD),
        ("an act is enough as well", CUSTOMERS, [beacon(-40, ANA, typed(-40, ANAS, opt_in=True))], REMINDED),
        ("paid, and opted out", CUSTOMERS_THERE, [bought_there(-600), UNSUBSCRIBED], OPTED_OUT),
        (
            "opted out, and paid after that",
            CUSTOMERS_THERE,
            [marketing("unsubscribed", -700), bought_there(-600)],
            OPTED_OUT,
        ),
        ("the basis of its own region", under(mail_regions={"AT": "existing_customers"}), [bought(-600)], REMINDED),
        ("the basis of another region", under(mail_regions={"DE": "existing_customers"}), [bought(-600)], HELD),
        (
            "a stricter region",
            under(mail_basis="existing_customers", mail_regions={"EU": "opted_in"}),
            [bought(-600)],
            HELD,
        ),
    ],
)
def test_existing_customers(way: WholeWay, why: str, shop: Shop, rows: list[NewRow], decided: str) -> None:
    found = what_becomes_of_a_cart(way, shop, *rows)
    assert found == [decided], why
    agrees_with_brevo(way, found, why)


def test_an_order_of_another_shop_makes_nobody_a_customer_of_this_one(way: WholeWay) -> None:
    way.begin(CUSTOMERS_THERE)
    way.happen(bought_there(-600))
    way.shop = CUSTOMERS
    way.happen(TYPES, FILLS["woocommerce"])
    way.pass_until(11)
    assert way.decided() == [HELD]


def lives_in(country: str) -> NewRow:
    """The import knows the account; that alone permits nothing."""
    return replace(woo_customer(-900, billing={"country": country}), lane=Lane.HISTORY)


@pytest.mark.parametrize(
    ("country", "decided"),
    [
        ("US", REMINDED),
        ("AU", REMINDED),
        ("DE", HELD),
        ("FR", HELD),
        ("IE", HELD),
        ("NO", HELD),
        ("IS", HELD),
        ("LI", HELD),
        ("GB", HELD),
        ("CH", HELD),
        ("CA", HELD),
        ("", HELD),
    ],
)
def test_all_is_everybody_where_the_law_lets_it(way: WholeWay, country: str, decided: str) -> None:
    found = what_becomes_of_a_cart(way, under(mail_basis="all"), lives_in(country))
    assert found == [decided], country
    agrees_with_brevo(way, found, country)


@pytest.mark.parametrize(
    ("why", "shop", "rows", "decided"),
    [
        ("everybody but who opted out", LIVE_SHOPIFY, [topic("unsubscribed")], OPTED_OUT),
        ("where the last order was billed counts first", LIVE_WOO, [lives_in("US"), bought(-600)], HELD),
        ("a region of its own", under(mail_regions={"US": "opted_in"}), [lives_in("US")], HELD),
        ("refused in the EU, whatever its region says", under(mail_regions={"EU": "all"}), [lives_in("DE")], HELD),
        (
            "allowed for one country",
            under(mail_basis="opted_in", mail_regions={"US": "all"}),
            [lives_in("US")],
            REMINDED,
        ),
        ("and no other", under(mail_basis="opted_in", mail_regions={"US": "all"}), [lives_in("MX")], HELD),
    ],
)
def test_all_has_its_limits(way: WholeWay, why: str, shop: Shop, rows: list[NewRow], decided: str) -> None:
    basis = {} if shop.policy.mail_regions.get("US") == "all" else {"mail_basis": "all"}
    assert what_becomes_of_a_cart(way, under(shop, **basis), *rows) == [decided], why


PROVEN = under(mail_proof="confirmed")
PROVEN_THERE = under(LIVE_SHOPIFY, mail_proof="confirmed")


@pytest.mark.parametrize(
    ("why", "shop", "rows", "decided"),
    [
        ("a page's word alone", PROVEN, [], HELD),
        ("a page's word alone", PROVEN_THERE, [], HELD),
        ("said twice, in two browsers", PROVEN, [beacon(-35, BO, typed(-35, ANAS, opt_in=True))], HELD),
        ("who is logged in is only claimed", PROVEN, [beacon(-35, ANA, identity={"email": ANAS})], HELD),
        ("an order", PROVEN, [bought(-600)], REMINDED),
        ("an order to be paid later", PROVEN, [bought(-600, status="on-hold", date_paid_gmt=None)], REMINDED),
        ("an order", PROVEN_THERE, [bought_there(-600)], REMINDED),
        (
            "a payment that was never made is no order",
            PROVEN,
            [bought(-600, status="pending", date_paid_gmt=None)],
            HELD,
        ),
        ("a payment that failed is no order", PROVEN, [bought(-600, status="failed", date_paid_gmt=None)], HELD),
        (
            "a checkout where it was typed",
            PROVEN_THERE,
            [shopify_checkout(-60, TEA, token="c-2", cart_token=None, email=ANAS)],
            HELD,
        ),
        ("a record of the platform", PROVEN, [woo_customer(-600)], REMINDED),
        ("a record of the platform", PROVEN_THERE, [shopify_customer(-600)], REMINDED),
        ("a record in an import", PROVEN, [replace(woo_customer(-600), lane=Lane.HISTORY)], REMINDED),
        ("a record of somebody else", PROVEN, [woo_customer(-600, email="bo@shop.example")], HELD),
        (
            "a signed identity",
            PROVEN,
            [beacon(-35, ANA, identity={"email": ANAS, "customer_id": "1"}, is_signed=True)],
            REMINDED,
        ),
        (
            "somebody else's signed identity",
            PROVEN,
            [beacon(-35, ANA, identity={"email": "bo@shop.example"}, is_signed=True)],
            HELD,
        ),
        ("the platform's own yes needs no other", PROVEN_THERE, [topic("subscribed")], REMINDED),
        ("nor does its box", PROVEN, [bought(-600, meta={"_tajo_opt_in": "1"})], REMINDED),
    ],
)
def test_where_a_tick_needs_a_proof(way: WholeWay, why: str, shop: Shop, rows: list[NewRow], decided: str) -> None:
    way.begin(shop)
    for row in rows:
        way.happen(row, lane=row.lane)
    way.happen(TICKS, FILLS[shop.platform])
    way.pass_until(11)
    way.leave(11)
    found = [one for one in way.decided() if one.startswith("cart")]
    assert decided in found, why
    assert (REMINDED in found) == (decided == REMINDED), why  # a checkout left long ago is a cart of its own
    agrees_with_brevo(way, [decided], why)


@pytest.mark.parametrize(
    ("why", "proof"),
    [
        ("an order", bought(15, meta=HERS)),
        ("a record of the platform", woo_customer(15)),
        ("a signed identity", beacon(15, ANA, identity={"email": ANAS}, is_signed=True)),
    ],
)
def test_a_proof_may_come_later(way: WholeWay, why: str, proof: NewRow) -> None:
    """She ticked, and that waits; then something vouches for the address, and the next cart is told."""
    way.begin(PROVEN)
    way.happen(TICKS, beacon(-28, ANA, event(-28, "page_viewed")), proof, beacon(20, ANA, cart(20, TEA, MUG)))
    way.leave(21)
    assert "ana cart_created" in way.taken(), why


# What needs a basis, and what does not.

EDITED = {"line_items": [{"product_id": int(TEA), "quantity": 2, "subtotal": "10.00", "total": "10.00"}]}
LOOKS = [
    event(-25, "page_viewed"),
    event(-24, "product_viewed", product=PRODUCT),
    event(-23, "collection_viewed"),
    event(-22, "search_submitted", query="mug"),
]
LOOKED = ["page_viewed", "product_viewed", "collection_viewed", "search_submitted"]


@pytest.mark.parametrize("opt_in", [True, False], ids=["with a basis", "without"])
def test_looks_carts_checkouts_and_reminders_need_a_basis(way: WholeWay, opt_in: bool) -> None:
    way.happen(beacon(-30, ANA, typed(-30, ANAS, opt_in=opt_in)), beacon(-21, ANA, *LOOKS))
    way.happen(beacon(-20, ANA, cart(-20, MUG)), beacon(-19, ANA, event(-19, "checkout_started")))
    way.pass_until(11)
    way.leave(11)
    needing = [*LOOKED, "cart_created", "cart_updated", "checkout_started", "cart_abandoned"]
    assert sorted(name for _, name in way.brevo.taken()) == (sorted(needing) if opt_in else [])
    assert (ANAS in way.brevo.contacts, way.was_named(ANAS)) == (opt_in, opt_in)


@pytest.mark.parametrize("opt_in", [True, False], ids=["with a basis", "without"])
def test_browsing_reminders_need_a_basis(way: WholeWay, opt_in: bool) -> None:
    way.happen(beacon(-30, ANA, typed(-30, ANAS, opt_in=opt_in)), beacon(-21, ANA, *LOOKS))
    way.pass_until(61)
    way.leave(61)
    assert way.taken("browse_abandoned") == (["ana browse_abandoned"] if opt_in else [])
    assert way.was_named(ANAS) is opt_in
    assert way.decided() == ["browse remind due" if opt_in else "browse hold no_mail_basis"]


TAGGED = {"customerId": "gid://shopify/Customer/1", "tags": ["VIP"], "occurredAt": "2026-11-21T11:30:00Z"}


@pytest.mark.parametrize(
    ("why", "shop", "rows", "told"),
    [
        (
            "an order's whole life",
            LIVE_WOO,
            [
                bought(-600, number=7),
                bought(-590, number=7, **EDITED),
                bought(-580, number=7, status="completed", **EDITED),
                bought(-570, number=7, status="refunded", **EDITED, **GIVEN_BACK),
            ],
            ["order_placed", "order_completed", "order_updated", "order_updated", "order_fulfilled", "order_refunded"],
        ),
        (
            "an order that is cancelled",
            LIVE_SHOPIFY,
            [bought_there(-600), bought_there(-590, cancelled_at=iso(-590))],
            ["order_placed", "order_completed", "order_cancelled"],
        ),
        (
            "a customer",
            LIVE_SHOPIFY,
            [
                shopify_customer(-600, topic="customers/create"),
                shopify_customer(-500, first_name="Anna"),
                webhook(-30, "customer.tags_added", TAGGED),
            ],
            ["customer_created", "customer_updated", "customer_tags_added"],
        ),
        (
            "a customer who unsubscribed",
            LIVE_SHOPIFY,
            [marketing("unsubscribed"), shopify_customer(-50, first_name="Anna")],
            ["customer_updated", "customer_updated"],
        ),
    ],
)
def test_orders_and_customers_need_no_basis_and_come_blocked(
    way: WholeWay, why: str, shop: Shop, rows: list[NewRow], told: list[str]
) -> None:
    way.begin(shop)
    for row in rows:
        way.happen(row)
        way.leave((row.received_at - at(0)) / timedelta(minutes=1))
    assert [name for _, name in way.brevo.taken()] == told, why
    contact = way.contact(ANAS)
    assert contact is not None
    assert contact.blocked, "nothing here permits a message"
    assert bool(way.brevo.orders) == any(name.startswith("order_") for name in told)


# Read at the moment of sending.


@pytest.mark.parametrize(
    ("why", "then", "reason"),
    [
        ("opted out", topic("unsubscribed", 5), "opted_out"),
        ("the record fell back to nothing", topic("not_subscribed", 5), "no_mail_basis"),
        ("refused to be observed", denial(5, ANA), "consent_denied"),
    ],
)
def test_the_basis_is_read_when_it_leaves(way: WholeWay, why: str, then: NewRow, reason: str) -> None:
    """Decided and waiting: looks, a cart, a checkout, a reminder and its list. None of it leaves any more."""
    way.begin(LIVE_SHOPIFY)
    way.happen(topic("subscribed"), TYPES, beacon(-21, ANA, *LOOKS), FILLS["shopify"])
    way.happen(beacon(-19, ANA, event(-19, "checkout_started")))
    way.pass_until(12)
    assert "ana cart_abandoned" in way.events()
    way.happen(then)
    way.leave(13)
    assert way.taken() == [], why
    assert not way.was_named(ANAS), why
    assert reason in way.reasons(), why


def test_after_the_reminder_left_its_list_still_needs_a_basis(way: WholeWay) -> None:
    """The list may start a mail of its own: an opt-out between the two calls keeps her off it."""
    way.begin(LIVE_SHOPIFY)
    way.happen(topic("subscribed"), TYPES, FILLS["shopify"])
    way.pass_until(12)
    row = next(row for row in way.rows() if row.message.payload.get("lists_add") == ["abandoned_cart"])
    with way.files.connection:
        way.files.connection.execute("update outbox set state = 'done' where id < ?", [row.id])
    way.happen(topic("unsubscribed", 13))
    way.leave(14)
    assert not any("lists" in call.path or call.body.get("listIds") for call in way.brevo.calls if call.body)


def test_what_takes_something_back_leaves_though_the_basis_is_gone(way: WholeWay) -> None:
    way.begin(LIVE_SHOPIFY)
    way.happen(topic("subscribed"), TYPES, FILLS["shopify"])
    way.pass_until(12)
    way.leave(12)
    elsewhere = shopify_order(20, "paid", MUG, created_at=iso(20), email="home@shop.example")
    way.happen(topic("unsubscribed", 15), elsewhere)
    way.leave(21)
    assert sorted(way.taken("cart_recovered", "order_completed")) == [
        "ana cart_recovered",
        "ana order_completed",
        "home order_completed",
    ]
    contact = way.contact(ANAS)
    assert contact is not None
    assert 3 not in contact.lists


# An address that was only typed.

CHECKOUT = shopify_checkout(-5, MUG, email=ANAS, buyer_accepts_marketing=False)
ONLY_TYPED: dict[str, tuple[Shop, list[NewRow]]] = {
    "in a form of the shop": (LIVE_WOO, [TYPES, FILLS["woocommerce"], beacon(-19, ANA, *LOOKS)]),
    "in a form, the cart on another browser": (
        LIVE_WOO,
        [TYPES, beacon(-29, BO, typed(-29, ANAS), cart(-29, MUG, number="bo"))],
    ),
    "in the Blocks checkout": (LIVE_WOO, [FILLS["woocommerce"], woo_order(0, "checkout-draft", MUG, meta=HERS)]),
    "in a checkout, box empty": (
        LIVE_WOO,
        [FILLS["woocommerce"], woo_order(0, "checkout-draft", MUG, meta=HERS | {"_tajo_opt_in": ""})],
    ),
    "in a checkout that was sent to pay": (LIVE_WOO, [FILLS["woocommerce"], woo_order(0, "pending", MUG, meta=HERS)]),
    "in a checkout whose payment failed": (
        LIVE_WOO,
        [FILLS["woocommerce"], woo_order(0, "pending", MUG, meta=HERS), woo_order(5, "failed", MUG, meta=HERS)],
    ),
    "in the checkout of Shopify": (LIVE_SHOPIFY, [shopify_cart(-10, MUG), CHECKOUT]),
    "in the checkout of Shopify, its cart seen by a browser": (LIVE_SHOPIFY, [FILLS["shopify"], CHECKOUT]),
    "in a page that claims who is logged in": (
        LIVE_WOO,
        [beacon(-30, ANA, cart(-30, MUG), *LOOKS, identity={"email": ANAS, "customer_id": "1"})],
    ),
    "as one of too many": (
        LIVE_WOO,
        [replace(TICKS, facts={**TICKS.facts, "many_addresses": True}), FILLS["woocommerce"]],
    ),
    "and ticked off again": (
        LIVE_WOO,
        [
            FILLS["woocommerce"],
            replace(woo_order(0, "checkout-draft", MUG, meta=HERS | {"_tajo_opt_in": ""}), received_at=at(1)),
        ],
    ),
}


@pytest.mark.parametrize("how", ONLY_TYPED)
def test_an_address_only_typed_never_leaves(way: WholeWay, how: str) -> None:
    shop, rows = ONLY_TYPED[how]
    way.begin(shop)
    for minutes, some in ((6, rows), (70, []), (400, [])):
        way.happen(*some)
        way.pass_until(minutes)
        way.leave(minutes)
    assert not way.was_named(ANAS), how
    assert (way.brevo.contacts, way.brevo.events, way.told("any")) == ({}, [], [])


@pytest.mark.parametrize(
    ("why", "then", "told"),
    [
        (
            "an order",
            woo_order(10, "processing", MUG, date_paid_gmt=gmt(10), meta=HERS),
            ["order_placed", "order_completed"],
        ),
        ("an opt-in", beacon(10, ANA, typed(10, ANAS, opt_in=True)), ["cart_created", "cart_updated"]),
    ],
)
def test_it_stays_here_until_an_order_or_an_opt_in(way: WholeWay, why: str, then: NewRow, told: list[str]) -> None:
    way.happen(TYPES, FILLS["woocommerce"])
    way.leave(0)
    assert not way.was_named(ANAS)
    way.happen(then)
    way.leave(11)
    assert [name for _, name in way.brevo.taken()] == told, why


def test_it_stays_here_for_72_hours_and_is_gone(way: WholeWay) -> None:
    """Whatever comes after that finds nobody: not even an opt-in of another browser brings the cart back."""
    way.happen(TYPES, FILLS["woocommerce"])
    three_days = 72 * 60
    now = at(three_days - 30)
    assert forget_unconsented(way.state, way.shop, now - timedelta(hours=72)) == 0
    assert forget_unconsented(way.state, way.shop, now + timedelta(minutes=1) - timedelta(hours=72)) == 1
    assert way.files.told_people() == [f"visitor:{ANA}"]
    way.happen(beacon(three_days, BO, typed(three_days, ANAS, opt_in=True)))
    way.leave(three_days + 1)
    assert way.taken() == []


def test_who_never_heard_of_the_cart_and_may_not_be_written_to_hears_nothing_of_its_order(way: WholeWay) -> None:
    """A tick put the cart in the outbox; before it left she opted out. Her address is not told what becomes of it."""
    way.begin(LIVE_SHOPIFY)
    way.happen(TICKS, FILLS["shopify"], topic("unsubscribed", -10))
    way.leave(-9)
    way.happen(shopify_order(0, "paid", MUG, email="home@shop.example"))
    way.leave(1)
    assert way.taken() == ["home order_placed", "home order_completed"]
    assert not way.was_named(ANAS)


def test_who_never_heard_of_the_cart_and_may_not_be_written_to_hears_nothing_of_its_end(way: WholeWay) -> None:
    """The same, and another address of the cart, which did hear of it, is told that the cart was emptied."""
    way.begin(LIVE_SHOPIFY)
    way.happen(TICKS, FILLS["shopify"], topic("unsubscribed", -10))
    way.leave(-9)
    way.happen(beacon(-8, ANA, typed(-8, "bo@shop.example", opt_in=True)))
    way.leave(-7)
    way.happen(beacon(-6, ANA, cart(-6, token="token-1")))
    way.leave(-5)
    assert way.taken("cart_deleted") == ["bo cart_deleted"]
    assert not way.was_named(ANAS)
