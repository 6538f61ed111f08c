"""Nobody who left is ever subscribed again: every order of what can be heard of them, over a real file.

The times are those of what happened; the order is that of arriving. Ana agreed in the shop, bought, and unsubscribed
at Brevo at noon; since then the shop's record says again and again that she is subscribed since long ago.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

import pytest

from collector.domain.reasons import Reason
from tests.pipeline.leaving import ANAS, BOTH, NEW, Leaving, Step, in_history, notice
from tests.pipeline.row_builders import ANA, beacon, gmt, iso, shopify_customer, shopify_order, typed, woo_order
from tests.pipeline.telling_bench import LIVE_SHOPIFY, LIVE_WOO, MUG, TellingBench, telling_bench

LONG_AGO = {"state": "subscribed", "opt_in_level": "single_opt_in", "consent_updated_at": iso(-600)}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("left")) as found:
        yield found


def opt_in(it: Leaving) -> None:
    it.fold(beacon(-500, ANA, typed(-500, ANAS, opt_in=True)))


def imported(it: Leaving) -> None:
    it.fold(in_history(shopify_customer(-400, email_marketing_consent=LONG_AGO)))


def order(it: Leaving) -> None:
    of_account_1 = {"id": 1, "email": ANAS}
    it.fold(
        shopify_order(
            -100, "paid", MUG, created_at=iso(-100), email=ANAS, customer=of_account_1, buyer_accepts_marketing=True
        )
    )


def unsubscribes(it: Leaving) -> None:
    it.told(notice(0, ANAS))


def read_back(it: Leaving) -> None:
    """Whatever the webhook missed: she stands in both lists there."""
    client = it.brevo.client
    assert client.post("/_sandbox/block", json={"email": ANAS}).status_code == 201
    if it.brevo.account.people.find("email", ANAS) is None:
        it.brevo.said("POST", "/contacts", {"email": ANAS, "emailBlacklisted": True})
    it.read()


def changes_address(it: Leaving) -> None:
    it.fold(shopify_customer(10, email=NEW, email_marketing_consent=LONG_AGO))


def resync(it: Leaving) -> None:
    it.fold(in_history(shopify_customer(20, email=NEW, email_marketing_consent=LONG_AGO)))
    it.fold(in_history(shopify_customer(-300, email_marketing_consent=LONG_AGO)))


def resubscribed_at_brevo(it: Leaving) -> None:
    """The merchant lifts the block there by hand, and our own writes come back as news."""
    it.told(notice(25, ANAS, "contact_updated", content=[{"emailBlacklisted": False}], api_key_name=""))
    it.told(notice(26, ANAS, "contact_updated", content=[{"emailBlacklisted": False}], api_key_name="our key"))
    it.told(notice(27, ANAS, "list_addition", list_id=[1], api_key_name=""))


def ticks_again(it: Leaving) -> None:
    """Anybody may type an address into a page."""
    it.fold(beacon(30, ANA, typed(30, ANAS, opt_in=True)))
    it.fold(beacon(31, ANA, typed(31, NEW, opt_in=True)))


OLD_RECORD = {"imported", "resync", "order"}  # without one of them nobody knows that both are hers
LEAVING: tuple[Step, ...] = (unsubscribes, read_back)
OTHERS: tuple[Step, ...] = (opt_in, imported, order, changes_address, resync, resubscribed_at_brevo, ticks_again)
ALL = (*LEAVING, *OTHERS)


def check(files: TellingBench, steps: tuple[Step, ...]) -> None:
    """From the moment it is known that she left, no permission is found any more, under no address of hers."""
    it = Leaving(files)
    met: list[str] = []
    for step in steps:
        step(it)
        met.append(step.__name__)
        has_left = bool({"unsubscribes", "read_back"} & set(met))
        is_known_as_new = bool({"changes_address", "resync"} & set(met)) and bool(OLD_RECORD & set(met))
        for shop in BOTH:
            if has_left:
                assert it.basis(ANAS, shop) is Reason.OPTED_OUT, (met, shop.address)
        if has_left and is_known_as_new:
            assert it.basis(NEW) is Reason.OPTED_OUT, met
    assert it.basis(NEW, LIVE_WOO) in (Reason.OPTED_OUT, Reason.NO_MAIL_BASIS)


@pytest.mark.parametrize("left", LEAVING, ids=lambda step: step.__name__)
def test_in_every_order_of_the_main_things(files: TellingBench, left: Step) -> None:
    """All orders of leaving, agreeing, the import, a new address and the page's tick."""
    for steps in itertools.permutations((left, opt_in, imported, changes_address)):
        check(files, (*steps, ticks_again))


