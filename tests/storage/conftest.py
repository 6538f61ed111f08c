"""Real files in a folder of the test's own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.storage.sqlite.connection import Locations, locate, open_inbox, open_state
from collector.storage.sqlite.inbox import InboxWriter
from collector.storage.sqlite.inbox_reader import InboxReader
from collector.storage.sqlite.secret_box import SecretBox
from collector.storage.sqlite.shops import Shops

from .builders import NOW, new_shop, policy_for


@pytest.fixture
def files(tmp_path: Path) -> Locations:
    return locate("sqlite:///tajo.db", tmp_path)


@pytest.fixture
def state(files: Locations) -> Iterator[sqlite3.Connection]:
    connection = open_state(files.state, may_create=True)
    yield connection
    connection.close()


@pytest.fixture
def box() -> SecretBox:
    return SecretBox(["a key"])


@pytest.fixture
def shops(state: sqlite3.Connection, box: SecretBox) -> Shops:
    return Shops(state, box, policy_for)


@pytest.fixture
def shop_id(shops: Shops) -> int:
    return shops.install(new_shop(), NOW).id


@pytest.fixture
def inbox(files: Locations) -> Iterator[InboxWriter]:
    open_inbox(files.inbox, may_create=True).close()
    writer = InboxWriter(files.inbox, lambda: NOW)
    yield writer
    writer.close()


@pytest.fixture
def reader(files: Locations, inbox: InboxWriter) -> Iterator[InboxReader]:
    found = InboxReader(files.inbox)
    yield found
    found.close()
