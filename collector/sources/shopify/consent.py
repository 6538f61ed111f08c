"""What Shopify records about being messaged, as entries for the ledger.

Bodies before API 2025-01 carry it in the customer; since then it has topics of its own. Still older
bodies have only `accepts_marketing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from collector.domain.events import MessageConsent
from collector.sources.shopify import fields
from collector.sources.shopify.fields import Json, Reader

# `not_subscribed` is nobody's act; `redacted` and `invalid` say the address is gone or unusable.
STATES = {
    "subscribed": "opted_in",
    "unsubscribed": "opted_out",
    "pending": "pending",  # asked to confirm, has not yet
    "not_subscribed": "none",
    "redacted": "none",
    "invalid": "none",
}
RAISING = ("opted_in", "pending")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose consent, to what: an address or number on a channel."""

    kind: str  # email | phone
    value: str  # "": not known, so there is nothing to record
    channel: str  # email | sms


def of_customer(reader: Reader, customer: Json, customer_id: str, email: str, phone: str) -> list[MessageConsent]:
    """The states a customer record carries."""
    version_at = reader.version(customer)
    raised_at = reader.moment(customer, "created_at") or version_at
    to_mail = fields.mapping(customer.get("email_marketing_consent")) or _of_older_body(customer)
    to_sms = fields.mapping(customer.get("sms_marketing_consent"))
    return [
        *recorded(reader, to_mail, Subject("email", email, "email"), customer_id, raised_at, version_at),
        *recorded(reader, to_sms, Subject("phone", phone, "sms"), customer_id, raised_at, version_at),
    ]


def recorded(
    reader: Reader,
    consent: Json,
    subject: Subject,
    customer_id: str,
    raised_at: datetime,
    lowered_at: datetime,
) -> list[MessageConsent]:
    """The entry for one consent object: [] when it states nothing.

    Without `consent_updated_at` a yes counts from `raised_at`, the earliest it can be from: every later
    version of the record repeats it, and must not look newer than somebody's no. A no counts from
    `lowered_at`.
    """
    stated = fields.text(consent.get("state"), limit=50).lower()
    if not stated or not subject.value:
        return []
    state = STATES.get(stated, "none")
    level = fields.text(consent.get("opt_in_level"), limit=50).lower()
    moment = reader.moment(consent, "consent_updated_at")
    return [
        MessageConsent(
            occurred_at=moment or (raised_at if state in RAISING else lowered_at),
            subject_kind=subject.kind,
            subject=subject.value,
            channel=subject.channel,
            state=state,
            act=f"customer:{customer_id}",
            source="shopify",
            detail=f"{stated} {level}".strip(),
        )
    ]


def _of_older_body(customer: Json) -> Json:
    """`accepts_marketing`, said in the words of today; {} where the body has neither."""
    accepts = fields.boolean(customer.get("accepts_marketing"))
    if accepts is None:
        return {}
    return {
        "state": "subscribed" if accepts else "not_subscribed",
        "consent_updated_at": customer.get("accepts_marketing_updated_at"),
    }


def ticked(subject: Subject, accepts: bool | None, act: str, moment: datetime) -> list[MessageConsent]:
    """The opt-in box of a checkout. Unticked is no opt-out: it takes back an earlier tick of the same act."""
    if accepts is None or not subject.value:
        return []
    return [
        MessageConsent(
            occurred_at=moment,
            subject_kind=subject.kind,
            subject=subject.value,
            channel=subject.channel,
            state="opted_in" if accepts else "unticked",
            act=act,
            source="checkout",
        )
    ]
