"""Hypothesis strategies: what a shop, its shoppers and its carts may look like at their worst, as rows at the doors.

Money is drawn in whole minor units, so a test can reckon by itself what must be told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from collector.domain.door import NewRow
from collector.domain.shop import Shop
from tests.pipeline.row_builders import (
    ANA,
    beacon,
    event,
    gmt,
    iso,
    shopify_checkout,
    shopify_customer,
    webhook,
    woo_customer,
)
from tests.pipeline.telling_bench import LIVE_SHOPIFY, LIVE_WOO

DECIMALS = {"EUR": 2, "JPY": 0, "KWD": 3, "CHF": 2}
LOCALES = ["de-DE", "ja-JP", "ar-KW", "fr-CH", "tlh", "", "en_GB.UTF-8"]
MANY_LINES = 500
ORDER_AT = 10

currencies = st.sampled_from(list(DECIMALS))
# Whatever a keyboard, a plugin or an attacker types; halves of surrogate pairs are legal in JSON.
texts = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "</script><script>alert(1)</script>",
            "\u202eتفاح {{ params.total }} \"'`",
            "🍵" * 40,
            "half \ud83d",
            "a\x00b\x1b[31m",
            "x" * 5_000,
            "null",
            "12.50",
        ]
    ),
)
maybe_texts = st.none() | texts
numbers = st.one_of(st.integers(1, 99), st.integers(1, 2**63 - 1), st.integers(10**18, 10**19 - 1))
# Zero, small, a car, and what still fits the eleven digits of the wire.
prices = st.one_of(st.just(0), st.integers(1, 99_999), st.integers(10**6, 10**9))
ticks = st.sampled_from([True, True, False])
people = st.sampled_from(
    [
        "ana@shop.example",
        "o'neil+tea@shop.example",
        "jörg@bücher.example",
        "ana.very.long." + "x" * 40 + "@shop.example",
    ]
)


@dataclass(frozen=True)
class Line:
    number: int
    name: str | None
    sku: str | None
    variant: int | None
    minor: int
    quantity: int


@dataclass(frozen=True)
class Story:
    """`due`: order number -> its amount as Brevo's order list must have it, or None when it must not be there."""

    shop: Shop
    rows: tuple[NewRow, ...]
    due: dict[str, Decimal | None]
    currencies: frozenset[str]

    def _repr_pretty_(self, printer: Any, is_cycle: bool) -> None:
        """For hypothesis, short: rows of hundreds of lines would hide what went wrong."""
        bodies = [f"{row.topic or row.kind.value} {row.body[:600].decode(errors='replace')}" for row in self.rows]
        printer.text("\n".join([f"Story({self.shop.platform}, {self.shop.currency}, {self.due})", *bodies]))


def major(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-DECIMALS[currency])


def written(minor: int, currency: str) -> str:
    return format(major(minor, currency), "f")


def told_by_a_page(minor: int, currency: str) -> str | None:
    """The wire takes eleven digits before the point; the door refuses more."""
    return written(minor, currency) if major(minor, currency) < 10**11 else None


@st.composite
def lines(draw: st.DrawFn) -> list[Line]:
    one = st.builds(Line, numbers, maybe_texts, maybe_texts, st.none() | numbers, prices, st.integers(1, 999))
    some = draw(st.lists(one, min_size=1, max_size=3))
    if draw(st.integers(0, 7)) == 0:  # now and then more than fits one event
        return [replace(some[place % len(some)], number=place + 1) for place in range(MANY_LINES)]
    return some


def total_of(cart: list[Line]) -> int:
    return sum(line.minor * line.quantity for line in cart)


# The browser.


def seen_item(line: Line, currency: str, said: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(line.number),
        "variant_id": None if line.variant is None else str(line.variant),
        "sku": _storable(line.sku),
        "name": _storable(line.name),
        "price": written(line.minor, currency),
        "currency": currency,
        **said,
    }


def _storable(text: str | None) -> str | None:
    """A browser sends well-formed text: halves of pairs are replaced before they leave."""
    return None if text is None else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@st.composite
