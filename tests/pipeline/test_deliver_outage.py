"""An hour of outage, answers lost, then others using the account: nothing lost, nothing doubled, no limit broken."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from collector.domain.messages import MAY_START_MAIL
from collector.domain.outbox import State

from ..destinations.brevo.wire import NOW, Brevo, Call, Reply, on_the_wire, page
from .delivering import Rig, contact, event

PEOPLE = 20
FIRST = timedelta(seconds=15)
STORY = ["cart_created", "cart_updated", "cart_abandoned", "order_placed", "order_completed", "cart_recovered"]


class Weather:
    """At first answers are lost now and then; then an hour of nothing; then 429s now and then."""

    def __init__(self, brevo: Brevo) -> None:
        self._brevo = brevo
        self._calls = 0

    def __call__(self, call: Call) -> Reply | Exception | None:
        self._calls += 1
        since = call.at - NOW
        if since < FIRST:
            if self._calls % 9 == 0:
                self._brevo.take(call)
                return requests.ReadTimeout()
            return requests.ConnectionError(ConnectionResetError()) if self._calls % 11 == 0 else None
        if since < timedelta(hours=1):
            outage: list[Reply | Exception] = [
                page(502),
                requests.ConnectTimeout(),
                requests.ConnectionError(ConnectionRefusedError()),
            ]
            return outage[self._calls % 3]
        if self._calls % 13 == 0:
            return (429, {"x-sib-ratelimit-reset": "2"}, "")
        return None


@pytest.mark.parametrize("workers", [1, 2])
def test_an_hour_of_outage_loses_and_doubles_nothing(tmp_path: Path, workers: int) -> None:
    brevo = Brevo(is_counting=True, rtt=timedelta(milliseconds=20))
    with on_the_wire(brevo):
        rig = Rig(tmp_path, brevo)
        rigs = [rig, *(Rig(tmp_path, brevo, holder=f"w{n}") for n in range(2, workers + 1))]
        added = 0
        for person in range(PEOPLE):
            email = f"p{person}@shop.example"
            first = rig.add(contact(email, lists_add=("all_customers",)))
            for place, name in enumerate(STORY):
                rig.add(event(added := added + 1, name, email, NOW + timedelta(seconds=place)), needs=first)
        brevo.mood = Weather(brevo)
        while rig.outbox.states().get(State.WAITING) and rig.clock.now < NOW + timedelta(hours=6):
            if not sum(one.delivering.turn(rig.clock.now) for one in rigs):
                rig.clock.pass_by(seconds=0.05 if rig.clock.now - NOW < FIRST else 5)
        states = rig.outbox.states()
        unknown = [row.message.payload["event_id"] for row in rig.outbox.rows(state=State.UNKNOWN, limit=1000)]
        for one in rigs:
            one.state.close()
    assert set(states) <= {State.DONE, State.UNKNOWN}, "nothing is lost, nothing is stuck"
    times = Counter(one["event_properties"]["event_id"] for one in brevo.events)
    doubled = {one["event_name"] for one in brevo.events if times[one["event_properties"]["event_id"]] > 1}
    assert not doubled & MAY_START_MAIL
    assert len(times.keys() | set(unknown)) == added
    assert len(brevo.contacts) == PEOPLE
    if workers == 1:
        assert brevo.refused == [], "no second holds more calls than allowed"
    for person in range(PEOPLE):
        names = [name for email, name in brevo.taken() if email == f"p{person}@shop.example"]
        assert list(dict.fromkeys(names)) == [name for name in STORY if name in names], "in order"
