"""Stock we read ourselves: what of an item is available at each place."""

from __future__ import annotations

import re

from collector.domain.catalogue import LevelSeen
from collector.domain.events import Fact
from collector.sources.shopify import fields
from collector.sources.shopify.fields import Json, Reader
from collector.sources.shopify.graphql_shape import is_whole, nodes

WHOLE = re.compile(r"-?[0-9]{1,9}", re.ASCII)


def seen(reader: Reader, node: Json) -> list[Fact]:
    """All places together, if all are here, then the facts of `inventory_levels/update` for each. A place that does not
    stock the item any more has none of it."""
    item = fields.required_id(node, "id")
    found: list[LevelSeen] = []
    for level in nodes(node.get("inventoryLevels")):
        place = fields.identifier(fields.mapping(level.get("location")).get("id"))
        if not place:
            continue
        stated = {fields.text(each.get("name")): each for each in fields.objects(level.get("quantities"))}
        available = fields.mapping(stated.get("available"))
        digits = fields.text(available.get("quantity"), limit=20)
        is_active = level.get("isActive") is not False
        changed_at = reader.moment(available, "updatedAt") or reader.moment(level, "updatedAt") or reader.triggered_at
        amount = int(digits) if is_active and WHOLE.fullmatch(digits) else 0
        found.append(LevelSeen(item, place, changed_at, amount))
    if not found or not is_whole(node.get("inventoryLevels")):
        return [*found]
    counted_at = max(level.changed_at for level in found)
    return [LevelSeen(item, "", counted_at, sum(level.available for level in found)), *found]
