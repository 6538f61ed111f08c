"""When a message is tried again: a table, and what holds for all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.domain.errors import DeliveryFailed, OutcomeUnknown, Remedy
from collector.domain.retries import (
    GIVE_UP_AFTER,
    LONGEST,
    Trouble,
    concerns_all,
    free_again,
    from_json,
    next_attempt,
    remembered,
    to_json,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def failed(reason: str = "http_500", wait_s: float | None = None) -> DeliveryFailed:
    return DeliveryFailed("x", remedy=Remedy.RETRY, reason=reason, retry_after_s=wait_s)


@pytest.mark.parametrize(
    ("why", "failures", "failure", "jitter", "wait_s"),
    [
        ("the first time", 1, failed(), 0, 10),
        ("the second", 2, failed(), 0, 20),
        ("shortened by a quarter at most", 2, failed(), 1, 15),
        ("never longer than an hour", 30, failed(), 0, 3600),
        ("it may have arrived: at once", 1, OutcomeUnknown("x"), 0, 0),
        ("again: no longer at once", 2, OutcomeUnknown("x"), 0, 20),
        ("asked to wait longer", 1, failed(wait_s=300), 0, 300),
        ("asked to wait shorter", 5, failed(wait_s=1), 0, 160),
        ("asked to wait for ever", 1, failed(wait_s=1e9), 0, 900),
    ],
)
def test_when_it_is_tried_again(why: str, failures: int, failure: DeliveryFailed, jitter: float, wait_s: float) -> None:
    due_at = next_attempt(Trouble(failures, NOW), failure, NOW, jitter)
    assert due_at == NOW + timedelta(seconds=wait_s), why


def test_after_three_days_it_is_dead() -> None:
    long_ago = Trouble(80, NOW - GIVE_UP_AFTER)
    assert next_attempt(long_ago, failed(), NOW, 0) is None
    assert next_attempt(long_ago, failed(), NOW - timedelta(seconds=1), 0) is not None


@pytest.mark.parametrize(
    ("why", "failure", "expected"),
    [
        ("nobody there", failed("unreachable"), True),
        ("failing", failed("http_503"), True),
        ("silent", OutcomeUnknown("x"), True),
        ("about this message", failed("list_missing"), False),
        ("about this account, and soon over", failed("http_425"), False),
    ],
)
def test_what_others_would_meet_too(why: str, failure: DeliveryFailed, expected: bool) -> None:
    assert concerns_all(failure) is expected, why


moments = st.none() | st.integers(0, 10**9).map(lambda ms: NOW + timedelta(milliseconds=ms))
troubles = st.builds(Trouble, st.integers(0, 99), moments, moments, st.booleans())


@given(troubles, troubles)
def test_trouble_survives_the_outbox_and_replaces_what_stood_there(one: Trouble, other: Trouble) -> None:
    assert from_json(to_json(one)) == one
    kept = remembered({"steps": [1], **to_json(other)}, one)
    assert from_json(kept) == one
    assert kept["steps"] == [1]


@given(st.integers(1, 500), st.floats(0, 1), st.none() | st.floats(-5, 1e6))
def test_it_is_always_later_and_never_much(failures: int, jitter: float, wait_s: float | None) -> None:
    due_at = next_attempt(Trouble(failures, NOW), failed(wait_s=wait_s), NOW, jitter)
    assert due_at is not None
    assert NOW < due_at <= NOW + LONGEST
    assert free_again(failed(wait_s=wait_s), NOW, jitter) >= NOW + timedelta(seconds=1)