def test_in_many_orders_of_everything(files: TellingBench) -> None:
    dice = random.Random(20261122)
    for _ in range(30):
        check(files, tuple(dice.sample(ALL, len(ALL))))


@pytest.mark.long
@pytest.mark.parametrize("first", [*LEAVING, changes_address], ids=lambda step: step.__name__)
def test_in_every_order_of_what_follows(files: TellingBench, first: Step) -> None:
    """720 orders of six things, for each that comes first."""
    rest = [step for step in ALL if step not in (first, resubscribed_at_brevo, order)][:6]
    for steps in itertools.permutations(rest):
        check(files, (first, *steps))


@pytest.mark.parametrize(
    ("why", "steps", "basis"),
    [
        ("she agreed and nothing else", (opt_in,), "opted_in"),
        ("the shop's record", (imported,), "opted_in"),
        ("under her new address", (imported, changes_address), "opted_in"),
        ("somebody else's key changed her", (opt_in, resubscribed_at_brevo), "opted_in"),
    ],
)
def test_who_did_not_leave_is_written_to(files: TellingBench, why: str, steps: tuple[Step, ...], basis: str) -> None:
    it = Leaving(files)
    for step in steps:
        step(it)
    assert it.basis(NEW if changes_address in steps else ANAS) == basis, why


@pytest.mark.parametrize(
    ("why", "then", "basis"),
    [
        ("she subscribes in the shop's own form, later", {**LONG_AGO, "consent_updated_at": iso(40)}, "opted_in"),
        ("the shop repeats what it knew", LONG_AGO, Reason.OPTED_OUT),
    ],
)
def test_only_a_later_act_that_the_platform_records_counts_again(
    files: TellingBench, why: str, then: dict[str, str], basis: str | Reason
) -> None:
    it = Leaving(files)
    for step in (imported, unsubscribes, changes_address):
        step(it)
    it.fold(shopify_customer(41, email=NEW, email_marketing_consent=then))
    assert it.basis(NEW) == basis, why


def test_what_one_shop_of_an_account_hears_counts_in_the_others(files: TellingBench) -> None:
    it = Leaving(files)
    gone = {"state": "unsubscribed", "consent_updated_at": iso(5)}
    it.fold(beacon(-500, ANA, typed(-500, ANAS, opt_in=True)), shop=LIVE_WOO)
    it.fold(shopify_customer(5, email_marketing_consent=gone))
    assert it.basis(ANAS, LIVE_WOO) == "opted_in", "not heard yet"
    it.read()
    assert it.basis(ANAS, LIVE_WOO) is Reason.OPTED_OUT
    assert it.basis(ANAS, LIVE_SHOPIFY) is Reason.OPTED_OUT


BOX: dict[str, Any] = {"meta": {"_tajo_opt_in": "1"}}


@pytest.mark.parametrize(
    ("why", "before", "after"),
    [
        ("it is completed", ("processing", {}), ("completed", {})),
        ("staff change its date", ("processing", {}), ("processing", {"date_created_gmt": gmt(50)})),
        ("it is dated ahead", *[("processing", {"date_created_gmt": gmt(9000)})] * 2),
        ("the shop's clock is ahead", *[("processing", {"date_created_gmt": gmt(40)})] * 2),
        ("it still waits for its payment", ("pending", {}), ("pending", {})),
        ("it is open again", ("processing", {}), ("pending", {})),
        ("it is still being filled in", ("checkout-draft", {}), ("checkout-draft", {})),
    ],
)
@pytest.mark.parametrize("arrives", ["in order", "the later body first"])
def test_an_order_with_a_ticked_box_that_changes_after_they_left_is_no_new_yes(
    files: TellingBench, why: str, before: tuple[str, dict[str, Any]], after: tuple[str, dict[str, Any]], arrives: str
) -> None:
    it = Leaving(files)
    rows = [woo_order(minutes, said[0], MUG, **BOX, **said[1]) for minutes, said in ((0, before), (60, after))]
    if arrives == "in order":
        it.fold(rows[0], shop=LIVE_WOO)
        assert it.basis(ANAS, LIVE_WOO) == "opted_in"
    it.told(notice(30, ANAS))
    it.fold(*reversed(rows), shop=LIVE_WOO)
    assert it.basis(ANAS, LIVE_WOO) is Reason.OPTED_OUT, why
