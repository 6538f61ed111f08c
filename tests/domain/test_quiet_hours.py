"""Quiet hours: over midnight, over the change of clocks, in whose zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.domain.quiet import quiet_until, zone_of
from collector.domain.shop import Policy

BERLIN = "Europe/Berlin"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def quiet(begin: str, end: str, zone: str = "shop") -> Policy:
    return Policy(quiet_from=time.fromisoformat(begin), quiet_to=time.fromisoformat(end), quiet_zone=zone)


NIGHT, NOON = quiet("21:00", "08:00"), quiet("12:00", "14:00")


@pytest.mark.parametrize(
    ("why", "policy", "zone", "now", "until"),
    [
        ("none are set", Policy(), "UTC", "2026-11-21 23:00", None),
        ("an empty stretch is none", quiet("08:00", "08:00"), "UTC", "2026-11-21 08:00", None),
        ("by day", NIGHT, "UTC", "2026-11-21 20:59", None),
        ("they begin", NIGHT, "UTC", "2026-11-21 21:00", "2026-11-22 08:00"),
        ("before midnight", NIGHT, "UTC", "2026-11-21 23:59", "2026-11-22 08:00"),
        ("after midnight", NIGHT, "UTC", "2026-11-22 00:00", "2026-11-22 08:00"),
        ("they end", NIGHT, "UTC", "2026-11-22 08:00", None),
        ("within one day", NOON, "UTC", "2026-11-21 13:59", "2026-11-21 14:00"),
        ("before them", NOON, "UTC", "2026-11-21 11:59", None),
        ("after them", NOON, "UTC", "2026-11-21 14:00", None),
        ("in the shop's zone", NIGHT, BERLIN, "2026-11-21 20:00", "2026-11-22 07:00"),
        ("and not yet there", NIGHT, "America/New_York", "2026-11-21 21:00", None),
        (
            "in a zone of their own",
            quiet("21:00", "08:00", BERLIN),
            "America/New_York",
            "2026-11-21 20:00",
            "2026-11-22 07:00",
        ),
        ("a zone nobody knows is UTC", NIGHT, "Middle/Earth", "2026-11-21 21:00", "2026-11-22 08:00"),
        ("a night that summer time shortens", NIGHT, BERLIN, "2026-03-28 23:00", "2026-03-29 06:00"),
        ("a night that winter time lengthens", NIGHT, BERLIN, "2026-10-24 23:00", "2026-10-25 07:00"),
        (
            "an end that summer time skips comes an hour later",
            quiet("21:00", "02:30"),
            BERLIN,
            "2026-03-29 00:00",
            "2026-03-29 01:30",
        ),
        (
            "an end that comes twice, the first time",
            quiet("21:00", "02:30"),
            BERLIN,
            "2026-10-25 00:10",
            "2026-10-25 00:30",
        ),
        ("in between", quiet("21:00", "02:30"), BERLIN, "2026-10-25 00:45", None),
        ("the second time", quiet("21:00", "02:30"), BERLIN, "2026-10-25 01:10", "2026-10-25 01:30"),
    ],
)
def test_when_it_is_night(why: str, policy: Policy, zone: str, now: str, until: str | None) -> None:
    assert quiet_until(utc(now), policy, zone) == (None if until is None else utc(until)), why


@given(
    st.integers(0, 2 * 365 * 24 * 60),
    st.times(),
    st.times(),
    st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
)
def test_an_end_is_always_ahead_and_within_a_day(minutes: int, begin: time, end: time, zone: str) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    until = quiet_until(now, Policy(quiet_from=begin, quiet_to=end), zone)
    assert until is None or now < until <= now + timedelta(hours=25)


@pytest.mark.parametrize("name", ["", "..", "/etc/passwd", "Europe", "x" * 300])
def test_a_name_that_is_no_zone_is_utc(name: str) -> None:
    assert zone_of(name).key == "UTC"
