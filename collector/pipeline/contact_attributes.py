"""The attributes of a contact by the shop's mapping: from the customer record, else the newest order, and from what
was bought. Counters are sums over the shops of an account, unless the shop puts a prefix before its names.

Read when a message is decided (does anything differ from what was told?) and again when it is sent, so that days
since the last order are those of that day and counters of two shops never overtake each other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from collector.domain import mapping
from collector.domain.attribute_values import Plain, Value
from collector.domain.customers import Customer
from collector.domain.events import Strength
from collector.domain.mapping import COMPUTED, DAYS, SHIPPING, SUMS, Record, Rule
from collector.domain.messages import ContactMessage
from collector.domain.orders import Order
from collector.domain.quiet import zone_of
from collector.domain.reasons import Reason
from collector.domain.shop import Shop
from collector.domain.spending import Spending, as_recorded, spending, together
from collector.domain.state_ports import StateTransaction
from collector.domain.timestamps import to_text
from collector.pipeline.addressing import Addressing, Known
from collector.pipeline.properties import Display

WRITES = (Strength.SIGNED, Strength.ORDERED)
PLACE = ("company", "city", "region", "postcode", "country")


@dataclass(frozen=True, slots=True)
class Gathered:
    """`left_out`: sums that are not known, because there is no rate between the currencies of the orders.
    `lasting`: a hash of what does not change by time alone."""

    attributes: dict[str, Plain] = field(default_factory=dict)
    may_text: bool | None = None
    left_out: tuple[str, ...] = ()
    lasting: str = ""


class ContactAttributes:
    """Answers are remembered for as long as this object lives: one batch, one message."""

    def __init__(self, tx: StateTransaction, shop: Shop, now: datetime, display: Display) -> None:
        self._tx = tx
        self._shop = shop
        self._now = now
        self._display = display
        self._rules = mapping.rules(shop.policy.mapping, shop.platform, shop.policy.attribute_prefix)
        self._currency: str | None = None  # of sums, once looked up
        self._of: dict[str, Gathered] = {}

    def of(self, known: Known) -> Gathered:
        """Nothing for an address that was only typed: anybody may type one."""
        if known.strength not in WRITES:
            return Gathered()
        if known.email not in self._of:
            self._of[known.email] = self._gather(known)
        return self._of[known.email]

    def _gather(self, known: Known) -> Gathered:
        shop_id, email = self._shop.id, known.email
        number = self._tx.customers.number_of(shop_id, email)
        found = self._tx.customers.find(shop_id, number) if number else None
        customer = found[0] if found else None
        order = self._tx.orders.newest_of(shop_id, email)
        fields: dict[str, Value] = _of_order(order) if order else {}
        if customer is not None:
            fields |= _of_customer(customer, fields)
        fields = {name: value for name, value in fields.items() if value != ""}
        if customer is not None and customer.created_at is not None:
            fields["date_created"] = self._day(customer.created_at)
        tags = self._tx.customers.tags(shop_id, number) if number else None
        if tags is not None and (tags.listed_at is not None or tags.changes):
            fields["tags"] = tuple(sorted(tags.present))
        fields["email"] = email
        fields["accepts_marketing"] = known.basis == "opted_in"
        bought = self._bought(email, customer)
        fields |= self._computed(bought)
        record = Record(fields, _extras(customer, order), tags.present if tags else frozenset())
        left_out = tuple(rule.attribute for rule in self._unknown(bought))
        # Emptied: what was there is from before it became unknown, or from orders that count no more.
        attributes = mapping.attributes(record, self._rules) | dict.fromkeys((*left_out, *self._over(fields)), "")
        by_day = {rule.attribute for rule in self._rules if rule.source.field == DAYS}
        lasting: dict[str, Any] = {name: value for name, value in attributes.items() if name not in by_day}
        lasting["last_order_at"] = to_text(bought.last_order_at) if by_day and bought.last_order_at else ""
        phone = attributes.get("SMS")
        said = self._tx.customers.text_consent(shop_id, str(phone)) if phone else ""
        return Gathered(
            attributes,
            {"opted_in": True, "opted_out": False}.get(said),
            left_out,
            hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()[:16],
        )

    def _bought(self, email: str, customer: Customer | None) -> Spending:
        """In this shop and, unless they are kept apart by a prefix, in the others that told the account of it."""
        parts = [self._bought_in(self._shop.id, self._shop.currency, email, customer)]
        for told in self._tx.contacts.of(self._shop.policy.account, email):
            if told.shop_id == self._shop.id or told.prefix != self._shop.policy.attribute_prefix:
                continue
            number = self._tx.customers.number_of(told.shop_id, email)
            found = self._tx.customers.find(told.shop_id, number) if number else None
            currency = self._tx.contacts.currency_of(told.shop_id)
            parts.append(self._bought_in(told.shop_id, currency, email, found[0] if found else None))
        return together(parts)

    def _bought_in(self, shop_id: int, currency: str, email: str, customer: Customer | None) -> Spending:
        number = customer.content.customer_id if customer else ""
        own = spending(self._tx.orders.bought(shop_id, email, number))
        if not own.orders:
            own = replace(own, had_orders=self._tx.orders.had_orders(shop_id, email, number))
        if customer is None:
            return own
        code = customer.content.currency or currency
        return as_recorded(own, customer.orders_count, customer.total_spent_minor, code, customer.last_order_at)

    def _computed(self, bought: Spending) -> dict[str, Value]:
        """Nothing about somebody of whom no order is known: there may be some from before our time. Who is known to
        have had some, and has none left, has none."""
        if not bought.orders and not bought.had_orders:
            return {}
        found: dict[str, Value] = {"orders_count": bought.orders}
        currency = self._currency_of(bought)
        total = bought.total(currency)
        if total is not None and currency:
            found["total_spent"] = self._display.major(total, currency)
            if bought.paid_orders:
                found["average_order_value"] = self._display.major(round(total / bought.paid_orders), currency)
        if bought.last_order_at is not None:
            last, today = self._day(bought.last_order_at), self._day(self._now)
            found["last_order_date"] = last
            found[DAYS] = max(0, (today - last).days)
        return found

    def _unknown(self, bought: Spending) -> Iterable[Rule]:
        if not bought.paid_orders or bought.total(self._currency_of(bought)) is not None:
            return []
        return [rule for rule in self._rules if rule.source.field in SUMS]

    def _over(self, fields: Mapping[str, Value]) -> Iterable[str]:
        """Attributes of what somebody with orders does not have: an average while nothing is paid, a last order while
        none counts."""
        if "orders_count" not in fields:
            return []
        return [rule.attribute for rule in self._rules if rule.source.field in COMPUTED - fields.keys()]

    def _currency_of(self, bought: Spending) -> str:
        """The account's, or the shop's own under a prefix; where nobody knows, the only one there is."""
        if self._currency is None:
            policy = self._shop.policy
            found = self._tx.contacts.currency_for(policy.account, policy.attribute_prefix)
            self._currency = found or self._shop.currency
        return self._currency or bought.currency

    def _day(self, at: datetime) -> Any:
        return at.astimezone(zone_of(self._shop.zone)).date()


def refreshed(
    tx: StateTransaction, shop: Shop, message: ContactMessage, now: datetime, display: Display
) -> ContactMessage:
    """The message as it would be decided now. Whether a new contact may be written to is looked at elsewhere."""
    if message.strength not in WRITES:
        return message
    known = Addressing(tx, shop).by_email(message.email, message.strength)
    gathered = ContactAttributes(tx, shop, now, display).of(known)
    return replace(
        message,
        attributes=dict(gathered.attributes),
        may_text=gathered.may_text,
        is_opted_out=known.basis is Reason.OPTED_OUT,
    )


def _of_customer(customer: Customer, ordered: dict[str, Value]) -> dict[str, Value]:
    """The record's own fields; what it leaves empty stays as on the newest order, an address only as a whole."""
    content = customer.content
    said: dict[str, Value] = {
        "billing_email": content.billing_email,
        "first_name": content.first_name,
        "last_name": content.last_name,
        "phone": content.phone,
        "preferred_language": content.locale,
        "role": content.role,
        "customer_id": content.customer_id,
        "currency": content.currency,
    }
    place: dict[str, Value] = {name: getattr(content, name) for name in PLACE}
    return {name: value for name, value in said.items() if value != ""} | (place if any(place.values()) else {})


def _extras(customer: Customer | None, order: Order | None) -> dict[str, Plain]:
    """The record's own; a shipping address it does not have is that of the newest order, as a whole."""
    own = dict(customer.extras) if customer else {}
    if order is None or any(value for name, value in own.items() if name.startswith(f"{SHIPPING}.")):
        return own
    place = order.content.detail.get("shipping") or {}
    return own | {f"{SHIPPING}.{name}": str(place.get(name) or "") for name in PLACE if any(place.values())}


def _of_order(order: Order) -> dict[str, Value]:
    """What a guest filled in."""
    content = order.content
    billing = content.detail.get("billing") or {}
    place = {name: str(billing.get(name) or "") for name in PLACE}
    return {
        "first_name": str(content.detail.get("first_name") or ""),
        "last_name": str(content.detail.get("last_name") or ""),
        "phone": content.phone,
        "preferred_language": content.locale,
        **place,
        "country": place["country"] or content.country,
    }
