"""The door's judgement of a request about personal data: request values in, answer and what to write down out.

Unlike other webhooks it is taken for shops that were switched off, removed or are not known any more: the platform
asks after the app is gone. What proves it is a signature, by the shop's own secret or the one of our app.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from collector.domain.door import Answer, WebhookRequest
from collector.domain.errors import InvalidSignature
from collector.domain.ports import Clock, Source
from collector.domain.privacy import PrivacyRequest, PrivacySource, RequestFiler
from collector.domain.shop import Shop
from collector.pipeline import answers


@dataclass(frozen=True, slots=True)
class PrivacyDoor:
    """What the door needs for it. `sources`, `app_secrets`: by platform; `gone`: a removed shop of the platform with
    this address or this key in its webhook address."""

    clock: Clock
    sources: dict[str, PrivacySource]
    app_secrets: dict[str, Sequence[str]]
    gone: Callable[[str, str, str], Shop | None]
    book: RequestFiler


@dataclass(frozen=True, slots=True)
class PrivacyVerdict:
    answer: Answer
    request: PrivacyRequest | None = None
    shop_id: int | None = None


def accept_privacy(
    received: WebhookRequest,
    asked: PrivacyRequest,
    shop: Shop | None,
    source: Source,
    app_secrets: Sequence[str],
    now: datetime,
) -> PrivacyVerdict:
    """`shop`: of the hook key in the path or of the address that headers and body name; None: nobody's."""
    shop_id = shop.id if shop is not None else None
    if received.is_oversize or len(received.body) > answers.LARGEST_WEBHOOK:
        return PrivacyVerdict(answers.webhook_too_large(), None, shop_id)
    if received.hook_key and shop is None:
        return PrivacyVerdict(answers.webhook_unknown_key())
    own = shop.secrets.signing(now) if shop is not None else ()
    try:
        source.verify(received, [*own, *app_secrets])
    except InvalidSignature:
        reason = "unknown_shop" if shop is None and not app_secrets else "bad_signature"
        return PrivacyVerdict(answers.webhook_refused(reason), None, shop_id)
    if shop is not None and asked.address != shop.address:
        return PrivacyVerdict(answers.webhook_refused("wrong_shop"), None, shop_id)
    return PrivacyVerdict(answers.webhook_ok("accepted"), asked, shop_id)
