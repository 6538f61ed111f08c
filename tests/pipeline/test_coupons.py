"""Which codes go into a pool at Brevo: those that one person can use once, and only where the merchant says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.domain.coupons import Coupon, CouponSeen, first_sight, is_for_pool
from collector.domain.events import Gone

from .catalogue_rig import NOON, RULES, Rig, at, shop

IN_USE = replace(RULES, coupon_collection="Winter")


def coupon(number: int = 1, version: float = 0, **more: Any) -> CouponSeen:
    plain: dict[str, Any] = {
        "coupon_id": str(number),
        "version_at": at(version),
        "stated_at": at(version),
        "code": f"code-{number}",
        "is_visible": True,
        "usage_limit": 1,
    }
    return CouponSeen(**plain | more)


def known(deleted: float | None = None, **more: Any) -> Coupon:
    return replace(first_sight(coupon(**more)), deleted_at=None if deleted is None else at(deleted))


@pytest.mark.parametrize(
    ("why", "given", "is_for_it"),
    [
        ("for one use, not used", known(), True),
        ("anybody may use it, again and again", known(usage_limit=None), False),
        ("for many uses", known(usage_limit=50), False),
        ("used", known(usage_count=1), False),
        ("for certain addresses", known(is_open=False), False),
        ("a draft or in the bin", known(is_visible=False), False),
        ("deleted", known(deleted=1), False),
        ("deleted and made again", known(deleted=1, version=2), True),
        ("expired", known(expires_at=NOON), False),
        ("expires later", known(expires_at=NOON + timedelta(days=1)), True),
        ("without a code", known(code=""), False),
    ],
)
def test_a_code_for_the_pool_is_for_one_use_by_whoever_gets_it(why: str, given: Coupon, is_for_it: bool) -> None:
    assert is_for_pool(given, NOON + timedelta(minutes=1)) == is_for_it, why


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    made = Rig(tmp_path, shops=[shop(rules=IN_USE)])
    made.brevo.said("POST", "/couponCollections", {"name": "Winter", "defaultCoupon": "WINTER"})
    made.brevo.account.calls.clear()
    return made


def pooled(rig: Rig) -> set[str]:
    return {code for one in rig.brevo.account.collections.values() for code in one.coupons}


def settle(rig: Rig) -> None:
    """Codes are waited for, a minute."""
    rig.clock.move(70)
    rig.turn()


def test_many_codes_go_in_one_call_and_once(rig: Rig) -> None:
    rig.fold(*[coupon(n) for n in range(250)], coupon(900, usage_limit=None))
    settle(rig)
    assert pooled(rig) == {f"code-{n}" for n in range(250)}
    assert rig.calls() == ["/couponCollections", "/coupons"]
    rig.fold(coupon(0, 5), coupon(1, 5, usage_count=1), coupon(251))
    settle(rig)
    assert len(pooled(rig)) == 251
    assert rig.calls()[2:] == ["/coupons"], "the collection is known by now"


def test_without_a_named_collection_nothing_leaves(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.fold(coupon())
    settle(rig)
    assert rig.calls() == []
    rig.shops = [shop(rules=IN_USE)]  # named later: what is there goes then
    rig.brevo.said("POST", "/couponCollections", {"name": "Winter", "defaultCoupon": "WINTER"})
    rig.turn()
    assert pooled(rig) == {"code-1"}


def test_a_collection_that_is_not_there_is_asked_for_again_and_nothing_is_lost(tmp_path: Path) -> None:
    rig = Rig(tmp_path, shops=[shop(rules=IN_USE)])
    rig.fold(coupon())
    settle(rig)
    rig.brevo.said("POST", "/couponCollections", {"name": "Winter", "defaultCoupon": "WINTER"})
    rig.clock.move(60)
    assert rig.turn().told == 0
    assert pooled(rig) == set()
    rig.clock.move(900)
    rig.turn()
    assert pooled(rig) == {"code-1"}


def test_a_coupon_is_an_event_once(rig: Rig) -> None:
    rig.fold(coupon(is_new=True, created_at=at(0)))
    rig.fold(coupon(version=9, is_new=True, created_at=at(0)), Gone("coupon", "1", at(20)))
    assert rig.one("select group_concat(event_id) from events where type = 'coupon_created'") == "coupon_created:1"
