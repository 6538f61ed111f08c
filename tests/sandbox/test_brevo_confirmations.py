"""The local Brevo asks for confirmations and tells what happens, as the real one does."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.sandbox.brevo_client import Brevo

ANA = "ana@shop.example"
ASKED = {"email": ANA, "includeListIds": [1], "templateId": 7, "redirectionUrl": "https://shop.example"}


class Ear(http.server.BaseHTTPRequestHandler):
    heard: list[tuple[str, dict[str, Any]]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.heard.append((self.headers.get("Authorization", ""), body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def listening() -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    heard: list[tuple[str, dict[str, Any]]] = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Ear", (Ear,), {"heard": heard}))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", heard
    finally:
        server.shutdown()
        server.server_close()


def wait_for(heard: list[tuple[str, dict[str, Any]]], count: int) -> None:
    end = time.monotonic() + 30
    while len(heard) < count:
        assert time.monotonic() < end, heard
        time.sleep(0.01)


def test_nothing_is_known_of_whom_was_asked_before_the_click() -> None:
    brevo = Brevo()
    assert brevo.said("POST", "/contacts/doubleOptinConfirmation", ASKED) == (201, None)
    assert brevo.seen("contacts")["count"] == 0
    assert brevo.client.post("/_sandbox/confirm", json={"email": "bo@shop.example"}).status_code == 404
    assert brevo.client.post("/_sandbox/confirm", json={"email": ANA}).status_code == 200
    (contact,) = brevo.seen("contacts")["contacts"]
    assert (contact["email"], contact["emailBlacklisted"], contact["listIds"]) == (ANA, False, [1])
    assert brevo.said("POST", "/contacts/doubleOptinConfirmation", ASKED) == (204, None)


@pytest.mark.parametrize("missing", ASKED)
def test_a_question_needs_all_of_it(missing: str) -> None:
    asked = {name: value for name, value in ASKED.items() if name != missing}
    assert Brevo().said("POST", "/contacts/doubleOptinConfirmation", asked)[0] == 400


def test_a_list_that_is_not_there_is_refused() -> None:
    assert Brevo().said("POST", "/contacts/doubleOptinConfirmation", {**ASKED, "includeListIds": [9]})[0] == 400


def test_what_happens_is_told_with_the_token_and_whoever_did_it() -> None:
    brevo = Brevo()
    with listening() as (url, heard):
        auth = {"type": "bearer", "token": "secret"}
        events = ["unsubscribed", "listAddition", "contactUpdated"]
        brevo.said("POST", "/webhooks", {"url": url, "type": "marketing", "events": events, "auth": auth})
        brevo.said("POST", "/webhooks", {"url": url, "type": "transactional", "events": ["spam"], "auth": auth})
        brevo.said("POST", "/contacts/doubleOptinConfirmation", ASKED)
        brevo.client.post("/_sandbox/confirm", json={"email": ANA})
        wait_for(heard, 1)
        brevo.said("PUT", f"/contacts/{ANA}", {"emailBlacklisted": True})
        wait_for(heard, 2)
        assert brevo.client.post("/_sandbox/tell", json={"email": ANA, "event": "spam"}).get_json() == {"webhooks": 1}
        wait_for(heard, 3)
    assert {token for token, _ in heard} == {"Bearer secret"}
    told = [(body["event"], body["email"], body.get("api_key_name")) for _, body in heard]
    assert told == [
        ("list_addition", ANA, ""),
        ("contact_updated", ANA, "the sandbox's key"),
        ("spam", ANA, None),
    ]
    assert brevo.client.post("/_sandbox/tell", json={"email": ANA, "event": "party"}).status_code == 400
