"""Errors in place of records.

A correctly signed body can be an error object: WooCommerce builds bodies late, as the webhook's owner, and sends what
its REST API answers then: the order is gone, or the owner may no longer read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collector.domain.door import InboxRow
from collector.domain.shop_facts import ErrorSent
from collector.sources.woocommerce.parse_values import as_object, text

NO_RIGHTS = ("401", "403")  # `data.status`


def error_code(body: Mapping[str, Any]) -> str:
    """The shop's word for what was wrong; "" for a record. A coupon has a code, too, and an id."""
    if "code" not in body or "id" in body:
        return ""
    return text(body["code"], 200) or "unknown"


def error_sent(row: InboxRow, body: Mapping[str, Any], code: str) -> ErrorSent:
    status = text(as_object(body.get("data")).get("status"))
    return ErrorSent(
        occurred_at=row.received_at,
        webhook_id=text(row.facts.get("webhook_id"), 50),
        topic=row.topic,
        code=code,
        needs_rights=status in NO_RIGHTS or is_about_rights(code),
    )


def is_about_rights(code: str) -> bool:
    return code.endswith("_cannot_view") or code.startswith("rest_forbidden")
