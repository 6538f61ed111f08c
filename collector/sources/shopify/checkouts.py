"""Carts and checkouts as Shopify reports them.

A cart body has neither person nor currency of its own. The first body of a checkout usually has no
contact; it comes with an update. `completed_at` says an order came out of it.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from collector.domain.errors import Unparseable
from collector.domain.events import CartSeen, CheckoutSeen, Fact, Item
from collector.domain.items import line_properties
from collector.domain.timestamps import to_text
from collector.sources.shopify import consent, fields, money
from collector.sources.shopify.consent import Subject
from collector.sources.shopify.fields import Json, Reader
from collector.sources.shopify.money import Prices


def cart_seen(reader: Reader, cart: Json) -> list[Fact]:
    token = _token(cart, "token", "id")
    if not isinstance(cart.get("line_items"), list):
        raise Unparseable("missing", f"line_items: {fields.seen(cart.get('line_items'))}")
    moment = reader.version(cart)
    prices = _cart_prices(reader, cart)
    items = tuple(
        found for line in fields.objects(cart["line_items"]) if (found := _cart_item(prices, line)) is not None
    )
    totals = [item.line_total_minor for item in items]
    known = [total for total in totals if total is not None]
    return [
        CartSeen(
            event_id=_event_id("cart", token, moment, reader),
            occurred_at=moment,
            items=items,
            currency=prices.currency,
            total_minor=money.bounded(sum(known)) if len(known) == len(totals) else None,
            cart_token=token,
            visitor_id=fields.visitor_id(cart.get("attributes"), cart.get("note_attributes")),
            source="platform",
        )
    ]


def _cart_prices(reader: Reader, cart: Json) -> Prices:
    """The currency stands only in the lines' money sets; else it is the shop's."""
    base = fields.currency_code(cart.get("currency")) or reader.shop.currency
    for line in fields.objects(cart.get("line_items")):
        for key in ("price", "line_price"):
            if shown := money.in_set(line, key, "presentment_money"):
                paid = money.in_set(line, key, "shop_money")
                return Prices(reader, shown[1], is_plain=shown[1] == (paid[1] if paid else base))
    return Prices(reader, base, is_plain=True)


def _cart_item(prices: Prices, line: Json) -> Item | None:
    unit = prices.of(line, "original_price")
    if unit is None:
        unit = prices.of(line, "price")
    total = money.less(prices.of(line, "original_line_price"), prices.discount(line))
    if total is None:
        total = prices.of(line, "line_price")
    if total is None:
        total = money.less(money.times(unit, money.line_quantity(line)), prices.discount(line))
    return _line(line, unit, total)


def _line(line: Json, unit: int | None, total: int | None) -> Item | None:
    """Of carts and checkouts only: a record of an order that is read has no properties, and would look changed."""
    found = money.item(line, unit, total)
    return replace(found, properties=line_properties(line.get("properties"))) if found is not None else None


def checkout_seen(reader: Reader, checkout: Json) -> list[Fact]:
    token = _token(checkout, "token")
    moment = reader.version(checkout)
    customer = fields.mapping(checkout.get("customer"))
    country = _country(checkout)
    stated_email = reader.email(checkout.get("email"))
    currency = (
        fields.currency_code(checkout.get("presentment_currency"))
        or fields.currency_code(checkout.get("currency"))
        or reader.shop.currency
    )
    # Nothing says which currency bare amounts are in where the two differ: then there is no price.
    base = fields.currency_code(checkout.get("currency")) or currency
    prices = Prices(reader, currency, is_plain=base == currency)
    accepts = fields.boolean(checkout.get("buyer_accepts_marketing"))
    accepts_sms = fields.boolean(checkout.get("buyer_accepts_sms_marketing"))
    sms_phone = reader.phone(country, checkout.get("sms_marketing_phone"))
    act = f"checkout:{token}"
    return [
        CheckoutSeen(
            event_id=_event_id("checkout", token, moment, reader),
            occurred_at=moment,
            checkout_token=token,
            cart_token=fields.token(checkout.get("cart_token")),
            visitor_id=fields.visitor_id(checkout.get("note_attributes"), checkout.get("attributes")),
            items=_checkout_items(prices, checkout),
            currency=currency,
            total_minor=_checkout_total(prices, checkout),
            email=stated_email or reader.email(customer.get("email")),
            phone=reader.phone(country, checkout.get("phone"), customer.get("phone")),
            customer_id=fields.identifier(customer.get("id")),
            recovery_url=fields.text(checkout.get("abandoned_checkout_url"), limit=4000),
            completed_at=reader.moment(checkout, "completed_at"),
            accepts_marketing=accepts,
            source="platform",
            stated_at=reader.stated_at,
        ),
        *consent.ticked(Subject("email", stated_email, "email"), accepts, act, moment),
        *consent.ticked(Subject("phone", sms_phone, "sms"), accepts_sms, act, moment),
    ]


def _checkout_items(prices: Prices, checkout: Json) -> tuple[Item, ...] | None:
    if not isinstance(checkout.get("line_items"), list):
        return None
    found: list[Item] = []
    for line in fields.objects(checkout["line_items"]):
        unit = prices.of(line, "price")
        before = prices.of(line, "line_price")
        if before is None:
            before = money.times(unit, money.line_quantity(line))
        # line_price is before discounts: the line prices of a body add up to its total_line_items_price.
        item = _line(line, unit, money.less(before, prices.discount(line)))
        if item is not None:
            found.append(item)
    return tuple(found)


def _checkout_total(prices: Prices, checkout: Json) -> int | None:
    if shown := money.in_set(checkout, "total_price", "presentment_money"):
        amount = shown[0] if shown[1] == prices.currency else None
    else:
        amount = checkout.get("total_price") if prices.is_plain else None
    if not prices.currency or not money.stated(amount):
        return None
    return money.minor(prices.reader, amount, prices.currency, "total_price")


def _country(checkout: Json) -> str:
    for key in ("shipping_address", "billing_address"):
        if country := fields.country_code(fields.mapping(checkout.get(key)).get("country_code")):
            return country
    return ""


def _token(holder: Json, *keys: str) -> str:
    for key in keys:
        if token := fields.token(holder.get(key)):
            return token
    raise Unparseable("missing_id", f"{keys[0]}: {fields.seen(holder.get(keys[0]))}")


def _event_id(kind: str, token: str, moment: datetime, reader: Reader) -> str:
    """The same body gives the same id. Two versions of one second (checkouts have no finer time) do not, and theirs
    sort as Shopify set them off, where its header says when."""
    digest = hashlib.sha256(reader.row.body).hexdigest()[:12]
    set_off = fields.read_time(reader.row.facts.get("triggered_at"))
    return ":".join(["shopify", kind, token, to_text(moment), *([to_text(set_off)] if set_off else []), digest])
