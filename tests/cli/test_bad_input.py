"""Whatever is wrong: one line that names it and its cure, the right status, no traceback."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.running import tajo

Prepare = Callable[[Path], None]
INSTALL = ["connectors", "install", "woocommerce", "--store-url", "https://shop.example"]
TWO_SHOPS = "connectors: {shopify: [{shop_url: one}, {shop_url: two}]}"


def settings(text: str) -> Prepare:
    return lambda folder: _write(folder / "tajo.yml", text)


def _write(file: Path, text: str) -> None:
    file.write_text(text)


def nothing(folder: Path) -> None:
    return


def migrated(text: str) -> Prepare:
    def prepare(folder: Path) -> None:
        _write(folder / "tajo.yml", text)
        assert tajo(folder, "migrate").returncode == 0

    return prepare


def newer(folder: Path) -> None:
    assert tajo(folder, "migrate").returncode == 0
    with sqlite3.connect(folder / "tajo.db") as state:
        state.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) "
            "select migration_set, '9999_of_tomorrow', applied_at from _sqlite_migrations limit 1"
        )
    state.close()


def complain(result: subprocess.CompletedProcess[str], status: int, expected: str) -> None:
    [line] = result.stderr.splitlines()
    assert expected in line
    assert line.startswith("tajo: ")
    assert result.returncode == status


@pytest.mark.parametrize(
    ("why", "prepare", "arguments", "status", "expected"),
    [
        ("a wrong key", settings("bnd: x"), ["check"], 2, "bnd: no such setting (did you mean bind?)"),
        ("a wrong type", settings("bind: [1]"), ["migrate"], 2, "bind: [1] is not allowed"),
        ("broken YAML", settings("bind: ["), ["check"], 2, "tajo.yml:1:8: broken YAML"),
        ("no shop's address", settings("connectors: {shopify: {shop_url: a_b}}"), ["migrate"], 2, "'a_b'"),
        ("a shop twice", settings(TWO_SHOPS.replace("two", "one")), ["migrate"], 2, "is named twice"),
        ("not reachable", settings("bind: 0.0.0.0:8000"), ["serve"], 2, "public_url is missing"),
        ("no database", nothing, ["connectors", "list"], 1, "no database there; `tajo serve` or"),
        (
            "a folder in its place",
            lambda folder: (folder / "tajo.db").mkdir(),
            ["migrate"],
            1,
            "tajo.db: cannot be opened",
        ),
        (
            "another file in its place",
            lambda folder: _write(folder / "tajo.db", "no database " * 100),
            ["migrate"],
            1,
            "tajo.db: not a database",
        ),
        ("no folder for it", settings("database: sqlite:///a/b.db"), ["migrate"], 1, "a/b.db: there is no folder"),
        ("a newer database", newer, ["migrate"], 1, "made by a newer version"),
        ("no shops, any name", migrated(""), ["connectors", "pause", "shopify"], 2, "none is connected yet"),
        ("unknown NAME", migrated(TWO_SHOPS), ["connectors", "pause", "x"], 2, "known: one.myshopify.com, two"),
        ("ambiguous NAME", migrated(TWO_SHOPS), ["connectors", "pause", "shopify"], 2, "one.myshopify.com, two"),
        ("no session", migrated(""), ["sessions", "show", "7"], 2, "there is no session 7"),
        ("nothing to replay", migrated(""), ["quarantine", "replay", "7"], 2, "no row 7 in quarantine"),
        ("no period", migrated(""), ["sessions", "list", "--last", "soon"], 2, "'soon' is no period"),
        ("secrets into a pipe", migrated(""), ["connectors", "list", "--reveal"], 2, "on a terminal only"),
        (
            "nobody to ask for a secret",
            nothing,
            INSTALL,
            2,
            "--consumer-key is missing",
        ),
        (
            "the two keys swapped",
            nothing,
            [*INSTALL, "--consumer-key", "-", "--consumer-secret", "-"],
            2,
            "--consumer-key must start with ck_",
        ),
    ],
)
def test_what_is_wrong_is_one_line_with_its_cure(
    tmp_path: Path, why: str, prepare: Prepare, arguments: list[str], status: int, expected: str
) -> None:
    prepare(tmp_path)
    complain(tajo(tmp_path, *arguments, stdin="cs_1\nck_1\n"), status, expected)


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        complain(tajo(tmp_path, "serve", "--bind", f"127.0.0.1:{port}"), 1, "the port is in use")


def test_a_shop_that_does_not_answer_leaves_nothing_behind(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, not listening: refuses
        result = tajo(
            tmp_path,
            *("connectors", "install", "woocommerce", "--consumer-key", "-", "--consumer-secret", "-"),
            *("--store-url", f"http://127.0.0.1:{closed.getsockname()[1]}"),
            stdin="ck_1\ncs_1\n",
            TAJO_ALLOW_INSECURE_UPSTREAMS="true",
        )
    complain(result, 1, "refuses connections")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = os.geteuid() == 0 and (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False
        ).returncode
        == 0
    )
    if not mounted:
        if os.environ.get("CI") == "true" and os.geteuid() == 0:
            pytest.fail("root in CI must be able to mount a small disk")
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(small_disk: Path) -> None:
    complain(tajo(small_disk, "migrate"), 1, "the disk is full")
