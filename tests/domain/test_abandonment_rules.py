"""May this reminder go out now? Every rule about carts, checkouts, payments and visits, one row each.

The cart of the tables was filled at noon and is due half an hour later; Ana ticked the box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.domain.abandonment import (
    LOOK_AGAIN,
    Addressee,
    Decision,
    Drop,
    Hold,
    Remind,
    Standing,
    Visit,
    Wait,
    can_still_come,
    decide_browse,
    decide_cart,
    due_at,
)
from collector.domain.carts import CartFact, Generation, Stage, replay
from collector.domain.reasons import SENTENCES, Reason
from collector.domain.shop import Policy

from .facts import at, closing, content, reopening, step

POLICY = Policy(checkout_after=timedelta(minutes=20))
STEPS = Policy(cart_after=timedelta(minutes=30), cart_later=(timedelta(hours=24), timedelta(hours=72)), cap_messages=9)
NIGHT = Policy(quiet_from=time(21), quiet_to=time(8))
MUG = content(0, "mug")
PAYING = step(5, Stage.PAYMENT, order_id="7")
DAY = 24 * 60


def ana(basis: str | Reason = "opted_in", recent: Sequence[float] = (), **more: Any) -> Addressee:
    return Addressee("ana@shop.example", basis, [at(minutes) for minutes in recent], **more)


ANA = Standing(ana())


def but(**changes: Any) -> Standing:
    return replace(ANA, **changes)


def cart(*facts: CartFact) -> Generation:
    found = replay(facts).current
    assert found is not None
    return found


def again(reason: Reason, minutes: float) -> Hold:
    """Held, and looked at again five minutes later."""
    return Hold(reason, at(minutes) + LOOK_AGAIN)


@pytest.mark.parametrize(
    ("why", "facts", "standing", "now", "policy", "more", "expected"),
    [
        # its time
        ("not yet", [MUG], ANA, 29.9, POLICY, {}, Wait(at(30))),
        ("exactly due", [MUG], ANA, 30, POLICY, {}, Remind()),
        ("a page view meanwhile", [MUG], ANA, 30, POLICY, {"last_activity_at": at(10)}, Wait(at(40))),
        ("a checkout is due after its own time", [MUG, step(5)], ANA, 25, POLICY, {}, Remind()),
        ("looking around helps four hours at most", [MUG], ANA, 240, POLICY, {"last_activity_at": at(239)}, Remind()),
        ("the second step is not due yet", [MUG], ANA, 60, STEPS, {"step": 1}, Wait(at(DAY))),
        ("the second step", [MUG], ANA, DAY, STEPS, {"step": 1}, Remind()),
        ("the third step", [MUG], ANA, 3 * DAY, STEPS, {"step": 2}, Remind()),
        ("there is no fourth", [MUG], ANA, 9 * DAY, STEPS, {"step": 3}, Drop(Reason.CLOSED)),
        ("nobody is known", [MUG], Standing(None), 60, POLICY, {}, Wait(None, Reason.NOBODY_KNOWN)),
        ("at the last moment", [MUG], ANA, 30 + DAY, POLICY, {}, Remind()),
        ("too late: the worker was down for a day", [MUG], ANA, 31 + DAY, POLICY, {}, Drop(Reason.EXPIRED)),
        ("each step expires by itself", [MUG], ANA, 2 * DAY + 1, STEPS, {"step": 1}, Drop(Reason.EXPIRED)),
        ("from before the activation", [MUG], but(activated_at=at(1)), 30, POLICY, {}, Drop(Reason.BEFORE_ACTIVATION)),
        ("from the moment of the activation", [MUG], but(activated_at=at(0)), 30, POLICY, {}, Remind()),
        # the cart
        ("ordered", [MUG, closing(5, "mug")], ANA, 60, POLICY, {}, Drop(Reason.ORDERED)),
        ("emptied by the shopper", [MUG, content(5)], ANA, 60, POLICY, {}, Drop(Reason.EMPTY)),
        ("a new cart after an order", [MUG, closing(5, "mug"), content(60, "pot")], ANA, 90, POLICY, {}, Remind()),
        ("its payment failed", [MUG, closing(5, "mug"), reopening(60)], ANA, 80, POLICY, {}, Remind()),
        ("carts are switched off", [MUG], ANA, 30, Policy(is_cart_enabled=False), {}, Drop(Reason.DISABLED)),
        ("checkouts are not", [MUG, step(5)], ANA, 60, Policy(is_cart_enabled=False), {}, Remind()),
        ("checkouts are", [MUG, step(5)], ANA, 60, Policy(is_checkout_enabled=False), {}, Drop(Reason.DISABLED)),
        (
            "worth too little",
            [MUG],
            ANA,
            30,
            Policy(cart_min_value=Decimal(10)),
            {"value_major": 9.99},
            Drop(Reason.BELOW_MIN_VALUE),
        ),
        ("worth just enough", [MUG], ANA, 30, Policy(cart_min_value=Decimal(10)), {"value_major": 10.0}, Remind()),
        ("worth nobody knows what", [MUG], ANA, 30, Policy(cart_min_value=Decimal(10)), {}, Remind()),
        ("the payment runs", [MUG, PAYING], ANA, 30, POLICY, {}, Hold(Reason.PAYMENT_RUNNING, at(65))),
        ("it ran an hour", [MUG, PAYING], ANA, 65, POLICY, {}, Remind()),
        ("a payment that failed runs no more", [MUG, PAYING, reopening(10)], ANA, 30, POLICY, {}, Remind()),
        ("another cart is further", [MUG], ANA, 30, POLICY, {"is_outranked": True}, again(Reason.SUPERSEDED, 30)),
        # the person
        ("the browser said no", [MUG], but(is_denied=True), 30, POLICY, {}, Drop(Reason.CONSENT_DENIED)),
        (
            "excluded by the settings",
            [MUG],
            but(addressee=ana(is_excluded=True)),
            30,
            POLICY,
            {},
            Drop(Reason.EXCLUDED),
        ),
        ("opted out", [MUG], but(addressee=ana(Reason.OPTED_OUT)), 30, POLICY, {}, Drop(Reason.OPTED_OUT)),
        (
            "no basis, which may still come",
            [MUG],
            but(addressee=ana(Reason.NO_MAIL_BASIS)),
            30,
            POLICY,
            {},
            again(Reason.NO_MAIL_BASIS, 30),
        ),
        (
            "no basis until it was too late",
            [MUG],
            but(addressee=ana(Reason.NO_MAIL_BASIS)),
            31 + DAY,
            POLICY,
            {},
            Drop(Reason.EXPIRED),
        ),
        (
            "two accounts in one browser",
            [MUG],
            but(conflict="two_accounts"),
            30,
            POLICY,
            {},
            again(Reason.TWO_IDENTITIES, 30),
        ),
        ("perhaps a robot", [MUG], but(suspicion="webdriver"), 30, POLICY, {}, again(Reason.SUSPECTED_BOT, 30)),
        # the cap
        (
            "reminded an hour ago",
            [MUG],
            but(addressee=ana(recent=[-30])),
            30,
            POLICY,
            {},
            Hold(Reason.CAP, at(DAY - 30)),
        ),
        ("reminded a day ago", [MUG], but(addressee=ana(recent=[30 - DAY])), 30, POLICY, {}, Remind()),
        ("two a day: one is left", [MUG], but(addressee=ana(recent=[-30])), 30, Policy(cap_messages=2), {}, Remind()),
        (
            "two a day: both went",
            [MUG],
            but(addressee=ana(recent=[-90, -30])),
            30,
            Policy(cap_messages=2),
            {},
            Hold(Reason.CAP, at(DAY - 90)),
        ),
        ("none at all", [MUG], ANA, 30, Policy(cap_messages=0), {}, Drop(Reason.CAP)),
        # the shop
        ("at night", [MUG], but(), 600, NIGHT, {}, Hold(Reason.QUIET_HOURS, at(20 * 60))),
        (
            "in the night of the shop's zone",
            [MUG],
            but(zone="Pacific/Auckland"),
            30,
            NIGHT,
            {},
            Hold(Reason.QUIET_HOURS, at(7 * 60)),
        ),
        ("in the morning", [MUG], but(), 20 * 60, NIGHT, {}, Remind()),
        ("orders cannot be seen", [MUG], but(has_order_feed=False), 30, POLICY, {}, again(Reason.NO_ORDER_FEED, 30)),
        ("and need not be", [MUG], but(has_order_feed=False), 30, Policy(truth_check=False), {}, Remind()),
    ],
)
def test_whether_a_cart_is_reminded_of(
    why: str,
    facts: list[CartFact],
    standing: Standing,
    now: float,
    policy: Policy,
    more: dict[str, Any],
    expected: Decision,
) -> None:
    assert decide_cart(cart(*facts), standing, at(now), policy, **more) == expected, why


@pytest.mark.parametrize(
    ("why", "visit", "standing", "now", "policy", "expected"),
    [
        ("not yet", {}, ANA, 59, POLICY, Wait(at(60))),
        ("an hour after the last event", {}, ANA, 60, POLICY, Remind()),
        ("nothing was looked at", {"product_views": 0}, ANA, 60, POLICY, Drop(Reason.TOO_FEW_VIEWS)),
        ("too little was", {"product_views": 2}, ANA, 60, Policy(min_product_views=3), Drop(Reason.TOO_FEW_VIEWS)),
        ("enough was", {"product_views": 3}, ANA, 60, Policy(min_product_views=3), Remind()),
        ("switched off", {}, ANA, 60, Policy(is_browse_enabled=False), Drop(Reason.DISABLED)),
        ("they are back", {"is_newest": False}, ANA, 60, POLICY, Drop(Reason.SUPERSEDED)),
        ("a cart counts more", {"has_open_cart": True}, ANA, 60, POLICY, Drop(Reason.HAS_CART)),
        ("they bought since", {"ordered_at": at(30)}, ANA, 60, POLICY, Drop(Reason.ORDERED)),
        ("they bought in the day before", {"ordered_at": at(-DAY)}, ANA, 60, POLICY, Drop(Reason.ORDERED)),
        ("they bought long ago", {"ordered_at": at(-DAY - 1)}, ANA, 60, POLICY, Remind()),
        ("nobody is known", {}, Standing(None), 60, POLICY, Wait(None, Reason.NOBODY_KNOWN)),
        ("from before the activation", {}, but(activated_at=at(1)), 60, POLICY, Drop(Reason.BEFORE_ACTIVATION)),
        ("too late", {}, ANA, 61 + 720, POLICY, Drop(Reason.EXPIRED)),
        ("the cap counts carts, too", {}, but(addressee=ana(recent=[0])), 60, POLICY, Hold(Reason.CAP, at(DAY))),
        ("the browser said no", {}, but(is_denied=True), 60, POLICY, Drop(Reason.CONSENT_DENIED)),
        ("opted out", {}, but(addressee=ana(Reason.OPTED_OUT)), 60, POLICY, Drop(Reason.OPTED_OUT)),
        ("orders cannot be seen", {}, but(has_order_feed=False), 60, POLICY, again(Reason.NO_ORDER_FEED, 60)),
    ],
)
def test_whether_a_visit_is_reminded_of(
    why: str, visit: dict[str, Any], standing: Standing, now: float, policy: Policy, expected: Decision
) -> None:
    plain: dict[str, Any] = {"last_event_at": at(0), "product_views": 1}
    assert decide_browse(Visit(**(plain | visit)), standing, at(now), policy) == expected, why


@pytest.mark.parametrize(
    ("why", "stage", "now", "policy", "expected"),
    [
        ("a fresh cart", Stage.CART, 0, POLICY, True),
        ("kept alive for four hours, then a day", Stage.CART, 4 * 60 + DAY, POLICY, True),
        ("never after", Stage.CART, 4 * 60 + DAY + 1, POLICY, False),
        ("until its last step has expired", Stage.CART, 4 * DAY, STEPS, True),
        ("never after that", Stage.CART, 4 * DAY + 1, STEPS, False),
        ("a checkout has its own time", Stage.CHECKOUT, 4 * DAY, STEPS, False),
    ],
)
def test_how_long_a_cart_is_in_the_way_of_others(
    why: str, stage: Stage, now: float, policy: Policy, expected: bool
) -> None:
    assert can_still_come(stage, at(0), at(now), policy) is expected, why


def test_every_reason_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Reason)
    assert len(set(SENTENCES.values())) == len(SENTENCES)


carts = st.builds(
    lambda change, enter, activity: (cart(content(change, "mug"), step(change + enter)), at(change + activity)),
    st.integers(0, 100),
    st.integers(0, 600),
    st.integers(0, 2000),
)
standings = st.builds(
    Standing,
    st.builds(
        ana,
        st.sampled_from(["opted_in", Reason.NO_MAIL_BASIS, Reason.OPTED_OUT]),
        st.lists(st.integers(-3000, 0), max_size=3).map(sorted),
    ),
    is_denied=st.booleans(),
    conflict=st.sampled_from(["", "two_accounts"]),
    has_order_feed=st.booleans(),
)


@given(carts, standings, st.integers(0, 5000), st.sampled_from([POLICY, NIGHT, STEPS]))
def test_whatever_waits_or_is_held_is_asked_again_later(
    found: tuple[Generation, datetime], standing: Standing, minute: int, policy: Policy
) -> None:
    generation, active_at = found
    now = at(minute)
    match decide_cart(generation, standing, now, policy, last_activity_at=active_at):
        case Hold(_, until):
            assert until > now
        case Wait(until):
            assert until is not None
            assert until > now


@given(carts, st.integers(0, 5000))
def test_nobody_is_reminded_before_the_deadline_or_without_a_basis(
    found: tuple[Generation, datetime], minute: int
) -> None:
    generation, active_at = found
    due = due_at(generation, POLICY, True, active_at)
    assert due is not None
    decision = decide_cart(generation, ANA, at(minute), POLICY, last_activity_at=active_at)
    assert isinstance(decision, Remind) == (due <= at(minute) <= due + POLICY.checkout_expire)
    without = but(addressee=ana(Reason.NO_MAIL_BASIS))
    assert not isinstance(decide_cart(generation, without, at(minute), POLICY), Remind)
