"""When bulk work begins, how it is looked after, and how it is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from collector.domain.history import Waiting
from collector.pipeline.history.planning import in_words, is_cheaper_alone, is_gathering, is_ready, next_look
from tests.pipeline.row_builders import at


@pytest.mark.parametrize(
    ("why", "waiting", "is_reading", "expected"),
    [
        ("nothing waits", Waiting(), False, False),
        ("a moment ago: more may come", Waiting(5, oldest_at=at(-0.1), newest_at=at(-0.1)), False, False),
        ("quiet since half a minute", Waiting(5, oldest_at=at(-1), newest_at=at(-0.5)), False, True),
        (
            "quiet, but rows of the import wait to be folded",
            Waiting(5, oldest_at=at(-1), newest_at=at(-1)),
            True,
            False,
        ),
        ("half an hour is long enough", Waiting(5, oldest_at=at(-30), newest_at=at(0)), True, True),
        ("enough for a call of its own", Waiting(30_000, 0, 20_000, 0, at(0), at(0)), False, True),
        ("but its orders are still being read", Waiting(30_000, 0, 20_000, 0, at(0), at(0)), True, False),
    ],
)
def test_when_what_waits_leaves(why: str, waiting: Waiting, is_reading: bool, expected: bool) -> None:
    assert is_ready(waiting, is_reading, at(0)) is expected, why


@pytest.mark.parametrize(
    ("why", "waiting", "is_reading", "expected"),
    [
        ("nothing waits", Waiting(), True, False),
        ("more is about to come", Waiting(5, oldest_at=at(-29), newest_at=at(0)), True, True),
        ("half an hour is long enough", Waiting(5, oldest_at=at(-30), newest_at=at(0)), True, False),
        ("nothing more comes", Waiting(5, oldest_at=at(-1), newest_at=at(0)), False, False),
    ],
)
def test_what_is_looked_at_later(why: str, waiting: Waiting, is_reading: bool, expected: bool) -> None:
    assert is_gathering(waiting, is_reading, at(0)) is expected, why


@pytest.mark.parametrize(
    ("why", "contacts", "at_destination", "is_read", "expected"),
    [
        ("a look costs one of a hundred calls an hour", 20, 0, True, True),
        ("more than a few", 21, 0, True, False),
        ("in a large account they are cheaper one by one", 500, 5_000_000, False, True),
        ("unless it is read already", 500, 5_000_000, True, False),
        ("many", 5_000, 1_000_000, False, False),
    ],
)
def test_when_contacts_are_told_one_by_one(
    why: str, contacts: int, at_destination: int, is_read: bool, expected: bool
) -> None:
    assert is_cheaper_alone(contacts, at_destination, is_read) is expected, why


def test_an_import_is_looked_at_after_a_minute_and_then_ever_more_seldom() -> None:
    waits = [(next_look(looks, at(0)) - at(0)).total_seconds() for looks in (0, 1, 2, 5, 50)]
    assert waits == [60, 90, 135, 455.625, 900]


@pytest.mark.parametrize(
    ("seconds", "words"), [(10, "less than a minute"), (90, "2 min"), (3600, "1 h 0 min"), (5999, "1 h 40 min")]
)
def test_how_long_it_takes_in_words(seconds: int, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words
