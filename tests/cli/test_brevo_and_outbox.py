"""`tajo brevo` and `tajo outbox` as a merchant calls them: Brevo at the wire, the files real."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from collector.cli import brevo as brevo_commands
from collector.cli import outbox as outbox_commands
from collector.cli.outbox import deliveries, tell
from collector.domain.errors import Misuse
from collector.storage.sqlite.connection import open_inbox
from tests.in_process import step_into

from ..destinations.brevo.wire import KEY, NOW, URL, Brevo, on_the_wire, refusal
from ..pipeline.delivering import Rig, contact, event

SETTINGS = """
brevo: {cart_workflow: ours}
connectors:
  shopify:
    shop_url: mug.myshopify.com
    access_token: shpat_1
    api_secret: s
    lists: {all_customers: 5, buyers: Buyers, abandoned_cart: Left behind}
    field_mapping: {first_name: FIRSTNAME, phone: SMS, orders_count: ORDER_COUNT}
"""


@pytest.fixture
def brevo() -> Iterator[Brevo]:
    with on_the_wire(Brevo()) as wire:
        yield wire


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    step_into(tmp_path, monkeypatch)
    monkeypatch.setenv("BREVO_API_KEY", KEY)
    monkeypatch.setenv("BREVO_API_URL", URL)
    monkeypatch.setenv("TAJO_SECRET_KEY", "a key")
    (tmp_path / "tajo.yml").write_text(SETTINGS)
    return tmp_path


def call(command: click.Command, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


@pytest.mark.usefixtures("folder")
def test_check_says_what_is_there_what_is_missing_and_the_cure(brevo: Brevo) -> None:
    result = call(brevo_commands.command, "check")
    assert result.exit_code == 1
    assert "✓ brevo: the key works: Mugs & More (owner@mugs.example)" in result.output
    assert "✗ brevo: there is no list 'Left behind': `tajo brevo setup` makes it" in result.output
    assert "✗ brevo: there is no attribute ORDER_COUNT: `tajo brevo setup` makes it" in result.output
    assert "no automation at Brevo may start on cart_created, cart_updated or checkout_started" in result.output
    assert brevo.said().count("GET /account") == 1
    assert KEY not in result.output


@pytest.mark.usefixtures("folder")
def test_setup_makes_what_is_missing_and_check_is_content(brevo: Brevo) -> None:
    first = call(brevo_commands.command, "setup")
    assert first.exit_code == 0, first.output
    assert brevo.lists[8] == "Left behind"
    assert brevo.attributes["ORDER_COUNT"] == "float"
    assert "nothing was made" in call(brevo_commands.command, "setup").output
    checked = call(brevo_commands.command, "check", "--json")
    assert checked.exit_code == 0
    assert all(line["ok"] for line in json.loads(checked.output))


def test_what_names_no_list_is_said_and_is_no_mistake(brevo: Brevo, folder: Path) -> None:
    (folder / "tajo.yml").write_text(SETTINGS.replace("lists: {all_customers: 5, ", "lists: {"))
    call(brevo_commands.command, "setup")
    result = call(brevo_commands.command, "check")
    assert result.exit_code == 0
    assert "· brevo: connectors.shopify.lists.all_customers is not set: nobody is put on a list" in result.output
    assert "lists.buyers is not set" not in result.output


@pytest.mark.usefixtures("folder")
def test_a_key_that_does_not_work(brevo: Brevo) -> None:
    for command in ("check", "setup", "test-event"):
        brevo.moods.append(refusal(401, "unauthorized", "Key not found"))
        result = call(brevo_commands.command, command)
        assert result.exit_code == 1
        assert "✗ brevo: Brevo 401 unauthorized: Key not found" in result.output
        assert "BREVO_API_KEY" in result.output


@pytest.mark.usefixtures("folder")
def test_a_limited_key_is_no_mistake(brevo: Brevo) -> None:
    brevo.moods.append(refusal(403, "permission_denied", "x"))
    assert "✓ brevo: the key works and is limited" in call(brevo_commands.command, "check").output


@pytest.mark.usefixtures("folder")
def test_without_a_key_it_says_where_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BREVO_API_KEY")
    result = call(brevo_commands.command, "check")
    assert isinstance(result.exception, Misuse)
    assert "BREVO_API_KEY" in str(result.exception)


@pytest.mark.usefixtures("folder")
def test_a_test_event_goes_to_whom_it_is_told(brevo: Brevo) -> None:
    assert call(brevo_commands.command, "test-event").exit_code == 0
    assert call(brevo_commands.command, "test-event", "--email", "a@shop.example").exit_code == 0
    assert brevo.taken() == [("owner@mugs.example", "tajo_test"), ("a@shop.example", "tajo_test")]


@pytest.fixture
def rig(folder: Path, brevo: Brevo) -> Iterator[Rig]:
    """A refused contact with the event that needs it, and one that arrived."""
    open_inbox(folder / "tajo.inbox.db", may_create=True).close()
    made = Rig(folder, brevo)
    first = made.add(contact("anna@shop.example", attributes={"FIRSTNAME": "Anna"}), "contact:anna@shop.example")
    made.add(event(1, "cart_abandoned"), needs=first)
    brevo.moods.append(refusal(400, "invalid_parameter", "email anna@shop.example is not valid"))
    made.turn()
    made.add(event(2, "order_placed", email="ben@shop.example"))
    made.turn()
    yield made
    made.state.close()


def test_the_outbox_shows_states_reasons_and_no_addresses(rig: Rig) -> None:
    result = call(outbox_commands.command, "list")
    assert result.exit_code == 0, result.output
    assert "dead 2, done 1" in result.output
    assert "dead invalid_parameter" in result.output
    listed = json.loads(call(outbox_commands.command, "list", "--state", "dead", "--json").output)
    assert [(one["event"], one["reason"], one["to"]) for one in listed] == [
        ("", "invalid_parameter", "a…@shop.example"),
        ("cart_abandoned", "needed_dead", "a…@shop.example"),
    ]
    shown = call(outbox_commands.command, "show", "1")
    for said in (result.output, shown.output, str(listed)):
        assert "anna" not in said.lower()
        assert "ben@" not in said


def test_dead_ones_are_sent_once_more_and_arrive(rig: Rig, brevo: Brevo) -> None:
    assert "2 sent once more" in call(outbox_commands.command, "retry").output
    rig.clock.now = rig.row(1).message.due_at
    rig.run(1, timedelta(minutes=1))
    assert [row.state.value for row in rig.outbox.rows()] == ["done"] * 3
    assert "0 sent once more, 1 had arrived already" in call(outbox_commands.command, "retry", "1").output


def test_replay_goes_by_event_and_time(rig: Rig) -> None:
    replay = ("replay", "--event", "cart_abandoned", "--since")
    assert "0 sent once more" in call(outbox_commands.command, *replay, "2099-01-01").output
    assert "1 sent once more" in call(outbox_commands.command, *replay, "2026-11-21T00:00").output


@pytest.mark.parametrize(
    "arguments", [("show", "99"), ("retry", "99"), ("replay", "--state", "done"), ("list", "--since", "soon")]
)
def test_wrong_use_is_said(rig: Rig, arguments: tuple[str, ...]) -> None:
    assert isinstance(call(outbox_commands.command, *arguments).exception, Misuse)


def test_the_delivery_log_of_a_shop(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(deliveries(rig.outbox, rig.shop_id, NOW - timedelta(hours=1)))
    for row in rows:
        tell(row)
    tell(rows[-1], wants_json=True)
    lines = capsys.readouterr().out.splitlines()
    assert len(rows) == 3
    assert "a…@shop.example  dead invalid_parameter  1×" in lines[0]
    assert "order_placed" in lines[2]
    assert "204 req-1" in lines[2]
    assert json.loads(lines[3])["answer"]["steps"][0]["request_id"] == "req-1"
