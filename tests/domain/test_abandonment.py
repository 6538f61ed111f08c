"""The stored deadline of a cart."""

from __future__ import annotations

from datetime import timedelta

import pytest

from collector.domain.abandonment import due_at
from collector.domain.carts import CartFact, Stage, replay
from collector.domain.shop import Policy

from .facts import at, closing, content, reopening, step

POLICY = Policy(cart_after=timedelta(minutes=30), checkout_after=timedelta(minutes=20))
SLOW = Policy(cart_after=timedelta(hours=6))
MUG = content(0, "mug")


@pytest.mark.parametrize(
    ("why", "facts", "active", "policy", "expected"),
    [
        ("30 minutes after the change", [MUG], None, POLICY, 30),
        ("the last change counts", [MUG, content(10, "pot")], None, POLICY, 40),
        ("equal content is no change", [MUG, content(10, "mug")], None, POLICY, 30),
        ("a page view keeps it alive", [MUG], 20, POLICY, 50),
        ("a page view before the change adds nothing", [MUG], -20, POLICY, 30),
        ("looking around helps at most four hours", [MUG], 220, POLICY, 240),
        ("exactly four hours", [MUG], 210, POLICY, 240),
        ("for ever looking around", [MUG], 2000, POLICY, 240),
        ("a checkout has its own patience", [MUG, step(5)], None, POLICY, 25),
        ("a payment, too", [MUG, step(5, Stage.PAYMENT)], None, POLICY, 25),
        ("the last step counts", [MUG, step(5), step(15)], None, POLICY, 35),
        ("steps help at most four hours, too", [MUG, step(230)], None, POLICY, 240),
        ("page views after the step", [MUG, step(5)], 30, POLICY, 50),
        ("a wait longer than four hours is a wait", [MUG], None, SLOW, 360),
        ("and is not prolonged", [MUG], 100, SLOW, 360),
        ("ordered", [MUG, closing(5, "mug")], None, POLICY, None),
        ("emptied", [MUG, content(5)], None, POLICY, None),
        ("failed: from the failure on", [MUG, closing(5, "mug"), reopening(60)], None, POLICY, 80),
    ],
)
def test_when_a_cart_is_asked(
    why: str, facts: list[CartFact], active: float | None, policy: Policy, expected: float | None
) -> None:
    cart = replay(facts).current
    assert cart is not None
    active_at = None if active is None else at(active)
    assert due_at(cart, policy, True, active_at) == (None if expected is None else at(expected)), why


def test_an_anonymous_cart_waits_without_a_deadline() -> None:
    cart = replay([MUG]).current
    assert cart is not None
    assert due_at(cart, POLICY, has_address=False) is None
