"""The coupon collections of an account: found by id or by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from collector.destinations.brevo.client import Exchange
from collector.destinations.brevo.limits import OTHER

PAGE = 100  # more of them nobody has


def all_collections(exchange: Exchange) -> list[tuple[str, str]]:
    """(id, name), as far as Brevo shows them at once. Raises DeliveryFailed."""
    found = exchange.get(OTHER, "/couponCollections", limit=PAGE)
    listed = found.get("collections") if isinstance(found, dict) else None
    some = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return [(str(one["id"]), str(one.get("name", ""))) for one in some if one.get("id")]


def number_of(named: str, there: Iterable[tuple[str, str]]) -> str:
    """The id of the one that is meant; "" if it is not there."""
    return next((number for number, name in there if named in (number, name)), "")


def missing_collections(wanted: Sequence[str], there: Sequence[tuple[str, str]]) -> list[str]:
    return [named for named in dict.fromkeys(wanted) if not number_of(named, there)]
