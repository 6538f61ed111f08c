"""Amounts as Shopify writes them: `"12.50"` or 12.5 in the shop's currency, and beside it
`<name>_set` with `shop_money` and `presentment_money` (what the shopper saw). All become minor units.

Amounts of two currencies are never mixed: a line without the shopper's currency has no price.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from collector.domain.errors import Unparseable
from collector.domain.events import Item
from collector.domain.money import LARGEST_MINOR, to_minor
from collector.sources.shopify import fields
from collector.sources.shopify.fields import Json, Reader


def minor(reader: Reader, value: object, currency: str, field: str) -> int:
    """Minor units. Raises Unparseable naming the field and the value."""
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        try:
            return to_minor(value, reader.currencies.exponent(currency))
        except ValueError:
            pass  # said below, with the field
    raise Unparseable("bad_money", f"{field}: {fields.seen(value)}")


def stated(value: object) -> bool:
    return value is not None and value != ""


def in_set(holder: Json, key: str, side: str) -> tuple[object, str] | None:
    """(amount, currency) of one side of a `*_set`; None where it is missing, `[{}]` or half empty."""
    money = fields.mapping(fields.mapping(holder.get(f"{key}_set")).get(side))
    currency = fields.currency_code(money.get("currency_code") or money.get("currency"))
    amount = money.get("amount")
    return (amount, currency) if currency and stated(amount) else None


@dataclass(frozen=True, slots=True)
class Prices:
    """Reads line amounts in `currency`. `is_plain`: bare amounts are in it too. "" knows no price."""

    reader: Reader
    currency: str
    is_plain: bool

    def of(self, line: Json, key: str) -> int | None:
        """The amount under `key`; None if it is not stated in this currency or not an amount."""
        amount: object = None
        if found := in_set(line, key, "presentment_money"):
            amount = found[0] if found[1] == self.currency else None
        elif self.is_plain:
            amount = line.get(key)
        if not self.currency or not stated(amount):
            return None
        try:
            return minor(self.reader, amount, self.currency, key)
        except Unparseable:
            return None  # one unreadable line price must not cost the whole record

    def discount(self, line: Json) -> int | None:
        """What is taken off a line: its allocations, which include its share of order discounts, else
        `total_discount`. 0 when nothing is stated; None when it is, but not in this currency."""
        allocations = list(fields.objects(line.get("discount_allocations")))
        if allocations:
            amounts = [self.of(allocation, "amount") for allocation in allocations]
            known = [amount for amount in amounts if amount is not None]
            return sum(known) if len(known) == len(amounts) else None
        if not stated(line.get("total_discount")):
            return 0
        return self.of(line, "total_discount")


def item(line: Json, unit: int | None, line_total: int | None, quantity: int | None = None) -> Item | None:
    """A line as an Item; None for a quantity of 0. Custom lines have no ids and keep their name. `quantity`: where
    it is not the line's own."""
    quantity = line_quantity(line) if quantity is None else quantity
    if quantity == 0:
        return None
    return Item(
        product_id=fields.identifier(line.get("product_id")),
        quantity=quantity,
        variant_id=fields.identifier(line.get("variant_id")),
        sku=fields.text(line.get("sku"), limit=255),
        name=fields.text(line.get("presentment_title"))
        or fields.text(line.get("title"))
        or fields.text(line.get("name")),
        variant_name=fields.text(line.get("presentment_variant_title")) or fields.text(line.get("variant_title")),
        unit_price_minor=unit,
        line_total_minor=bounded(line_total),
    )


def line_quantity(line: Json) -> int:
    """1 when not stated."""
    quantity = fields.count(line.get("quantity"), "line_items[].quantity")
    return 1 if quantity is None else quantity


def bounded(amount: int | None) -> int | None:
    """Products and sums of readable amounts may still be larger than anything sold."""
    return amount if amount is not None and abs(amount) <= LARGEST_MINOR else None


def less(amount: int | None, discount: int | None) -> int | None:
    return None if amount is None or discount is None else amount - discount


def times(unit: int | None, quantity: int) -> int | None:
    return None if unit is None else unit * quantity


def share(amount: int | None, quantity: int, of: int) -> int | None:
    """What of an amount for `of` units falls to `quantity` of them."""
    return amount if amount is None or quantity == of else round(amount * quantity / of)
