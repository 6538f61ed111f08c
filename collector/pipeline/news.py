"""What one batch made new, and telling it: collected while facts are applied, told when the state is up to date."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from collector.domain.carts import Generation
from collector.domain.consent import TICKS
from collector.domain.customers import CustomerChange
from collector.domain.events import CustomerCounted, CustomerSeen, EventType, MessageConsent, TagsChanged
from collector.domain.identity import Node
from collector.domain.messages import MAY_START_MAIL
from collector.domain.reasons import Reason
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction
from collector.domain.telling import StoredEvent
from collector.pipeline.announcing import LOOKS, Announcing
from collector.pipeline.announcing_orders import AnnouncingOrders
from collector.pipeline.double_opt_in import ask
from collector.pipeline.posting import ordering_of
from collector.pipeline.properties import Display


@dataclass(slots=True)
class News:
    """Collected from the facts of one batch. `refused`: browsers that do not want to be observed any more.
    `addresses`: those of customer records, and whoever said anything about being written to. `customers`: by number,
    with the event to tell ("": only the contact)."""

    looks: dict[str, list[StoredEvent]] = field(default_factory=dict)
    opted_in: set[str] = field(default_factory=set)
    ticks: list[MessageConsent] = field(default_factory=list)
    opted_out: list[MessageConsent] = field(default_factory=list)
    orders: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    customers: list[tuple[str, str, datetime, dict[str, Any]]] = field(default_factory=list)

    def look(self, visitor_id: str, event: StoredEvent) -> None:
        if event.type in LOOKS:
            self.looks.setdefault(visitor_id, []).append(event)

    def consent(self, fact: MessageConsent) -> None:
        if fact.subject_kind == "email":
            self.addresses.add(fact.subject)
        if fact.state == "opted_in" and fact.subject_kind == "email" and fact.channel == "email":
            self.opted_in.add(fact.subject)
            if fact.source in TICKS:
                self.ticks.append(fact)
        if fact.state == "opted_out" and fact.subject_kind == "email" and fact.channel == "email":
            self.opted_out.append(fact)

    def customer(self, fact: CustomerSeen, change: CustomerChange) -> None:
        """Platforms send a customer with every order and every change of what the body does not carry: only what
        became different is news. Where it is only numbers, or a tag that is gone, the contact is told, without an
        event of its own or with one."""
        if fact.email:
            self.addresses.add(fact.email)
        if not fact.email or fact.is_staff:
            return
        is_creation = fact.type is EventType.CUSTOMER_CREATED
        if is_creation:
            self.customers.append((fact.customer_id, fact.type.value, fact.created_at or fact.version_at, {}))
        if change.is_changed or change.tags_removed or (change.is_first and not is_creation):
            self.customers.append((fact.customer_id, EventType.CUSTOMER_UPDATED.value, fact.version_at, {}))
        if change.tags_added:
            self._tags(fact.customer_id, change.tags_added, change.tagged_at or fact.version_at)
        elif change.is_fuller and not change.is_changed:
            self.customers.append((fact.customer_id, "", fact.version_at, {}))

    def counted(self, fact: CustomerCounted) -> None:
        self.customers.append((fact.customer_id, "", fact.occurred_at, {}))

    def tags(self, fact: TagsChanged, change: CustomerChange) -> None:
        if change.tags_added:
            self._tags(fact.customer_id, change.tags_added, fact.occurred_at)
        elif change.tags_removed:
            self.customers.append((fact.customer_id, "", fact.occurred_at, {}))

    def _tags(self, customer_id: str, added: Iterable[str], at: datetime) -> None:
        named = {"tags": ", ".join(sorted(added))}
        self.customers.append((customer_id, EventType.CUSTOMER_TAGS_ADDED.value, at, named))


@dataclass(frozen=True, slots=True)
class Changed:
    """What the batch changed: browsers with events, nodes of people who changed, carts brought up to date."""

    visitors: frozenset[str]
    people: frozenset[Node]
    carts: dict[str, tuple[int, Generation]]


def tell(tx: StateTransaction, shop: Shop, now: datetime, display: Display, news: News, changed: Changed) -> None:
    """Put what is new into the outbox, in the batch's own transaction: carts and looks, then orders.

    What a refusal makes wrong is thrown away first: a yes that follows it does not bring it back.
    """
    for visitor_id in sorted(news.refused):
        _throw_away(tx, shop, now, Node("visitor", visitor_id))
    announcing = Announcing(tx, shop, now, display)
    near = set(changed.people)
    for email in sorted(news.opted_in):
        person = tx.people.person_of(shop.id, Node("email", email))
        if person is not None:
            near |= tx.people.nodes_of(person)
    newly_known = {node.value for node in near if node.kind == "visitor"}
    for visitor_id in sorted(changed.visitors | newly_known):
        announcing.browser(visitor_id, news.looks.get(visitor_id, []), visitor_id in newly_known)
    carts = dict(changed.carts)
    for node in near:
        if node.kind == "cart" and node.value not in carts:
            key = tx.carts.find(shop.id, node.value)
            current = tx.carts.timeline(key).current if key is not None else None
            if key is not None and current is not None:
                carts[node.value] = (key.id, current)
    for key_name, (cart, generation) in sorted(carts.items(), key=lambda one: one[0]):
        announcing.cart(key_name, cart, generation)
    for customer_id, event, at, extra in news.customers:
        found = tx.customers.find(shop.id, customer_id)
        if found is not None and found[0].content.email and not found[0].content.is_staff:
            announcing.customer(found[0].content.email, customer_id, event, at, extra)
    for refusal in news.opted_out:
        if refusal.source == shop.platform:  # what the destination told us it knows
            announcing.refusal(refusal.subject)
    for tick in news.ticks:
        ask(tx, shop, now, tick)
    orders = AnnouncingOrders(tx, shop, now, display)
    for number in sorted(news.orders):
        order = tx.orders.find(shop.id, number)
        if order is not None:
            orders.order(order)


def _throw_away(tx: StateTransaction, shop: Shop, now: datetime, browser: Node) -> None:
    """Whatever may start a mail and has not left yet, for every address of whoever has this browser."""
    person = tx.people.person_of(shop.id, browser)
    nodes = tx.people.nodes_of(person) if person is not None else frozenset[Node]()
    for email in sorted(node.value for node in nodes if node.kind == "email"):
        reason = Reason.CONSENT_DENIED.value
        tx.telling.throw_away(shop.id, ordering_of(email), MAY_START_MAIL, reason, now)
