"""One effect, one row; one row, one worker; a person's messages in order."""

from __future__ import annotations

import sqlite3
import threading

import pytest

from collector.domain.door import Lane
from collector.domain.outbox import NewMessage, State
from collector.storage.sqlite.connection import Locations, open_state, write
from collector.storage.sqlite.outbox import Outbox
from collector.storage.sqlite.shops import Shops
from collector.storage.sqlite.statements import statements

from .builders import NOW, at, break_off, message, new_shop

NEVER = at(-60)


@pytest.fixture
def outbox(state: sqlite3.Connection, shop_id: int) -> Outbox:
    return Outbox(state)


def add(outbox: Outbox, *messages: NewMessage) -> list[int]:
    return [outbox.append(one)[0] for one in messages]


def keys(outbox: Outbox, minutes: float = 0, limit: int = 10, holder: str = "w") -> list[str]:
    claimed = outbox.claim("account", holder, at(minutes), at(minutes - 5), limit)
    return [row.message.message_key for row in claimed]


def test_a_message_comes_back_as_it_went(outbox: Outbox) -> None:
    given = message(
        "k", person=3, ordering="p3", event_name="order_placed", lane=Lane.HISTORY, expires_at=at(9), payload={"ü": [1]}
    )
    row_id, is_new = outbox.append(given)
    (row,) = outbox.claim("account", "w1", NOW, NEVER, 10)
    assert is_new
    assert row.message == given
    assert (row.id, row.state, row.attempts, row.is_reclaimed) == (row_id, State.WAITING, 1, False)
    assert (row.claimed_by, row.claimed_at) == ("w1", NOW)
    assert outbox.get(row_id) == row


def test_one_effect_one_key(outbox: Outbox, shops: Shops) -> None:
    other = shops.install(new_shop("b.example"), NOW)
    first = outbox.append(message("k", payload={"n": 1}))
    assert outbox.append(message("k", payload={"n": 2})) == (first[0], False)
    assert outbox.append(message("k", shop_id=other.id))[1]
    stored = outbox.get(first[0])
    assert stored is not None
    assert stored.message.payload == {"n": 1}


def test_a_failed_decision_leaves_no_message(outbox: Outbox, state: sqlite3.Connection) -> None:
    with pytest.raises(RuntimeError):
        break_off(state, lambda: outbox.append(message("k")))
    assert outbox.rows() == []


def test_only_what_is_due_live_first_oldest_first(outbox: Outbox) -> None:
    add(
        outbox,
        message("later", due_at=at(1)),
        message("import", lane=Lane.HISTORY, due_at=at(-9)),
        message("second", due_at=at(-1)),
        message("first", due_at=at(-2)),
        message("elsewhere", account="another"),
    )
    assert outbox.accounts_due(NOW) == ["account", "another"]
    assert keys(outbox) == ["first", "second", "import"]
    assert keys(outbox) == []
    assert outbox.next_due_at("account") == at(1)
    assert outbox.next_due_at("nobody") is None


def test_one_lane_alone(outbox: Outbox) -> None:
    add(outbox, message("live"), message("import", lane=Lane.HISTORY))
    (row,) = outbox.claim("account", "w", NOW, NEVER, 10, Lane.HISTORY)
    assert row.message.message_key == "import"


@pytest.mark.parametrize("ending", [State.DEAD, State.SKIPPED, State.UNKNOWN, State.DONE])
def test_a_row_waits_for_the_earlier_ones_of_its_ordering(outbox: Outbox, ending: State) -> None:
    first, _, _ = add(
        outbox, message("1", ordering="p"), message("2", ordering="p", due_at=at(-5)), message("free", ordering="q")
    )
    assert keys(outbox) == ["1", "free"]
    outbox.retry(first, "w", at(3), "busy")
    assert keys(outbox, 1) == []
    assert keys(outbox, 3) == ["1"]
    if ending is State.DONE:
        assert outbox.done(first, at(3))
    else:
        assert outbox.finish(first, "w", ending, "why", at(3))
    assert keys(outbox, 4) == ["2"], "however it ended, the rest is free"


def test_a_row_waits_for_what_it_needs(outbox: Outbox) -> None:
    contact, _ = outbox.append(message("contact"))
    outbox.append(message("event", needs=contact))
    assert keys(outbox) == ["contact"]
    assert keys(outbox) == []
    outbox.done(contact, NOW, {"status": 201})
    assert keys(outbox) == ["event"]


@pytest.mark.parametrize("ending", [State.DEAD, State.SKIPPED])
def test_what_needs_a_lost_row_is_lost_with_it(outbox: Outbox, ending: State) -> None:
    (contact,) = add(outbox, message("contact"))
    (event,) = add(outbox, message("event", needs=contact))
    (undo,) = add(outbox, message("undo", needs=event))
    keys(outbox)
    outbox.finish(contact, "w", ending, "refused", NOW, {"status": 400})
    rows = {row.id: (row.state, row.reason, row.answered) for row in outbox.rows()}
    assert rows[contact] == (ending, "refused", {"status": 400})
    assert rows[event] == rows[undo] == (ending, f"needed_{ending}", None)


def test_a_dead_worker_s_claim_is_taken_again_and_says_so(outbox: Outbox) -> None:
    outbox.append(message("k"))
    outbox.claim("account", "dead", NOW, NEVER, 1)
    assert keys(outbox, 4) == []
    (row,) = outbox.claim("account", "alive", at(6), at(1), 1)
    assert (row.is_reclaimed, row.attempts, row.claimed_by) == (True, 2, "alive")
    assert not outbox.retry(row.id, "dead", at(9), "late")
    assert not outbox.finish(row.id, "dead", State.DEAD, "late", at(9))
    assert outbox.done(row.id, at(9)), "it has left, whoever sent it"
    assert not outbox.done(row.id, at(9))


