"""Products and coupons that are to go live at a time of their own: their `date_created_gmt` while they are `future`.

WordPress then changes the status and nothing else: no new date of change, and no webhook before WooCommerce 10.8
(`product.published`; for coupons never). So they are read again a moment after that time. Its cron runs when somebody
visits the shop: one that is late is looked at again and again, ever more seldom.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from collector.domain.errors import Unparseable
from collector.sources.woocommerce.parse_values import moment, text

SCHEDULED = "future"
MOMENT = timedelta(minutes=1)
LATE_LOOKS, EARLY_LOOKS = timedelta(days=1), timedelta(days=365)  # one of them at least so often


def look_again_at(body: Mapping[str, Any], asked_at: datetime) -> datetime | None:
    """When to read a product or coupon again that was as in `body` at that time; None: it is not scheduled."""
    if text(body.get("status"), 50).lower() != SCHEDULED:
        return None
    try:
        live_at = moment(body, "date_created_gmt")
    except Unparseable:  # nobody can say when
        return None
    if live_at is None:
        return None
    ahead = live_at - asked_at
    if ahead > timedelta(0):
        return asked_at + min(ahead + MOMENT, EARLY_LOOKS)
    return asked_at + min(max(-ahead, MOMENT), LATE_LOOKS)
