"""Writes `schema.sql` and `inbox_schema.sql`: what the migrations add up to, for readers.

`python -m collector.storage.sqlite.schema`; a test fails when they are out of date.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlite_utils import Database, Migrations

from collector.storage.sqlite.migrations.inbox import INBOX
from collector.storage.sqlite.migrations.state import STATE

FILES = {"schema.sql": STATE, "inbox_schema.sql": INBOX}
_FOLDER = Path(__file__).parent


def schema_of(steps: Migrations) -> str:
    """The schema after all steps, from nothing."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    steps.apply(Database(connection, execute_plugins=False))
    text = dump(connection)
    connection.close()
    return text


def dump(connection: sqlite3.Connection) -> str:
    """Every table with its indexes and triggers, in the order they were made."""
    query = "select sql from sqlite_master where sql is not null and name not like 'sqlite_%' order by rowid"
    rows = connection.execute(query)
    parts = [f"{sql};\n" for (sql,) in rows if Migrations.migrations_table not in sql]
    return "-- Made by `python -m collector.storage.sqlite.schema`.\n\n" + "\n".join(parts)


if __name__ == "__main__":
    for file, the_steps in FILES.items():
        (_FOLDER / file).write_text(schema_of(the_steps), encoding="utf-8")
