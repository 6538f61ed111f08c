"""What a reading keeps: its runs, its places beside its rows, and what it puts aside."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from collector.domain.door import Lane
from collector.domain.errors import StorageRefused
from collector.domain.syncing import Place, RunState, RunType
from collector.storage.sqlite.connection import Locations
from collector.storage.sqlite.inbox import InboxWriter
from collector.storage.sqlite.inbox_reader import InboxReader
from collector.storage.sqlite.shops import Shops
from collector.storage.sqlite.spill import FileSpill, drop_of_shop, drop_old
from collector.storage.sqlite.sync_inbox import SyncInbox
from collector.storage.sqlite.sync_runs import SyncRuns

from .builders import NOW, at, new_shop, row


@pytest.fixture
def runs(state: sqlite3.Connection) -> SyncRuns:
    return SyncRuns(state)


@pytest.fixture
def places(files: Locations, inbox: InboxWriter) -> Iterator[SyncInbox]:
    with closing(SyncInbox(files.inbox)) as found:
        yield found


def test_a_run_is_kept_as_it_ended(runs: SyncRuns, shop_id: int) -> None:
    begun = runs.begin("k1", shop_id, RunType.FULL, ["orders"], at(-100), NOW)
    assert runs.newest(shop_id, 5) == [begun]
    ended = runs.end(begun, RunState.FAILED, at(3), {"orders": {"read": 7}}, "no answer")
    assert runs.newest_sync(shop_id) == ended
    assert (ended.counts, ended.error, ended.ended_at) == ({"orders": {"read": 7}}, "no answer", at(3))


def test_the_newest_by_hand_is_found_behind_many_reconciliations(runs: SyncRuns, shop_id: int) -> None:
    by_hand = runs.begin("k1", shop_id, RunType.INCREMENTAL, ["orders"], None, NOW)
    for number in range(5):
        runs.begin(f"r{number}", shop_id, RunType.RECONCILE, ["orders"], None, NOW)
    assert runs.newest_sync(shop_id) == by_hand
    assert [run.type for run in runs.newest(shop_id, 2)] == [RunType.RECONCILE] * 2


def test_a_mark_never_goes_back(runs: SyncRuns, shop_id: int) -> None:
    assert runs.mark(shop_id, "orders") is None
    runs.keep_mark(shop_id, "orders", at(5))
    runs.keep_mark(shop_id, "orders", at(2))
    assert runs.mark(shop_id, "orders") == at(5)
    assert runs.mark(shop_id, "customers") is None


def test_rows_and_their_place_are_kept_together_or_not_at_all(
    places: SyncInbox, reader: InboxReader, shop_id: int, files: Locations
) -> None:
    first = Place({"stage": "reading", "after": 2}, read=2)
    places.append([row(b"1"), row(b"2")], shop_id, "k1", "orders", first)
    assert places.place(shop_id, "k1", "orders") == first
    assert places.place(shop_id, "k2", "orders") is None, "another run"
    with closing(sqlite3.connect(files.inbox)) as other:
        other.execute("create trigger full before insert on sync_places begin select raise(abort, 'full'); end")
    with pytest.raises(StorageRefused, match="full"):
        places.append([row(b"3")], shop_id, "k1", "orders", Place(read=3))
    assert places.place(shop_id, "k1", "orders") == first
    assert [each.body for each in reader.next_rows(1, Lane.LIVE, 0, 10)] == [b"1", b"2"]


def test_what_waits_is_counted_no_further_than_anybody_asks(places: SyncInbox, shop_id: int) -> None:
    some = [row(shop_id=shop_id, lane=Lane.HISTORY) for _ in range(20)]
    places.append([*some, row(shop_id=shop_id)], shop_id, "k1", "orders", Place())
    assert places.waiting(shop_id, Lane.HISTORY, 0, 100) == 20
    assert places.waiting(shop_id, Lane.HISTORY, 15, 100) == 5
    assert places.waiting(shop_id, Lane.HISTORY, 0, 3) == 3


def test_a_purged_shop_leaves_nothing_of_its_readings(
    shops: Shops, runs: SyncRuns, places: SyncInbox, reader: InboxReader, state: sqlite3.Connection, files: Locations
) -> None:
    one, other = (shops.install(new_shop(name), NOW).id for name in ("a.example", "b.example"))
    stem = files.state.with_suffix("")
    for shop_id in (one, other):
        runs.begin("k", shop_id, RunType.FULL, ["orders"], None, NOW)
        runs.keep_mark(shop_id, "orders", NOW)
        places.append([row(shop_id=shop_id)], shop_id, "k", "orders", Place(read=1))
        with closing(FileSpill(stem)) as spill:
            spill.open(shop_id, "orders", "operation")
    while reader.purge_shop(one):
        pass
    drop_of_shop(stem, one)
    shops.purge(one)
    assert (runs.newest(one, 5), runs.mark(one, "orders"), places.place(one, "k", "orders")) == ([], None, None)
    assert places.place(other, "k", "orders") is not None
    assert [path.name for path in stem.parent.glob("*.sync-*.db")] == [f"tajo.sync-{other}-orders.db"]


def test_what_nobody_went_on_with_goes_after_a_while(tmp_path: Path) -> None:
    stem = tmp_path / "tajo"
    for resource, days in (("orders", 8), ("customers", 6)):
        with closing(FileSpill(stem)) as spill:
            spill.open(1, resource, "operation")
        for path in tmp_path.glob(f"tajo.sync-1-{resource}.db*"):
            old = (NOW - timedelta(days=days)).timestamp()
            os.utime(path, (old, old))
    assert drop_old(stem, NOW - timedelta(days=7)) >= 1
    assert [path.name for path in tmp_path.glob("*.db")] == ["tajo.sync-1-customers.db"]


def lines(*given: str) -> list[tuple[str, str, bytes]]:
    """`a` or `a<b`: below b."""
    parts = [one.partition("<") for one in given]
    return [(number, parent, one.encode()) for one, (number, _, parent) in zip(given, parts, strict=True)]


def families(spill: FileSpill, after: int = 0, limit: int = 10) -> list[tuple[str, list[str]]]:
    found = spill.families(after, limit)
    return [(line.decode(), [child.decode() for _, _, child in below]) for _, line, below in found]


@pytest.mark.parametrize(
    ("why", "given", "expected"),
    [
        ("side by side", ["a", "1<a", "b", "2<b"], [("a", ["1<a"]), ("b", ["2<b"])]),
        ("apart", ["a", "b", "2<b", "1<a", "3<a"], [("a", ["1<a", "3<a"]), ("b", ["2<b"])]),
        ("two levels", ["a", "1<a", "b", "x<1"], [("a", ["1<a", "x<1"]), ("b", [])]),
        ("one that hangs on many", ["a", "b", "c<a", "c<b"], [("a", ["c<a"]), ("b", ["c<b"])]),
        ("below itself, which nobody writes", ["a", "1<a", "1<1"], [("a", ["1<a", "1<1"])]),
        ("below nothing that is there", ["a", "1<z"], [("a", [])]),
        ("children without a number of their own", ["a", "<a", "<a"], [("a", ["<a", "<a"])]),
    ],
)
def test_families_are_put_together(why: str, given: list[str], expected: object, tmp_path: Path) -> None:
    with closing(FileSpill(tmp_path / "tajo")) as spill:
        assert spill.open(1, "orders", "one") == 0
        spill.keep(lines(*given))
        assert families(spill) == expected, why


def test_a_result_is_gone_on_with_and_another_one_begins_anew(tmp_path: Path) -> None:
    with closing(FileSpill(tmp_path / "tajo")) as spill:
        spill.open(1, "orders", "one")
        spill.keep(lines("a", "b"))
    with closing(FileSpill(tmp_path / "tajo")) as spill:
        assert spill.open(1, "orders", "one") == 2
        spill.keep(lines("c"))
        assert [line for line, _ in families(spill)] == ["a", "b", "c"]
        assert [line for line, _ in families(spill, after=1, limit=1)] == ["b"]
        assert spill.count() == 3
        assert spill.open(1, "orders", "two") == 0
        assert families(spill) == []


def test_large_families_come_a_few_at_a_time(tmp_path: Path) -> None:
    """A product may have thousands of variants."""
    with closing(FileSpill(tmp_path / "tajo")) as spill:
        spill.open(1, "products", "one")
        for number in range(50):
            children = [(f"{number}/{child}", str(number), b"x" * 100) for child in range(1000)]
            spill.keep([(str(number), "", b"{}"), *children])
        some = spill.families(0, 200, enough=1_000_000)
        assert 1 <= len(some) < 50
        rest = spill.families(some[-1][0], 200, enough=10**9)
        assert len(some) + len(rest) == 50
        assert {len(below) for _, _, below in [*some, *rest]} == {1000}


def test_lines_that_break_off_leave_none_of_their_portion(tmp_path: Path) -> None:
    def broken() -> Iterator[tuple[str, str, bytes]]:
        yield "b", "", b"b"
        raise OSError

    with closing(FileSpill(tmp_path / "tajo")) as spill:
        spill.open(1, "orders", "one")
        spill.keep(lines("a"))
        with pytest.raises(OSError):
            spill.keep(broken())
        spill.keep(lines("c"))
        assert [line for line, _ in families(spill)] == ["a", "c"]
