"""Reading again what changed without being told how: a few records a call, into the inbox, as live rows.

What was noted is settled after the rows are on disk. A crash in between reads once more, and a record that is as it was
then is the same delivery: the fold passes over it. A shop that cannot be asked does without, and says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collector.domain.door import Lane, NewRow, RowKind
from collector.domain.errors import Misuse
from collector.domain.jobs import REREADING, Next, of_shop
from collector.domain.ports import Clock
from collector.domain.rereading import Noted, RecordReader
from collector.domain.shop import Shop
from collector.domain.state_ports import StateStore
from collector.domain.syncing import RawRecord
from collector.domain.timestamps import to_text

AT_ONCE = 50
TURN = timedelta(seconds=40)
LOOKS_EVERY = timedelta(minutes=5)  # should nobody call: notes of a moment in which a turn ended
CANNOT = "this shop's records cannot be read: tags, consent and counters are known from their own webhooks only"


@dataclass(frozen=True, slots=True)
class RereadRecords:
    """The job of one shop. `append`: rows are on disk when it returns."""

    shop: Shop
    reader: RecordReader
    state: StateStore
    append: Callable[[Sequence[NewRow]], None]
    clock: Clock

    @property
    def name(self) -> str:
        return of_shop(REREADING, self.shop.id)

    def run(self, progress: Mapping[str, Any], now: datetime) -> Next:
        end, read = now + TURN, 0
        for resource in self.reader.resources:
            while self.clock() < end:
                with self.state.read() as tx:
                    noted = tx.rereads.due(self.shop.id, resource, now, AT_ONCE)
                if not noted:
                    break
                try:
                    got, wait_s = self._read(resource, noted)
                except Misuse:  # no credentials
                    with self.state.write() as tx:
                        tx.rereads.forget(self.shop.id)
                    return Next(now + LOOKS_EVERY, {}, CANNOT)
                read += got
                if wait_s:
                    return Next(self.clock() + timedelta(seconds=wait_s), {}, f"{read} read; the shop asks us to wait")
        with self.state.read() as tx:
            next_due = tx.rereads.next_due(self.shop.id)
        latest = self.clock() + LOOKS_EVERY
        return Next(min(next_due or latest, latest), {}, f"{read} read" if read else "")

    def _read(self, resource: str, noted: Sequence[Noted]) -> tuple[int, float]:
        """How many were read, and how long to wait for the others. One that is gone is settled, too."""
        fetched = self.reader.fetch(self.shop, resource, [one.id for one in noted])
        if fetched.records:
            self.append([self._row(record) for record in fetched.records])
        left = set(fetched.left)
        with self.state.write() as tx:
            tx.rereads.settle(self.shop.id, [one for one in noted if one.id not in left])
            for id_, due_at in fetched.again.items():
                tx.rereads.note(self.shop.id, resource, id_, due_at)
        return len(fetched.records), fetched.wait_s

    def _row(self, record: RawRecord) -> NewRow:
        now = self.clock()
        same = hashlib.sha256(record.body).hexdigest()[:32]
        facts = {**record.facts, "triggered_at": to_text(now)}
        return NewRow(self.shop.id, Lane.LIVE, RowKind.WEBHOOK, now, record.body, record.topic, f"read:{same}", facts)
