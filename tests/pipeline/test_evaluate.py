"""Time passes: what is due is decided once, with its reason, after a look at the shop's own records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collector.domain.door import NewRow
from collector.domain.shop import Sending, Shop
from collector.pipeline.evaluate import evaluate_some
from tests.pipeline.row_builders import (
    ANA,
    BO,
    at,
    beacon,
    cart,
    denial,
    event,
    gmt,
    shopify_cart,
    shopify_checkout,
    typed,
    woo_customer,
    woo_order,
)
from tests.pipeline.telling_bench import (
    LIVE_SHOPIFY,
    LIVE_WOO,
    MUG,
    POT,
    TEA,
    ScriptedShop,
    TellingBench,
    gone,
    known_order,
    telling_bench,
    under,
)

ANAS = "ana@shop.example"
HERS: dict[str, Any] = {"meta": {"_tajo_id": ANA}}
OPTS_IN = beacon(-30, ANA, typed(-30, ANAS, opt_in=True))
FILLS = beacon(-20, ANA, cart(-20, MUG, POT))  # due at 10
DAY = 24 * 60


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("evaluate")) as found:
        yield found


@pytest.fixture
def bench(files: TellingBench) -> TellingBench:
    files.begin()
    return files


def look(minutes: float, name: str = MUG) -> dict[str, Any]:
    return event(
        minutes, "product_viewed", name, product={"id": name, "name": name, "price": "5.00", "currency": "EUR"}
    )


def test_an_abandoned_cart_is_one_event_then_the_list(bench: TellingBench) -> None:
    bench.happen(OPTS_IN, FILLS)
    before = len(bench.told())
    bench.pass_until(9.9)
    assert (bench.decided(), bench.told()[before:]) == ([], [])
    bench.pass_until(10)
    for minutes in (11, 60, 600, 3000):
        bench.pass_until(minutes)
    assert bench.decided() == ["cart remind due"]
    assert bench.told()[before:] == ["ana cart_abandoned", "ana contact typed +abandoned_cart"]
    contact, event_row, listing = bench.rows()[0], *bench.rows()[before:]
    assert (event_row.message.needs, listing.message.needs) == (contact.id, event_row.id)


def test_the_reminder_shows_items_totals_and_the_way_back(bench: TellingBench) -> None:
    bench.happen(OPTS_IN, beacon(-25, ANA, event(-25, "page_viewed")), FILLS)
    bench.pass_until(10)
    said = bench.one("cart_abandoned")
    assert [(item["id"], item["quantity"], item["price"]) for item in said["items"]] == [(MUG, 1, 5.0), (POT, 1, 5.0)]
    assert (said["total"], said["currency"], said["total_formatted"]) == (10.0, "EUR", "€\xa010,00")
    assert (said["stage"], said["step"], said["steps"]) == ("cart", 1, 1)
    assert said["recovery_url"] == said["checkouturl"] == f"https://shop.example/cart/?tajo_r=back-to-v:{ANA}"
    assert (said["url"], said["shop"], said["locale"]) == ("https://shop.example/cart/", "shop.example", "de-AT")
    assert (said["consent_basis"], said["expires_at"]) == ("opted_in", "2026-11-22T12:10:00.000Z")
    assert said["event_id"] == said["abandonment_id"] == bench.sent("cart_abandoned")[0]["event_id"]


def test_the_shop_is_asked_for_everybody_the_person_is_since_the_cart_began(bench: TellingBench) -> None:
    bench.happen(woo_customer(-60), beacon(-40, ANA, identity={"customer_id": "1"}, is_signed=True))
    bench.happen(
        beacon(-30, ANA, typed(-30, "work@shop.example", opt_in=True)), FILLS, beacon(-10, ANA, cart(-10, MUG))
    )
    bench.pass_until(20)
    (asked,) = bench.records.questions
    assert (sorted(asked.emails), list(asked.customer_ids)) == ([ANAS, "work@shop.example"], ["1"])
    assert asked.since == at(-20)
    assert [item.product_id for item in asked.items] == [MUG]


@pytest.mark.parametrize(
    ("why", "rows", "stage"),
    [
        ("a checkout", [beacon(-5, ANA, event(-5, "checkout_started"))], "checkout"),
        ("a payment that ran an hour", [woo_order(0, "pending", MUG, POT, **HERS)], "payment"),
        (
            "a payment that failed",
            [woo_order(0, "pending", MUG, POT, **HERS), woo_order(9, "failed", MUG, POT, **HERS)],
            "payment",
        ),
    ],
)
def test_further_stages_are_named(bench: TellingBench, why: str, rows: list[NewRow], stage: str) -> None:
    bench.happen(OPTS_IN, FILLS, *rows)
    bench.pass_until(61)
    assert bench.one("cart_abandoned")["stage"] == stage, why


def test_a_running_payment_is_held_for_an_hour(bench: TellingBench) -> None:
    bench.happen(OPTS_IN, FILLS, woo_order(0, "pending", MUG, POT, **HERS))
    for minutes in (30, 45, 59):
        bench.pass_until(minutes)
    assert bench.decided() == ["cart hold payment_running"]
    bench.pass_until(60)
    assert bench.decided() == ["cart hold payment_running", "cart remind due"]


def test_a_page_view_keeps_the_cart_alive(bench: TellingBench) -> None:
    bench.happen(OPTS_IN, FILLS, beacon(5, ANA, event(5, "page_viewed")))
    bench.pass_until(34)
    assert bench.decided() == []
    bench.pass_until(35)
    assert bench.decided() == ["cart remind due"]


@pytest.mark.parametrize(
    ("why", "shop", "rows", "minutes", "decided"),
    [
        (
            "observed: decided, logged, not sent",
            replace(LIVE_WOO, sending=Sending.OBSERVE),
            [],
            10,
            ["cart remind observe"],
        ),
        ("paused: nothing is decided", replace(LIVE_WOO, sending=Sending.OFF), [], 10, []),
        ("disabled: nothing is decided", replace(LIVE_WOO, is_enabled=False), [], 10, []),
        ("no destination", under(account=""), [], 10, ["cart remind dry_run"]),
        ("Brevo's own workflow reminds", under(cart_workflow="brevo"), [], 10, ["cart drop brevo_workflow"]),
        ("from before the activation", replace(LIVE_WOO, activated_at=at(0)), [], 10, ["cart drop before_activation"]),
        ("switched off", under(is_cart_enabled=False), [], 10, ["cart drop disabled"]),
        ("worth too little", under(cart_min_value=Decimal("10.01")), [], 10, ["cart drop below_min_value"]),
        ("a day too late", LIVE_WOO, [], 11 + DAY, ["cart drop expired"]),
        ("at night", under(quiet_from=time(12), quiet_to=time(13)), [], 10, ["cart hold quiet_hours"]),
        ("refused since", LIVE_WOO, [denial(-5, ANA)], 10, ["cart drop consent_denied"]),
        (
            "and then a page knew of no answer",
            LIVE_WOO,
            [denial(-5, ANA), beacon(-4, ANA, consent="unknown")],
            10,
            ["cart drop consent_denied"],
        ),
        ("excluded", under(excluded_addresses=frozenset({ANAS})), [], 10, ["cart drop excluded"]),
        (
            "perhaps a robot",
            LIVE_WOO,
            [replace(beacon(-19, ANA), facts={"suspicion": "webdriver"})],
            11,
            ["cart hold suspected_bot"],
        ),
        (
            "two accounts",
            LIVE_WOO,
            [
                beacon(-40, ANA, identity={"customer_id": "1"}, is_signed=True),
                beacon(-39, ANA, identity={"customer_id": "2"}, is_signed=True),
            ],
            10,
            ["cart hold two_identities"],
        ),
    ],
)
def test_why_no_reminder_leaves(
    files: TellingBench, why: str, shop: Shop, rows: list[NewRow], minutes: float, decided: list[str]
) -> None:
    files.begin(shop)
    files.happen(OPTS_IN, FILLS, *rows)
    files.pass_until(minutes)
    assert files.decided() == decided, why
    assert files.sent("cart_abandoned") == [], why
    assert "ana contact typed +abandoned_cart" not in files.told("any"), why


def test_held_for_the_night_it_leaves_in_the_morning(files: TellingBench) -> None:
    files.begin(under(quiet_from=time(12), quiet_to=time(13)))
    files.happen(OPTS_IN, FILLS)
    files.pass_until(10)
    files.pass_until(59)
    files.pass_until(60)
    assert files.decided() == ["cart hold quiet_hours", "cart remind due"]


def test_nobody_known_waits_without_a_word_until_somebody_is(bench: TellingBench) -> None:
    bench.happen(FILLS)
    bench.pass_until(600)
    assert bench.decided() == []
    bench.happen(beacon(5, ANA, typed(5, ANAS, opt_in=True)))
    bench.pass_until(35)
    assert bench.decided() == ["cart remind due"]


def test_a_tick_frees_what_was_held_for_its_lack(bench: TellingBench) -> None:
    bench.happen(beacon(-30, ANA, typed(-30, ANAS)), FILLS)
    bench.pass_until(10)
    bench.happen(beacon(12, ANA, typed(12, ANAS, opt_in=True)))
    bench.pass_until(60)
    assert bench.decided() == ["cart hold no_mail_basis", "cart remind due"]


# The shop's own records.


@pytest.mark.parametrize(
    ("why", "records", "decided"),
    [
        ("nothing was bought", ScriptedShop(), "cart remind due"),
        ("the shop knows an order", ScriptedShop(orders=(known_order(-5),)), "cart drop ordered_elsewhere"),
        ("one from before the cart", ScriptedShop(orders=(known_order(-21),)), "cart remind due"),
        ("nothing of it is sold any more", ScriptedShop(unavailable=gone(MUG, POT)), "cart drop nothing_available"),
        ("the shop does not answer", ScriptedShop(is_away=True), "cart hold shop_unreachable"),
        ("nobody may ask, and no order was ever seen", ScriptedShop(is_open=False), "cart hold no_order_feed"),
    ],
)
def test_the_shop_has_the_last_word(bench: TellingBench, why: str, records: ScriptedShop, decided: str) -> None:
    bench.records = records
    bench.happen(OPTS_IN, FILLS)
    bench.pass_until(10)
    assert bench.decided() == [decided], why
    assert (len(bench.sent("cart_abandoned")) == 1) == (decided == "cart remind due"), why


def test_what_is_not_sold_any_more_is_left_out(bench: TellingBench) -> None:
    bench.records = ScriptedShop(unavailable=gone(MUG))
    bench.happen(OPTS_IN, FILLS)
    bench.pass_until(10)
    said = bench.one("cart_abandoned")
    assert [item["id"] for item in said["items"]] == [POT]
    assert (said["total"], said["item_count"]) == (5.0, 1)


def test_an_unreachable_shop_is_waited_for_and_then_given_up(bench: TellingBench) -> None:
    bench.records = ScriptedShop(is_away=True)
    bench.happen(OPTS_IN, FILLS)
    for minutes in range(10, 10 + 6 * 60 + 10, 5):
        bench.pass_until(minutes)
    assert bench.decided() == ["cart hold shop_unreachable", "cart drop shop_unreachable"]


def test_a_shop_that_answers_again_is_believed(bench: TellingBench) -> None:
    bench.records = ScriptedShop(is_away=True)
    bench.happen(OPTS_IN, FILLS)
    bench.pass_until(10)
    bench.records.is_away = False
    bench.pass_until(15)
    assert bench.decided() == ["cart hold shop_unreachable", "cart remind due"]


def test_without_credentials_our_own_records_decide_and_say_so(bench: TellingBench) -> None:
    bench.records = ScriptedShop(is_open=False)
    bench.happen(woo_order(-500, "processing", TEA, billing={"email": "bo@shop.example"}), OPTS_IN, FILLS)
    bench.pass_until(10)
    assert bench.decided() == ["cart remind due"]
    assert bench.files.connection.execute("select truth from decisions").fetchone() == ("no_access",)


def test_without_the_truth_check_nobody_is_asked(files: TellingBench) -> None:
    files.begin(under(truth_check=False))
    files.records = ScriptedShop(is_open=False)
    files.happen(OPTS_IN, FILLS)
    files.pass_until(10)
    assert files.decided() == ["cart remind due"]
    assert files.records.questions == []


def test_a_renewal_of_something_else_is_no_purchase_of_this(bench: TellingBench) -> None:
    bench.records = ScriptedShop(orders=(known_order(0, TEA, number="7"),))
    bench.happen(OPTS_IN, FILLS, woo_order(0, "processing", TEA, created_via="subscription"))
    bench.pass_until(10)
    assert bench.decided() == ["cart remind due"]


def test_an_order_that_ended_an_earlier_cart_does_not_end_this_one(bench: TellingBench) -> None:
    bench.records = ScriptedShop(orders=(known_order(-19, TEA, number="7"),))  # the shop's clock runs ahead
    earlier = woo_order(-25, "processing", TEA, date_created_gmt=gmt(-30), date_paid_gmt=gmt(-25), **HERS)
    bench.happen(OPTS_IN, earlier, FILLS)
    bench.pass_until(10)
    assert bench.decided() == ["cart remind due"]


def test_an_order_still_in_the_inbox_is_seen_first(bench: TellingBench) -> None:
    bench.happen(OPTS_IN, FILLS)
    bench.arrive(replace(woo_order(0, "processing", MUG, POT, **HERS), received_at=at(5)))
    bench.pass_until(300)
    assert bench.decided() == []
    bench.fold(at(300))
    bench.pass_until(300)
    assert bench.decided() == []
    assert bench.sent("cart_abandoned") == []


# Several reminders, several carts.


def test_steps_come_one_after_the_other(files: TellingBench) -> None:
    files.begin(under(cart_later=(timedelta(hours=24),), cap_messages=2))
    files.happen(OPTS_IN, FILLS)
    for minutes in (10, 11, 600, DAY - 21, DAY - 20, DAY + 600, 5 * DAY):
        files.pass_until(minutes)
    steps = [
        (payload["properties"]["step"], payload["properties"]["steps"]) for payload in files.sent("cart_abandoned")
    ]
    assert steps == [(1, 2), (2, 2)]
    assert files.decided() == ["cart remind due", "cart remind due"]


def test_a_second_step_does_not_follow_an_order(files: TellingBench) -> None:
    files.begin(under(cart_later=(timedelta(hours=24),), cap_messages=2))
    files.happen(OPTS_IN, FILLS)
    files.pass_until(10)
    files.happen(replace(woo_order(0, "processing", MUG, POT, **HERS), received_at=at(20)))
    files.pass_until(DAY)
    assert files.decided() == ["cart remind due"]


def test_a_changed_cart_is_a_new_matter_under_the_same_cap(bench: TellingBench) -> None:
    bench.happen(OPTS_IN, FILLS)
    bench.pass_until(10)
    bench.happen(beacon(100, ANA, cart(100, TEA)))
    bench.pass_until(130)
    assert bench.decided() == ["cart remind due", "cart hold cap"]
    bench.pass_until(10 + DAY)
    assert bench.decided()[2:] == ["cart remind due"]
    assert [item["id"] for item in bench.sent("cart_abandoned")[1]["properties"]["items"]] == [TEA]


def test_over_the_cap_until_it_was_too_late(files: TellingBench) -> None:
    files.begin(under(cap_per=timedelta(days=7)))
    files.happen(OPTS_IN, FILLS)
    files.pass_until(10)
    files.happen(beacon(100, ANA, cart(100, TEA)))
    files.pass_until(130)
    files.pass_until(7 * DAY + 10)
    assert files.decided() == ["cart remind due", "cart hold cap", "cart drop expired"]


@pytest.mark.parametrize(
    ("why", "phone", "expected"),
    [
        ("the newer of two carts", [beacon(-15, BO, cart(-15, TEA, number="bo"))], [TEA]),
        (
            "the checkout, though it is older",
            [beacon(-25, BO, cart(-25, TEA, number="bo"), event(-25, "checkout_started"))],
            [TEA],
        ),
        (
            "a checkout of three weeks ago is in nobody's way",
            [beacon(-900, BO, cart(-900, TEA, number="bo"), event(-900, "checkout_started"))],
            [MUG, POT],
        ),
    ],
)
def test_of_two_carts_of_a_person_one_is_reminded_of(
    files: TellingBench, why: str, phone: list[NewRow], expected: list[str]
) -> None:
    soon = timedelta(hours=6)
    files.begin(under(checkout_expire=soon))
    as_ana = {"customer_id": "1"}
    files.happen(
        woo_customer(-950),
        replace(beacon(-940, BO, identity=as_ana, is_signed=True)),
        *phone,
        beacon(-30, ANA, typed(-30, ANAS, opt_in=True), identity=as_ana, is_signed=True),
        FILLS,
    )
    files.happen(beacon(-14, BO, typed(-14, ANAS, opt_in=True)))
    files.pass_until(20)
    files.pass_until(25)
    files.pass_until(600)
    reminded = [[item["id"] for item in payload["properties"]["items"]] for payload in files.sent("cart_abandoned")]
    assert reminded == [expected], why


# Browsing.


def test_a_customer_who_only_looked_is_reminded_once_of_the_best(bench: TellingBench) -> None:
    consent = woo_order(-900, "processing", TEA, meta={"_tajo_opt_in": "1"}, customer_id=1)
    signed = {"customer_id": "1", "email": ANAS}
    bench.happen(replace(consent, received_at=at(-899)))
    bench.happen(
        replace(woo_customer(-60)),
        beacon(1600, ANA, look(1598, POT), look(1599, MUG), look(1600, MUG), identity=signed, is_signed=True),
    )
    bench.pass_until(1659)
    assert bench.sent("browse_abandoned") == []
    for minutes in (1660, 1700, 3000):
        bench.pass_until(minutes)
    said = bench.one("browse_abandoned")
    assert [item["id"] for item in said["items"]] == [MUG, POT]
    assert (said["stage"], said["consent_basis"]) == ("browse", "opted_in")
    assert bench.decided() == ["browse remind due"]
    assert [one for one in bench.told() if "abandoned_cart" in one] == []


def test_looking_counts_from_the_last_event_of_the_visit(bench: TellingBench) -> None:
    bench.happen(OPTS_IN, beacon(-20, ANA, look(-20)), beacon(0, ANA, event(0, "page_viewed")))
    bench.pass_until(59)
    assert bench.decided() == []
    bench.pass_until(60)
    assert bench.decided() == ["browse remind due"]


@pytest.mark.parametrize(
    ("why", "rows", "decided"),
    [
        ("there is a cart", [FILLS], ["cart remind due", "browse drop has_cart"]),
        ("they bought", [woo_order(0, "processing", MUG, **HERS)], ["browse drop ordered"]),
        ("they are back", [beacon(20, ANA, look(20))], ["browse drop superseded"]),
        ("they refused", [denial(-10, ANA)], ["browse drop consent_denied"]),
    ],
)
def test_why_looking_is_not_reminded_of(bench: TellingBench, why: str, rows: list[NewRow], decided: list[str]) -> None:
    bench.happen(OPTS_IN, beacon(-25, ANA, look(-25)), *rows)
    bench.pass_until(45)
    assert bench.decided() == decided, why
    assert bench.sent("browse_abandoned") == []


def test_products_not_sold_any_more_are_not_recommended(bench: TellingBench) -> None:
    bench.records = ScriptedShop(unavailable=gone(MUG))
    bench.happen(OPTS_IN, beacon(-20, ANA, look(-21, MUG), look(-20, POT)))
    bench.pass_until(40)
    assert [item["id"] for item in bench.one("browse_abandoned")["items"]] == [POT]


def test_an_old_cart_does_not_keep_a_visit_from_being_remembered(bench: TellingBench) -> None:
    bench.happen(beacon(-900, ANA, cart(-900, TEA)), OPTS_IN)
    bench.happen(beacon(3000, ANA, look(3000)))
    bench.pass_until(3060)
    assert bench.decided() == ["cart drop expired", "browse remind due"]


# The machine.


def test_a_shopify_cart_of_a_subscriber_is_reminded_of_without_any_browser(files: TellingBench) -> None:
    files.begin(LIVE_SHOPIFY)
    files.happen(shopify_cart(-10, MUG), shopify_checkout(-5, MUG, email=ANAS, buyer_accepts_marketing=True))
    files.pass_until(25)
    assert files.decided() == ["cart remind due"]
    assert files.one("cart_abandoned")["recovery_url"] == "https://tea.myshopify.com/cart?tajo_r=back-to-t:token-1"


def test_one_case_that_raises_is_pushed_forward_and_the_others_go_on(bench: TellingBench) -> None:
    bench.happen(OPTS_IN, FILLS)
    bench.happen(beacon(-20, BO, typed(-20, "bo@shop.example", opt_in=True), cart(-20, TEA, number="bo")))
    with bench.files.connection:
        bench.files.connection.execute("update carts set items = '[{}]' where item_count = 2")
    assert evaluate_some(bench.evaluation, bench.shop, at(10)) == 2
    assert evaluate_some(bench.evaluation, bench.shop, at(10)) == 0
    assert bench.decided() == ["cart remind due"]
    (again,) = bench.files.connection.execute("select next_check_at from carts where item_count = 2").fetchone()
    assert again == "2026-11-21T12:15:00.000Z"


def test_deciding_twice_changes_nothing(bench: TellingBench) -> None:
    bench.happen(OPTS_IN, FILLS, beacon(-15, BO, typed(-15, "bo@shop.example"), cart(-15, TEA, number="bo")))
    bench.pass_until(20)
    before = bench.everything()
    with bench.files.connection:
        bench.files.connection.execute("update carts set next_check_at = '2026-11-21T12:00:00.000Z'")
    bench.pass_until(20)
    assert bench.everything() == before


def test_some_at_a_time(bench: TellingBench) -> None:
    for number in range(5):
        who = f"visitor-{number}"
        bench.happen(beacon(-20, who, typed(-20, f"n{number}@shop.example", opt_in=True), cart(-20, MUG, number=who)))
    assert [evaluate_some(bench.evaluation, bench.shop, at(10), limit=2) for _ in range(4)] == [2, 2, 1, 0]
