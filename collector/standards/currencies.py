"""How many decimals a currency has: ISO 4217, read from babel."""

from __future__ import annotations

from functools import lru_cache

from babel.numbers import get_currency_precision

# babel carries CLDR's data, which says 0 where people stopped using the small coins. ISO 4217, and with it
# the shop platforms and payment providers, keep the decimals of these. (ISO 4217 list one, 2025.)
ISO_DIFFERS = {
    "AFN": 2,
    "ALL": 2,
    "IQD": 3,
    "IRR": 2,
    "KPW": 2,
    "LAK": 2,
    "LBP": 2,
    "MGA": 2,
    "MMK": 2,
    "RSD": 2,
    "SLL": 2,
    "SOS": 2,
    "SYP": 2,
    "YER": 2,
}


@lru_cache(maxsize=512)
def exponent(code: str) -> int:
    known = ISO_DIFFERS.get(code)
    return get_currency_precision(code) if known is None else known


class IsoCurrencies:
    """Satisfies `domain.ports.Currencies`."""

    def exponent(self, code: str) -> int:
        return exponent(code.upper())