def visits(draw: st.DrawFn, currency: str, email: str, cart: list[Line], token: str) -> list[NewRow]:
    """Somebody looks, fills a cart, ticks the box, goes to the checkout, perhaps empties the cart."""
    said: dict[str, Any] = {
        "url": draw(st.sampled_from(["https://shop.example/p/ü?x=1#y", "https://evil.example/", "javascript:1", None])),
        "image": draw(st.sampled_from(["https://shop.example/i.jpg", "data:,", None])),
        "categories": draw(st.none() | st.lists(texts.map(_storable), max_size=3)),
    }
    page = {
        "url": "https://shop.example/",
        "title": _storable(draw(maybe_texts)),
        "locale": draw(st.sampled_from(LOCALES)),
    }
    items = [
        seen_item(line, currency, said)
        | {"quantity": line.quantity, "line_total": told_by_a_page(line.minor * line.quantity, currency)}
        for line in cart
    ]
    content: dict[str, Any] = {"items": items, "currency": draw(st.sampled_from([currency, currency, None]))}
    if draw(st.booleans()):
        content["total"] = told_by_a_page(total_of(cart), currency)
    if token:
        content["token"] = token
    look = event(-30, "product_viewed", product=seen_item(cart[0], currency, said))
    search = event(-29, "search_submitted", query=_storable(draw(texts)))
    filled = event(-20, "cart_updated", cart=content)
    rows = [
        beacon(-29, ANA, look, search, page=page),
        beacon(-20, ANA, filled, page=page),
        beacon(-15, ANA, event(-15, "contact_submitted", email=email, marketing_opt_in=draw(ticks))),
        beacon(-14, ANA, event(-14, "checkout_started"), page=page),
    ]
    if draw(st.integers(0, 4)) == 0:
        empty = {"items": [], "currency": currency} | ({"token": token} if token else {})
        rows.append(beacon(-5, ANA, event(-5, "cart_updated", "gone", cart=empty)))
    return rows


# The platforms.


@st.composite
def woo_stories(draw: st.DrawFn) -> Story:
    base, shown, email, cart = draw(currencies), draw(currencies), draw(people), draw(lines())
    number, total = draw(numbers), total_of(cart)
    shop = replace(LIVE_WOO, currency=base)
    name, status = str(number), draw(st.sampled_from(["processing", "completed", "on-hold", "cancelled", "refunded"]))
    refunded = draw(st.integers(1, total)) if total and draw(st.booleans()) else 0
    body = {
        "id": number,
        "number": name,
        "currency": shown,
        "total": written(total, shown),
        "created_via": draw(st.sampled_from(["checkout", "store-api", "admin", "subscription"])),
        "date_created_gmt": gmt(0),
        "payment_method": draw(maybe_texts),
        "customer_note": draw(maybe_texts),
        "billing": draw(addresses("address_1", "state", "postcode")) | {"email": email},
        "line_items": [
            {
                "product_id": line.number,
                "variation_id": line.variant,
                "name": line.name,
                "parent_name": draw(maybe_texts) if len(cart) < MANY_LINES else None,
                "sku": line.sku,
                "quantity": line.quantity,
                "subtotal": written(line.minor * line.quantity, shown),
                "total": written(line.minor * line.quantity, shown),
                "price": float(major(line.minor, shown)),
                "image": {"id": "", "src": None},
            }
            for line in cart
        ],
        "coupon_lines": [{"code": draw(texts)} for _ in range(draw(st.integers(0, 2)))],
        "meta_data": [{"id": 1, "key": "_tajo_id", "value": ANA}],
        "refunds": [],
    }
    placed = body | {"status": "processing", "date_modified_gmt": gmt(0), "date_paid_gmt": gmt(0)}
    refunds = [{"id": draw(numbers), "reason": draw(maybe_texts), "total": "-" + written(refunded, shown)}]
    later = body | {"status": status, "date_modified_gmt": gmt(ORDER_AT), "date_paid_gmt": gmt(0)}
    later["refunds"] = refunds if refunded else []
    customer = woo_customer(
        -60,
        draw(numbers),
        "customer.created",
        email=email,
        first_name=draw(maybe_texts),
        last_name=draw(maybe_texts),
        billing=draw(addresses("address_1", "state", "postcode")),
        date_created_gmt=gmt(-60),
    )
    rows = [customer, *draw(visits(shown, email, cart, "")), webhook(0, "order.created", placed)]
    if draw(st.booleans()):
        rows.append(webhook(ORDER_AT, "order.updated", later))
        left = total - refunded
    else:
        left = total
    due = {name: major(left, base) if base == shown else None}
    return Story(shop, tuple(_as_php_writes(row) for row in rows), due, frozenset([base, shown]))


