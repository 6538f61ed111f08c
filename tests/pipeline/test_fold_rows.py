"""Inbox rows become state: in whatever order, however often and in whatever portions they are folded."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from collector.domain.door import InboxRow, Lane, NewRow
from collector.domain.errors import Unparseable
from collector.domain.events import Fact
from collector.domain.ports import Source
from collector.domain.shop import Shop
from collector.pipeline.fold import FoldServices, fold_some, refold
from collector.storage.sqlite.connection import open_inbox
from collector.storage.sqlite.quarantine import Quarantine
from tests.pipeline.fold_bench import NOW, SHOPIFY, WOO, FoldBench, fold_bench
from tests.pipeline.row_builders import ANA, BO, beacon, cart, denial, event, typed, webhook, woo_customer, woo_order
from tests.pipeline.row_histories import Delivered, shopify_deliveries, woo_deliveries

HERS = {"_tajo_id": ANA}
STORY = [
    beacon(-30, ANA, event(-30, "page_viewed")),
    beacon(-20, ANA, cart(-20, "11")),
    beacon(-10, ANA, cart(-10, "11", "12"), typed(-9.5, "ana@shop.example", opt_in=True)),
    woo_customer(-5),
    woo_order(0, "pending", "11", "12", customer_id=1, meta=HERS),
    woo_order(2, "processing", "11", "12", customer_id=1, meta=HERS),
    beacon(3, ANA, cart(3), event(3, "order_confirmed", order_id="7")),
    beacon(90, BO, cart(90, "12"), typed(91, "ana@shop.example")),
    woo_order(120, "completed", "11", "12", customer_id=1, meta=HERS),
    woo_order(180, "refunded", "11", "12", customer_id=1, meta=HERS, refunds=[{"id": 9, "total": "-10.00"}]),
]
SOME = settings(deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FoldBench]:
    with fold_bench(tmp_path_factory.mktemp("rows")) as found:
        yield found


def assert_converges(bench: FoldBench, shop: Shop, delivered: Delivered) -> None:
    in_order = bench.fold(shop, delivered.history)
    assert not bench.quarantined()
    assert bench.fold(shop, delivered.arrived, delivered.limit) == in_order


@given(woo_deliveries)
@settings(SOME, max_examples=60)
def test_woocommerce_rows_in_any_order_repetition_and_portion_end_in_the_same_state(
    bench: FoldBench, delivered: Delivered
) -> None:
    assert_converges(bench, WOO, delivered)


@given(shopify_deliveries)
@settings(SOME, max_examples=60)
def test_shopify_rows_in_any_order_repetition_and_portion_end_in_the_same_state(
    bench: FoldBench, delivered: Delivered
) -> None:
    assert_converges(bench, SHOPIFY, delivered)


@pytest.mark.long
@pytest.mark.parametrize(("shop", "some"), [(WOO, woo_deliveries), (SHOPIFY, shopify_deliveries)])
def test_thousands_of_rowwise_histories_converge(
    bench: FoldBench, shop: Shop, some: st.SearchStrategy[Delivered]
) -> None:
    """Two thousand histories, or as many as TAJO_TEST_MINUTES allow."""
    end = time.monotonic() + 60 * float(os.environ.get("TAJO_TEST_MINUTES", "10"))
    for start in range(0, 2000, 100):
        if time.monotonic() > end:
            break

        @seed(start)
        @given(some)
        @settings(SOME, max_examples=100, database=None)
        def converges(delivered: Delivered) -> None:
            assert_converges(bench, shop, delivered)

        converges()


def test_a_story_ends_as_it_should(bench: FoldBench) -> None:
    state = bench.fold(WOO, STORY)
    assert bench.told_carts() == [f"v:{ANA} 1 ordered @payment (7)", f"v:{BO} 1 open due"]
    assert bench.told_people() == [f"customer:1 email:ana@shop.example visitor:{ANA} visitor:{BO}"]
    assert [name for name in bench.told_events() if name.startswith(("order_", "cust"))] == [
        "order_fulfilled:7",
        "order_placed:7",
        "order_refunded:7:9",
        *(name for name in bench.told_events() if name.startswith("order_updated:7:")),
    ]
    assert [one["state"] for one in state["consent_ledger"]] == ["opted_in"]
    assert bench.cursor(WOO) == bench.reader.newest_id()
    assert not bench.quarantined()


@given(st.permutations(STORY), st.integers(1, 10))
@settings(SOME, max_examples=20)
def test_a_story_ends_alike_in_every_order(bench: FoldBench, arrived: Sequence[NewRow], limit: int) -> None:
    assert bench.fold(WOO, arrived, limit) == bench.fold(WOO, STORY)


@given(st.integers(0, 3), st.integers(18, 25), st.randoms(use_true_random=False), st.integers(1, 60))
@settings(SOME, max_examples=12)
def test_browsers_may_become_crowded_in_any_order(
    bench: FoldBench, accounts: int, addresses: int, random: Random, limit: int
) -> None:
    """Two shop counters share addresses with each other, some of the addresses have an account and a phone."""
    rows = [
        *(beacon(n, ANA, typed(n, f"guest{n}@shop.example")) for n in range(addresses)),
        *(beacon(n + 0.5, BO, typed(n + 0.5, f"guest{n + 3}@shop.example")) for n in range(addresses)),
        *(woo_customer(n, n + 1, email=f"guest{n}@shop.example") for n in range(accounts)),
        beacon(40, "visitor-home", typed(40, "guest1@shop.example"), cart(40, "11")),
        beacon(41, ANA, cart(41, "12"), identity={"email": "guest2@shop.example"}, is_signed=True),
        beacon(42, BO, identity={"email": "till@shop.example"}, is_signed=True),
        beacon(43, "visitor-till", identity={"email": "till@shop.example"}, is_signed=True),
        woo_order(50, "processing", "11", billing={"email": "guest1@shop.example"}, customer_id=9),
    ]
    in_order = bench.fold(WOO, rows)
    random.shuffle(rows)
    assert bench.fold(WOO, rows, limit) == in_order


def test_a_cursor_that_was_lost_changes_nothing(bench: FoldBench) -> None:
    """As after a crash between the two files: everything of this inbox is folded once more."""
    before = bench.fold(WOO, STORY)
    bench.connection.execute("update cursors set last_id = last_id - ?", [len(STORY)])
    bench.connection.execute("delete from delivered")
    assert bench.go_on(WOO, []) == before


def test_a_replaced_inbox_starts_at_its_beginning_and_changes_nothing(bench: FoldBench) -> None:
    """Another file with other row numbers holds some rows the state has seen, and one it has not."""
    before = bench.fold(WOO, STORY)
    news = beacon(200, BO, event(200, "page_viewed"))
    expected = bench.fold(WOO, [*STORY, news])
    assert bench.fold(WOO, STORY) == before
    folder = bench.folder / "replaced"
    folder.mkdir()
    with fold_bench(folder) as other:
        bench.connection.backup(other.connection)  # the same state beside another inbox
        assert other.cursor(WOO) == 0
        assert other.go_on(WOO, reversed(STORY[:4]), limit=3) == before
        assert other.cursor(WOO) == other.reader.newest_id()
        assert other.go_on(WOO, [news]) == expected


def test_a_delivery_that_comes_twice_is_noted(bench: FoldBench) -> None:
    order = woo_order(0, "processing", "11", delivery="first")
    once = bench.fold(WOO, [order])
    assert bench.go_on(WOO, [order, order]) == once
    assert bench.outcomes() == [("duplicate", ""), ("duplicate", "")]


def test_the_same_delivery_id_under_another_topic_is_another_delivery(bench: FoldBench) -> None:
    order = woo_order(0, "processing", "11", delivery="first")
    bench.fold(WOO, [order, replace(order, topic="order.updated")])
    assert bench.outcomes() == []


def test_a_topic_nobody_uses_is_noted(bench: FoldBench) -> None:
    bench.fold(WOO, [webhook(0, "product.purged", {"id": 11})])
    assert bench.outcomes() == [("skipped", "not_used")]


def test_rows_of_another_shop_and_lane_are_left_alone(bench: FoldBench) -> None:
    bench.fold(WOO, [replace(STORY[0], lane=Lane.HISTORY)])
    assert bench.state()["events"] == []
    assert fold_some(bench.services, WOO, Lane.HISTORY, NOW) > 0
    assert len(bench.state()["events"]) == 1


BAD = {
    "cut off": (webhook(1, "order.updated", b'{"id": 7, "status": '), "not_json"),
    "without a total": (woo_order(1, "processing", "11", total=None), "bad_money"),
    "a beacon of another version": (replace(STORY[0], body=b'{"v": 2}'), "beacon"),
    "a denial by nobody": (replace(denial(1, ANA), body=b"{}"), "beacon"),
}


@pytest.mark.parametrize("why", BAD)
@pytest.mark.parametrize("limit", [1, 3, 200])
def test_a_bad_body_blocks_nothing_and_is_listed_with_its_reason(bench: FoldBench, why: str, limit: int) -> None:
    bad, reason = BAD[why]
    good = bench.fold(WOO, STORY)
    assert bench.fold(WOO, [*STORY[:5], bad, *STORY[5:]], limit) == good
    (listed,) = bench.quarantined()
    assert (listed.reason, listed.row.body, listed.row.received_at) == (reason, bad.body, bad.received_at)
    assert bench.outcomes() == [("quarantined", reason)]
    assert bench.cursor(WOO) == bench.reader.newest_id()


@pytest.mark.parametrize("place", range(len(STORY)))
def test_a_row_that_was_mended_ends_as_if_it_had_been_good(bench: FoldBench, place: int) -> None:
    good = bench.fold(WOO, STORY)
    broken = list(STORY)
    broken[place] = replace(STORY[place], body=STORY[place].body[:-1])
    assert bench.fold(WOO, broken, limit=3) != good
    (listed,) = bench.quarantined()
    with pytest.raises(Unparseable):
        refold(bench.services, WOO, listed.row, bench.reader.generation(), NOW)
    mended = replace(listed.row, body=STORY[place].body)
    refold(bench.services, WOO, mended, bench.reader.generation(), NOW)
    assert bench.state() == good
    refold(bench.services, WOO, mended, bench.reader.generation(), NOW)
    assert bench.state() == good
    Quarantine(bench.connection).replayed(listed.id, NOW)
    assert not bench.quarantined()


class Faulty:
    """A platform whose reading has a fault: customer 1 makes it raise, the rest is read by the real one."""

    def __init__(self, real: Source, fault: Exception) -> None:
        self._real = real
        self._fault = fault

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    def parse(self, row: InboxRow, shop: Shop) -> list[Fact]:
        facts = self._real.parse(row, shop)
        if row.topic == "customer.updated" and json.loads(row.body)["id"] == 1:
            raise self._fault
        return facts


def with_fault(services: FoldServices, fault: Exception) -> FoldServices:
    faulty: Source = Faulty(services.sources["woocommerce"], fault)  # type: ignore[assignment]
    return replace(services, sources={**services.sources, "woocommerce": faulty})


@pytest.mark.parametrize("fault", [ValueError("a slip of ours"), KeyError("slip"), RecursionError("too deep")])
@pytest.mark.parametrize("limit", [1, 4, 200])
def test_a_row_that_makes_our_rules_fail_is_set_aside_alone(
    bench: FoldBench, fault: Exception, limit: int, caplog: pytest.LogCaptureFixture
) -> None:
    without = [row for row in STORY if row.topic != "customer.updated"]
    rest = bench.fold(WOO, without)
    good = bench.fold(WOO, STORY)
    bench.fold(WOO, [])
    bench.inbox.append_many(STORY)
    broken = with_fault(bench.services, fault)
    while fold_some(broken, WOO, Lane.LIVE, NOW, limit):
        pass
    assert bench.state() == rest
    (listed,) = bench.quarantined()
    assert listed.reason == "fold_failed"
    assert listed.detail.startswith(f"{type(fault).__name__}: ")
    assert bench.cursor(WOO) == bench.reader.newest_id()
    assert "row could not be folded" in caplog.text
    refold(bench.services, WOO, listed.row, bench.reader.generation(), NOW)  # after the fix
    assert bench.state() == good


def test_a_delivery_is_not_lost_to_a_fault_that_its_repetition_does_not_meet(bench: FoldBench) -> None:
    """The failed row leaves no trace of its delivery, so the platform's next attempt is no duplicate."""
    customer = woo_customer(0)
    bench.fold(WOO, [])
    bench.inbox.append_many([customer])
    fold_some(with_fault(bench.services, ValueError("a slip")), WOO, Lane.LIVE, NOW)
    state = bench.go_on(WOO, [customer])
    assert [one["customer_id"] for one in state["customers"]] == ["1"]


def test_trouble_of_the_store_concerns_every_row_and_sets_none_aside(bench: FoldBench) -> None:
    bench.fold(WOO, [])
    before = bench.cursor(WOO)
    bench.inbox.append_many(STORY)
    bench.connection.execute("pragma query_only = on")
    try:
        with pytest.raises(sqlite3.OperationalError):
            fold_some(bench.services, WOO, Lane.LIVE, NOW)
    finally:
        bench.connection.execute("pragma query_only = off")
    assert bench.cursor(WOO) == before
    assert not bench.quarantined()


def test_the_inbox_stays_readable_for_others_while_it_is_folded(bench: FoldBench) -> None:
    bench.fold(WOO, STORY)
    connection = open_inbox(bench.folder / "tajo.inbox.db", read_only=True)
    try:
        assert connection.execute("select count(*) from inbox").fetchone()[0] >= len(STORY)
    finally:
        connection.close()
