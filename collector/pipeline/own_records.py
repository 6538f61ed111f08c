"""The shop's own records of what a message is about: one look at all its products, one at their categories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from collector.domain.product_records import Records
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction


def records_of(tx: StateTransaction, shop: Shop, ids: Iterable[str]) -> Records:
    """`ids` of products and of variants."""
    wanted = {id_ for id_ in ids if id_}
    products = tx.products.find_all(shop.id, wanted) if wanted else {}
    named = {one for product in products.values() if product.membership for one in product.membership.category_ids}
    return Records(products, tx.categories.names(shop.id, named) if named else {})


def records_of_looks(tx: StateTransaction, shop: Shop, looks: Iterable[Mapping[str, Any]]) -> Records:
    """`looks`: products as `items.product_to_json` keeps them."""
    return records_of(tx, shop, (str(look.get(name, "")) for look in looks for name in ("id", "variant_id")))
