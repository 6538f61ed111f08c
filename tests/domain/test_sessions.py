"""When a visit ends, and what it remembers."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.domain.events import EventType
from collector.domain.sessions import Moment, Session, split, utm_of

from .facts import at, look

IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=24)
MS = 1 / 60_000  # a millisecond in minutes


def visits(*minutes: float) -> list[int]:
    """How many events each session of these looks has."""
    return [session.events for session in split(map(look, minutes), IDLE, LONGEST)]


@pytest.mark.parametrize(
    ("why", "minutes", "expected"),
    [
        ("nothing happened", [], []),
        ("one look is a session", [0], [1]),
        ("a short pause", [0, 10], [2]),
        ("a millisecond less than 30 minutes", [0, 30 - MS], [2]),
        ("exactly 30:00.000 ends it", [0, 30], [1, 1]),
        ("the pause counts from the last event, not the first", [0, 20, 40, 60], [4]),
        ("three visits", [0, 5, 40, 100, 101], [2, 1, 2]),
        ("two looks at the same moment", [0, 0.0], [2]),
        ("a late event joins two sessions", [0, 40, 20], [3]),
        ("a late event in front of the first", [0, -10], [2]),
        ("a late event of its own", [0, 100, 50], [1, 1, 1]),
        ("24 hours in all, however lively", range(0, 24 * 60 + 20, 20), [72, 1]),
        ("a millisecond before 24 hours", [*range(0, 24 * 60, 20), 24 * 60 - MS], [73]),
        ("the second day starts a count of its own", range(0, 48 * 60 + 20, 20), [72, 72, 1]),
    ],
)
def test_a_session_ends_after_thirty_idle_minutes_or_a_day(why: str, minutes: list[float], expected: list[int]) -> None:
    assert visits(*minutes) == expected, why


def test_a_session_counts_what_was_looked_at() -> None:
    kinds = [
        EventType.PAGE_VIEWED,
        EventType.PRODUCT_VIEWED,
        EventType.PRODUCT_VIEWED,
        EventType.COLLECTION_VIEWED,
        EventType.SEARCH_SUBMITTED,
        EventType.CART_UPDATED,
        EventType.CHECKOUT_STARTED,
        EventType.CONTACT_SUBMITTED,
    ]
    (session,) = split([look(number, kind) for number, kind in enumerate(kinds)], IDLE, LONGEST)
    assert session == Session(
        at(0),
        at(7),
        events=8,
        page_views=1,
        product_views=2,
        collection_views=1,
        searches=1,
        cart_changes=1,
    )


def test_landing_page_referrer_and_campaign_are_those_of_the_first_event_with_a_page() -> None:
    first = look(1, url="https://shop.example/?utm_source=mail&utm_medium=x", referrer="https://mail.example/")
    later = look(2, url="https://shop.example/?utm_source=ads", referrer="https://ads.example/", device="mobile")
    (session,) = split([later, first, look(0)], IDLE, LONGEST)  # a server's report at 0 names no page
    assert session.landing_page == first.url
    assert session.referrer == "https://mail.example/"
    assert session.utm == {"source": "mail", "medium": "x"}
    assert session.device == "mobile"


@pytest.mark.parametrize(
    ("why", "url", "expected"),
    [
        ("no query", "https://shop.example/", {}),
        (
            "all five",
            "?utm_source=a&utm_medium=b&utm_campaign=c&utm_term=d&utm_content=e",
            dict(zip(["source", "medium", "campaign", "term", "content"], "abcde", strict=True)),
        ),
        ("others are not ours", "?utm_source=a&utm_id=7&gclid=x", {"source": "a"}),
        ("an empty one says nothing", "?utm_source=", {}),
        ("escaped", "?utm_campaign=black%20friday", {"campaign": "black friday"}),
        ("cut to 200", "?utm_source=" + "x" * 300, {"source": "x" * 200}),
        ("no address at all", "https://[", {}),
    ],
)
def test_campaigns_are_read_from_the_address(why: str, url: str, expected: dict[str, str]) -> None:
    assert utm_of(url) == expected, why


looks = st.lists(
    st.builds(
        Moment,
        at=st.integers(0, 300).map(lambda step: at(step * 10)),
        event_id=st.uuids().map(str),
        type=st.sampled_from(EventType),
        url=st.sampled_from(["", "https://shop.example/a", "https://shop.example/b"]),
    ),
    max_size=40,
)


@given(looks, st.randoms())
def test_sessions_do_not_depend_on_the_order_and_lose_no_event(moments: list[Moment], random: Random) -> None:
    sessions = split(moments, IDLE, LONGEST)
    shuffled = list(moments)
    random.shuffle(shuffled)
    assert split(shuffled, IDLE, LONGEST) == sessions
    assert sum(session.events for session in sessions) == len(moments)
    for session in sessions:
        assert session.last_event_at - session.started_at < LONGEST
    for one, following in pairwise(sessions):
        assert following.started_at - one.last_event_at >= IDLE or following.started_at - one.started_at >= LONGEST
