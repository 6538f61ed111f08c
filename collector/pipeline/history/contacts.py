"""Steps for contacts: look at what was marked, read who is at the destination, tell few by themselves, many at once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from collector.domain.decisions import DecisionRow
from collector.domain.errors import DeliveryFailed, OutcomeUnknown, Remedy
from collector.domain.history import (
    ALONE,
    CONTACT,
    MOST_IMPORT_BYTES,
    BatchState,
    DueContact,
    Grouping,
    ImportKind,
    Reading,
    Standing,
    There,
    Way,
)
from collector.domain.messages import ContactMessage
from collector.domain.reasons import Reason
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction
from collector.pipeline.history.batches import lose
from collector.pipeline.history.composing import Composed, Composing
from collector.pipeline.history.planning import next_look
from collector.pipeline.history.services import CHUNK, CallRefused, HistoryServices, chunks

log = logging.getLogger(__name__)

# What was read of the account holds so long. Who opts out there meanwhile is known from its notices.
READING_HOLDS = timedelta(hours=1)


def examine(services: HistoryServices, shop: Shop, end: datetime) -> bool:
    """Look at everything marked: what is told of it, or nothing. False: there was not enough time."""
    while services.has_time(end):
        with services.state.read() as tx:
            emails = tx.history.unexamined(shop.id, CHUNK)
            composing = Composing(tx, shop, services.clock(), services.display)
            found = [(email, composing.contact(email)) for email in emails]
        if not emails:
            return True
        with services.state.write() as tx:
            for email, composed in found:
                _examined(services, tx, shop, email, composed)
    return False


def _examined(
    services: HistoryServices, tx: StateTransaction, shop: Shop, email: str, composed: Composed | None
) -> None:
    if composed is None or composed.content == tx.history.told_hash(shop.id, CONTACT, email):
        tx.history.nothing_to_tell(shop.id, CONTACT, email)
        return
    numbers = services.bulk.numbers(composed.message)
    tx.history.examined(shop.id, shop.policy.account, email, composed.grouping.to_text(), numbers)


def read_account(
    services: HistoryServices, shops: Sequence[Shop], has_strangers: bool, now: datetime, end: datetime
) -> bool:
    """Read who is at the destination, and who of them is blocked, to the end. False: there was not enough time.

    `has_strangers`: some were marked since the last reading.
    """
    account, ids = shops[0].policy.account, [shop.id for shop in shops]
    with services.state.read() as tx:
        reading = tx.history.reading(account)
    is_old = reading is None or now - reading.started_at >= READING_HOLDS
    if reading is None or is_old or (reading.ended_at is not None and has_strangers):
        reading = Reading(now, None, 0, reading.total if reading else 0)
    while reading.ended_at is None:
        if not services.has_time(end):
            return False
        page = services.bulk.contacts(shops[0], reading.place)
        at = services.clock()
        if page.total < reading.total and reading.place:
            # Somebody was deleted, and another moved into a place that was read: once more from the beginning.
            reading = Reading(at, None, 0, page.total)
            continue
        place = reading.place + page.read
        is_over = page.read == 0 or place >= page.total
        reading = Reading(reading.started_at, at if is_over else None, place, page.total)
        for some in chunks(page.contacts):
            with services.state.write() as tx:
                tx.history.see(account, ids, some, at)
        with services.state.write() as tx:
            tx.history.keep_reading(account, reading)
    return True


def tell_alone(services: HistoryServices, shop: Shop, end: datetime) -> bool:
    """Those who need a call of their own, one by one. False: there was not enough time. Raises DeliveryFailed."""
    while services.has_time(end):
        with services.state.read() as tx:
            emails = tx.history.due_alone(shop.id, 1)
        if not emails:
            return True
        _tell_one(services, shop, emails[0])
    return False


def _tell_one(services: HistoryServices, shop: Shop, email: str) -> None:
    """It counts as on its way while it is told: what changes it in that moment makes it due again."""
    now, account = services.clock(), shop.policy.account
    with services.state.write() as tx:
        composing = Composing(tx, shop, now, services.display)
        composed = composing.contact(email)
        if composed is None:
            tx.history.nothing_to_tell(shop.id, CONTACT, email)
            return
        batch = tx.history.add_batch(account, shop.id, CONTACT, ALONE, now)
        tx.history.assign(batch, shop.id, CONTACT, email, ALONE, composed.content)
        composing.remember(email)
    try:
        told = services.bulk.send_contact(shop, composed.message)
    except DeliveryFailed as failed:
        if failed.remedy is not Remedy.GIVE_UP:
            lose(services, batch, BatchState.FAILED, str(failed), services.clock())
            raise
        # It will never be taken as it is: no more tries until it changes.
        _told_alone(services, shop, email, batch, Reason.REFUSED, {"said": str(failed)})
        return
    if told.is_made_blocked:
        with services.state.write() as tx:
            tx.opt_outs.keep_blocks(account, [email], services.clock(), is_ours=True)
    why = Reason.SHARED_NUMBER if told.left_out else None
    _told_alone(services, shop, email, batch, why, {"identifiers": list(told.left_out)})


def _told_alone(
    services: HistoryServices, shop: Shop, email: str, batch: int, why: Reason | None, detail: dict[str, Any]
) -> None:
    """`why`: what was not told, or all of it, stands in the decision log. Whether it is blocked there is not known:
    nothing was said about that."""
    now = services.clock()
    with services.state.write() as tx:
        tx.history.arrived(batch, There.UNASKED, now, 1)
        tx.history.forget(batch)
        if why is not None:
            outcome = "refused" if why is Reason.REFUSED else "left_out"
            said = {"email": email, **detail}
            tx.telling.note(DecisionRow(shop.id, "contact", now, outcome, why.value, detail=said))


@dataclass(slots=True)
class _Filling:
    """An import that is being put together."""

    batch: int
    kind: ImportKind
    messages: dict[str, ContactMessage] = field(default_factory=dict)
    ours: set[str] = field(default_factory=set)  # those whom this import makes blocked
    size: int = 0
    is_full: bool = False


def import_some(services: HistoryServices, shop: Shop, most: int, now: datetime, end: datetime) -> int:
    """One import, as full as it gets: everybody whom the first of those waiting may stand beside. How many left.

    Raises DeliveryFailed.
    """
    filling: _Filling | None = None
    after = ""
    while filling is None or not filling.is_full:
        with services.state.read() as tx:
            due = tx.history.due_contacts(shop.id, after, CHUNK, tx.history.reading(shop.policy.account))
        if not due or (filling is not None and filling.messages and not services.has_time(end)):
            break
        after = due[-1].email
        filling = _fill(services, shop, filling, due, most, now)
    if filling is None:
        return 0
    messages = _still_right(services, shop, filling)
    if not messages:
        with services.state.write() as tx:
            tx.history.end(filling.batch, BatchState.DONE, "all of them changed", services.clock())
        return 0
    return _send(services, shop, filling, messages)


def _fill(
    services: HistoryServices, shop: Shop, filling: _Filling | None, due: Sequence[DueContact], most: int, now: datetime
) -> _Filling | None:
    """Those of a page that fit in. Composed without the write lock; who changed since is not assigned any more."""
    account = shop.policy.account
    with services.state.read() as tx:
        looking = _Looking(services, tx, shop)
        known_blocked = tx.opt_outs.blocked(account, [one.email for one in due])
        fits = [(one, looking.at(one, one.email in known_blocked, filling)) for one in due]
    with services.state.write() as tx:
        composing = Composing(tx, shop, services.clock(), services.display)
        for one, found in fits:
            match found:
                case _Verdict.NOTHING:
                    tx.history.nothing_to_tell(shop.id, CONTACT, one.email)
                case _Verdict.CHANGED:
                    tx.history.touch_contact(shop.id, one.email)
                case _Verdict.ALONE:
                    tx.history.set_alone(shop.id, one.email)
                case _Fit():
                    if filling is None:
                        batch = tx.history.add_batch(account, shop.id, CONTACT, found.kind.to_text(), now)
                        filling = _Filling(batch, found.kind)
                    if found.kind != filling.kind:
                        continue
                    message = found.composed.message
                    size = services.bulk.contact_size(message)
                    if len(filling.messages) >= most or filling.size + size > MOST_IMPORT_BYTES:
                        filling.is_full = True
                        break
                    content = found.composed.content
                    if tx.history.assign(filling.batch, shop.id, CONTACT, one.email, one.grouping, content):
                        composing.remember(one.email)
                        filling.messages[one.email] = message
                        filling.ours |= {one.email} if found.is_ours else set()
                        filling.size += size
    return filling


class _Verdict(Enum):
    """Why somebody does not fit. LATER: into another import."""

    LATER = auto()
    NOTHING = auto()
    CHANGED = auto()
    ALONE = auto()


@dataclass(frozen=True, slots=True)
class _Fit:
    """`is_ours`: blocked, it would be so by us, and not by themselves before."""

    kind: ImportKind
    composed: Composed
    is_ours: bool


class _Looking:
    """What is to be done with somebody who waits. Only reads."""

    def __init__(self, services: HistoryServices, tx: StateTransaction, shop: Shop) -> None:
        self._bulk = services.bulk
        self._tx = tx.history
        self._shop = shop
        self._composing = Composing(tx, shop, services.clock(), services.display)

    def at(self, one: DueContact, is_known_blocked: bool, filling: _Filling | None) -> _Verdict | _Fit:
        there = There.BLOCKED if is_known_blocked else one.there
        standing = Grouping.from_text(one.grouping).standing
        if is_known_blocked and one.there is There.OPEN and standing is not Standing.LEFT:
            return _Verdict.ALONE  # the notice or the reading may be the newer one: no import says anything of it
        kind = Grouping.from_text(one.grouping).kind(there)
        if kind is None or (filling is not None and kind != filling.kind):
            return _Verdict.LATER
        composed = self._composing.contact(one.email)
        if composed is None:
            return _Verdict.NOTHING
        if composed.grouping.to_text() != one.grouping:
            return _Verdict.CHANGED
        numbers = self._bulk.numbers(composed.message)
        if any(self._tx.others_with(self._shop.policy.account, number, one.email) for number in numbers):
            return _Verdict.ALONE
        is_ours = standing is Standing.LEFT or there is There.NONE
        return _Fit(kind, composed, is_ours)


def _still_right(services: HistoryServices, shop: Shop, filling: _Filling) -> list[ContactMessage]:
    """The last look before it leaves: who changed or opted out while it was put together stays behind.

    Whom we make blocked is remembered, so that nobody who reads the blocks back takes it for somebody leaving.
    """
    account = shop.policy.account
    with services.state.write() as tx:
        if filling.kind.way is Way.OPEN:
            for email in tx.opt_outs.blocked(account, list(filling.messages)):
                tx.history.touch_contact(shop.id, email)
        gone = set(tx.history.changed_in(filling.batch))
        tx.history.leave_behind(filling.batch)
        kept = [message for email, message in filling.messages.items() if email not in gone]
        if filling.kind.way is Way.BLOCKED:
            ours = sorted(filling.ours - gone)
            tx.opt_outs.keep_blocks(account, ours, services.clock(), is_ours=True)
        return kept


def _send(services: HistoryServices, shop: Shop, filling: _Filling, messages: Sequence[ContactMessage]) -> int:
    try:
        reference = services.bulk.import_contacts(shop, messages, filling.kind)
    except OutcomeUnknown:
        raise  # it may be on its way: in a while all of it is told again
    except DeliveryFailed as failed:
        lose(services, filling.batch, BatchState.FAILED, str(failed), services.clock())
        if failed.remedy is not Remedy.GIVE_UP:
            raise
        if len(messages) == 1:  # by itself it is taken without what is wrong with it, or said to be refused
            with services.state.write() as tx:
                tx.history.set_alone(shop.id, messages[0].email)
        raise CallRefused(failed, len(messages)) from failed
    at = services.clock()
    with services.state.write() as tx:
        tx.history.sent(filling.batch, reference, len(messages), filling.size, next_look(0, at))
    told = {"account": shop.policy.account, "shop_id": shop.id, "contacts": len(messages), "import": reference}
    log.info("contacts are imported", extra=told)
    return len(messages)


def set_all_alone(services: HistoryServices, shop: Shop) -> None:
    """So few that it is cheaper to tell each by itself."""
    while True:
        with services.state.write() as tx:
            due = tx.history.due_contacts(shop.id, "", CHUNK, None)
            for one in due:
                tx.history.set_alone(shop.id, one.email)
        if not due:
            return


def strangers(tx: StateTransaction, shop: Shop) -> bool:
    """Whether anybody waits of whom it is not known what they are at the destination."""
    reading, after = tx.history.reading(shop.policy.account), ""
    while due := tx.history.due_contacts(shop.id, after, 2000, reading):
        if any(one.there is There.UNASKED and _standing(one) is not Standing.LEFT for one in due):
            return True
        after = due[-1].email
    return False


def _standing(one: DueContact) -> Standing:
    return Grouping.from_text(one.grouping).standing
