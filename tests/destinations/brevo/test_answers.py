"""What every kind of answer, and none, asks for."""

from __future__ import annotations

import logging
import socket
import threading

import pytest
import requests

from collector.destinations.brevo.client import BrevoAccount
from collector.destinations.brevo.destination import BrevoDestination
from collector.destinations.brevo.limits import NoMeter
from collector.domain.errors import DeliveryFailed, OutcomeUnknown, Remedy, SourceUnavailable
from collector.domain.messages import Message
from collector.domain.shop import Shop

from .conftest import ACCOUNT, SHOP, contact, event, order
from .wire import KEY, Brevo, Reply, page, refusal


class NotThere(SourceUnavailable, requests.RequestException):
    """As the guard of outgoing connections refuses."""


def html(status: int) -> Reply:
    return page(status)


@pytest.mark.parametrize(
    ("why", "answer", "message", "remedy", "reason"),
    [
        ("a body it will never take", refusal(400, "invalid_parameter", "x"), event(), "give_up", "invalid_parameter"),
        ("a code that is a sentence", refusal(400, "Contact email not found", "x"), event(), "give_up", "http_400"),
        ("a proxy refuses the body", html(413), event(), "give_up", "http_413"),
        ("a wrong currency", refusal(422, "unprocessable_entity", "x"), order(), "give_up", "unprocessable_entity"),
        ("the account's own address", refusal(405, "not_allowed", "x"), event(), "give_up", "not_allowed"),
        ("no such thing", refusal(404, "document_not_found", "x"), event(), "give_up", "document_not_found"),
        ("the key is wrong or expired", refusal(401, "unauthorized", "Key not found"), event(), "stop", "key_refused"),
        ("the address is not on the list", refusal(401, "unauthorized", "We have detected you are using an unrecognised"
            " IP address 192.0.2.1"), event(), "stop", "ip_refused"),
        ("no scope", refusal(403, "permission_denied", "x"), contact(), "stop", "not_permitted"),
        ("e-commerce is not active", refusal(403, "permission_denied", "x"), order(), "stop", "orders_refused"),
        ("nothing is left of the plan", refusal(402, "not_enough_credits", "x"), event(), "stop", "plan_exhausted"),
        ("a firewall, perhaps only about this body", html(403), event(), "retry", "firewall"),
        ("somebody else's server", html(404), event(), "stop", "not_the_api"),
        ("a log-in page", html(200), event(), "stop", "not_the_api"),
        ("a redirect carries no key along", (302, {"location": "https://other.example"}, ""), event(), "stop",
            "not_the_api"),
        ("the account is being made", refusal(425, "account_in_process", "x"), contact(), "retry", "http_425"),
        ("an outage behind a proxy", html(502), event(), "retry", "http_502"),
        ("an outage", refusal(500, "internal_error", "x"), order(), "retry", "http_500"),
        ("too many", (429, {"x-sib-ratelimit-reset": "3"}, ""), event(), "wait", "too_many_requests"),
        ("nobody listens", requests.ConnectionError(ConnectionRefusedError()), event(), "retry", "unreachable"),
        ("no such name", requests.ConnectionError(socket.gaierror(-2, "x")), event(), "retry", "unreachable"),
        ("connecting takes too long", requests.ConnectTimeout(), event(), "retry", "unreachable"),
        ("we do not connect there", NotThere("127.0.0.1", "Give another."), event(), "stop", "address_refused"),
    ],
)  # fmt: skip
def test_what_an_answer_asks_for(
    brevo: Brevo,
    destination: BrevoDestination,
    why: str,
    answer: Reply | Exception,
    message: Message,
    remedy: str,
    reason: str,
) -> None:
    brevo.moods.append(answer)
    with pytest.raises(DeliveryFailed) as failed:
        destination.send(SHOP, message)
    assert (failed.value.remedy.value, failed.value.reason) == (remedy, reason), why
    assert not isinstance(failed.value, OutcomeUnknown)
    assert failed.value.cure, "each says what to do"


