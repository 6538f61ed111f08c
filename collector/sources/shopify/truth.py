"""The truth check at a Shopify shop: its own orders and what it still sells, by GraphQL. See `domain.truth`.

One call for the orders, one for the articles. On Shopify an order exists once it was accepted, so the orders made
since the cart began are asked for, by every name the shopper is known under.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from collector.domain.errors import SourceUnavailable
from collector.domain.events import OrderState
from collector.domain.orders import UNPLACED
from collector.domain.shop import Shop
from collector.domain.truth import KnownOrder, Question, Truth
from collector.sources.shopify import fields
from collector.sources.shopify.fields import Json
from collector.sources.shopify.orders import STATES

TIMEOUT_S = 10.0
SKEW = timedelta(minutes=5)  # clocks of two machines
PAGE = 5
MOST_PAGES = 10
MOST_NAMES = 20  # of one kind in one search
MOST_ARTICLES = 100
SOLD = frozenset({"ACTIVE", "UNLISTED"})
NUMBER = re.compile(r"\A[1-9][0-9]{0,19}\Z", re.ASCII)

Article = tuple[str, str]  # product id, variant id ("" without variants)


class Api(Protocol):
    """What is needed of ShopifyApi."""

    def ask(self, query: str, **variables: Any) -> Json: ...


class _Bounded:
    """Questions to one shop until the time for one look is over; it is checked between calls."""

    def __init__(self, api: Api, shop: Shop, monotonic: Callable[[], float]) -> None:
        self._api = api
        self._shop = shop
        self._monotonic = monotonic
        self._end = monotonic() + TIMEOUT_S

    def ask(self, query: str, **variables: Any) -> Json:
        if self._monotonic() > self._end:
            raise SourceUnavailable(f"{self._shop.address} did not answer within {TIMEOUT_S:g} seconds.")
        return self._api.ask(query, **variables)


class ShopifyTruth:
    """Satisfies `domain.truth.TruthCheck`. `api`: a client whose patience is at most TIMEOUT_S."""

    def __init__(self, api: Callable[[Shop], Api], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._monotonic = monotonic

    def has_access(self, shop: Shop) -> bool:
        keys = shop.secrets.credentials
        return bool(keys.get("access_token") or (keys.get("api_key") and keys.get("api_secret")))

    def ask(self, shop: Shop, question: Question) -> Truth:
        if not self.has_access(shop):
            raise SourceUnavailable(f"There are no keys for {shop.address}.", "Connect the shop again.")
        api = _Bounded(self._api(shop), shop, self._monotonic)
        orders = orders_since(api, shop, question)
        if not question.items:
            return Truth(orders)
        return Truth(orders, not_sold(api, {(item.product_id, item.variant_id) for item in question.items}))


def orders_since(api: Api, shop: Shop, question: Question) -> tuple[KnownOrder, ...]:
    """Placed orders under any of the names, newest first. Raises SourceUnavailable.

    The search of the shop finds more than it is asked for; compared exactly here.
    """
    emails = {email.lower() for email in question.emails if email}
    customers = {number for number in question.customer_ids if NUMBER.match(number)}
    carts, checkouts = set(question.cart_tokens), set(question.checkout_tokens)
    named = {"email": emails, "customer_id": customers, "cart_token": carts, "checkout_token": checkouts}
    found: dict[str, KnownOrder] = {}
    floor = question.since - SKEW
    for search in _searches(named, floor):
        for body in _pages(api, shop, search):
            order = _order(shop, body, floor)
            tokens = fields.token(body.get("cartToken")), fields.token(body.get("checkoutToken"))
            customer = fields.mapping(fields.mapping(body.get("customer")).get("defaultEmailAddress"))
            also = fields.text(customer.get("emailAddress")).lower()
            is_theirs = order is not None and (
                bool({order.email, also} & emails)
                or order.customer_id in customers
                or tokens[0] in carts
                or tokens[1] in checkouts
            )
            if order is not None and is_theirs:
                found[order.order_id] = order
    return tuple(sorted(found.values(), key=lambda order: (order.created_at, order.order_id), reverse=True))


def _searches(named: dict[str, set[str]], floor: datetime) -> Iterator[str]:
    """One search, or several for somebody with very many names. None without any."""
    wanted = [(field, value) for field, values in named.items() for value in sorted(values) if value]
    for start in range(0, len(wanted), MOST_NAMES):
        terms = " OR ".join(f"{field}:{quoted(value)}" for field, value in wanted[start : start + MOST_NAMES])
        yield f"created_at:>='{floor.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}' AND ({terms})"


def quoted(value: str) -> str:
    """A value as Shopify's search syntax takes it, whatever is in it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _pages(api: Api, shop: Shop, search: str) -> Iterator[Json]:
    after: str | None = None
    for _ in range(MOST_PAGES):
        orders = fields.mapping(api.ask("truth_orders", search=search, first=PAGE, after=after).get("orders"))
        yield from fields.objects(orders.get("nodes"))
        page = fields.mapping(orders.get("pageInfo"))
        after = fields.text(page.get("endCursor"))
        if page.get("hasNextPage") is not True or not after:
            return
    raise SourceUnavailable(f"More than {MOST_PAGES * PAGE} orders of {shop.address} answer one question.")


