"""The loop that tells the catalogue: one worker at a time for an account, patient with an account that is away."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from collector.storage.sqlite.leases import Leases
from collector.worker.catalogue import CatalogueLoop, CatalogueLoopServices

from ..pipeline.catalogue_rig import Rig, product


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def loop(rig: Rig, worker: str = "w1", stop: threading.Event | None = None) -> CatalogueLoop:
    catalogue = replace(rig.services, pause=rig.clock.move)
    services = CatalogueLoopServices(worker, rig.clock, Leases(rig.state), catalogue)
    made = CatalogueLoop(services, stop or threading.Event())
    made._catalogue = catalogue  # waits by the clock of the test
    return made


def test_what_is_due_is_told_and_the_account_given_back(rig: Rig) -> None:
    rig.fold(product(1))
    rig.clock.move(3)
    assert loop(rig).turn(rig.clock.now) == 1
    assert list(rig.products()) == ["1"]
    assert Leases(rig.state).holder("catalogue:brevo", rig.clock.now) is None


def test_an_account_another_worker_has_is_left_alone(rig: Rig) -> None:
    rig.fold(product(1))
    rig.clock.move(3)
    Leases(rig.state).take("catalogue:brevo", "w2", rig.clock.now, timedelta(seconds=60))
    own = loop(rig)
    assert own.turn(rig.clock.now) == 0
    rig.clock.move(61)  # it died
    assert own.turn(rig.clock.now) == 1


def test_nothing_is_asked_while_nothing_changed(rig: Rig) -> None:
    own = loop(rig)
    rig.clock.move(3)
    own.turn(rig.clock.now)
    assert own.turn(rig.clock.now) == 0
    assert rig.calls() == []


def test_an_account_that_is_away_is_asked_less_often_and_then_told_everything(rig: Rig) -> None:
    rig.brevo.client.post("/_sandbox/fail", json={"mode": "500", "times": 4})
    rig.fold(product(1))
    rig.clock.move(3)
    own, calls = loop(rig), []
    for _ in range(30):
        own.turn(rig.clock.now)
        calls.append(len(rig.calls()))
        rig.clock.move(1)
    assert list(rig.products()) == ["1"]
    assert calls[-1] == 5, "after 1, 2, 4 and 8 seconds"


def test_a_restart_asks_a_held_account_at_once(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.brevo.account.is_ecommerce_active = False
    rig.fold(product(1))
    rig.clock.move(3)
    loop(rig).turn(rig.clock.now)
    rig.brevo.account.is_ecommerce_active = True
    rig.clock.move(5)
    assert loop(rig).turn(rig.clock.now) == 0, "it waits"
    stop = threading.Event()
    again = loop(rig, "w2", stop)
    stop.set()
    again.run()
    assert again._stop.is_set()
    stop.clear()
    assert again.turn(rig.clock.now) == 1


def test_a_record_that_meets_a_fault_of_ours_stops_no_other(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.fold(product(1), product(2))
    rig.clock.move(3)
    rig.state.execute("update products set content = '{' where product_id = '1'")
    own = loop(rig)
    assert own.turn(rig.clock.now) == 1
    assert list(rig.products()) == ["2"]
    assert "record met a fault" in caplog.text
    assert own.turn(rig.clock.now) == 0, "it is looked at again in an hour, or when it changes"


def test_whatever_goes_wrong_the_loop_goes_on(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.fold(product(1))
    rig.clock.move(3)
    rig.state.execute("alter table catalogue_told rename to away")
    own = loop(rig)
    assert own.turn(rig.clock.now) == 0
    assert "catalogue pauses" in caplog.text
    rig.state.execute("alter table away rename to catalogue_told")
    rig.clock.move(5)
    assert own.turn(rig.clock.now) == 1
