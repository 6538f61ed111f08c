"""The fold: inbox rows of one shop and lane become state, in order, each batch in one transaction.

A row is never lost and never blocks the ones behind it: what is not understood goes to quarantine with its reason.
Folding a row twice changes nothing, so a crash between the inbox and the state, a restored file or a second
delivery is harmless.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from collector.domain.door import InboxRow, Lane, RowKind
from collector.domain.errors import Unparseable
from collector.domain.events import Fact
from collector.domain.ports import InboxReader, Source
from collector.domain.shop import Shop
from collector.domain.shop_facts import ErrorSent
from collector.domain.state_ports import StateStore, StateTransaction
from collector.pipeline.fold_log import DUPLICATE, FACTS, QUARANTINED, SKIPPED, FoldLog
from collector.pipeline.folding import Folding
from collector.pipeline.history.marking import mark, touch
from collector.pipeline.news import tell
from collector.pipeline.properties import Display

log = logging.getLogger(__name__)

# What a fault of ours, met by one row, looks like. The store's own errors (full disk, lost lock) are not among
# them: they concern every row, and the worker tries again later.
ROW_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    RecursionError,
)

BATCH = 200  # rows a transaction: short enough that nobody waits for the write lock


# A row, and what it says or why it is not understood.
_Read = tuple[InboxRow, Sequence[Fact] | Unparseable]


def nobody_told(row: InboxRow) -> list[Fact]:
    """Without a destination."""
    raise Unparseable("no_destination", row.topic)


@dataclass(frozen=True, slots=True)
class FoldServices:
    """What the fold needs. `parse_beacon` reads the rows our own tracker made, `parse_notice` those a destination
    sent."""

    inbox: InboxReader
    state: StateStore
    sources: Mapping[str, Source]
    parse_beacon: Callable[[InboxRow, Shop], list[Fact]]
    device_class: Callable[[str], str]
    display: Display
    parse_notice: Callable[[InboxRow], list[Fact]] = nobody_told


def fold_some(services: FoldServices, shop: Shop, lane: Lane, now: datetime, limit: int = BATCH) -> int:
    """Fold up to `limit` rows behind the cursor. Answers how many there were; 0: nothing waits.

    A row that makes our own rules fail spoils its batch; the batch is then folded again row by row, and
    that row goes to quarantine as `fold_failed`.
    """
    generation = services.inbox.generation()
    with services.state.write() as tx:
        after = tx.progress.cursor(shop.id, lane, generation)
    rows = services.inbox.next_rows(shop.id, lane, after, limit)
    if not rows:
        return 0
    told = FoldLog(shop)
    try:
        read = [_read(services, shop, row) for row in rows]
        with services.state.write() as tx:
            _fold(services, tx, shop, read, generation, now, told)
    except ROW_FAULTS:
        log.exception("batch is folded row by row", extra={"shop_id": shop.id, "first_row": rows[0].id})
        for row in rows:
            _fold_alone(services, shop, row, generation, now)
    else:
        told.tell()
    return len(rows)


def refold(services: FoldServices, shop: Shop, row: InboxRow, generation: str, now: datetime) -> None:
    """Fold one row again, e.g. out of quarantine. Raises Unparseable while it is still not understood."""
    with services.state.write() as tx:
        facts = _facts(services, shop, row)
        folding = Folding(tx, shop, services.device_class)
        for fact in facts:
            folding.apply(fact, row.received_at)
        changed = folding.finish()
        if row.lane is Lane.LIVE:
            tell(tx, shop, now, services.display, folding.news, changed)
            touch(tx, shop, folding.news)
        else:
            mark(tx, shop, now, folding.news)


def _fold_alone(services: FoldServices, shop: Shop, row: InboxRow, generation: str, now: datetime) -> None:
    told = FoldLog(shop)
    try:
        read = _read(services, shop, row)
        with services.state.write() as tx:
            _fold(services, tx, shop, [read], generation, now, told)
    except ROW_FAULTS as fault:
        log.exception("row could not be folded", extra={"shop_id": shop.id, "row_id": row.id})
        with services.state.write() as tx:
            detail = f"{type(fault).__name__}: {fault}"[:500]
            tx.progress.quarantine(row, generation, "fold_failed", detail, now)
            tx.progress.advance(shop.id, row.lane, generation, row.id)
        told = FoldLog(shop)
        told.note(row, QUARANTINED, "fold_failed")
    told.tell()


def _fold(
    services: FoldServices,
    tx: StateTransaction,
    shop: Shop,
    rows: Sequence[_Read],
    generation: str,
    now: datetime,
    told: FoldLog,
) -> None:
    folding = Folding(tx, shop, services.device_class)
    for row, facts in rows:
        key = f"{row.topic}:{row.delivery_id}"
        if row.delivery_id and not tx.progress.is_first(shop.id, key, row.id):
            tx.progress.note(row, generation, "duplicate", "")
            told.note(row, DUPLICATE)
            continue
        if isinstance(facts, Unparseable):
            tx.progress.quarantine(row, generation, facts.reason, facts.detail, now)
            told.note(row, QUARANTINED, facts.reason)  # the detail may quote the body
            continue
        if not facts and row.kind in (RowKind.WEBHOOK, RowKind.NOTICE):
            tx.progress.note(row, generation, "skipped", "not_used")
            told.note(row, SKIPPED, "not_used")
        if errors := [fact.code for fact in facts if isinstance(fact, ErrorSent)]:
            tx.progress.note(row, generation, "skipped", f"shop_error {errors[0]}")
            told.note(row, SKIPPED, f"shop_error {errors[0]}")
        elif facts:
            told.note(row, FACTS, facts=facts)
        for fact in facts:
            folding.apply(fact, row.received_at)
    changed = folding.finish()
    lane, last = rows[-1][0].lane, rows[-1][0].id
    if lane is Lane.LIVE:
        tell(tx, shop, now, services.display, folding.news, changed)
        touch(tx, shop, folding.news)
    else:  # imports change state and start no message; they mark what is to be told in bulk
        mark(tx, shop, now, folding.news)
    tx.progress.advance(shop.id, lane, generation, last)


def _read(services: FoldServices, shop: Shop, row: InboxRow) -> _Read:
    """Before the transaction: understanding a row takes about as long as keeping what it says, and while rows are kept
    nobody else writes."""
    try:
        return row, _facts(services, shop, row)
    except Unparseable as trouble:
        return row, trouble


def _facts(services: FoldServices, shop: Shop, row: InboxRow) -> list[Fact]:
    if row.kind is RowKind.WEBHOOK:
        return services.sources[shop.platform].parse(row, shop)
    if row.kind is RowKind.NOTICE:
        return services.parse_notice(row)
    return services.parse_beacon(row, shop)
