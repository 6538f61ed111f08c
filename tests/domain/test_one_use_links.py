"""Links that are good once: what one opens, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from collector.domain.one_use_links import DASHBOARD, LINK_LIVES, OneUseLink, Standing, standing

MADE = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FRESH = OneUseLink(1, DASHBOARD, "", MADE + LINK_LIVES)
USED = replace(FRESH, used_at=MADE)


@pytest.mark.parametrize(
    ("why", "link", "purpose", "after", "expected"),
    [
        ("fresh", FRESH, DASHBOARD, timedelta(), Standing.GOOD),
        ("at its last moment", FRESH, DASHBOARD, timedelta(minutes=15, microseconds=-1), Standing.GOOD),
        ("at its end", FRESH, DASHBOARD, timedelta(minutes=15), Standing.EXPIRED),
        ("used", USED, DASHBOARD, timedelta(seconds=1), Standing.USED),
        ("used and old: that it was used says more", USED, DASHBOARD, timedelta(days=1), Standing.USED),
        ("for something else", FRESH, "shopify", timedelta(), Standing.UNKNOWN),
        ("for something else, and used: nothing is told of it", USED, "shopify", timedelta(), Standing.UNKNOWN),
        ("none", None, DASHBOARD, timedelta(), Standing.UNKNOWN),
    ],
)
def test_a_link_opens_one_thing_once_for_a_while(
    why: str, link: OneUseLink | None, purpose: str, after: timedelta, expected: Standing
) -> None:
    assert standing(link, purpose, MADE + after) is expected, why
