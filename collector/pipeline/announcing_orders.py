"""What an order makes known: it ends carts, is told to every address that heard of them, and takes reminders back.

Decided from the merged order, so it does not matter which version came first; each effect has one key. Orders from
before the activation, of imports and of tests tell nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from collector.domain.events import Item, OrderKind, OrderState, Strength
from collector.domain.messages import CART_EVENT, OrderMessage
from collector.domain.orders import ACCEPTED, Order, ToldChange, is_accepted, is_changed
from collector.domain.product_records import ids_in
from collector.domain.refunds import is_whole
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction
from collector.domain.timestamps import NOT_YET, to_text
from collector.pipeline.addressing import Addressing, Known
from collector.pipeline.catalogue_names import prefix_known, prefix_of
from collector.pipeline.counted_with import accounts_of, former_buyers
from collector.pipeline.own_records import records_of
from collector.pipeline.posting import Posting, event_key, is_telling
from collector.pipeline.properties import Display, order_properties

log = logging.getLogger(__name__)


class AnnouncingOrders:
    def __init__(self, tx: StateTransaction, shop: Shop, now: datetime, display: Display) -> None:
        self._tx = tx
        self._shop = shop
        self._now = now
        self._display = display
        self._addressing = Addressing(tx, shop)
        self._posting = Posting(tx, shop, now, display)

    def order(self, order: Order) -> None:
        content = order.content
        if content.is_test or not is_telling(self._shop):
            return
        if not is_accepted(order):
            self._count_again(order)
            return
        placed_at = _placed_at(order)
        if placed_at < (self._shop.activated_at or placed_at):
            return
        prefix_of(self._tx, self._shop)
        self._recover(order)
        if not self._shop.policy.forward_orders:
            return
        if order.is_deleted:  # it counts no more; whether it was called off, or only tidied up, nobody said
            self._count_again(order)
            return
        self._count_others(order)
        if content.kind in (OrderKind.STOREFRONT, OrderKind.POS):
            self._tell_others(order, placed_at)
        if not content.email:
            return
        buyer = self._addressing.by_email(content.email, Strength.ORDERED)
        if buyer.is_excluded:
            return
        lists = ("all_customers", "buyers") if content.state in ACCEPTED else ("all_customers",)
        contact = self._posting.contact(buyer, lists_add=lists)
        if content.kind is not OrderKind.OTHER:  # of the others: attributes and the order list only
            self._tell_buyer(order, buyer, contact, placed_at)
        if not is_reckonable(order):
            log.info("order kept from the order list: its rate is not known", extra=_named(order, self._shop))
            return
        self._posting.message(self.status(order), buyer.email, self._status_key(order), contact)

    def _count_again(self, order: Order) -> None:
        """An order that was told of failed after all, or is gone: the contact has one less, and what failed is no sale
        in the order list. There is nothing else to tell."""
        email = order.content.email
        if order.first_version_at == NOT_YET or not self._shop.policy.forward_orders:
            return
        self._count_others(order)
        if not email:
            return
        buyer = self._addressing.by_email(email, Strength.ORDERED)
        if not self._tx.contacts.of(self._shop.policy.account, email) or buyer.is_excluded:
            return
        contact = self._posting.contact(buyer)
        is_ours = _placed_at(order) >= (self._shop.activated_at or _placed_at(order))
        if is_ours and has_failed(order) and is_reckonable(order):
            self._posting.message(self.status(order), email, self._status_key(order), contact)

    def _count_others(self, order: Order) -> None:
        """The contacts of others whose sums it is part of, or no longer is. Nobody is made a contact for that."""
        accounts = accounts_of(self._tx, self._shop, order)
        is_bought = order.content.state in ACCEPTED and not order.is_deleted
        for email in sorted({*accounts, *former_buyers(self._tx, self._shop, order)}):
            known = self._addressing.by_email(email, Strength.SIGNED)
            if self._tx.contacts.of(self._shop.policy.account, email) and not known.is_excluded:
                self._posting.contact(known, lists_add=("buyers",) if is_bought and accounts.get(email) else ())

    def _tell_others(self, order: Order, placed_at: datetime) -> None:
        """`order_completed` to every other address that got a cart event or a reminder for a cart of the order."""
        content = order.content
        if order.first_version_at == NOT_YET or content.state not in ACCEPTED:
            return
        number = content.order_id
        for other in self._others(order, content.email):
            if other.is_excluded or self._is_told("order_completed", number, other.email):
                continue
            needs = self._posting.contact(other)
            event_id = f"order_completed:{number}"
            shown = self._shown(order) | {"event_id": event_id}
            self._posting.event(other, "order_completed", event_id, placed_at, shown, needs=needs)

    def _shown(self, order: Order) -> dict[str, Any]:
        records = records_of(self._tx, self._shop, ids_in(order.content.items))
        return order_properties(order, records, self._shop, self._display)

    def _is_told(self, event: str, number: str, email: str) -> bool:
        key = event_key(f"{event}:{number}", email)
        return self._tx.telling.message_state(self._shop.id, key) is not None

    def _tell_buyer(self, order: Order, buyer: Known, contact: int, placed_at: datetime) -> None:
        """The events of the order's own address."""
        content = order.content
        number = content.order_id
        shown = self._shown(order)

        def tell(known: Known, event: str, event_id: str, at: datetime, needs: int, **extra: Any) -> None:
            self._posting.event(known, event, event_id, at, shown | extra | {"event_id": event_id}, needs=needs)

        was_placed = order.first_version_at != NOT_YET and content.state in ACCEPTED
        is_told = self._is_told("order_placed", number, buyer.email)
        if was_placed and not is_told:
            self._posting.overtake(buyer.email, (CART_EVENT,), "ordered")
            tell(buyer, "order_placed", f"order_placed:{number}", placed_at, contact)
            if content.kind is not OrderKind.RENEWAL:
                tell(buyer, "order_completed", f"order_completed:{number}", placed_at, contact)
        elif is_told and content.state in ACCEPTED and self._is_change_to_tell(order, buyer):
            version = f"order_updated:{number}:{to_text(content.version_at)}:{content.state.value}"
            tell(buyer, "order_updated", version, content.version_at, contact)
            told = ToldChange(content.version_at, content.state, order.substance)
            self._tx.orders.keep_told_change(self._shop.id, number, told)
        if order.fulfilled_at is not None and content.state in ACCEPTED:
            tell(buyer, "order_fulfilled", f"order_fulfilled:{number}", order.fulfilled_at, contact)
        if content.state is OrderState.CANCELLED:
            tell(buyer, "order_cancelled", f"order_cancelled:{number}", order.cancelled_at or self._now, contact)
        refunds = self._tx.telling.refunds(self._shop.id, number)
        lowered = self._tx.orders.lowered_by(self._shop.id, number)
        if content.state is OrderState.REFUNDED and not self._tx.telling.had_refunds(self._shop.id, number):
            # The status says so, and the shop lists none, nor ever did: one that was deleted again was told.
            refunds = [("all", content.total_minor, content.currency, content.version_at)]
            lowered = [(content.total_minor, content.currency)]
        elif self._is_told("order_refunded", f"{number}:all", buyer.email):
            refunds = []  # listed only now: it was told as a whole
        unpaid = self._tx.telling.unpaid_refunds(self._shop.id, number) if refunds else ()
        for place, (refund_id, amount, currency, at) in enumerate(refunds, 1):
            if refund_id in unpaid:
                continue
            refunded = {
                "refund_id": refund_id,
                "refund_amount": self._display.major(amount, currency),
                "is_full": is_whole(content, lowered[:place], at, is_newest=place == len(refunds)),
            }
            tell(buyer, "order_refunded", f"order_refunded:{number}:{refund_id}", at, contact, **refunded)

    def _is_change_to_tell(self, order: Order, buyer: Known) -> bool:
        """As domain.orders.is_changed says; nor was it told by its content, as it was until versions were noted."""
        number = order.content.order_id
        told = self._tx.orders.told_change(self._shop.id, number)
        if not is_changed(order, told):
            return False
        was_noted = told is None or bool(told.substance)
        return was_noted or not self._is_told("order_updated", f"{number}:{order.content_hash[:8]}", buyer.email)

    def _recover(self, order: Order) -> None:
        """Reminders of carts this order closed are taken back, at every address that got one."""
        number = order.content.order_id
        for cart, generation in self._tx.telling.carts_ordered_by(self._shop.id, number):
            for email in self._tx.telling.told(cart, generation):
                self._posting.overtake(email, (CART_EVENT,), "ordered")
            for reminder, abandonment_id, email in self._tx.telling.unrecovered(cart, generation):
                sent = self._tx.telling.message_state(self._shop.id, event_key(abandonment_id, email))
                if sent in ("skipped", "dead"):  # it never left: nothing to take back
                    continue
                known = self._addressing.by_email(email, Strength.TYPED)
                contact = self._posting.contact(
                    known, lists_remove=("abandoned_cart",), effect=f"recovered:{abandonment_id}"
                )
                shown = {
                    "abandonment_id": abandonment_id,
                    "order_id": number,
                    "event_id": f"cart_recovered:{abandonment_id}",
                    "shop": self._shop.address,
                    "total": self._display.major(order.content.total_minor, order.content.currency),
                    "currency": order.content.currency,
                }
                at = order.accepted_at or order.content.created_at
                event_id = f"cart_recovered:{abandonment_id}"
                self._posting.event(known, "cart_recovered", event_id, at, shown, needs=contact)
                self._tx.telling.keep_recovery(reminder, at)

    def _others(self, order: Order, own: str) -> Iterable[Known]:
        """Every other address that got a cart event or a reminder for a cart this order closed."""
        found: dict[str, Known] = {}
        for cart, generation in self._tx.telling.carts_ordered_by(self._shop.id, order.content.order_id):
            for email in self._tx.telling.told(cart, generation):
                other = self._addressing.by_email(email, Strength.TYPED)
                if email != own and self._posting.may_tell_the_end(other, cart, generation):
                    found[email] = other
        return [found[email] for email in sorted(found)]

    def _status_key(self, order: Order) -> str:
        content = order.content
        refunds = len(self._tx.telling.refunds(self._shop.id, content.order_id))
        return f"order_status:{content.order_id}:{to_text(content.version_at)}:{order.content_hash[:8]}:{refunds}"

    def status(self, order: Order) -> OrderMessage:
        """The order for Brevo's own list: base currency, unit prices, amount less what was refunded."""
        content = order.content
        is_base = content.base_total_minor is not None and bool(content.base_currency)
        currency = content.base_currency if is_base else content.currency
        total = content.base_total_minor if is_base and content.base_total_minor is not None else content.total_minor
        lowered = self._tx.orders.lowered_by(self._shop.id, content.order_id)
        for amount, refunded in lowered:
            if refunded == currency:
                total -= amount
            elif refunded == content.currency:
                total -= _reckoned(amount, order, currency)
        if content.state is OrderState.REFUNDED:  # whole, as in the sums, whatever is listed
            total = 0
        billing = content.detail.get("billing") or {}
        prefix = prefix_known(self._tx, self._shop)  # shops of one account count from 1, each of them
        return OrderMessage(
            order_id=prefix + (content.number or content.order_id),
            email=content.email,
            status=_word(order, any(amount for amount, _ in lowered)),
            amount=self._display.major(max(0, total), currency),
            currency=currency,
            created_at=content.created_at,
            updated_at=content.version_at,
            products=tuple(
                {
                    "product_id": prefix + item.product_id,
                    "variant_id": prefix + item.variant_id if item.variant_id else "",
                    "quantity": item.quantity,
                    "price": self._display.major(_unit_price(item, order, currency), currency),
                }
                for item in content.items
                if item.product_id
            ),
            coupons=tuple(str(code) for code in content.detail.get("discount_codes") or ()),
            billing={name: value for name, value in billing.items() if isinstance(value, str) and value},
            shop=self._shop.address,
        )


