"""A process that writes without a pause lets others in: they come next, not when they happen to meet a gap."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.storage.sqlite.connection import _begins_to_write, open_state

BUSY = """
import sys, time
from pathlib import Path
from collector.storage.sqlite.connection import open_state, write
state, batch = open_state(Path(sys.argv[1])), 0
print("writing", flush=True)
while batch < 100:
    with write(state):
        batch += 1
        state.execute("insert or replace into leases (name, holder, expires_at) values ('batch', ?, '')", [str(batch)])
        time.sleep(0.1)
"""
BATCH = "select coalesce((select cast(holder as integer) from leases where name = 'batch'), 0)"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tajo.db"
    open_state(path, may_create=True).close()
    return path


@pytest.fixture
def busy(file: Path) -> Iterator[None]:
    """Another process that folds, as it were, all the time."""
    writer = subprocess.Popen([sys.executable, "-c", BUSY, str(file)], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"writing\n"
    yield
    writer.kill()
    writer.communicate()


@pytest.mark.usefixtures("busy")
def test_whoever_waits_comes_after_the_batch_in_hand(file: Path) -> None:
    state = open_state(file)
    passed = []
    for number in range(8):
        (before,) = state.execute(BATCH).fetchone()
        state.execute("insert into leases (name, holder, expires_at) values (?, '', '')", [f"mine {number}"])
        (after,) = state.execute(BATCH).fetchone()
        passed.append(after - before)
    state.close()
    assert max(passed) <= 2, "the batch in hand, and one that began before we asked"


@pytest.mark.parametrize(
    ("sql", "does"),
    [
        ("select 1", False),
        ("-- insert\nselect 1", False),
        ("with a as (select 1) select * from a", False),
        ("pragma journal_mode", False),
        ("commit", False),
        ("", False),
        ("begin immediate", True),
        ("-- why\n  INSERT into a values (1)", True),
        ("/* why */ update a set b = 1", True),
        ("with a as (select 1) delete from b", True),
    ],
)
def test_only_what_begins_to_write_stands_in_the_queue(sql: str, does: bool) -> None:
    assert _begins_to_write(sql) is does
