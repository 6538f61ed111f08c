"""Times in questions to WooCommerce, with their traps: `after`, `modified_after` and their opposites are exclusive and
count whole seconds. A zone together with `dates_are_gmt` shifts a time by the shop's offset: so UTC, without any."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from collector.domain.errors import Unparseable
from collector.sources.woocommerce.parse_values import version_at

SECOND = timedelta(seconds=1)


def placed_from(since: datetime) -> dict[str, str]:
    """Made in this second or later."""
    return {"after": _text(_second(since) - SECOND), "dates_are_gmt": "true"}


def changed_from(since: datetime) -> dict[str, str]:
    """Changed in this second or later."""
    return {"modified_after": _text(_second(since) - SECOND), "dates_are_gmt": "true"}


def changed_between(since: datetime, until: datetime) -> dict[str, str]:
    """Changed from the second of `since` until before that of `until`."""
    return {**changed_from(since), "modified_before": _text(_second(until))}


def is_from(record: Mapping[str, Any], since: datetime) -> bool:
    """The same by the record itself, for lists that cannot be asked so."""
    changed_at = version_of(record)
    return changed_at is not None and changed_at >= _second(since)


def is_between(record: Mapping[str, Any], since: datetime, until: datetime) -> bool:
    changed_at = version_of(record)
    return changed_at is not None and _second(since) <= changed_at < _second(until)


def version_of(record: Mapping[str, Any]) -> datetime | None:
    """None for what says no time we can read: then it cannot be taken in either."""
    try:
        return version_at(record)
    except Unparseable:
        return None


def _second(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}"
