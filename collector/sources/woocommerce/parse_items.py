"""The lines of an order, with prices as the shopper saw them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import Any

from collector.domain.events import Item
from collector.domain.money import LARGEST_MINOR
from collector.sources.woocommerce.parse_values import (
    as_list,
    as_object,
    id_text,
    is_yes,
    money_or_none,
    plain,
    text,
)


def items(body: Mapping[str, Any], exponent: int) -> tuple[Item, ...]:
    """`line_items` without those of no or a negative quantity (goods returned at a till)."""
    with_tax = is_yes(body.get("prices_include_tax"))
    lines = (as_object(line) for line in as_list(body.get("line_items")))
    found = (_item(line, exponent, with_tax) for line in lines if line)
    return tuple(item for item in found if item is not None)


def _item(line: Mapping[str, Any], exponent: int, with_tax: bool) -> Item | None:
    quantity = _quantity(line.get("quantity", 1))
    if quantity < 1:
        return None
    before_discount = _sum(line, "subtotal", exponent, with_tax)
    name, variant_name = _names(line)
    return Item(
        product_id=id_text(line.get("product_id")),
        quantity=quantity,
        variant_id=id_text(line.get("variation_id")),
        sku=text(line.get("sku"), 200),
        name=name,
        variant_name=variant_name,
        # Of the whole line: `price` in the body is a float and without tax.
        unit_price_minor=None if before_discount is None else _share(before_discount, quantity),
        line_total_minor=_sum(line, "total", exponent, with_tax),
        image=text(as_object(line.get("image")).get("src"), 2000),
    )


def _quantity(value: object) -> int:
    """Plugins sell 0.5 kg: rounded up, so that something bought counts as one. Unreadable: one."""
    try:
        amount = Decimal(text(value))
    except InvalidOperation:
        return 1
    if not amount.is_finite() or amount.adjusted() > 9:
        return 1
    return int(amount.to_integral_value(ROUND_CEILING))


def _sum(line: Mapping[str, Any], field: str, exponent: int, with_tax: bool) -> int | None:
    """The line's amount; with its tax where the shop's prices include tax."""
    amount = money_or_none(line.get(field), exponent)
    if amount is None:
        return None
    tax = money_or_none(line.get(f"{field}_tax"), exponent) if with_tax else 0
    return min(amount + (tax or 0), LARGEST_MINOR)


def _share(total: int, quantity: int) -> int:
    """One of `quantity` equal parts, halves away from zero like the shop's own rounding."""
    share = (2 * abs(total) + quantity) // (2 * quantity)
    return share if total >= 0 else -share


def _names(line: Mapping[str, Any]) -> tuple[str, str]:
    """(product, variation): `Enamel Mug - M, Red` of `Enamel Mug` -> (`Enamel Mug`, `M, Red`)."""
    name, parent = plain(line.get("name")), plain(line.get("parent_name"))
    if not parent:
        return name, ""
    rest = name.removeprefix(parent)
    if rest != name and rest.startswith(" - "):
        return parent, rest.removeprefix(" - ").strip()
    chosen = (as_object(entry) for entry in as_list(line.get("meta_data")))
    values = (plain(e.get("display_value")) for e in chosen if not text(e.get("key")).startswith("_"))
    return parent, ", ".join(value for value in values if value)
