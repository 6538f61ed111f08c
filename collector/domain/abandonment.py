"""When is a cart, a checkout, a payment or a visit abandoned? Pure rules: no database, no clock, no Brevo.

A rule sees a case as it is now and answers Remind, Wait, Hold or Drop. Wait: its time has not come. Hold: its
time has come, but something is in doubt or in the way; it is asked again until it is too late. Drop: never.
Times are aware UTC datetimes; the shop's settings come as a Policy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.domain.carts import CartState, Generation, Stage
from collector.domain.quiet import quiet_until
from collector.domain.reasons import Reason
from collector.domain.shop import Policy

# Looking around keeps a cart alive, but not for ever: this long after its last change at most.
LONGEST_ACTIVITY = timedelta(hours=4)
# A started payment is left alone this long: the shopper is at the bank's page.
PAYMENT_TIME = timedelta(minutes=60)
# How often a doubt is looked at again, and how long an unreachable shop is waited for.
LOOK_AGAIN = timedelta(minutes=5)
SHOP_PATIENCE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Remind:
    reason: Reason = Reason.DUE


@dataclass(frozen=True, slots=True)
class Wait:
    """Ask again at `until`; None: a later fact will set the time."""

    until: datetime | None
    reason: Reason = Reason.NOT_YET


@dataclass(frozen=True, slots=True)
class Hold:
    reason: Reason
    until: datetime


@dataclass(frozen=True, slots=True)
class Drop:
    reason: Reason


Decision = Remind | Wait | Hold | Drop


@dataclass(frozen=True, slots=True)
class Addressee:
    """What is known of whom a reminder would go to. `basis` is a basis, or the Reason there is none."""

    email: str
    basis: str | Reason
    recent: Sequence[datetime] = ()  # reminders of any kind this person got, oldest first
    is_excluded: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything beside the cart or visit itself that speaks for or against a reminder now."""

    addressee: Addressee | None
    is_denied: bool = False  # a linked browser refused to be observed
    conflict: str = ""  # of the person: two accounts, crowded browser
    suspicion: str = ""  # of a linked browser
    has_order_feed: bool = True
    activated_at: datetime | None = None
    zone: str = "UTC"


def steps_of(policy: Policy, stage: Stage) -> tuple[timedelta, ...]:
    if stage is Stage.CART:
        return (policy.cart_after, *policy.cart_later)
    return (policy.checkout_after, *policy.checkout_later)


def can_still_come(stage: Stage, changed_at: datetime, now: datetime, policy: Policy) -> bool:
    """Whether a reminder of an open cart last changed then may still go out. An older one is in nobody's way."""
    expire = policy.cart_expire if stage is Stage.CART else policy.checkout_expire
    return now <= changed_at + max(LONGEST_ACTIVITY, steps_of(policy, stage)[-1]) + expire


def due_at(
    cart: Generation,
    policy: Policy,
    has_address: bool,
    last_activity_at: datetime | None = None,
    step: int = 0,
) -> datetime | None:
    """The stored deadline of an open cart; None when there is nothing to ask or nobody to tell.

    `after` the latest of last change, last checkout step and last page view, but at most four hours
    (or `after`, if longer) after the last change. Page views are looked up when the deadline comes.
    """
    steps = steps_of(policy, cart.stage)
    if cart.state is not CartState.OPEN or not has_address or step >= len(steps):
        return None
    after = steps[step]
    active_at = max(cart.changed_at, cart.stepped_at, last_activity_at or cart.changed_at)
    return min(active_at + after, cart.changed_at + max(LONGEST_ACTIVITY, after))


