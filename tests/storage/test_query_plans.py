"""No named statement walks a whole table, or all a shop has: what is slow at a million rows is found here, at none."""

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
    "jobs.failing": "one row a job",
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


SMALL_TABLES = ("shops", "leases", "cursors", "identity", "budgets", "json_each", "quarantine", "people", "accounts")
# Columns that say little: a search by these alone walks all that a shop, an account or a state has.
COARSE = {
    *("shop_id", "account", "prefix", "platform", "lane", "state", "is_due", "only"),
    *("kind", "subject_kind", "channel", "type", "resource", "a_kind", "b_kind"),
}
# Tables with few rows a shop or an account.
FEW = {
    *("account_hooks", "catalogue_accounts", "catalogue_shops", "cursors", "history_batches", "history_readings"),
    *("quarantine", "rereads", "sync_marks", "sync_places", "sync_runs", "webhook_faults"),
}
# Statements that walk a shop's rows on purpose, each with its reason.
SHOP_WALKS = {
    "account_contacts.account_currency": "whether there is one: the first is enough",
    "catalogue_told.touch_products": "a shop that is told anew, on its merchant's word",
    "catalogue_told.touch_categories": "the same",
    "catalogue_told.touch_coupons": "the same",
    "catalogue_told.pooled_codes": "once for up to 10,000 codes on their way",
    "catalogue_told.forget_told": "the same as a shop that is told anew",
    "catalogue_told.forget_told_categories": "the same",
    "catalogue_told.refused": "for a person at a terminal",
    "catalogue_told.retry_products": "on a person's word",
    "catalogue_told.retry_entries": "the same",
    "catalogue_told.retry_categories": "the same",
    "catalogue_told.counts": "a count for a person at a terminal",
    "decisions.of_shop": "the newest ones, from the end until there are enough",
    "erasing.is_used": "whether there is one: the first is enough",
    "explaining.shops_knowing": "for a person at a terminal",
    "explaining.links": "the same",
    "explaining.events": "the same",
    "explaining.consent": "the same",
    "explaining.decisions": "the same",
    "explaining.deliveries": "the same",
    "explaining.open_carts": "the same",
    "history.waiting": "a count for a person, from an index that holds only what is asked",
    "history.groupings": "one group after the other, once a plan",
    "history.told_before": "whether there is one: the first is enough",
    "history.due_orders": "in the order of the index until there are enough",
    "inbox.purge_shop": "a shop that is gone, a chunk at a time",
    "merges.is_used": "whether there is one: the first is enough",
    "outbox.accounts_due": "from one account of the index to the next",
    "outbox.next_due_at": "the first of the index",
    "outbox.give_up_claims": "once, when a worker starts",
    "outbox.unfinished": "a count once a scrape, of what is not done",
    "outbox.stopped": "for a person at a terminal, from an index that holds only what is asked",
    "people.unconsented": "retention, over the typed addresses of one shop from two indexes",
    "people.forget_in_checkouts": "an erasure",
    "privacy_requests.contacts_told": "a shop that is erased",
    "reports.counts_of_shop": "a count for a person at a terminal",
    "reports.newest_theme": "the newest, from an index that holds only what is asked",
    "shops.insert": "one shop",
    "stock.next_due": "the first of the index",
    "sync_runs.counts": "a count for a person at a terminal",
    "sync_runs.recovery": "the same",
    "telling.has_order_feed": "whether there is one: the first is enough",
}


@pytest.mark.parametrize(("file", "name", "text"), _named(), ids=lambda value: value if len(value) < 40 else "")
def test_no_statement_walks_a_large_table(
    file: str, name: str, text: str, state: sqlite3.Connection, inbox: sqlite3.Connection
) -> None:
    plan = _plan(inbox if file in INBOX_FILES else state, text)
    walked = [step for step in plan if step.startswith("SCAN") and not _is_fine(step)]
    assert not walked or f"{file}.{name}" in WALKS, (walked, plan)


@pytest.mark.parametrize(("file", "name", "text"), _named(), ids=lambda value: value if len(value) < 40 else "")
def test_no_statement_walks_all_that_a_shop_has(
    file: str, name: str, text: str, state: sqlite3.Connection, inbox: sqlite3.Connection
) -> None:
    plan = _plan(inbox if file in INBOX_FILES else state, text)
    walked = [step for step in plan if _is_coarse(step, text)]
    assert not walked or f"{file}.{name}" in SHOP_WALKS, (walked, plan)


def test_each_walk_that_is_allowed_is_one(state: sqlite3.Connection, inbox: sqlite3.Connection) -> None:
    walks = {
        f"{file}.{name}"
        for file, name, text in _named()
        if any(_is_coarse(step, text) for step in _plan(inbox if file in INBOX_FILES else state, text))
    }
    assert set(SHOP_WALKS) <= walks


def _plan(connection: sqlite3.Connection, text: str) -> list[str]:
    given = dict.fromkeys(re.findall(r":(\w+)", text), "1")
    values = given if given else ["1"] * text.count("?")
    return [row[3] for row in connection.execute(f"explain query plan {text}", values)]


def _is_coarse(step: str, text: str) -> bool:
    """A search whose terms are all coarse. Expressions are not: whoever made an index of one meant it."""
    searched = re.match(r"SEARCH (\S+) .*\((.*)\)$", step)
    if not searched:
        return False
    named, terms = searched.groups()
    alias = re.search(rf"\b(\w+) {named}\b", text)
    table = alias.group(1) if alias and alias.group(1) not in ("from", "join", "into", "update") else named
    columns = set(re.findall(r"(\w+|<expr>)[=<>]", terms))
    return bool(columns) and columns <= COARSE and not {named, table} & FEW


def _is_fine(step: str) -> bool:
    """Constant rows, sub-results, small tables, and walks over an index that holds only what is asked."""
    name = step.split()[1]
    return name in ("CONSTANT", "h", "hopeless") or name.startswith("(") or name in SMALL_TABLES
