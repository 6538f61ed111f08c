"""OAuth in place of a key: one token for all threads, renewed before its end, once more when it was refused early."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pytest
import requests
import responses

from collector.destinations.brevo.client import BrevoAccount, Exchange
from collector.destinations.brevo.limits import EVENTS, NoMeter
from collector.destinations.brevo.login import Login
from collector.domain.errors import DeliveryFailed, OutcomeUnknown
from tests.sandbox.brevo_client import Brevo, event, session

TOKEN_URL = "https://oauth.brevo.example/token"
SECRET = "s3cret-of-the-client"
Reply = tuple[int, dict[str, str], str]


@dataclass
class Office:
    """Gives tokens. `says`: what it answers next in place of a token; `now`: the client's clock."""

    says: list[Reply | Exception] = field(default_factory=list)
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    lasts_s: object = 3600
    now: float = 1000.0

    def answer(self, request: requests.PreparedRequest) -> Reply:
        self.asked.append(parse_qs(str(request.body)))
        if self.says:
            said = self.says.pop(0)
            if isinstance(said, Exception):
                raise said
            return said
        return (200, {}, f'{{"access_token": "token-{len(self.asked)}", "expires_in": {self.lasts_s}}}')

    def login(self) -> Login:
        return Login("tajo", SECRET, TOKEN_URL, lambda: self.now)


@pytest.fixture
def office() -> Iterator[Office]:
    made = Office()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.add_callback("POST", TOKEN_URL, callback=made.answer)
        yield made


def test_a_token_is_asked_for_once_and_renewed_before_its_end(office: Office) -> None:
    login, http = office.login(), requests.Session()
    assert [login.token(http) for _ in range(3)] == ["token-1"] * 3
    office.now += 3539
    assert login.token(http) == "token-1"
    office.now += 1
    assert login.token(http) == "token-2"
    assert office.asked[0] == {
        "grant_type": ["client_credentials"],
        "client_id": ["tajo"],
        "client_secret": [SECRET],
    }


@pytest.mark.parametrize(("lasts", "kept_s"), [(60, 30), (100, 50), ('"soon"', 3540), (0, 3540), ("true", 3540)])
def test_short_and_strange_times_are_no_trouble(office: Office, lasts: object, kept_s: float) -> None:
    office.lasts_s = lasts
    login, http = office.login(), requests.Session()
    login.token(http)
    office.now += kept_s - 1
    login.token(http)
    assert len(office.asked) == 1
    office.now += 1
    login.token(http)
    assert len(office.asked) == 2


def test_of_many_threads_one_asks(office: Office) -> None:
    login, found = office.login(), list[str]()
    gate = threading.Barrier(8)

    def work() -> None:
        gate.wait()
        found.append(login.token(requests.Session()))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["token-1"] * 8
    assert len(office.asked) == 1


def test_a_refused_token_is_given_up_once_however_many_met_the_refusal(office: Office) -> None:
    login, http = office.login(), requests.Session()
    old = login.token(http)
    login.refused(old)
    assert login.token(http) == "token-2"
    login.refused(old)
    assert login.token(http) == "token-2"


@pytest.mark.parametrize(
    ("why", "says", "remedy", "reason"),
    [
        ("a wrong secret", (401, {}, '{"error": "invalid_client"}'), "stop", "key_refused"),
        ("a wrong request", (400, {}, '{"error": "x", "error_description": "y"}'), "stop", "key_refused"),
        ("no token in it", (200, {}, "{}"), "stop", "key_refused"),
        ("a token no header can carry", (200, {}, '{"access_token": "a\\nb"}'), "stop", "key_refused"),
        ("a page", (200, {}, "<html>"), "stop", "not_the_api"),
        ("somewhere else", (302, {"location": "https://evil.example"}, ""), "stop", "not_the_api"),
        ("busy", (429, {}, ""), "retry", "http_429"),
        ("down", (503, {}, "<html>"), "retry", "http_503"),
        ("away", requests.ConnectionError(f"secret={SECRET}"), "retry", "unreachable"),
        ("silent", requests.ReadTimeout(f"secret={SECRET}"), "retry", "unreachable"),
    ],
)
def test_no_token(office: Office, why: str, says: Reply | Exception, remedy: str, reason: str) -> None:
    office.says.append(says)
    with pytest.raises(DeliveryFailed) as failed:
        office.login().token(requests.Session())
    assert (failed.value.remedy.value, failed.value.reason) == (remedy, reason), why
    assert not isinstance(failed.value, OutcomeUnknown), "the message itself never left"
    assert failed.value.cure
    assert SECRET not in f"{failed.value} {failed.value.cure} {failed.value.answer}"


# The same with the local Brevo, whose tokens end and are taken back.


@pytest.fixture
def brevo() -> Brevo:
    made = Brevo()
    client = {"client_id": "tajo", "client_secret": SECRET, "lasts_s": 3600}
    made.client.post("/_sandbox/clients", json=client)
    return made


def exchange(brevo: Brevo, secret: str = SECRET) -> Exchange:
    login = Login("tajo", secret, "https://brevo.test/oauth/token")
    account = BrevoAccount("brevo", "", "https://brevo.test/v3", login)
    return Exchange(session(brevo), account, NoMeter())


def send(calls: Exchange) -> int:
    return calls.post(EVENTS, "/events", event()).status


def test_a_call_carries_the_token_and_one_taken_back_costs_one_call_more(brevo: Brevo) -> None:
    calls = exchange(brevo)
    assert [send(calls), send(calls)] == [204, 204]
    brevo.client.delete("/_sandbox/tokens")
    assert send(calls) == 204
    assert brevo.seen("keys")["tokens_given"] == 2
    assert brevo.seen("events")["count"] == 3
    assert [one["status"] for one in brevo.seen("requests")["requests"]] == [204, 204, 401, 204]
    assert SECRET not in repr(calls) + str(calls.calls)


def test_a_fresh_token_that_is_refused_as_well_stops_the_account(brevo: Brevo) -> None:
    brevo.client.post("/_sandbox/fail", json={"mode": "401"})
    with pytest.raises(DeliveryFailed) as failed:
        send(exchange(brevo))
    assert (failed.value.remedy.value, failed.value.reason) == ("stop", "key_refused")
    assert brevo.seen("requests")["counts"] == {"401": 2}, "once more, and no third time"


def test_a_wrong_secret_sends_nothing(brevo: Brevo) -> None:
    with pytest.raises(DeliveryFailed) as failed:
        send(exchange(brevo, "wrong"))
    assert failed.value.reason == "key_refused"
    assert brevo.seen("requests")["requests"] == []
