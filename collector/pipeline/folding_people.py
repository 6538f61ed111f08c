"""Identity links and the people derived from them, for one batch in hand."""

from __future__ import annotations

from datetime import datetime

from collector.domain.events import ContactGiven, IdentityStated, Strength
from collector.domain.identity import Link, Node, link
from collector.domain.people import CROWD, Person, counts_in_a_crowd, crowded, derive, named_by
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction


class PeopleInHand:
    def __init__(self, tx: StateTransaction, shop: Shop) -> None:
        self._tx = tx.people
        self._shop = shop
        self._merges = tx.merges
        self._has_merges = tx.merges.is_used(shop.id)
        self._changed: set[Node] = set()
        self._named: dict[Node, set[Node]] = {}  # what browsers named in this batch, new or earlier than known

    def join(self, one: Node, other: Node, strength: Strength, source: str, at: datetime) -> None:
        """Remember that two nodes were seen together. Nodes without a value are nobody."""
        one, other = self.whose(one), self.whose(other)
        if not one.value or not other.value or one == other:
            return
        kept = link(one, other, strength, source, at)
        if self._tx.keep_link(self._shop.id, kept) and kept.joins:
            self._changed |= {one, other}
            for visitor, named in ((one, other), (other, one)):
                if visitor.kind == "visitor":
                    self._named.setdefault(visitor, set()).add(named)

    def whose(self, node: Node) -> Node:
        """The node, or the customer its customer became."""
        if not self._has_merges or node.kind != "customer":
            return node
        return Node("customer", self._merges.became(self._shop.id, node.value))

    def merge(self, gone_id: str, kept_id: str, at: datetime) -> None:
        """Two customer records are one: whatever named the one that is gone names the other."""
        self._merges.add(self._shop.id, gone_id, kept_id, at)
        self._has_merges = True
        kept_id = self._merges.became(self._shop.id, kept_id)
        if kept_id != gone_id:
            self._changed |= self._merges.move(self._shop.id, gone_id, kept_id)

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

    def links_of(self, node: Node) -> list[Link]:
        return self._tx.links_of(self._shop.id, node)

    def derive_again(self, nodes: set[Node]) -> None:
        """Something that held these together is gone."""
        self._changed |= nodes

    def finish(self) -> set[Node]:
        """Derive everybody near a changed link. Answers the nodes of all whose nodes changed."""
        people: list[Person] = []
        done: set[Node] = set()
        for node in sorted(self._changed | self._let_go()):
            if node in done:
                continue
            reached, links = self._neighbourhood(node)
            people += (person for person in derive(links) if person.nodes <= reached)
            done |= reached
        return self._tx.keep_people(self._shop.id, people)

    def person_nodes(self, node: Node) -> frozenset[Node]:
        """Everything that belongs to the same person; only the node itself while nobody is known."""
        person = self._tx.person_of(self._shop.id, node)
        return self._tx.nodes_of(person) if person is not None else frozenset({node})

    def _let_go(self) -> set[Node]:
        """What a browser named, where it became a crowd in this batch: until now it held them together."""
        apart: set[Node] = set()
        for visitor, new in self._named.items():
            named = named_by(self.links_of(visitor), visitor)
            if len(named) > CROWD >= len(named - new):
                apart |= named
        return apart

    def _neighbourhood(self, start: Node) -> tuple[set[Node], list[Link]]:
        """Every node that joining links lead to, and all their links. What was typed in a crowded browser leads
        nowhere; its links are there to show that it is one, and what only they name is not reached."""
        reached: set[Node] = set()
        waiting = [start]
        links: set[Link] = set()
        crowds: dict[Node, bool] = {}
        while waiting:
            node = waiting.pop()
            if node in reached:
                continue
            reached.add(node)
            for one in self._joining(node):
                links.add(one)
                if counts_in_a_crowd(one) or not self._in_a_crowd(one, crowds, links):
                    waiting.extend((one.a, one.b))
        return reached, list(links)

    def _in_a_crowd(self, one: Link, crowds: dict[Node, bool], links: set[Link]) -> bool:
        for node in (one.a, one.b):
            if node.kind != "visitor":
                continue
            if node not in crowds:
                its = self._joining(node)
                crowds[node] = crowded(its, node)
                links.update(its)
            if crowds[node]:
                return True
        return False

    def _joining(self, node: Node) -> list[Link]:
        return [one for one in self.links_of(node) if one.joins]
