"""What imports made known and how far it is told: marks, batches, what was read of an account's contacts."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from collector.domain.history import (
    ALONE,
    CONTACT,
    ORDER,
    Batch,
    BatchState,
    DueContact,
    Reading,
    SeenContact,
    There,
    Waiting,
)
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.statements import statements

_SQL = statements("history")


class History:
    """Reads and writes inside whatever transaction its connection is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def mark(self, shop_id: int, kind: str, subject: str, email: str, at: datetime) -> None:
        given = {"shop_id": shop_id, "kind": kind, "subject": subject, "email": email, "at": to_text(at)}
        self._db.execute(_SQL["mark"], given)

    def mark_anew(self, shop_id: int, kind: str, subject: str, email: str, at: datetime) -> None:
        """The same, also if what is to be told looks as what was told."""
        given = {"shop_id": shop_id, "kind": kind, "subject": subject, "email": email, "at": to_text(at)}
        self._db.execute(_SQL["mark_anew"], given)

    def touch_contact(self, shop_id: int, email: str, *, is_only_history: bool = False) -> None:
        self._touch(shop_id, CONTACT, email, is_only_history)

    def touch_order(self, shop_id: int, order_id: str, *, is_only_history: bool) -> None:
        self._touch(shop_id, ORDER, order_id, is_only_history)

    def _touch(self, shop_id: int, kind: str, subject: str, is_only_history: bool) -> None:
        statement = "touch_anyway" if is_only_history else "touch"
        self._db.execute(_SQL[statement], {"shop_id": shop_id, "kind": kind, "subject": subject})

    def waiting(self, shop_id: int) -> Waiting:
        counts, times = {(CONTACT, False): 0, (CONTACT, True): 0, (ORDER, False): 0}, []
        for kind, grouping, n, oldest, newest in self._db.execute(_SQL["waiting"], {"shop_id": shop_id}):
            counts[kind, grouping == ALONE] += n
            times += [from_text(oldest), from_text(newest)]
        return Waiting(
            contacts=counts[CONTACT, False],
            alone=counts[CONTACT, True],
            orders=counts[ORDER, False],
            oldest_at=min(times, default=None),
            newest_at=max(times, default=None),
        )

    def on_their_way(self, account: str) -> int:
        """Subjects in batches that left and are not known to have arrived."""
        (n,) = self._db.execute(_SQL["on_their_way"], {"account": account}).fetchone()
        return int(n)

    def groupings(self, shop_id: int) -> list[tuple[str, There, int]]:
        rows = self._db.execute(_SQL["groupings"], {"shop_id": shop_id})
        return [(grouping, There(there), count) for grouping, there, count in rows]

    def told_before(self, shop_id: int) -> int:
        (count,) = self._db.execute(_SQL["told_before"], {"shop_id": shop_id}).fetchone()
        return int(count)

    def usual_bytes(self, account: str, kind: str) -> float | None:
        found = self._db.execute(_SQL["usual_bytes"], {"account": account, "kind": kind}).fetchone()
        return float(found[0]) if found else None

    def unexamined(self, shop_id: int, limit: int) -> list[str]:
        return self._subjects("unexamined", shop_id=shop_id, limit=limit)

    def told_hash(self, shop_id: int, kind: str, subject: str) -> str:
        given = {"shop_id": shop_id, "kind": kind, "subject": subject}
        found = self._db.execute(_SQL["told_hash"], given).fetchone()
        return str(found[0]) if found else ""

    def examined(self, shop_id: int, account: str, email: str, grouping: str, numbers: Sequence[str]) -> None:
        self._db.execute(_SQL["examined"], {"shop_id": shop_id, "email": email, "grouping": grouping})
        whose: dict[str, Any] = {"account": account, "email": email}
        self._db.execute(_SQL["forget_numbers"], whose | {"numbers": json.dumps(list(numbers))})
        for number in numbers:
            self._db.execute(_SQL["add_number"], whose | {"number": number, "shop_id": shop_id})

    def nothing_to_tell(self, shop_id: int, kind: str, subject: str) -> None:
        self._db.execute(_SQL["nothing_to_tell"], {"shop_id": shop_id, "kind": kind, "subject": subject})

    def due_contacts(self, shop_id: int, after: str, limit: int, reading: Reading | None) -> list[DueContact]:
        """An address marked before a reading began, and not met in it, is not there."""
        given = {"shop_id": shop_id, "after": after, "limit": limit}
        since = to_text(reading.started_at) if reading is not None and reading.ended_at is not None else "~"
        found = []
        for email, grouping, there, asked_at, marked_at in self._db.execute(_SQL["due_contacts"], given):
            if asked_at < since:
                there = There.NONE if marked_at < since and since != "~" else There.UNASKED
            found.append(DueContact(email, grouping, There(there)))
        return found

    def due_alone(self, shop_id: int, limit: int) -> list[str]:
        return self._subjects("due_alone", shop_id=shop_id, limit=limit)

    def set_alone(self, shop_id: int, email: str) -> None:
        self._db.execute(_SQL["examined"], {"shop_id": shop_id, "email": email, "grouping": "alone"})

    def others_with(self, account: str, number: str, email: str) -> list[str]:
        return self._subjects("others_with", account=account, number=number, email=email)

    def due_orders(self, shop_id: int, limit: int) -> list[str]:
        return self._subjects("due_orders", shop_id=shop_id, limit=limit)

    def is_being_told(self, shop_id: int, ordering: str) -> bool:
        given = {"shop_id": shop_id, "ordering": ordering}
        return self._db.execute(_SQL["is_being_told"], given).fetchone() is not None

    def see(self, account: str, shop_ids: Sequence[int], contacts: Sequence[SeenContact], at: datetime) -> None:
        shops, when = json.dumps(list(shop_ids)), to_text(at)
        for contact in contacts:
            there = There.BLOCKED if contact.is_blocked else There.OPEN
            given: dict[str, Any] = {"shops": shops, "email": contact.email, "there": there.value, "at": when}
            self._db.execute(_SQL["see"], given)
            for number in contact.numbers:
                named = {"account": account, "number": number, "email": contact.email, "shop_id": shop_ids[0]}
                self._db.execute(_SQL["see_number"], named)

    def reading(self, account: str) -> Reading | None:
        found = self._db.execute(_SQL["reading"], {"account": account}).fetchone()
        if found is None:
            return None
        return Reading(from_text(found[0]), _moment(found[1]), found[2], found[3])

    def keep_reading(self, account: str, reading: Reading) -> None:
        given = {
            "account": account,
            "started_at": to_text(reading.started_at),
            "ended_at": to_text(reading.ended_at) if reading.ended_at else None,
            "place": reading.place,
            "total": reading.total,
        }
        self._db.execute(_SQL["keep_reading"], given)

    def add_batch(self, account: str, shop_id: int, kind: str, grouping: str, now: datetime) -> int:
        given = {"account": account, "shop_id": shop_id, "kind": kind, "grouping": grouping, "now": to_text(now)}
        (batch,) = self._db.execute(_SQL["add_batch"], given).fetchone()
        return int(batch)

    def assign(self, batch: int, shop_id: int, kind: str, subject: str, grouping: str, told_hash: str) -> bool:
        given = {"batch": batch, "shop_id": shop_id, "kind": kind, "subject": subject, "grouping": grouping}
        return self._db.execute(_SQL["assign"], given | {"told_hash": told_hash}).rowcount == 1

    def changed_in(self, batch: int) -> list[str]:
        return self._subjects("changed_in", batch=batch)

    def leave_behind(self, batch: int) -> None:
        self._db.execute(_SQL["leave_behind"], {"batch": batch})

    def sent(self, batch: int, reference: str, subjects: int, size: int, next_look_at: datetime) -> None:
        given = {"batch": batch, "reference": reference, "subjects": subjects, "bytes": size}
        self._db.execute(_SQL["sent"], given | {"next_look_at": to_text(next_look_at)})

    def look_later(self, batch: int, next_look_at: datetime) -> None:
        self._db.execute(_SQL["look_later"], {"batch": batch, "next_look_at": to_text(next_look_at)})

    def open_batches(self, account: str) -> list[Batch]:
        return [_batch(row) for row in self._db.execute(_SQL["open_batches"], {"account": account})]

    def batches(self, account: str, limit: int) -> list[Batch]:
        return [_batch(row) for row in self._db.execute(_SQL["batches"], {"account": account, "limit": limit})]

    def arrived(self, batch: int, there: There, at: datetime, limit: int) -> int:
        return self._release("arrived", batch, limit, there=there.value, at=to_text(at))

    def not_arrived(self, batch: int, limit: int) -> int:
        return self._release("not_arrived", batch, limit)

    def end(self, batch: int, state: BatchState, said: str, at: datetime) -> None:
        self._db.execute(_SQL["end"], {"batch": batch, "state": state.value, "said": said, "at": to_text(at)})

    def forget(self, batch: int) -> None:
        self._db.execute(_SQL["forget"], {"batch": batch})

    def _release(self, statement: str, batch: int, limit: int, **more: str) -> int:
        some = self._db.execute(_SQL["some_of_batch"], {"batch": batch, "limit": limit}).fetchall()
        for shop_id, kind, subject in some:
            given = {"batch": batch, "shop_id": shop_id, "kind": kind, "subject": subject}
            self._db.execute(_SQL[statement], given | more)
        return len(some)

    def _subjects(self, statement: str, **given: Any) -> list[str]:
        return [subject for (subject,) in self._db.execute(_SQL[statement], given)]


def _batch(row: tuple[Any, ...]) -> Batch:
    return Batch(
        id=row[0],
        account=row[1],
        shop_id=row[2],
        kind=row[3],
        grouping=row[4],
        subjects=row[5],
        bytes=row[6],
        state=BatchState(row[7]),
        reference=row[8],
        made_at=from_text(row[9]),
        next_look_at=from_text(row[10]),
        looks=row[11],
        ended_at=_moment(row[12]),
        said=row[13],
    )


def _moment(text: str | None) -> datetime | None:
    return from_text(text) if text else None
