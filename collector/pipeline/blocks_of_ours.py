"""Contacts that were made blocked because nobody agreed, or blocked because of a no we know: remembered, so that
reading the destination's blocks back does not take them for somebody leaving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from collector.domain.messages import EventMessage, Message
from collector.domain.ports import Clock, Delivered, Destination
from collector.domain.shop import Shop
from collector.domain.state_ports import StateStore


@dataclass(frozen=True, slots=True)
class BlocksOfOurs:
    """A ports.Destination around another. `blocked_by`: the address a delivery left blocked, "" for none.

    A crash between the two forgets one: that contact then counts as opted out, which sends nothing it should not.
    """

    inner: Destination
    state: StateStore
    clock: Clock
    blocked_by: Callable[[Message, Delivered], str]

    def calls(self, shop: Shop, message: Message) -> str:
        return self.inner.calls(shop, message)

    def send(self, shop: Shop, message: Message) -> Delivered:
        delivered = self.inner.send(shop, message)
        if email := self.blocked_by(message, delivered):
            with self.state.write() as tx:
                tx.opt_outs.keep_blocks(shop.policy.account, [email], self.clock(), is_ours=True)
        return delivered

    def was_received(self, shop: Shop, message: EventMessage) -> bool | None:
        return self.inner.was_received(shop, message)
