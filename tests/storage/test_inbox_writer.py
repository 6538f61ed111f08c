"""An acknowledged row is there, exactly once, whatever happens to the disk and the process."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.domain.door import Lane, NewRow, RowKind
from collector.domain.errors import StorageRefused
from collector.storage.sqlite.connection import Locations, open_inbox
from collector.storage.sqlite.inbox import InboxWriter
from collector.storage.sqlite.inbox_reader import InboxReader

from .builders import NOW, row


def bodies(path: Path) -> list[bytes]:
    connection = open_inbox(path, read_only=True)
    found = [body for (body,) in connection.execute("select body from inbox order by id")]
    connection.close()
    return found


def test_a_row_comes_back_as_it_went(inbox: InboxWriter, reader: InboxReader) -> None:
    given = NewRow(7, Lane.HISTORY, RowKind.WEBHOOK, NOW, b"\x00\xff", "orders/create", "d-1", {"a": [1, "ü"]})
    inbox.append(given)
    (found,) = reader.next_rows(7, Lane.HISTORY, 0, 10)
    assert (found.shop_id, found.lane, found.kind, found.received_at) == (7, Lane.HISTORY, RowKind.WEBHOOK, NOW)
    assert (found.topic, found.delivery_id, found.facts, found.body) == (
        "orders/create",
        "d-1",
        {"a": [1, "ü"]},
        b"\x00\xff",
    )


def test_32_threads_each_row_exactly_once(inbox: InboxWriter, files: Locations) -> None:
    def append(thread: int) -> None:
        for i in range(50):
            inbox.append(row(f"{thread}-{i}".encode()))

    threads = [threading.Thread(target=append, args=(n,)) for n in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = sorted(f"{n}-{i}".encode() for n in range(32) for i in range(50))
    assert sorted(bodies(files.inbox)) == expected


@pytest.mark.parametrize("n", [1, 2, 63, 64, 65, 200])
def test_a_page_is_stored_in_order(n: int, inbox: InboxWriter, files: Locations) -> None:
    inbox.append_many([row(str(i).encode()) for i in range(n)])
    inbox.append_many([])
    assert bodies(files.inbox) == [str(i).encode() for i in range(n)]


def test_a_row_no_database_takes_fails_alone(inbox: InboxWriter, files: Locations) -> None:
    refused: list[int] = []

    def append(n: int) -> None:
        bad = row(b"bad", shop_id=2**70) if n % 5 == 0 else row(b"good")
        try:
            inbox.append(bad)
        except StorageRefused:
            refused.append(n)

    threads = [threading.Thread(target=append, args=(n,)) for n in range(25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(refused) == [0, 5, 10, 15, 20]
    assert bodies(files.inbox) == [b"good"] * 20


def test_odd_text_is_no_reason_to_refuse(inbox: InboxWriter, reader: InboxReader) -> None:
    inbox.append(row(topic="\udcff", delivery_id="a\x00b", facts={"x": "\ud800"}))
    assert reader.next_rows(1, Lane.LIVE, 0, 1)[0].topic == "?"


def test_counts_reach_the_disk_without_rows(inbox: InboxWriter, reader: InboxReader) -> None:
    for _ in range(3):
        inbox.count(1, "beacon", "accepted")
    inbox.count(None, "webhook", "bad_signature")
    inbox.close()
    found = {(c.shop_id, c.door, c.reason, c.n) for c in reader.counts_since(NOW)}
    assert found == {(1, "beacon", "accepted", 3), (None, "webhook", "bad_signature", 1)}


def test_counts_add_up_over_processes(files: Locations) -> None:
    for _ in range(2):
        writer = InboxWriter(files.inbox, lambda: NOW)
        writer.count(1, "beacon", "bot")
        writer.close()
    found = InboxReader(files.inbox).counts_since(NOW, shop_id=1)
    assert [(c.reason, c.n) for c in found] == [("bot", 2)]


def test_a_closed_inbox_refuses(inbox: InboxWriter) -> None:
    inbox.append(row())
    inbox.close()
    with pytest.raises(StorageRefused):
        inbox.append(row())


FULL_DISK = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from collector.domain.door import Lane, NewRow, RowKind
from collector.domain.errors import StorageRefused
from collector.storage.sqlite.connection import open_inbox
from collector.storage.sqlite.inbox import InboxWriter

path = Path(sys.argv[1])
open_inbox(path, may_create=True).close()
now = datetime(2026, 11, 21, tzinfo=UTC)
writer = InboxWriter(path, lambda: now)
taken, refused = [], 0
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
for n in range(60):
    if n == 40:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    try:
        writer.append(NewRow(n, Lane.LIVE, RowKind.BEACON, now, b"x" * 30_000))
        taken.append(n)
    except StorageRefused:
        refused += 1
        assert n < 40, "the disk is mended"
writer.close()
assert refused > 5, refused
print(*taken)
"""


def test_a_full_disk_refuses_loses_nothing_and_goes_on_when_mended(files: Locations) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(files.inbox)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    taken = [int(n) for n in done.stdout.split()]
    assert taken[-20:] == list(range(40, 60))
    connection = open_inbox(files.inbox)
    stored = [n for (n,) in connection.execute("select shop_id from inbox")]
    assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    connection.close()
    assert len(stored) == len(set(stored))
    assert set(taken) <= set(stored)


