"""Refunds, inside an order or alone. `refunds/create` comes whether or not money moved: an edit that takes lines off an
order is written down as one, too. It lowers what the order is worth, and nobody was given anything back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from collector.domain.events import Fact, RefundSeen
from collector.sources.shopify import fields, money
from collector.sources.shopify.fields import Json, Reader


def created(reader: Reader, refund: Json) -> list[Fact]:
    refund_id = fields.required_id(refund, "id")
    order_id = fields.required_id(refund, "order_id")
    return [_seen(reader, refund, refund_id, order_id, reader.shop.currency, reader.triggered_at)]


def of_order(
    reader: Reader, order: Json, order_id: str, currency: str, version_at: datetime
) -> tuple[RefundSeen, ...] | None:
    """The refunds an order lists; None when it does not list them."""
    if not isinstance(order.get("refunds"), list):
        return None
    return tuple(
        _seen(reader, refund, refund_id, order_id, currency, version_at)
        for refund in fields.objects(order["refunds"])
        if (refund_id := fields.identifier(refund.get("id")))
    )


def _seen(reader: Reader, refund: Json, refund_id: str, order_id: str, currency: str, fallback: datetime) -> RefundSeen:
    """`currency`: that of bare amounts, where the refund does not state its own."""
    moved = list(_transactions(reader, refund, currency))
    amounts = moved or list(_lines(reader, refund, currency))
    paid_in = amounts[0][1] if amounts else currency
    total = sum(amount for amount, code in amounts if code == paid_in)
    return RefundSeen(
        refund_id=refund_id,
        order_id=order_id,
        occurred_at=reader.moment(refund, "created_at") or reader.moment(refund, "processed_at") or fallback,
        amount_minor=money.bounded(total) or 0,
        currency=paid_in,
        has_moved=bool(moved) or not isinstance(refund.get("transactions"), list),
        is_bare=bool(moved) and refund.get("refund_line_items") == [],
    )


def _transactions(reader: Reader, refund: Json, currency: str) -> Iterator[tuple[int, str]]:
    """(amount, currency) of the money that went back."""
    for transaction in fields.objects(refund.get("transactions")):
        if transaction.get("kind") == "refund" and transaction.get("status") == "success":
            stated = money.in_set(transaction, "amount", "presentment_money") or (
                transaction.get("amount"),
                fields.currency_code(transaction.get("currency")) or currency,
            )
            yield money.minor(reader, stated[0], stated[1], "transactions[].amount"), stated[1]


def _lines(reader: Reader, refund: Json, currency: str) -> Iterator[tuple[int, str]]:
    """(amount, currency) of what was taken back: each line's subtotal and tax, numbers or strings."""
    for line in fields.objects(refund.get("refund_line_items")):
        for key in ("subtotal", "total_tax"):
            shown = money.in_set(line, key, "presentment_money") or (line.get(key), currency)
            if money.stated(shown[0]):
                yield money.minor(reader, shown[0], shown[1], f"refund_line_items[].{key}"), shown[1]
