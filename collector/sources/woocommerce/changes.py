"""What changed in a shop: numbers and dates first, then the records somebody wants.

Asked for by the time of the change, walked in the order of the ids: many records may have changed in one second, and a
record that changes again leaves the window. WooCommerce cannot say which customers changed. So either all are looked
at, or those that are new and those who had an order in the window.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from collector.domain.ports import Clock
from collector.domain.shop import Shop
from collector.domain.syncing import COUPONS, CUSTOMERS, ORDERS, PRODUCTS, Fetched, Listed, Listing, RawRecord
from collector.sources.woocommerce import lists, windows
from collector.sources.woocommerce.deletions import READ_GONE
from collector.sources.woocommerce.parse_values import id_text
from collector.sources.woocommerce.reading_fields import VARIATIONS, VERSION
from collector.sources.woocommerce.rereading import WooCommerceRecords
from collector.sources.woocommerce.rest import Busy, Declined, RestClient
from collector.sources.woocommerce.walk import Json, Place, by_numbers, number_of, stride

LEAST_WAIT_S = 1.0
AT_ONCE = 100
SINGLY = 10  # asked for one by one in a call
NEWEST = 50  # customers looked at first, to find where the new ones begin
BUYERS = "buyers"
BIN = "bin"
PARTS: Mapping[str, Sequence[str]] = {
    CUSTOMERS: (CUSTOMERS, BUYERS),
    ORDERS: (ORDERS, BIN),
    PRODUCTS: (PRODUCTS, BIN, VARIATIONS),
    COUPONS: (COUPONS,),
}


class WooCommerceChanges:
    """domain.syncing.ChangeReader. For one thread, as its api is. `looks_at_all`: at every customer's date."""

    resources = (CUSTOMERS, ORDERS, PRODUCTS, COUPONS)

    def __init__(self, api: Callable[[Shop], RestClient], clock: Clock, *, looks_at_all: bool = False) -> None:
        self._api = api
        self._clock = clock
        self._looks_at_all = looks_at_all
        self._single = WooCommerceRecords(api, clock)
        self._has_all_variations: dict[int, bool] = {}

    def changed(self, shop: Shop, resource: str, since: datetime, until: datetime, after: str) -> Listing:
        cursor: Mapping[str, Any] = json.loads(after) if after else {"part": PARTS[resource][0], "place": {}}
        api = self._api(shop)
        try:
            if cursor["part"] == CUSTOMERS and not after and not self._looks_at_all:
                return Listing(after=_kept(CUSTOMERS, self._before_the_new(api, since)))
            found, place, is_done = self._part(api, shop, resource, cursor, since, until)
        except Busy as turned_away:
            return Listing(after=after, wait_s=max(turned_away.wait_s, LEAST_WAIT_S))
        if not is_done:
            return Listing(found, _kept(cursor["part"], place))
        part = self._next_part(resource, cursor["part"])
        return Listing(found, _kept(part, Place()) if part else "")

    def fetch(self, shop: Shop, resource: str, ids: Sequence[str]) -> Fetched:
        some, api = list(ids[:AT_ONCE]), self._api(shop)
        try:
            return Fetched(self._records(api, shop, resource, some), tuple(ids[len(some) :]))
        except Busy as turned_away:
            return Fetched(left=tuple(ids), wait_s=max(turned_away.wait_s, LEAST_WAIT_S))

    def gone(self, shop: Shop, resource: str, ids: Sequence[str]) -> Fetched:
        """What is not listed may be there all the same: each is asked for by its number. One the shop fails on, or does
        not show us, is not known to be gone, and holds up no other."""
        some, api, found = list(ids[:AT_ONCE]), self._api(shop), list[RawRecord]()
        left = tuple(ids[len(some) :])
        try:
            listed = by_numbers(api, lists.PATHS[resource], {"_fields": "id"}, sorted(map(int, some)))
            missing = _missing(some, listed)
            for number in missing[:SINGLY]:
                try:
                    record = self._single.one(shop, resource, number)
                except Busy:
                    raise
                except Declined:
                    continue
                else:
                    found += [record] if record.topic == READ_GONE else []
        except Busy as turned_away:
            return Fetched(left=tuple(ids), wait_s=max(turned_away.wait_s, LEAST_WAIT_S))
        return Fetched(found, (*missing[SINGLY:], *left))

    def _part(
        self, api: RestClient, shop: Shop, resource: str, cursor: Mapping[str, Any], since: datetime, until: datetime
    ) -> tuple[list[Listed], Place, bool]:
        """(what changed, where to go on, whether this part is done)."""
        part, place = cursor["part"], Place.read(cursor["place"])
        if part == VARIATIONS and not self._lists_variations(api, shop):
            return [], place, True
        if part == BUYERS:
            return self._buyers(api, place, since, until)
        kind = resource if part == BIN else part
        window = {} if kind == CUSTOMERS else windows.changed_between(since, until)
        asked = {**lists.asked(kind, shop), **window, "_fields": f"{VERSION},status,role"}
        if part == BIN:
            asked |= lists.BIN
        try:
            strode = stride(api, lists.PATHS[kind], asked, place)
        except Declined as declined:
            if part != BIN or declined.status != 400:
                raise
            return [], place, True  # this version does not show what is in the bin
        return _listed(kind, strode.records, since, until), strode.place, strode.is_done

    def _buyers(
        self, api: RestClient, place: Place, since: datetime, until: datetime
    ) -> tuple[list[Listed], Place, bool]:
        """Customers with an order that changed."""
        window = {**lists.PLAIN[ORDERS], **windows.changed_between(since, until)}
        strode = stride(api, lists.PATHS[ORDERS], {**window, "_fields": "id,customer_id"}, place)
        numbers = {number for record in strode.records if (number := id_text(record.get("customer_id")))}
        found: list[Json] = []
        if numbers:
            asked = {**lists.PLAIN[CUSTOMERS], "_fields": f"{VERSION},role"}
            found = by_numbers(api, lists.PATHS[CUSTOMERS], asked, sorted(map(int, numbers)))
        return _listed(CUSTOMERS, found, since, until), strode.place, strode.is_done

    def _before_the_new(self, api: RestClient, since: datetime) -> Place:
        """A place in the list of customers that none made since then stands before: their ids rise as time goes."""
        count, back = lists.total(api, CUSTOMERS), NEWEST
        while count and count > back:
            place = Place(offset=count - back)
            asked = {**lists.PLAIN[CUSTOMERS], "orderby": "id", "order": "asc", "_fields": VERSION}
            page = api.page(lists.PATHS[CUSTOMERS], **asked, per_page=1, offset=place.offset)
            if page.records and not windows.is_from({**page.records[0], "date_modified_gmt": None}, since):
                return Place(place.offset, last=number_of(page.records[0]))
            back *= 4
        return Place()

    def _records(self, api: RestClient, shop: Shop, resource: str, ids: Sequence[str]) -> list[RawRecord]:
        """Those that are there. What is not listed may be in the bin, or be a variation."""
        read_at = self._clock()
        found = self._listed_by(api, shop, resource, ids)
        below: list[Json] = []
        if resource in (ORDERS, PRODUCTS) and (missing := _missing(ids, found)):
            found += self._listed_by(api, shop, resource, missing, **lists.BIN)
        if resource == PRODUCTS and (missing := _missing(ids, found)) and self._lists_variations(api, shop):
            below = self._listed_by(api, shop, VARIATIONS, missing)
        elif resource == PRODUCTS and not self._lists_variations(api, shop):
            for product in filter(lists.is_variable, found):
                below += lists.variations_of(api, shop, id_text(product.get("id")))
        return [*lists.raw(resource, found, read_at), *lists.raw(VARIATIONS, below, read_at)]

    def _listed_by(self, api: RestClient, shop: Shop, kind: str, ids: Sequence[str], **more: str) -> list[Json]:
        try:
            found = by_numbers(api, lists.PATHS[kind], lists.asked(kind, shop, **more), sorted(map(int, ids)))
        except Declined as declined:
            if not more or declined.status != 400:
                raise
            return []
        return [record for record in found if lists.counts(kind, record)]

    def _lists_variations(self, api: RestClient, shop: Shop) -> bool:
        if shop.id not in self._has_all_variations:
            self._has_all_variations[shop.id] = lists.has_all_variations(api)
        return self._has_all_variations[shop.id]

    def _next_part(self, resource: str, part: str) -> str:
        """ "" behind the last."""
        parts = PARTS[resource][:1] if resource == CUSTOMERS and self._looks_at_all else PARTS[resource]
        place = parts.index(part) + 1
        return parts[place] if place < len(parts) else ""


def _listed(kind: str, records: Sequence[Json], since: datetime, until: datetime) -> list[Listed]:
    """Looked at once more: a list that cannot be asked by date brings everything."""
    return [
        Listed(str(number_of(record)), version_at)
        for record in records
        if number_of(record) and lists.counts(kind, record) and windows.is_between(record, since, until)
        if (version_at := windows.version_of(record)) is not None
    ]


def _missing(ids: Sequence[str], found: Sequence[Json]) -> list[str]:
    there = {id_text(record.get("id")) for record in found}
    return [number for number in ids if number not in there]


def _kept(part: str, place: Place) -> str:
    return json.dumps({"part": part, "place": place.kept()})
