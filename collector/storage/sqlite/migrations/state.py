"""The steps of the state file."""

from __future__ import annotations

from pathlib import Path

from sqlite_utils import Database, Migrations

STATE = Migrations("tajo_state")
_FOLDER = Path(__file__).parent


@STATE()
def m0001_bookkeeping(db: Database) -> None:
    """Shops, leases, cursors, quarantine, decisions, outbox and budgets: what everything else refers to."""
    db.executescript((_FOLDER / "state.sql").read_text(encoding="utf-8"))


@STATE()
def m0002_what_happened(db: Database) -> None:
    """Visitors, carts, people, orders: what the fold makes of the inbox."""
    db.executescript((_FOLDER / "what_happened.sql").read_text(encoding="utf-8"))