def _as_php_writes(row: NewRow) -> NewRow:
    """PHP's strings are bytes and its JSON is well-formed: no halves of pairs."""
    return replace(row, body=row.body.replace(b'\\ud83d"', b'?"'))


def addresses(street: str, region: str, postcode: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            street: maybe_texts,
            "city": maybe_texts,
            region: maybe_texts,
            postcode: maybe_texts,
            "country": st.sampled_from(["DE", "JP", "", "Atlantis"]),
            "phone": st.sampled_from(["+49 30 123456", "030 123456", "", "call me"]),
        }
    )


@st.composite
def shopify_stories(draw: st.DrawFn) -> Story:
    base, shown, email, cart = draw(currencies), draw(currencies), draw(people), draw(lines())
    number, id_, total = draw(st.integers(1, 10**9)), draw(numbers), total_of(cart)
    base_total = total if base == shown else draw(prices)
    shop = replace(LIVE_SHOPIFY, currency=base)

    def both(minor: int, in_base: int) -> dict[str, Any]:
        return {
            "shop_money": {"amount": written(in_base, base), "currency_code": base},
            "presentment_money": {"amount": written(minor, shown), "currency_code": shown},
        }

    address = draw(addresses("address1", "province", "zip")) | {"country_code": draw(st.sampled_from(["DE", None]))}
    body = {
        "id": id_,
        "order_number": number,
        "name": draw(maybe_texts),
        "created_at": iso(0),
        "updated_at": iso(0),
        "financial_status": draw(st.sampled_from(["paid", "authorized", "pending", "partially_paid"])),
        "source_name": draw(st.sampled_from(["web", "pos", "subscription_contract", "580111"])),
        "currency": base,
        "presentment_currency": shown,
        "total_price": written(base_total, base),
        "total_price_set": both(total, base_total),
        "email": email,
        "customer_locale": draw(st.sampled_from(LOCALES)),
        "cart_token": "token-1",
        "checkout_token": "checkout-1",
        "billing_address": address,
        "discount_codes": [{"code": draw(maybe_texts), "amount": "0"}],
        "line_items": [
            {
                "product_id": line.number,
                "variant_id": line.variant,
                "title": line.name,
                "variant_title": line.sku,
                "sku": line.sku,
                "quantity": line.quantity,
                "price": written(line.minor, base),
                "price_set": both(line.minor, line.minor),
            }
            for line in cart
        ],
        "refunds": [],
    }
    rows = [
        shopify_customer(
            -60, draw(numbers), "customers/create", email=email, first_name=draw(maybe_texts), tags=draw(maybe_texts)
        ),
        *draw(visits(shown, email, cart, "token-1")),
        shopify_checkout(-10, email=email, buyer_accepts_marketing=True, presentment_currency=shown, currency=base),
        webhook(0, "orders/create", body),
    ]
    change = draw(st.sampled_from([{}, {"fulfillment_status": "fulfilled"}, {"cancelled_at": iso(ORDER_AT)}]))
    rows.append(webhook(ORDER_AT, "orders/updated", body | change | {"updated_at": iso(ORDER_AT)}))
    return Story(shop, tuple(rows), {str(number): major(base_total, base)}, frozenset([base, shown]))


stories = st.one_of(woo_stories(), shopify_stories())
