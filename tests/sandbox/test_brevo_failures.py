"""Failures on demand, over a real connection: what a caller sees and what was kept."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from collector.sandbox.brevo import Account, create_brevo_sandbox, start
from tests.sandbox.brevo_client import KEY, Brevo, event


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = start(create_brevo_sandbox(state=Account(tier="unlimited")))
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _fresh(address: str) -> None:
    requests.post(address + "/_sandbox/reset", timeout=5)


def fail(address: str, **what: Any) -> None:
    answer = requests.post(address + "/_sandbox/fail", json=what, timeout=5)
    assert answer.status_code == 201, answer.text


def send(address: str, timeout: float = 5.0) -> requests.Response:
    return requests.post(address + "/v3/events", json=event(), headers=KEY, timeout=timeout)


def kept(address: str) -> int:
    count: int = requests.get(address + "/_sandbox/events", timeout=5).json()["count"]
    return count


@pytest.mark.parametrize(
    ("mode", "status", "code"),
    [
        ("400", 400, "bad_request"),
        ("401", 401, "unauthorized"),
        ("403", 403, "permission_denied"),
        ("425", 425, "account_in_process"),
        ("429", 429, "too_many_requests"),
        ("500", 500, "internal_error"),
        ("ip_block", 401, "unauthorized"),
    ],
)
def test_a_status_is_answered_as_often_as_asked(address: str, mode: str, status: int, code: str) -> None:
    fail(address, mode=mode, path="/v3/events", times=2)
    for _ in range(2):
        answer = send(address)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["x-sib-ratelimit-limit"]
    assert send(address).status_code == 204
    assert kept(address) == 1


@pytest.mark.parametrize(("mode", "status"), [("502", 502), ("503", 503), ("504", 504), ("outage", 503)])
def test_a_proxy_answers_in_html(address: str, mode: str, status: int) -> None:
    fail(address, mode=mode)
    answer = send(address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


@pytest.mark.parametrize(
    ("mode", "error", "count"),
    [
        ("timeout", requests.ReadTimeout, 0),
        ("timeout_after_accepting", requests.ReadTimeout, 1),
        ("reset", requests.ConnectionError, 0),
        ("reset_after_accepting", requests.ConnectionError, 1),
    ],
)
def test_no_answer_may_mean_kept_or_not(
    address: str, mode: str, error: type[requests.RequestException], count: int
) -> None:
    fail(address, mode=mode, path="/events", times=1)
    with pytest.raises(error):
        send(address, timeout=0.3)
    assert kept(address) == count
    assert send(address).status_code == 204, "only once"
    seen = requests.get(address + "/_sandbox/requests", params={"path": "/v3/events"}, timeout=5).json()
    assert [call["was_answered"] for call in seen["requests"]] == [False, True]
    assert seen["counts"] == {"no answer": 1, "204": 1}


def test_a_connection_is_kept_open_and_survives_failures(address: str) -> None:
    fail(address, mode="reset_after_accepting", times=1)
    with requests.Session() as session:
        with pytest.raises(requests.ConnectionError):
            session.post(address + "/v3/events", json=event(), headers=KEY, timeout=5)
        answers = [session.post(address + "/v3/events", json=event(), headers=KEY, timeout=5) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [204] * 3
    assert kept(address) == 4


def test_a_held_call_holds_nobody_else(address: str) -> None:
    fail(address, mode="timeout_after_accepting", times=1)

    def give_up() -> None:
        with pytest.raises(requests.RequestException):
            send(address)

    held = threading.Thread(target=give_up)
    held.start()
    deadline = time.monotonic() + 5
    while kept(address) == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert send(address).status_code == 204
    requests.delete(address + "/_sandbox/fail", timeout=5)
    held.join(5)
    assert not held.is_alive(), "clearing lets go of held calls"
    assert kept(address) == 2


def test_slow_is_late_but_right(address: str) -> None:
    fail(address, mode="slow", delay_s=0.3)
    with pytest.raises(requests.ReadTimeout):
        send(address, timeout=0.1)
    requests.delete(address + "/_sandbox/fail", timeout=5)
    fail(address, mode="slow", delay_s=0.05)
    assert send(address).status_code == 204


def test_only_calls_that_fit_fail() -> None:
    brevo = Brevo()
    brevo.client.post("/_sandbox/fail", json={"mode": "500", "path": "/contacts", "method": "POST"})
    assert brevo.ask("POST", "/events", event()).status_code == 204
    assert brevo.ask("GET", "/contacts").status_code == 200
    assert brevo.ask("POST", "/contacts", {"email": "a@b.example"}).status_code == 500
    brevo.client.delete("/_sandbox/fail")
    assert brevo.ask("POST", "/contacts", {"email": "a@b.example"}).status_code == 201


def test_an_outage_ends_with_its_seconds() -> None:
    brevo = Brevo()
    brevo.client.post("/_sandbox/fail", json={"mode": "outage", "seconds": 60})
    assert brevo.ask("GET", "/account").status_code == 503
    brevo.clock.move(60)
    assert brevo.ask("GET", "/account").status_code == 200
    assert brevo.seen("fail") == {"failures": []}


@pytest.mark.parametrize(
    ("why", "asked", "named"),
    [
        ("unknown mode", {"mode": "flood"}, "mode"),
        ("no mode", {}, "mode"),
        ("never", {"mode": "429", "times": 0}, "times"),
        ("times as text", {"mode": "429", "times": "3"}, "times"),
        ("no time", {"mode": "429", "seconds": 0}, "seconds"),
        ("for ever slow", {"mode": "slow", "delay_s": 1e9}, "delay_s"),
    ],
)
def test_a_failure_that_makes_no_sense_names_its_field(why: str, asked: dict[str, Any], named: str) -> None:
    answer = Brevo().client.post("/_sandbox/fail", json=asked)
    assert answer.status_code == 400, why
    assert answer.get_json()["message"].startswith(named + ":")


def test_what_arrived_is_kept_without_the_key() -> None:
    brevo = Brevo()
    brevo.ask("POST", "/events", event())
    (call,) = brevo.seen("requests")["requests"]
    assert (call["method"], call["path"], call["body"], call["status"]) == ("POST", "/v3/events", event(), 204)
    assert "xkeysib" not in str(call)


def test_the_command_serves_and_stops(tmp_path: Any) -> None:
    command = [sys.executable, "-m", "collector.sandbox.brevo", "--port", "0", "--key", "xkeysib-mine"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = line.split()[2]
        answer = requests.get(address + "v3/account", headers={"api-key": "xkeysib-mine"}, timeout=5)
        process.terminate()
        assert process.wait(5) == 0
    assert answer.json()["companyName"] == "Local sandbox"
