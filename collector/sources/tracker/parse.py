"""From a stored beacon to facts.

A browser's clock may be wrong by any amount, but it is wrong by the same amount when it stamps an event and
when it sends: true time = `at` + (received - `sent_at`), never later than received.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from collector.domain import money
from collector.domain.door import InboxRow, RowKind
from collector.domain.errors import Invalid, Unparseable
from collector.domain.events import (
    BrowserNoted,
    CartSeen,
    CheckoutSeen,
    ContactGiven,
    EventType,
    Fact,
    IdentityStated,
    Item,
    MessageConsent,
    ObservingConsent,
    Page,
    Product,
    Seen,
    Strength,
)
from collector.domain.items import line_properties
from collector.domain.ports import Addresses, Currencies
from collector.domain.shop import Shop
from collector.domain.timestamps import from_ms, to_ms, whole_ms
from collector.sources.tracker import wire

LONGEST_URL = 2048
LONGEST_NAME = 500
LONGEST_TEXT = 200
MOST_CATEGORIES = 20

_GID = re.compile(r"gid://[^/]+/[^/]+/([^/?]+)")
_REGION = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{4})?[-_]([A-Za-z]{2})\b")


def parse(row: InboxRow, shop: Shop, currencies: Currencies, addresses: Addresses) -> list[Fact]:
    """The facts of one BEACON or DENIAL row. Raises Unparseable, nothing else.

    Events of any age become facts; whether they may still start something is judged where they would.
    """
    if row.kind is RowKind.DENIAL:
        return [ObservingConsent(whole_ms(row.received_at), _denied_visitor(row), "denied")]
    if row.kind is not RowKind.BEACON:
        raise Unparseable("beacon", f"a row of kind {row.kind}")
    try:
        beacon = wire.decode(row.body)
    except Invalid as problem:
        raise Unparseable("beacon", str(problem)) from None
    return list(_Reading(row, shop, beacon, currencies, addresses).facts())


class _Denial(msgspec.Struct):
    visitor_id: wire.OurId


def _denied_visitor(row: InboxRow) -> str:
    try:
        return msgspec.json.decode(row.body, type=_Denial).visitor_id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise Unparseable("beacon", f"denial: {problem}") from None


@dataclass(frozen=True, slots=True)
class _Reading:
    """One beacon being read, with what every part of it needs."""

    row: InboxRow
    shop: Shop
    beacon: wire.Beacon
    currencies: Currencies
    addresses: Addresses

    @property
    def is_from_server(self) -> bool:
        return bool(self.row.facts.get("server"))

    @property
    def user_agent(self) -> str:
        return str(self.row.facts.get("ua", ""))

    @property
    def arrival(self) -> datetime:
        return whole_ms(self.row.received_at)

    def facts(self) -> Iterator[Fact]:
        visitor_id = self.beacon.visitor_id
        yield ObservingConsent(self.arrival, visitor_id, self.beacon.consent)
        suspicion = self.row.facts.get("suspicion")
        if suspicion:
            yield BrowserNoted(self.arrival, visitor_id, str(suspicion))
        identity = self.identity()
        if identity is not None:
            yield identity
        for event in self.beacon.events:
            yield from self.event(event)

    def identity(self) -> IdentityStated | None:
        said = self.beacon.identity
        if vouched := str(self.row.facts.get("customer_id", "")):
            return self.vouched_for(vouched, said)
        if said is None:
            return None
        email = self.addresses.email(said.email or "") or ""
        customer_id = _id(said.customer_id)
        if not email and not customer_id:
            return None
        is_signed = self.row.facts.get("identity") == Strength.SIGNED
        return IdentityStated(
            self.arrival,
            self.beacon.visitor_id,
            Strength.SIGNED if is_signed else Strength.CLAIMED,
            email,
            customer_id,
            _text(said.name, LONGEST_TEXT),
        )

    def vouched_for(self, customer_id: str, said: wire.Identity | None) -> IdentityStated:
        """The platform itself says who is logged in. What the page says beside that counts if the shop signed it, too,
        and of the same customer."""
        is_signed = self.row.facts.get("identity") == Strength.SIGNED
        is_same = said is not None and is_signed and _id(said.customer_id) == customer_id
        email = (self.addresses.email(said.email or "") or "") if said is not None and is_same else ""
        name = _text(said.name, LONGEST_TEXT) if said is not None and is_same else ""
        return IdentityStated(self.arrival, self.beacon.visitor_id, Strength.SIGNED, email, customer_id, name)

    def event(self, event: wire.Event) -> Iterator[Fact]:
        page = self.page(event.page or self.beacon.page)
        match event:
            case wire.PageViewed():
                yield self.seen(EventType.PAGE_VIEWED, event, page)
            case wire.CollectionViewed():
                yield self.seen(EventType.COLLECTION_VIEWED, event, page)
            case wire.ProductViewed():
                product = self.product(event.product)
                product = product if product.url else replace(product, url=page.url)  # it is what the page is about
                yield self.seen(EventType.PRODUCT_VIEWED, event, page, product=product)
            case wire.SearchSubmitted():
                yield self.seen(EventType.SEARCH_SUBMITTED, event, page, query=_text(event.query, LONGEST_NAME))
            case wire.OrderConfirmed():
                yield self.seen(EventType.ORDER_CONFIRMED, event, page, order_id=_id(event.order_id))
            case wire.CartUpdated():
                yield self.cart(event, page)
            case wire.CheckoutStarted():
                yield self.checkout(event, page)
            case wire.ContactSubmitted():
                yield from self.contact(event, page)

    def seen(self, kind: EventType, event: wire.Event, page: Page, **more: Any) -> Seen:
        return Seen(
            type=kind,
            event_id=event.id,
            occurred_at=self.true_time(event.at),
            visitor_id=self.beacon.visitor_id,
            page=page,
            user_agent=self.user_agent,
            **more,
        )

    def cart(self, event: wire.CartUpdated, page: Page) -> CartSeen:
        cart = event.cart
        currency = cart.currency or _common_currency(cart) or self.shop.currency
        return CartSeen(
            event_id=event.id,
            occurred_at=self.true_time(event.at),
            items=self.items(cart, currency),
            currency=currency,
            total_minor=self.minor(cart.total, currency),
            cart_token=cart_token(cart.token),
            visitor_id=self.beacon.visitor_id,
            checkout_url=self.url(cart.checkout_url),
            page=page,
            source="server" if self.is_from_server else "browser",
            user_agent=self.user_agent,
        )

    def checkout(self, event: wire.CheckoutStarted, page: Page) -> CheckoutSeen:
        cart = event.cart
        currency = (cart.currency or _common_currency(cart) or self.shop.currency) if cart else ""
        return CheckoutSeen(
            event_id=event.id,
            occurred_at=self.true_time(event.at),
            checkout_token=cart_token(event.checkout_token),
            cart_token=cart_token(cart.token) if cart else "",
            visitor_id=self.beacon.visitor_id,
            items=self.items(cart, currency) if cart else None,
            currency=currency,
            total_minor=self.minor(cart.total, currency) if cart else None,
            payment_running=event.stage == "payment",
            page=page,
            source="server" if self.is_from_server else "browser",
            user_agent=self.user_agent,
        )

    def contact(self, event: wire.ContactSubmitted, page: Page) -> Iterator[Fact]:
        """Nothing when neither is an address: half-typed text is no reason to lose the beacon.

        A browser that gives too many addresses is not believed: they are claims, its ticks no consent.
        """
        email = self.addresses.email(event.email or "") or ""
        phone = self.addresses.phone(event.phone or "", _region(page.locale)) or ""
        if not email and not phone:
            return
        occurred_at = self.true_time(event.at)
        is_flood = bool(self.row.facts.get("many_addresses"))
        strength = Strength.CLAIMED if is_flood else Strength.TYPED
        if self.is_from_server and self.is_signed_for(email):
            strength = Strength.SIGNED  # the shop knows who it is; what is typed at its checkout it only passes on
        opted_in = bool(event.marketing_opt_in)
        yield ContactGiven(
            event_id=event.id,
            occurred_at=occurred_at,
            visitor_id=self.beacon.visitor_id,
            strength=strength,
            email=email,
            phone=phone,
            marketing_opt_in=opted_in,
            page=page,
            user_agent=self.user_agent,
        )
        if opted_in and email and strength is not Strength.CLAIMED:
            yield MessageConsent(
                occurred_at=occurred_at,
                subject_kind="email",
                subject=email,
                channel="email",
                state="opted_in",
                act=f"form:{event.id}",
                source="form_signed" if self.is_signed_for(email) else "form",
                detail=page.url,
            )

    def is_signed_for(self, email: str) -> bool:
        """Whether the shop vouches for this address: its server says, or it signed, that this is who is looking."""
        identity = self.identity()
        return identity is not None and identity.strength is Strength.SIGNED and identity.email == email

    def true_time(self, at_ms: int) -> datetime:
        received_ms = to_ms(self.row.received_at)
        return from_ms(min(at_ms + received_ms - self.beacon.sent_at, received_ms))

    def page(self, page: wire.Page | None) -> Page:
        if page is None:
            return Page()
        return Page(
            self.url(page.url),
            _text(page.referrer, LONGEST_URL),
            _text(page.title, LONGEST_NAME),
            _text(page.locale, 35),
        )

    def product(self, product: wire.Product) -> Product:
        currency = product.currency or self.shop.currency
        return Product(
            id=_id(product.id),
            variant_id=_id(product.variant_id),
            sku=_text(product.sku, LONGEST_TEXT),
            name=_text(product.name, LONGEST_NAME),
            price_minor=self.minor(product.price, currency),
            currency=currency,
            url=self.url(product.url),
            image=self.url(product.image),
            categories=_categories(product),
        )

    def items(self, cart: wire.Cart, currency: str) -> tuple[Item, ...]:
        """Lines with a quantity. A price in another currency than the cart's is left out, not mixed in."""
        return tuple(self.item(item, currency) for item in cart.items if item.quantity)

    def item(self, item: wire.Item, currency: str) -> Item:
        in_cart_currency = item.currency in (None, currency)
        return Item(
            product_id=_id(item.id),
            quantity=item.quantity,
            variant_id=_id(item.variant_id),
            sku=_text(item.sku, LONGEST_TEXT),
            name=_text(item.name, LONGEST_NAME),
            variant_name=_text(item.variant_name, LONGEST_NAME),
            unit_price_minor=self.minor(item.price, currency) if in_cart_currency else None,
            line_total_minor=self.minor(item.line_total, currency) if in_cart_currency else None,
            url=self.url(item.url),
            image=self.url(item.image),
            categories=_categories(item),
            properties=line_properties(item.properties),
        )

    def minor(self, amount: str | None, currency: str) -> int | None:
        """Minor units; None without an amount or when nobody says in which currency it is."""
        if amount is None or not currency:
            return None
        return money.to_minor(amount, self.currencies.exponent(currency))

    def url(self, text: str | None) -> str:
        """An http(s) address, made whole where the page left parts out; "" for anything else."""
        url = _text(text, LONGEST_URL)
        if url.startswith("//"):
            return f"https:{url}"[:LONGEST_URL]
        if url.startswith("/"):
            origin = "/".join(self.shop.home.split("/", 3)[:3])
            return f"{origin}{url}"[:LONGEST_URL]
        return url if url.lower().startswith(("http://", "https://")) else ""


def cart_token(token: str | None) -> str:
    """Without Shopify's `?key=…`: webhooks and orders carry the token alone, and the key is a secret."""
    return _text((token or "").partition("?")[0], LONGEST_TEXT)


def _id(value: str | None) -> str:
    """`gid://shopify/Product/123` -> `123`; others as they are."""
    text = _text(value, LONGEST_TEXT)
    match = _GID.match(text)
    return match[1] if match else text


def _text(value: str | None, longest: int) -> str:
    return value.replace("\0", "").strip()[:longest] if value else ""


def _categories(product: wire.Product) -> tuple[str, ...]:
    names = (_text(name, LONGEST_TEXT) for name in (product.categories or ())[:MOST_CATEGORIES])
    return tuple(name for name in names if name)


def _common_currency(cart: wire.Cart) -> str:
    """The one currency the lines name, if it is one."""
    named = {item.currency for item in cart.items if item.currency}
    return named.pop() if len(named) == 1 else ""


def _region(locale: str) -> str:
    """`de-AT` -> `AT`: how a phone number without a country code is to be read. "" when not said."""
    match = _REGION.match(locale)
    return match[1].upper() if match else ""
