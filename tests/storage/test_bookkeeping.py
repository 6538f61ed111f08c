"""Leases, cursors, outcomes, deliveries, quarantine, decisions and named statements."""

from __future__ import annotations

import sqlite3
import threading
from datetime import timedelta

import pytest

from collector.domain.decisions import DecisionRow
from collector.domain.door import Lane, RowKind
from collector.storage.sqlite.arrivals import arrivals
from collector.storage.sqlite.connection import Locations, open_state
from collector.storage.sqlite.cursors import Cursors
from collector.storage.sqlite.decisions import Decisions
from collector.storage.sqlite.inbox import InboxWriter
from collector.storage.sqlite.inbox_reader import InboxReader
from collector.storage.sqlite.leases import Leases
from collector.storage.sqlite.quarantine import Quarantine
from collector.storage.sqlite.statements import statements

from .builders import NOW, at, break_off, row

HALF_A_MINUTE = timedelta(seconds=30)
LIVE = Lane.LIVE


def test_a_lease_is_held_renewed_lost_and_given_back(state: sqlite3.Connection) -> None:
    leases = Leases(state)
    assert leases.take("fold:1", "a", NOW, HALF_A_MINUTE)
    assert not leases.take("fold:1", "b", at(0.4), HALF_A_MINUTE)
    assert leases.take("fold:1", "a", at(0.4), HALF_A_MINUTE), "renewed"
    assert not leases.take("fold:1", "b", at(0.6), HALF_A_MINUTE)
    assert leases.holder("fold:1", at(0.6)) == "a"
    assert leases.take("fold:1", "b", at(0.9), HALF_A_MINUTE), "run out"
    assert not leases.take("fold:1", "a", at(0.9), HALF_A_MINUTE)
    leases.release("fold:1", "a")
    assert leases.holder("fold:1", at(1)) == "b"
    leases.release("fold:1", "b")
    assert leases.holder("fold:1", at(1)) is None
    assert leases.take("fold:2", "a", NOW, HALF_A_MINUTE)


