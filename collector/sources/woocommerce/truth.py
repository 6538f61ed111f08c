"""The truth check at a WooCommerce shop: its own orders and stock, read over REST. See `domain.truth`."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from collector.domain.errors import SourceUnavailable, Unparseable
from collector.domain.events import OrderState
from collector.domain.orders import UNPLACED
from collector.domain.shop import Shop
from collector.domain.truth import KnownOrder, Question, Truth
from collector.sources.woocommerce import parse_states as states
from collector.sources.woocommerce.credentials import keys_in
from collector.sources.woocommerce.parse_values import as_list, as_object, id_text, meta, moment, text, version_at
from collector.sources.woocommerce.rest import Declined, RestClient

TIMEOUT_S = 10.0
# Clocks of two machines, and `modified_after`, which is exclusive and counts whole seconds.
SKEW = timedelta(minutes=5)
PAGE = 100
MOST_PAGES = 10
ORDER_FIELDS = (
    "id,status,created_via,customer_id,billing.email,date_created_gmt,date_modified_gmt,date_paid_gmt,"
    "payment_method,transaction_id,line_items,meta_data"
)
PRODUCT_FIELDS = "id,status,purchasable,stock_status"


Read = Callable[..., Any]  # path, parameters -> the JSON behind it
Article = tuple[str, str]  # product id, variant id ("" without variants)


class WooCommerceTruth:
    """Satisfies `domain.truth.TruthCheck`.

    `api` makes what asks a shop, with a patience of at most TIMEOUT_S; one question takes no longer than that in all
    (it is checked between calls).
    """

    def __init__(self, api: Callable[[Shop], RestClient], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._monotonic = monotonic

    def has_access(self, shop: Shop) -> bool:
        return keys_in(shop.secrets.credentials) is not None

    def ask(self, shop: Shop, question: Question) -> Truth:
        read = self._reading(shop)
        orders = orders_since(read, shop, question.emails, question.customer_ids, question.since)
        if not question.items:
            return Truth(tuple(orders))
        sold = still_sold(read, {(item.product_id, item.variant_id) for item in question.items})
        return Truth(tuple(orders), frozenset(article for article, is_sold in sold.items() if not is_sold))

    def _reading(self, shop: Shop) -> Read:
        """Reads of one shop until the time for one question is over."""
        api = self._api(shop)
        end = self._monotonic() + TIMEOUT_S

        def read(path: str, **params: str) -> Any:
            if self._monotonic() > end:
                raise SourceUnavailable(f"{shop.address} did not answer within {TIMEOUT_S:g} seconds.")
            # A host that dies of a hundred records is asked for fewer at once.
            return api.page(path, **params).records if "per_page" in params else api.get(path, **params)

        return read


def orders_since(
    read: Read, shop: Shop, emails: Collection[str], customer_ids: Collection[str], since: datetime
) -> list[KnownOrder]:
    """Placed orders of any of these, newest first. Raises SourceUnavailable.

    Asked by change, not by creation: an order begun before may have been paid after. The shop can only search
    for an address, which also finds it in other fields; compared exactly here.
    """
    floor = since - SKEW
    # Without a zone, and the flag: with both a zone and the flag WooCommerce shifts the time again.
    window = {"modified_after": f"{floor.astimezone(UTC):%Y-%m-%dT%H:%M:%S}", "dates_are_gmt": "true"}
    wanted = {way for email in emails if email for way in _ways_to_write(email.lower())}
    questions = [{"search": email} for email in sorted(wanted)]
    questions += [{"customer": number} for number in sorted(customer_ids) if number]
    found: dict[str, KnownOrder] = {}
    for question in questions:
        for body in _pages(read, "orders", question | window | {"_fields": ORDER_FIELDS}):
            order = _order(shop, body, floor)
            if order and (order.email in wanted or order.customer_id in customer_ids):
                found[order.order_id] = order
    return sorted(found.values(), key=lambda order: (order.created_at, order.order_id), reverse=True)


def _ways_to_write(email: str) -> list[str]:
    """As it is, and with its domain as browsers send it from a form (müller.example: xn--mller-kva.example)."""
    name, _, domain = email.rpartition("@")
    try:
        sent = domain.encode("idna").decode()
    except UnicodeError:  # no domain that could be sent so
        return [email]
    return list(dict.fromkeys([email, f"{name}@{sent}"]))


def still_sold(read: Read, articles: Collection[Article]) -> Mapping[Article, bool]:
    """Whether each can be bought now. Raises SourceUnavailable.

    A variant needs its product too. What has no product id cannot be asked about and counts as sold.
    A browser alone knows a variant's number but not its product's: then both are the variant's.
    """
    variants: dict[str, set[str]] = defaultdict(set)
    alone = {product_id for product_id, variant_id in articles if product_id and product_id == variant_id}
    for product_id, variant_id in articles:
        if product_id and variant_id and product_id not in alone:
            variants[product_id].add(variant_id)
    products = _sold(read, "products", {product_id for product_id, _ in articles if product_id} - alone)
    products |= {number: _is_sold_alone(read, number) for number in alone}
    chosen: dict[Article, bool] = {}
    for product_id, wanted in variants.items():
        if products.get(product_id):
            sold = _sold(read, f"products/{product_id}/variations", wanted)
            chosen |= {(product_id, number): is_sold for number, is_sold in sold.items()}

    def is_sold(article: Article) -> bool:
        product_id, variant_id = article
        if not product_id:
            return True
        return products[product_id] and (variant_id in ("", product_id) or chosen.get(article, False))

    return {article: is_sold(article) for article in articles}


def _pages(read: Read, path: str, params: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """All things of a list. Ends on a short page: the totals are not to be trusted past the first."""
    for number in range(1, MOST_PAGES + 1):
        things = _listed(read(path, page=str(number), per_page=str(PAGE), **params), path)
        yield from (as_object(thing) for thing in things)
        if len(things) < PAGE:
            return
    raise SourceUnavailable(f"More than {MOST_PAGES * PAGE} {path} answer one question.")


def _order(shop: Shop, body: dict[str, Any], floor: datetime) -> KnownOrder | None:
    """None for what is not placed, and for orders that were made and paid before `floor`.

    One that is promised (a bank transfer) says no time of acceptance: touched since then, it counts.
    """
    status = states.status_of(body)
    if not status or status == states.DRAFT or status in states.NOT_ORDERS:
        return None
    try:
        changed_at, paid_at = version_at(body), moment(body, "date_paid_gmt")
        created_at = moment(body, "date_created_gmt") or changed_at
    except Unparseable as problem:
        raise SourceUnavailable(f"{shop.address} sent an order we cannot read ({problem}).") from None
    state = states.state_of(body, states.kind_of(body, meta(body)), changed_at - created_at, paid_at)
    if state in UNPLACED:
        return None
    is_recent = created_at >= floor or (paid_at is not None and paid_at >= floor)
    if not is_recent and not (state is OrderState.PROMISED and changed_at >= floor):
        return None
    lines = (as_object(line) for line in as_list(body.get("line_items")))
    return KnownOrder(
        order_id=id_text(body.get("id")),
        state=state,
        created_at=created_at,
        email=text(as_object(body.get("billing")).get("email")).strip().lower(),
        customer_id=id_text(body.get("customer_id")),
        product_ids=frozenset(filter(None, (id_text(line.get("product_id")) for line in lines))),
    )


def _listed(answer: object, path: str) -> list[Any]:
    if not isinstance(answer, list):
        raise SourceUnavailable(f"The shop answered something that is no list to {path}.")
    return answer


def _is_sold_alone(read: Read, number: str) -> bool:
    """A variant by its own number. `include` finds products only, this address variants too."""
    try:
        return _can_be_bought(as_object(read(f"products/{number}", _fields=PRODUCT_FIELDS)))
    except Declined as declined:
        if declined.status != 404:
            raise
        return False


def _can_be_bought(body: dict[str, Any]) -> bool:
    return (
        text(body.get("status")) == "publish"
        and body.get("purchasable") is True
        and text(body.get("stock_status")) != "outofstock"
    )


def _sold(read: Read, path: str, numbers: Collection[str]) -> dict[str, bool]:
    """Number -> can it be bought. What the shop does not know is not sold."""
    found = dict.fromkeys(numbers, False)
    ordered = sorted(found)
    for start in range(0, len(ordered), PAGE):
        chunk = ",".join(ordered[start : start + PAGE])
        try:
            things = _listed(read(path, include=chunk, per_page=str(PAGE), _fields=PRODUCT_FIELDS), path)
        except Declined as declined:
            if declined.status != 404:
                raise
            continue  # the product the variations belong to is gone
        for thing in map(as_object, things):
            number = id_text(thing.get("id"))
            if number in found:
                found[number] = _can_be_bought(thing)
    return found
