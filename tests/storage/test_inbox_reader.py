"""Rows behind a cursor, what is new, what may go."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.domain.door import Lane, RowKind
from collector.domain.errors import Unready
from collector.storage.sqlite.connection import Locations
from collector.storage.sqlite.inbox import InboxWriter
from collector.storage.sqlite.inbox_reader import InboxReader

from .builders import NOW, at, row

LIVE, HISTORY = Lane.LIVE, Lane.HISTORY


def test_a_missing_inbox_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unready, match=r"x\.inbox\.db: no inbox there"):
        InboxReader(tmp_path / "x.inbox.db").generation()


def test_rows_come_per_shop_and_lane_behind_the_cursor(inbox: InboxWriter, reader: InboxReader) -> None:
    inbox.append_many([row(b"1"), row(b"2", shop_id=2), row(b"3", lane=HISTORY), row(b"4"), row(b"5")])
    assert [r.body for r in reader.next_rows(1, LIVE, 0, 10)] == [b"1", b"4", b"5"]
    assert [r.body for r in reader.next_rows(1, LIVE, 1, 1)] == [b"4"]
    assert [r.body for r in reader.next_rows(1, HISTORY, 0, 10)] == [b"3"]
    assert reader.next_rows(3, LIVE, 0, 10) == []
    assert reader.newest_id() == 5
    found = reader.row(3)
    assert found is not None
    assert found.body == b"3"
    assert reader.row(6) is None


def test_the_generation_stays_while_the_file_does(inbox: InboxWriter, reader: InboxReader, files: Locations) -> None:
    before = reader.generation()
    inbox.append(row())
    assert len(before) == 32
    assert InboxReader(files.inbox).generation() == before


def test_who_is_behind(inbox: InboxWriter, reader: InboxReader) -> None:
    assert reader.shops_behind({}) == []
    inbox.append_many([row(lane=HISTORY), row(shop_id=2), row(shop_id=1)])
    assert reader.shops_behind({}) == [(1, LIVE), (2, LIVE), (1, HISTORY)]
    assert reader.shops_behind({(1, LIVE): 3, (1, HISTORY): 1}) == [(2, LIVE)]
    inbox.append(row(shop_id=1))
    assert reader.shops_behind({(1, LIVE): 3, (2, LIVE): 2, (1, HISTORY): 1}) == [(1, LIVE)]


def test_a_look_says_whether_anything_was_written(inbox: InboxWriter, reader: InboxReader) -> None:
    assert reader.changed_since_last_look()
    assert not reader.changed_since_last_look()
    inbox.append(row())
    assert reader.changed_since_last_look()
    assert not reader.changed_since_last_look()


def test_the_evaluation_clock_sees_the_oldest_unfolded_row(inbox: InboxWriter, reader: InboxReader) -> None:
    inbox.append_many([row(received_at=at(1)), row(received_at=at(2)), row(received_at=at(3), shop_id=2)])
    assert reader.oldest_after(1, LIVE, 0) == at(1)
    assert reader.oldest_after(1, LIVE, 1) == at(2)
    assert reader.oldest_after(1, LIVE, 2) is None


def test_retention_deletes_only_what_is_folded_and_old(inbox: InboxWriter, reader: InboxReader) -> None:
    inbox.append_many(
        [
            row(b"old", received_at=at(0)),
            row(b"young", received_at=at(60)),
            row(b"a denial, folded", received_at=at(60), kind=RowKind.DENIAL),
            row(b"old, unfolded", received_at=at(0)),
            row(b"a denial, unfolded", received_at=at(0), kind=RowKind.DENIAL),
            row(b"other shop", received_at=at(0), shop_id=2),
        ]
    )
    assert reader.purge({(1, LIVE): 3}, older_than=at(30)) == 2
    assert reader.purge({(1, LIVE): 3}, older_than=at(30)) == 0
    left = [r.body for r in reader.next_rows(1, LIVE, 0, 10)]
    assert left == [b"young", b"old, unfolded", b"a denial, unfolded"]
    assert len(reader.next_rows(2, LIVE, 0, 10)) == 1


def test_a_purge_is_done_in_bounded_steps_and_ids_are_never_given_twice(
    inbox: InboxWriter, reader: InboxReader
) -> None:
    inbox.append_many([row() for _ in range(5)])
    steps = [reader.purge({(1, LIVE): 5}, older_than=at(1), limit=2) for _ in range(4)]
    assert steps == [2, 2, 1, 0]
    inbox.append(row())
    assert [r.id for r in reader.next_rows(1, LIVE, 0, 10)] == [6]


def test_a_shop_s_rows_go_with_it(inbox: InboxWriter, reader: InboxReader) -> None:
    inbox.append_many([row(), row(shop_id=2), row(lane=HISTORY)])
    assert reader.purge_shop(1) == 2
    assert reader.shops_behind({}) == [(2, LIVE)]


def test_rows_since_a_time_by_kind(inbox: InboxWriter, reader: InboxReader) -> None:
    inbox.append_many([row(str(n).encode(), received_at=at(n), shop_id=1 + n % 2) for n in range(600)])
    inbox.append(row(b"hook", received_at=at(600), kind=RowKind.WEBHOOK))
    found = list(reader.rows_since(1, RowKind.BEACON, at(100)))
    assert [r.body for r in found] == [str(n).encode() for n in range(100, 600, 2)]
    assert [r.body for r in reader.rows_since(1, RowKind.WEBHOOK, at(0))] == [b"hook"]
    assert [r.id for r in reader.rows_since(1, RowKind.BEACON, at(0), after=597)] == [599]
    assert [r.body for r in reader.rows_since(1, RowKind.BEACON, at(10), limit=2)] == [b"10", b"12"]
    assert list(reader.rows_since(1, RowKind.BEACON, at(601))) == []


def test_old_counts_go(inbox: InboxWriter, reader: InboxReader) -> None:
    inbox.count(1, "beacon", "accepted")
    inbox.close()
    assert reader.purge_counts(NOW) == 0
    assert reader.purge_counts(at(60)) == 1
    assert reader.counts_since(at(-60)) == []
