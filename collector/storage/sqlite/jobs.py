"""When each job is due, and how far it came. See domain.jobs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collector.domain.jobs import JobState
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.statements import statements

_SQL = statements("jobs")


class Jobs:
    """Each call is a transaction of its own, unless the caller is inside one."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def read(self, name: str) -> JobState | None:
        row = self._connection.execute(_SQL["read"], {"name": name}).fetchone()
        if row is None:
            return None
        return JobState(from_text(row[0]), json.loads(row[1]), from_text(row[2]) if row[2] else None, row[3], row[4])

    def keep(self, name: str, due_at: datetime, progress: Mapping[str, Any], finished_at: datetime, said: str) -> None:
        """A turn ended well."""
        given = {
            "name": name,
            "due_at": to_text(due_at),
            "progress": json.dumps(dict(progress)),
            "finished_at": to_text(finished_at),
            "said": said,
        }
        self._connection.execute(_SQL["keep"], given)

    def failed(self, name: str, due_at: datetime, said: str) -> None:
        """A turn raised: the progress stays, the failures count one more."""
        self._connection.execute(_SQL["failed"], {"name": name, "due_at": to_text(due_at), "said": said})

    def failing(self) -> int:
        """How many jobs failed the last time."""
        (found,) = self._connection.execute(_SQL["failing"]).fetchone()
        return int(found)

    def bring_forward(self, name: str, due_at: datetime) -> None:
        """Not later than this, if it has had a turn at all."""
        self._connection.execute(_SQL["bring_forward"], {"name": name, "due_at": to_text(due_at)})
