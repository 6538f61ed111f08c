"""How often "days since the last order" is brought up to date for somebody for whom nothing else happens. Pure.

Every day for the first 120 days, when reminders to come back are sent by it; then once a week up to two years, then
once in 30 days: nobody makes a segment of the 731st day, and a daily write for everybody who ever bought grows for
ever. The days of the rarer ones are spread over the addresses, so that each day has its part.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from collector.domain.mapping import DAYS, rules

DAILY_UNTIL, WEEKLY_UNTIL = 120, 730  # days since the last order
EVERY_WEEK, EVERY_MONTH = 7, 30
AFTER_MIDNIGHT = timedelta(minutes=10)


def is_wanted(mapping: Mapping[str, str], platform: str) -> bool:
    """Whether any attribute moves by the day."""
    return any(rule.source.field == DAYS for rule in rules(mapping, platform))


def is_due(days: int, email: str, today: date) -> bool:
    if days <= DAILY_UNTIL:
        return True
    period = EVERY_WEEK if days <= WEEKLY_UNTIL else EVERY_MONTH
    return (today.toordinal() + zlib.crc32(email.encode())) % period == 0


def next_time(now: datetime, zone: ZoneInfo) -> datetime:
    """A little after the next midnight of the shop."""
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone).astimezone(UTC) + AFTER_MIDNIGHT