def test_of_many_who_ask_at_once_one_gets_the_lease(files: Locations, state: sqlite3.Connection) -> None:
    winners: list[str] = []

    def ask(holder: str) -> None:
        connection = open_state(files.state)
        if Leases(connection).take("fold:1", holder, NOW, HALF_A_MINUTE):
            winners.append(holder)
        connection.close()

    threads = [threading.Thread(target=ask, args=(str(n),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(winners) == 1


def test_a_cursor_goes_forward_within_one_inbox(state: sqlite3.Connection, shop_id: int) -> None:
    cursors = Cursors(state)
    assert cursors.read(shop_id, LIVE, "g1") == 0
    cursors.advance(shop_id, LIVE, "g1", 7)
    cursors.advance(shop_id, LIVE, "g1", 5)
    cursors.advance(shop_id, Lane.HISTORY, "g1", 3)
    assert cursors.read(shop_id, LIVE, "g1") == 7
    assert cursors.all("g1") == {(shop_id, LIVE): 7, (shop_id, Lane.HISTORY): 3}
    assert cursors.read(shop_id, LIVE, "g2") == 0, "another inbox begins anew"
    cursors.advance(shop_id, LIVE, "g2", 1)
    assert cursors.read(shop_id, LIVE, "g2") == 1
    assert cursors.all("g2") == {(shop_id, LIVE): 1}


def test_a_cursor_goes_with_the_state_or_not_at_all(state: sqlite3.Connection, shop_id: int) -> None:
    with pytest.raises(RuntimeError):
        break_off(state, lambda: Cursors(state).advance(shop_id, LIVE, "g", 7))
    assert Cursors(state).read(shop_id, LIVE, "g") == 0


def test_a_delivery_is_first_once(state: sqlite3.Connection, shop_id: int) -> None:
    cursors = Cursors(state)
    assert cursors.is_first_delivery(shop_id, "orders/create d1", 4)
    assert not cursors.is_first_delivery(shop_id, "orders/create d1", 9)
    assert cursors.is_first_delivery(shop_id, "orders/create d1", 4), "the same row folded again"
    assert cursors.is_first_delivery(shop_id, "orders/create d2", 9)
    cursors.forget(shop_id, "g", before=5)
    assert cursors.is_first_delivery(shop_id, "orders/create d1", 20)
    assert not cursors.is_first_delivery(shop_id, "orders/create d2", 20)


def test_what_became_of_each_arrival(
    state: sqlite3.Connection, shop_id: int, inbox: InboxWriter, reader: InboxReader
) -> None:
    inbox.append_many([row(str(n).encode(), shop_id=shop_id, received_at=at(n)) for n in range(5)])
    cursors, generation = Cursors(state), reader.generation()
    cursors.advance(shop_id, LIVE, generation, 3)
    cursors.note_outcome(generation, 2, shop_id, "quarantined", "bad_json")
    cursors.note_outcome(generation, 2, shop_id, "skipped", "test_order")
    found = [(a.row.id, a.outcome, a.reason) for a in arrivals(reader, cursors, shop_id, RowKind.BEACON, at(0))]
    assert found == [
        (1, "folded", ""),
        (2, "skipped", "test_order"),
        (3, "folded", ""),
        (4, "waiting", ""),
        (5, "waiting", ""),
    ]
    later = arrivals(reader, cursors, shop_id, RowKind.BEACON, at(0), after=4)
    assert [a.row.id for a in later] == [5]
    cursors.forget(shop_id, generation, before=3)
    assert cursors.outcome(generation, 2) is None


def test_quarantine_keeps_the_whole_row(
    state: sqlite3.Connection, shop_id: int, inbox: InboxWriter, reader: InboxReader
) -> None:
    inbox.append(
        row(b"\xff{", shop_id=shop_id, kind=RowKind.WEBHOOK, topic="orders/create", delivery_id="d", facts={"v": 1})
    )
    (arrived,) = reader.next_rows(shop_id, LIVE, 0, 1)
    quarantine = Quarantine(state)
    for _ in range(2):
        quarantine.add("g", arrived, "bad_json", "byte 0", NOW)
    (kept,) = quarantine.rows(shop_id)
    assert kept.row == arrived
    assert (kept.reason, kept.detail, kept.quarantined_at, kept.replayed_at) == ("bad_json", "byte 0", NOW, None)
    assert quarantine.reasons() == {"bad_json": 1}
    quarantine.replayed(kept.id, at(1))
    assert quarantine.rows() == []
    assert quarantine.reasons(shop_id) == {}
    replayed = quarantine.get(kept.id)
    assert replayed is not None
    assert replayed.replayed_at == at(1)
    assert len(quarantine.rows(also_replayed=True)) == 1
    assert quarantine.get(99) is None
    assert (quarantine.purge(NOW), quarantine.purge(at(1))) == (0, 1)


def test_decisions_are_found_by_person_cart_and_shop(state: sqlite3.Connection, shop_id: int) -> None:
    decisions = Decisions(state)
    hold = DecisionRow(shop_id, "cart", at(0), "hold", "cap", "ok", 5, 6, 1, 2, {"until": "x"})
    send = DecisionRow(shop_id, "cart", at(1), "send", "due", person=5, cart=7)
    ids = [decisions.append(one) for one in (hold, send)]
    assert [d.id for d in decisions.of_person(shop_id, 5)] == ids[::-1]
    (found,) = decisions.of_cart(shop_id, 6)
    assert found == DecisionRow(shop_id, "cart", at(0), "hold", "cap", "ok", 5, 6, 1, 2, {"until": "x"}, ids[0])
    assert [d.id for d in decisions.of_shop(shop_id, 1)] == ids[1:]


def test_statements_have_names_and_a_reason_may_follow() -> None:
    found = statements("outbox")
    assert found["claim"].startswith("-- Take up to")
    with pytest.raises(KeyError):
        found["nonsense"]
