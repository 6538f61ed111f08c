"""Brevo as a `ports.Destination`: which call a message needs, and the settings of its shop put into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from collector.destinations.brevo import commerce, confirmations, contacts, events
from collector.destinations.brevo.client import BrevoAccount, Exchange, opened
from collector.destinations.brevo.limits import CONFIRMATIONS, CONTACTS, EVENTS, ORDERS, Meter
from collector.destinations.brevo.lists import ListNumbers
from collector.domain.errors import DeliveryFailed, Remedy
from collector.domain.messages import (
    ConfirmationMessage,
    ContactMessage,
    ErasureMessage,
    EventMessage,
    Message,
    OrderMessage,
)
from collector.domain.ports import Clock, Delivered
from collector.domain.shop import Shop


class BrevoDestination:
    """`http` brings the guard and is used by one thread. `accounts`: by the name a shop's policy gives.

    The caller has paid for one call of the family that `calls` names; what a message needs beyond it is paid here.
    """

    def __init__(
        self, http: requests.Session, accounts: Mapping[str, BrevoAccount], meter: Meter, clock: Clock
    ) -> None:
        self._http = http
        self._accounts = accounts
        self._meter = meter
        self._lists = ListNumbers(clock)

    def calls(self, shop: Shop, message: Message) -> str:
        match message:
            case ContactMessage() | ErasureMessage():
                return CONTACTS
            case EventMessage():
                return EVENTS
            case OrderMessage():
                return ORDERS
            case ConfirmationMessage():
                return f"{CONFIRMATIONS}{shop.id}"

    def send(self, shop: Shop, message: Message) -> Delivered:
        exchange = self._exchange(shop, paid=self.calls(shop, message))
        try:
            answer = self._send(exchange, shop, message)
        except DeliveryFailed as failed:
            failed.calls = tuple(exchange.calls)
            raise
        return Delivered(answer, tuple(exchange.calls))

    def _send(self, exchange: Exchange, shop: Shop, message: Message) -> Mapping[str, Any]:
        """A few words about it."""
        match message:
            case ConfirmationMessage():
                number = confirmations.send(exchange, self._lists, message)
                return {**exchange.said(), "list_id": number}
            case ContactMessage():
                self._send_contact(exchange, shop, message)
            case ErasureMessage():
                contacts.delete(exchange, message.email)
            case EventMessage():
                events.send(exchange, message, shop.policy.event_names)
            case OrderMessage():
                commerce.send(exchange, message)
        return exchange.said()

    def was_received(self, shop: Shop, message: EventMessage) -> bool | None:
        return events.was_received(self._exchange(shop), message, shop.policy.event_names)

    def _send_contact(self, exchange: Exchange, shop: Shop, message: ContactMessage) -> None:
        add = self._lists.numbers(exchange, message.lists_add, shop.policy.lists)
        remove = self._lists.numbers(exchange, message.lists_remove, shop.policy.lists)
        try:
            contacts.send(exchange, contacts.wanted(message, add, remove), message.strength)
        except DeliveryFailed as failed:
            if failed.remedy is Remedy.GIVE_UP and (add or remove):
                self._lists.check(exchange, [*add, *remove])
            raise

    def _exchange(self, shop: Shop, paid: str = "") -> Exchange:
        account = opened(self._accounts, shop.policy.account)
        return Exchange(self._http, account, self._meter, paid)
