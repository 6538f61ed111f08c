"""Amounts for templates and for people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.standards.currencies import IsoCurrencies
from collector.standards.money_text import MoneyText

MONEY = MoneyText(IsoCurrencies())


@pytest.mark.parametrize(
    ("minor", "currency", "major"),
    [
        (1250, "EUR", 12.5),
        (1, "EUR", 0.01),
        (0, "EUR", 0.0),
        (-500, "EUR", -5.0),
        (1250, "JPY", 1250.0),
        (1250, "KWD", 1.25),
        (1250, "HUF", 12.5),
        (1250, "XQX", 12.5),
        (1250, "", 12.5),
    ],
)
def test_major_units(minor: int, currency: str, major: float) -> None:
    assert MONEY.major(minor, currency) == major


@pytest.mark.parametrize(
    ("why", "minor", "currency", "locale", "text"),
    [
        ("as Shopify names languages", 1250, "EUR", "de-DE", "12,50\xa0€"),
        ("as WordPress does", 1250, "EUR", "de_DE", "12,50\xa0€"),
        ("the language alone", 1250, "EUR", "fr", "12,50\xa0€"),
        ("in English", 125000, "EUR", "en", "€1,250.00"),
        ("in Austria", 1250, "EUR", "de-AT", "€\xa012,50"),
        ("no decimals", 1250, "JPY", "en-US", "¥1,250"),
        ("three decimals", 1250, "KWD", "en", "KWD\xa01.250"),
        ("decimals people stopped using, which shops keep", 1250, "RSD", "en", "RSD\xa012.50"),
        ("a currency nobody knows", 1250, "XQX", "en", "XQX\xa012.50"),
        ("a language nobody knows reads as English", 1250, "EUR", "xx-YY", "€12.50"),
        ("formal German of WordPress", 1250, "EUR", "de_DE_formal", "12,50\xa0€"),
        ("no language", 1250, "EUR", "", "€12.50"),
    ],
)
def test_text_in_the_shoppers_language(why: str, minor: int, currency: str, locale: str, text: str) -> None:
    assert MONEY.text(minor, currency, locale) == text, why


@given(st.integers(-(10**12), 10**12), st.text(max_size=4), st.text(max_size=20))
def test_whatever_a_browser_names_makes_a_text(minor: int, currency: str, locale: str) -> None:
    assert MONEY.text(minor, currency, locale)


@given(st.integers(-(10**12), 10**12), st.sampled_from(["EUR", "JPY", "KWD", "USD"]))
def test_no_amount_loses_a_cent(minor: int, currency: str) -> None:
    exponent = IsoCurrencies().exponent(currency)
    assert round(MONEY.major(minor, currency) * 10**exponent) == minor
