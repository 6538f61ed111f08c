"""The marketing box of the checkout, as an order's meta carries it.

Ticked is a recorded act. Not ticked takes back a tick of the same checkout and is never an opt-out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collector.domain.events import MessageConsent
from collector.sources.woocommerce.parse_values import is_yes

BOX = re.compile(r"_tajo_opt_in|_wc_other/[^/]+/marketing-opt-in")
# Copies of an order (renewals, duplicates made by staff) carry the box of the order they were copied from;
# reading it again would bring back somebody who has unsubscribed since.
SHOWED_THE_BOX = {"checkout", "store-api", "rest-api"}


def box_of(order_meta: Mapping[str, Any]) -> bool | None:
    """Whether one of the boxes is ticked; None when the order has none."""
    boxes = [is_yes(value) for key, value in order_meta.items() if BOX.fullmatch(key)]
    return any(boxes) if boxes else None


def order_consent(order_id: str, email: str, ticked: bool | None, created_at: datetime) -> MessageConsent | None:
    """What a placed order proves."""
    if not (email and ticked):
        return None
    return _consent(email, "opted_in", f"order:{order_id}", created_at)


def checkout_consent(order_id: str, email: str, ticked: bool | None, at: datetime) -> MessageConsent | None:
    """What a checkout says so far; the shopper may still change it."""
    if not email or ticked is None:
        return None
    return _consent(email, "opted_in" if ticked else "unticked", f"checkout:order:{order_id}", at)


def _consent(email: str, state: str, act: str, at: datetime) -> MessageConsent:
    return MessageConsent(
        occurred_at=at,
        subject_kind="email",
        subject=email,
        channel="email",
        state=state,
        act=act,
        source="checkout",
    )
