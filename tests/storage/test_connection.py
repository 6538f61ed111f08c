"""Opening, making and refusing files; the one way to write."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlite_utils import Database

from collector.domain.errors import Misuse, Unready
from collector.storage.sqlite import schema
from collector.storage.sqlite.connection import locate, open_inbox, open_state, write
from collector.storage.sqlite.migrations.state import STATE

from .builders import break_off

OPENINGS = pytest.mark.parametrize("opening", [open_state, open_inbox])


@pytest.mark.parametrize(
    ("why", "database", "expected"),
    [
        ("three slashes: beside the configuration", "sqlite:///tajo.db", "/etc/tajo/tajo.db"),
        ("a folder below it", "sqlite:///data/shop.db", "/etc/tajo/data/shop.db"),
        ("four slashes: where it says", "sqlite:////var/lib/tajo.db", "/var/lib/tajo.db"),
    ],
)
def test_where_the_database_lies(why: str, database: str, expected: str) -> None:
    found = locate(database, Path("/etc/tajo"))
    assert str(found.state) == expected, why
    assert str(found.inbox) == expected.removesuffix(".db") + ".inbox.db"
    assert str(found.key) == expected.removesuffix(".db") + ".key"


@pytest.mark.parametrize("database", ["tajo.db", "sqlite:tajo.db", "postgres:///tajo", "sqlite:///", "sqlite:///a/"])
def test_an_unknown_address_is_named(database: str) -> None:
    with pytest.raises(Misuse, match=r"sqlite:///tajo\.db"):
        locate(database, Path("/"))


@OPENINGS
def test_a_missing_file_is_named_and_not_made(opening, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "tajo.db"
    with pytest.raises(Unready, match=r"tajo\.db: no (database|inbox) there; `tajo serve`"):
        opening(path)
    assert not path.exists()


@OPENINGS
def test_a_missing_folder_is_named(opening, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Unready, match=r"there is no folder .*/nowhere"):
        opening(tmp_path / "nowhere" / "tajo.db", may_create=True)


@OPENINGS
@pytest.mark.parametrize("may_create", [True, False])
def test_something_else_is_left_alone(opening, may_create: bool, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "tajo.db"
    path.write_text("These are my notes, not a database. " * 100)
    with pytest.raises(Unready, match="not a database"):
        opening(path, may_create=may_create)
    assert path.read_text().startswith("These are my notes")


def test_a_folder_in_the_file_s_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tajo.db").mkdir()
    with pytest.raises(Unready, match=r"cannot be opened"):
        open_state(tmp_path / "tajo.db", may_create=True)


def test_another_program_s_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "tajo.db"
    other = sqlite3.connect(path)
    other.execute("create table theirs (a)")
    other.close()
    with pytest.raises(Unready, match="another program"):
        open_state(path, may_create=True)


def test_an_inbox_is_no_state(tmp_path: Path) -> None:
    open_inbox(tmp_path / "tajo.db", may_create=True).close()
    with pytest.raises(Unready, match="another program"):
        open_state(tmp_path / "tajo.db", may_create=True)


@OPENINGS
def test_a_newer_database_is_refused(opening, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "tajo.db"
    connection = opening(path, may_create=True)
    connection.execute(
        "insert into _sqlite_migrations (migration_set, name, applied_at)"
        " select migration_set, 'm9999_from_the_future', '' from _sqlite_migrations limit 1"
    )
    connection.close()
    with pytest.raises(Unready, match="newer version of this program; update"):
        opening(path, may_create=True)


def test_an_older_database_waits_for_migrate(tmp_path: Path) -> None:
    path = tmp_path / "tajo.db"
    older = sqlite3.connect(path, isolation_level=None)
    STATE.apply(Database(older), stop_before="m0002_what_happened")
    older.close()
    with pytest.raises(Unready, match="run `tajo migrate`"):
        open_state(path)
    open_state(path, may_create=True).close()
    open_state(path).close()


def test_products_that_lost_variants_are_read_again_and_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "tajo.db"
    older = sqlite3.connect(path, isolation_level=None)
    STATE.apply(Database(older), stop_before="m0024_products")
    older.execute(
        "insert into shops (id, platform, address, url, site_key, secrets, sending, is_enabled, origin, installed_at)"
        " values (1, 'shopify', 'a.example', 'https://a.example', 'k', '', 'live', 1, 'install', '')"
    )
    bodies = {
        "lost some": ('[{"variant_id": "1"}]', '["1", "2"]', None),
        "lost some and is gone": ('[{"variant_id": "1"}]', '["1", "2"]', "2026-11-22T12:00:00.000Z"),
        "whole": ('[{"variant_id": "1"}]', '["1"]', None),
        "without options": ("[]", "[]", None),
        "variants with records of their own": ("[]", '["1", "2"]', None),
        "does not say": ('[{"variant_id": "1"}]', "null", None),
    }
    for number, (variants, listed, deleted_at) in bodies.items():
        older.execute(
            "insert into products (shop_id, product_id, parent_id, content, content_hash, seen_at, first_version_at,"
            " first_content_hash, deleted_at) values (1, ?, '', ?, '', '2026-11-21T12:00:00.000Z', '', '', ?)",
            [number, f'{{"variants": {variants}, "variant_ids": {listed}}}', deleted_at],
        )
    older.close()
    newer = open_state(path, may_create=True)
    assert newer.execute("select kind, id from rereads").fetchall() == [("products", "lost some")]
    due = newer.execute("select product_id from products where due_at is not null order by 1").fetchall()
    assert due == [("lost some",), ("lost some and is gone",)]
    newer.close()


def test_a_read_only_opening_reads_and_does_not_write(tmp_path: Path) -> None:
    path = tmp_path / "tajo.db"
    open_state(path, may_create=True).close()
    connection = open_state(path, read_only=True)
    assert connection.execute("select count(*) from shops").fetchone() == (0,)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("delete from shops")
    connection.close()


def test_the_promises_of_a_connection(tmp_path: Path) -> None:
    for connection in (
        open_state(tmp_path / "tajo.db", may_create=True),
        open_inbox(tmp_path / "tajo.inbox.db", may_create=True),
    ):
        settings = [
            connection.execute(f"pragma {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "busy_timeout")
        ]
        assert settings == ["wal", 2, 5000]
        loose = connection.execute(
            "select name from pragma_table_list where schema = 'main' and type = 'table' and not strict"
            " and name not like '%sqlite%'"
        ).fetchall()
        assert loose == []
        connection.close()
    for promise in ("foreign_keys", "secure_delete"):  # the second is on by itself in some builds of SQLite
        assert open_state(tmp_path / "tajo.db").execute(f"pragma {promise}").fetchone() == (1,)
    assert (tmp_path / "tajo.db").stat().st_mode & 0o077 == 0


def test_a_failed_block_leaves_nothing(state: sqlite3.Connection) -> None:
    with pytest.raises(RuntimeError):
        break_off(state, lambda: state.execute("insert into leases values ('a', 'b', 'c')"))
    assert state.execute("select * from leases").fetchall() == []
    with write(state):
        state.execute("insert into leases values ('a', 'b', 'c')")
    assert len(state.execute("select * from leases").fetchall()) == 1


def test_read_then_write_waits_for_its_turn(tmp_path: Path) -> None:
    path = tmp_path / "tajo.db"
    open_state(path, may_create=True).execute("insert into leases values ('n', '0', '')")

    def add() -> None:
        connection = open_state(path)
        for _ in range(25):
            with write(connection):
                (held,) = connection.execute("select holder from leases").fetchone()
                connection.execute("update leases set holder = ?", [str(int(held) + 1)])
        connection.close()

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert open_state(path).execute("select holder from leases").fetchone() == ("100",)


def test_processes_that_start_together_make_one_database(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path;"
        "from collector.storage.sqlite.connection import open_inbox, open_state;"
        "sys.stdin.readline(); folder = Path(sys.argv[1]);"
        "open_state(folder / 'tajo.db', may_create=True);"
        "print(open_inbox(folder / 'i.db', may_create=True).execute('select generation from identity').fetchone())"
    )
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("go\n")
        starter.stdin.flush()
    answers = {starter.communicate()[0] for starter in starters}
    assert [starter.returncode for starter in starters] == [0, 0, 0]
    assert len(answers) == 1


@pytest.mark.parametrize("name", schema.FILES)
def test_the_schema_for_readers_is_what_the_migrations_make(name: str) -> None:
    written = (Path(schema.__file__).parent / name).read_text()
    assert written == schema.schema_of(schema.FILES[name]), "run python -m collector.storage.sqlite.schema"


def test_the_schema_in_a_file_is_the_same(tmp_path: Path) -> None:
    connection = open_state(tmp_path / "tajo.db", may_create=True)
    assert schema.dump(connection) == schema.schema_of(STATE)
    connection.close()