def decide_cart(
    cart: Generation,
    standing: Standing,
    now: datetime,
    policy: Policy,
    *,
    step: int = 0,
    last_activity_at: datetime | None = None,
    value_major: float | None = None,
    is_outranked: bool = False,
) -> Decision:
    """May step `step` (from 0) of this cart's reminders go out now?

    `value_major`: the cart's total in major units; `is_outranked`: another open cart of the person is at a
    higher stage, or as high and newer. The shop's own records are asked after a Remind, before it is written.
    """
    if cart.state is CartState.ORDERED:
        return Drop(Reason.ORDERED)
    if cart.state is CartState.EMPTIED or not cart.items:
        return Drop(Reason.EMPTY)
    if cart.state is not CartState.OPEN:
        return Drop(Reason.CLOSED)
    is_enabled = policy.is_cart_enabled if cart.stage is Stage.CART else policy.is_checkout_enabled
    if not is_enabled:
        return Drop(Reason.DISABLED)
    if standing.addressee is None:
        return Wait(None, Reason.NOBODY_KNOWN)
    due = due_at(cart, policy, True, last_activity_at, step)
    if due is None:
        return Drop(Reason.CLOSED)
    if now < due:
        return Wait(due)
    expire = policy.cart_expire if cart.stage is Stage.CART else policy.checkout_expire
    if standing.activated_at is not None and cart.changed_at < standing.activated_at:
        return Drop(Reason.BEFORE_ACTIVATION)
    if now > due + expire:
        return Drop(Reason.EXPIRED)
    if value_major is not None and value_major < float(policy.cart_min_value):
        return Drop(Reason.BELOW_MIN_VALUE)
    if cart.stage is Stage.PAYMENT and cart.payment_order_id and now < cart.stepped_at + PAYMENT_TIME:
        return Hold(Reason.PAYMENT_RUNNING, cart.stepped_at + PAYMENT_TIME)
    if is_outranked:
        return Hold(Reason.SUPERSEDED, now + LOOK_AGAIN)
    return _common(standing, standing.addressee, now, policy)


@dataclass(frozen=True, slots=True)
class Visit:
    """A session in question. `has_open_cart`: of the person, one that a reminder may still come for.

    `ordered_at`: the person's newest order. One of the day before counts, too: whoever just bought is left alone.
    """

    last_event_at: datetime
    product_views: int
    has_open_cart: bool = False
    ordered_at: datetime | None = None
    is_newest: bool = True  # no later session of this browser


def browse_due_at(last_event_at: datetime, policy: Policy) -> datetime:
    return last_event_at + policy.browse_after


def decide_browse(visit: Visit, standing: Standing, now: datetime, policy: Policy) -> Decision:
    """May a reminder of the products of this visit go out now?"""
    if not policy.is_browse_enabled:
        return Drop(Reason.DISABLED)
    if visit.product_views < policy.min_product_views:
        return Drop(Reason.TOO_FEW_VIEWS)
    if not visit.is_newest:
        return Drop(Reason.SUPERSEDED)
    if visit.has_open_cart:
        return Drop(Reason.HAS_CART)
    if visit.ordered_at is not None and visit.ordered_at >= visit.last_event_at - policy.session_longest:
        return Drop(Reason.ORDERED)
    if standing.addressee is None:
        return Wait(None, Reason.NOBODY_KNOWN)
    due = browse_due_at(visit.last_event_at, policy)
    if now < due:
        return Wait(due)
    if standing.activated_at is not None and visit.last_event_at < standing.activated_at:
        return Drop(Reason.BEFORE_ACTIVATION)
    if now > due + policy.browse_expire:
        return Drop(Reason.EXPIRED)
    return _common(standing, standing.addressee, now, policy)


def _common(standing: Standing, addressee: Addressee, now: datetime, policy: Policy) -> Decision:
    """What holds or drops a reminder of any kind, once its time has come."""
    if standing.is_denied:
        return Drop(Reason.CONSENT_DENIED)
    if addressee.is_excluded:
        return Drop(Reason.EXCLUDED)
    if addressee.basis is Reason.OPTED_OUT:
        return Drop(Reason.OPTED_OUT)
    if isinstance(addressee.basis, Reason):  # an opt-in may still come
        return Hold(addressee.basis, now + LOOK_AGAIN)
    if standing.conflict:
        return Hold(Reason.TWO_IDENTITIES, now + LOOK_AGAIN)
    if standing.suspicion:
        return Hold(Reason.SUSPECTED_BOT, now + LOOK_AGAIN)
    recent = [at for at in addressee.recent if at > now - policy.cap_per]
    if len(recent) >= policy.cap_messages:
        if policy.cap_messages == 0:
            return Drop(Reason.CAP)
        return Hold(Reason.CAP, recent[-policy.cap_messages] + policy.cap_per)
    morning = quiet_until(now, policy, standing.zone)
    if morning is not None:
        return Hold(Reason.QUIET_HOURS, morning)
    if policy.truth_check and not standing.has_order_feed:
        return Hold(Reason.NO_ORDER_FEED, now + LOOK_AGAIN)
    return Remind()
