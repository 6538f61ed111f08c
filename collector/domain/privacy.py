"""What platforms ask on behalf of people and merchants: hand over, erase one person, erase a whole shop.

A request is written down before it is answered, done by a job, and stays as a record: what was asked, when, for whom
(as a hash, once done), when it was done and what was deleted where.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from collector.domain.door import WebhookRequest

ANSWER_WITHIN = timedelta(days=30)  # what platforms and the GDPR give
EXPORT_KEPT = timedelta(days=30)  # the data of a data request, encrypted, for the merchant to fetch


class Asked(StrEnum):
    DATA = "data_request"  # what is held about a customer
    CUSTOMER = "customer_redact"  # erase a customer
    SHOP = "shop_redact"  # erase a shop
    UNCLEAR = "unclear"  # rightly signed, and not understood: a person has to look


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a request is about; nothing of it need be there. `said`: of an unclear one, what it said."""

    customer_id: str = ""
    email: str = ""
    phone: str = ""
    order_ids: tuple[str, ...] = ()
    said: str = ""


@dataclass(frozen=True, slots=True)
class PrivacyRequest:
    """One request as a platform makes it. `key` tells one from another; the same request delivered twice has one."""

    platform: str
    address: str  # of the shop, normalised
    asked: Asked
    key: str
    asked_at: datetime
    subject: Subject = field(default_factory=Subject, repr=False)


@dataclass(frozen=True, slots=True)
class Filed:
    """A request as it is kept. `subject` is empty once done, `mark` before. `outcome`: what was done or stands in the
    way."""

    id: int
    platform: str
    address: str
    asked: Asked
    asked_at: datetime
    due_at: datetime
    subject: Subject = field(repr=False)
    mark: str = ""
    done_at: datetime | None = None
    outcome: Mapping[str, Any] = field(default_factory=dict)
    has_export: bool = False

    def is_overdue(self, now: datetime) -> bool:
        return self.done_at is None and now > self.due_at


class RequestFiler(Protocol):
    def file(self, request: PrivacyRequest, received_at: datetime) -> bool:
        """Returns when it is on disk; False: it was there already. Raises StorageRefused."""
        ...


class PrivacyBook(RequestFiler, Protocol):
    """Each call is a transaction of its own."""

    def to_do(self, limit: int) -> Sequence[Filed]:
        """What is still to be done and was understood: what was not tried yet, then the oldest."""
        ...

    def waits(self, number: int, said: str) -> None:
        """Not done yet, and why."""
        ...

    def done(
        self, number: int, mark: str, at: datetime, outcome: Mapping[str, Any], export: Mapping[str, Any] | None = None
    ) -> None:
        """Whom it was about is forgotten; `mark`, a keyed hash, stays."""
        ...

    def forget_exports(self, before: datetime) -> int:
        """Those of requests done before then; how many."""
        ...


class PrivacySource(Protocol):
    """A platform whose webhooks bring such requests."""

    def privacy_request(self, request: WebhookRequest, now: datetime) -> PrivacyRequest | None:
        """What a webhook asks; None: it is about something else. Proves nothing: verify it first. Never raises."""
        ...
