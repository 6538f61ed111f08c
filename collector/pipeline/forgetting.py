"""Forgetting: an address typed without a basis stays here until an order, an opt-in or its time is up."""

from __future__ import annotations

from datetime import datetime

from collector.domain.identity import Node
from collector.domain.shop import Shop
from collector.domain.state_ports import StateStore
from collector.pipeline.folding_carts import CartsInHand
from collector.pipeline.folding_people import PeopleInHand

AT_ONCE = 20  # addresses a transaction: nobody waits long for the write lock


def forget_unconsented(state: StateStore, shop: Shop, before: datetime) -> int:
    """Take out addresses last typed before then that nothing else speaks for. How many, at most AT_ONCE.

    The visits and carts stay, with nobody to tell about them; the addresses' links, and what events and checkouts
    say of them, go.
    """
    with state.read() as tx:  # looks at every typed address of the shop: nobody waits for that
        addresses = tx.people.unconsented(shop.id, before, AT_ONCE)
    if not addresses:
        return 0
    with state.write() as tx:
        people = PeopleInHand(tx, shop)
        near: set[Node] = set()
        for email in addresses:
            near |= tx.people.forget_address(shop.id, email)
        people.derive_again(near)
        carts = CartsInHand(tx, shop, people)
        touched = people.finish()
        for node in near:
            touched |= people.person_nodes(node)
        carts.touch_nodes(touched)
        carts.finish()
    return len(addresses)
