"""The one vocabulary: what happened in a shop, whoever reported it.

The tracker, Shopify, WooCommerce and history all end here. A source's `parse` turns one inbox row
into a list of these facts; the fold applies them to the state in any order, any number of times.

Every fact that has a place in time carries `occurred_at`: aware UTC, the shop's or browser's clock,
never later than the arrival of its row. Ids are strings (Shopify's exceed 2**53). Money is an integer in
minor units beside its ISO 4217 code. Empty text means "not stated" for plain texts; `None` means
"this body says nothing about it" wherever that differs from "it is empty".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from collector.domain.catalogue import CategorySeen, LevelSeen, ProductSeen
from collector.domain.coupons import CouponSeen
from collector.domain.shop_facts import ErrorSent, ReadAgain, ShopDescribed, ShopNoticed, ShopUninstalled
from collector.domain.timestamps import EPOCH


class EventType(StrEnum):
    """Names used in the database, the API and `tajo events tail`. What Brevo calls them lives with Brevo."""

    # A page was looked at.
    PAGE_VIEWED = "page_viewed"
    # A product page was looked at.
    PRODUCT_VIEWED = "product_viewed"
    # A collection or category was looked at.
    COLLECTION_VIEWED = "collection_viewed"
    # A search was made in the shop.
    SEARCH_SUBMITTED = "search_submitted"
    # The content of a cart, as it is now (also the first item, also none).
    CART_UPDATED = "cart_updated"
    # The checkout was opened or went a step further.
    CHECKOUT_STARTED = "checkout_started"
    # An e-mail address or phone number was given in a form.
    CONTACT_SUBMITTED = "contact_submitted"
    # The thank-you page was seen: a hint, never the truth.
    ORDER_CONFIRMED = "order_confirmed"
    # A customer record appeared, changed, got a tag, went away.
    CUSTOMER_CREATED = "customer_created"
    CUSTOMER_UPDATED = "customer_updated"
    CUSTOMER_TAGS_ADDED = "customer_tags_added"
    CUSTOMER_DELETED = "customer_deleted"
    # An order was accepted (paid or promised), changed, shipped, cancelled, refunded.
    ORDER_PLACED = "order_placed"
    ORDER_UPDATED = "order_updated"
    ORDER_FULFILLED = "order_fulfilled"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_REFUNDED = "order_refunded"
    # A product came into the shop, or changed (its stock does not count).
    PRODUCT_ADDED = "product_added"
    PRODUCT_UPDATED = "product_updated"
    # The stock of what is sold: it ran low, there is none, there is some again.
    PRODUCT_RAN_LOW = "product_ran_low"
    PRODUCT_SOLD_OUT = "product_sold_out"
    PRODUCT_RESTOCKED = "product_restocked"
    # A coupon was made.
    COUPON_CREATED = "coupon_created"
    # The shop got another theme: what was pasted into the old one may be gone.
    THEME_PUBLISHED = "theme_published"


class Strength(StrEnum):
    """How sure we are that an identity belongs to somebody; `rank` orders them."""

    CLAIMED = "claimed"  # a page said so, unsigned
    TYPED = "typed"  # given in a form
    SIGNED = "signed"  # signed by the shop, or in the platform's own customer record
    ORDERED = "ordered"  # stands on an order

    @property
    def rank(self) -> int:
        return list(Strength).index(self)


class OrderState(StrEnum):
    """What a platform's status means to carts and messages (architecture.md 5.4)."""

    NONE = "none"  # a checkout draft: not an order
    STARTED = "started"  # payment running
    PROMISED = "promised"  # accepted, to be paid later
    PAID = "paid"  # accepted and paid
    FAILED = "failed"  # payment failed, voided, expired, or cancelled by the unpaid-order timer
    CANCELLED = "cancelled"
    REFUNDED = "refunded"  # fully refunded


