"""POST /webhooks/brevo/<hook_key>: who may tell, what is kept, for whom."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from collector.destinations.brevo import webhooks
from collector.domain.door import NewRow, RowKind
from collector.domain.errors import StorageRefused
from collector.domain.notices import Hook, NoticeFormat
from collector.domain.shop import Policy, Shop
from collector.pipeline.accept_notice import NoticeServices
from collector.web.app import create_app
from tests.web.door_app import NOW, SHOP, services
from tests.web.door_app import Inbox as OtherInbox

HOOK = Hook("brevo", "key-of-the-account", "token")
OURS = replace(SHOP, id=1, policy=Policy(account="brevo"))
SHOPS = (
    OURS,
    replace(OURS, id=2, address="b.example"),
    replace(OURS, id=3, address="c.example", policy=Policy(account="brevo:c.example")),
    replace(OURS, id=4, address="d.example", is_enabled=False),
    replace(OURS, id=5, address="e.example", removed_at=NOW),
)
UNSUBSCRIBE = json.dumps({"event": "unsubscribe", "email": "ana@shop.example"}).encode()
ECHO = json.dumps({"event": "contact_updated", "email": "ana@shop.example", "api_key_name": "ours"}).encode()
GOOD = {"Authorization": "Bearer token", "Content-Type": "application/json"}


@dataclass
class Inbox:
    rows: list[NewRow] = field(default_factory=list)
    counts: list[tuple[int | None, str]] = field(default_factory=list)
    is_full: bool = False

    def append_many(self, rows: list[NewRow]) -> None:
        if self.is_full:
            raise StorageRefused("disk full")
        self.rows += rows

    def count(self, shop_id: int | None, door: str, reason: str) -> None:
        assert door == "notice"
        self.counts.append((shop_id, reason))


class Hooks:
    def by_key(self, key: str) -> Hook | None:
        return HOOK if key == HOOK.key else None


@dataclass
class Door:
    inbox: Inbox
    client: FlaskClient

    def tell(self, headers: dict[str, str], body: bytes = UNSUBSCRIBE, key: str = HOOK.key) -> Any:
        return self.client.post(f"/webhooks/brevo/{key}", data=body, headers=headers)


def door(shops: Sequence[Shop] = SHOPS) -> Door:
    inbox = Inbox()
    form = NoticeFormat(webhooks.topic, webhooks.is_echo)
    notices = NoticeServices(lambda: NOW, Hooks(), lambda: shops, inbox, form)
    return Door(inbox, create_app(services(OtherInbox()), notices=notices).test_client())


def test_what_is_told_is_kept_for_every_shop_that_uses_the_account() -> None:
    it = door()
    answer = it.tell(GOOD)
    assert (answer.status_code, answer.text) == (200, "OK")
    assert [(row.shop_id, row.kind, row.topic, row.body) for row in it.inbox.rows] == [
        (1, RowKind.NOTICE, "unsubscribe", UNSUBSCRIBE),
        (2, RowKind.NOTICE, "unsubscribe", UNSUBSCRIBE),
    ]
    assert it.inbox.counts == [(1, "accepted"), (2, "accepted")]


@pytest.mark.parametrize(
    ("why", "body", "key", "headers", "status", "reason"),
    [
        ("nobody's key", UNSUBSCRIBE, "another", GOOD, 404, "unknown_key"),
        ("no token", UNSUBSCRIBE, HOOK.key, {}, 401, "bad_signature"),
        ("another token", UNSUBSCRIBE, HOOK.key, {"Authorization": "Bearer tokem"}, 401, "bad_signature"),
        ("no words at all", UNSUBSCRIBE, HOOK.key, {"Authorization": "Bearer "}, 401, "bad_signature"),
        ("our own write comes back", ECHO, HOOK.key, GOOD, 200, "echo"),
        ("longer than anything Brevo sends", b"x" * (16 * 1024 * 1024 + 1), HOOK.key, GOOD, 413, "too_large"),
    ],
)
def test_what_is_not_kept(why: str, body: bytes, key: str, headers: dict[str, str], status: int, reason: str) -> None:
    it = door()
    assert it.tell(headers, body, key).status_code == status, why
    assert it.inbox.rows == [], why
    assert it.inbox.counts == [(None, reason)], why


def test_what_nobody_understands_is_kept_for_later() -> None:
    it = door()
    assert it.tell(GOOD, b"not json").status_code == 200
    assert [row.topic for row in it.inbox.rows] == ["unknown", "unknown"]


def test_without_a_shop_there_is_nobody_to_keep_it_for() -> None:
    it = door(SHOPS[2:])
    assert it.tell(GOOD).status_code == 200
    assert (it.inbox.rows, it.inbox.counts) == ([], [(None, "disabled")])


def test_what_could_not_be_stored_is_asked_for_again() -> None:
    it = door()
    it.inbox.is_full = True
    answer = it.tell(GOOD)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")


@pytest.mark.parametrize("path", ["/webhooks/brevo", "/webhooks/brevo/"])
def test_without_a_key_there_is_no_door(path: str) -> None:
    assert door().client.post(path, data=UNSUBSCRIBE, headers=GOOD).status_code == 404
