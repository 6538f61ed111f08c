"""From the shape GraphQL gives a record in to the shape webhooks bring it in, piece by piece.

Webhook bodies are what the parsers of this folder read; a record we read ourselves is brought to that shape first, so
both ways end in the same facts. Ids stay `gid://…`, which the parsers understand.
"""

from __future__ import annotations

from collections.abc import Iterator

from collector.sources.shopify import fields
from collector.sources.shopify.fields import Json


def nodes(value: object) -> Iterator[Json]:
    """The records of a connection: `{nodes: […]}`, `{edges: [{node: …}]}`, or a plain list."""
    if isinstance(value, dict):
        if isinstance(value.get("edges"), list):
            yield from (fields.mapping(edge.get("node")) for edge in fields.objects(value["edges"]))
            return
        value = value.get("nodes")
    yield from fields.objects(value)


def is_whole(value: object) -> bool:
    """Whether a connection is here to its end."""
    if not isinstance(value, dict):
        return isinstance(value, list)
    return fields.mapping(value.get("pageInfo")).get("hasNextPage") is not True


def lower(value: object) -> str | None:
    """An enumeration's word as webhooks write it; None for null."""
    return value.lower() if isinstance(value, str) else None


def money_set(value: object) -> Json | None:
    """A MoneyBag; None for null."""
    if not isinstance(value, dict):
        return None
    return {"shop_money": _money(value.get("shopMoney")), "presentment_money": _money(value.get("presentmentMoney"))}


def shop_amount(value: object) -> object:
    """What a MoneyBag says in the shop's own currency: the amount webhooks write without a currency."""
    return fields.mapping(fields.mapping(value).get("shopMoney")).get("amount")


def address(value: object) -> Json | None:
    if not isinstance(value, dict):
        return None
    return {
        "first_name": value.get("firstName"),
        "last_name": value.get("lastName"),
        "company": value.get("company"),
        "address1": value.get("address1"),
        "address2": value.get("address2"),
        "city": value.get("city"),
        "province": value.get("province"),
        "zip": value.get("zip"),
        "country_code": value.get("countryCodeV2"),
        "phone": value.get("phone"),
    }


def _money(value: object) -> Json:
    stated = fields.mapping(value)
    return {"amount": stated.get("amount"), "currency_code": stated.get("currencyCode")}