class OrderKind(StrEnum):
    """Where an order came from; decides which carts it closes (architecture.md 5.4, second table)."""

    STOREFRONT = "storefront"
    RENEWAL = "renewal"
    POS = "pos"
    OTHER = "other"  # draft, admin, API, marketplace


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a cart, checkout or order. Prices as the shopper sees them, minor units, None if unknown."""

    product_id: str
    quantity: int
    variant_id: str = ""
    sku: str = ""
    name: str = ""
    variant_name: str = ""
    unit_price_minor: int | None = None
    line_total_minor: int | None = None  # after line discounts
    url: str = ""
    image: str = ""
    categories: tuple[str, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()  # what the shopper chose or wrote for this line: name, value


@dataclass(frozen=True, slots=True)
class Page:
    """Where in the shop something happened."""

    url: str = ""
    referrer: str = ""
    title: str = ""
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    """A product as a page showed it."""

    id: str
    variant_id: str = ""
    sku: str = ""
    name: str = ""
    price_minor: int | None = None
    currency: str = ""
    url: str = ""
    image: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A look by a browser: page, product, collection, search, thank-you page (`type` says which)."""

    type: EventType
    event_id: str
    occurred_at: datetime
    visitor_id: str
    page: Page = Page()
    product: Product | None = None
    query: str = ""
    order_id: str = ""  # order_confirmed only
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class CartSeen:
    """The whole content of a cart at one moment. No items: it is empty.

    `cart_token` without Shopify's `?key=` part; "" where the platform has none, then the visitor is the key.
    One of `cart_token`, `visitor_id` is not empty. `source`: browser | server | platform.
    """

    event_id: str
    occurred_at: datetime
    items: tuple[Item, ...]
    currency: str
    total_minor: int | None
    cart_token: str = ""
    visitor_id: str = ""
    checkout_url: str = ""
    page: Page = Page()
    source: str = "browser"
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class CheckoutSeen:
    """A checkout was opened or went on. `items` None: this report does not say what is in it.

    From a browser: `checkout_token` may be "". From a platform: `version_at` is its own updated_at and the
    newest version of a (shop, checkout_token) wins; `completed_at` says an order came out of it;
    `accepts_marketing` is the state of the opt-in box in this version. `stated_at`: when the platform made this body
    (EPOCH: not known); of two with one version the later one counts.
    `payment_running`: the shopper was sent to the payment page.
    """

    event_id: str
    occurred_at: datetime
    checkout_token: str = ""
    cart_token: str = ""
    visitor_id: str = ""
    items: tuple[Item, ...] | None = None
    currency: str = ""
    total_minor: int | None = None
    email: str = ""
    phone: str = ""
    customer_id: str = ""
    recovery_url: str = ""
    completed_at: datetime | None = None
    accepts_marketing: bool | None = None
    payment_running: bool = False
    page: Page = Page()
    source: str = "browser"
    user_agent: str = ""
    stated_at: datetime = EPOCH


@dataclass(frozen=True, slots=True)
class ContactGiven:
    """An address or number given in a form of the shop. Unticked opt-in changes nothing, ever."""

    event_id: str
    occurred_at: datetime
    visitor_id: str
    strength: Strength
    email: str = ""
    phone: str = ""
    marketing_opt_in: bool = False
    page: Page = Page()
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class IdentityStated:
    """A page, signed by the shop or not, says who is looking."""

    occurred_at: datetime
    visitor_id: str
    strength: Strength
    email: str = ""
    customer_id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class ObservingConsent:
    """May this browser be observed? granted | denied | unknown (stored only where implied consent is enough)."""

    occurred_at: datetime
    visitor_id: str
    state: str


@dataclass(frozen=True, slots=True)
class BrowserNoted:
    """Something about the browser that later holds its messages: suspected bot and why."""

    occurred_at: datetime
    visitor_id: str
    suspicion: str


@dataclass(frozen=True, slots=True)
class MessageConsent:
    """A recorded act about being messaged. Appended to the ledger, never changed.

    `subject_kind`: email | phone; `channel`: email | sms | whatsapp.
    `state`: opted_in | opted_out | pending | none | unticked. `unticked` only takes back earlier `opted_in`
    entries of the same `act`; it is no opt-out. `act` names the form or record ("checkout:<token>", "customer:<id>").
    """

    occurred_at: datetime
    subject_kind: str
    subject: str
    channel: str
    state: str
    act: str
    source: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ListJoined:
    """A destination tells that somebody came onto lists there, by no call of ours: perhaps the click that confirms
    an address (a double opt-in). `lists` are the destination's numbers."""

    occurred_at: datetime
    email: str
    lists: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CustomerSeen:
    """A customer record as the platform has it at `version_at` (its updated_at).

    `tags`, `orders_count`, `total_spent_minor` are None when this body does not carry them (Shopify >= 2025-01);
    `last_order_at`, too: only records we read ourselves say it.
    `type`: CUSTOMER_CREATED for a creation topic, else CUSTOMER_UPDATED. `is_staff`: shop personnel.
    `stated_at`: when the platform made this body (EPOCH: not known); of two with one version the later one counts.
    """

    type: EventType
    customer_id: str
    version_at: datetime
    created_at: datetime | None = None
    email: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""  # ISO 3166-1 alpha-2
    locale: str = ""
    role: str = ""
    is_staff: bool = False
    tags: tuple[str, ...] | None = None
    orders_count: int | None = None
    total_spent_minor: int | None = None
    last_order_at: datetime | None = None
    currency: str = ""
    billing_email: str = ""  # where it differs from the account's
    # The metafields the shop's mapping reads, by name; None when this body does not carry any.
    extras: Mapping[str, str | int | float | bool] | None = None
    stated_at: datetime = EPOCH


