"""Messages decided and not yet delivered. Written in the transaction that decides, claimed, then delivered.

A claim that was never answered for (the worker died) is taken again after a while and says so.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from collector.domain.delivery_calls import Call, KeptCall
from collector.domain.door import Lane
from collector.domain.outbox import NewMessage, NotDeleted, OutboxRow, State, Stopped
from collector.domain.retries import STOPPED
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.connection import write
from collector.storage.sqlite.delivery_calls import DeliveryCalls
from collector.storage.sqlite.outbox_rows import from_values, to_values
from collector.storage.sqlite.statements import statements

_SQL = statements("outbox")


class Outbox:
    """`append`, `supersede` and `throw_away` are for inside the deciding transaction; the others begin their own."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._calls = DeliveryCalls(connection)

    def append(self, message: NewMessage) -> tuple[int, bool]:
        """(id, whether it is new). A key that is there already stands for the same effect: nothing changes."""
        found = self._connection.execute(_SQL["append"], to_values(message)).fetchone()
        if found:
            return int(found[0]), True
        given = {"shop_id": message.shop_id, "message_key": message.message_key}
        (row_id,) = self._connection.execute(_SQL["by_key"], given).fetchone()
        return int(row_id), False

    def supersede(self, shop_id: int, ordering: str, kinds: Collection[str], reason: str, now: datetime) -> list[int]:
        """Skip what waits unclaimed in this ordering and is of these kinds; the ids."""
        return self._skip("finish_unclaimed", shop_id, ordering, reason, now, kinds=json.dumps(sorted(kinds)))

    def throw_away(self, shop_id: int, ordering: str, events: Collection[str], reason: str, now: datetime) -> list[int]:
        """Skip what waits unclaimed in this ordering and is one of these events, or its contact; the ids."""
        return self._skip("throw_away", shop_id, ordering, reason, now, events=json.dumps(sorted(events)))

    def _skip(self, statement: str, shop_id: int, ordering: str, reason: str, now: datetime, **which: str) -> list[int]:
        given = {"shop_id": shop_id, "ordering": ordering, "reason": reason, "now": to_text(now), **which}
        ids = [row_id for (row_id,) in self._connection.execute(_SQL[statement], given).fetchall()]
        if ids:
            self._finish_dependents(ids, State.SKIPPED, reason, now)
        return ids

    def claim(
        self,
        account: str,
        holder: str,
        now: datetime,
        stale: datetime,
        limit: int,
        lane: Lane | None = None,
    ) -> Sequence[OutboxRow]:
        """Up to `limit` due rows, for this holder alone; of both lanes: the live ones first.

        Claims from before `stale` count no more.
        """
        given = {
            "account": account,
            "holder": holder,
            "now": to_text(now),
            "stale": to_text(stale),
        }
        ids: list[int] = []
        with write(self._connection):
            for one in [lane] if lane else [Lane.LIVE, Lane.HISTORY]:
                place = {**given, "lane": one.value, "limit": limit - len(ids)}
                ids += [row_id for (row_id,) in self._connection.execute(_SQL["claim"], place).fetchall()]
                if len(ids) == limit:
                    break
        return self._rows("rows_in", {"ids": json.dumps(ids)}) if ids else []

    def accounts_due(self, now: datetime) -> list[str]:
        rows = self._connection.execute(_SQL["accounts_due"], {"now": to_text(now)})
        return [account for (account,) in rows]

    def next_due_at(self, account: str) -> datetime | None:
        """When the earliest unclaimed row is due (perhaps behind another); None: none waits."""
        (text,) = self._connection.execute(_SQL["next_due_at"], {"account": account}).fetchone()
        return from_text(text) if text else None

    @contextmanager
    def together(self) -> Iterator[None]:
        """One transaction for the fates of several rows; inside of one, that one."""
        if self._connection.in_transaction:
            yield
            return
        with write(self._connection):
            yield

    def keep_calls(self, row_id: int, calls: Sequence[Call], now: datetime) -> None:
        """Into the delivery log, under the attempt counted just now. For inside `together`."""
        self._calls.keep(row_id, calls, now)

    def calls(self, row_id: int) -> Sequence[KeptCall]:
        """Every request made for a message, oldest first, as long as retention keeps them."""
        return self._calls.of(row_id)

    def done(self, row_id: int, now: datetime, answered: Mapping[str, Any] | None = None) -> bool:
        """It has left, whoever holds the claim by now. False: it was finished already."""
        given = {"id": row_id, "now": to_text(now), "answered": _json(answered)}
        with self.together():
            return self._connection.execute(_SQL["done"], given).rowcount == 1

    def give_up_claims(self, holder: str, long_ago: datetime) -> int:
        """At the start of a holder: its predecessor of the same name is dead. Its claims count as left at
        `long_ago`, so they are taken again at once, as doubtful ones. How many there were."""
        given = {"holder": holder, "long_ago": to_text(long_ago)}
        return self._connection.execute(_SQL["give_up_claims"], given).rowcount

    def retry(
        self,
        row_id: int,
        holder: str,
        due_at: datetime,
        reason: str,
        answered: Mapping[str, Any] | None = None,
        *,
        is_unused: bool = False,
    ) -> bool:
        """Give the claim back until `due_at`; `is_unused`: nothing was tried. False: the claim was lost."""
        given = {
            "id": row_id,
            "holder": holder,
            "due_at": to_text(due_at),
            "reason": reason,
            "answered": _json(answered),
            "unused": int(is_unused),
        }
        with self.together():
            return self._connection.execute(_SQL["retry"], given).rowcount == 1

    def finish(
        self,
        row_id: int,
        holder: str,
        state: State,
        reason: str,
        now: datetime,
        answered: Mapping[str, Any] | None = None,
    ) -> bool:
        """dead, skipped or unknown. False: the claim was lost.

        Rows that need a dead or skipped one go the same way, with the reason `needed_<state>`; those of an unknown
        one are skipped, so that they hold nobody up.
        """
        given = {
            "id": row_id,
            "holder": holder,
            "state": state.value,
            "reason": reason,
            "now": to_text(now),
            "answered": _json(answered),
        }
        with self.together():
            finished = self._connection.execute(_SQL["finish"], given).rowcount == 1
            if finished and state in (State.DEAD, State.SKIPPED, State.UNKNOWN):
                fate = State.DEAD if state is State.DEAD else State.SKIPPED
                self._finish_dependents([row_id], fate, f"needed_{state.value}", now)
        return finished

    def requeue(self, row_id: int, now: datetime) -> bool:
        """By hand, whatever became of it: due now, without an end. False: it is done, or its content is not kept
        any more."""
        return self._connection.execute(_SQL["requeue"], {"id": row_id, "now": to_text(now)}).rowcount == 1

    def get(self, row_id: int) -> OutboxRow | None:
        rows = self._rows("rows_in", {"ids": json.dumps([row_id])})
        return rows[0] if rows else None

    def rows(
        self,
        *,
        state: State | None = None,
        shop_id: int | None = None,
        event_name: str | None = None,
        since: datetime | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> Sequence[OutboxRow]:
        """Oldest first, behind id `after`; since is about when they were decided."""
        given = {
            "state": state.value if state else None,
            "shop_id": shop_id,
            "event_name": event_name,
            "since": to_text(since) if since else None,
            "after": after,
            "limit": limit,
        }
        return self._rows("list", given)

    def stopped(self) -> list[Stopped]:
        """Which accounts refuse what waits, and what they said last."""
        found = []
        for account, reason, since, row_id, waiting in self._connection.execute(_SQL["stopped"]).fetchall():
            row = self.get(row_id)
            answered = (row.answered if row else None) or {}
            said, cure = str(answered.get("failure", "")), str(answered.get("cure", ""))
            why = reason.removeprefix(STOPPED)
            found.append(Stopped(account, why, from_text(since), row_id, waiting, said, cure))
        return found

    def not_deleted(self, since: datetime) -> list[NotDeleted]:
        """Of the erasures since then: what the newest deletion of a contact did not delete, and will not."""
        newest: dict[tuple[str, str], NotDeleted | None] = {}
        rows = self._connection.execute(_SQL["erasures"], {"since": to_text(since)}).fetchall()
        for row_id, account, key, state, reason, done_at in rows:
            mark = key.split(":")[1]
            is_lost = state in (State.DEAD, State.SKIPPED)
            found = NotDeleted(row_id, account, reason, mark, from_text(done_at)) if is_lost else None
            newest[account, mark] = found
        return [one for one in newest.values() if one is not None]

    def states(self, shop_id: int | None = None) -> dict[State, int]:
        """How many rows are in which state."""
        rows = self._connection.execute(_SQL["states"], {"shop_id": shop_id})
        return {State(state): n for state, n in rows}

    def unfinished(self) -> list[tuple[str, str, int]]:
        """(account, state, how many) of what waits, or waits for a person."""
        return self._connection.execute(_SQL["unfinished"]).fetchall()

    def finished_since(self, moment: datetime) -> list[tuple[str, str, int]]:
        """(account, state, how many) of what was done with since then, as far as its content is still kept."""
        return self._connection.execute(_SQL["finished_since"], {"since": to_text(moment)}).fetchall()

    def _finish_dependents(self, ids: list[int], state: State, reason: str, now: datetime) -> None:
        given = {"ids": json.dumps(ids), "state": state.value, "reason": reason, "now": to_text(now)}
        self._connection.execute(_SQL["finish_dependents"], given)

    def _rows(self, statement: str, given: Mapping[str, Any]) -> list[OutboxRow]:
        return [from_values(raw) for raw in self._connection.execute(_SQL[statement], given).fetchall()]


def _json(content: Mapping[str, Any] | None) -> str | None:
    return None if content is None else json.dumps(dict(content))
