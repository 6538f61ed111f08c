"""`tajo outbox bulk`: what left about many at once, masked unless somebody at a terminal asks for all of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector.bootstrap import clock, open_desk
from collector.cli import outbox as outbox_commands
from collector.cli.settings import settings
from collector.domain.delivery_calls import Call
from collector.domain.errors import Misuse
from collector.storage.sqlite.bulk_calls import BulkCalls

SENT = '{"jsonBody":[{"email":"anna@shop.example","attributes":{"FIRSTNAME":"Anna"}}]}'


@pytest.fixture(autouse=True)
def one_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TAJO_SECRET_KEY", "a key")
    monkeypatch.delenv("TAJO_CONFIG", raising=False)
    with open_desk(settings(), may_create=True) as desk:
        BulkCalls(desk.state, clock).keep("brevo", Call("POST", "/contacts/import", SENT, 202, "{}", "req-1"))


def said(*options: str) -> str:
    result = CliRunner().invoke(outbox_commands.command, ["bulk", *options])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_list_says_what_left_and_what_came_back() -> None:
    (listed,) = json.loads(said("--json"))
    assert (listed["request"], listed["bytes"], listed["status"]) == ("POST /contacts/import", len(SENT), 202)
    assert "202 req-1" in said()


def test_one_of_them_shows_its_body_masked() -> None:
    shown = said("1")
    assert "a…@shop.example" in shown
    assert "anna" not in shown.lower()


def test_at_a_terminal_it_can_be_had_to_the_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.cli.bulk_calls.is_at_a_terminal", lambda: True)
    assert json.loads(said("1", "--reveal"))["sent"] == SENT


@pytest.mark.parametrize(
    ("options", "says"),
    [(["1", "--reveal"], "works on a terminal only"), (["7"], "there is no bulk call 7; `tajo outbox bulk` shows")],
)
def test_what_it_refuses(options: list[str], says: str) -> None:
    result = CliRunner().invoke(outbox_commands.command, ["bulk", *options])
    assert isinstance(result.exception, Misuse)
    assert says in str(result.exception)
