"""Every answer the door gives to a webhook, and what it keeps of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.domain.door import InboxRow, Lane, RowKind, WebhookRequest
from collector.domain.errors import InvalidSignature
from collector.domain.events import Fact
from collector.domain.shop import Secrets, Shop
from collector.domain.signatures import base64_sha256, matches_base64
from collector.pipeline.accept_webhook import accept_webhook
from tests.pipeline.beacon_builders import NOW, a_shop


class Platform:
    """A platform whose bodies may name their shop: `{"shop": "…"}`."""

    name = "platform"

    def normalise_address(self, text: str) -> tuple[str, str]:
        return text, f"https://{text}"

    def is_ping(self, request: WebhookRequest) -> bool:
        return request.body.startswith(b"webhook_id=")

    def proposed_address(self, headers: Mapping[str, str]) -> str | None:
        return headers.get("x-shop")

    def named_address(self, body: bytes) -> str | None:
        named = json.loads(body).get("shop")
        return str(named) if named else None

    def verify(self, request: WebhookRequest, secrets: Sequence[str]) -> None:
        if not matches_base64(secrets, request.body, request.headers.get("x-signature", "")):
            raise InvalidSignature("x-signature")

    def describe(self, request: WebhookRequest) -> tuple[str, str, dict[str, Any]]:
        return request.headers.get("x-topic", ""), "delivery-1", {"api_version": "3"}

    def parse(self, row: InboxRow, shop: Shop) -> list[Fact]:
        return []


def a_hook(body: bytes = b'{"id": 1}', secret: str = "new", hook_key: str = "hook", **changes: Any) -> WebhookRequest:
    headers = {"x-topic": "order.created", "x-signature": base64_sha256(secret, body)}
    return replace(WebhookRequest("platform", hook_key, headers, body), **changes)


def replacing(minutes_ago: float) -> Shop:
    """A shop whose secret was replaced so long ago."""
    shop = a_shop()
    old = replace(shop.secrets, webhook=("before",))
    return replace(shop, secrets=shop.secrets.in_place_of(old, NOW - timedelta(minutes=minutes_ago)))


def known(address: str) -> Shop | None:
    """The other connected shop of the platform."""
    return a_shop(id=2, address=address) if address == "shop.example/shop-b" else None


@pytest.mark.parametrize(
    ("why", "request_", "shop", "status", "reason", "is_kept"),
    [
        ("signed with the newest secret", a_hook(), a_shop(), 200, "accepted", True),
        ("signed with the older secret", a_hook(secret="old"), a_shop(), 200, "accepted", True),
        ("signed with a secret of before, just replaced", a_hook(secret="before"), replacing(0), 200, "accepted", True),
        ("signed with it an hour later", a_hook(secret="before"), replacing(60), 401, "wrong_secret", False),
        (
            "a topic nobody knows",
            a_hook(headers={**a_hook().headers, "x-topic": "moon.full"}),
            a_shop(),
            200,
            "accepted",
            True,
        ),
        ("on the header route", a_hook(hook_key=""), a_shop(), 200, "accepted", True),
        ("the body names this shop", a_hook(b'{"shop": "shop.example"}'), a_shop(), 200, "accepted", True),
        (
            "the body names another shop, but the path is this shop's secret",
            a_hook(b'{"shop": "www.shop.example"}'),
            a_shop(),
            200,
            "accepted",
            True,
        ),
        (
            "the body names a translation below this shop",
            a_hook(b'{"shop": "shop.example/de"}', hook_key=""),
            a_shop(),
            200,
            "accepted",
            True,
        ),
        (
            "the body names another connected shop below this one",
            a_hook(b'{"shop": "shop.example/shop-b"}', hook_key=""),
            a_shop(),
            401,
            "wrong_shop",
            False,
        ),
        (
            "the body names another shop, header route",
            a_hook(b'{"shop": "other.example"}', hook_key=""),
            a_shop(),
            401,
            "wrong_shop",
            False,
        ),
        (
            "its headers name another connected shop, and the path is this one's",
            a_hook(headers={**a_hook().headers, "x-shop": "shop.example/shop-b"}),
            a_shop(),
            401,
            "wrong_shop",
            False,
        ),
        (
            "its headers name a shop nobody connected: another name of this one",
            a_hook(headers={**a_hook().headers, "x-shop": "www.shop.example"}),
            a_shop(),
            200,
            "accepted",
            True,
        ),
        ("wrong secret", a_hook(secret="wrong"), a_shop(), 401, "wrong_secret", False),
        ("wrong secret, header route", a_hook(secret="wrong", hook_key=""), a_shop(), 401, "bad_signature", False),
        ("unsigned", a_hook(headers={}), a_shop(), 401, "wrong_secret", False),
        ("one byte changed", replace(a_hook(), body=b'{"id": 2}'), a_shop(), 401, "wrong_secret", False),
        ("a shop without secrets", a_hook(secret=""), a_shop(secrets=Secrets()), 401, "wrong_secret", False),
        ("unsigned hello", a_hook(b"webhook_id=7", headers={}), a_shop(), 200, "ping", False),
        (
            "unsigned hello on the header route",
            a_hook(b"webhook_id=7", headers={}, hook_key=""),
            None,
            200,
            "ping",
            False,
        ),
        ("unknown key in the path", a_hook(), None, 404, "unknown_key", False),
        ("hello to an unknown key", a_hook(b"webhook_id=7"), None, 404, "unknown_key", False),
        ("no shop proposed", a_hook(hook_key=""), None, 401, "unknown_shop", False),
        ("too large", a_hook(is_oversize=True), a_shop(), 413, "too_large", False),
        ("disabled", a_hook(), a_shop(is_enabled=False), 200, "disabled", False),
        ("removed", a_hook(), a_shop(removed_at=NOW), 200, "disabled", False),
        ("disabled and unsigned", a_hook(headers={}), a_shop(is_enabled=False), 401, "wrong_secret", False),
        ("uninstalled: orders still count", a_hook(), a_shop(uninstalled_at=NOW), 200, "accepted", True),
    ],
)
def test_webhooks_are_answered_by_the_book(
    why: str, request_: WebhookRequest, shop: Shop | None, status: int, reason: str, is_kept: bool
) -> None:
    verdict = accept_webhook(request_, shop, Platform(), NOW, known)
    assert (verdict.answer.status, verdict.answer.reason) == (status, reason), why
    assert (verdict.row is not None) == is_kept, why
    assert verdict.shop_id == (shop.id if shop else None)
    if status == 200:
        assert verdict.answer.body == "OK"


def test_the_row_is_the_raw_body_with_what_the_headers_said() -> None:
    row = accept_webhook(a_hook(), a_shop(), Platform(), NOW, known).row
    assert row is not None
    assert (row.kind, row.lane, row.received_at, row.body) == (RowKind.WEBHOOK, Lane.LIVE, NOW, b'{"id": 1}')
    assert (row.topic, row.delivery_id, row.facts) == ("order.created", "delivery-1", {"api_version": "3"})


@given(
    body=st.binary(max_size=100),
    headers=st.dictionaries(st.sampled_from(["x-signature", "x-topic"]), st.text(st.characters(), max_size=40)),
    hook_key=st.sampled_from(["", "hook"]),
    shop=st.sampled_from([a_shop(), None]),
)
def test_whatever_is_sent_unsigned_is_never_kept(
    body: bytes, headers: dict[str, str], hook_key: str, shop: Shop | None
) -> None:
    verdict = accept_webhook(WebhookRequest("platform", hook_key, headers, body), shop, Platform(), NOW, known)
    assert verdict.row is None
    assert verdict.answer.status in (200, 401, 404)
