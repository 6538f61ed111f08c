"""Times as text: UTC, milliseconds, fixed width, so that text order is time order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOT_YET = datetime(9999, 12, 31, tzinfo=UTC)  # sorts behind every real time


@lru_cache(maxsize=4096)  # the same few moments are written again and again within a batch
def to_text(moment: datetime) -> str:
    """`2026-11-21T12:00:00.000Z`. Anything finer than a millisecond is cut off."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def from_text(text: str) -> datetime:
    """The inverse of `to_text`."""
    return datetime.fromisoformat(text)


def from_ms(milliseconds: int) -> datetime:
    """Milliseconds since the epoch. Raises OverflowError outside years 1 to 9999."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def to_ms(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


def whole_ms(moment: datetime) -> datetime:
    """Cut to what `to_text` keeps, so that a value equals itself after a round trip through the database."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
