"""The delivering loop: over all accounts, pausing those that are away, stopping after the row in hand."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from collector.domain.outbox import State
from collector.worker.deliver import Delivering, DeliverLoop

from ..destinations.brevo.wire import Brevo, Call, on_the_wire, page
from ..pipeline.delivering import Rig, event


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with on_the_wire(Brevo()) as brevo:
        made = Rig(tmp_path, brevo)
        yield made
        made.state.close()


def test_an_account_that_is_away_is_left_alone_longer_each_time(rig: Rig) -> None:
    rig.brevo.mood = lambda call: requests.ConnectTimeout()
    for number in range(200):
        rig.add(event(number, "order_placed", email=f"p{number}@shop.example"))
    tried = []
    for _ in range(600):
        before = len(rig.brevo.calls)
        rig.delivering.turn(rig.clock.now)
        assert len(rig.brevo.calls) - before <= 1, "one failed call ends the turn"
        if len(rig.brevo.calls) > before:
            tried.append(rig.clock.now)
        rig.clock.pass_by(seconds=1)
    gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(tried)]
    assert gaps[:6] == [1, 2, 4, 8, 16, 30]
    assert set(gaps[6:]) == {30}
    assert max(row.attempts for row in rig.outbox.rows(limit=1000)) < 20, "the others are not worn out by it"


def test_other_accounts_go_on(rig: Rig) -> None:
    away, fine = rig.add(event(1, "order_placed")), rig.add(event(2, email="b@shop.example"), account="other")
    rig.brevo.moods.append(page(503))
    rig.delivering.turn(rig.clock.now)
    rig.clock.pass_by(seconds=1)
    rig.delivering.turn(rig.clock.now)
    assert rig.row(away).state is State.WAITING
    assert rig.row(fine).state is State.DONE


def test_a_fault_of_the_store_is_logged_and_waits(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.add(event())
    rig.state.execute("alter table outbox rename to elsewhere")
    delivering = Delivering(rig.services, lambda now: ["brevo"])
    assert delivering.turn(rig.clock.now) == 0
    assert delivering.turn(rig.clock.now) == 0
    assert [one.message for one in caplog.records if one.levelno == logging.ERROR] == ["delivering pauses"]
    rig.state.execute("alter table elsewhere rename to outbox")
    rig.clock.pass_by(seconds=1)
    assert delivering.turn(rig.clock.now) == 1


def test_told_to_stop_it_finishes_the_row_in_hand(rig: Rig) -> None:
    stop = threading.Event()
    for number in range(3):
        rig.add(event(number, email=f"p{number}@shop.example"))

    def stop_meanwhile(call: Call) -> None:
        stop.set()

    rig.brevo.moods.append(stop_meanwhile)
    DeliverLoop(rig.services, rig.outbox.accounts_due, stop).run()
    assert rig.outbox.states() == {State.DONE: 1, State.WAITING: 2}
    assert [row.claimed_at for row in rig.outbox.rows(state=State.WAITING)] == [None, None]
