"""Which codes go into which pool at Brevo: those anybody may still use, and only where the merchant says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.domain.coupons import Coupon, CouponGroup, CouponSeen, collection_of, first_sight
from collector.domain.errors import SourceUnavailable
from collector.domain.events import Gone
from collector.domain.shop import Shop

from .catalogue_rig import NOON, RULES, Rig, at, shop

UNUSED = CouponGroup("*", "Winter", is_unused_only=True)  # sync.coupons.collection
IN_USE = replace(RULES, coupon_groups=(UNUSED,))
WIN_BACK, FRIENDS = CouponGroup("WB-*", "Win-back"), CouponGroup("*-friend", "Friends")


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
def test_without_groups_a_code_is_for_one_use_by_whoever_gets_it(why: str, given: Coupon, is_for_it: bool) -> None:
    assert bool(collection_of(given, [UNUSED], NOON + timedelta(minutes=1))) == is_for_it, why


@pytest.mark.parametrize(
    ("why", "given", "collection"),
    [
        ("for one use", known(code="wb-1"), "Win-back"),
        ("however it is written", known(code="Wb-1"), "Win-back"),
        ("for as many as like", known(code="wb-1", usage_limit=None), "Win-back"),
        ("uses are left", known(code="wb-1", usage_limit=50, usage_count=49), "Win-back"),
        ("used up", known(code="wb-1", usage_limit=50, usage_count=50), ""),
        ("no use was ever meant", known(code="wb-1", usage_limit=0), ""),
        ("for certain addresses", known(code="wb-1", is_open=False), ""),
        ("a draft, planned, private or in the bin", known(code="wb-1", is_visible=False), ""),
        ("deleted", known(code="wb-1", deleted=1), ""),
        ("over", known(code="wb-1", expires_at=NOON), ""),
        ("over later", known(code="wb-1", expires_at=NOON + timedelta(days=1)), "Win-back"),
        ("of another group", known(code="my-friend"), "Friends"),
        ("of two groups: the first", known(code="wb-friend"), "Win-back"),
        ("of none", known(code="summer"), ""),
        ("the pattern is the whole code", known(code="x-wb-1"), ""),
        ("nothing there", known(code=""), ""),
    ],
)
def test_a_code_goes_into_the_pool_of_its_group(why: str, given: Coupon, collection: str) -> None:
    assert collection_of(given, [WIN_BACK, FRIENDS], NOON + timedelta(minutes=1)) == collection, why


@pytest.mark.parametrize(
    ("why", "given", "collection"),
    [
        ("of a group, for many uses", known(code="wb-1", usage_limit=50), "Win-back"),
        ("of none, for one use", known(code="summer"), "Winter"),
        ("of none, for many uses", known(code="summer", usage_limit=50), ""),
    ],
)
def test_what_no_group_has_goes_where_all_unused_ones_go(why: str, given: Coupon, collection: str) -> None:
    assert collection_of(given, [WIN_BACK, UNUSED], NOON + timedelta(minutes=1)) == collection, why


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


def test_a_code_whose_coupon_was_deleted_and_made_again_goes_there_once(rig: Rig) -> None:
    rig.fold(coupon(1))
    settle(rig)
    rig.fold(Gone("coupon", "1", at(20)), coupon(2, 30, code="code-1"), coupon(3, 30))
    settle(rig)
    bodies = [dict(call.body) for call in rig.brevo.account.calls if call.path.endswith("/coupons")]  # type: ignore[call-overload]
    assert [body["coupons"] for body in bodies] == [["code-1"], ["code-3"]]


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


def test_each_group_has_its_own_collection_and_a_missing_one_holds_up_nobody(tmp_path: Path) -> None:
    rig = Rig(tmp_path, shops=[shop(rules=replace(RULES, coupon_groups=(WIN_BACK, FRIENDS)))])
    rig.brevo.said("POST", "/couponCollections", {"name": "Friends", "defaultCoupon": "FRIEND"})
    rig.fold(*[coupon(n, code=f"wb-{n}") for n in range(3)], *[coupon(n, code=f"{n}-friend") for n in range(10, 13)])
    rig.fold(coupon(90, code="summer"), coupon(91, code="wb-91", usage_count=1))
    settle(rig)
    assert pooled(rig) == {"10-friend", "11-friend", "12-friend"}
    rig.brevo.said("POST", "/couponCollections", {"name": "Win-back", "defaultCoupon": "WIN"})
    rig.clock.move(3600)
    rig.turn()
    by_name = {one.body["name"]: one.coupons for one in rig.brevo.account.collections.values()}
    assert by_name["Win-back"] == {"wb-0", "wb-1", "wb-2"}
    assert len(by_name["Friends"]) == 3


def test_a_group_named_later_takes_what_is_there(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.brevo.said("POST", "/couponCollections", {"name": "Win-back", "defaultCoupon": "WIN"})
    rig.fold(coupon(1, code="wb-1", usage_limit=None))
    settle(rig)
    rig.shops = [shop(rules=replace(RULES, coupon_groups=(WIN_BACK,)))]
    rig.turn()
    assert pooled(rig) == {"wb-1"}


@dataclass
class AskedShop:
    """domain.catalogue_ports.CouponReader: what the shop has at this moment, and how it was asked.

    `away_from`: the number of the question from which on it does not answer.
    """

    has: dict[str, CouponSeen] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)
    away_from: int | None = None

    def read(self, shop: Shop, coupon_ids: Sequence[str]) -> dict[str, CouponSeen]:
        self.asked.append(list(coupon_ids))
        if self.away_from is not None and len(self.asked) > self.away_from:
            raise SourceUnavailable("The shop did not answer.", "Look whether it is up.")
        return {number: self.has[number] for number in coupon_ids if number in self.has}


def asking(rig: Rig, *has: CouponSeen) -> AskedShop:
    there = AskedShop({one.coupon_id: one for one in has})
    rig.services = replace(rig.services, coupons={"woocommerce": there})
    return there


@pytest.mark.parametrize(
    ("why", "now_there", "expected"),
    [
        ("as it was", coupon(), {"code-1"}),
        ("used meanwhile: the same version", coupon(usage_count=1), set()),
        ("used, and given back with its order", coupon(usage_count=0), {"code-1"}),
        ("tied to an address", coupon(version=5, is_open=False), set()),
        ("over", coupon(version=5, expires_at=NOON), set()),
        ("not there any more", None, set()),
        ("renamed", coupon(version=5, code="other"), {"other"}),
    ],
)
def test_a_code_goes_as_the_shop_has_it_at_that_moment(
    rig: Rig, why: str, now_there: CouponSeen | None, expected: set[str]
) -> None:
    there = asking(rig, *([now_there] if now_there else []))
    rig.fold(coupon())
    settle(rig)
    assert pooled(rig) == expected, why
    assert there.asked == [["1"]]
    rig.run()
    assert there.asked == [["1"]], "once: what is not for the pool is done with"


def test_only_codes_that_may_go_are_asked_about_a_hundred_at_once(rig: Rig) -> None:
    some = [coupon(n) for n in range(250)]
    there = asking(rig, *some)
    rig.fold(*some, *[coupon(n, usage_count=1) for n in range(300, 320)])
    settle(rig)
    assert [len(one) for one in there.asked] == [100, 100, 50]
    assert len(pooled(rig)) == 250
    assert rig.calls() == ["/couponCollections", "/coupons"], "one call for all"


def test_codes_wait_for_a_shop_that_cannot_be_asked_and_that_is_said(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    some = [coupon(n) for n in range(250)]
    there = asking(rig, *some)
    there.away_from = 1
    rig.fold(*some)
    settle(rig)
    assert len(pooled(rig)) == 100, "those it answered for"
    (said,) = [one for one in caplog.records if one.message == "coupon codes wait until their shop can be asked"]
    assert vars(said)["codes"] == 150
    rig.turn()
    assert len(there.asked) == 2, "not at once again"
    there.away_from = None
    rig.clock.move(301)
    rig.turn()
    assert len(pooled(rig)) == 250


def test_a_turn_ends_in_time_and_the_next_goes_on(rig: Rig) -> None:
    some = [coupon(n) for n in range(250)]
    there = asking(rig, *some)
    rig.services = replace(rig.services, should_stop=lambda: True)
    rig.fold(*some)
    settle(rig)
    assert [len(one) for one in there.asked] == [100]
    rig.turn()
    rig.turn()
    assert len(pooled(rig)) == 250
