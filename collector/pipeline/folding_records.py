"""The platform's own records (customers, orders, refunds, deletions), for one batch in hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from collector.domain import customers, orders
from collector.domain.customers import CustomerChange, Tags
from collector.domain.events import (
    CustomerCounted,
    CustomerSeen,
    CustomersMerged,
    EventType,
    Gone,
    OrderSeen,
    RefundSeen,
    Strength,
    TagsChanged,
)
from collector.domain.identity import Node
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction
from collector.domain.timestamps import to_text
from collector.pipeline.folding_carts import CartsInHand
from collector.pipeline.folding_people import PeopleInHand
from collector.pipeline.recording import Recording


class RecordsInHand:
    def __init__(self, tx: StateTransaction, shop: Shop, people: PeopleInHand, carts: CartsInHand) -> None:
        self._tx = tx
        self._shop = shop
        self._people = people
        self._carts = carts
        self._events = Recording(tx, shop.id)
        self._ordering: set[Node] = set()  # nodes of orders of this batch: their people's carts may close

    def customer(self, fact: CustomerSeen, received_at: datetime) -> CustomerChange:
        shop_id, number = self._shop.id, fact.customer_id
        sight = customers.first_sight(fact)
        found = self._tx.customers.find(shop_id, number)
        if found is None:
            deleted_at = self._tx.visits.tombstone(shop_id, "customer", number)
            customer = sight
        else:
            known, deleted_at = found
            customer = customers.merge(known, sight)
        may_tag = fact.tags is not None or found is None  # single changes may have come before the record
        tags_before = self._tx.customers.tags(shop_id, number) if may_tag else Tags()
        self._tx.customers.keep(shop_id, customer, deleted_at)
        if fact.tags is not None:
            self._tx.customers.list_tags(shop_id, number, fact.tags, fact.version_at, fact.stated_at)
        tags_now = self._tx.customers.tags(shop_id, number) if fact.tags is not None else tags_before
        if fact.email:
            whose = Node("customer", number)
            self._people.join(whose, Node("email", fact.email), Strength.SIGNED, "customer", fact.version_at)
        if fact.phone:
            whose = Node("customer", number)
            self._people.join(whose, Node("phone", fact.phone), Strength.SIGNED, "customer", fact.version_at)
        detail = {"customer_id": number}
        if fact.type is EventType.CUSTOMER_CREATED:
            at = fact.created_at or fact.version_at
            self._events.event(EventType.CUSTOMER_CREATED, f"customer_created:{number}", at, received_at, detail)
        self._events.versions(
            EventType.CUSTOMER_UPDATED,
            f"customer_updated:{number}",
            (fact.version_at, sight.content_hash),
            None if found is None else (found[0].first_version_at, found[0].first_content_hash),
            received_at,
            detail,
        )
        return customers.change(found[0] if found else None, customer, tags_before, tags_now)

    def counted(self, fact: CustomerCounted) -> None:
        shop_id, number = self._shop.id, fact.customer_id
        sight = customers.counted(fact)
        found = self._tx.customers.find(shop_id, number)
        if found is None:
            self._tx.customers.keep(shop_id, sight, self._tx.visits.tombstone(shop_id, "customer", number))
        else:
            self._tx.customers.keep(shop_id, customers.merge(found[0], sight), found[1])

    def merged(self, fact: CustomersMerged, received_at: datetime) -> None:
        self.gone(Gone("customer", fact.gone_id, fact.occurred_at), received_at)
        self._people.merge(fact.gone_id, fact.kept_id, fact.occurred_at)

    def tags(self, fact: TagsChanged, received_at: datetime) -> CustomerChange:
        shop_id, number, at = self._shop.id, fact.customer_id, fact.occurred_at
        before = self._tx.customers.tags(shop_id, number).present
        for tag in fact.added:
            self._tx.customers.change_tag(shop_id, number, tag, True, at)
        for tag in fact.removed:
            self._tx.customers.change_tag(shop_id, number, tag, False, at)
        if fact.added:
            detail = {"customer_id": number, "tags": sorted(fact.added)}
            event_id = f"customer_tags_added:{number}:{to_text(at)}"
            self._events.event(EventType.CUSTOMER_TAGS_ADDED, event_id, at, received_at, detail)
        now = self._tx.customers.tags(shop_id, number).present
        return CustomerChange(tags_added=now - before, tags_removed=before - now)

    def order(self, fact: OrderSeen, received_at: datetime) -> None:
        shop_id, number = self._shop.id, fact.order_id
        sight = orders.first_sight(fact, received_at)
        known = self._tx.orders.find(shop_id, number)
        if known is None:
            deleted_at = self._tx.visits.tombstone(shop_id, "order", number)
            order = orders.merge(sight, replace(sight, deleted_at=deleted_at))
        else:
            order = orders.merge(known, sight)
        named = [self._people.whose(node) for node in orders.identities(fact)]
        self._tx.orders.keep(shop_id, order, named)
        if fact.is_test:
            return
        for refund in fact.refunds or ():
            self.refund(refund, received_at, fact.version_at)
        if fact.lists_every_refund:
            self._tx.orders.list_refunds(shop_id, number, fact.version_at, received_at)
        self._links(fact, named)
        self._ordering.update(self._tx.orders.nodes_of(shop_id, number))  # what other versions named, too
        detail = {"order_id": number}
        for type_, event_id, at in orders.lifecycle(fact):
            self._events.event(type_, event_id, at, received_at, detail)
        self._events.versions(
            EventType.ORDER_UPDATED,
            f"order_updated:{number}",
            (sight.first_version_at, sight.content_hash),
            None if known is None else (known.first_version_at, known.first_content_hash),
            received_at,
            detail,
        )

    def refund(self, fact: RefundSeen, received_at: datetime, version_at: datetime | None = None) -> None:
        """`version_at`: of the order that lists it; None for one that is told by itself."""
        self._tx.orders.add_refund(self._shop.id, fact, version_at or fact.occurred_at, received_at)
        if not fact.has_moved:
            return
        event_id = f"order_refunded:{fact.order_id}:{fact.refund_id}"
        detail = {"order_id": fact.order_id, "refund_id": fact.refund_id}  # reports differ in the amount
        self._events.event(EventType.ORDER_REFUNDED, event_id, fact.occurred_at, received_at, detail)

    def gone(self, fact: Gone, received_at: datetime) -> None:
        """Of an id not known under this kind only a mark is kept: its record may still be on the way."""
        shop_id = self._shop.id
        if fact.kind == "customer" and self._tx.customers.delete(shop_id, fact.id, fact.occurred_at):
            return
        if fact.kind == "order":
            known = self._tx.orders.find(shop_id, fact.id)
            if known is not None:
                deleted_at = max(fact.occurred_at, known.deleted_at or fact.occurred_at)
                self._tx.orders.keep(shop_id, replace(known, deleted_at=deleted_at), ())
                self._ordering.update(self._tx.orders.nodes_of(shop_id, fact.id))
                return
        self._tx.visits.add_tombstone(shop_id, fact.kind, fact.id, fact.occurred_at)

    def finish(self) -> None:
        """Every cart of everybody who ordered has to look at the order; carts the order names, too."""
        for node in sorted(self._ordering):
            if node.kind != "phone":
                self._carts.touch_nodes(set(self._people.person_nodes(node)) | {node})
            if node.kind == "visitor":
                self._carts.touch_nodes({Node("cart", f"v:{node.value}")})

    def _links(self, fact: OrderSeen, named: list[Node]) -> None:
        """All nodes of an order belong to whoever is its strongest node: the account, else the address.

        Before it is accepted it is a checkout: the account is vouched for, what was filled in is only typed.
        """
        owner = next((node for node in named if node.kind in ("customer", "email")), None)
        if owner is None:
            return
        for node in named:
            strength = Strength.ORDERED
            if fact.state in orders.UNPLACED:
                is_vouched = owner.kind == "customer" and node.kind not in ("email", "phone")
                strength = Strength.SIGNED if is_vouched else Strength.TYPED
            self._people.join(owner, node, strength, "order", fact.created_at)
