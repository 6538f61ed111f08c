"""The beacon wire format, version 1: the only validation a beacon gets.

`decode` gives a `Beacon` or raises Invalid naming the field, what stood there and what may. Structure, ids,
times and money are strict; free text may have any length here and is cut where it becomes a fact.
Unknown fields are ignored, `null` is the same as absent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from collector.domain.errors import Invalid
from collector.sources.tracker.complaints import complaint

MOST_EVENTS = 50

# Years 2000 to 2100, in milliseconds since 1970.
Milliseconds = Annotated[int, Meta(ge=946_684_800_000, lt=4_133_980_800_000)]
OurId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{8,64}\Z")]
ForeignId = Annotated[str, Meta(pattern=r"[^\s\0]", max_length=200)]  # not blank
OptionalId = Annotated[str, Meta(max_length=200)] | None
# Eleven digits before the point: fits 2**53 minor units of every currency.
Amount = Annotated[str, Meta(pattern=r"^[0-9]{1,11}(\.[0-9]{1,8})?\Z")] | None
CurrencyCode = Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z")] | None
Quantity = Annotated[int, Meta(ge=0, le=100_000)]
Text = str | None


class Page(msgspec.Struct, frozen=True, gc=False):
    url: Text = None
    referrer: Text = None
    title: Text = None
    locale: Text = None
    country: Text = None  # of the shop's market, ISO 3166-1 alpha-2


class Identity(msgspec.Struct, frozen=True, gc=False):
    """Who the page says is looking. `signed_on` is a date, `signature` hexadecimal; see `verify`."""

    email: Text = None
    customer_id: OptionalId = None
    name: Text = None
    signed_on: Text = None
    signature: Text = None


class Product(msgspec.Struct, frozen=True):
    id: ForeignId
    variant_id: OptionalId = None
    sku: Text = None
    name: Text = None
    variant_name: Text = None
    price: Amount = None
    currency: CurrencyCode = None
    url: Text = None
    image: Text = None
    categories: list[str] | None = None


class Item(Product, frozen=True, kw_only=True):
    quantity: Quantity
    line_total: Amount = None
    properties: Any = None  # whatever a theme makes of them is no reason to refuse a cart


class Cart(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Item]
    token: OptionalId = None
    currency: CurrencyCode = None
    total: Amount = None
    checkout_url: Text = None


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    id: OurId
    at: Milliseconds
    page: Page | None = None


class PageViewed(_Event, frozen=True, kw_only=True, tag="page_viewed"):
    pass


class ProductViewed(_Event, frozen=True, kw_only=True, tag="product_viewed"):
    product: Product


class CollectionViewed(_Event, frozen=True, kw_only=True, tag="collection_viewed"):
    pass


class SearchSubmitted(_Event, frozen=True, kw_only=True, tag="search_submitted"):
    query: str


class CartUpdated(_Event, frozen=True, kw_only=True, tag="cart_updated"):
    cart: Cart


class CheckoutStarted(_Event, frozen=True, kw_only=True, tag="checkout_started"):
    cart: Cart | None = None
    checkout_token: OptionalId = None
    stage: Literal["checkout", "payment"] | None = None  # payment: what is paid with was given


class ContactSubmitted(_Event, frozen=True, kw_only=True, tag="contact_submitted"):
    email: Text = None
    phone: Text = None
    marketing_opt_in: bool | None = None


class OrderConfirmed(_Event, frozen=True, kw_only=True, tag="order_confirmed"):
    order_id: ForeignId


Event = (
    PageViewed
    | ProductViewed
    | CollectionViewed
    | SearchSubmitted
    | CartUpdated
    | CheckoutStarted
    | ContactSubmitted
    | OrderConfirmed
)


class Beacon(msgspec.Struct, frozen=True, kw_only=True):
    v: Literal[1]
    visitor_id: OurId
    sent_at: Milliseconds
    events: Annotated[list[Event], Meta(max_length=MOST_EVENTS)]
    consent: Literal["granted", "denied", "unknown"] = "unknown"
    page: Page | None = None
    identity: Identity | None = None


_DECODER = msgspec.json.Decoder(Beacon)


def decode(body: bytes) -> Beacon:
    """Raises Invalid: for anything that is not a beacon of version 1, and nothing else."""
    try:
        beacon = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise complaint(problem, body) from None
    _check_events(beacon.events)
    return beacon


def _check_events(events: Sequence[Event]) -> None:
    """What the types cannot say: ids are unique in a beacon, a contact has something to be reached by."""
    seen: set[str] = set()
    for index, event in enumerate(events):
        if event.id in seen:
            raise Invalid("the same id twice", f"events[{index}].id", event.id, "one id per event")
        seen.add(event.id)
        if isinstance(event, ContactSubmitted) and event.email is None and event.phone is None:
            raise Invalid("missing", f"events[{index}].email", None, "an e-mail address, or a phone number")
