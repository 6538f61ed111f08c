"""The dashboard: who gets in, what stands there when all goes well, and why and what to do when it does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from collector.bootstrap import dashboard, migrate, open_desk
from collector.bootstrap.doors import create_app
from collector.cli.login import command
from collector.config import Config, load
from collector.domain.one_use_links import DASHBOARD
from collector.domain.outbox import NewMessage
from collector.storage.sqlite.one_use_links import OneUseLinks
from collector.storage.sqlite.outbox import Outbox
from tests.in_process import step_into

NOW = datetime.now(UTC).replace(microsecond=0)
SETTINGS = """
brevo: {api_key: xkeysib-secret}
secret_key: %s
connectors:
  woocommerce: {store_url: 'https://shop.example/<script>alert(1)<%%2Fscript>', sending: observe}
"""
KEY = "k" * 43 + "="


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    step_into(tmp_path, monkeypatch)
    (tmp_path / "tajo.yml").write_text(SETTINGS % KEY)
    found = load({}, tmp_path)
    migrate(found)
    return found


@pytest.fixture
def browser(config: Config) -> Iterator[FlaskClient]:
    with create_app().test_client() as client:
        yield client


def link(config: Config) -> str:
    return urlsplit(dashboard.login_link(config)).path


def log_in(browser: FlaskClient, config: Config) -> None:
    assert browser.post(link(config)).status_code == 303


def refuse(config: Config, cure: str) -> None:
    """A message that the account did not take."""
    with open_desk(config) as desk:
        outbox = Outbox(desk.state)
        [shop] = desk.shops.all()
        outbox.append(NewMessage(shop.id, "brevo", "key", "event", {}, NOW, NOW))
        [row] = outbox.claim("brevo", "worker", NOW, NOW - timedelta(days=1), 1)
        outbox.retry(
            row.id, "worker", NOW, "stopped_key_refused", {"failure": "Brevo 401: Key not found", "cure": cure}
        )


def test_nobody_sees_it_without_logging_in(browser: FlaskClient) -> None:
    answer = browser.get("/")
    assert answer.status_code == 401
    assert "tajo login" in answer.text
    assert "shop.example" not in answer.text


def test_a_link_of_the_command_line_logs_in_once(browser: FlaskClient, config: Config) -> None:
    printed = CliRunner().invoke(command, catch_exceptions=False).output.splitlines()[0]
    path = urlsplit(printed).path
    looked_at = [browser.get(path).status_code for _ in range(2)]
    assert looked_at == [200, 200], "looking at the link does not use it up"
    answer = browser.post(path)
    assert (answer.status_code, answer.location) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Max-Age=43200"} <= set(cookie.split("; "))
    assert "shop.example" in browser.get("/").text
    browser.post("/logout")
    assert browser.get("/").status_code == 401
    assert [browser.get(path).status_code, browser.post(path).status_code] == [403, 403], "used up"


@pytest.mark.parametrize(
    ("why", "purpose", "age", "said"),
    [
        ("older than a quarter of an hour", DASHBOARD, timedelta(minutes=15), "older than 15 minutes"),
        ("made to connect a shop", "woocommerce", timedelta(), "not one that logs in"),
        ("made by nobody", "", timedelta(), "not one that logs in"),
    ],
)
def test_other_links_open_nothing(
    browser: FlaskClient, config: Config, why: str, purpose: str, age: timedelta, said: str
) -> None:
    if purpose:
        with open_desk(config) as desk:
            OneUseLinks(desk.state).add(purpose, "", "token", NOW - age)
    for answer in (browser.get("/login/token"), browser.post("/login/token")):
        assert (answer.status_code, said in answer.text, "tajo login" in answer.text) == (403, True, True), why
    assert browser.get("/").status_code == 401


def test_a_link_is_not_stored_itself(config: Config, tmp_path: Path) -> None:
    token = link(config).rpartition("/")[2]
    with open_desk(config) as desk:
        desk.state.execute("pragma wal_checkpoint(truncate)")
    assert token.encode() not in (tmp_path / "tajo.db").read_bytes()


def test_without_the_database_nobody_logs_in_and_the_link_stays_good(
    browser: FlaskClient, config: Config, tmp_path: Path
) -> None:
    path, database = link(config), tmp_path / "tajo.db"
    moved = database.rename(tmp_path / "elsewhere.db")
    answers = [browser.get(path), browser.post(path)]
    moved.rename(database)
    assert [(answer.status_code, "tajo check" in answer.text) for answer in answers] == [(503, True)] * 2
    assert browser.post(path).status_code == 303


def test_a_cookie_of_ones_own_making_opens_nothing(browser: FlaskClient) -> None:
    for value in ("in", "", URLSafeTimedSerializer(["other"], salt="dashboard session").dumps("in")):
        browser.set_cookie("tajo_session", value)
        assert browser.get("/").status_code == 401


def test_what_is_shown_is_kept_by_nobody_and_runs_nothing(browser: FlaskClient, config: Config) -> None:
    log_in(browser, config)
    answer = browser.get("/")
    assert "<script>alert" not in answer.text
    assert "default-src 'none'; style-src 'sha256-" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_a_stopped_account_is_said_with_its_cause_and_its_cure_until_it_goes_on(
    browser: FlaskClient, config: Config
) -> None:
    log_in(browser, config)
    assert "takes nothing" not in browser.get("/").text
    refuse(config, "Make a new key & put it into BREVO_API_KEY.")
    shown = browser.get("/").text
    assert "Brevo account brevo takes nothing since" in shown
    assert "Brevo 401: Key not found" in shown
    assert "Make a new key &amp; put it into BREVO_API_KEY." in shown
    assert "1 message waits" in shown
    with open_desk(config) as desk:
        outbox = Outbox(desk.state)
        [row] = outbox.claim("brevo", "worker", NOW + timedelta(hours=1), NOW, 1)
        outbox.done(row.id, NOW)
    assert "takes nothing" not in browser.get("/").text


def test_a_database_that_is_away_is_said(browser: FlaskClient, config: Config, tmp_path: Path) -> None:
    log_in(browser, config)
    (tmp_path / "tajo.db").rename(tmp_path / "elsewhere.db")
    answer = browser.get("/")
    assert answer.status_code == 200
    assert "tajo.db" in answer.text