@dataclass(frozen=True, slots=True)
class TagsChanged:
    """Tags were added to or removed from a customer."""

    occurred_at: datetime
    customer_id: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerCounted:
    """How much a customer bought, as the platform counts it at this time. None: not stated."""

    occurred_at: datetime
    customer_id: str
    orders_count: int | None
    total_spent_minor: int | None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class CustomersMerged:
    """Two customer records became one: `gone_id` is `kept_id` from now on, also in what is told later."""

    occurred_at: datetime
    kept_id: str
    gone_id: str


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """An order as the platform has it at `version_at` (its updated_at).

    `accepted_at`: when the platform says it was placed for good; None when this version does not prove it.
    `state` is this version's state; `is_fulfilled` shipped or completed. `refunds`: the refunds this body lists,
    None when it does not list them; `lists_every_refund`: one it does not name was deleted. `total_minor` in
    `currency` is what the shopper saw; `base_*` is the shop's own currency (Brevo's /orders/status). `stated_at`: when
    the platform made this body (EPOCH: not known); of two with one version and state the later one counts.
    """

    order_id: str
    version_at: datetime
    created_at: datetime
    state: OrderState
    kind: OrderKind
    status: str  # the platform's own word
    currency: str
    total_minor: int
    items: tuple[Item, ...]
    number: str = ""
    base_currency: str = ""
    base_total_minor: int | None = None
    email: str = ""
    phone: str = ""
    customer_id: str = ""
    visitor_id: str = ""
    cart_token: str = ""
    checkout_token: str = ""
    accepted_at: datetime | None = None
    paid_at: datetime | None = None
    cancelled_at: datetime | None = None
    fulfilled_at: datetime | None = None
    is_fulfilled: bool = False
    is_test: bool = False
    is_restored: bool = False  # this body says it came back from the bin
    is_in_bin: bool = False  # this body lies there: its state is not that of the order
    accepts_marketing: bool | None = None
    locale: str = ""
    country: str = ""
    refunds: tuple[RefundSeen, ...] | None = None
    lists_every_refund: bool = False
    detail: dict[str, Any] = field(default_factory=dict)  # names, addresses, coupons, attribution
    stated_at: datetime = EPOCH


@dataclass(frozen=True, slots=True)
class RefundSeen:
    """What was taken off an order; `order_id` may not be known yet. `has_moved`: money was given back for it.
    `is_bare`: money, and for no line of the order, as far as this body knows."""

    refund_id: str
    order_id: str
    occurred_at: datetime
    amount_minor: int
    currency: str
    has_moved: bool = True
    is_bare: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """A `*.deleted` / `*/delete`: only an id. Changes nothing for an id we do not know under this kind.

    `kind`: customer | order | product | category | coupon. `occurred_at`, as near as it is known: the arrival, since
    such bodies have no time of their own, or when the platform says it set the delivery off.
    """

    kind: str
    id: str
    occurred_at: datetime


Fact = (
    Seen
    | CartSeen
    | CheckoutSeen
    | ContactGiven
    | IdentityStated
    | ObservingConsent
    | BrowserNoted
    | MessageConsent
    | ListJoined
    | CustomerSeen
    | CustomerCounted
    | CustomersMerged
    | TagsChanged
    | ReadAgain
    | OrderSeen
    | RefundSeen
    | ProductSeen
    | LevelSeen
    | CategorySeen
    | CouponSeen
    | Gone
    | ShopUninstalled
    | ShopDescribed
    | ErrorSent
    | ShopNoticed
)
