"""New keys of a shop, in an order in which nothing that is under way is refused.

A webhook secret: the new one is stored beside the old one, then the doors get time to see it, then the shop's webhooks
are told, and only when all of them have it does the old one go. Killed anywhere in between, both are taken, and the
next run goes on where this one stopped.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from collector.bootstrap.desk import Desk
from collector.bootstrap.own_turn import own_turn
from collector.bootstrap.parts import clock
from collector.domain.jobs import SUBSCRIPTIONS, of_shop
from collector.domain.shop import SIGNS_ON, Shop
from collector.domain.subscriptions import Signed, SignedBySecret
from collector.storage.sqlite.connection import write
from collector.storage.sqlite.jobs import Jobs

DOORS_SEE_S = 1.1  # ShopDirectory looks at the file once a second
TURN_S = 10.0  # for the worker, which may be looking at the same webhooks
BY_HAND = timedelta(days=1)  # somebody has to go to the shop and paste


@dataclass(frozen=True, slots=True)
class Rotated:
    """`until`: how long the old secret is taken; None: until every webhook has the new one. `is_new`: the secret was
    made now, not by a run before that was stopped. `told`: how many were told. `problems`: of single ones."""

    shop: Shop
    until: datetime | None
    is_new: bool
    told: int = 0
    signed: Signed = field(default_factory=Signed)
    problems: tuple[str, ...] = ()


def renew_identity_key(desk: Desk, shop: Shop, now: datetime) -> Shop:
    """The shop with a new key; the one before is taken while what it signed is good."""
    with write(desk.state):
        kept = desk.shops.get(shop.id).secrets
        desk.shops.change_secrets(shop.id, kept.with_identity(secrets.token_urlsafe(32), now))
    return desk.shops.get(shop.id)


def begin_rotation(desk: Desk, shop: Shop) -> tuple[Shop, bool]:
    """The shop with a new secret beside the one it has, and whether it was made now: one that waits to be told to all
    webhooks is the new one still."""
    with write(desk.state):
        kept = desk.shops.get(shop.id).secrets
        is_new = len(kept.webhook) < 2
        if is_new:
            desk.shops.change_secrets(shop.id, replace(kept, webhook=(*kept.webhook, secrets.token_urlsafe(32))))
    return desk.shops.get(shop.id), is_new


def end_rotation(desk: Desk, shop: Shop, signed: Signed, now: datetime) -> datetime:
    """Only the newest secret is left, if it is still this shop's; the others are taken until the moment returned."""
    holds = BY_HAND if signed.by_hand else SIGNS_ON
    with write(desk.state):
        kept = desk.shops.get(shop.id).secrets
        if kept.webhook[-1:] == shop.secrets.webhook[-1:]:
            newest = replace(kept, webhook=kept.webhook[-1:])
            desk.shops.change_secrets(shop.id, newest.in_place_of(kept, now, holds))
    return now + holds


def rotate_webhook_secret(
    desk: Desk,
    shop: Shop,
    webhooks: SignedBySecret,
    address: str,
    sleep: Callable[[float], None] = time.sleep,
) -> Rotated:
    """Raises SourceUnavailable while the shop cannot be asked, Unready while the worker is at it for long; then both
    secrets are taken."""
    changed, is_new = begin_rotation(desk, shop)
    sleep(DOORS_SEE_S)
    guarding = of_shop(SUBSCRIPTIONS, shop.id)
    with own_turn(desk, guarding, longest_wait_s=TURN_S, sleep=sleep):
        told, problems = _tell(changed, webhooks, address)
        signed = webhooks.signed(changed, address)
        if signed.before:
            return Rotated(changed, None, is_new, told, signed, problems)
        now = clock()
        until = end_rotation(desk, changed, signed, now)
    # A look of the worker's that knows the shop from before may put the old secret back: it looks again.
    Jobs(desk.state).bring_forward(guarding, now)
    return Rotated(desk.shops.get(shop.id), until, is_new, told, signed, problems)


def _tell(shop: Shop, webhooks: SignedBySecret, address: str) -> tuple[int, tuple[str, ...]]:
    """How many webhooks were told the newest secret, and the problems of others. A slow shop takes several looks."""
    told = 0
    while True:
        kept = webhooks.keep(shop, address)
        done = len(kept.made) + len(kept.mended)
        told += done
        if not kept.left or not done:
            return told, tuple(kept.problems)


def rotate_by_hand(desk: Desk, shop: Shop) -> Rotated:
    """For webhooks that we cannot tell anything: the old secret is taken for a day, in which somebody has to."""
    changed, is_new = begin_rotation(desk, shop)
    until = end_rotation(desk, changed, Signed(by_hand=("all",)), clock())
    return Rotated(desk.shops.get(shop.id), until, is_new)