@pytest.mark.parametrize("message", [event(), order(), contact()])
@pytest.mark.parametrize(
    "silence",
    [
        requests.ReadTimeout(),
        requests.ConnectionError(ConnectionResetError()),
        requests.exceptions.ChunkedEncodingError(),
    ],
)
def test_silence_after_sending_is_an_unknown_outcome(
    brevo: Brevo, destination: BrevoDestination, message: Message, silence: Exception
) -> None:
    brevo.moods.append(silence)
    with pytest.raises(OutcomeUnknown):
        destination.send(SHOP, message)


def test_silence_after_a_question_is_not(brevo: Brevo, destination: BrevoDestination) -> None:
    brevo.moods.append(requests.ReadTimeout())
    with pytest.raises(DeliveryFailed) as failed:
        destination.was_received(SHOP, event())
    assert failed.value.reason == "unreachable"
    assert not isinstance(failed.value, OutcomeUnknown)


def test_a_server_that_closes_without_a_word_may_have_taken_it() -> None:
    """No stand-in for the library here: what requests raises decides whether something is sent twice."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def close_after_reading() -> None:
            connection, _ = listening.accept()
            connection.recv(65536)
            connection.close()

        thread = threading.Thread(target=close_after_reading)
        thread.start()
        with pytest.raises(OutcomeUnknown):
            at(listening.getsockname()[1]).send(SHOP, event())
        thread.join()


def test_a_port_where_nobody_listens_has_taken_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(DeliveryFailed) as failed:
        at(port).send(SHOP, event())
    assert failed.value.reason == "unreachable"
    assert not isinstance(failed.value, OutcomeUnknown)


def at(port: int) -> BrevoDestination:
    account = BrevoAccount("brevo", KEY, f"http://127.0.0.1:{port}/v3")
    return BrevoDestination(requests.Session(), {"brevo": account}, NoMeter(), lambda: event().occurred_at)


@pytest.mark.parametrize("key", ["", "a\nb", " xkeysib-1", "schlüssel"])
def test_what_cannot_be_a_key_is_never_sent(brevo: Brevo, key: str) -> None:
    account = BrevoAccount("brevo", key, ACCOUNT.api_url)
    destination = BrevoDestination(requests.Session(), {"brevo": account}, NoMeter(), brevo.clock)
    with pytest.raises(DeliveryFailed) as failed:
        destination.send(SHOP, event())
    assert (failed.value.remedy, failed.value.reason) == (Remedy.STOP, "key_refused")
    assert brevo.calls == []


def test_a_shop_without_an_account_stops_with_the_cure(destination: BrevoDestination) -> None:
    with pytest.raises(DeliveryFailed) as failed:
        destination.send(Shop(2, "shopify", "b.example", "https://b.example", "s"), event())
    assert (failed.value.remedy, failed.value.reason) == (Remedy.STOP, "no_account")


def test_no_key_and_no_address_in_any_log_or_failure(
    brevo: Brevo, destination: BrevoDestination, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "collector")
    brevo.moods.extend([refusal(400, "invalid_parameter", "x"), requests.ReadTimeout(f"https://x?key={KEY}")])
    said = []
    for _ in range(3):
        try:
            said.append(str(destination.send(SHOP, contact(attributes={"FIRSTNAME": "Anna"})).answer))
        except DeliveryFailed as failed:
            said.append(f"{failed} {failed.cure}")
    everything = "".join([*said, *(str(vars(record)) for record in caplog.records)])
    assert KEY not in everything
    assert "anna" not in everything.lower()
    assert KEY not in repr(ACCOUNT)


def test_the_answer_says_every_call_and_the_request_id(brevo: Brevo, destination: BrevoDestination) -> None:
    answer = destination.send(SHOP, event()).answer
    assert [(step["method"], step["path"], step["status"], step["request_id"]) for step in answer["steps"]] == [
        ("POST", "/events", 204, "req-1")
    ]