def _order(shop: Shop, body: Json, floor: datetime) -> KnownOrder | None:
    """None for tests, for what failed, and for what was ordered before."""
    created_at = fields.read_time(body.get("createdAt"))
    order_id = fields.identifier(body.get("id"))
    if created_at is None or not order_id:
        raise SourceUnavailable(f"{shop.address} sent an order we cannot read.")
    status = fields.text(body.get("displayFinancialStatus"), limit=50).lower()
    state = STATES.get(status, OrderState.PROMISED)
    if body.get("cancelledAt"):
        state = OrderState.CANCELLED
    if body.get("test") is True or state in UNPLACED or created_at < floor:
        return None
    lines = fields.objects(fields.mapping(body.get("lineItems")).get("nodes"))
    products = (fields.identifier(fields.mapping(line.get("product")).get("id")) for line in lines)
    return KnownOrder(
        order_id=order_id,
        state=state,
        created_at=created_at,
        email=fields.text(body.get("email")).strip().lower(),
        customer_id=fields.identifier(fields.mapping(body.get("customer")).get("id")),
        product_ids=frozenset(filter(None, products)),
    )


def not_sold(api: Api, articles: Collection[Article]) -> frozenset[Article]:
    """Those that cannot be bought now. What has no number of the shop's cannot be asked about and counts as sold.

    A browser alone may know a variant's number but not its product's: then both are the variant's.
    """
    asked = [article for article in sorted(articles) if NUMBER.match(article[1] or article[0])]
    gone: set[Article] = set()
    for start in range(0, len(asked), MOST_ARTICLES):
        chunk = asked[start : start + MOST_ARTICLES]
        variants = sorted({variant_id for _, variant_id in chunk if variant_id})
        products = sorted({product_id for product_id, variant_id in chunk if not variant_id})
        data = api.ask(
            "truth_products",
            variants=[f"gid://shopify/ProductVariant/{number}" for number in variants],
            products=[f"gid://shopify/Product/{number}" for number in products],
        )
        sold_variants = {
            fields.identifier(node.get("id"))
            for node in fields.objects(data.get("variants"))
            if _is_live(fields.mapping(node.get("product"))) and _can_be_bought(node)
        }
        sold_products = {
            fields.identifier(node.get("id"))
            for node in fields.objects(data.get("products"))
            if _is_live(node) and _has_something(fields.mapping(node.get("variants")))
        }
        gone |= {
            (product_id, variant_id)
            for product_id, variant_id in chunk
            if (variant_id not in sold_variants if variant_id else product_id not in sold_products)
        }
    return frozenset(gone)


def _is_live(product: Json) -> bool:
    return fields.text(product.get("status"), limit=50).upper() in SOLD


def _can_be_bought(variant: Json) -> bool:
    return variant.get("availableForSale") is True or variant.get("inventoryPolicy") == "CONTINUE"


def _has_something(variants: Json) -> bool:
    """Of a product with more variants than were looked at, one may be left."""
    is_more = fields.mapping(variants.get("pageInfo")).get("hasNextPage") is True
    return is_more or any(_can_be_bought(variant) for variant in fields.objects(variants.get("nodes")))