def test_a_worker_that_comes_back_under_its_name_takes_its_claims_again_at_once_in_doubt(outbox: Outbox) -> None:
    add(outbox, message("mine"), message("another's"), message("done"))
    outbox.claim("account", "w", NOW, NEVER, 1)
    outbox.claim("account", "other", NOW, NEVER, 1)
    (last,) = outbox.claim("account", "w", NOW, NEVER, 1)
    outbox.done(last.id, NOW)
    assert outbox.give_up_claims("w", at(-10)) == 1
    (row,) = outbox.claim("account", "w", at(1), at(-3), 5)
    assert (row.message.message_key, row.is_reclaimed) == ("mine", True)


def test_a_retry_is_an_answer(outbox: Outbox) -> None:
    (row_id,) = add(outbox, message("k"))
    keys(outbox)
    assert outbox.retry(row_id, "w", at(1), "http_500", {"status": 500})
    (row,) = outbox.claim("account", "w", at(1), NEVER, 1)
    assert (row.is_reclaimed, row.attempts, row.reason, row.answered) == (False, 2, "http_500", {"status": 500})


def test_an_order_supersedes_what_waits_of_the_cart(outbox: Outbox) -> None:
    sending, waiting, kept, other = add(
        outbox,
        message("sending", kind="cart", ordering="p"),
        message("waiting", kind="cart", ordering="p"),
        message("kept", kind="order", ordering="p"),
        message("other", kind="cart", ordering="q"),
    )
    keys(outbox, limit=1)
    assert outbox.supersede(1, "p", ["cart", "browse"], "ordered", NOW) == [waiting]
    states = {row.id: row.state for row in outbox.rows()}
    assert states == {
        sending: State.WAITING,
        waiting: State.SKIPPED,
        kept: State.WAITING,
        other: State.WAITING,
    }
    assert outbox.supersede(1, "", ["cart"], "ordered", NOW) == []


def test_lists_for_people(outbox: Outbox) -> None:
    a, b, c = add(outbox, message("a", event_name="x"), message("b", created_at=at(5)), message("c"))
    keys(outbox, limit=1)
    outbox.finish(a, "w", State.DEAD, "refused", NOW)
    assert [row.id for row in outbox.rows(state=State.DEAD)] == [a]
    assert [row.id for row in outbox.rows(event_name="x")] == [a]
    assert [row.id for row in outbox.rows(since=at(1))] == [b]
    assert [row.id for row in outbox.rows(after=a, limit=1)] == [b]
    assert [row.id for row in outbox.rows(shop_id=1)] == [a, b, c]
    assert outbox.states() == {State.DEAD: 1, State.WAITING: 2}
    assert outbox.get(99) is None


def test_once_more_by_hand(outbox: Outbox) -> None:
    (row_id,) = add(outbox, message("k", expires_at=at(1)))
    keys(outbox)
    outbox.finish(row_id, "w", State.DEAD, "refused", NOW)
    assert outbox.requeue(row_id, at(60))
    assert keys(outbox, 60) == ["k"]
    outbox.done(row_id, at(60))
    assert not outbox.requeue(row_id, at(61))


def test_workers_never_get_the_same_row(files: Locations, state: sqlite3.Connection, outbox: Outbox) -> None:
    with write(state):
        for n in range(120):
            outbox.append(message(str(n), ordering=f"p{n % 40}"))
    got: dict[str, list[str]] = {f"w{n}": [] for n in range(4)}

    def work(holder: str) -> None:
        connection = open_state(files.state)
        mine = Outbox(connection)
        while rows := mine.claim("account", holder, NOW, NEVER, 5):
            for row in rows:
                got[holder].append(row.message.message_key)
                mine.done(row.id, NOW)
        connection.close()

    threads = [threading.Thread(target=work, args=(holder,)) for holder in got]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work("w0")  # what was blocked behind a row in another's hand when they looked
    everything = [key for some in got.values() for key in some]
    assert sorted(everything, key=int) == [str(n) for n in range(120)]


def test_the_claim_is_answered_by_its_index(state: sqlite3.Connection) -> None:
    given = {"account": "a", "lane": "live", "holder": "", "now": "", "stale": "", "limit": 1}
    plan = " ".join(step for *_, step in state.execute("explain query plan " + statements("outbox")["claim"], given))
    assert "outbox_due (account=? AND lane=? AND due_at<?)" in plan
    assert "outbox_in_order" in plan
    assert "TEMP B-TREE" not in plan


def test_what_stands_still_is_told_once_for_each_account_and_reason(outbox: Outbox) -> None:
    ids = add(outbox, *[message(f"k{n}", account="a" if n < 3 else "b", created_at=at(n)) for n in range(5)])
    answer = {"failure": "Brevo 401: Key not found", "cure": "another key"}
    for account, row_ids in (("a", ids[:2]), ("b", ids[3:4])):
        outbox.claim(account, "w", at(9), NEVER, 10)
        for row_id in row_ids:
            outbox.retry(row_id, "w", at(9), "stopped_key_refused", answer)
    outbox.retry(ids[4], "w", at(9), "http_500", answer)
    found = [(one.account, one.reason, one.since, one.row_id, one.waiting) for one in outbox.stopped()]
    assert found == [("a", "key_refused", at(0), ids[1], 3), ("b", "key_refused", at(3), ids[3], 2)]
    assert {(one.failure, one.cure) for one in outbox.stopped()} == {(answer["failure"], answer["cure"])}
    outbox.done(ids[3], at(10))
    assert [one.account for one in outbox.stopped()] == ["a"]
