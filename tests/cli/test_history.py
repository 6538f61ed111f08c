"""`tajo brevo history` as a merchant calls it: what waits, the calls it costs, what left."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from collector.bootstrap import clock, migrate
from collector.cli import brevo as brevo_commands
from collector.cli.settings import settings
from collector.domain.history import CONTACT, ORDER, BatchState, Grouping, Standing, Texts, There
from collector.storage.sqlite.connection import open_state
from collector.storage.sqlite.state import SqliteState
from tests.in_process import step_into

SETTINGS = """
brevo: {api_key: xkeysib-test}
connectors:
  woocommerce: {store_url: "https://mug.example", consumer_key: ck_1, consumer_secret: cs_1}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    step_into(tmp_path, monkeypatch)
    monkeypatch.setenv("TAJO_SECRET_KEY", "a key")
    (tmp_path / "tajo.yml").write_text(SETTINGS)
    migrate(settings())
    return tmp_path


def call(command: click.Command, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def imported(folder: Path, contacts: int, orders: int) -> None:
    """As an import leaves it; two batches have left already."""
    connection = open_state(folder / "tajo.db")
    (shop_id,) = connection.execute("select id from shops").fetchone()
    now = clock()
    with SqliteState(connection).write() as tx:
        for number in range(contacts):
            email = f"p{number}@shop.example"
            tx.history.mark(shop_id, CONTACT, email, email, now)
            grouping = Grouping(Standing.MAY if number % 2 else Standing.NO_BASIS, Texts.NO_NUMBER, ())
            tx.history.examined(shop_id, "brevo", email, grouping.to_text(), ())
        for number in range(orders):
            tx.history.mark(shop_id, ORDER, str(number), f"p{number}@shop.example", now)
        done = tx.history.add_batch("brevo", shop_id, CONTACT, "open", now - timedelta(hours=1))
        tx.history.sent(done, "41", 500, 100_000, now)
        tx.history.arrived(done, There.OPEN, now, 10)
        tx.history.end(done, BatchState.DONE, "Brevo keeps lists of: invalid_emails", now)
        running = tx.history.add_batch("brevo", shop_id, CONTACT, "blocked", now)
        tx.history.sent(running, "42", 700, 140_000, now + timedelta(minutes=1))
    connection.close()


@pytest.mark.usefixtures("folder")
def test_nothing_was_imported() -> None:
    result = call(brevo_commands.command, "history")
    assert (result.exit_code, result.output) == (0, "brevo: everything is told\n")


def test_what_waits_is_shown_with_the_calls_it_costs(folder: Path) -> None:
    imported(folder, 50, 30)
    result = call(brevo_commands.command, "history")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].startswith("brevo: 50 contacts wait, 30 orders wait, 700 are on their way: about 6 calls")
    assert (
        lines[1]
        .strip()
        .startswith("6 calls = 1 to read who is there + 2 imports + 2 looks at them + 1 batches of orders; ")
    )
    assert "no worker has looked after it yet" in lines[2]
    assert "sent 700 contact, 0.1 MB (blocked) as 42" in lines[3]
    assert "done 500 contact, 0.1 MB (open) as 41: Brevo keeps lists of: invalid_emails" in lines[4]


def test_programs_get_the_same_as_json(folder: Path) -> None:
    imported(folder, 50, 30)
    (said,) = json.loads(call(brevo_commands.command, "history", "--json").output)
    assert said["account"] == "brevo"
    assert said["waiting"] | {"since": ""} == {"contacts": 50, "alone": 0, "orders": 30, "since": ""}
    assert (said["plan"]["imports"], said["plan"]["order_batches"], said["plan"]["calls"]) == (2, 1, 6)
    assert [(batch["state"], batch["reference"]) for batch in said["newest"]] == [("sent", "42"), ("done", "41")]
    assert [batch["reference"] for batch in said["on_their_way"]] == ["42"]
