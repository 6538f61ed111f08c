"""Keys that may not do everything, or not for ever; tokens for programs; and who is mailed no more."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from collector.sandbox.brevo.dates import written
from tests.sandbox.brevo_client import KEY, Brevo, event

CLIENT = {"client_id": "tajo", "client_secret": "s3cret"}
GRANT = {"grant_type": "client_credentials", **CLIENT}


def asked(brevo: Brevo, path: str, body: dict[str, Any]) -> None:
    answer = brevo.client.post(f"/_sandbox/{path}", json=body)
    assert answer.status_code < 300, answer.text


@pytest.mark.parametrize(
    ("why", "method", "path", "status"),
    [
        ("it may write events", "POST", "/events", 204),
        ("writing is not reading", "GET", "/events", 403),
        ("another resource", "GET", "/account", 403),
        ("it may read contacts", "GET", "/contacts", 200),
        ("also below them", "GET", "/contacts/lists", 200),
        ("reading is not writing", "POST", "/contacts", 403),
    ],
)
def test_a_limited_key_may_do_what_its_scopes_say(why: str, method: str, path: str, status: int) -> None:
    brevo = Brevo()
    asked(brevo, "keys", {"key": KEY["api-key"], "scopes": ["events:write", "contacts:read"]})
    answer = brevo.ask(method, path, event() if method == "POST" else None)
    assert answer.status_code == status, why
    assert status != 403 or answer.get_json()["code"] == "permission_denied"


def test_a_key_expires_and_is_good_again_when_it_is_renewed() -> None:
    brevo = Brevo()
    ends = brevo.clock.now.replace(hour=12)
    asked(brevo, "keys", {"key": KEY["api-key"], "expires_at": written(ends)})
    assert brevo.ask("GET", "/account").status_code == 200
    brevo.clock.now = ends
    assert brevo.said("GET", "/account") == (401, {"code": "unauthorized", "message": "Key has expired"})
    asked(brevo, "keys", {"key": KEY["api-key"]})
    assert brevo.ask("GET", "/account").status_code == 200
    asked(brevo, "keys", {"key": KEY["api-key"], "gone": True})
    assert brevo.said("GET", "/account")[1]["message"] == "Key not found"


def token(brevo: Brevo, **more: str) -> TestResponse:
    return brevo.client.post("/oauth/token", data=GRANT | more)


def test_a_token_opens_the_account_for_its_time() -> None:
    brevo = Brevo()
    asked(brevo, "clients", CLIENT | {"lasts_s": 60})
    given = token(brevo).get_json()
    bearer = {"authorization": f"Bearer {given['access_token']}"}
    assert (given["expires_in"], given["token_type"]) == (60, "Bearer")

    def status() -> int:
        return brevo.client.get("/v3/account", headers=bearer).status_code

    assert status() == 200
    brevo.clock.move(60)
    assert status() == 401
    bearer = {"authorization": f"Bearer {token(brevo).get_json()['access_token']}"}
    assert status() == 200
    brevo.client.delete("/_sandbox/tokens")
    assert status() == 401
    assert brevo.seen("keys")["tokens_given"] == 2


@pytest.mark.parametrize(
    ("why", "changes", "status", "error"),
    [
        ("another secret", {"client_secret": "x"}, 401, "invalid_client"),
        ("nobody", {"client_id": "x"}, 401, "invalid_client"),
        ("another grant", {"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_no_token_for(why: str, changes: dict[str, str], status: int, error: str) -> None:
    brevo = Brevo()
    asked(brevo, "clients", CLIENT)
    answer = token(brevo, **changes)
    assert (answer.status_code, answer.get_json()["error"]) == (status, error), why


def test_automations_mail_the_blocklisted_and_not_those_the_transactional_platform_blocks() -> None:
    brevo = Brevo()
    reminder = event(event_name="cart_abandoned", event_properties={"total": 1})
    brevo.ask("POST", "/contacts", {"email": "ann@shop.example", "emailBlacklisted": True})
    brevo.ask("POST", "/events", reminder)
    brevo.clock.move(1)
    asked(brevo, "block", {"email": "ann@shop.example", "reason": "adminBlocked"})
    brevo.ask("POST", "/events", reminder)
    assert [mail["is_to_blocklisted"] for mail in brevo.seen("mails")["mails"]] == [True]
    status, found = brevo.said("GET", "/smtp/blockedContacts?startDate=2026-11-21&endDate=2026-11-21&limit=100")
    assert (status, found["count"]) == (200, 1)
    assert found["contacts"][0]["reason"]["code"] == "adminBlocked"
    assert brevo.said("GET", "/smtp/blockedContacts?startDate=2026-11-22&endDate=2026-11-23")[1]["contacts"] == []
    assert brevo.ask("GET", "/smtp/blockedContacts?startDate=2026-11-22").status_code == 400, "both days or none"
    assert brevo.ask("DELETE", "/smtp/blockedContacts/ann@shop.example").status_code == 204
    assert brevo.ask("DELETE", "/smtp/blockedContacts/ann@shop.example").status_code == 404
    brevo.ask("POST", "/events", reminder)
    assert brevo.seen("mails")["count"] == 2


def test_imports_are_worked_on_one_after_the_other() -> None:
    brevo = Brevo()
    asked(brevo, "imports", {"takes_s": 60})
    body = {"jsonBody": [{"email": "a@shop.example"}], "listIds": [1]}
    first, second = (brevo.said("POST", "/contacts/import", body)[1]["processId"] for _ in range(2))

    def states() -> list[str]:
        return [brevo.said("GET", f"/processes/{one}")[1]["status"] for one in (first, second)]

    assert states() == ["in_process", "queued"]
    brevo.clock.move(60)
    assert states() == ["completed", "in_process"]
    brevo.clock.move(60)
    assert states() == ["completed", "completed"]
