"""The catalogue at Brevo: categories and products by the hundred, single products, coupon codes.

Everything is an upsert under an id, so it may be sent twice. `/products` has a budget of its own (7,200 an hour on the
smallest plan), all else is paid from the hundred calls an hour. Nothing can be deleted there: what is gone is marked.
Source: developers.brevo.com, "Import your products" (August 2026). The former price is `alternativePrice`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import requests

from collector.destinations.brevo.answers import Answer
from collector.destinations.brevo.client import BrevoAccount, Exchange, no_call_left, opened
from collector.destinations.brevo.coupon_collections import all_collections, number_of
from collector.destinations.brevo.limits import OTHER, PRODUCTS, Meter
from collector.destinations.brevo.values import text, value
from collector.domain.catalogue_entries import CategoryEntry, Entry
from collector.domain.catalogue_ports import Sold
from collector.domain.delivery_calls import KeepCall, kept_nowhere
from collector.domain.errors import DeliveryFailed, Remedy
from collector.domain.timestamps import to_text

INACTIVE = "ecommerce_inactive"
INACTIVE_CURE = (
    "Activate Brevo's e-commerce app with `tajo brevo setup --activate-ecommerce` (it takes five minutes), or, if the"
    " key is limited, give it the scope for e-commerce."
)
COLLECTION_CURE = (
    "Make that coupon collection at Brevo, or name one there is, by id or name, in coupons.groups or"
    " sync.coupons.collection."
)


class BrevoCatalogue:
    """A `catalogue_ports.CatalogueDestination`. `http` brings the guard, `keep` is the delivery log; used by one
    thread."""

    def __init__(
        self,
        http: requests.Session,
        accounts: Mapping[str, BrevoAccount],
        meter: Meter,
        keep: KeepCall = kept_nowhere,
    ) -> None:
        self._http = http
        self._accounts = accounts
        self._meter = meter
        self._keep = keep
        self._collections: dict[tuple[str, str], str] = {}  # account and name -> id

    def send_categories(self, account: str, some: Sequence[tuple[str, CategoryEntry]]) -> None:
        bodies = [category(prefix, entry) for prefix, entry in some]
        self._post(account, OTHER, "/categories/batch", {"categories": bodies, "updateEnabled": True})

    def send_products(self, account: str, some: Sequence[Sold]) -> None:
        bodies = [product(one) for one in some]
        self._post(account, OTHER, "/products/batch", {"products": bodies, "updateEnabled": True})

    def send_product(self, account: str, one: Sold) -> None:
        self._post(account, PRODUCTS, "/products", product(one) | {"updateEnabled": True})

    def send_coupons(self, account: str, collection: str, codes: Sequence[str]) -> None:
        exchange = self._exchange(account)
        number = self._collection(exchange, account, collection)
        self._take(exchange, OTHER)
        sent = {"collectionId": number, "coupons": [text(code) for code in codes]}
        answer = exchange.post(OTHER, "/coupons", sent)
        if answer.status == 404:
            self._collections.pop((account, collection), None)
            raise _no_collection(collection, exchange)
        if not answer.is_good:
            raise exchange.failed(answer, OTHER)

    def _post(self, account: str, family: str, path: str, body: Mapping[str, Any]) -> None:
        exchange = self._exchange(account)
        self._take(exchange, family)
        try:
            answer = exchange.post(family, path, body)
        except DeliveryFailed as failed:
            if failed.remedy is not Remedy.WAIT and _status(exchange) in (403, 422) and failed.reason in REPLACED:
                raise _inactive(failed) from None
            raise
        if answer.status == 404:
            raise _inactive(exchange.failed(answer, family))
        if not answer.is_good:
            raise _refused(exchange.failed(answer, family), answer)

    def _take(self, exchange: Exchange, family: str) -> None:
        """Pay for one call, or raise WAIT. Unlike a message's further calls it keeps its distance to the last one."""
        wait = self._meter.take(exchange.account.name, family)
        if wait > 0:
            raise no_call_left(family, wait)
        exchange.paid = family

    def _collection(self, exchange: Exchange, account: str, named: str) -> str:
        """The id of a collection: found by its name once, or what was given is the id."""
        key = (account, named)
        if key not in self._collections:
            self._take(exchange, OTHER)
            number = number_of(named, all_collections(exchange))
            if not number:
                raise _no_collection(named, exchange)
            self._collections[key] = number
        return self._collections[key]

    def _exchange(self, account: str) -> Exchange:
        return Exchange(self._http, opened(self._accounts, account), self._meter, heard=partial(self._keep, account))


# What a 403 or 422 is called elsewhere; here it means the app. Others (an IP block, a firewall) keep their meaning.
REPLACED = ("not_permitted", "permission_denied", "orders_refused", "unprocessable_entity", "http_422")


def category(prefix: str, entry: CategoryEntry) -> dict[str, Any]:
    body: dict[str, Any] = {"id": text(prefix + entry.id), "name": text(entry.name)}
    if entry.deleted_at is not None:
        return body | {"isDeleted": True, "deletedAt": to_text(entry.deleted_at)}
    return body | ({"url": text(entry.url)} if entry.url else {}) | {"isDeleted": False}


def product(one: Sold) -> dict[str, Any]:
    """A product or variant as Brevo takes it. What is not known is left out; a former price that is over is set to the
    price, because nothing can be taken away."""
    entry = one.entry
    body: dict[str, Any] = {"id": text(one.prefix + entry.id), "name": text(entry.name)}
    if entry.deleted_at is not None:
        return body | {"isDeleted": True, "deletedAt": to_text(entry.deleted_at)}
    body |= {"isDeleted": False, "sku": text(entry.sku), "brand": text(entry.brand)}
    known: dict[str, Any] = {
        "parentId": text(one.prefix + entry.parent_id) if entry.parent_id else "",
        "url": text(entry.url),
        "imageUrl": text(entry.image),
        "metaInfo": {"tags": text(entry.tags)} if entry.tags else {},
    }
    body |= {name: told for name, told in known.items() if told}
    if entry.category_ids is not None:
        body["categories"] = [text(one.prefix + number) for number in entry.category_ids]
    return body | _amounts(entry, is_reduced=one.is_reduced)


def _amounts(entry: Entry, *, is_reduced: bool) -> dict[str, Any]:
    former = entry.compare_price
    if former is None and is_reduced:
        former = entry.price
    stock = None if entry.stock is None else max(0, entry.stock)  # below 0: sold before it is there
    amounts = {"price": value(entry.price), "alternativePrice": value(former), "stock": stock}
    return {name: amount for name, amount in amounts.items() if amount is not None}


def _status(exchange: Exchange) -> int:
    return int(exchange.steps[-1].get("status", 0)) if exchange.steps else 0


def _inactive(failed: DeliveryFailed) -> DeliveryFailed:
    return DeliveryFailed(
        str(failed), remedy=Remedy.STOP, reason=INACTIVE, cure=INACTIVE_CURE, answer=dict(failed.answer)
    )


def _refused(failed: DeliveryFailed, answer: Answer) -> DeliveryFailed:
    """A 400 is about a body: it will never be taken as it is."""
    if answer.status != 400:
        return failed
    return DeliveryFailed(
        str(failed), remedy=Remedy.GIVE_UP, reason=failed.reason, cure=failed.cure, answer=dict(failed.answer)
    )


def _no_collection(named: str, exchange: Exchange) -> DeliveryFailed:
    return DeliveryFailed(
        f"the account has no coupon collection {named!r}",
        remedy=Remedy.STOP,
        reason="no_collection",
        cure=COLLECTION_CURE,
        answer=exchange.said(),
    )
