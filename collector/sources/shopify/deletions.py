"""Records that were asked for and are not there any more, as rows of the inbox."""

from __future__ import annotations

import json

from collector.domain.errors import Unparseable
from collector.domain.events import Fact, Gone
from collector.domain.syncing import PRODUCTS, RawRecord
from collector.sources.shopify import fields
from collector.sources.shopify.fields import Json, Reader

READ_GONE = "read/gone"
KINDS = {PRODUCTS: "product"}


def gone_record(resource: str, number: str, asked_at: str) -> RawRecord:
    """For the inbox: the shop has no such record."""
    body = json.dumps({"kind": KINDS[resource], "id": number})
    return RawRecord(READ_GONE, body.encode(), {"triggered_at": asked_at})


def read_gone(reader: Reader, body: Json) -> list[Fact]:
    """As of when it was asked for: what was made or brought back meanwhile is there."""
    kind = fields.text(body.get("kind"), limit=50)
    if kind not in KINDS.values():
        raise Unparseable("bad_kind", f"kind: {fields.seen(body.get('kind'))}")
    return [Gone(kind, fields.required_id(body, "id"), reader.triggered_at)]
