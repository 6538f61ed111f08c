"""What waits to be told in bulk, what is on its way, and how long the rest takes: for people and programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from collector.domain.history import ALONE, CONTACT, ORDER, Batch, Grouping, There, Waiting
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction
from collector.pipeline.history.planning import USUAL_CONTACT_BYTES, USUAL_ORDER_BYTES, Plan, Room, Work, in_words, plan

NEWEST = 10


@dataclass(frozen=True, slots=True)
class Status:
    account: str
    waiting: Waiting
    plan: Plan
    on_their_way: tuple[Batch, ...]
    newest: tuple[Batch, ...]

    @property
    def is_idle(self) -> bool:
        return not (self.waiting.contacts or self.waiting.alone or self.waiting.orders or self.on_their_way)

    def to_text(self) -> str:
        """One sentence."""
        if self.is_idle:
            return "everything is told"
        told = self.waiting
        contacts, running = told.contacts + told.alone, sum(batch.subjects for batch in self.on_their_way)
        parts = [f"{contacts:,} contacts wait"] if contacts else []
        parts += [f"{told.orders:,} orders wait"] if told.orders else []
        parts += [f"{running:,} are on their way"] if running else []
        calls = f": about {self.plan.calls:,} calls, {in_words(self.plan.lasts)}" if contacts or told.orders else ""
        return ", ".join(parts) + calls


def status(tx: StateTransaction, account: str, shops: Sequence[Shop], room: Room) -> Status:
    """Of all shops of an account together."""
    history = tx.history
    by_shop = [history.waiting(shop.id) for shop in shops]
    each = history.usual_bytes(account, CONTACT) or USUAL_CONTACT_BYTES
    kinds: dict[str, float] = {}
    for shop in shops:
        for grouping, there, count in history.groupings(shop.id):
            if grouping != ALONE:
                name = f"{shop.id} {_kind(grouping, there)}"
                kinds[name] = kinds.get(name, 0.0) + count * each
    orders = sum(one.orders for one in by_shop)
    reading = history.reading(account)
    told = sum(history.told_before(shop.id) for shop in shops) if kinds else 0
    work = Work(
        kinds=tuple(round(size) for size in kinds.values()),
        orders=orders,
        order_bytes=round(orders * (history.usual_bytes(account, ORDER) or USUAL_ORDER_BYTES)),
        alone=sum(one.alone for one in by_shop),
        at_destination=max(reading.total if reading is not None else 0, told),
    )
    everything = Waiting(
        contacts=sum(one.contacts for one in by_shop),
        alone=work.alone,
        orders=orders,
        oldest_at=min((one.oldest_at for one in by_shop if one.oldest_at), default=None),
        newest_at=max((one.newest_at for one in by_shop if one.newest_at), default=None),
    )
    on_their_way = tuple(history.open_batches(account))
    return Status(account, everything, plan(work, room), on_their_way, tuple(history.batches(account, NEWEST)))


def _kind(grouping: str, there: There) -> str:
    """The import they will be in, as far as can be told before the destination is read."""
    if not grouping:
        return "not looked at"
    kind = Grouping.from_text(grouping).kind(there or There.NONE)
    return kind.to_text() if kind is not None else ""
