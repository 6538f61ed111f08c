"""Versions of a platform's checkout: which of two with the same time is the later one."""

from __future__ import annotations

import hashlib
import json

from collector.domain.events import CheckoutSeen
from collector.domain.items import items_to_json


def content_hash(seen: CheckoutSeen) -> str:
    """Equal for two reports of the same cart, content and contact."""
    said = [
        items_to_json(seen.items or ()),
        seen.cart_token,
        seen.visitor_id,
        seen.currency,
        seen.total_minor,
        seen.email,
        seen.phone,
        seen.customer_id,
        seen.recovery_url,
        seen.accepts_marketing,
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]
