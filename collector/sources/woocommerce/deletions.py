"""`<resource>.deleted`: what is really gone.

Such a body is an id and may name a record of another kind: a trashed coupon sends `product.deleted`, with its orders in
posts a trashed order sends both. So where we have keys the shop is asked (domain.rereading); what it says then stands.
Without keys it is believed: whoever applies `Gone` changes nothing for an id that is not known under that kind.
"""

from __future__ import annotations

import json

from collector.domain.door import InboxRow
from collector.domain.events import Gone
from collector.domain.shop import Shop
from collector.domain.shop_facts import ReadAgain
from collector.domain.syncing import COUPONS, CUSTOMERS, ORDERS, PRODUCTS, RawRecord
from collector.sources.woocommerce.credentials import keys_in
from collector.sources.woocommerce.parse_values import read_object, required_id, text, unreadable

READ_GONE = "read/gone"  # topic of a record that was asked for and is not there any more
KINDS = {CUSTOMERS: "customer", ORDERS: "order", PRODUCTS: "product", COUPONS: "coupon"}
LISTS = {kind: name for name, kind in KINDS.items()}


def announced(row: InboxRow, shop: Shop, kind: str, number: str) -> ReadAgain | Gone:
    """`kind` as in the topic."""
    if can_be_asked(shop):
        return ReadAgain(row.received_at, LISTS[kind], number)
    return Gone(kind=kind, id=number, occurred_at=row.received_at)


def gone_record(resource: str, number: str, asked_at: str) -> RawRecord:
    """For the inbox: the shop has no such record, or has it in the bin."""
    body = json.dumps({"kind": KINDS[resource], "id": number, "asked_at": asked_at})
    return RawRecord(READ_GONE, body.encode(), {"triggered_at": asked_at})


def read_gone(row: InboxRow) -> Gone:
    """Raises Unparseable."""
    body = read_object(row.body)
    kind = text(body.get("kind"), 50)
    if kind not in LISTS:
        raise unreadable("bad_kind", "kind", body.get("kind"))
    return Gone(kind=kind, id=required_id(body.get("id")), occurred_at=row.received_at)


def can_be_asked(shop: Shop) -> bool:
    return keys_in(shop.secrets.credentials) is not None
