"""A local Brevo to talk to inside a test: key sent along, clock set by hand, answers as (status, body)."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import BaseAdapter
from werkzeug.test import TestResponse

from collector.sandbox.brevo import Account, create_brevo_sandbox
from collector.sandbox.brevo.state import DEFAULT_KEY

KEY = {"api-key": DEFAULT_KEY}


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Brevo:
    contract: Path | None = None
    tier: str = "unlimited"
    ecommerce_active: bool = True
    reset_header_in_ms: bool = False
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.account = Account(
            clock=self.clock,
            tier=self.tier,
            ecommerce_active=self.ecommerce_active,
            reset_header_in_ms=self.reset_header_in_ms,
        )
        self.app = create_brevo_sandbox(self.contract, self.account)
        self.client = self.app.test_client()

    def ask(self, method: str, path: str, body: Any = None) -> TestResponse:
        """`path` is below /v3."""
        return self.client.open("/v3" + path, method=method, json=body, headers=KEY)

    def said(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = self.ask(method, path, body)
        return answer.status_code, answer.get_json(silent=True)

    def seen(self, what: str) -> Any:
        """What `/_sandbox/<what>` shows."""
        return self.client.get(f"/_sandbox/{what}").get_json()


def contract_file() -> Path:
    """BREVO_CONTRACT, or the file kept beside a checkout; it is not ours to publish. Without it: skip, in CI fail."""
    beside = Path(__file__).parents[3] / "shared" / "contracts" / "brevo-contract.json"
    file = Path(os.environ.get("BREVO_CONTRACT") or beside)
    if not file.is_file():
        missing = "no contract of Brevo's API: set BREVO_CONTRACT to the OpenAPI file"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return file


def event(**fields: Any) -> dict[str, Any]:
    return {"event_name": "cart_updated", "identifiers": {"email_id": "ann@shop.example"}} | fields


def order(**fields: Any) -> dict[str, Any]:
    return {
        "id": "1001",
        "createdAt": "2026-11-21T10:00:00Z",
        "updatedAt": "2026-11-21T10:00:00.000Z",
        "status": "paid",
        "amount": 19.98,
        "products": [{"productId": "7", "price": 9.99, "quantity": 2}],
        "identifiers": {"email_id": "ann@shop.example"},
    } | fields


class Wire(BaseAdapter):
    """Requests that go to the application in this process instead of over a socket."""

    def __init__(self, brevo: Brevo) -> None:
        super().__init__()
        self._client = brevo.app.test_client()

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        answer = self._client.open(
            parts.path + (f"?{parts.query}" if parts.query else ""),
            method=request.method,
            data=request.body,
            headers=list(request.headers.items()),
        )
        response = requests.Response()
        response.status_code = answer.status_code
        response.headers.update(dict(answer.headers.items()))
        response._content = answer.get_data()
        response.request = request
        response.url = request.url or ""
        return response

    def close(self) -> None:
        """Nothing is open."""


def session(brevo: Brevo) -> requests.Session:
    """What a client of Brevo is given to talk to this one, whatever host it asks for."""
    made = requests.Session()
    for prefix in ("http://", "https://"):
        made.mount(prefix, Wire(brevo))
    return made
