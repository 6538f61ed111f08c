"""All records of a kind, page by page in the order of their ids.

A record a shop fails on (a plugin that breaks one order) is left out and named; it must not end the reading for ever.

A cursor names the part that is being read and the place in its list. Products have three parts: categories, products,
variations; where a shop has no list of all variations, those of one product after the other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from collector.domain.ports import Clock
from collector.domain.shop import Shop
from collector.domain.syncing import COUPONS, CUSTOMERS, ORDERS, PRODUCTS, RawRecord, Step
from collector.sources.woocommerce import lists, windows
from collector.sources.woocommerce.parse_states import DRAFT
from collector.sources.woocommerce.parse_values import as_list, id_text
from collector.sources.woocommerce.reading_fields import CATEGORIES, VARIATIONS, VERSION, fields_of
from collector.sources.woocommerce.rest import Busy, Declined, RestClient
from collector.sources.woocommerce.walk import Place, by_numbers, is_failing, number_of, one_by_one, stride

log = logging.getLogger(__name__)

PARENTS = 10  # products whose variations are read in one step
BELOW = "variations of products"
PARTS = {PRODUCTS: (CATEGORIES, PRODUCTS, VARIATIONS)}
LEAST_WAIT_S = 1.0
NAMED = 10  # records the shop fails on


@dataclass(frozen=True, slots=True)
class _Part:
    """One step of a part. `more`: what else the cursor carries from now on."""

    records: Sequence[RawRecord]
    place: Mapping[str, int]
    is_done: bool
    more: Mapping[str, Any] = field(default_factory=dict)
    besides: Sequence[RawRecord] = ()


class WooCommerceHistory:
    """domain.syncing.HistoryReader. For one thread, as its api is."""

    resources = (CUSTOMERS, ORDERS, PRODUCTS, COUPONS)

    def __init__(self, api: Callable[[Shop], RestClient], clock: Clock) -> None:
        self._api = api
        self._clock = clock

    def step(self, shop: Shop, resource: str, since: datetime | None, cursor: Mapping[str, Any]) -> Step:
        api = self._api(shop)
        try:
            if not cursor:
                return self._begun(api, resource, since)
            if cursor["part"] == CATEGORIES:
                read = self._categories(api, shop, cursor)
            elif cursor["part"] == BELOW:
                read = self._below(api, shop, since, cursor)
            else:
                read = self._listed(api, shop, since, cursor)
        except Busy as turned_away:
            return Step(cursor, wait_s=max(turned_away.wait_s, LEAST_WAIT_S), said="waits: the shop asks for a pause")
        after = {**cursor, **read.more, "place": read.place}
        said = _left_out(after.get("broken", ()))
        if not read.is_done:
            return Step(after, read.records, said=said, besides=read.besides)
        part = _next_part(resource, cursor)
        # Where variations are listed by product, their number is known once all products are read.
        total = after["known"] if part == BELOW else None
        ahead = {**after, "part": part, "place": {}}
        return Step(ahead, read.records, is_done=not part, total=total, said=said, besides=read.besides)

    def forget(self, shop: Shop, resource: str) -> None:
        """Nothing lies aside."""

    def limits(self, shop: Shop, resources: Sequence[str], since: datetime | None, now: datetime) -> list[str]:
        found = []
        if ORDERS in resources:
            drafts = self._drafts(shop)
            if drafts:
                found.append(f"open checkouts ({DRAFT}), which are no orders yet and are not read: {drafts:,}")
        if ORDERS not in resources and CUSTOMERS in resources:
            found.append("guests have no customer record: they are read with the orders")
        if CUSTOMERS in resources and since is not None:
            found.append(
                "WooCommerce cannot say which customers changed: the date of each is looked at. Between two syncs new"
                " customers and those who order are noticed without a webhook, other changes are not"
            )
        return found

    def _drafts(self, shop: Shop) -> int:
        try:
            return lists.total(self._api(shop), ORDERS, status=DRAFT) or 0
        except Busy:  # only a note
            return 0

    def _begun(self, api: RestClient, resource: str, since: datetime | None) -> Step:
        """What there is to read, by the shop's own counts. Nothing is read yet."""
        parts = PARTS.get(resource, (resource,))
        cursor: dict[str, Any] = {"part": parts[0], "place": {}}
        if resource == PRODUCTS:
            has_all = lists.has_all_variations(api)
            found = [lists.total(api, kind, **_window(kind, since)) for kind in (parts if has_all else parts[:2])]
            known = sum(count or 0 for count in found)
            return Step({**cursor, "has_all": has_all, "known": known}, total=known if has_all else None)
        window = _window(resource, since)
        if since is not None and not window:  # all are looked at, and how many changed shows then
            return Step(cursor)
        return Step(cursor, total=lists.counted(api, resource, lists.total(api, resource, **window), **window))

    def _listed(self, api: RestClient, shop: Shop, since: datetime | None, cursor: Mapping[str, Any]) -> _Part:
        kind, read_at = cursor["part"], self._clock()
        asked = lists.asked(kind, shop, **_window(kind, since))
        by_date = kind == CUSTOMERS and since is not None
        if by_date:  # cannot be asked for so: first the dates of all
            asked["_fields"] = f"{VERSION},role"
        more: dict[str, Any] = {}
        place = Place.read(cursor["place"])
        try:
            strode = stride(api, lists.PATHS[kind], asked, place)
        except Declined as declined:
            if not is_failing(declined):
                raise
            strode, broken = one_by_one(api, lists.PATHS[kind], asked, place)
            log.warning("a shop fails on records", extra={"shop_id": shop.id, "list": kind, "ids": broken})
            more["broken"] = [*cursor.get("broken", ()), *broken]
        records = [record for record in strode.records if kind == CUSTOMERS or lists.counts(kind, record)]
        if since is not None and kind != ORDERS:
            records = [record for record in records if windows.is_from(record, since)]
        if by_date and records:
            numbers = [number_of(record) for record in records]
            records = by_numbers(api, lists.PATHS[kind], lists.asked(kind, shop), numbers)
        if kind == PRODUCTS and not cursor["has_all"]:
            more["known"] = cursor["known"] + sum(len(as_list(record.get("variations"))) for record in records)
        meant = [record for record in records if lists.counts(kind, record)]
        staff = [lists.role_of(record) for record in records if kind == CUSTOMERS and lists.is_staff(record)]
        besides = lists.raw(kind, staff, read_at)
        return _Part(lists.raw(kind, meant, read_at), strode.place.kept(), strode.is_done, more, besides)

    def _categories(self, api: RestClient, shop: Shop, cursor: Mapping[str, Any]) -> _Part:
        """By pages: a list of categories has no offset. They also come with their products."""
        number, read_at = cursor["place"].get("page", 1), self._clock()
        params = {"orderby": "id", "order": "asc", "_fields": fields_of(CATEGORIES, shop), "page": number}
        page = api.page(lists.PATHS[CATEGORIES], **params)
        is_done = not page.records or page.pages == number
        return _Part(lists.raw(CATEGORIES, page.records, read_at), {"page": number + 1}, is_done)

    def _below(self, api: RestClient, shop: Shop, since: datetime | None, cursor: Mapping[str, Any]) -> _Part:
        """The variations of some products, one product after the other."""
        asked = {"_fields": f"{VERSION},type", "per_page": PARENTS, **_window(PRODUCTS, since)}
        strode, found = stride(api, lists.PATHS[PRODUCTS], asked, Place.read(cursor["place"])), list[RawRecord]()
        for parent in strode.records:
            if lists.is_variable(parent):
                read_at = self._clock()
                found += lists.raw(VARIATIONS, lists.variations_of(api, shop, id_text(parent.get("id"))), read_at)
        return _Part(found, strode.place.kept(), strode.is_done)


def _window(kind: str, since: datetime | None) -> dict[str, str]:
    if since is None or kind in (CUSTOMERS, CATEGORIES):
        return {}
    return windows.placed_from(since) if kind == ORDERS else windows.changed_from(since)


def _left_out(broken: Sequence[int]) -> str:
    named = ", ".join(str(number) for number in broken[:NAMED])
    return f"left out {len(broken):,} the shop itself fails on: {named}" if broken else ""


def _next_part(resource: str, cursor: Mapping[str, Any]) -> str:
    """ "" behind the last."""
    parts = PARTS.get(resource, (resource,))
    if not cursor.get("has_all", True):
        parts = (*parts[:-1], BELOW)
    place = parts.index(cursor["part"]) + 1
    return parts[place] if place < len(parts) else ""
