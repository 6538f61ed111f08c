"""What is held about one person, as it is stored: the rows that erasing would take out."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from collector.storage.sqlite.statements import statements

_SQL = statements("exporting")
_JSON = ("detail", "items", "extras", "tags", "payload", "utm")


def exported(connection: sqlite3.Connection, given: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """By kind, in the order of the file of statements. `given` as for erasing."""
    found: dict[str, list[dict[str, Any]]] = {}
    for kind, text in _SQL.items():
        cursor = connection.execute(text, given)
        names = [column[0] for column in cursor.description]
        found[kind] = [
            {name: _read(name, value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall()
        ]
    return found


def _read(name: str, value: Any) -> Any:
    if name in _JSON and isinstance(value, str) and value[:1] in ("{", "["):
        return json.loads(value)
    return value
