"""Hypothesis strategies: what really happened in a small shop, as facts from browsers and platforms."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from collector.domain.events import (
    BrowserNoted,
    CartSeen,
    CheckoutSeen,
    ContactGiven,
    CustomerSeen,
    EventType,
    Fact,
    Gone,
    IdentityStated,
    Item,
    MessageConsent,
    ObservingConsent,
    OrderKind,
    OrderSeen,
    OrderState,
    Page,
    RefundSeen,
    Seen,
    Strength,
    TagsChanged,
)
from collector.domain.shop_facts import ShopUninstalled

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

visitors = st.sampled_from(["visitor-a", "visitor-b", "visitor-c"])
emails = st.sampled_from(["ana@example.com", "bo@example.com", "cy@example.com"])
customer_ids = st.sampled_from(["1", "2"])
tokens = st.sampled_from(["token-1", "token-2"])
maybe = st.sampled_from
# Coarse times, so that the same moment and gaps of exactly half an hour come up often.
times = st.integers(0, 60).map(lambda step: START + timedelta(minutes=5 * step))
items = st.lists(
    st.builds(Item, product_id=st.sampled_from(["p1", "p2", "p3"]), quantity=st.integers(1, 3)), max_size=3
).map(tuple)
made_after = st.sampled_from([timedelta(milliseconds=some) for some in (0, 1, 400)])  # the version of a body
pages = st.sampled_from([Page(), Page("https://shop.example/?utm_source=mail", "https://search.example/")])


@st.composite
def looks(draw: st.DrawFn) -> Fact:
    kinds = [EventType.PAGE_VIEWED, EventType.PRODUCT_VIEWED, EventType.SEARCH_SUBMITTED, EventType.ORDER_CONFIRMED]
    return Seen(draw(st.sampled_from(kinds)), "", draw(times), draw(visitors), draw(pages))


@st.composite
def carts(draw: st.DrawFn) -> Fact:
    visitor, token = draw(st.sampled_from([("v", ""), ("v", "t"), ("", "t")]))
    return CartSeen(
        "",
        draw(times),
        draw(items),
        "EUR",
        draw(st.integers(0, 9999)),
        cart_token=draw(tokens) if token else "",
        visitor_id=draw(visitors) if visitor else "",
    )


@st.composite
def checkouts(draw: st.DrawFn) -> Fact:
    at = draw(times)
    if draw(st.booleans()):
        return CheckoutSeen("", at, visitor_id=draw(visitors), items=draw(st.none() | items))
    return CheckoutSeen(
        "",
        at,
        checkout_token=draw(st.sampled_from(["checkout-1", "order:7"])),
        cart_token=draw(st.just("") | tokens),
        items=draw(items),
        email=draw(st.just("") | emails),
        customer_id=draw(st.just("") | customer_ids),
        completed_at=draw(st.none() | times),
        accepts_marketing=draw(st.none() | st.booleans()),
        payment_running=draw(st.booleans()),
        source="platform",
    )


@st.composite
def orders(draw: st.DrawFn) -> Fact:
    number = draw(st.sampled_from(["7", "8"]))
    # What a platform never changes about an order is the same in each version.
    created_at = START + timedelta(minutes=40 if number == "7" else 90)
    version_at = created_at + timedelta(minutes=5 * draw(st.integers(0, 12)))
    state = draw(st.sampled_from(list(OrderState)))
    accepted = state in (OrderState.PROMISED, OrderState.PAID, OrderState.CANCELLED, OrderState.REFUNDED)
    return OrderSeen(
        order_id=number,
        version_at=version_at,
        created_at=created_at,
        state=state,
        kind=OrderKind.STOREFRONT if number == "7" else draw(st.sampled_from(list(OrderKind))),
        status=state.value,
        currency="EUR",
        total_minor=draw(st.integers(0, 999)),
        items=draw(items),
        email=draw(st.just("") | emails),
        customer_id=draw(st.just("") | customer_ids),
        visitor_id=draw(st.just("") | visitors),
        cart_token=draw(st.just("") | tokens),
        checkout_token=draw(st.sampled_from(["", f"order:{number}"])),
        accepted_at=version_at if accepted and draw(st.booleans()) else None,
        paid_at=version_at if state is OrderState.PAID else None,
        cancelled_at=version_at if state is OrderState.CANCELLED else None,
        is_fulfilled=draw(st.booleans()),
        is_restored=draw(st.booleans()),
        stated_at=version_at + draw(made_after),
    )


@st.composite
def records(draw: st.DrawFn) -> Fact:
    at = draw(times)
    fact: Fact = draw(
        st.one_of(
            st.builds(
                ContactGiven,
                event_id=st.just(""),
                occurred_at=st.just(at),
                visitor_id=visitors,
                strength=st.sampled_from(list(Strength)),
                email=emails,
            ),
            st.builds(
                IdentityStated,
                occurred_at=st.just(at),
                visitor_id=visitors,
                strength=st.sampled_from([Strength.CLAIMED, Strength.SIGNED]),
                email=st.just("") | emails,
                customer_id=st.just("") | customer_ids,
            ),
            st.builds(
                ObservingConsent,
                occurred_at=st.just(at),
                visitor_id=visitors,
                state=st.sampled_from(["granted", "denied", "unknown"]),
            ),
            st.builds(
                BrowserNoted,
                occurred_at=st.just(at),
                visitor_id=visitors,
                suspicion=st.sampled_from(["no_user_agent", "no_accept_language"]),
            ),
            st.builds(
                MessageConsent,
                occurred_at=st.just(at),
                subject_kind=st.just("email"),
                subject=emails,
                channel=st.just("email"),
                state=st.sampled_from(["opted_in", "opted_out", "unticked"]),
                act=st.sampled_from(["form:1", "customer:1"]),
                source=st.just("form"),
            ),
            st.builds(
                CustomerSeen,
                type=st.sampled_from([EventType.CUSTOMER_CREATED, EventType.CUSTOMER_UPDATED]),
                customer_id=customer_ids,
                version_at=st.just(at),
                created_at=st.just(START),
                email=st.just("") | emails,
                first_name=st.sampled_from(["Ana", "Bo"]),
                tags=st.none() | st.lists(st.sampled_from(["vip", "new"]), max_size=2).map(tuple),
                orders_count=st.none() | st.integers(0, 3),
                stated_at=made_after.map(lambda after: at + after),
            ),
            st.builds(
                TagsChanged,
                occurred_at=st.just(at),
                customer_id=customer_ids,
                added=st.lists(st.sampled_from(["vip", "new"]), max_size=2, unique=True).map(tuple),
                removed=st.lists(st.sampled_from(["old"]), max_size=1).map(tuple),
            ),
            st.builds(
                RefundSeen,
                refund_id=st.sampled_from(["r1", "r2"]),
                order_id=st.sampled_from(["7", "8", "9"]),
                occurred_at=st.just(at),
                amount_minor=st.integers(1, 500),
                currency=st.just("EUR"),
            ),
            st.builds(
                Gone,
                kind=st.sampled_from(["customer", "order"]),
                id=st.sampled_from(["1", "7", "8", "99"]),
                occurred_at=st.just(at),
            ),
            st.builds(ShopUninstalled, occurred_at=st.just(at)),
        )
    )
    return fact


histories = st.lists(st.one_of(looks(), carts(), carts(), checkouts(), orders(), orders(), records()), max_size=25).map(
    lambda facts: [_named(fact, number) for number, fact in enumerate(facts)]
)


def _named(fact: Fact, number: int) -> Fact:
    """Events are told apart by an id made at their source."""
    if isinstance(fact, Seen | CartSeen | CheckoutSeen | ContactGiven):
        return replace(fact, event_id=f"event-{number:04}")
    return fact
