"""Hypothesis strategies: what really arrived at the doors of a small shop, as inbox rows with the times they came.

True in the sense that one event has one id and one content, and that what a platform never changes about a
record is the same in each of its versions. Everything else may happen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from collector.domain.door import NewRow, RowKind
from collector.domain.timestamps import to_text
from tests.pipeline.row_builders import (
    ANA,
    BO,
    at,
    beacon,
    cart,
    denial,
    event,
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

# Coarse, so that the same moment and pauses of exactly half an hour come up often.
moments = st.integers(-6, 30).map(lambda step: step * 10)
delays = st.sampled_from([0, 0, 0, 1, 45, 600])  # how much later than what it tells a row arrives
visitors = st.sampled_from([ANA, BO])
emails = st.sampled_from(["ana@shop.example", "ana@work.example", "bo@shop.example"])
customers = st.sampled_from([1, 2])
products = st.lists(st.sampled_from(["11", "12"]), max_size=2)
some_products = st.lists(st.sampled_from(["11", "12"]), min_size=1, max_size=2)
identities = st.none() | st.fixed_dictionaries({"email": emails}, optional={"customer_id": st.sampled_from(["1", "2"])})


@st.composite
def beacons(draw: st.DrawFn, token: str) -> NewRow:
    """A page with one to three events; now and then sent late, by a clock that is wrong."""
    visitor, minutes = draw(visitors), draw(moments)
    events: list[dict[str, Any]] = []
    for place in range(draw(st.integers(1, 3))):
        when = minutes - 10 * place
        kind = draw(st.sampled_from(["look", "look", "cart", "cart", "checkout", "typed"]))
        if kind == "cart":
            events.append(cart(when, *draw(products), token=token))
        elif kind == "checkout":
            events.append(event(when, "checkout_started"))
        elif kind == "typed":
            events.append(typed(when, draw(emails), draw(st.booleans())))
        else:
            look = draw(st.sampled_from(["page_viewed", "collection_viewed", "search_submitted", "order_confirmed"]))
            said = {"search_submitted": {"query": "tea"}, "order_confirmed": {"order_id": "7"}}.get(look, {})
            events.append(event(when, look, **said))
    return beacon(
        minutes + draw(delays),
        visitor,
        *events,
        identity=draw(identities),
        is_signed=draw(st.booleans()),
        clock_ahead_ms=draw(st.sampled_from([0, -90_000, 7_200_000])),
        consent=draw(st.sampled_from(["granted", "granted", "unknown"])),
    )


WOO_STATES = [
    *("checkout-draft", "pending", "failed", "on-hold", "processing", "completed"),
    *("cancelled", "refunded", "trash", "being-engraved"),
]


@st.composite
def woo_orders(draw: st.DrawFn) -> NewRow:
    number = draw(st.sampled_from([7, 8]))
    minutes = draw(st.integers(0, 12)) * 10
    changes: dict[str, Any] = {
        "billing": {"email": draw(emails), "country": "AT"},
        "created_via": "checkout" if number == 7 else "subscription",
        "customer_id": draw(st.sampled_from([0, 1])),
        "meta": {"_tajo_id": ANA if number == 7 else BO, "_tajo_opt_in": draw(st.sampled_from(["yes", "no"]))},
    }
    if draw(st.booleans()):
        changes["refunds"] = [{"id": 70 + number, "reason": "", "total": "-5.00"}]
    return woo_order(minutes, draw(st.sampled_from(WOO_STATES)), *draw(some_products), number=number, **changes)


woo_records = st.one_of(
    st.builds(
        woo_customer, moments, customers, st.sampled_from(["customer.created", "customer.updated"]), email=emails
    ),
    st.builds(
        lambda minutes, topic, number: webhook(minutes, topic, {"id": number}),
        moments,
        st.sampled_from(["customer.deleted", "order.deleted"]),
        st.sampled_from([1, 7, 8, 99]),
    ),
    st.builds(lambda row: replace(row, topic="order.restored"), woo_orders()),
    st.builds(denial, moments, visitors),
)


@st.composite
def shopify_orders(draw: st.DrawFn) -> NewRow:
    number = draw(st.sampled_from([7, 8]))
    minutes = draw(st.integers(0, 12)) * 10
    changes: dict[str, Any] = {
        "email": draw(emails),
        "source_name": "web" if number == 7 else "pos",
        "cart_token": "token-1" if number == 7 else None,
        "checkout_token": "checkout-1" if number == 7 else None,
        "fulfillment_status": draw(st.sampled_from([None, "fulfilled"])),
        "buyer_accepts_marketing": draw(st.booleans()),
    }
    if draw(st.booleans()):
        changes["customer"] = {"id": draw(customers)}
    if draw(st.booleans()):
        changes["cancelled_at"] = iso(minutes)
    if draw(st.booleans()):
        changes["refunds"] = [a_refund(number, draw(st.booleans()))]
    states = ["pending", "authorized", "paid", "partially_refunded", "refunded", "voided"]
    row = shopify_order(minutes, draw(st.sampled_from(states)), *draw(some_products), number=number, **changes)
    return draw(set_off(minutes, row))


@st.composite
def set_off(draw: st.DrawFn, minutes: float, row: NewRow) -> NewRow:
    """With the header that says when, which several may share."""
    return replace(row, facts={"triggered_at": to_text(at(minutes + draw(st.sampled_from([0, 0.001, 0.002]))))})


def a_refund(order: int, is_settled: bool) -> dict[str, Any]:
    """The same refund before and after its money moved."""
    moved = {"kind": "refund", "status": "success" if is_settled else "pending", "amount": "5.00", "currency": "EUR"}
    return {"id": 70 + order, "order_id": order, "created_at": iso(90), "transactions": [moved]}


@st.composite
def shopify_checkouts(draw: st.DrawFn) -> NewRow:
    changes: dict[str, Any] = {
        "cart_token": draw(st.sampled_from(["token-1", None])),
        "email": draw(st.none() | emails),
        "buyer_accepts_marketing": draw(st.booleans()),
        "completed_at": draw(st.none() | st.just(iso(0))),
    }
    return shopify_checkout(draw(moments), *draw(some_products), **changes)


shopify_records = st.one_of(
    st.builds(shopify_cart, moments, st.just("11"), token=st.sampled_from(["token-1", "token-2"]), visitor=visitors),
    st.builds(shopify_cart, moments, token=st.just("token-1")),
    st.builds(
        shopify_customer,
        moments,
        customers,
        st.sampled_from(["customers/create", "customers/update"]),
        email=emails,
        tags=st.sampled_from([None, "vip", "vip, new", ""]),
        orders_count=st.none() | st.integers(0, 2),
        email_marketing_consent=st.none()
        | st.fixed_dictionaries({"state": st.sampled_from(["subscribed", "unsubscribed", "not_subscribed"])}),
    ),
    st.builds(
        lambda minutes, topic, number: webhook(
            minutes,
            topic,
            {"customerId": f"gid://shopify/Customer/{number}", "tags": ["vip"], "occurredAt": iso(minutes)},
        ),
        moments,
        st.sampled_from(["customer.tags_added", "customer.tags_removed"]),
        customers,
    ),
    st.builds(
        lambda order, settled: webhook(95, "refunds/create", a_refund(order, settled)), st.just(7), st.booleans()
    ),
    st.builds(
        lambda minutes, topic, number: webhook(minutes, topic, {"id": number}),
        moments,
        st.sampled_from(["customers/delete", "orders/delete"]),
        st.sampled_from([1, 7, 99]),
    ),
    st.builds(denial, moments, visitors),
    st.builds(webhook, moments, st.just("app/uninstalled"), st.just({"id": 1})),
)


@dataclass(frozen=True)
class Delivered:
    """What truly happened, and one way in which it may have come in."""

    history: Sequence[NewRow]
    arrived: Sequence[NewRow]
    limit: int


@st.composite
def deliveries(draw: st.DrawFn, rows: st.SearchStrategy[NewRow]) -> Delivered:
    history = [_told_once(row, number) for number, row in enumerate(draw(st.lists(rows, max_size=12)))]
    again = draw(st.lists(st.sampled_from(history), max_size=5)) if history else []
    arrived = draw(st.permutations([*history, *again]))
    return Delivered(history, arrived, draw(st.integers(1, 5)))


def _told_once(row: NewRow, number: int) -> NewRow:
    """Every delivery has an id of its own, every event of a beacon too."""
    if row.kind is RowKind.WEBHOOK:
        return replace(row, delivery_id=f"delivery-{number}")
    return replace(row, body=row.body.replace(b'"id": "event-', f'"id": "e{number:02}-'.encode()))


woo_deliveries = deliveries(st.one_of(beacons(""), beacons(""), woo_orders(), woo_orders(), woo_records))
shopify_deliveries = deliveries(
    st.one_of(beacons("token-1"), shopify_orders(), shopify_orders(), shopify_checkouts(), shopify_records)
)
