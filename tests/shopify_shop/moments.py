"""Moments as Shopify's GraphQL writes them."""

from __future__ import annotations

from datetime import UTC, datetime


def text(moment: datetime) -> str:
    """As GraphQL writes it: UTC, whole seconds. Sorts as text."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
