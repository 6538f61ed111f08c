"""Cents, with the tax inside, and how WooCommerce writes them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

CURRENCY = "EUR"
TAX_PERCENT = 19


def net(gross: int) -> int:
    """What is left without the tax, rounded to cents, halves up."""
    return int((Decimal(gross) * 100 / (100 + TAX_PERCENT)).to_integral_value(ROUND_HALF_UP))


def tax(gross: int) -> int:
    return gross - net(gross)


def amount(cents: int) -> str:
    """`1250` -> `12.50`"""
    return str(Decimal(cents).scaleb(-2).quantize(Decimal("0.01")))


def shown(cents: int) -> str:
    """As on a page: `12,50 €` with a space that does not break."""
    return f"{amount(cents)}".replace(".", ",") + "\N{NO-BREAK SPACE}€"
