"""Sessions: a visitor's events without a long pause. Pure; the same events give the same sessions in any order.

A session ends after `idle` without an event, and after `longest` in all. Events are ordered by
(time, id); the id only breaks ties, so that every machine breaks them alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from collector.domain.events import EventType

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")

# Event type -> the counter of a session it adds to, beside `events`.
COUNTERS = {
    EventType.PAGE_VIEWED: "page_views",
    EventType.PRODUCT_VIEWED: "product_views",
    EventType.COLLECTION_VIEWED: "collection_views",
    EventType.SEARCH_SUBMITTED: "searches",
    EventType.CART_UPDATED: "cart_changes",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """What a session needs to know of one event. `device` "" where the report did not come from a browser."""

    at: datetime
    event_id: str
    type: EventType
    url: str = ""
    referrer: str = ""
    device: str = ""

    @property
    def place(self) -> tuple[datetime, str]:
        return (self.at, self.event_id)


@dataclass(frozen=True, slots=True)
class Session:
    """One visit. Landing page, referrer and utm are those of its first event with a page."""

    started_at: datetime
    last_event_at: datetime
    landing_page: str = ""
    referrer: str = ""
    utm: dict[str, str] = field(default_factory=dict)
    device: str = ""
    events: int = 0
    page_views: int = 0
    product_views: int = 0
    collection_views: int = 0
    searches: int = 0
    cart_changes: int = 0


def utm_of(url: str) -> dict[str, str]:
    """The utm_* parts of a URL, without the prefix: {"source": "newsletter", …}; cut to 200 characters each."""
    try:
        query = urlsplit(url).query
    except ValueError:  # e.g. an unclosed [ in the host: it came from a browser, so it may be anything
        return {}
    return {name[4:]: value[:200] for name, value in parse_qsl(query) if name in UTM and value}


def ends_before(session: Session, at: datetime, idle: timedelta, longest: timedelta) -> bool:
    """Whether an event at `at` (not earlier than the session's last) belongs to a new session."""
    return at - session.last_event_at >= idle or at - session.started_at >= longest


def extend(session: Session | None, moment: Moment) -> Session:
    """The session with one more event, which is its newest; None starts one."""
    if session is None:
        session = Session(moment.at, moment.at)
    counter = COUNTERS.get(moment.type)
    lands = not session.landing_page and bool(moment.url)
    # Written out: this runs for every event, and dataclasses.replace is several times slower.
    return Session(
        started_at=session.started_at,
        last_event_at=moment.at,
        landing_page=moment.url if lands else session.landing_page,
        referrer=moment.referrer if lands else session.referrer,
        utm=utm_of(moment.url) if lands else session.utm,
        device=session.device or moment.device,
        events=session.events + 1,
        page_views=session.page_views + (counter == "page_views"),
        product_views=session.product_views + (counter == "product_views"),
        collection_views=session.collection_views + (counter == "collection_views"),
        searches=session.searches + (counter == "searches"),
        cart_changes=session.cart_changes + (counter == "cart_changes"),
    )


def split(moments: Iterable[Moment], idle: timedelta, longest: timedelta) -> list[Session]:
    """All sessions of one visitor's events, given in any order."""
    sessions: list[Session] = []
    for moment in sorted(moments, key=lambda one: one.place):
        if sessions and not ends_before(sessions[-1], moment.at, idle, longest):
            sessions[-1] = extend(sessions[-1], moment)
        else:
            sessions.append(extend(None, moment))
    return sessions
