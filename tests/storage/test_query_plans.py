"""No named statement walks a whole table: what is slow at a million rows is found here, at none."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from collector.storage.sqlite.connection import open_inbox, open_state
from collector.storage.sqlite.statements import statements

FOLDER = Path(__file__).parents[2] / "collector" / "storage" / "sqlite" / "queries"
INBOX_FILES = {"inbox", "counts", "sync_inbox"}
# Statements that look at everything on purpose, each with its reason.
WALKS = {
    "counts.since": "one row an hour, shop and answer; purged",
    "counts.purge": "the same",
    "counts.newest": "the same, from the end until a shop's last webhook is found",
    "account_hooks.all": "one row an account, for the door's memory",
    "erasing.records": "the newest ones, from the end until there are enough",
    "inbox.heads": "once per connection, from the index alone",
    "cursors.forget_outcomes": "retention, once a minute over rows that were odd; a shop's own part of it",
    "explaining.shops_knowing": "one row a shop, for a person at a terminal",
    "explaining.events": "over the nodes of one person, which lie in a temporary table",
    "people.unconsented": "retention, over the typed addresses of one shop from two indexes",
    "outbox.stopped": "for a person at a terminal, from an index that holds only what is asked",
    "outbox.states": "a count for a person at a terminal, from an index",
    "privacy_requests.newest": "the newest ones, from the end until there are enough",
    "privacy_requests.to_do": "what is still to be done, from an index that holds nothing else",
    "privacy_requests.open": "what is still to be done, from an index that holds nothing else",
    "reports.sessions": "the newest ones, from the end until there are enough",
    "reports.newest_events": "the same",
    "shops.insert": "one shop",
}


def _named() -> list[tuple[str, str, str]]:
    return [
        (path.stem, name, text) for path in sorted(FOLDER.glob("*.sql")) for name, text in statements(path.stem).items()
    ]


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    return open_state(tmp_path_factory.mktemp("plans") / "tajo.db", may_create=True)


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    return open_inbox(tmp_path_factory.mktemp("plans") / "tajo.inbox.db", may_create=True)


SMALL_TABLES = ("shops", "leases", "cursors", "identity", "budgets", "json_each", "quarantine", "people")


@pytest.mark.parametrize(("file", "name", "text"), _named(), ids=lambda value: value if len(value) < 40 else "")
def test_no_statement_walks_a_large_table(
    file: str, name: str, text: str, state: sqlite3.Connection, inbox: sqlite3.Connection
) -> None:
    connection = inbox if file in INBOX_FILES else state
    given = dict.fromkeys(re.findall(r":(\w+)", text), "1")
    values = given if given else ["1"] * text.count("?")
    plan = [row[3] for row in connection.execute(f"explain query plan {text}", values)]
    walked = [step for step in plan if step.startswith("SCAN") and not _is_fine(step)]
    assert not walked or f"{file}.{name}" in WALKS, (walked, plan)


def _is_fine(step: str) -> bool:
    """Constant rows, sub-results, small tables, and walks over an index that holds only what is asked."""
    name = step.split()[1]
    return name in ("CONSTANT", "h", "hopeless") or name.startswith("(") or name in SMALL_TABLES
