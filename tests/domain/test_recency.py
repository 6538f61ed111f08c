"""How often the days since somebody's last order are told anew."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from collector.domain.recency import is_due, is_wanted, next_time

START = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("why", "days_ago", "of_a_year"),
    [
        ("somebody who bought today", 0, 364),
        ("the last day of daily", 120, 364),
        ("a while ago", 121, 52),
        ("two years ago", 730, 52),
        ("long ago", 731, 12),
    ],
)
def test_the_longer_ago_the_rarer(why: str, days_ago: int, of_a_year: int) -> None:
    told = sum(is_due(days_ago, "ana@shop.example", START + timedelta(days=day)) for day in range(364))
    assert abs(told - of_a_year) <= 1, why


def test_the_rarer_ones_are_spread_over_the_days() -> None:
    told = [
        sum(is_due(200, f"c{n}@shop.example", START + timedelta(days=day)) for n in range(7000)) for day in range(7)
    ]
    assert sum(told) == 7000
    assert max(told) < 1200


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        ("Europe/Berlin", datetime(2026, 11, 22, 22, 30, tzinfo=UTC), datetime(2026, 11, 22, 23, 10, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 11, 22, 23, 30, tzinfo=UTC), datetime(2026, 11, 23, 23, 10, tzinfo=UTC)),
        ("Pacific/Auckland", datetime(2026, 11, 22, 12, 0, tzinfo=UTC), datetime(2026, 11, 23, 11, 10, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 11, 22, 12, 0, tzinfo=UTC), datetime(2026, 11, 23, 8, 10, tzinfo=UTC)),
    ],
)
def test_a_day_begins_where_the_shop_is(zone: str, now: datetime, expected: datetime) -> None:
    assert next_time(now, ZoneInfo(zone)) == expected


def test_only_a_mapping_that_uses_it_wants_it() -> None:
    assert is_wanted({"days_since_last_order": "RECENCY"}, "shopify")
    assert not is_wanted({}, "shopify")
    assert not is_wanted({"last_order_date": "LAST_ORDER_DATE"}, "shopify")
