"""What is due? The same question to a state file with few open carts and to one with very many."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from collector import bootstrap
from collector.domain.timestamps import to_text
from collector.storage.sqlite.connection import open_state, write
from collector.storage.sqlite.telling import Telling
from tests.bench import folders, report
from tests.bench.report import Goal, middle

FEW = 10_000
REPEATS = 50
SHOP = 1  # the first and only one of a new file
DUE = 50  # in both files, so that both answers are equally long
ONE_IN = 100  # carts have a deadline; nobody to tell about the others
ITEMS = '[{"product_id":"1","quantity":2,"name":"Mug, glazed","unit_price_minor":1990,"line_total_minor":3980}]'


@dataclass(frozen=True, slots=True)
class Asked:
    carts: int
    milliseconds: list[float]

    @property
    def p50(self) -> float:
        return middle(self.milliseconds)


def measure(folder: Path, many: int) -> list[Asked]:
    """Both files open, asked in turns."""
    now = bootstrap.clock()
    with folders.thrown_away(folder / "few") as few, folders.thrown_away(folder / "many") as lots:
        files = []
        for place, amount in ((few, FEW), (lots, many)):
            report.progress(f"making {amount:,} open carts")
            files.append(_file_with(place, amount, now))
        report.progress("asking what is due")
        with closing(open_state(files[0])) as one, closing(open_state(files[1])) as other:
            asked = [Asked(FEW, []), Asked(many, [])]
            for connection in (one, other):
                _ask(connection, now)  # reads the schema: a worker does that once
            for _ in range(REPEATS):
                for connection, answers in ((one, asked[0]), (other, asked[1])):
                    answers.milliseconds.append(_ask(connection, now))
    return asked


def show(asked: list[Asked]) -> list[Goal]:
    few, many = asked
    rows = [
        (f"{one.carts:,} open carts", f"{one.p50:.3f}", f"{max(one.milliseconds):.3f}", f"{one.p50 / few.p50:.2f}")
        for one in asked
    ]
    report.table(f"What is due, {REPEATS} times ({DUE} due)", ("", "p50 ms", "max ms", "ratio of p50"), rows)
    ratio = many.p50 / few.p50
    return [
        Goal(f"what is due at {many.carts:,} open carts < 5 ms", f"{many.p50:.3f} ms", many.p50 < 5),
        Goal(f"within 2 × of {few.carts:,} carts", f"{ratio:.2f} ×", ratio <= 2),
    ]


def _ask(connection: sqlite3.Connection, now: datetime) -> float:
    begun = time.perf_counter()
    found = Telling(connection).due_carts(SHOP, now, limit=100)
    taken = (time.perf_counter() - begun) * 1000
    if len(found) != DUE:
        raise RuntimeError(f"{len(found)} carts are due, not {DUE}")
    return taken


def _file_with(folder: Path, amount: int, now: datetime) -> Path:
    state = bootstrap.locations(folders.make(folder)).state
    with closing(open_state(state)) as connection:
        connection.execute("pragma synchronous = off")
        with write(connection):
            keys = ((number, SHOP, f"v:visitor-{number}") for number in range(1, amount + 1))
            connection.executemany("insert into cart_keys (id, shop_id, key) values (?, ?, ?)", keys)
            connection.executemany(_INSERT, _carts(amount, now))
        connection.execute("pragma wal_checkpoint(truncate)").fetchall()
    return state


_INSERT = """
insert into carts (shop_id, cart, generation, state, stage, opened_at, changed_at, stepped_at, items, items_hash,
  item_count, currency, total_minor, checkout_url, recovery_url, checkout_token, payment_order_id, next_check_at)
values (?, ?, 1, 'open', 'cart', ?, ?, ?, ?, ?, 2, 'EUR', 3980, '', '', '', '', ?)
"""


def _carts(amount: int, now: datetime) -> Iterator[tuple[object, ...]]:
    """One in a hundred has a deadline; of those, evenly spread, so many are due as in every file."""
    opened = to_text(now - timedelta(hours=2))
    past, future = to_text(now - timedelta(minutes=5)), to_text(now + timedelta(minutes=20))
    every = amount // DUE
    for number in range(1, amount + 1):
        deadline = None
        if number % ONE_IN == 0:
            deadline = past if number % every == 0 else future
        yield (SHOP, number, opened, opened, opened, ITEMS, f"{number:032x}", deadline)
