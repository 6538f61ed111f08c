"""The inbox page: mails as a merchant's template shows them; hostile text is shown, never run."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.sandbox.brevo_client import Brevo, event, order

HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(2)> 🍵 \u202eمرحبا {{ 7*7 }}"


def abandoned(**properties: Any) -> dict[str, Any]:
    item = {
        "name": "Green tea",
        "variant_name": "100 g",
        "quantity": 2,
        "price": 19.98,
        "image": "https://s.example/t.png",
    }
    usual = {"items": [item], "total": 19.98, "currency": "EUR", "recovery_url": "https://s.example/cart?tajo_r=abc"}
    return event(event_name="cart_abandoned", event_properties=usual | properties)


def page(brevo: Brevo, query: str = "") -> str:
    answer = brevo.client.get(f"/?{query}")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("block", [False, True])
def test_an_abandoned_cart_shows_its_mail_also_to_the_blocklisted(block: bool) -> None:
    brevo = Brevo()
    brevo.ask("POST", "/contacts", {"email": "ann@shop.example", "emailBlacklisted": block})
    brevo.ask("POST", "/events", abandoned())

    (mail,) = brevo.seen("mails")["mails"]
    assert (mail["to"], mail["is_to_blocklisted"]) == ("ann@shop.example", block)
    assert mail["lines"][0] | {"url": ""} == {
        "name": "Green tea",
        "variant": "100 g",
        "quantity": "2",
        "price": "19.98 EUR",
        "image": "https://s.example/t.png",
        "url": "",
    }
    shown = page(brevo)
    for part in (
        "You left something in your cart",
        "Green tea",
        "100 g",
        "19.98 EUR",
        "https://s.example/cart?tajo_r=abc",
    ):
        assert part in shown
    assert ("automations do not ask" in shown) is block


@pytest.mark.parametrize(
    ("why", "properties", "line", "total", "url"),
    [
        (
            "formatted text wins",
            {"total_formatted": "19,98 €"},
            "Green tea",
            "19,98 €",
            "https://s.example/cart?tajo_r=abc",
        ),
        (
            "no recovery link",
            {"recovery_url": "", "checkouturl": "https://s.example/c"},
            "Green tea",
            "19.98 EUR",
            "https://s.example/c",
        ),
        ("a script as link", {"recovery_url": "javascript:alert(1)"}, "Green tea", "19.98 EUR", ""),
        (
            "one product at the top",
            {"items": "none", "name": "Pot"},
            "Pot",
            "19.98 EUR",
            "https://s.example/cart?tajo_r=abc",
        ),
        ("things that are no items", {"items": [1, "x", {}]}, "", "19.98 EUR", "https://s.example/cart?tajo_r=abc"),
    ],
)
def test_a_mail_takes_what_the_event_has(why: str, properties: dict[str, Any], line: str, total: str, url: str) -> None:
    brevo = Brevo()
    brevo.ask("POST", "/events", abandoned(**properties))
    (mail,) = brevo.seen("mails")["mails"]
    assert (mail["lines"][0]["name"], mail["total"], mail["url"]) == (line, total, url), why


def test_other_events_send_no_mail() -> None:
    brevo = Brevo()
    brevo.ask("POST", "/events", event(event_name="cart_updated"))
    brevo.ask("POST", "/events", event(event_name="cart_recovered"))
    assert brevo.seen("mails")["count"] == 0
    assert "stops reminders" in page(brevo)


def test_hostile_text_is_shown_and_not_run() -> None:
    brevo = Brevo()
    brevo.ask(
        "POST", "/contacts", {"email": "ann@shop.example", "ext_id": HOSTILE, "attributes": {"FIRSTNAME": HOSTILE}}
    )
    items = [{"name": HOSTILE, "quantity": HOSTILE, "image": "javascript:alert(3)", "url": "data:text/html,x"}]
    brevo.ask("POST", "/events", abandoned(items=items, note=HOSTILE, currency=HOSTILE))
    brevo.ask("POST", "/orders/status", order(id=HOSTILE, status=HOSTILE))
    brevo.ask("POST", "/contacts/lists", {"name": HOSTILE, "folderId": 1})
    brevo.ask("POST", "/events", {HOSTILE: 1})

    for shown in (page(brevo), page(brevo, "contact=%3C/script%3E%22%3E%3Cimg%20src=x%3E"), page(brevo, "refresh=1")):
        assert "<script" not in shown
        assert "<img src=x" not in shown
        assert "javascript:" not in shown.replace("&#34;javascript:alert(3)&#34;", "")
        assert "data:text/html" not in shown.replace("&#34;data:text/html,x&#34;", "")
    shown = page(brevo)
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in shown
    assert "🍵" in shown
    assert "{{ 7*7 }}" in shown


def test_one_contact_can_be_looked_at_alone() -> None:
    brevo = Brevo()
    for name in ("ann", "bo"):
        brevo.ask("POST", "/contacts", {"email": f"{name}@shop.example", "emailBlacklisted": False})
        brevo.ask("POST", "/events", abandoned() | {"identifiers": {"email_id": f"{name}@shop.example"}})
        brevo.ask(
            "POST", "/orders/status", order(id=f"order of {name}", identifiers={"email_id": f"{name}@shop.example"})
        )
    alone = page(brevo, "contact=ANN@shop.example")
    assert "ann@shop.example" in alone
    assert "order of ann" in alone
    assert "bo@shop.example" not in alone
    assert "order of bo" not in alone
    assert "Nobody like that" in page(brevo, "contact=cy")


def test_refreshing_is_a_choice_and_needs_no_script() -> None:
    brevo = Brevo()
    assert 'http-equiv="refresh"' not in page(brevo)
    assert '<meta http-equiv="refresh" content="3">' in page(brevo, "refresh=1")


def test_the_strip_says_what_went_wrong() -> None:
    brevo = Brevo(tier="general")
    brevo.ask("POST", "/events", event(event_name="not good"))
    for _ in range(2):
        brevo.ask("POST", "/events", event(event_properties={"event_id": "e1"}))
    brevo.client.post("/_sandbox/fail", json={"mode": "503", "times": 4})
    shown = page(brevo)
    for part in ("<b>1</b> violations", "<b>1</b> × 400", "<b>2</b> × 204", "3 of 10 per second", "arrived 2 times"):
        assert part in shown
    assert "503" in shown


class _Listener(BaseHTTPRequestHandler):
    heard: list[tuple[str | None, bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((self.headers["Authorization"], body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def test_unsubscribing_from_a_mail_blocks_and_tells_the_webhooks() -> None:
    listener = HTTPServer(("127.0.0.1", 0), _Listener)
    listener.timeout = 5
    brevo = Brevo()
    brevo.ask("POST", "/contacts", {"email": "ann@shop.example", "emailBlacklisted": False})
    hook = {"url": f"http://127.0.0.1:{listener.server_port}/", "events": ["unsubscribed"], "type": "marketing"}
    brevo.ask("POST", "/webhooks", hook | {"auth": {"type": "bearer", "token": "t0"}})

    answering = threading.Thread(target=listener.handle_request)
    answering.start()
    answer = brevo.client.post("/unsubscribe", data={"email": "ann@shop.example"})
    answering.join(5)
    listener.server_close()

    assert (answer.status_code, answer.headers["Location"]) == (303, "/?contact=ann%40shop.example")
    assert brevo.said("GET", "/contacts/1")[1]["emailBlacklisted"] is True
    ((token, body),) = _Listener.heard
    assert token == "Bearer t0"
    assert b'"event": "unsubscribe"' in body
    assert b"ann@shop.example" in body
