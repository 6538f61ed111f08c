"""Identity links and the people derived from them, for one batch in hand."""

from __future__ import annotations

from datetime import datetime

from collector.domain.events import ContactGiven, IdentityStated, Strength
from collector.domain.identity import Link, Node, link
from collector.domain.people import crowded, derive
from collector.domain.ports import StateTransaction
from collector.domain.shop import Shop


class PeopleInHand:
    def __init__(self, tx: StateTransaction, shop: Shop) -> None:
        self._tx = tx.people
        self._shop = shop
        self._changed: set[Node] = set()

    def join(self, one: Node, other: Node, strength: Strength, source: str, at: datetime) -> None:
        """Remember that two nodes were seen together. Nodes without a value are nobody."""
        if not one.value or not other.value or one == other:
            return
        kept = link(one, other, strength, source, at)
        if self._tx.keep_link(self._shop.id, kept) and kept.joins:
            self._changed.add(one)

    def contact(self, fact: ContactGiven) -> None:
        visitor = Node("visitor", fact.visitor_id)
        self.join(visitor, Node("email", fact.email), fact.strength, "form", fact.occurred_at)
        self.join(visitor, Node("phone", fact.phone), fact.strength, "form", fact.occurred_at)

    def stated(self, fact: IdentityStated) -> None:
        visitor = Node("visitor", fact.visitor_id)
        email, customer = Node("email", fact.email), Node("customer", fact.customer_id)
        self.join(visitor, email, fact.strength, "page", fact.occurred_at)
        self.join(visitor, customer, fact.strength, "page", fact.occurred_at)
        self.join(customer, email, fact.strength, "page", fact.occurred_at)

    def finish(self) -> set[Node]:
        """Derive everybody near a changed link. Answers the nodes of all whose nodes changed."""
        moved: set[Node] = set()
        done: set[Node] = set()
        for node in sorted(self._changed):
            if node in done:
                continue
            links = self._neighbourhood(node)
            people = derive(links)
            moved |= self._tx.keep_people(self._shop.id, people)
            for person in people:
                done |= person.nodes
        return moved

    def person_nodes(self, node: Node) -> frozenset[Node]:
        """Everything that belongs to the same person; only the node itself while nobody is known."""
        person = self._tx.person_of(self._shop.id, node)
        return self._tx.nodes_of(person) if person is not None else frozenset({node})

    def _neighbourhood(self, start: Node) -> list[Link]:
        """Every joining link that can be reached; a crowded browser is reached but not crossed."""
        reached: set[Node] = set()
        waiting = [start]
        found: dict[tuple[Node, Node, str, str], Link] = {}
        while waiting:
            node = waiting.pop()
            if node in reached:
                continue
            reached.add(node)
            links = [one for one in self._tx.links_of(self._shop.id, node) if one.joins]
            for one in links:
                found[one.a, one.b, one.strength, one.source] = one
            if node.kind == "visitor" and crowded(links, node) and node != start:
                continue
            for one in links:
                waiting.extend((one.a, one.b))
        return list(found.values())
