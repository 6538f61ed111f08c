"""Beacons over HTTP: reading the request, the limits, the headers, and that no request is a server error."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from gunicorn.http.errors import InvalidChunkSize
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.domain.door import RowKind
from collector.domain.signatures import hex_sha256
from collector.web.app import create_app
from tests.web.door_app import BROWSER, Inbox, Limits, PerPeriod, a_beacon, services


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def client(inbox: Inbox) -> FlaskClient:
    return create_app(services(inbox)).test_client()


def test_a_beacon_is_stored_counted_and_answered(client: FlaskClient, inbox: Inbox) -> None:
    answer = client.post("/c/site-key", data=a_beacon(), headers=BROWSER)
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["X-Collector"] == "accepted=1"
    assert "Content-Type" not in answer.headers
    assert [row.body for row in inbox.rows] == [a_beacon()]
    assert inbox.counted == [(7, "beacon", "accepted")]


@pytest.mark.parametrize(
    ("why", "path", "body", "headers", "status", "reason"),
    [
        ("dropped", "/c/site-key", a_beacon(), {"User-Agent": "curl/8.5.0"}, 204, "bot"),
        ("denied", "/c/site-key", a_beacon(consent="denied"), {}, 204, "consent_denied"),
        ("malformed", "/c/site-key", b"{", {}, 400, "invalid"),
        ("unknown key", "/c/nobody", a_beacon(), {}, 404, "unknown_key"),
        ("unknown key, odd characters", "/c/%ff%00%2e", a_beacon(), {}, 404, "unknown_key"),
        ("too large", "/c/site-key", b" " * 65_537, {}, 413, "too_large"),
    ],
)
def test_every_answer_can_be_read_by_the_page_and_is_counted(
    client: FlaskClient,
    inbox: Inbox,
    why: str,
    path: str,
    body: bytes,
    headers: dict[str, str],
    status: int,
    reason: str,
) -> None:
    answer = client.post(path, data=body, headers={**BROWSER, **headers})
    assert answer.status_code == status, why
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Expose-Headers"] == "X-Collector, Retry-After"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert [counted[1:] for counted in inbox.counted] == [("beacon", reason)]
    if status >= 400:
        assert answer.is_json
        assert answer.get_json()["error"]


def test_a_preflight_allows_a_content_type(client: FlaskClient) -> None:
    answer = client.options("/c/site-key", headers={"Origin": "https://shop.example"})
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Headers"] == "content-type"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert int(answer.headers["Access-Control-Max-Age"]) > 0


def test_what_could_not_be_stored_is_told_to_be_kept(client: FlaskClient, inbox: Inbox) -> None:
    inbox.is_full = True
    answer = client.post("/c/site-key", data=a_beacon(), headers=BROWSER)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert inbox.counted == [(7, "beacon", "storage_refused")]


def test_a_denial_keeps_the_visitor_only(client: FlaskClient, inbox: Inbox) -> None:
    client.post("/c/site-key", data=a_beacon(consent="denied"), headers=BROWSER)
    (row,) = inbox.rows
    assert (row.kind, json.loads(row.body)) == (RowKind.DENIAL, {"visitor_id": "visitor-0001"})


TWO_A_MINUTE = PerPeriod(2, timedelta(minutes=1))


def status_of(client: FlaskClient, address: str, forwarded: str = "", **headers: str) -> int:
    more = {"X-Forwarded-For": forwarded} if forwarded else {}
    return client.post(
        "/c/site-key",
        data=a_beacon(),
        headers={**BROWSER, **more, **headers},
        environ_base={"REMOTE_ADDR": address},
    ).status_code


def test_one_address_may_send_so_much(inbox: Inbox) -> None:
    client = create_app(services(inbox, limits=Limits(per_address=TWO_A_MINUTE))).test_client()
    assert [status_of(client, "192.0.2.1") for _ in range(3)] == [204, 204, 429]
    assert status_of(client, "192.0.2.2") == 204


def test_one_ipv6_line_is_one_address(inbox: Inbox) -> None:
    client = create_app(services(inbox, limits=Limits(per_address=TWO_A_MINUTE))).test_client()
    assert [status_of(client, f"2001:db8::{n}") for n in (1, 2, 3)] == [204, 204, 429]


def test_one_shop_may_get_so_much(inbox: Inbox) -> None:
    client = create_app(services(inbox, limits=Limits(per_shop=TWO_A_MINUTE))).test_client()
    assert [status_of(client, f"192.0.2.{n}") for n in (1, 2, 3)] == [204, 204, 429]


def test_over_the_limit_says_when_it_ends(inbox: Inbox) -> None:
    client = create_app(services(inbox, limits=Limits(per_address=TWO_A_MINUTE))).test_client()
    answers = [client.post("/c/site-key", data=a_beacon(), headers=BROWSER) for _ in range(3)]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert inbox.counted[-1] == (7, "beacon", "rate_limited")


def test_the_shops_own_server_has_no_limit(inbox: Inbox) -> None:
    client = create_app(services(inbox, limits=Limits(per_address=TWO_A_MINUTE))).test_client()
    signature = hex_sha256("identity-key", a_beacon())
    sent = [status_of(client, "192.0.2.1", **{"X-Tajo-Signature": signature}) for _ in range(4)]
    assert sent == [204] * 4


def test_behind_a_trusted_proxy_the_shopper_is_the_address(inbox: Inbox) -> None:
    given_limits = Limits(per_address=TWO_A_MINUTE)
    client = create_app(services(inbox, limits=given_limits, trusted_proxies=("10.0.0.0/8",))).test_client()
    assert [status_of(client, "10.0.0.1", f"192.0.2.{n}") for n in (1, 2, 3)] == [204] * 3
    assert [status_of(client, "10.0.0.1", f"9.9.9.{n}, 198.51.100.9") for n in (1, 2, 3)] == [204, 204, 429]


def contact(n: int, visitor: str) -> bytes:
    event = {"id": f"event-{n:04}", "type": "contact_submitted", "at": 1_795_262_400_000, "email": f"a{n}@b.example"}
    return a_beacon(visitor_id=visitor, events=[event])


def test_a_browser_with_too_many_addresses_is_stored_but_not_believed(client: FlaskClient, inbox: Inbox) -> None:
    for n in (1, 2, 3, 3, 4, 1):
        assert client.post("/c/site-key", data=contact(n, "visitor-0001"), headers=BROWSER).status_code == 204
    assert [row.facts.get("many_addresses", False) for row in inbox.rows] == [False] * 4 + [True, False]


def test_a_network_with_too_many_addresses_is_not_believed(inbox: Inbox) -> None:
    few = Limits(new_addresses_per_network=PerPeriod(2, timedelta(hours=1)))
    client = create_app(services(inbox, limits=few)).test_client()
    for n in (1, 2, 3):
        client.post(
            "/c/site-key",
            data=contact(n, f"visitor-000{n}"),
            headers=BROWSER,
            environ_base={"REMOTE_ADDR": f"192.0.2.{n}"},
        )
    assert [row.facts.get("many_addresses", False) for row in inbox.rows] == [False, False, True]


def post_stream(client: FlaskClient, stream: io.IOBase, path: str = "/c/site-key") -> int:
    """A chunked body as gunicorn gives it: no length, and the stream ends by itself."""
    chunked = {"wsgi.input": stream, "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    return client.post(path, headers=BROWSER, environ_overrides=chunked).status_code


class Endless(io.RawIOBase):
    """Sends for ever; remembers how much was read."""

    def __init__(self) -> None:
        self.sent = 0

    def read(self, size: int = -1) -> bytes:
        assert size > 0, "an endless body is never read to its end"
        self.sent += min(size, 1000)
        return b" " * min(size, 1000)


class Broken(io.RawIOBase):
    def __init__(self, problem: Exception) -> None:
        self.problem = problem

    def read(self, size: int = -1) -> bytes:
        raise self.problem


def test_a_body_without_length_is_read(client: FlaskClient, inbox: Inbox) -> None:
    assert post_stream(client, io.BytesIO(a_beacon())) == 204
    assert len(inbox.rows) == 1


def test_of_an_endless_body_only_the_limit_is_read(client: FlaskClient) -> None:
    endless = Endless()
    assert post_stream(client, endless) == 413
    assert endless.sent <= 65_537


@pytest.mark.parametrize("problem", [InvalidChunkSize(b"zz"), ConnectionResetError(), TimeoutError()])
@pytest.mark.parametrize("path", ["/c/site-key", "/webhooks/platform/hook-key"])
def test_a_broken_body_is_the_senders_fault(client: FlaskClient, problem: Exception, path: str) -> None:
    assert post_stream(client, Broken(problem), path) == 400


@pytest.mark.parametrize(
    ("length", "status"),
    [
        ("5", 400),
        ("100000", 413),
        ("9" * 30, 413),
        ("9" * 5000, 400),
        ("-1", 400),
        ("many", 400),
        ("", 400),
        ("5000", 400),
    ],
)
def test_a_wrong_length_is_the_senders_fault(client: FlaskClient, length: str, status: int) -> None:
    answer = client.post("/c/site-key", data=a_beacon(), headers=BROWSER, environ_overrides={"CONTENT_LENGTH": length})
    assert answer.status_code == status


LATIN = st.text(st.characters(min_codepoint=1, max_codepoint=255, exclude_characters="\r\n"), max_size=60)
HEADER_NAMES = st.sampled_from(
    ["User-Agent", "Content-Type", "Origin", "Referer", "X-Tajo-Signature", "X-Forwarded-For", "X-Signature", "X-Shop"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(["/c/site-key", "/c/x", "/webhooks/platform/hook-key", "/webhooks/platform", "/webhooks/x"]),
    body=st.binary(max_size=300) | st.just(a_beacon()),
    headers=st.dictionaries(HEADER_NAMES, LATIN, max_size=5),
)
def test_no_request_is_a_server_error(client: FlaskClient, path: str, body: bytes, headers: dict[str, str]) -> None:
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "text/plain")
    assert client.post(path, data=body, environ_overrides=environ).status_code < 500
