"""`tajo brevo setup` and `check` about the webhook for opt-outs: what is said where it cannot be, and where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.bootstrap import migrate
from collector.cli import brevo_webhook
from collector.cli.brevo_checks import Line
from collector.config import Config, load
from collector.destinations.brevo.client import BrevoAccount, Exchange
from collector.destinations.brevo.limits import NoMeter
from collector.sandbox.brevo.state import DEFAULT_KEY
from tests.in_process import forget_settings
from tests.sandbox.brevo_client import Brevo, session

PUBLIC = "public_url: https://collect.example\n"
SHOP = "connectors: {woocommerce: {store_url: https://shop.example%s}}\n"
ASKING = ", mail: {double_opt_in: {template: 7}}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    forget_settings(monkeypatch)
    return tmp_path


def config(folder: Path, text: str, *, has_database: bool = True) -> Config:
    (folder / "tajo.yml").write_text(f"brevo: {{api_key: {DEFAULT_KEY}}}\n{text}")
    found = load({}, folder)
    if has_database:
        migrate(found)
    return found


def calls(brevo: Brevo) -> Exchange:
    return Exchange(session(brevo), BrevoAccount("brevo", DEFAULT_KEY, "https://brevo.example/v3"), NoMeter())


def prepared(found: Config, brevo: Brevo) -> Line:
    return brevo_webhook.prepared(found, calls(brevo))


def checked(found: Config, brevo: Brevo) -> Line:
    return brevo_webhook.checked(found, calls(brevo))


def test_it_is_registered_once_and_checked(folder: Path) -> None:
    found, brevo = config(folder, PUBLIC + SHOP % ""), Brevo()
    assert checked(found, brevo).cure == "`tajo brevo setup` registers the webhook"
    assert prepared(found, brevo).says == "brevo: the webhook for opt-outs is registered"
    assert prepared(found, brevo).says == "brevo: the webhook for opt-outs was registered already"
    assert checked(found, brevo) == Line(True, "brevo: Brevo tells us of opt-outs")
    urls = {one["url"].rpartition("/")[0] for one in brevo.account.webhooks.values()}
    assert urls == {"https://collect.example/webhooks/brevo"}


@pytest.mark.parametrize(("shop", "tells_lists"), [(SHOP % "", False), (SHOP % ASKING, True)])
def test_lists_are_told_only_where_mails_ask_for_a_confirmation(folder: Path, shop: str, tells_lists: bool) -> None:
    brevo = Brevo()
    prepared(config(folder, PUBLIC + shop), brevo)
    events = {event for one in brevo.account.webhooks.values() for event in one["events"]}
    assert ("listAddition" in events) is tells_lists


@pytest.mark.parametrize(
    ("why", "text", "has_database", "says"),
    [
        ("the internet does not reach us", SHOP % "", True, "set public_url"),
        ("there is no database", PUBLIC + SHOP % "", False, "`tajo migrate`"),
    ],
)
def test_where_it_cannot_be_a_note_says_why(folder: Path, why: str, text: str, has_database: bool, says: str) -> None:
    found, brevo = config(folder, text, has_database=has_database), Brevo()
    for line in (prepared(found, brevo), checked(found, brevo)):
        assert line.is_good, why
        assert line.is_note, why
        assert says in line.says, why
    assert brevo.account.webhooks == {}


def test_what_brevo_refuses_is_said_with_its_cure(folder: Path) -> None:
    found, brevo = config(folder, PUBLIC + SHOP % ""), Brevo()
    brevo.client.post("/_sandbox/fail", json={"mode": "401", "path": "/v3/webhooks"})
    line = prepared(found, brevo)
    assert not line.is_good
    assert "BREVO_API_KEY" in line.cure
