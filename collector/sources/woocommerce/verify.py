"""Did this shop send it? And the one unsigned hello that is answered without asking."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from collector.domain.door import WebhookRequest
from collector.domain.errors import InvalidSignature
from collector.domain.signatures import matches_base64

SIGNATURE = "x-wc-webhook-signature"
PING = re.compile(rb"webhook_id=[0-9]{1,20}")
# Bodies with a state and a version in them. The others ({"id": 36}, {"action": …}) look the same every time.
VERSIONED = (".created", ".updated", ".restored", ".published")


def verify(request: WebhookRequest, secrets: Sequence[str]) -> None:
    """base64 of HMAC-SHA256 over the raw bytes, under any of the secrets. Raises InvalidSignature.

    Source: WooCommerce 10.5 `WC_Webhook::generate_signature`; every recorded delivery verifies so.
    """
    given = request.headers.get(SIGNATURE, "")
    if not given:
        raise InvalidSignature("X-WC-Webhook-Signature is missing")
    if not matches_base64(secrets, request.body, given):
        raise InvalidSignature("X-WC-Webhook-Signature does not fit the body")


def is_ping(request: WebhookRequest) -> bool:
    """The form post `webhook_id=<n>` that WooCommerce sends, unsigned, when a webhook is saved.

    It wants exactly 200: any other answer repeats it after every later delivery.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return (
        kind == "application/x-www-form-urlencoded"
        and SIGNATURE not in request.headers
        and PING.fullmatch(request.body.strip()) is not None
    )


def describe(request: WebhookRequest) -> tuple[str, str, dict[str, Any]]:
    """(topic, delivery id, facts). The delivery id is ours, a hash of webhook id, topic and body.

    X-WC-Webhook-Delivery-ID is a hash of webhook id and second: eleven products changed in one second had
    one id between them. It is only taken in where a body cannot tell two happenings apart: trashing the
    same order twice sends the same `{"id": 36}`.
    """
    headers = request.headers
    topic = headers.get("x-wc-webhook-topic", "")[:200]
    webhook_id = headers.get("x-wc-webhook-id", "")[:50]
    delivery = headers.get("x-wc-webhook-delivery-id", "")[:100]
    named = "" if topic.endswith(VERSIONED) else delivery
    digest = hashlib.sha256("\n".join((webhook_id, topic, named, "")).encode(errors="replace"))
    digest.update(request.body)
    source = headers.get("x-wc-webhook-source", "")[:500]
    return topic, digest.hexdigest(), {"webhook_id": webhook_id, "source": source, "delivery": delivery}
