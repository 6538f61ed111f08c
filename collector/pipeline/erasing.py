"""Erasing one person: everything held under an address in some shops, and the contact at the destination.

What indexes find goes in one transaction a shop, together with the tombstones that keep late reports from bringing
it back. Text that may hold the address anywhere (logs, messages, raw rows) is looked through in portions, so that
nobody waits for the write lock. It may be done again at any time; what is in the hands of a worker this moment is
counted as busy, and the next time finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from collector.domain.door import Lane
from collector.domain.erasing import TEXTS, ErasableInbox, ErasureRecord, Spellings, Whom
from collector.domain.identity import Node
from collector.domain.messages import ErasureMessage, kind_of, to_json
from collector.domain.outbox import NewMessage
from collector.domain.shop import Shop
from collector.domain.state_ports import StateStore, StateTransaction
from collector.pipeline.posting import ordering_of

PORTION = 2000  # rows looked at in one go
TELLING_DIGITS = 10  # a number as long as this means one customer or order, wherever it stands


@dataclass(slots=True)
class Erased:
    """What became of one request. `counts`: by kind. `busy`: rows that a worker has in hand: do it again in a moment.

    `told`: accounts whose contact is to be deleted; `kept`: accounts where another shop knows the address; `left`:
    accounts that no connected shop can tell. `marks`: the hashes of the addresses told."""

    counts: dict[str, int] = field(default_factory=dict)
    busy: int = 0
    told: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)

    def count(self, kind: str, rows: int) -> None:
        if rows:
            self.counts[kind] = self.counts.get(kind, 0) + rows


def person(tx: StateTransaction, shop: Shop, email: str) -> frozenset[Node]:
    """Everything that belongs to whoever has this address: the unit is a person. Phone numbers only when nobody else
    is known by them: households share phones."""
    return person_of(tx, shop, [Node("email", email)])


def person_of(tx: StateTransaction, shop: Shop, given: Iterable[Node]) -> frozenset[Node]:
    """The same for whatever is known of somebody."""
    nodes = frozenset(given)
    for node in nodes:
        number = tx.people.person_of(shop.id, node)
        nodes |= tx.people.nodes_of(number) if number is not None else frozenset()
    phones = {other for one in nodes for other in _linked(tx, shop, one) if other.kind == "phone"}
    return nodes | {phone for phone in phones if _linked(tx, shop, phone) <= nodes}


def _linked(tx: StateTransaction, shop: Shop, node: Node) -> set[Node]:
    return {one for link in tx.people.links_of(shop.id, node) for one in (link.a, link.b)} - {node}


def looked_through(tx: StateTransaction, shop: Shop, text: str, nodes: Iterable[Node]) -> Iterator[int]:
    """The rows of one of TEXTS that name somebody."""
    holds, after = Spellings(_telling(nodes)), 0
    while True:
        rows, after, _ = tx.erasing.look_through(text, shop.id, holds, after, PORTION)
        yield from rows
        if not after:
            return


def erase(
    state: StateStore,
    inbox: ErasableInbox,
    shops: Sequence[Shop],
    all_shops: Sequence[Shop],
    email: str,
    now: datetime,
    by_whom: str = "command",
) -> Erased:
    """In these of all shops of the installation."""
    return erase_whom(state, inbox, shops, all_shops, Whom(frozenset([Node("email", email)])), now, by_whom)


def erase_whom(
    state: StateStore,
    inbox: ErasableInbox,
    shops: Sequence[Shop],
    all_shops: Sequence[Shop],
    whom: Whom,
    now: datetime,
    by_whom: str,
) -> Erased:
    """The same for somebody who may be known by a number alone."""
    done = Erased()
    emails = {node.value for node in whom.nodes if node.kind == "email"}
    for shop in shops:
        found = Erased()
        emails |= _in_shop(state, inbox, shop, whom, now, found)
        with state.write() as tx:
            mark = tx.erasing.mark(whom.name)
            tx.erasing.record(ErasureRecord(shop.id, mark, now, by_whom, found.counts))
        for kind, rows in found.counts.items():
            done.count(kind, rows)
        done.busy += found.busy
    _at_destinations(state, shops, all_shops, sorted(emails), now, done)
    return done


def _in_shop(state: StateStore, inbox: ErasableInbox, shop: Shop, whom: Whom, now: datetime, found: Erased) -> set[str]:
    """The addresses of the person in this shop."""
    orders = {Node("order", number) for number in whom.orders}
    with state.write() as tx:
        nodes = person_of(tx, shop, whom.nodes)
        emails = {node.value for node in nodes if node.kind == "email"}
        said_no = {one: tx.erasing.newest_opt_out(shop.id, shop.policy.account, one) for one in emails}
        tx.erasing.bury(shop.id, nodes | orders, now, said_no)
        for kind, rows in tx.erasing.take_out(shop.id, nodes, whom.orders).items():
            found.count(kind, rows)
    holds = Spellings(_telling(nodes | orders))
    for text in TEXTS:
        _clear(state, shop, text, holds, emails, now, found)
    with state.read() as tx:
        generation = inbox.generation()
        folded = {lane.value: tx.progress.cursor(shop.id, lane, generation) for lane in Lane}
    after = 0
    while True:
        deleted, waiting, after = inbox.erase(shop.id, folded, holds, after)
        found.count("raw rows", deleted)
        found.busy += waiting
        if not after:
            return emails


def _telling(nodes: Iterable[Node]) -> Iterable[str]:
    """What stands in texts for this person and nobody else: short numbers stand for anything, phones are spelled in
    too many ways."""
    return [
        node.value
        for node in nodes
        if node.kind in ("email", "visitor") or (node.kind in ("customer", "order") and _is_telling(node.value))
    ]


def _is_telling(number: str) -> bool:
    return number.isdigit() and len(number) >= TELLING_DIGITS


def _clear(
    state: StateStore,
    shop: Shop,
    text: str,
    holds: Callable[[str], bool],
    emails: set[str],
    now: datetime,
    found: Erased,
) -> None:
    after = 0
    while True:
        with state.read() as tx:
            rows, after, busy = tx.erasing.look_through(text, shop.id, holds, after, PORTION)
        found.busy += busy
        if rows:
            with state.write() as tx:
                found.count(_NAMES[text], tx.erasing.clear(text, rows, emails, now))
        if not after:
            return


_NAMES = {
    "events": "events",
    "decisions": "decisions",
    "outbox": "messages without their content",
    "outbox_calls": "requests in the delivery log",
    "bulk_calls": "requests in the delivery log",
    "quarantine": "rows in quarantine",
}


def _at_destinations(
    state: StateStore, shops: Sequence[Shop], all_shops: Sequence[Shop], emails: list[str], now: datetime, done: Erased
) -> None:
    """The contact goes when no other shop of its account knows the address."""
    chosen = {shop.id for shop in shops}
    for account in sorted({shop.policy.account for shop in shops} - {""}):
        sender = next(
            (one for one in (*shops, *all_shops) if one.policy.account == account and one.removed_at is None), None
        )
        others = [one.id for one in all_shops if one.policy.account == account and one.id not in chosen]
        for email in emails:
            with state.write() as tx:
                if tx.erasing.is_known_elsewhere(account, others, email):
                    done.kept.append(account)
                    continue
                tx.erasing.forget_account(account, email)
                if sender is None:
                    done.left.append(account)
                    continue
                tx.telling.queue(_message(tx, sender, account, email, now))
                done.told.append(account)
                done.marks.add(tx.erasing.mark(Node("email", email)))


def _message(tx: StateTransaction, shop: Shop, account: str, email: str, now: datetime) -> NewMessage:
    """Behind whatever is being sent to the address this moment."""
    message = ErasureMessage(email)
    return NewMessage(
        shop_id=shop.id,
        account=account,
        message_key=f"erasure:{tx.erasing.mark(Node('email', email))}:{now.isoformat()}",
        kind=kind_of(message),
        payload=to_json(message),
        created_at=now,
        due_at=now,
        ordering=ordering_of(email),
    )
