"""The local Brevo beside the running product: it can go away and come back without forgetting anything.

Spoken to over HTTP by the product; what arrived is asked at its door for tests, also while it is away.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from collector.domain.messages import MAY_START_MAIL
from collector.sandbox.brevo import Account, create_brevo_sandbox
from collector.sandbox.brevo.state import DEFAULT_KEY
from tests.ports import free_port
from tests.system.product import Product

SETTINGS = """\
database: sqlite:///{database}
allow_insecure_upstreams: true
brevo: {{api_key: {key}, api_url: "{url}"}}
abandonment: {{cart: {{after: {after}}}, truth_check: false}}
limits: {{per_address: 1000000/m, per_shop: 100000/s, new_addresses_per_visitor: 1000/d,
  new_addresses_per_network: 100000/h}}
connectors:
  woocommerce: {{store_url: "http://127.0.0.1:8081/", webhook_secret: whsec-heldout-woo-2026, lists: {lists}}}
"""


class _Handler(WSGIRequestHandler):
    """A connection for each call, so that closing the door is noticed by the next one."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


@dataclass
class LocalBrevo:
    """`tier`: whose rate limits. The port stays its own while it is away."""

    tier: str = "extended"
    port: int = field(default_factory=free_port, init=False)
    _server: BaseWSGIServer | None = None

    def __post_init__(self) -> None:
        self._app = create_brevo_sandbox(None, Account(tier=self.tier))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v3"

    def come(self) -> None:
        self._server = make_server("127.0.0.1", self.port, self._app, threaded=True, request_handler=_Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def go_away(self) -> None:
        """Connections are refused from now on."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def fail(self, mode: str, **how: Any) -> None:
        answer = self._app.test_client().post("/_sandbox/fail", json={"mode": mode, **how})
        assert answer.status_code == 201, answer.text

    def heal(self) -> None:
        self._app.test_client().delete("/_sandbox/fail")

    def tell(self, what: str, body: dict[str, Any]) -> None:
        """`keys`, `clients`, `block`, `limits`, …: change something at its door for tests."""
        answer = self._app.test_client().post(f"/_sandbox/{what}", json=body)
        assert answer.status_code < 300, answer.text

    def said(self, what: str) -> dict[str, Any]:
        """`events`, `requests`, `violations`, `contacts`, `lists`, `mails`, …"""
        found: dict[str, Any] = self._app.test_client().get(f"/_sandbox/{what}").get_json()
        return found

    def events(self, name: str = "") -> list[dict[str, Any]]:
        """As they came, each with `email`."""
        found: list[dict[str, Any]] = self.said("events" + (f"?event_name={name}" if name else ""))["events"]
        return found

    def stories(self) -> dict[str, list[str]]:
        """Address -> names of its events as they came; what was sent again at once counts once."""
        met, stories = set(), dict[str, list[str]]()
        for event in self.events():
            key = (event["email"], event["event_properties"]["event_id"])
            if key not in met:
                met.add(key)
                stories.setdefault(event["email"], []).append(event["event_name"])
        return stories

    def check_once(self) -> None:
        """No event came twice, whatever it is about."""
        assert self.said("events")["twice"] == {}

    def check_manners(self, refused: int = 0) -> None:
        """No mail started twice, nothing sent that may not be, no limit broken; `refused`: 429s that were ordered."""
        doubled = self.said("events")["twice"]
        may_mail = {
            event["event_properties"]["event_id"] for event in self.events() if event["event_name"] in MAY_START_MAIL
        }
        assert not doubled.keys() & may_mail
        assert self.said("violations")["violations"] == []
        counts = self.said("requests")["counts"]
        assert counts.get("429", 0) == refused, counts


@contextlib.contextmanager
def brevo_there(tier: str = "extended") -> Iterator[LocalBrevo]:
    brevo = LocalBrevo(tier)
    brevo.come()
    try:
        yield brevo
    finally:
        brevo.heal()
        brevo.go_away()


def connect(product: Product, brevo: LocalBrevo, key: str = DEFAULT_KEY, lists: str = "{}", after: str = "2s") -> None:
    """The product's settings: one live shop, this Brevo, carts abandoned after seconds."""
    text = SETTINGS.format(database=product.database, key=key, url=brevo.url, lists=lists, after=after)
    (product.folder / "tajo.yml").write_text(text)


def waiting(product: Product) -> list[dict[str, Any]]:
    return product.rows("select id, event_name, kind, due_at, reason, answered from outbox where state = 'waiting'")


def is_settled(product: Product) -> bool:
    """Every cart is decided, every message has met its fate. Ask when everything is folded."""
    if product.rows("select cart from carts where state = 'open' and next_check_at is not null"):
        return False
    return not waiting(product)  # asked last: what was decided in between waits now
