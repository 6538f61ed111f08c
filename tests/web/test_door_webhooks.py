"""Webhooks, health and unknown addresses over HTTP."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from collector.domain.shop import Policy, Shop
from collector.domain.signatures import base64_sha256
from collector.web.app import create_app
from tests.web.door_app import SHOP, Inbox, Shops, services

BODY = b'{"id": 1}'
SIGNED = {"X-Signature": base64_sha256("whsec", BODY), "X-Topic": "order.created", "X-Shop": "shop.example"}


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def client(inbox: Inbox) -> FlaskClient:
    return create_app(services(inbox)).test_client()


@pytest.mark.parametrize(
    ("why", "path", "body", "headers", "status", "reason"),
    [
        ("by its own key", "/webhooks/platform/hook-key", BODY, SIGNED, 200, "accepted"),
        ("by its header", "/webhooks/platform", BODY, SIGNED, 200, "accepted"),
        ("with a slash behind", "/webhooks/platform/", BODY, SIGNED, 200, "accepted"),
        ("hello", "/webhooks/platform/hook-key", b"webhook_id=7", {}, 200, "ping"),
        ("unsigned", "/webhooks/platform/hook-key", BODY, {}, 401, "wrong_secret"),
        ("of no shop we know", "/webhooks/platform", BODY, {**SIGNED, "X-Shop": "x.example"}, 401, "unknown_shop"),
        ("to no key we know", "/webhooks/platform/other", BODY, SIGNED, 404, "unknown_key"),
    ],
)
def test_webhooks_are_answered_and_counted(
    client: FlaskClient,
    inbox: Inbox,
    why: str,
    path: str,
    body: bytes,
    headers: dict[str, str],
    status: int,
    reason: str,
) -> None:
    answer = client.post(path, data=body, headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/plain; charset=utf-8"), why
    assert [counted[1:] for counted in inbox.counted] == [("webhook", reason)]
    assert len(inbox.rows) == (1 if reason == "accepted" else 0)
    if status == 200:
        assert answer.data == b"OK"


def test_a_form_is_read_raw(client: FlaskClient) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/webhooks/platform/hook-key", data=b"webhook_id=7", headers=form).data == b"OK"


def test_a_webhook_may_be_16_mib(client: FlaskClient, inbox: Inbox) -> None:
    body = b" " * (16 * 1024 * 1024)
    signed = {"X-Signature": base64_sha256("whsec", body)}
    assert client.post("/webhooks/platform/hook-key", data=body, headers=signed).status_code == 200
    assert client.post("/webhooks/platform/hook-key", data=body + b" ", headers=signed).status_code == 413


def test_a_webhook_that_could_not_be_stored_is_asked_for_again(client: FlaskClient, inbox: Inbox) -> None:
    inbox.is_full = True
    answer = client.post("/webhooks/platform/hook-key", data=BODY, headers=SIGNED)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("why", "method", "path", "status"),
    [
        ("nothing there", "GET", "/nothing", 404),
        ("nothing there", "POST", "/c/", 404),
        ("no such platform", "POST", "/webhooks/moon/key", 404),
        ("beacons are posted", "PUT", "/c/site-key", 405),
        ("webhooks are posted", "GET", "/webhooks/platform", 405),
        ("health is asked", "POST", "/healthz", 405),
    ],
)
def test_other_requests_get_plain_answers(client: FlaskClient, why: str, method: str, path: str, status: int) -> None:
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/plain; charset=utf-8"), why
    assert b"<" not in answer.data
    assert ("Allow" in answer.headers) == (status == 405)


def test_an_unexpected_error_shows_nothing_of_the_inside(inbox: Inbox) -> None:
    def broken() -> dict[str, str]:
        raise RuntimeError("secret detail")

    answer = create_app(services(inbox, readiness=broken)).test_client().get("/readyz")
    assert (answer.status_code, answer.data) == (500, b"500 Internal Server Error\n")


def test_alive_and_ready(client: FlaskClient, inbox: Inbox) -> None:
    assert client.get("/healthz").data == b"OK"
    assert client.get("/readyz").get_json() == {"ready": True, "not_ready": {}}
    waiting = create_app(services(inbox, readiness=lambda: {"database": "locked"})).test_client().get("/readyz")
    assert (waiting.status_code, waiting.get_json()["not_ready"]) == (503, {"database": "locked"})


class Logging(Shops):
    """The same shop, and it wants each webhook in the log."""

    def by_hook_key(self, platform: str, hook_key: str) -> Shop | None:
        return _told(super().by_hook_key(platform, hook_key))

    def by_address(self, platform: str, address: str) -> Shop | None:
        return _told(super().by_address(platform, address))


def _told(shop: Shop | None) -> Shop | None:
    return replace(shop, policy=Policy(logs_webhooks=True)) if shop else None


@pytest.mark.parametrize(
    ("why", "path", "headers", "is_full", "expected"),
    [
        ("taken", "/webhooks/platform/hook-key", SIGNED, False, ("order.created", 200, "accepted")),
        ("no signature", "/webhooks/platform/hook-key", {}, False, ("", 401, "wrong_secret")),
        (
            "a wrong one",
            "/webhooks/platform",
            {**SIGNED, "X-Signature": "AAAA"},
            False,
            ("order.created", 401, "bad_sig"),
        ),
        ("no room", "/webhooks/platform", SIGNED, True, ("order.created", 503, "storage_refused")),
        ("whose, nobody knows", "/webhooks/platform", {**SIGNED, "X-Shop": "x.example"}, False, None),
        ("at no address of ours", "/webhooks/platform/other", SIGNED, False, None),
    ],
)
def test_a_shop_that_wants_it_has_a_line_for_each_webhook(
    inbox: Inbox,
    caplog: pytest.LogCaptureFixture,
    why: str,
    path: str,
    headers: dict[str, str],
    is_full: bool,
    expected: tuple[str, int, str] | None,
) -> None:
    inbox.is_full = is_full
    with caplog.at_level(logging.INFO, "collector"):
        create_app(services(inbox, shops=Logging())).test_client().post(path, data=BODY, headers=headers)
        quiet = len(answered(caplog))
        create_app(services(inbox)).test_client().post(path, data=BODY, headers=headers)
    found = answered(caplog)
    assert len(found) == quiet == (1 if expected else 0), "and a shop that does not has none"
    for one in found:
        topic, status, reason = expected or ("", 0, "")
        assert (one["shop"], one["topic"], one["status"]) == (SHOP.address, topic, status)
        assert one["reason"].startswith(reason)
        assert not {"hook-key", "whsec", "AAAA", SIGNED["X-Signature"]} & set(map(str, one.values()))


def answered(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(record) for record in caplog.records if record.getMessage() == "webhook answered"]
