"""Records asked for by their numbers, one by one (domain.rereading.RecordReader): is it really gone?

A 404 is gone, and so is what lies in the bin. A list asked for some numbers would not tell: it leaves out more than
what is gone. Users belong to all shops of a network: one that was taken out of this shop is still read by its number,
but no longer listed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from collector.domain.errors import Misuse
from collector.domain.ports import Clock
from collector.domain.shop import Shop
from collector.domain.syncing import COUPONS, CUSTOMERS, ORDERS, PRODUCTS, Fetched, RawRecord
from collector.domain.timestamps import to_text
from collector.sources.woocommerce import lists
from collector.sources.woocommerce.deletions import can_be_asked, gone_record
from collector.sources.woocommerce.parse_states import BIN, status_of
from collector.sources.woocommerce.parse_values import as_object, read_object
from collector.sources.woocommerce.reading_fields import fields_of
from collector.sources.woocommerce.rest import Busy, Declined, RestClient
from collector.sources.woocommerce.scheduled import look_again_at

AT_ONCE = 10
LEAST_WAIT_S, FAILED_WAIT_S = 1.0, 300.0
GONE = (404, 410)


class WooCommerceRecords:
    """For one thread, as its api is."""

    resources = (ORDERS, CUSTOMERS, PRODUCTS, COUPONS)

    def __init__(self, api: Callable[[Shop], RestClient], clock: Clock) -> None:
        self._api = api
        self._clock = clock

    def fetch(self, shop: Shop, resource: str, ids: Sequence[str]) -> Fetched:
        """Those that are gone are among the records, as such. One the shop fails on (a plugin does) holds up no other;
        it is for later. Raises Misuse for a shop without keys."""
        if not can_be_asked(shop):
            raise Misuse(f"There are no keys for {shop.address}.")
        api, found, failed, again = self._api(shop), list[RawRecord](), list[str](), dict[str, datetime]()
        for place, number in enumerate(ids[:AT_ONCE]):
            asked_at = self._clock()
            try:
                record = self._one(api, shop, resource, number, asked_at)
            except Busy as turned_away:
                return Fetched(found, (*failed, *ids[place:]), max(turned_away.wait_s, LEAST_WAIT_S), again)
            except Declined as problem:
                failed.append(number)
                if problem.status < 500 or len(failed) == len(ids[:AT_ONCE]):  # it is not about this record
                    raise
                continue
            found.append(record)
            if resource in (PRODUCTS, COUPONS) and (due_at := look_again_at(read_object(record.body), asked_at)):
                again[number] = due_at
        return Fetched(found, (*failed, *ids[AT_ONCE:]), FAILED_WAIT_S if failed else 0.0, again)

    def one(self, shop: Shop, resource: str, number: str) -> RawRecord:
        """It, or that it is gone. Raises SourceUnavailable."""
        return self._one(self._api(shop), shop, resource, number, self._clock())

    def _one(self, api: RestClient, shop: Shop, resource: str, number: str, asked_at: datetime) -> RawRecord:
        gone = gone_record(resource, number, to_text(asked_at))
        try:
            record = api.get(f"{lists.PATHS[resource]}/{number}", _fields=fields_of(resource, shop))
        except Declined as declined:
            if declined.status not in GONE or declined.code in ("", "rest_no_route"):
                raise  # the API itself is not there: that says nothing of one record
            return gone
        if status_of(as_object(record)) == BIN:
            return gone
        if resource == CUSTOMERS and not self._is_listed(api, number):
            return gone
        (raw,) = lists.raw(resource, [as_object(record)], asked_at)
        return raw

    def _is_listed(self, api: RestClient, number: str) -> bool:
        page = api.page(lists.PATHS[CUSTOMERS], include=number, per_page=1, _fields="id", **lists.PLAIN[CUSTOMERS])
        return bool(page.records)
