"""When bulk work may run, by the shop's clock."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from collector.domain.off_peak import Window, opens_at

NIGHT = Window(time(1), time(6), "Europe/Berlin")
NOWHERE = Window(time(1), time(6), "Mars/Base")
OVER_MIDNIGHT = Window(time(22), time(4), "Europe/Berlin")
SKIPPED = Window(time(2, 30), time(5), "Europe/Berlin")  # on 2026-03-29 the clocks go from 2 to 3


def utc(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("why", "window", "now", "expected"),
    [
        ("in the afternoon: tonight", NIGHT, utc(2026, 11, 21, 14), utc(2026, 11, 22, 0)),
        ("just before", NIGHT, utc(2026, 11, 21, 23, 59), utc(2026, 11, 22, 0)),
        ("as it opens", NIGHT, utc(2026, 11, 22, 0), None),
        ("within", NIGHT, utc(2026, 11, 22, 4, 59), None),
        ("as it closes: tomorrow", NIGHT, utc(2026, 11, 22, 5), utc(2026, 11, 23, 0)),
        ("summer time", NIGHT, utc(2026, 7, 1, 12), utc(2026, 7, 1, 23)),
        ("over midnight, before it", OVER_MIDNIGHT, utc(2026, 11, 21, 20), utc(2026, 11, 21, 21)),
        ("over midnight, in the evening", OVER_MIDNIGHT, utc(2026, 11, 21, 22), None),
        ("over midnight, in the morning", OVER_MIDNIGHT, utc(2026, 11, 22, 2), None),
        ("a start that does not exist", SKIPPED, utc(2026, 3, 29, 0, 30), utc(2026, 3, 29, 1, 30)),
        ("the whole day", Window(time(3), time(3), "UTC"), utc(2026, 11, 21, 14), None),
        (
            "a zone nobody knows is UTC",
            Window(time(1), time(6), "Mars/Base"),
            utc(2026, 11, 21, 14),
            utc(2026, 11, 22, 1),
        ),
    ],
)
def test_when_it_opens(why: str, window: Window, now: datetime, expected: datetime | None) -> None:
    assert opens_at(window, now) == expected, why
