"""`tajo outbox show`: every request made for a message, masked unless somebody at a terminal asks for all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result

from collector.bootstrap import open_desk
from collector.bootstrap.purging import purge_some
from collector.cli import outbox as outbox_commands
from collector.cli.check import what_is_stopped
from collector.cli.settings import settings
from collector.domain.errors import Misuse
from collector.domain.timestamps import to_text
from collector.storage.sqlite.connection import open_inbox

from ..destinations.brevo.wire import KEY, URL, Brevo, on_the_wire, page, refusal
from ..pipeline.delivering import Rig, contact, event

ANNA = "anna@shop.example"


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.chdir(tmp_path)
    for name, value in {"BREVO_API_KEY": KEY, "BREVO_API_URL": URL, "TAJO_SECRET_KEY": "a key"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("TAJO_CONFIG", raising=False)
    open_inbox(tmp_path / "tajo.inbox.db", may_create=True).close()
    with on_the_wire(Brevo()) as brevo:
        made = Rig(tmp_path, brevo)
        yield made
        made.state.close()


def show(row_id: int, *options: str) -> Result:
    return CliRunner().invoke(outbox_commands.command, ["show", str(row_id), *options])


def shown(row_id: int, *options: str) -> dict[str, Any]:
    result = show(row_id, "--json", *options)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.output)
    return found


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.cli.outbox.is_at_a_terminal", lambda: True)


def twice_refused(rig: Rig) -> int:
    """A contact that met a busy Brevo, then was told in its words that it is wrong."""
    row_id = rig.add(contact(ANNA, attributes={"FIRSTNAME": "Anna"}), f"contact:{ANNA}:1")
    rig.brevo.moods.extend([page(503), refusal(400, "invalid_parameter", f"{ANNA} is not valid")])
    rig.turn()
    rig.clock.now = rig.row(row_id).message.due_at
    rig.turn()
    return row_id


def test_every_attempt_is_there_with_body_answer_and_request_id(rig: Rig) -> None:
    found = shown(twice_refused(rig))
    assert [(one["attempt"], one["status"], one["request_id"]) for one in found["calls"]] == [
        (1, 503, ""),
        (2, 400, "req-no"),
    ]
    assert found["calls"][0]["request"] == "PUT /contacts/{identifier}"
    assert found["calls"][0]["answered"].startswith("<html>")
    assert found["calls"][1]["answered"]["message"] == "a…@shop.example is not valid"
    assert found["calls"][1]["sent"]["attributes"] == ["FIRSTNAME"]
    assert (found["state"], found["attempts"], found["next_try"]) == ("dead", 2, None)


def test_for_people_it_is_the_same_in_lines(rig: Rig) -> None:
    said = show(twice_refused(rig)).output
    assert "PUT /contacts/{identifier} -> 503" in said
    assert "PUT /contacts/{identifier} -> 400 req-no" in said
    assert "anna" not in said.lower()
    assert KEY not in said


def test_what_waits_says_when_it_is_tried_next_and_what_never_came_back(rig: Rig) -> None:
    row_id = rig.add(event(1, "order_placed"))
    rig.brevo.moods.append(requests.ConnectTimeout())
    rig.turn()
    found = shown(row_id)
    assert found["next_try"] == to_text(rig.row(row_id).message.due_at)
    assert [(one["status"], one["error"]) for one in found["calls"]] == [(None, "ConnectTimeout")]
    assert found["calls"][0]["sent"]["event_name"] == "order_placed"
    assert "-> no answer (ConnectTimeout)" in show(row_id).output


@pytest.mark.usefixtures("at_a_terminal")
def test_revealed_it_is_exact_to_the_letter(rig: Rig) -> None:
    row_id = rig.add(event(1, "order_placed", name="Täss 🍵", note=f"for {ANNA}"))
    rig.turn()
    found = shown(row_id, "--reveal")
    sent = next(call for call in rig.brevo.calls if call.path == "/events")
    assert json.loads(found["calls"][0]["sent"]) == sent.body
    assert f"for {ANNA}" in found["calls"][0]["sent"]
    assert (found["to"], found["payload"]["email"]) == (ANNA, ANNA)
    assert ANNA not in str(shown(row_id))


def test_it_is_revealed_at_a_terminal_only(rig: Rig) -> None:
    row_id = twice_refused(rig)
    assert isinstance(show(row_id, "--reveal").exception, Misuse)


def test_after_retention_it_says_that_the_content_is_gone(rig: Rig) -> None:
    row_id = twice_refused(rig)
    for days, is_kept in ((29, True), (2, False)):
        rig.clock.pass_by(days=days)
        with open_desk(settings()) as desk:  # as the worker does every minute
            while purge_some(desk, rig.clock.now):
                pass
        assert bool(rig.outbox.calls(row_id)) is is_kept, "retention.raw is thirty days"
    said = show(row_id).output
    assert "no longer kept" in said
    assert "a…@shop.example" in said
    retried = CliRunner().invoke(outbox_commands.command, ["retry", str(row_id)]).output
    assert "0 sent once more, 1 had arrived already or are kept without their content" in retried


def test_check_says_why_an_account_stands_still(rig: Rig) -> None:
    assert what_is_stopped(settings()) == []
    rig.add(event(1, "order_placed"))
    rig.brevo.moods.append(refusal(401, "unauthorized", "Key not found"))
    rig.turn()
    ((what, cure),) = what_is_stopped(settings())
    assert what == "account brevo refuses (key_refused, 1 waiting, see #1): Brevo 401 unauthorized: Key not found"
    assert "BREVO_API_KEY" in cure
