"""The steps of the inbox file."""

from __future__ import annotations

import secrets
from pathlib import Path

from sqlite_utils import Database, Migrations

INBOX = Migrations("tajo_inbox")
_FOLDER = Path(__file__).parent


@INBOX()
def m0001_inbox(db: Database) -> None:
    """The rows, the file's random identity and the doors' counts."""
    db.executescript((_FOLDER / "inbox.sql").read_text(encoding="utf-8"))
    db.execute("insert into identity (only, generation) values (1, ?)", [secrets.token_hex(16)])


@INBOX()
def m0002_sync_places(db: Database) -> None:
    """How far a reading of a shop's records came."""
    db.executescript((_FOLDER / "sync_places.sql").read_text(encoding="utf-8"))
