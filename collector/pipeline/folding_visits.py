"""Visitors, their events and sessions, for one batch in hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from collector.domain.events import BrowserNoted, EventType, ObservingConsent
from collector.domain.sessions import Moment, Session, ends_before, extend, split
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction
from collector.domain.timestamps import EPOCH, NOT_YET
from collector.domain.visitors import Visitor, denial_mark


class VisitsInHand:
    def __init__(self, tx: StateTransaction, shop: Shop) -> None:
        self._tx = tx.visits
        self._shop = shop
        self._visitors: dict[str, Visitor] = {}
        self._changed: set[str] = set()
        self._sessions: dict[str, tuple[int, Session] | None] = {}
        self._extended: dict[str, list[tuple[int | None, Session]]] = {}
        self._late: dict[str, list[datetime]] = {}
        self._moved: set[str] = set()

    def event(
        self,
        type_: EventType,
        event_id: str,
        at: datetime,
        received_at: datetime,
        visitor_id: str,
        detail: dict[str, Any],
        cart: int | None = None,
    ) -> str:
        """Store an event once and let its visitor's session know. Answers new | moved | known."""
        visitor = self._visitor(visitor_id, at) if visitor_id else None
        number = visitor.id if visitor else None
        how = self._tx.add_event(self._shop.id, event_id, type_, at, received_at, detail, number, cart)
        if visitor is None or how == "known":
            return how
        page = detail.get("page", {})
        device = detail.get("device", "")
        moment = Moment(at, event_id, type_, page.get("url", ""), page.get("referrer", ""), device)
        if at < visitor.first_seen_at:
            visitor.first_seen_at = at
            self._changed.add(visitor_id)
        if how == "new" and visitor.is_newest(at, event_id):
            visitor.last_seen_at, visitor.last_event_id = moment.place
            self._changed.add(visitor_id)
            self._extend(visitor_id, visitor, moment)
        elif how == "new":
            self._late.setdefault(visitor_id, []).append(at)
        else:
            self._moved.add(visitor_id)
        return how

    def consent(self, fact: ObservingConsent) -> bool:
        """An answer about being observed. Of a denying browser we do not know, only a mark is kept.

        Whether a browser we know now answers otherwise, or later, than before."""
        if fact.state == "denied":
            known = self._known(fact.visitor_id)
            if known is None:
                self._tx.add_tombstone(self._shop.id, "visitor", denial_mark(fact.visitor_id), fact.occurred_at)
                return False
            visitor = known
        else:
            visitor = self._visitor(fact.visitor_id, fact.occurred_at)
        is_news = visitor.note_consent(fact.state, fact.occurred_at)
        if is_news:
            self._changed.add(fact.visitor_id)
        return is_news

    def suspect(self, fact: BrowserNoted) -> None:
        visitor = self._visitor(fact.visitor_id, fact.occurred_at)
        if fact.suspicion > visitor.suspicion:
            visitor.suspicion = fact.suspicion
            self._changed.add(fact.visitor_id)

    @property
    def touched(self) -> frozenset[str]:
        """Every browser this batch had something of."""
        return frozenset(self._visitors)

    def finish(self) -> None:
        for visitor_id, chain in self._extended.items():
            visitor = self._visitors[visitor_id]
            for number, session in chain:
                if number is None:
                    self._tx.add_session(self._shop.id, visitor.id, session)
                else:
                    self._tx.keep_session(number, session)
        for visitor_id, times in self._late.items():
            if visitor_id not in self._moved:
                self._replay(self._visitors[visitor_id], times)
        for visitor_id in self._moved:
            self._replay_all(self._visitors[visitor_id])
            self._changed.add(visitor_id)
        for visitor_id in self._changed:
            self._tx.keep_visitor(self._visitors[visitor_id])

    def _known(self, visitor_id: str) -> Visitor | None:
        visitor = self._visitors.get(visitor_id)
        if visitor is None:
            visitor = self._tx.visitor(self._shop.id, visitor_id)
            if visitor is not None:
                self._visitors[visitor_id] = visitor
        return visitor

    def _visitor(self, visitor_id: str, at: datetime) -> Visitor:
        visitor = self._known(visitor_id)
        if visitor is None:
            visitor = self._tx.add_visitor(self._shop.id, visitor_id, at)
            denied_at = self._tx.tombstone(self._shop.id, "visitor", denial_mark(visitor_id))
            if denied_at is not None:
                visitor.note_consent("denied", denied_at)
                self._changed.add(visitor_id)
            self._visitors[visitor_id] = visitor
        elif at < visitor.first_seen_at:
            visitor.first_seen_at = at
            self._changed.add(visitor_id)
        return visitor

    def _extend(self, visitor_id: str, visitor: Visitor, moment: Moment) -> None:
        chain = self._extended.get(visitor_id)
        if chain is None:
            newest = self._tx.newest_session(visitor.id)
            chain = self._extended[visitor_id] = [newest] if newest else []
        policy = self._shop.policy
        if chain and not ends_before(chain[-1][1], moment.at, policy.session_idle, policy.session_longest):
            number, session = chain[-1]
            chain[-1] = (number, extend(session, moment))
        else:
            chain.append((None, extend(None, moment)))

    def _replay(self, visitor: Visitor, times: list[datetime]) -> None:
        """Split anew every run of events without a pause that a late event fell into."""
        policy = self._shop.policy
        done_until: datetime | None = None
        for at in sorted(times):
            if done_until is not None and at <= done_until:
                continue
            run = _until_pause(self._tx.moments_before(visitor.id, at), policy.session_idle)
            run.reverse()
            for moment in self._tx.moments_after(visitor.id, at):
                if moment.at - run[-1].at >= policy.session_idle:
                    break
                run.append(moment)
            self._tx.drop_sessions(visitor.id, run[0].at, run[-1].at)
            for session in split(run, policy.session_idle, policy.session_longest):
                self._tx.add_session(self._shop.id, visitor.id, session)
            done_until = run[-1].at

    def _replay_all(self, visitor: Visitor) -> None:
        """An event turned out to be earlier than first reported: rare, so everything is split anew."""
        policy = self._shop.policy
        moments = list(self._tx.moments_after(visitor.id, EPOCH))
        if not moments:  # the event is another browser's, repeated under this one's name
            return
        self._tx.drop_sessions(visitor.id, EPOCH, NOT_YET)
        for session in split(moments, policy.session_idle, policy.session_longest):
            self._tx.add_session(self._shop.id, visitor.id, session)
        visitor.last_seen_at, visitor.last_event_id = max(moment.place for moment in moments)


def _until_pause(newest_first: Iterator[Moment], idle: timedelta) -> list[Moment]:
    """The run of events up to the first pause, newest first."""
    run: list[Moment] = []
    for moment in newest_first:
        if run and run[-1].at - moment.at >= idle:
            break
        run.append(moment)
    return run
