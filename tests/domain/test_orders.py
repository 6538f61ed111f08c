"""What the state and the kind of an order do to carts, which events they prove, and how versions merge."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.domain.carts import CartFact, cart_key, replay
from collector.domain.events import OrderKind, OrderSeen, OrderState, RefundSeen
from collector.domain.identity import Node
from collector.domain.orders import (
    Order,
    ToldChange,
    cart_facts,
    content_hash,
    first_sight,
    identities,
    is_changed,
    lifecycle,
    merge,
    substance,
    touches_cart,
)
from collector.domain.timestamps import EPOCH

from .facts import an_order, at, content, goods, seen_order, story

NONE, STARTED, PROMISED, PAID, FAILED, CANCELLED, REFUNDED = OrderState


def cart_after(*versions: OrderSeen, is_same_cart: bool = True) -> str:
    """A cart with a mug since ten minutes before noon, after these versions of an order."""
    mug: list[CartFact] = [content(-10, "mug")]
    return story(replay([*mug, *cart_facts(seen_order(*versions), is_same_cart)]))


OPEN, ORDERED = "1 open mug", "1 ordered mug (7)"
PAYING = "1 open mug @payment"


@pytest.mark.parametrize(
    ("why", "versions", "expected"),
    [
        ("none: a draft is no order", [an_order(0, NONE)], OPEN),
        ("started: the payment runs", [an_order(0, STARTED)], PAYING),
        ("promised: bank transfer", [an_order(0, PROMISED)], ORDERED),
        ("paid", [an_order(0, PAID)], ORDERED),
        ("started, then paid", [an_order(0, STARTED), an_order(2, PAID)], "1 ordered mug @payment (7)"),
        ("promised, then paid", [an_order(0, PROMISED), an_order(600, PAID)], ORDERED),
        (
            "failed: reopens as a new generation",
            [an_order(0, STARTED), an_order(5, FAILED)],
            "1 failed mug @payment (7), 2 open mug @payment",
        ),
        (
            "accepted, then voided",
            [an_order(0, PAID), an_order(5, FAILED)],
            "1 ordered mug (7), 2 open mug @payment",
        ),
        (
            "failed, then paid at the second try",
            [an_order(0, STARTED), an_order(5, FAILED), an_order(9, PAID)],
            "1 failed mug @payment (7), 2 ordered mug @payment (7)",
        ),
        (
            "failed, then promised: the shopper chose to pay by transfer",
            [an_order(0, STARTED), an_order(5, FAILED), an_order(9, PROMISED)],
            "1 failed mug @payment (7), 2 ordered mug @payment (7)",
        ),
        (
            "promised, failed, promised once more",
            [an_order(0, PROMISED), an_order(5, FAILED), an_order(9, PROMISED)],
            "1 ordered mug (7), 2 ordered mug @payment (7)",
        ),
        ("cancelled: the cart stays closed", [an_order(0, PAID), an_order(60, CANCELLED)], ORDERED),
        ("first seen cancelled", [an_order(60, CANCELLED)], ORDERED),
        ("cancelled on the payment page", [an_order(0, STARTED), an_order(3, CANCELLED)], "1 ordered mug @payment (7)"),
        (
            "failed, then cancelled: nobody wants it any more",
            [an_order(0, STARTED), an_order(5, FAILED), an_order(9, CANCELLED)],
            "1 ordered mug @payment (7), 2 ordered mug @payment (7)",
        ),
        ("refunded", [an_order(0, PAID), an_order(600, REFUNDED)], ORDERED),
        ("first seen refunded", [an_order(600, REFUNDED)], ORDERED),
        ("test orders are nothing", [an_order(0, PAID, is_test=True)], OPEN),
        ("nor does a test of a payment do anything", [an_order(0, STARTED, is_test=True)], OPEN),
    ],
)
def test_what_each_state_does_to_the_cart_it_came_from(why: str, versions: list[OrderSeen], expected: str) -> None:
    assert cart_after(*versions) == expected, why
    assert cart_after(*reversed(versions)) == expected, why


@pytest.mark.parametrize(
    ("why", "versions", "expected"),
    [
        ("a running payment says nothing of other carts", [an_order(0, STARTED)], OPEN),
        ("an accepted one closes them", [an_order(0, PAID)], ORDERED),
        ("a failed one opens none of them again", [an_order(0, PAID), an_order(5, FAILED)], ORDERED),
    ],
)
def test_what_an_order_does_to_other_carts_of_the_person(why: str, versions: list[OrderSeen], expected: str) -> None:
    assert cart_after(*versions, is_same_cart=False) == expected, why


SHARED, ELSE = goods("mug", "tea"), goods("tea")


@pytest.mark.parametrize(
    ("kind", "items", "is_same_cart", "expected"),
    [
        (OrderKind.STOREFRONT, ELSE, True, ORDERED),
        (OrderKind.STOREFRONT, ELSE, False, ORDERED),
        (OrderKind.RENEWAL, ELSE, True, OPEN),
        (OrderKind.RENEWAL, ELSE, False, OPEN),
        (OrderKind.RENEWAL, SHARED, False, ORDERED),
        (OrderKind.POS, ELSE, False, OPEN),
        (OrderKind.POS, SHARED, False, ORDERED),
        (OrderKind.OTHER, ELSE, False, OPEN),
        (OrderKind.OTHER, ELSE, True, ORDERED),
        (OrderKind.OTHER, SHARED, False, ORDERED),
    ],
)
@pytest.mark.parametrize("state", [PROMISED, PAID, CANCELLED, REFUNDED])
def test_which_carts_each_kind_closes(
    kind: OrderKind, items: Any, is_same_cart: bool, expected: str, state: OrderState
) -> None:
    order = an_order(0, state, kind=kind, items=items)
    assert cart_after(order, is_same_cart=is_same_cart) == expected


@pytest.mark.parametrize("kind", [OrderKind.RENEWAL, OrderKind.POS, OrderKind.OTHER])
def test_only_the_storefront_opens_a_payment_to_be_reminded_of(kind: OrderKind) -> None:
    assert cart_after(an_order(0, STARTED, kind=kind)) == OPEN
    assert cart_after(an_order(0, STARTED, kind=kind), an_order(5, FAILED, kind=kind)) == OPEN
    paid_then_failed = [an_order(0, PAID, kind=kind), an_order(5, FAILED, kind=kind)]
    assert cart_after(*paid_then_failed) == ORDERED


PLACED, SHIPPED, CALLED_OFF = "order_placed:7", "order_fulfilled:7", "order_cancelled:7"


@pytest.mark.parametrize(
    ("why", "version", "expected"),
    [
        ("a draft", an_order(0, NONE), []),
        ("a running payment", an_order(0, STARTED), []),
        ("promised", an_order(0, PROMISED), [(PLACED, 0)]),
        ("paid", an_order(0, PAID), [(PLACED, 0)]),
        ("when it was accepted, not when it was heard of", an_order(60, PAID, accepted_at=at(1)), [(PLACED, 1)]),
        ("failed", an_order(5, FAILED), []),
        ("shipped", an_order(60, PAID, is_fulfilled=True, fulfilled_at=at(50)), [(PLACED, 60), (SHIPPED, 50)]),
        ("first seen cancelled: not placed", an_order(60, CANCELLED), [(CALLED_OFF, 60)]),
        ("cancelled, with its time", an_order(60, CANCELLED, cancelled_at=at(55)), [(CALLED_OFF, 55)]),
        ("first seen refunded: not placed", an_order(60, REFUNDED), []),
        ("shipped, then refunded", an_order(60, REFUNDED, is_fulfilled=True), [(SHIPPED, 60)]),
        ("test orders are nothing", an_order(0, PAID, is_test=True, is_fulfilled=True), []),
    ],
)
def test_what_each_version_proves(why: str, version: OrderSeen, expected: list[tuple[str, float]]) -> None:
    proven = [(event_id, moment) for _, event_id, moment in lifecycle(version)]
    assert proven == [(event_id, at(minutes)) for event_id, minutes in expected], why


@pytest.mark.parametrize("kind", OrderKind)
def test_every_kind_of_order_is_placed(kind: OrderKind) -> None:
    assert [event_id for _, event_id, _ in lifecycle(an_order(0, PAID, kind=kind))] == [PLACED]


@pytest.mark.parametrize(
    ("why", "named", "key", "expected"),
    [
        ("its token", {"cart_token": "t1"}, cart_key(token="t1"), True),
        ("its token, secret cut", {"cart_token": "t1?key=s"}, cart_key(token="t1"), True),
        ("another token", {"cart_token": "t1"}, cart_key(token="t2"), False),
        ("its browser, where there are no tokens", {"visitor_id": "v1"}, cart_key(visitor_id="v1"), True),
        ("its browser, where there are tokens", {"visitor_id": "v1"}, cart_key(token="t1"), False),
        ("its checkout", {"checkout_token": "order:7"}, cart_key(checkout_token="order:7"), True),
    ],
)
def test_which_cart_an_order_names(why: str, named: dict[str, Any], key: str, expected: bool) -> None:
    order = an_order(**named)
    assert touches_cart(seen_order(order), identities(order), key) is expected, why


def test_an_order_names_its_people_strongest_first() -> None:
    order = an_order(customer_id="1", phone="+43", visitor_id="v1", cart_token="t1", checkout_token="c1")
    assert identities(order) == [
        Node("customer", "1"),
        Node("email", "ana@shop.example"),
        Node("phone", "+43"),
        Node("visitor", "v1"),
        Node("cart", "t:t1"),
        Node("cart", "c:c1"),
    ]


def test_equal_bodies_have_equal_content_whenever_they_were_made() -> None:
    refunds = (RefundSeen("r1", "7", at(1), 500, "EUR"), RefundSeen("r2", "7", at(2), 100, "EUR"))
    later = tuple(replace(one, occurred_at=at(9)) for one in reversed(refunds))
    assert content_hash(an_order(refunds=refunds)) == content_hash(
        an_order(refunds=later, version_at=at(60), is_restored=True)
    )
    assert content_hash(an_order(refunds=refunds)) != content_hash(an_order(refunds=refunds[:1]))


FOUND = {"landing_site": "/?utm_source=x", "referring_site": "https://search.example/"}
R1 = RefundSeen("r1", "7", at(1), 500, "EUR")


@pytest.mark.parametrize(
    ("why", "changes", "same"),
    [
        ("when it was changed, or the body made", {"version_at": at(60), "stated_at": at(61)}, True),
        ("when it was paid, where the version stands for that", {"paid_at": at(60), "accepted_at": at(60)}, True),
        ("how it was found", {"detail": FOUND}, True),
        ("who it is linked to", {"customer_id": "1", "visitor_id": "v", "cart_token": "t", "phone": "+43"}, True),
        ("its box", {"accepts_marketing": True}, True),
        ("what is in it", {"items": goods("mug", "pot")}, False),
        ("its sum", {"total_minor": 9}, False),
        ("its status", {"status": "authorized"}, False),
        ("its state", {"state": PROMISED}, False),
        ("its parcels", {"is_fulfilled": True}, False),
        ("where it goes", {"detail": {"shipping": {"city": "Wien"}}}, False),
        ("whose it is", {"email": "bo@shop.example"}, False),
        ("something was given back", {"refunds": (R1,)}, False),
    ],
)
def test_what_is_another_order_for_its_buyer(why: str, changes: dict[str, Any], same: bool) -> None:
    assert (substance(an_order()) == substance(an_order(**changes))) is same, why


def test_refunds_are_the_same_whatever_each_report_says_of_their_amounts() -> None:
    other = replace(R1, amount_minor=499, occurred_at=at(9))
    assert substance(an_order(refunds=(R1,))) == substance(an_order(refunds=(other,)))
    assert substance(an_order(refunds=())) == substance(an_order(refunds=None))


FIRST = an_order(0, PROMISED)
EDITED = an_order(5, PROMISED, items=goods("mug", "pot"))


def told_of(seen: OrderSeen) -> ToldChange:
    return ToldChange(seen.version_at, seen.state, substance(seen))


@pytest.mark.parametrize(
    ("why", "versions", "told", "expected"),
    [
        ("only placed", [FIRST], None, False),
        ("a newer version that says the same", [FIRST, replace(FIRST, version_at=at(5))], None, False),
        ("one that says something else", [FIRST, EDITED], None, True),
        ("which was told", [FIRST, EDITED], told_of(EDITED), False),
        ("told of the same version in other words", [FIRST, EDITED], told_of(replace(EDITED, total_minor=9)), False),
        ("paid in the same second", [FIRST, EDITED, replace(EDITED, state=PAID)], told_of(EDITED), True),
        ("a newer version was told", [FIRST, EDITED], told_of(an_order(9, PAID)), False),
        ("the next says what was told", [FIRST, EDITED, replace(EDITED, version_at=at(9))], told_of(EDITED), False),
        ("put back as it was", [FIRST, EDITED, replace(FIRST, version_at=at(9))], told_of(EDITED), True),
        ("told before that was noted", [FIRST, EDITED], ToldChange(at(5), PROMISED, ""), False),
        ("and now another", [FIRST, EDITED], ToldChange(at(0), PROMISED, ""), True),
    ],
)
def test_which_change_is_to_be_told(
    why: str, versions: list[OrderSeen], told: ToldChange | None, expected: bool
) -> None:
    for arrived in permutations(versions):
        assert is_changed(seen_order(*arrived), told) is expected, why


def test_of_two_versions_of_one_second_the_later_state_counts() -> None:
    for earlier, later in [(STARTED, PAID), (STARTED, FAILED), (FAILED, PAID), (PAID, CANCELLED), (PAID, REFUNDED)]:
        order = seen_order(an_order(0, later), an_order(0, earlier))
        assert order.content.state is later
    assert seen_order(an_order(is_fulfilled=True), an_order()).content.is_fulfilled


def made(minutes: float, total: int, **changes: Any) -> OrderSeen:
    """A body of the version of noon, made `minutes` later."""
    return an_order(0, total_minor=total, stated_at=at(minutes), **changes)


@pytest.mark.parametrize(
    ("why", "bodies", "state", "total"),
    [
        ("the body made later", [made(1, 9), made(2, 1)], PAID, 1),
        ("of three", [made(1, 5), made(2, 9), made(3, 1)], PAID, 1),
        ("it came twice, and late", [made(1, 5), made(2, 9), made(1.5, 1), made(2, 9)], PAID, 9),
        ("changed, and changed back", [made(1, 5), made(2, 9), made(3, 5)], PAID, 5),
        ("one kept when nobody noted when", [made(1, 1), an_order(0, total_minor=9)], PAID, 1),
        ("a read cut short, then whole", [an_order(0, total_minor=9), an_order(0, total_minor=8), made(1, 1)], PAID, 1),
        ("a body made later, of a state before", [made(2, 1, state=PROMISED), made(1, 9)], PAID, 9),
        ("a state goes on, though it is told at once", [made(1, 1), made(1, 9, state=REFUNDED)], REFUNDED, 9),
        ("shipped, and told by a body made before", [made(1, 9, is_fulfilled=True), made(2, 1)], PAID, 9),
        ("a newer version, made before", [made(9, 9), an_order(1, total_minor=1, stated_at=at(1))], PAID, 1),
    ],
)
def test_of_bodies_with_one_version_the_later_one_counts_in_whatever_order_they_come(
    why: str, bodies: list[OrderSeen], state: OrderState, total: int
) -> None:
    for arrived in permutations([*bodies, bodies[0]]):
        order = seen_order(*arrived)
        assert (order.content.state, order.content.total_minor) == (state, total), (why, arrived)
        assert order == seen_order(*bodies)


def test_when_a_body_was_made_is_no_content() -> None:
    assert content_hash(made(1, 5)) == content_hash(made(2, 5))


def test_a_deleted_order_is_back_only_when_it_was_restored_afterwards() -> None:
    order = seen_order(an_order())
    assert not order.is_deleted
    assert replace(order, deleted_at=at(5)).is_deleted
    assert not replace(order, deleted_at=at(5), restored_at=at(6)).is_deleted
    assert replace(order, deleted_at=at(7), restored_at=at(6)).is_deleted


moments = st.integers(0, 5).map(at)
maybe_moments = st.none() | moments
versions = st.builds(
    an_order,
    minutes=st.integers(0, 5),
    state=st.sampled_from(OrderState),
    total_minor=st.integers(0, 2),
    is_fulfilled=st.booleans(),
    is_restored=st.booleans(),
    stated_at=st.sampled_from([EPOCH, at(0), at(1), at(2)]),
    is_in_bin=st.booleans(),
    accepted_at=maybe_moments,
    paid_at=maybe_moments,
    cancelled_at=maybe_moments,
    refunds=st.none()
    | st.lists(st.builds(RefundSeen, st.just("r1"), st.just("7"), moments, st.just(5), st.just("EUR")), max_size=2).map(
        tuple
    ),
)
sights = st.builds(
    lambda seen, received, deleted: replace(first_sight(seen, received), deleted_at=deleted),
    versions,
    moments,
    maybe_moments,
)


@given(sights, sights, sights)
def test_merging_orders_is_commutative_associative_and_idempotent(one: Order, two: Order, three: Order) -> None:
    assert merge(one, two) == merge(two, one)
    assert merge(merge(one, two), three) == merge(one, merge(two, three))
    assert merge(one, one) == one
    assert merge(merge(one, two), two) == merge(one, two)


@given(st.lists(versions, min_size=1, max_size=5))
def test_facts_of_an_order_lie_between_its_creation_and_its_last_version(seen: list[OrderSeen]) -> None:
    facts = cart_facts(seen_order(*seen), is_same_cart=True)
    for fact in facts:
        assert at(0) <= fact.at <= at(5) + timedelta(0)
    assert cart_facts(seen_order(*reversed(seen)), is_same_cart=True) == facts
