"""RFC 3339 in and out: what Brevo reads in bodies and writes in answers."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def read(text: str) -> datetime | None:
    """An aware moment in UTC, or None when it is not RFC 3339 (a date alone is not)."""
    if not _RFC_3339.fullmatch(text):
        return None
    # Python reads at most microseconds.
    shortened = re.sub(r"(\.\d{6})\d+", r"\1", text.upper())
    try:
        return datetime.fromisoformat(shortened).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_day(text: str) -> datetime | None:
    """A query's `startDate`: RFC 3339, or YYYY-MM-DD meaning its first moment in UTC."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return read(f"{text}T00:00:00Z")
    return read(text)


def written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def utc_now() -> datetime:
    return datetime.now(UTC)
