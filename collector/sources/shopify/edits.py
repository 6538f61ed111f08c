"""How many of each line belong to an order after it was edited.

`quantity` counts every unit ever ordered; `current_quantity` leaves out what an edit took off the order and what was
given back. Both are listed as refunds, and only the first leaves the order: what was given back stays an item of it
and is told as a refund. So units are added again of refunds by which money went back and of returns. A refund with
neither is how an edit is written down.

Everything ordered counts where that cannot be told: the refunds or their lines are not known (a bulk read has no lines
of them), or nothing at all would be left, as of an order called off before it was paid.
Source: shopify.dev, LineItem of 2026-07; changelog "Addition of LineItem current_quantity on Admin REST API", by which
refund lines were until then how removals were known (read 2026-11-22).
"""

from __future__ import annotations

from collections import Counter

from collector.sources.shopify import fields
from collector.sources.shopify.fields import Json

RETURNED = ("return", "legacy_restock")  # restock types; an edit takes off only what was not shipped
NOT_MOVED = ("failure", "error")


def quantities(order: Json) -> list[tuple[Json, int]]:
    """Each line with the units of it that belong to the order."""
    lines = list(fields.objects(order.get("line_items")))
    ordered = [(line, _count(line, "quantity", 1)) for line in lines]
    given_back = _given_back(order)
    if given_back is None:
        return ordered
    left = [
        (line, min(quantity, _count(line, "current_quantity", quantity) + given_back[_line_id(line)]))
        for line, quantity in ordered
    ]
    return left if any(quantity for _, quantity in left) else ordered


def _given_back(order: Json) -> Counter[str] | None:
    """Units by line that were refunded or returned; None where that is not known."""
    if not isinstance(order.get("refunds"), list):
        return None
    units: Counter[str] = Counter()
    for refund in fields.objects(order["refunds"]):
        is_paid = _is_paid(refund)
        if not isinstance(refund.get("refund_line_items"), list):
            if is_paid:
                return None
            continue
        for taken in fields.objects(refund["refund_line_items"]):
            if is_paid or fields.text(taken.get("restock_type")).lower() in RETURNED:
                number = fields.identifier(taken.get("line_item_id"))
                if not number:
                    return None
                units[number] += _count(taken, "quantity", 0)
    return units


def _is_paid(refund: Json) -> bool:
    """Whether money went back, or is on its way."""
    return any(
        transaction.get("kind") == "refund" and transaction.get("status") not in NOT_MOVED
        for transaction in fields.objects(refund.get("transactions"))
    )


def _line_id(line: Json) -> str:
    return fields.identifier(line.get("id"))


def _count(holder: Json, key: str, otherwise: int) -> int:
    stated = fields.count(holder.get(key), f"line_items[].{key}")
    return otherwise if stated is None else stated
