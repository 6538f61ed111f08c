"""A run that reads a shop: complete, resumable, patient, and never a reason for a message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from collector.domain.door import Lane
from collector.domain.errors import Misuse, SourceUnavailable, Unready
from collector.domain.off_peak import Window
from collector.domain.syncing import RunState, RunType
from collector.pipeline.syncing import reading as reading_module
from tests.sources.shopify import graphql_nodes as nodes
from tests.sources.shopify.bulk_shop import BulkShop

from .rig import Rig

Opened = Callable[[BulkShop], Rig]


def a_shop(customers: int = 30, orders: int = 40, products: int = 10, **more: Any) -> BulkShop:
    return BulkShop(
        lines={
            "customers": lambda: nodes.customers(customers),
            "orders": lambda: nodes.orders(orders),
            "products": lambda: nodes.products(products),
        },
        counts={
            "customers": (customers, customers),
            "orders": (orders, 3 * orders),
            "products": (products, 4 * products),
        },
        **more,
    )


def test_everything_the_shop_has_is_here_afterwards_and_nothing_of_it_is_told(opened: Opened) -> None:
    rig = opened(a_shop())
    run, shown = rig.sync()
    rig.fold_history()
    assert run.state is RunState.DONE
    assert {resource: counts["read"] for resource, counts in run.counts.items()} == {
        "customers": 30,
        "orders": 40,
        "products": 10,
    }
    assert (rig.known("customers"), rig.known("orders")) == (30, 40)
    assert list(rig.bench.files.quarantined()) == []
    assert rig.bench.told("any") == [], "imports start no message"
    assert {progress.resource for progress in shown} == {"customers", "orders", "products"}
    assert [progress.total for progress in shown if progress.resource == "orders"][-1] == 40


def test_orders_placed_since_the_activation_are_not_told_either_when_an_import_brings_them(opened: Opened) -> None:
    def lines() -> Iterator[bytes]:
        return nodes.jsonl(3, lambda number: (nodes.order(number, createdAt=changed_at(-60)), []))

    rig = opened(BulkShop(lines={"orders": lines}, counts={"orders": (3, 3)}))
    assert rig.shop.activated_at is not None
    assert rig.shop.activated_at < datetime.fromisoformat(changed_at(-60))
    rig.sync("orders")
    rig.fold_history()
    assert rig.known("orders") == 3
    assert rig.bench.told("any") == []


@pytest.mark.parametrize("stop_after", [0, 4, 8])
def test_a_run_that_was_stopped_goes_on_where_it_was(opened: Opened, stop_after: int) -> None:
    rig = opened(a_shop(customers=210, orders=30, products=1))
    first = rig.reading()
    shown = first.run()
    for _ in range(stop_after):
        next(shown)
    shown.close()
    assert first.run_.state in (RunState.STOPPED, RunState.RUNNING)  # RUNNING: never begun
    again = rig.reading()
    already = again.counts()
    assert again.resumed is not None
    assert again.resumed.id == first.run_.id
    list(again.run())
    assert again.run_.state is RunState.DONE
    assert len(rig.rows()) == 210 + 30 + 1, "nothing twice, nothing missing"
    assert all(count <= again.run_.counts[name]["read"] for name, count in already.items())


def test_another_wish_begins_anew_and_the_old_run_is_left(opened: Opened) -> None:
    rig = opened(a_shop())
    first = rig.reading("orders")
    shown = first.run()
    for _ in range(4):
        next(shown)
    shown.close()
    run, _ = rig.sync("customers")
    assert run.state is RunState.DONE
    states = {one.id: one.state for one in rig.runs.newest(rig.shop.id, 10)}
    assert states == {first.run_.id: RunState.LEFT, run.id: RunState.DONE}


def test_a_run_that_failed_is_remembered_with_its_reason_and_can_be_gone_on_with(opened: Opened) -> None:
    rig = opened(a_shop(ends=[("FAILED", "ACCESS_DENIED")]))
    with pytest.raises(SourceUnavailable):
        rig.sync("customers")
    failed = rig.runs.newest_sync(rig.shop.id)
    assert failed is not None
    assert failed.state is RunState.FAILED
    assert "read_customers" in failed.error
    rig.there.ends.clear()
    run, _ = rig.sync("customers")
    assert (run.id, run.state, run.error) == (failed.id, RunState.DONE, "")


def test_a_bulk_read_that_the_shop_gives_up_is_said_and_its_part_is_kept(opened: Opened) -> None:
    rig = opened(a_shop(ends=[("FAILED", "INTERNAL_SERVER_ERROR")] * 3))
    with pytest.raises(SourceUnavailable, match="gave up"):
        rig.sync("customers")
    assert len(rig.rows()) == 30
    run, _ = rig.sync("customers")
    rig.fold_history()
    assert run.state is RunState.DONE
    assert rig.known("customers") == 30, "read twice, there once"


def test_what_the_shop_does_not_show_stands_with_the_run(opened: Opened) -> None:
    run, _ = opened(a_shop()).sync("orders")
    [sentence] = run.said
    assert "read_all_orders" in sentence


def test_it_waits_for_the_fold_when_that_is_far_behind(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module, "MOST_WAITING", 300)
    monkeypatch.setattr(reading_module, "FULL_PARTS", 100)
    rig = opened(a_shop(customers=700))
    most = 0
    reading = rig.reading("customers")
    for progress in reading.run():
        most = max(most, rig.inbox.waiting(rig.shop.id, Lane.HISTORY, rig.folded(), 10_000))
        assert not progress.wait or progress.said
    assert 0 < most <= 300 + 200, "never more than a step beyond"
    assert rig.known("customers") > 200


def test_without_a_worker_it_says_so_goes_on_and_stops_at_a_limit(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_module, "MOST_WAITING", 300)
    monkeypatch.setattr(reading_module, "FULL_PARTS", 100)
    rig = opened(a_shop(customers=700))
    rig.folds = False
    reading = rig.reading("customers")
    said = []
    with pytest.raises(Unready, match="tajo serve"):
        said += [progress.said for progress in reading.run()]
    assert 300 < len(rig.rows()) < 700
    rig.folds = True
    rig.sleep(1)
    run, _ = rig.sync("customers")
    assert run.state is RunState.DONE
    assert len(rig.rows()) == 700


def test_bulk_work_waits_for_its_hours_and_pauses_when_they_end(opened: Opened) -> None:
    rig = opened(a_shop(customers=210))
    window = Window(time(1), time(6), "Europe/Berlin")
    rig.clock.now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    reading, waited = rig.reading("customers", window=window), 0
    for progress in reading.run():
        if "off-peak" in progress.said:
            waited += 1
            if progress.read:  # in the middle of it: these hours are over, the next begin tomorrow
                assert "2026-11-23T00:00" in progress.said
                continue
            assert "2026-11-22T00:00" in progress.said
            assert rig.there.asked == [], "nothing was asked before"
        if progress.read and rig.clock.now.day == 22:
            rig.clock.now = datetime(2026, 11, 22, 5, tzinfo=UTC)
    assert waited == 2
    assert reading.run_.state is RunState.DONE
    assert reading.run_.ended_at is not None
    assert reading.run_.ended_at.day == 23


def test_a_run_that_is_no_longer_ours_ends(opened: Opened) -> None:
    rig = opened(a_shop())
    rig.is_ours = False
    with pytest.raises(Unready, match="Somebody else"):
        rig.sync("customers")
    assert rig.rows() == []


# Only what changed.


def changed_at(minutes: float) -> str:
    return (datetime(2026, 11, 21, 12, tzinfo=UTC) + timedelta(minutes=minutes)).isoformat()


def test_an_incremental_run_reads_what_changed_since_the_last_one(opened: Opened) -> None:
    rig = opened(a_shop(customers=3))
    rig.sync("customers")
    rig.fold_history()
    rig.clock.now += timedelta(days=1)
    rig.there.changes = {
        "customers": [
            nodes.customer(1),  # as it was
            nodes.customer(2, updatedAt=changed_at(60), firstName="Bea"),
            nodes.customer(77, createdAt=changed_at(70), updatedAt=changed_at(70)),
        ]
    }
    before = len(rig.rows())
    run, _ = rig.sync("customers", type_=RunType.INCREMENTAL)
    rig.fold_history()
    assert run.counts["customers"] == {"read": 2, "looked": 2}
    assert len(rig.rows()) - before == 2
    assert rig.known("customers") == 4
    assert rig.bench.told("any") == []


def test_incremental_runs_overlap_and_skip_what_is_known(opened: Opened) -> None:
    rig = opened(a_shop(customers=3))
    run, _ = rig.sync("customers")
    rig.fold_history()
    first, *_ = rig.rows()
    rig.there.changes = {"customers": [nodes.customer(1, updatedAt=changed_at(-5))]}
    rig.clock.now += timedelta(hours=1)
    again, _ = rig.sync("customers", type_=RunType.INCREMENTAL)
    assert again.since is not None
    assert again.since < run.started_at, "a change may become visible a little late"
    assert again.counts["customers"]["looked"] == 1
    assert first.topic == "read/customers"


def test_without_a_run_before_there_is_nothing_to_go_on_from(opened: Opened) -> None:
    with pytest.raises(Misuse, match=r"orders.*--type full"):
        opened(a_shop()).sync("orders", type_=RunType.INCREMENTAL)


def test_an_incremental_run_from_a_date_needs_no_run_before(opened: Opened) -> None:
    rig = opened(a_shop())
    rig.there.changes = {"orders": [nodes.order(7, lines=[nodes.line(1)], updatedAt=changed_at(-60))]}
    rig.clock.now += timedelta(minutes=1)
    since = datetime(2026, 11, 1, tzinfo=UTC)
    run, _ = rig.sync("orders", type_=RunType.INCREMENTAL, since=since)
    assert run.counts["orders"] == {"read": 1, "looked": 1}


def test_pages_and_long_records_are_read_to_their_end(opened: Opened) -> None:
    rig = opened(a_shop(page=12))
    lines = [nodes.line(number) for number in range(30)]
    long_one = nodes.order(900, lines=lines[:10], updatedAt=changed_at(-30))
    long_one["lineItems"]["pageInfo"] = {"hasNextPage": True, "endCursor": "0"}
    long_one["_more"] = [lines[10:20], lines[20:]]
    rest = [nodes.order(number, lines=[], updatedAt=changed_at(-60 + number / 10)) for number in range(1, 31)]
    rig.there.changes = {"orders": [*rest, long_one]}
    rig.clock.now += timedelta(minutes=1)
    run, _ = rig.sync("orders", type_=RunType.INCREMENTAL, since=datetime(2026, 11, 1, tzinfo=UTC))
    assert run.counts["orders"] == {"read": 31, "looked": 31}
    rig.fold_history()
    with rig.bench.state.read() as tx:
        order = tx.orders.find(rig.shop.id, "900")
    assert order is not None
    assert len(order.content.items) == 30
