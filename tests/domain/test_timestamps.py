"""Times as text of fixed width: text order is time order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.domain.timestamps import NOT_YET, from_ms, from_text, to_ms, to_text, whole_ms

moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("why", "moment", "text"),
    [
        ("whole seconds keep their zeros", datetime(2026, 11, 21, 12, tzinfo=UTC), "2026-11-21T12:00:00.000Z"),
        (
            "finer than a millisecond is cut, not rounded",
            datetime(2026, 11, 21, 12, 0, 0, 999_999, tzinfo=UTC),
            "2026-11-21T12:00:00.999Z",
        ),
        (
            "another zone becomes UTC",
            datetime(2026, 11, 21, 12, tzinfo=timezone(timedelta(hours=2))),
            "2026-11-21T10:00:00.000Z",
        ),
        ("long ago has the same width", datetime(33, 4, 3, tzinfo=UTC), "0033-04-03T00:00:00.000Z"),
    ],
)
def test_a_moment_as_text(why: str, moment: datetime, text: str) -> None:
    assert to_text(moment) == text, why


@given(moments, moments)
def test_text_order_is_time_order(one: datetime, other: datetime) -> None:
    assert (to_text(one) < to_text(other)) == (whole_ms(one) < whole_ms(other))
    assert to_text(one) < to_text(NOT_YET)


@given(moments)
def test_whole_milliseconds_survive_every_round_trip(moment: datetime) -> None:
    whole = whole_ms(moment)
    assert from_text(to_text(moment)) == whole
    assert from_ms(to_ms(moment)) == whole
    assert whole_ms(whole) == whole


def test_milliseconds_before_1970_are_earlier() -> None:
    assert from_ms(-1) < from_ms(0)
    assert to_ms(from_ms(-1)) == -1


@pytest.mark.parametrize("milliseconds", [10**18, -(10**18)])
def test_a_moment_outside_the_calendar_is_refused(milliseconds: int) -> None:
    with pytest.raises(OverflowError):
        from_ms(milliseconds)
