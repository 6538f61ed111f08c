"""order.created | updated | restored -> OrderSeen, CheckoutSeen, MessageConsent.

A body says how the order is when WooCommerce's queue runs, not what happened: `created` may come with a
finished order, and after `updated`. So the topic is not looked at; the version and the status are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from collector.domain.checkouts import content_hash
from collector.domain.events import CheckoutSeen, Fact, OrderKind, OrderSeen, OrderState, RefundSeen
from collector.domain.ports import Addresses, Currencies
from collector.domain.shop import Shop
from collector.domain.timestamps import to_text
from collector.sources.woocommerce import parse_states as states
from collector.sources.woocommerce.parse_consent import (
    SHOWED_THE_BOX,
    box_of,
    checkout_consent,
    order_consent,
)
from collector.sources.woocommerce.parse_customers import country_of
from collector.sources.woocommerce.parse_detail import detail
from collector.sources.woocommerce.parse_items import items
from collector.sources.woocommerce.parse_values import (
    as_list,
    as_object,
    id_text,
    meta,
    moment,
    money,
    money_or_none,
    no_later,
    required_id,
    text,
    unreadable,
    version_at,
)

END_OF_SECOND = timedelta(milliseconds=999)
VISITOR_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class _Read:
    """What an order and a checkout draft have in common."""

    body: dict[str, Any]
    meta: dict[str, Any]
    order_id: str
    version_at: datetime  # the shop's clock, whatever it says
    seen_at: datetime  # the same, not after the arrival
    arrived_at: datetime
    status: str
    kind: OrderKind
    currency: str
    exponent: int
    email: str
    phone: str
    country: str
    visitor_id: str
    ticked: bool | None

    @property
    def checkout_token(self) -> str:
        """Draft, unpaid and placed order are one row at the shop: one checkout here."""
        return f"order:{self.order_id}"


def order_facts(
    body: dict[str, Any], arrived_at: datetime, shop: Shop, currencies: Currencies, addresses: Addresses
) -> list[Fact]:
    """Raises Unparseable for an order without a readable id, status, currency, version or total."""
    read = _read(body, arrived_at, shop, currencies, addresses)
    if read.status in states.NOT_ORDERS:
        return []
    is_denied = text(read.meta.get("_tajo_consent")) == "denied"  # the browser's, when the checkout saw it last
    if read.status == states.DRAFT:
        return [] if is_denied else [_checkout(read, "draft"), *_checkout_consent(read)]
    order = _order(read, arrived_at, shop)
    if order.state is OrderState.STARTED and order.kind is OrderKind.STOREFRONT:
        return [order] if is_denied else [order, _checkout(read, "pending"), *_pending_consent(read, order.created_at)]
    consent = order_consent(read.order_id, read.email, read.ticked, order.created_at)
    if consent is not None:
        return [order, consent]
    return [order, *_checkout_consent(read)]  # box empty at last: takes back a tick of the draft


def _read(
    body: dict[str, Any], arrived_at: datetime, shop: Shop, currencies: Currencies, addresses: Addresses
) -> _Read:
    billing, shipping = as_object(body.get("billing")), as_object(body.get("shipping"))
    order_meta, version = meta(body), version_at(body)
    country = country_of(billing, shipping)
    visitor_id = text(order_meta.get("_tajo_id"))
    currency = _currency(body, shop)
    status = states.status_of(body)
    if not status:
        raise unreadable("bad_status", "status", body.get("status"))
    kind = states.kind_of(body, order_meta)
    may_opt_in = kind is not OrderKind.RENEWAL and (
        status == states.DRAFT or text(body.get("created_via")).lower() in SHOWED_THE_BOX
    )
    return _Read(
        body=body,
        meta=order_meta,
        order_id=required_id(body.get("id")),
        version_at=version,
        seen_at=no_later(version, arrived_at),
        arrived_at=arrived_at,
        status=status,
        kind=kind,
        currency=currency,
        exponent=currencies.exponent(currency),
        email=addresses.email(text(billing.get("email"))) or "",
        phone=addresses.phone(text(billing.get("phone")), country) or "",
        country=country,
        visitor_id=visitor_id if VISITOR_ID.fullmatch(visitor_id) else "",
        ticked=box_of(order_meta) if may_opt_in else None,
    )


def _currency(body: dict[str, Any], shop: Shop) -> str:
    code = text(body.get("currency")).upper() or shop.currency
    if len(code) != 3 or not (code.isascii() and code.isalpha()):
        raise unreadable("bad_money", "currency", body.get("currency"))
    return code


def _order(read: _Read, arrived_at: datetime, shop: Shop) -> OrderSeen:
    body = read.body

    def at(field: str) -> datetime | None:
        found = moment(body, field)
        return no_later(found, arrived_at) if found else None

    made_at = moment(body, "date_created_gmt") or read.version_at
    created_at = no_later(made_at, arrived_at)
    paid_at = at("date_paid_gmt")
    state = states.state_of(body, read.kind, read.version_at - made_at, paid_at)
    total = money(body.get("total"), read.exponent, "total")
    is_fulfilled, is_in_bin = read.status == "completed", read.status == states.BIN
    return OrderSeen(
        order_id=read.order_id,
        version_at=read.version_at,
        created_at=created_at,
        state=state,
        kind=read.kind,
        status=read.status,
        currency=read.currency,
        total_minor=total,
        items=items(body, read.exponent),
        number=text(body.get("number"), 100),
        base_currency=shop.currency or read.currency,
        # An order in another currency does not carry the rate it was made at.
        base_total_minor=total if shop.currency in ("", read.currency) else None,
        email=read.email,
        phone=read.phone,
        customer_id=id_text(body.get("customer_id")),
        visitor_id=read.visitor_id,
        checkout_token=read.checkout_token,
        accepted_at=paid_at or (read.seen_at if state in states.ACCEPTED else None),
        paid_at=paid_at,
        cancelled_at=read.seen_at if state is OrderState.CANCELLED and not is_in_bin else None,
        fulfilled_at=(at("date_completed_gmt") or read.seen_at) if is_fulfilled else None,
        is_fulfilled=is_fulfilled,
        accepts_marketing=read.ticked,
        country=read.country,
        is_in_bin=is_in_bin,
        refunds=(refunds := None if is_in_bin else _refunds(read)),  # orders that are posts take theirs along
        lists_every_refund=refunds is not None,
        detail=detail(body, read.meta, read.exponent),
        stated_at=arrived_at,
    )


def _refunds(read: _Read) -> tuple[RefundSeen, ...] | None:
    """`refunds` is a short list without dates: `{"id": 39, "reason": "…", "total": "-5.00"}`. It is always whole."""
    listed = read.body.get("refunds")
    if not isinstance(listed, list | dict):
        return None
    return tuple(_refund(as_object(refund), place, read) for place, refund in enumerate(as_list(listed)))


def _refund(refund: dict[str, Any], place: int, read: _Read) -> RefundSeen:
    """Staff may take goods back for nothing, to count them as stock again: that is no refund for the buyer."""
    amount = abs(money(refund.get("total"), read.exponent, f"refunds[{place}].total"))
    return RefundSeen(
        refund_id=required_id(refund.get("id"), f"refunds[{place}].id"),
        order_id=read.order_id,
        occurred_at=read.seen_at,
        amount_minor=amount,
        currency=read.currency,
        has_moved=amount > 0,
    )


def _checkout(read: _Read, stage: str) -> CheckoutSeen:
    """`stage`: draft (the form is open) or pending (the shopper was sent to pay)."""
    # A draft tells whole seconds: it is put at the end of its second, behind the browser's own report of the cart.
    at = no_later(read.version_at + END_OF_SECOND, read.arrived_at) if stage == "draft" else read.seen_at
    seen = CheckoutSeen(
        event_id="",
        occurred_at=at,
        checkout_token=read.checkout_token,
        visitor_id=read.visitor_id,
        items=items(read.body, read.exponent),
        currency=read.currency,
        total_minor=money_or_none(read.body.get("total"), read.exponent),
        email=read.email,
        phone=read.phone,
        customer_id=id_text(read.body.get("customer_id")),
        accepts_marketing=read.ticked,
        payment_running=stage == "pending",
        source="platform",
    )
    # Times are whole seconds: two versions in one second are told apart by what they say.
    name = f"woocommerce:{stage}:{read.order_id}:{to_text(read.version_at)}:{content_hash(seen)[:8]}"
    return replace(seen, event_id=name)


def _checkout_consent(read: _Read) -> list[Fact]:
    consent = checkout_consent(read.order_id, read.email, read.ticked, read.seen_at)
    return [] if consent is None else [consent]


def _pending_consent(read: _Read, created_at: datetime) -> list[Fact]:
    """Ticked when the order was made, however often it was changed since; no longer ticked as it is now."""
    consent = checkout_consent(read.order_id, read.email, read.ticked, created_at if read.ticked else read.seen_at)
    return [] if consent is None else [consent]
