"""Carts of one batch in hand: continued where facts come in order, replayed where anything came from before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from collector.domain.abandonment import due_at
from collector.domain.cart_events import event_facts
from collector.domain.carts import ECHO, CartFact, CartKey, Generation, Timeline, advance, cart_key, place, replay
from collector.domain.checkouts import content_hash
from collector.domain.events import CartSeen, CheckoutSeen, EventType, Strength
from collector.domain.identity import Node
from collector.domain.orders import cart_facts, touches_cart
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction
from collector.pipeline.folding_people import PeopleInHand


class CartsInHand:
    def __init__(self, tx: StateTransaction, shop: Shop, people: PeopleInHand) -> None:
        self._tx = tx
        self._shop = shop
        self._people = people
        self._keys: dict[str, CartKey] = {}
        self._new: dict[str, list[CartFact]] = {}  # facts of this batch by cart key
        self._dirty: set[str] = set()  # to be replayed
        self.finished: dict[str, tuple[int, Generation]] = {}  # key -> cart and its newest generation
        self._checkouts: set[Node] = set()  # reported by the platform in this batch

    def seen(self, fact: CartSeen) -> CartKey:
        """The cart of a content report, and its links to the browser."""
        cart = self._cart(cart_key(fact.cart_token, fact.visitor_id))
        node = Node("cart", cart.key)
        visitor = Node("visitor", fact.visitor_id)
        self._people.join(visitor, node, Strength.TYPED, "cart", fact.occurred_at)
        return cart

    def checkout(self, fact: CheckoutSeen) -> CartKey | None:
        """The cart of a checkout and its links; None when the report names nothing it could belong to."""
        key = cart_key(fact.cart_token, fact.visitor_id, fact.checkout_token)
        if not key:
            return None
        cart = self._cart(key)
        node = Node("cart", key)
        at = fact.occurred_at
        self._people.join(Node("visitor", fact.visitor_id), node, Strength.TYPED, "cart", at)
        self._people.join(Node("email", fact.email), node, Strength.TYPED, "checkout", at)
        self._people.join(Node("phone", fact.phone), node, Strength.TYPED, "checkout", at)
        self._people.join(Node("customer", fact.customer_id), node, Strength.SIGNED, "checkout", at)
        own = Node("cart", cart_key(checkout_token=fact.checkout_token))
        self._people.join(own, node, Strength.TYPED, "cart", at)
        if fact.source == "platform" and fact.checkout_token:
            self._tx.carts.keep_checkout(self._shop.id, cart.id, fact, content_hash(fact))
            self._checkouts.add(own)
        return cart

    def note(
        self, cart: CartKey, type_: EventType, event_id: str, at: datetime, detail: dict[str, Any], how: str
    ) -> None:
        """A stored event of this cart: `new` ones may continue it, a `moved` one asks for a replay."""
        if how == "new":
            self._new.setdefault(cart.key, []).extend(event_facts(type_, event_id, at, detail))
        elif how == "moved":
            self._dirty.add(cart.key)

    def touch_nodes(self, nodes: set[Node]) -> None:
        """Carts among these nodes now belong to somebody else, or to somebody who ordered: replay them."""
        self._dirty |= {node.value for node in nodes if node.kind == "cart"}

    def finish(self) -> None:
        self._touch_checkouts()
        for key in sorted(self._dirty | self._new.keys()):
            cart = self._keys.get(key) or self._tx.carts.find(self._shop.id, key)
            if cart is None:  # named by an order or checkout, never seen with content
                continue
            facts = sorted(self._new.get(key, ()), key=place)
            if key in self._dirty or not facts or cart.place is None or place(facts[0]) <= cart.place:
                self._replay(cart)
            else:
                self._continue(cart, facts)

    def _touch_checkouts(self) -> None:
        """Any version may have completed a checkout, and the newest says which cart it completed."""
        for own in self._checkouts:
            self.touch_nodes({own})
            for one in self._people.links_of(own):
                self.touch_nodes({one.a, one.b})

    def _cart(self, key: str) -> CartKey:
        cart = self._keys.get(key)
        if cart is None:
            cart = self._keys[key] = self._tx.carts.find_or_add(self._shop.id, key)
        return cart

    def _continue(self, cart: CartKey, facts: list[CartFact]) -> None:
        timeline = self._tx.carts.timeline(cart)
        for fact in facts:
            timeline = advance(timeline, fact)
        self._keep(cart, timeline, place(facts[-1]), is_whole=False)

    def _replay(self, cart: CartKey) -> None:
        facts = self._tx.carts.facts(cart.id)
        if not facts:
            return
        nodes = self._people.person_nodes(Node("cart", cart.key))
        since = min(fact.at for fact in facts) - ECHO
        for order in self._tx.orders.of_nodes(self._shop.id, nodes, since):
            named = self._tx.orders.nodes_of(self._shop.id, order.content.order_id)
            facts.extend(cart_facts(order, touches_cart(order, named, cart.key)))
        self._keep(cart, replay(facts), max(place(fact) for fact in facts), is_whole=True)

    def _keep(self, cart: CartKey, timeline: Timeline, at: tuple[datetime, int, str], *, is_whole: bool) -> None:
        deadline = None
        if timeline.current is not None:
            nodes = self._people.person_nodes(Node("cart", cart.key))
            has_address = any(node.kind == "email" for node in nodes)
            deadline = due_at(timeline.current, self._shop.policy, has_address)
            self.finished[cart.key] = (cart.id, timeline.current)
        self._tx.carts.keep(self._shop.id, cart, timeline, at, deadline, is_whole)