READ_ONLY = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from collector.domain.door import Lane, NewRow, RowKind
from collector.domain.errors import StorageRefused
from collector.storage.sqlite.connection import open_inbox
from collector.storage.sqlite.inbox import InboxWriter

folder = Path(sys.argv[1])
if os.geteuid() == 0:  # the rights of files mean nothing to root
    os.chown(folder, 65534, 65534)
    os.setuid(65534)
os.chdir(folder)
path = Path("tajo.inbox.db")
open_inbox(path, may_create=True).close()
now = datetime(2026, 11, 21, tzinfo=UTC)
row = NewRow(1, Lane.LIVE, RowKind.BEACON, now, b"")
path.chmod(0o444)
folder_mode = os.stat(".").st_mode
os.chmod(".", 0o500)
writer = InboxWriter(path, lambda: now)
for _ in range(2):
    try:
        writer.append(row)
    except StorageRefused as error:
        print(error)
    else:
        raise AssertionError("written to a read-only file")
os.chmod(".", folder_mode)
path.chmod(0o600)
writer.append(row)
writer.close()
assert open_inbox(path).execute("select count(*) from inbox").fetchone() == (1,)
"""


def test_a_read_only_file_refuses_and_goes_on_when_writable() -> None:
    # Not in tmp_path: its folders are closed to other users, which root becomes here.
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.executable, "-c", READ_ONLY, folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "give this user read and write access" in done.stdout or "Permission denied" in done.stdout


KILLED = """
import sys, threading
from datetime import UTC, datetime
from pathlib import Path
from collector.domain.door import Lane, NewRow, RowKind
from collector.storage.sqlite.inbox import InboxWriter

now = datetime(2026, 11, 21, tzinfo=UTC)
writer = InboxWriter(Path(sys.argv[1]), lambda: now)

def append(thread):
    for i in range(10**6):
        n = thread * 10**6 + i
        writer.append(NewRow(n, Lane.LIVE, RowKind.BEACON, now, b"x" * 500))
        sys.stdout.write(f"{n}\\n")

for thread in range(8):
    threading.Thread(target=append, args=(thread,), daemon=True).start()
threading.Event().wait()
"""


def test_kill_loses_nothing_that_was_acknowledged(files: Locations) -> None:
    open_inbox(files.inbox, may_create=True).close()
    victim = subprocess.Popen([sys.executable, "-u", "-c", KILLED, str(files.inbox)], stdout=subprocess.PIPE, text=True)
    assert victim.stdout is not None
    told = [int(victim.stdout.readline()) for _ in range(400)]
    victim.send_signal(signal.SIGKILL)
    rest = victim.stdout.read().splitlines(keepends=True)
    told += [int(line) for line in rest if line.endswith("\n")]
    victim.wait()
    connection = open_inbox(files.inbox)
    stored = [n for (n,) in connection.execute("select shop_id from inbox")]
    connection.close()
    assert len(stored) == len(set(stored))
    assert set(told) <= set(stored)


SEVERAL = """
import sys, threading
from datetime import UTC, datetime
from pathlib import Path
from collector.domain.door import Lane, NewRow, RowKind
from collector.storage.sqlite.inbox import InboxWriter

now = datetime(2026, 11, 21, tzinfo=UTC)
writer = InboxWriter(Path(sys.argv[1]), lambda: now)

def append(thread):
    for n in range(50):
        writer.append(NewRow(thread * 50 + n, Lane.LIVE, RowKind.BEACON, now, b""))

threads = [threading.Thread(target=append, args=(thread,)) for thread in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
writer.count(1, "beacon", "accepted")
"""


def test_several_processes_share_the_file_and_end_in_order(files: Locations, reader: InboxReader) -> None:
    """They end without `close`: what was counted is written on the way out."""
    doors = [subprocess.Popen([sys.executable, "-c", SEVERAL, str(files.inbox)]) for _ in range(2)]
    assert [door.wait() for door in doors] == [0, 0]
    connection = open_inbox(files.inbox)
    stored = connection.execute("select shop_id, count(*) from inbox group by 1 order by 1").fetchall()
    connection.close()
    assert stored == [(n, 2) for n in range(200)]
    assert [count.n for count in reader.counts_since(datetime(2026, 11, 21, tzinfo=UTC))] == [2]


def test_a_forked_child_has_its_own_thread_and_connection(inbox: InboxWriter, files: Locations) -> None:
    inbox.append(row(b"parent"))
    child = os.fork()
    if child == 0:
        try:
            inbox.append(row(b"child"))
            inbox.close()
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    inbox.append(row(b"parent again"))
    assert bodies(files.inbox) == [b"parent", b"child", b"parent again"]


def test_the_log_is_emptied_on_the_way_out(inbox: InboxWriter, files: Locations) -> None:
    inbox.append_many([row(b"x" * 10_000) for _ in range(100)])
    inbox.close()
    log = files.inbox.with_name(files.inbox.name + "-wal")
    assert not log.exists() or log.stat().st_size == 0


def test_a_file_put_in_its_place_is_found(inbox: InboxWriter, reader: InboxReader, files: Locations) -> None:
    inbox.append(row(b"old"))
    before = reader.generation()
    for name in ("", "-wal", "-shm"):
        files.inbox.with_name(files.inbox.name + name).unlink(missing_ok=True)
    inbox.append(row(b"new"))
    assert reader.generation() != before
    assert [found.body for found in reader.next_rows(1, Lane.LIVE, 0, 10)] == [b"new"]
    with sqlite3.connect(files.inbox) as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
