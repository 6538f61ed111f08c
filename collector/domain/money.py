"""Money as integers in minor units beside an ISO 4217 code.

How many decimals a currency has is not ours to know: callers pass `exponent` (ports.Currencies).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

LARGEST_MINOR = 2**53  # what JSON readers keep exactly; nothing sold costs more


def to_minor(amount: str | int | float | Decimal, exponent: int) -> int:
    """`"12.50"`, 2 -> 1250. More decimals than the currency has are rounded half up.

    Raises ValueError for what is not a finite amount of at most 2**53 minor units.
    """
    try:
        value = Decimal(str(amount).strip())
    except InvalidOperation:
        raise ValueError(f"not an amount: {amount!r}") from None
    if not value.is_finite() or abs(value.adjusted()) > 30:
        raise ValueError(f"not an amount: {amount!r}")
    minor = int(value.scaleb(exponent).to_integral_value(ROUND_HALF_UP))
    if abs(minor) > LARGEST_MINOR:
        raise ValueError(f"amount too large: {amount!r}")
    return minor


def to_text(minor: int, exponent: int) -> str:
    """1250, 2 -> `"12.50"`."""
    return str(Decimal(minor).scaleb(-exponent).quantize(Decimal(1).scaleb(-exponent)))
