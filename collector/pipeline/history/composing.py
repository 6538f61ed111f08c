"""What is told of a marked address or order: as it stands at this moment, or nothing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime

from collector.domain.events import Strength
from collector.domain.history import Grouping, Standing, Texts
from collector.domain.identity import Node
from collector.domain.messages import ContactMessage, Message, OrderMessage, to_json
from collector.domain.orders import ACCEPTED, is_accepted
from collector.domain.reasons import Reason
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction
from collector.domain.telling import ToldContact
from collector.pipeline.addressing import Addressing, Known
from collector.pipeline.announcing_orders import AnnouncingOrders, has_failed, is_reckonable
from collector.pipeline.contact_attributes import ContactAttributes, Gathered
from collector.pipeline.properties import Display

NUMBER = "SMS"


@dataclass(frozen=True, slots=True)
class Composed:
    """A contact to be told. `content`: equal for two that say the same, whatever the day."""

    message: ContactMessage
    grouping: Grouping
    content: str


class Composing:
    """One look at the state: use it inside one transaction, for one shop."""

    def __init__(self, tx: StateTransaction, shop: Shop, now: datetime, display: Display) -> None:
        self._tx = tx
        self._shop = shop
        self._now = now
        self._addressing = Addressing(tx, shop)
        self._attributes = ContactAttributes(tx, shop, now, display)
        self._orders = AnnouncingOrders(tx, shop, now, display)

    def contact(self, email: str) -> Composed | None:
        """None: there is no record of theirs to tell, or they are nobody's business at the destination."""
        known = self._known(email)
        if known is None or known.is_excluded:
            return None
        gathered = self._attributes.of(known)
        policy = self._shop.policy
        lists = [role for role in ("all_customers", "buyers") if role in policy.lists]
        if "buyers" in lists and not self._has_bought(email):
            lists.remove("buyers")
        standing = self._standing(known)
        message = ContactMessage(
            email=email,
            strength=known.strength,
            may_market=standing is Standing.MAY,
            attributes=dict(gathered.attributes),
            lists_add=tuple(lists),
            is_opted_out=standing is Standing.LEFT,
            may_text=gathered.may_text,
        )
        return Composed(message, Grouping(standing, _texts(gathered), tuple(lists)), _content(message, gathered))

    def order(self, order_id: str) -> OrderMessage | None:
        order = self._tx.orders.find(self._shop.id, order_id)
        if order is None or order.is_deleted or order.content.is_test:
            return None
        if not is_accepted(order) and not has_failed(order):
            return None
        email = order.content.email
        if not email or not self._shop.policy.forward_orders or not is_reckonable(order):
            return None
        if self._addressing.by_email(email, Strength.ORDERED).is_excluded:
            return None
        return self._orders.status(order)

    def remember(self, email: str) -> None:
        """The account is told of the address by this shop: its orders count in what other shops tell, too."""
        account, shop = self._shop.policy.account, self._shop
        if all(one.shop_id != shop.id for one in self._tx.contacts.of(account, email)):
            told = ToldContact(shop.id, self._now, prefix=shop.policy.attribute_prefix)
            self._tx.contacts.keep(account, email, told)

    def _known(self, email: str) -> Known | None:
        """By the customer record, else by an order; what is forwarded of neither is not told."""
        policy, known = self._shop.policy, self._addressing.by_email(email, Strength.SIGNED)
        if policy.forward_customers and known.details.customer_id:
            return known
        if policy.forward_orders and self._tx.orders.newest_of(self._shop.id, email) is not None:
            return self._addressing.by_email(email, Strength.ORDERED)
        return None

    def _has_bought(self, email: str) -> bool:
        number = self._tx.customers.number_of(self._shop.id, email)
        return any(order.state in ACCEPTED for order in self._tx.orders.bought(self._shop.id, email, number))

    def _standing(self, known: Known) -> Standing:
        if known.basis is Reason.OPTED_OUT:
            return Standing.LEFT
        if not known.may_market:
            return Standing.NO_BASIS
        browsers = self._addressing.browsers(Node("email", known.email))
        is_denied = any(browser.consent == "denied" for browser in browsers)
        return Standing.NO_BASIS if is_denied else Standing.MAY


def hash_of(message: Message) -> str:
    return _hash(to_json(message))


def _texts(gathered: Gathered) -> Texts:
    if NUMBER not in gathered.attributes:
        return Texts.NO_NUMBER
    return {True: Texts.YES, False: Texts.NO, None: Texts.UNSAID}[gathered.may_text]


def _content(message: ContactMessage, gathered: Gathered) -> str:
    return _hash(to_json(replace(message, attributes={})) | {"attributes": gathered.lasting})


def _hash(said: object) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]
