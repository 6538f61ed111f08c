"""Processes are killed while carts are decided and told: each message arrives, and none twice."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.domain.timestamps import to_text
from tests.system.local_brevo import LocalBrevo, brevo_there, connect, is_settled, waiting
from tests.system.product import Product, is_gone, product_in, until
from tests.system.shoppers import Crowd, check_told, states
from tests.system.test_crash import come_up, keep_up, kill_one
from tests.system.traffic import LONGEST_S, Client, Ledger

# Each worker that dies may leave five messages in doubt, and Brevo is asked about thirty an hour.
MOST_WORKERS_KILLED = 5
A_SECOND = 2.0
VICTIMS = ("worker", "web", "parent")
LONGEST_SETTLING_S = 240.0


def long_size() -> float:
    """Seconds of killing: three minutes at most."""
    return min(float(os.environ.get("TAJO_TEST_MINUTES", "0")) * 60 or 60, 180)


@contextlib.contextmanager
def shopping(product: Product, crowds: list[Crowd]) -> Iterator[Ledger]:
    ledger, stop = Ledger(), threading.Event()
    clients = [
        Client(product.port, crowd.stream(A_SECOND / len(crowds)), ledger, stop, keep_alive=place % 2 == 0)
        for place, crowd in enumerate(crowds)
    ]
    for client in clients:
        client.start()
    try:
        yield ledger
    finally:
        stop.set()
        for client in clients:
            client.join(LONGEST_S)


def kill_while_telling(product: Product, brevo: LocalBrevo, seconds: float, seed: int) -> Counter[str]:
    """Everybody once, then at random until the time is over; always after something more was told."""
    pick, killed, pause = random.Random(seed), Counter[str](), threading.Event()
    end = time.monotonic() + seconds
    while time.monotonic() < end or sum(killed.values()) < len(VICTIMS):
        told = len(brevo.events())

        def are_told(told: int = told) -> bool:
            keep_up(product)
            return len(brevo.events()) > told + 5

        until(are_told, product.log)
        pause.wait(pick.uniform(0, 0.5))
        turn = sum(killed.values())
        victim = VICTIMS[turn] if turn < len(VICTIMS) else pick.choice(VICTIMS)
        if victim != "web" and killed["worker"] + killed["parent"] >= MOST_WORKERS_KILLED:
            victim = "web"
        if kill(product, victim, pick):
            killed[victim] += 1
    return killed


def kill(product: Product, victim: str, pick: random.Random) -> bool:
    """What a killed worker held is free at once: as if the minutes had passed after which it is."""
    worker = product.fold_worker()
    if not kill_one(product, victim, pick):
        return False
    if victim == "worker":
        until(lambda: worker is None or is_gone(worker), product.log)
        forget_claims(product)
    return True


def forget_claims(product: Product) -> None:
    """Of the worker of this `tajo serve`; it has just died, and none that runs has claimed anything since."""
    assert product.parent is not None
    long_ago = to_text(datetime.now(UTC) - timedelta(minutes=10))
    with contextlib.closing(sqlite3.connect(product.database, timeout=30, isolation_level=None)) as state:
        state.execute(
            "update outbox set claimed_at = ? where state = 'waiting' and claimed_at is not null and claimed_by like ?",
            [long_ago, f"%:{product.parent.pid}:%"],
        )


def settle(product: Product) -> None:
    def is_done() -> bool:
        keep_up(product)
        return is_settled(product)

    product.drained(LONGEST_SETTLING_S)
    until(is_done, lambda: (states(product), waiting(product)[:5], product.log()), LONGEST_SETTLING_S)


@pytest.mark.parametrize("size", ["three kills", pytest.param("minutes of kills", marks=pytest.mark.long)])
def test_whoever_is_killed_each_cart_and_order_is_told_once(tmp_path: Path, size: str) -> None:
    seconds = long_size() if size == "minutes of kills" else 0
    with brevo_there() as brevo, product_in(tmp_path) as product:
        connect(product, brevo)
        brevo.fail("slow", delay_s=0.05)  # so that who dies is mostly in the middle of a call, which then arrives
        product.start("--web-workers", "2")
        crowds = [Crowd(product.site_key(), seed) for seed in (1, 2)]
        with shopping(product, crowds) as ledger:
            killed = kill_while_telling(product, brevo, seconds, seed=3)
            come_up(product)
        assert not ledger.refused, Counter(ledger.refused)
        assert not ledger.gave_up, product.log()
        settle(product)
        buyers = {email for crowd in crowds for email in crowd.buyers(ledger)}
        leavers = {email for crowd in crowds for email in crowd.leavers(ledger)}
        assert set(killed) == set(VICTIMS)
        assert buyers
        assert states(product).keys() <= {"done", "skipped"}, states(product)
        check_told(brevo, leavers, buyers)
        brevo.check_once()
        brevo.check_manners()
        assert product.stop() == 0
