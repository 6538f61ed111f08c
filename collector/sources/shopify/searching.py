"""Words of Shopify's search: which records changed or were placed in a stretch of time."""

from __future__ import annotations

from datetime import UTC, datetime

from collector.domain.syncing import ORDERS


def changed(since: datetime, until: datetime) -> str:
    return f"updated_at:>='{_moment(since)}' updated_at:<'{_moment(until)}'"


def history(resource: str, since: datetime | None) -> str | None:
    """Orders by when they were placed; customers and products by their last change, which nothing newer can miss."""
    if since is None:
        return None
    return f"{'created_at' if resource == ORDERS else 'updated_at'}:>='{_moment(since)}'"


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
