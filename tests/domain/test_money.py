"""Amounts become whole minor units, or are refused."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.domain.money import LARGEST_MINOR, to_minor, to_text


@pytest.mark.parametrize(
    ("why", "amount", "exponent", "minor"),
    [
        ("euros", "12.50", 2, 1250),
        ("yen have no decimals", "1200", 0, 1200),
        ("yen written with decimals", "1200.00", 0, 1200),
        ("dinars have three", "1.234", 3, 1234),
        ("nothing", "0", 2, 0),
        ("given back", "-5.00", 2, -500),
        ("half a cent goes up", "0.005", 2, 1),
        ("less than half goes down", "0.00499", 2, 0),
        ("half a cent given back goes up, too", "-0.005", 2, -1),
        ("half a yen goes up", "0.5", 0, 1),
        ("a float as JSON had it", 12.5, 2, 1250),
        ("a float that is not exact", 0.1 + 0.2, 2, 30),
        ("a whole number", 7, 2, 700),
        ("a decimal", Decimal("19.99"), 2, 1999),
        ("spaces around", " 3.10 ", 2, 310),
        ("written with an exponent", "1E2", 2, 10_000),
        ("the largest", str(LARGEST_MINOR), 0, LARGEST_MINOR),
    ],
)
def test_an_amount_becomes_minor_units(
    why: str, amount: str | int | float | Decimal, exponent: int, minor: int
) -> None:
    assert to_minor(amount, exponent) == minor, why


@pytest.mark.parametrize(
    ("why", "amount"),
    [
        ("empty", ""),
        ("words", "free"),
        ("a comma", "12,50"),
        ("a currency sign", "€5"),
        ("two points", "1.2.3"),
        ("not a number", "NaN"),
        ("a signalling one", "sNaN"),
        ("without end", "Infinity"),
        ("a float without end", float("inf")),
        ("larger than anything sold", "99999999999999999999"),
        ("one more than the largest", str(LARGEST_MINOR + 1)),
        ("a bomb", "1e999999"),
        ("a tiny bomb", "1e-999999"),
        ("null that became text", "None"),
    ],
)
def test_rubbish_is_refused(why: str, amount: str | float) -> None:
    with pytest.raises(ValueError):
        to_minor(amount, 0)


@pytest.mark.parametrize(
    ("minor", "exponent", "text"),
    [(1250, 2, "12.50"), (1200, 0, "1200"), (1234, 3, "1.234"), (5, 2, "0.05"), (-500, 2, "-5.00"), (0, 2, "0.00")],
)
def test_minor_units_are_written_with_all_their_decimals(minor: int, exponent: int, text: str) -> None:
    assert to_text(minor, exponent) == text


@given(st.integers(-LARGEST_MINOR, LARGEST_MINOR), st.sampled_from([0, 2, 3]))
def test_writing_and_reading_gives_the_same_amount(minor: int, exponent: int) -> None:
    assert to_minor(to_text(minor, exponent), exponent) == minor


@given(st.text())
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert abs(to_minor(text, 2)) <= LARGEST_MINOR
