"""What the doors see, answer and keep: plain values, so that the judgement over them is pure.

A door reads a request into `BeaconRequest` or `WebhookRequest`, asks `pipeline.accept`, appends the row
it gets (if any), and only then gives the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Lane(StrEnum):
    """live: shoppers and webhooks now; history: imports, which never start a message."""

    LIVE = "live"
    HISTORY = "history"


class RowKind(StrEnum):
    BEACON = "beacon"
    WEBHOOK = "webhook"
    NOTICE = "notice"  # a destination's account tells what happened there: one row for each shop that uses it
    DENIAL = "denial"  # a visitor said no: only the visitor id is kept, to discard what was unsent


class Drop(StrEnum):
    """Why a beacon was answered 204 and not kept. The same words stand in the header, counters and logs."""

    DISABLED = "disabled"
    BOT = "bot"
    PREVIEW = "preview"
    UNKNOWN_HOST = "unknown_host"
    CONSENT_DENIED = "consent_denied"
    CONSENT_UNKNOWN = "consent_unknown"


@dataclass(frozen=True, slots=True)
class BeaconRequest:
    """One POST /c/<site_key>. `headers` has lower-case names; `body` the raw bytes (door refuses > 64 KiB
    by Content-Length before reading; `is_oversize` says so). `network` is the /24 or /64 of the client,
    never stored."""

    site_key: str
    headers: Mapping[str, str]
    body: bytes
    network: str = ""
    is_oversize: bool = False
    retry_after_s: int | None = None  # the limiter's verdict; None: within limits
    proxied_customer: str | None = None  # the platform handed it on and vouches for who is logged in ("": nobody)


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One POST /webhooks/<platform>[/<hook_key>]. `hook_key` "" when the shop is proposed by a header."""

    platform: str
    hook_key: str
    headers: Mapping[str, str]
    body: bytes
    is_oversize: bool = False


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row for the inbox. `facts` is what the door judged and what a later parse needs beside the body
    (user_agent, identity strength, flags, api_version, triggered_at, …): small, JSON."""

    shop_id: int
    lane: Lane
    kind: RowKind
    received_at: datetime
    body: bytes
    topic: str = ""
    delivery_id: str = ""  # webhooks: what tells one delivery from another (with topic and shop)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A row as the fold reads it."""

    id: int
    shop_id: int
    lane: Lane
    kind: RowKind
    received_at: datetime
    topic: str
    delivery_id: str
    facts: Mapping[str, Any]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. `reason` is the closed-list word that is counted (accepted, bot, bad_signature, …)."""

    status: int
    reason: str
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, and the row that must be on disk before it is given (None: nothing to keep)."""

    answer: Answer
    row: NewRow | None = None
    shop_id: int | None = None  # whom to count it for
