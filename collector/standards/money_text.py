"""Money for people and templates, by CLDR."""

from __future__ import annotations

import copy
import re
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import NumberPattern

from collector.domain.ports import Currencies

# Where a currency's name touches the number. CLDR puts a space there; babel does not.
TOUCHING = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


class MoneyText:
    """Amounts in major units and as text. Decimals come from the same source as everywhere (Currencies)."""

    def __init__(self, currencies: Currencies) -> None:
        self._currencies = currencies

    def major(self, minor: int, currency: str) -> float:
        """1250, EUR -> 12.5; exact to the currency's own decimals."""
        return float(Decimal(minor).scaleb(-self._currencies.exponent(currency)))

    def text(self, minor: int, currency: str, locale: str) -> str:
        """1250, EUR, de-DE -> "12,50 €"; an unknown locale reads as English."""
        decimals = self._currencies.exponent(currency)
        amount = Decimal(minor).scaleb(-decimals)
        known = _locale(locale)
        plain = _pattern(known, decimals).apply(amount, known, currency=currency, currency_digits=False)
        return TOUCHING.sub("\xa0", plain)


@lru_cache(maxsize=512)
def _locale(name: str) -> Locale:
    try:
        return Locale.parse(name.replace("-", "_"))
    except (ValueError, UnknownLocaleError, TypeError):
        return Locale("en")


@lru_cache(maxsize=512)
def _pattern(locale: Locale, decimals: int) -> NumberPattern:
    """The locale's way to write money, with so many decimals."""
    pattern: NumberPattern = copy.copy(locale.currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    return pattern
