"""All that is encrypted in the state, put under the newest secret key, so that the older ones may leave the settings.

A text that no key opens any more stays as it is: who needs it says so, or gets another (a token).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from collector.storage.sqlite.connection import write
from collector.storage.sqlite.secret_box import SecretBox

# Table, what names its rows, and the column. A test finds those that are missing here.
LOCKED = (
    ("shops", "id", "secrets"),
    ("access_tokens", "shop_id", "secrets"),
    ("account_hooks", "account", "secrets"),
    ("privacy_requests", "id", "subject"),
    ("privacy_requests", "id", "export"),
)


def behind(connection: sqlite3.Connection, newest: SecretBox) -> int:
    """How many are not under the newest key, the only one of `newest`."""
    return sum(not newest.opens(text) for place in LOCKED for _, text in _texts(connection, *place))


def relock(connection: sqlite3.Connection, box: SecretBox) -> int:
    """In one transaction; how many."""
    done = 0
    with write(connection):
        for table, key, column in LOCKED:
            for name, text in list(_texts(connection, table, key, column)):
                if not box.opens(text):
                    continue
                statement = f"update {table} set {column} = ? where {key} = ?"  # noqa: S608
                connection.execute(statement, [box.relock(text, table), name])
                done += 1
    return done


def _texts(connection: sqlite3.Connection, table: str, key: str, column: str) -> Iterator[tuple[object, str]]:
    yield from connection.execute(f"select {key}, {column} from {table} where {column} <> ''")  # noqa: S608