def has_failed(order: Order) -> bool:
    """Whether nobody pays for it after all, though it was placed once: a debit bounced, a transfer never came."""
    return order.content.state is OrderState.FAILED and order.first_version_at != NOT_YET and not order.is_deleted


def _placed_at(order: Order) -> datetime:
    return order.accepted_at or order.content.created_at


def is_reckonable(order: Order) -> bool:
    """Whether its amount is known in the shop's own currency. The destination's list has one currency for all
    orders: 12,000 yen would be counted as 12,000 euros there, so without a rate nothing is better."""
    content = order.content
    return content.base_total_minor is not None or content.base_currency in ("", content.currency)


def _named(order: Order, shop: Shop) -> dict[str, object]:
    content = order.content
    return {"shop_id": shop.id, "order_id": content.order_id, "currency": content.currency}


def _unit_price(item: Item, order: Order, currency: str) -> int:
    """Minor units of `currency`; another currency is reckoned at the order's own rate, an unknown price is 0."""
    minor = item.unit_price_minor
    if minor is None and item.line_total_minor is not None:
        minor = round(item.line_total_minor / item.quantity)
    return 0 if minor is None else _reckoned(minor, order, currency)


def _reckoned(minor: int, order: Order, currency: str) -> int:
    """Of the order's own currency, in `currency` at the order's own rate; without one as it is."""
    content = order.content
    if currency == content.currency or not content.total_minor or content.base_total_minor is None:
        return minor
    return round(minor * content.base_total_minor / content.total_minor)


def _word(order: Order, has_refunds: bool) -> str:
    """The state in one word of ours; Brevo takes any."""
    state = order.content.state
    if state is OrderState.REFUNDED:
        return "refunded"
    if state is OrderState.CANCELLED:
        return "cancelled"
    if has_refunds:
        return "partially_refunded"
    return "fulfilled" if order.content.is_fulfilled else state.value
