"""The delivery log: what was sent to the letter, until retention; the key of what was told for good."""

from __future__ import annotations

import sqlite3

import pytest

from collector.domain.delivery_calls import Call
from collector.domain.outbox import State
from collector.storage.sqlite.delivery_calls import DeliveryCalls
from collector.storage.sqlite.outbox import Outbox
from collector.storage.sqlite.shops import Shops

from .builders import NOW, at, message

NEVER = at(-60)
SENT = Call("POST", "/events", '{"a":"é 🍵"}', 204, "", "req-1")
SILENT = Call("POST", "/events", "{}", error="ReadTimeout")


@pytest.fixture
def outbox(state: sqlite3.Connection, shop_id: int) -> Outbox:
    return Outbox(state)


def told(outbox: Outbox, key: str, minutes: float, fate: State = State.DONE) -> int:
    """A message that met its fate at `minutes`, with one call."""
    row_id, _ = outbox.append(message(key, payload={"email": "ana@shop.example", "properties": {"name": "Ana"}}))
    outbox.claim("account", "w", NOW, NEVER, 10)
    with outbox.together():
        outbox.keep_calls(row_id, [SENT], at(minutes))
        if fate is State.DONE:
            outbox.done(row_id, at(minutes), {"steps": []})
        else:
            outbox.finish(row_id, "w", fate, "why", at(minutes), {"steps": []})
    return row_id


def test_calls_come_back_as_they_went_under_their_attempts(outbox: Outbox) -> None:
    row_id, _ = outbox.append(message("k"))
    for calls in ([SILENT], [SENT, SENT]):
        outbox.claim("account", "w", NOW, NEVER, 1)
        outbox.keep_calls(row_id, calls, NOW)
        outbox.retry(row_id, "w", NOW, "late")
    kept = outbox.calls(row_id)
    assert [(one.attempt, one.call) for one in kept] == [(1, SILENT), (2, SENT), (2, SENT)]
    assert {one.at for one in kept} == {NOW}
    assert outbox.calls(99) == []


@pytest.mark.parametrize("fate", [State.DONE, State.DEAD, State.SKIPPED, State.UNKNOWN])
def test_after_retention_content_is_gone_and_the_key_still_tells_once(
    outbox: Outbox, state: sqlite3.Connection, fate: State
) -> None:
    row_id = told(outbox, "k", 1, fate)
    calls = DeliveryCalls(state)
    assert calls.drop(at(1)) == 0
    assert calls.drop(at(2)) == 2
    assert calls.drop(at(2)) == 0
    row = outbox.get(row_id)
    assert row is not None
    assert (row.message.payload, row.answered, row.is_dropped) == ({"email": "ana@shop.example"}, None, True)
    assert row.state is fate
    assert outbox.calls(row_id) == []
    assert outbox.append(message("k")) == (row_id, False), "told once, for good"
    assert not outbox.requeue(row_id, at(3)), "there is nothing left to send"


def test_what_waits_keeps_its_content_however_old(outbox: Outbox, state: sqlite3.Connection) -> None:
    row_id, _ = outbox.append(message("k", payload={"email": "a@b.example", "n": 1}))
    assert DeliveryCalls(state).drop(at(10**6)) == 0
    row = outbox.get(row_id)
    assert row is not None
    assert row.message.payload == {"email": "a@b.example", "n": 1}


def test_retention_goes_in_small_steps_oldest_first(outbox: Outbox, state: sqlite3.Connection) -> None:
    ids = [told(outbox, f"k{n}", n) for n in range(5)]
    assert DeliveryCalls(state).drop(at(9), limit=2) == 4
    dropped = [row.is_dropped for row_id in ids if (row := outbox.get(row_id))]
    assert dropped == [True, True, False, False, False]


def test_a_removed_shop_takes_its_log_along(
    outbox: Outbox, shops: Shops, shop_id: int, state: sqlite3.Connection
) -> None:
    told(outbox, "k", 1)
    shops.purge(shop_id)
    assert state.execute("select count(*) from outbox_calls").fetchone() == (0,)
