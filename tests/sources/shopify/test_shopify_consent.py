"""Which recorded states become which entries of the ledger, and when they count from."""

from __future__ import annotations

from typing import Any

import pytest

from collector.domain.events import MessageConsent
from collector.domain.timestamps import to_text

from .shopify_rows import body_of, facts_of

CREATED, VERSION = "2026-11-01T08:00:00.000Z", "2026-11-20T10:00:00.000Z"
ACT = "2026-11-10T09:00:00.000Z"


def of_customer(**change: Any) -> list[tuple[str, str, str]]:
    body = {
        "id": 1,
        "email": "a@example.com",
        "phone": "+4915123456789",
        "created_at": CREATED,
        "updated_at": VERSION,
    }
    facts = facts_of("customers/update", body | change)
    return [(fact.channel, fact.state, to_text(fact.occurred_at)) for fact in facts if isinstance(fact, MessageConsent)]


def mail(state: str, at: str | None = ACT) -> dict[str, Any]:
    return {"email_marketing_consent": {"state": state, "opt_in_level": None, "consent_updated_at": at}}


@pytest.mark.parametrize(
    ("why", "change", "expected"),
    [
        ("today's bodies say nothing", {}, []),
        ("a yes", mail("subscribed"), [("email", "opted_in", ACT)]),
        ("a no", mail("unsubscribed"), [("email", "opted_out", ACT)]),
        ("asked, not confirmed", mail("PENDING"), [("email", "pending", ACT)]),
        ("never asked", mail("not_subscribed"), [("email", "none", ACT)]),
        ("erased", mail("redacted"), [("email", "none", ACT)]),
        ("no mailbox", mail("invalid"), [("email", "none", ACT)]),
        ("a word of tomorrow is no yes", mail("enchanted"), [("email", "none", ACT)]),
        ("a yes without its time does not look new", mail("subscribed", None), [("email", "opted_in", CREATED)]),
        (
            "a no without its time counts from this version",
            mail("unsubscribed", None),
            [("email", "opted_out", VERSION)],
        ),
        ("no address, no entry", mail("subscribed") | {"email": None}, []),
        (
            "by text message",
            {"sms_marketing_consent": {"state": "subscribed", "consent_updated_at": ACT}},
            [("sms", "opted_in", ACT)],
        ),
        ("2019: yes", {"accepts_marketing": True, "accepts_marketing_updated_at": ACT}, [("email", "opted_in", ACT)]),
        (
            "2019: not a yes",
            {"accepts_marketing": False, "accepts_marketing_updated_at": ACT},
            [("email", "none", ACT)],
        ),
        (
            "2022 has both: the finer one counts",
            {"accepts_marketing": True, **mail("unsubscribed")},
            [("email", "opted_out", ACT)],
        ),
        ("withheld", {"email_marketing_consent": None, "sms_marketing_consent": None}, []),
    ],
)
def test_consent_of_a_customer(why: str, change: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    assert of_customer(**change) == expected


@pytest.mark.parametrize(
    ("why", "change", "states"),
    [
        ("ticked", {}, ["email opted_in", "sms opted_in"]),
        (
            "unticked again takes the tick back",
            {"buyer_accepts_marketing": False},
            ["email unticked", "sms opted_in"],
        ),
        ("the box is not there", {"buyer_accepts_marketing": None, "buyer_accepts_sms_marketing": None}, []),
        ("nothing typed yet", {"email": None, "sms_marketing_phone": None}, []),
    ],
)
def test_the_boxes_of_a_checkout(why: str, change: dict[str, Any], states: list[str]) -> None:
    facts = facts_of("checkouts/update", body_of("checkouts__update") | change)
    assert [f"{fact.channel} {fact.state}" for fact in facts if isinstance(fact, MessageConsent)] == states


@pytest.mark.parametrize(
    ("topic", "change"),
    [
        ("customers_email_marketing_consent/update", {"email_address": None}),
        ("customers_email_marketing_consent/update", {"email_marketing_consent": None}),
        ("customers_marketing_consent/update", {"phone": ""}),
    ],
)
def test_a_consent_of_nobody_or_nothing_is_no_entry(topic: str, change: dict[str, Any]) -> None:
    assert facts_of(topic, body_of(topic.replace("/", "__")) | change) == []
