"""Brevo as a `domain.history.Bulk`: its bulk calls, each paid for out of what bulk work may use."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import requests

from collector.destinations.brevo import contacts, imports, order_batches, setup
from collector.destinations.brevo.blocked import blocked_by
from collector.destinations.brevo.client import BrevoAccount, Exchange, no_call_left, opened
from collector.destinations.brevo.limits import CONTACTS, OTHER, Meter
from collector.destinations.brevo.lists import ListNumbers, all_lists
from collector.domain.delivery_calls import KeepCall, kept_nowhere
from collector.domain.errors import DeliveryFailed, Remedy
from collector.domain.history import ContactPage, ImportKind, ProcessSeen, ToldAlone
from collector.domain.messages import ContactMessage, OrderMessage
from collector.domain.ports import Clock, Delivered
from collector.domain.shop import Shop

# Every import puts its contacts on a list. Of a shop that names none, on this one.
IMPORTED = "Tajo: imported"
SHORT_S = 1.0  # a gap is waited for, an hour is not


class BrevoBulk:
    """Used by one thread. `meter` knows the share that bulk work has; `keep` is the delivery log."""

    def __init__(
        self,
        http: requests.Session,
        accounts: Mapping[str, BrevoAccount],
        meter: Meter,
        clock: Clock,
        pause: Callable[[float], object] = time.sleep,
        keep: KeepCall = kept_nowhere,
    ) -> None:
        self._http = http
        self._accounts = accounts
        self._meter = meter
        self._lists = ListNumbers(clock)
        self._pause = pause
        self._keep = keep

    def contacts(self, shop: Shop, place: int) -> ContactPage:
        return imports.page(self._paid(shop, CONTACTS), place)

    def contact_size(self, contact: ContactMessage) -> int:
        return imports.row_size(contact)

    def numbers(self, contact: ContactMessage) -> tuple[str, ...]:
        return imports.numbers(contact)

    def import_contacts(self, shop: Shop, contacts: Sequence[ContactMessage], kind: ImportKind) -> str:
        exchange = self._exchange(shop)
        numbers = self._lists.numbers(exchange, kind.lists, shop.policy.lists)
        if not numbers:
            numbers = [self._imported(exchange)]
        exchange.paid = self._pay(shop, CONTACTS)
        try:
            return imports.send(exchange, contacts, numbers, kind)
        except DeliveryFailed as failed:
            if failed.remedy is Remedy.GIVE_UP:
                self._lists.check(exchange, numbers)
            raise

    def process(self, shop: Shop, reference: str) -> ProcessSeen:
        return imports.process(self._paid(shop, OTHER), reference)

    def order_size(self, order: OrderMessage) -> int:
        return order_batches.order_size(order)

    def pay_for_orders(self, shop: Shop) -> None:
        self._pay(shop, OTHER)

    def send_orders(self, shop: Shop, orders: Sequence[OrderMessage]) -> str:
        exchange = self._exchange(shop)
        exchange.paid = OTHER
        return order_batches.send(exchange, orders)

    def send_contact(self, shop: Shop, contact: ContactMessage) -> ToldAlone:
        exchange = self._exchange(shop)
        numbers = self._lists.numbers(exchange, contact.lists_add, shop.policy.lists)
        exchange.paid = self._pay(shop, CONTACTS)
        contacts.send(exchange, contacts.wanted(contact, numbers, ()), contact.strength)
        left_out = {one for step in exchange.steps for one in step.get("left_out", ())}
        is_made_blocked = bool(blocked_by(contact, Delivered(exchange.said())))
        return ToldAlone(tuple(sorted(left_out)), is_made_blocked)

    def _imported(self, exchange: Exchange) -> int:
        """The list for those who belong on none; made where it is not there."""
        try:
            return self._lists.numbers(exchange, [IMPORTED], {IMPORTED: IMPORTED})[0]
        except DeliveryFailed as failed:
            if failed.reason != "list_missing":
                raise
        found = next((number for number, name in all_lists(exchange) if name == IMPORTED), None)
        return setup.make_list(exchange, IMPORTED) if found is None else found

    def _paid(self, shop: Shop, family: str) -> Exchange:
        exchange = self._exchange(shop)
        exchange.paid = self._pay(shop, family)
        return exchange

    def _pay(self, shop: Shop, family: str) -> str:
        """The family, one call of which is paid. Raises DeliveryFailed (WAIT) when it is not a matter of a moment."""
        wait, waited = self._meter.take(shop.policy.account, family), 0.0
        while wait > 0 and waited + wait <= SHORT_S:
            self._pause(wait)
            waited += wait
            wait = self._meter.take(shop.policy.account, family)
        if wait > 0:
            raise no_call_left(family, wait)
        return family

    def _exchange(self, shop: Shop) -> Exchange:
        account = opened(self._accounts, shop.policy.account)
        return Exchange(self._http, account, self._meter, heard=partial(self._keep, account.name))
