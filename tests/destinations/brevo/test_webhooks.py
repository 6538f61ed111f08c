"""What Brevo tells becomes an opt-out, an act or nothing: a row each. And what we register, by Brevo's own contract."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collector.destinations.brevo import webhooks
from collector.destinations.brevo.client import BrevoAccount, Exchange
from collector.destinations.brevo.limits import NoMeter
from collector.domain.door import InboxRow, Lane, RowKind
from collector.domain.errors import Unparseable
from collector.domain.events import ListJoined, MessageConsent
from collector.sandbox.brevo.state import DEFAULT_KEY
from collector.standards.addresses import StandardAddresses
from tests.sandbox.brevo_client import Brevo, session

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TS = int(NOW.timestamp())
ANA = {"email": "ana@shop.example"}
HAND, PROGRAM = {"api_key_name": ""}, {"api_key_name": "another program"}
BLOCKED = {"content": [{"emailBlacklisted": True}]}


def told(body: Any) -> list[str]:
    """`ana@shop.example brevo:spam`, in order; coming onto lists as `ana@shop.example [5, 6]`."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    row = InboxRow(1, 1, Lane.LIVE, RowKind.NOTICE, NOW, "", "", {}, raw)
    found = []
    for fact in webhooks.parse(row, StandardAddresses().email):
        if isinstance(fact, ListJoined):
            found.append(f"{fact.email} {list(fact.lists)}")
            continue
        assert isinstance(fact, MessageConsent)
        assert (fact.channel, fact.source, fact.state) == ("email", "brevo", "opted_out")
        found.append(f"{fact.subject} {fact.act}")
    return found


@pytest.mark.parametrize(
    ("why", "body", "expected"),
    [
        ("a campaign's link", {"event": "unsubscribe", **ANA}, ["ana@shop.example brevo:unsubscribed"]),
        ("an automation's link", {"event": "unsubscribed", **ANA}, ["ana@shop.example brevo:unsubscribed"]),
        ("marked as spam", {"event": "spam", **ANA}, ["ana@shop.example brevo:spam"]),
        ("the address is gone", {"event": "hard_bounce", **ANA}, ["ana@shop.example brevo:hard_bounce"]),
        ("it never was one", {"event": "invalid_email", **ANA}, ["ana@shop.example brevo:invalid_address"]),
        ("on the transactional list", {"event": "blocked", **ANA}, ["ana@shop.example brevo:blocked"]),
        ("written in capitals", {"event": "spam", "email": "Ana@Shop.Example"}, ["ana@shop.example brevo:spam"]),
        ("it will work tomorrow", {"event": "soft_bounce", **ANA}, []),
        ("somebody reads", {"event": "opened", **ANA}, []),
        (
            "blocked by hand",
            {"event": "contact_updated", **ANA, **BLOCKED, **HAND},
            ["ana@shop.example brevo:blocklisted"],
        ),
        (
            "said at the top",
            {"event": "contact_updated", **ANA, "emailBlacklisted": True},
            ["ana@shop.example brevo:blocklisted"],
        ),
        (
            "unblocked by hand raises nothing",
            {"event": "contact_updated", **ANA, "content": [{"emailBlacklisted": False}]},
            [],
        ),
        ("a name changed", {"event": "contact_updated", **ANA, "content": {"FIRSTNAME": "Ana"}}, []),
        ("an echo", {"event": "contact_updated", **ANA, **BLOCKED, **PROGRAM}, []),
        (
            "several came onto lists",
            {"event": "list_addition", "email": ["a@b.example", "c@d.example"], "list_id": [5, 6]},
            ["a@b.example [5, 6]", "c@d.example [5, 6]"],
        ),
        ("onto one list", {"event": "list_addition", **ANA, "list_id": 5, **HAND}, ["ana@shop.example [5]"]),
        ("a program put them there", {"event": "list_addition", **ANA, "list_id": [5], **PROGRAM}, []),
        ("deleted there, which is no word of theirs", {"event": "contact_deleted", "email": ["ana@shop.example"]}, []),
        (
            "many at once",
            [{"event": "spam", **ANA}, {"event": "click", **ANA}, {"event": "unsubscribe", "email": "b@c.example"}],
            ["ana@shop.example brevo:spam", "b@c.example brevo:unsubscribed"],
        ),
        ("nobody is named", {"event": "unsubscribe"}, []),
        ("no address", {"event": "unsubscribe", "email": "ana"}, []),
        ("an event from the future", {"event": "later", **ANA}, []),
        ("nothing", {}, []),
    ],
)
def test_what_is_told_becomes(why: str, body: Any, expected: list[str]) -> None:
    assert told(body) == expected, why


