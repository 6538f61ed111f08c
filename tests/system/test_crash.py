"""Processes are killed at random while shoppers and the shop go on: nothing acknowledged is lost or doubled."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import signal
import sqlite3
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import pytest

from collector.bootstrap import clock, migrate, open_desk
from collector.bootstrap.folding import fold_services
from collector.domain.door import Lane
from collector.pipeline.fold import fold_some
from tests.pipeline.state_dump import dump
from tests.system.product import Product, product_in, until
from tests.system.traffic import Ledger, flowing

LONGEST_DRAIN_S = 200.0  # everything of the long size may wait for the last worker
VICTIMS = ("parent", "web", "gunicorn", "worker")


def kill(process: psutil.Process | None) -> bool:
    """Whether there was somebody to kill."""
    if process is None:
        return False
    try:
        process.send_signal(signal.SIGKILL)
    except psutil.NoSuchProcess:
        return False
    return True


def kill_parent(product: Product) -> bool:
    assert product.parent is not None
    product.family()
    product.parent.kill()
    product.parent.wait()
    return True


def kill_one(product: Product, victim: str, pick: random.Random) -> bool:
    if victim == "web":
        processes = product.web_processes()
        return kill(pick.choice(processes)) if processes else False
    if victim == "worker":
        return kill(product.fold_worker())
    if victim == "gunicorn":
        return kill(product.master())
    return kill_parent(product)


def keep_up(product: Product) -> None:
    """As the machine's service manager would: start it again when it ended."""
    if product.parent is not None and product.parent.poll() is not None:
        product.launch("--web-workers", "2")


def kill_at_random(product: Product, ledger: Ledger, seconds: float, seed: int) -> Counter[str]:
    """Everybody once, then at random until the time is over; in between some requests are always answered."""
    pick = random.Random(seed)
    end = time.monotonic() + seconds
    killed: Counter[str] = Counter()
    while time.monotonic() < end or sum(killed.values()) < len(VICTIMS):
        wanted = ledger.answered + pick.randint(5, 150)

        def are_answered(wanted: int = wanted) -> bool:
            keep_up(product)
            return ledger.answered >= wanted

        until(are_answered, product.log)
        time.sleep(pick.uniform(0, 0.05))
        turn = sum(killed.values())
        victim = VICTIMS[turn] if turn < len(VICTIMS) else pick.choice(VICTIMS)
        if kill_one(product, victim, pick):
            killed[victim] += 1
    return killed


def come_up(product: Product) -> None:
    def is_up() -> bool:
        keep_up(product)
        return product.is_ready()

    until(is_up, product.log)


def sizes(default_s: float) -> float:
    """At most four minutes of killing, so that with draining and folding again ten are never reached."""
    return min(float(os.environ.get("TAJO_TEST_MINUTES", "0")) * 60 or default_s, 240)


@pytest.mark.parametrize("seconds", [10, pytest.param(0, marks=pytest.mark.long)])
def test_whatever_is_killed_nothing_acknowledged_is_lost_or_doubled(tmp_path: Path, seconds: float) -> None:
    with product_in(tmp_path) as product:
        product.start("--web-workers", "2")
        with flowing(product.port, product.site_key(), clients=4) as ledger:
            killed = kill_at_random(product, ledger, seconds or sizes(60), seed=7)
            come_up(product)
        product.drained(LONGEST_DRAIN_S)
        assert set(killed) == set(VICTIMS)
        assert not ledger.refused, Counter(ledger.refused)
        assert not ledger.gave_up, product.log()
        assert ledger.tries > ledger.answered > 0  # some were cut off, some were answered
        check_acknowledged(product, ledger)
        assert product.stop() == 0
        check_same_without_crashes(product, tmp_path / "again")


def check_acknowledged(product: Product, ledger: Ledger) -> None:
    events = Counter(row["event_id"] for row in product.rows("select event_id from events"))
    assert not ledger.events - events.keys()
    assert {event_id for event_id, times in events.items() if times > 1} == set()
    arrived = product.rows("select id, topic, body from inbox where kind = 'webhook'", of="inbox")
    by_digest: dict[str, list[int]] = {}
    for row in arrived:
        digest = hashlib.sha256(str(row["topic"]).encode() + bytes(row["body"])).hexdigest()
        by_digest.setdefault(digest, []).append(row["id"])
    assert not ledger.deliveries - by_digest.keys()
    duplicates = {r["inbox_id"] for r in product.rows("select inbox_id from row_outcomes where outcome = 'duplicate'")}
    folded = {digest: [row for row in rows if row not in duplicates] for digest, rows in by_digest.items()}
    assert {digest for digest, rows in folded.items() if len(rows) != 1} == set()
    assert product.rows("select reason, detail from quarantine") == []


def check_same_without_crashes(product: Product, folder: Path) -> None:
    """The same inbox folded anew, from nothing, in one go: the same state."""
    folder.mkdir()
    fresh = Product(folder, folder / "tajo.db")
    with open_desk(product.config) as desk:
        crashed = dump(desk.state)
    copy(product.database.with_suffix(".inbox.db"), fresh.database.with_suffix(".inbox.db"))
    migrate(fresh.config)
    with open_desk(fresh.config) as desk:
        assert desk.reader.newest_id() > 0
        services = fold_services(desk)
        for shop in desk.shops.all():
            for lane in Lane:
                while fold_some(services, shop, lane, clock()):
                    pass
        whole = dump(desk.state)
    assert crashed.keys() == whole.keys()
    for table in whole:
        assert without_deadlines(crashed[table]) == without_deadlines(whole[table]), table


def without_deadlines(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The worker decides what is due meanwhile and moves the deadlines; the fold alone does not."""
    kept = [{name: value for name, value in row.items() if name != "next_check_at"} for row in rows]
    return sorted(kept, key=lambda row: json.dumps(row, sort_keys=True))


def copy(source: Path, target: Path) -> None:
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.backup(new)
