"""The addresses at which accounts tell us: made once, kept encrypted, found by the door in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.storage.sqlite.account_hooks import AccountHooks, HookDirectory
from collector.storage.sqlite.connection import open_state
from collector.storage.sqlite.secret_box import SecretBox

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BOX = SecretBox(["a long and secret key"])


@dataclass
class Stopwatch:
    s: float = 0.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tajo.db"


@pytest.fixture
def state(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_state(path, may_create=True)) as connection:
        yield connection


def test_a_hook_is_made_once_and_nothing_of_it_lies_open(state: sqlite3.Connection) -> None:
    hooks = AccountHooks(state, BOX)
    assert hooks.find("brevo") is None
    made = hooks.find_or_make("brevo", NOON)
    assert hooks.find_or_make("brevo", NOON) == made == hooks.find("brevo")
    assert hooks.find_or_make("brevo:other", NOON).key != made.key
    assert min(len(made.key), len(made.token)) >= 43, "32 random bytes each"
    stored = " ".join(str(value) for row in state.execute("select * from account_hooks") for value in row)
    assert made.key not in stored
    assert made.token not in stored
    assert made.key not in repr(made)


def test_the_door_finds_a_new_hook_within_a_second_and_asks_no_more_often(
    state: sqlite3.Connection, path: Path
) -> None:
    watch = Stopwatch()
    door = HookDirectory(path, BOX, watch)
    assert door.by_key("") is None
    assert door.by_key("guessed") is None
    made = AccountHooks(state, BOX).find_or_make("brevo", NOON)
    assert door.by_key(made.key) is None, "looked a moment ago"
    watch.s = 1.1
    assert door.by_key(made.key) == made
    state.execute("delete from account_hooks")
    watch.s = 30
    assert door.by_key(made.key) == made
    watch.s = 62
    assert door.by_key(made.key) is None, "a key that was replaced ends"


def test_a_hook_no_key_opens_any_more_shuts_its_door_and_is_made_anew(state: sqlite3.Connection, path: Path) -> None:
    old = AccountHooks(state, BOX).find_or_make("brevo", NOON)
    other = SecretBox(["another long and secret key"])
    assert HookDirectory(path, other, Stopwatch()).by_key(old.key) is None
    made = AccountHooks(state, other).find_or_make("brevo", NOON)
    assert made.key != old.key
    assert HookDirectory(path, other, Stopwatch()).by_key(made.key) == made


def test_when_the_file_cannot_be_read_the_known_hooks_stand(state: sqlite3.Connection, path: Path) -> None:
    watch = Stopwatch()
    door = HookDirectory(path, BOX, watch)
    made = AccountHooks(state, BOX).find_or_make("brevo", NOON)
    assert door.by_key(made.key) == made
    path.rename(path.with_name("elsewhere.db"))
    watch.s = 100
    assert door.by_key(made.key) == made
