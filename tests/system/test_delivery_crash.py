"""Processes are killed while carts are decided and told: each message arrives, none starts a mail twice."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from collector.domain.timestamps import from_text, to_text
from tests.system.local_brevo import LocalBrevo, brevo_there, connect, is_settled, waiting
from tests.system.product import Product, product_in, until
from tests.system.shoppers import Crowd, check_told, states
from tests.system.test_crash import come_up, keep_up, kill_one
from tests.system.traffic import LONGEST_S, Client, Ledger

# Each worker that dies may leave five messages in doubt, and Brevo is asked about thirty an hour.
MOST_WORKERS_KILLED = 5
A_SECOND = 4.0
LONGEST_SETTLING_S = 240.0


def sizes() -> tuple[float, int]:
    """(seconds between two kills, kills) of the long size: three minutes at most."""
    seconds = min(float(os.environ.get("TAJO_TEST_MINUTES", "0")) * 60 or 60, 180)
    return 5.0, max(3, int(seconds / 5))


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


def kill_while_telling(product: Product, brevo: LocalBrevo, pause_s: float, kills: int, seed: int) -> Counter[str]:
    """Each time after something more was told, so that deliveries are under way; the worker first."""
    pick, killed, pause = random.Random(seed), Counter[str](), threading.Event()
    for turn in range(kills):
        told = len(brevo.events())

        def are_told(told: int = told) -> bool:
            keep_up(product)
            forget_the_dead(product)
            return len(brevo.events()) > told + 5

        until(are_told, product.log)
        pause.wait(pick.uniform(0, pause_s))
        few = killed["worker"] + killed["parent"] < MOST_WORKERS_KILLED
        victim = ("worker", "web", "parent")[turn] if turn < 3 else pick.choice(("worker", "web", "parent"))
        if kill_one(product, victim if few or victim == "web" else "web", pick):
            killed[victim] += 1
    return killed


def forget_the_dead(product: Product) -> None:
    """As if the minutes had passed after which what a dead worker held is free: nobody waits for them here."""
    with contextlib.closing(sqlite3.connect(product.database, timeout=30, isolation_level=None)) as state:
        holders = {
            holder for (holder,) in state.execute("select holder from leases union select claimed_by from outbox")
        }
        for holder in (one for one in holders if one and not psutil.pid_exists(int(one.split(":")[1]))):
            state.execute("delete from leases where holder = ?", [holder])
            held = state.execute(
                "select id, claimed_at from outbox where claimed_by = ? and state = 'waiting'", [holder]
            )
            for row_id, claimed_at in held.fetchall():
                if claimed_at:
                    longer_ago = to_text(from_text(claimed_at) - timedelta(minutes=10))
                    state.execute(
                        "update outbox set claimed_at = ? where id = ? and claimed_by = ?", [longer_ago, row_id, holder]
                    )


def settle(product: Product) -> None:
    def is_done() -> bool:
        keep_up(product)
        forget_the_dead(product)
        return is_settled(product)

    product.drained(LONGEST_SETTLING_S)
    until(is_done, lambda: (states(product), waiting(product)[:5], product.log()), LONGEST_SETTLING_S)


@pytest.mark.parametrize("size", ["three kills", pytest.param("minutes of kills", marks=pytest.mark.long)])
def test_whoever_is_killed_each_cart_and_order_is_told_once(tmp_path: Path, size: str) -> None:
    pause_s, kills = (0.5, 3) if size == "three kills" else sizes()
    with brevo_there() as brevo, product_in(tmp_path) as product:
        connect(product, brevo)
        brevo.fail("slow", delay_s=0.03)  # so that who dies is mostly in the middle of a call, which then arrives
        product.start("--web-workers", "2")
        crowds = [Crowd(product.site_key(), seed) for seed in (1, 2)]
        with shopping(product, crowds) as ledger:
            killed = kill_while_telling(product, brevo, pause_s, kills, seed=3)
            come_up(product)
        assert not ledger.refused, Counter(ledger.refused)
        assert not ledger.gave_up, product.log()
        settle(product)
        buyers = {email for crowd in crowds for email in crowd.buyers(ledger)}
        leavers = {email for crowd in crowds for email in crowd.leavers(ledger)}
        assert sum(killed.values()) >= 3
        assert set(killed) == {"worker", "web", "parent"}
        assert buyers
        assert states(product).keys() <= {"done", "skipped"}, states(product)
        check_told(brevo, leavers, buyers)
        brevo.check_manners()
        assert product.stop() == 0