@pytest.mark.parametrize("body", [b"", b"unsubscribe", b'"text"', b"[1]", b"{" * 100_000])
def test_what_is_no_notice_goes_to_quarantine(body: bytes) -> None:
    with pytest.raises(Unparseable):
        told(body)
    assert webhooks.topic(body) == "unknown"
    assert not webhooks.is_echo(body)


@pytest.mark.parametrize(
    ("why", "said", "expected"),
    [
        ("UTC seconds", {"ts_event": TS - 60, "ts": TS}, NOW - timedelta(minutes=1)),
        ("UTC milliseconds", {"ts_epoch": (TS - 60) * 1000}, NOW - timedelta(minutes=1)),
        ("local seconds, an hour ahead", {"ts": TS + 3600}, NOW),
        ("no time", {}, NOW),
        ("a wrong time", {"ts_event": "soon"}, NOW),
        ("a time of another century", {"ts_event": 5}, NOW),
    ],
)
def test_when_it_happened(why: str, said: dict[str, Any], expected: datetime) -> None:
    body = json.dumps({"event": "spam", **ANA, **said}).encode()
    row = InboxRow(1, 1, Lane.LIVE, RowKind.NOTICE, NOW, "", "", {}, body)
    (fact,) = webhooks.parse(row, StandardAddresses().email)
    assert fact.occurred_at == expected, why  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("why", "body", "is_echo"),
    [
        ("our own write", {"event": "contact_updated", **ANA, **PROGRAM}, True),
        ("a list we wrote to", {"event": "list_addition", **ANA, **PROGRAM}, True),
        ("nothing but such", [{"event": "contact_updated", **PROGRAM}, {"event": "list_addition", **PROGRAM}], True),
        ("by hand", {"event": "contact_updated", **ANA, **HAND}, False),
        ("before Brevo named keys", {"event": "contact_updated", **ANA}, False),
        ("one of them is no echo", [{"event": "contact_updated", **PROGRAM}, {"event": "spam", **ANA}], False),
        ("leaving is never one", {"event": "unsubscribe", **ANA, **PROGRAM}, False),
        ("nothing", [], False),
    ],
)
def test_echoes_are_known_at_the_door(why: str, body: Any, is_echo: bool) -> None:
    assert webhooks.is_echo(json.dumps(body).encode()) is is_echo, why


URL = "https://collect.example/webhooks/brevo/"


@pytest.fixture
def brevo() -> Brevo:
    return Brevo()


def exchange(brevo: Brevo) -> Exchange:
    return Exchange(session(brevo), BrevoAccount("brevo", DEFAULT_KEY, "https://brevo.example/v3"), NoMeter())


def there(brevo: Brevo) -> list[tuple[str, str, tuple[str, ...], str]]:
    return sorted(
        (one["type"], one["url"], tuple(sorted(one["events"])), one["auth"]["token"])
        for one in brevo.account.webhooks.values()
    )


def test_registering_tells_brevo_where_and_with_which_token(brevo: Brevo) -> None:
    assert not webhooks.registered(exchange(brevo), URL + "key")
    assert webhooks.register(exchange(brevo), URL + "key", "token", with_lists=False) == 2
    assert webhooks.registered(exchange(brevo), URL + "key")
    assert there(brevo) == [
        ("marketing", URL + "key", ("contactDeleted", "contactUpdated", "hardBounce", "spam", "unsubscribed"), "token"),
        ("transactional", URL + "key", ("blocked", "hardBounce", "invalid", "spam", "unsubscribed"), "token"),
    ]
    assert brevo.seen("violations")["count"] == 0


def test_registering_again_changes_only_what_differs(brevo: Brevo) -> None:
    webhooks.register(exchange(brevo), URL + "key", "token", with_lists=False)
    brevo.said("POST", "/webhooks", {"url": "https://other.example/x", "events": ["spam"], "type": "marketing"})
    assert webhooks.register(exchange(brevo), URL + "key", "token", with_lists=False) == 0
    assert webhooks.register(exchange(brevo), URL + "key", "token", with_lists=True) == 1, "lists are told, too"
    assert webhooks.register(exchange(brevo), URL + "other-key", "token", with_lists=True) == 2
    urls = sorted(one["url"] for one in brevo.account.webhooks.values())
    assert urls == [URL + "other-key", URL + "other-key", "https://other.example/x"], "only ours are replaced"
