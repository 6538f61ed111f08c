"""Delivering: in order, once, at the right time, with a stored reason for everything that was not sent."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from collector.destinations.brevo.limits import EVENTS, WINDOWS
from collector.domain.outbox import State
from collector.domain.shop import Sending
from collector.storage.sqlite.budgets import Budgets

from ..destinations.brevo.wire import NOW, Brevo, Call, Mood, Reply, on_the_wire, page, refusal
from .delivering import Rig, contact, event


@pytest.fixture
def brevo() -> Iterator[Brevo]:
    with on_the_wire(Brevo()) as wire:
        yield wire


@pytest.fixture
def rig(tmp_path: Path, brevo: Brevo) -> Iterator[Rig]:
    made = Rig(tmp_path, brevo)
    yield made
    made.state.close()


ANNA = "anna@shop.example"
SILENCE = requests.ReadTimeout()


def taken_and_silent(brevo: Brevo) -> Mood:
    """Brevo takes it, and the answer is lost."""

    def mood(call: Call) -> Exception:
        brevo.take(call)
        return SILENCE

    return mood


def test_a_message_leaves_and_its_answer_is_kept(rig: Rig, brevo: Brevo) -> None:
    row_id = rig.add(event())
    turn = rig.turn()
    assert (turn.claimed, turn.done) == (1, 1)
    assert rig.fate(row_id) == ("done", "")
    answered = rig.row(row_id).answered
    assert answered is not None
    assert answered["steps"][0]["request_id"] == "req-1"
    assert brevo.events[0]["event_properties"] == {"event_id": "e1"}


def test_a_person_s_messages_leave_in_order_whatever_fails(rig: Rig, brevo: Brevo) -> None:
    for number in range(1, 5):
        rig.add(event(number, "order_updated"))
    rig.add(event(9, "order_placed", email="ben@shop.example"))
    brevo.moods.append(page(502))
    rig.run(1, timedelta(minutes=5))
    assert [one["event_properties"]["event_id"] for one in brevo.events if one["identifiers"]["email_id"] == ANNA] == [
        "e1",
        "e2",
        "e3",
        "e4",
    ]
    assert ("ben@shop.example", "order_placed") in brevo.taken()


def test_an_event_waits_for_its_contact(rig: Rig, brevo: Brevo) -> None:
    first = rig.add(contact(), ordering="")
    rig.add(event(), needs=first, ordering="")
    brevo.moods.append(page(503))
    rig.turn()
    assert brevo.events == []
    rig.run(1, timedelta(minutes=2))
    assert brevo.said()[1:] == ["POST /contacts", "POST /events"]


def test_what_needs_a_refused_contact_dies_with_it(rig: Rig, brevo: Brevo) -> None:
    first = rig.add(contact())
    second = rig.add(event(), needs=first)
    brevo.moods.append(refusal(400, "invalid_parameter", "email is not valid"))
    rig.turn()
    assert rig.fate(first) == ("dead", "invalid_parameter")
    assert rig.fate(second) == ("dead", "needed_dead")


@pytest.mark.parametrize(
    ("why", "sending", "reason"),
    [("only observed", Sending.OBSERVE, "observe"), ("paused", Sending.OFF, "paused")],
)
def test_a_shop_that_does_not_send(rig: Rig, brevo: Brevo, why: str, sending: Sending, reason: str) -> None:
    assert rig.shop is not None
    rig.shop = replace(rig.shop, sending=sending)
    row_id = rig.add(event())
    rig.turn()
    assert rig.fate(row_id) == ("skipped", reason), why
    assert brevo.calls == []


def test_other_reasons_not_to_send(rig: Rig, brevo: Brevo) -> None:
    late = rig.add(event(1, email="a@shop.example"), expires_at=rig.clock.now)
    bought = rig.add(event(2, email="b@shop.example"))
    rig.wrong[bought] = "ordered"
    unreadable = rig.add(event(3, email="c@shop.example"), payload={"event": "cart_updated"})
    rig.turn()
    assert [rig.fate(one) for one in (late, bought, unreadable)] == [
        ("skipped", "expired"),
        ("skipped", "ordered"),
        ("dead", "fault"),
    ]
    rig.is_dry_run = True
    dry = rig.add(event(4))
    rig.turn()
    rig.is_dry_run, rig.shop = False, None
    gone = rig.add(event(5))
    rig.turn()
    assert rig.fate(gone) == ("waiting", ""), "perhaps it is only new"
    rig.clock.pass_by(minutes=1)
    rig.turn()
    assert [rig.fate(one) for one in (dry, gone)] == [("skipped", "dry_run"), ("skipped", "shop_removed")]
    assert brevo.calls == []


def test_failures_come_back_later_and_later_and_die_after_three_days(rig: Rig, brevo: Brevo) -> None:
    brevo.mood = lambda call: page(500)
    row_id = rig.add(event(1, "order_placed"))
    waits = []
    while rig.row(row_id).state is State.WAITING:
        rig.turn()
        waits.append(rig.due_in(row_id))
        rig.clock.now = max(rig.clock.now, rig.row(row_id).message.due_at)
    assert waits[:3] == [timedelta(seconds=s) for s in (8.75, 17.5, 35)]
    assert all(wait <= timedelta(hours=1) for wait in waits)
    assert rig.fate(row_id) == ("dead", "http_500")
    assert timedelta(days=3) <= rig.clock.now - NOW < timedelta(days=3, hours=2)
    assert 70 < len(brevo.calls) < 110
    assert rig.outbox.requeue(row_id, rig.clock.now)
    rig.turn()
    assert rig.row(row_id).state is State.WAITING, "sent again by hand, it begins anew"


def test_a_budget_that_is_used_up_is_no_failure(rig: Rig, brevo: Brevo) -> None:
    rows = [rig.add(event(n, email=f"p{n}@shop.example")) for n in range(3)]
    Budgets(rig.state).take("brevo", EVENTS, rig.clock.now + timedelta(seconds=0.3), WINDOWS[EVENTS], n=9)
    turn = rig.turn()
    assert (turn.done, turn.waiting) == (1, 2), "the last of this second"
    assert [rig.row(one).reason for one in rows] == ["", "", ""]
    assert rig.due_in(rows[1]) <= timedelta(seconds=1)
    rig.run(0.05, timedelta(seconds=5))
    assert rig.outbox.states() == {State.DONE: 3}
    assert brevo.refused == []


def test_calls_are_spread_within_a_turn(rig: Rig, brevo: Brevo) -> None:
    for number in range(4):
        rig.add(event(number, email=f"p{number}@shop.example"))
    begun = rig.clock.now
    assert rig.turn().done == 4
    assert rig.clock.now - begun >= timedelta(seconds=0.3 + 3 * 0.1), "three pauses"


def test_a_refused_key_stops_the_account_without_a_failure_and_goes_on_when_it_works(
    rig: Rig, brevo: Brevo, caplog: pytest.LogCaptureFixture
) -> None:
    brevo.mood = lambda call: refusal(401, "unauthorized", "Key not found")
    rows = [rig.add(event(n, "order_placed", email=f"p{n}@shop.example")) for n in range(20)]
    rig.run(15, timedelta(hours=2))
    assert 43 <= len(brevo.calls) <= 46, "asked again within seconds, then later each time, at last every three minutes"
    rig.clock.pass_by(days=4)
    rig.run(15, timedelta(minutes=10))
    assert rig.outbox.states() == {State.WAITING: 20}, "however long it takes"
    first = rig.row(rows[0])
    assert first.reason == "stopped_key_refused"
    assert first.answered is not None
    assert "BREVO_API_KEY" in first.answered["cure"]
    told = [one for one in caplog.records if one.message == "account refuses everything"]
    assert len(told) == 1
    brevo.mood = None
    rig.run(1, timedelta(minutes=5))
    assert rig.outbox.states() == {State.DONE: 20}


def test_a_family_that_is_refused_leaves_the_others_alone(rig: Rig, brevo: Brevo) -> None:
    def no_scope_for_contacts(call: Call) -> Reply | None:
        is_contact = call.family == "contacts"
        return refusal(403, "permission_denied", "x") if is_contact else None

    brevo.mood = no_scope_for_contacts
    stopped = [rig.add(contact(f"p{n}@shop.example")) for n in range(3)]
    sent = rig.add(event(1, email="other@shop.example"))
    rig.run(1, timedelta(minutes=10))
    assert rig.fate(sent) == ("done", "")
    assert {rig.fate(one) for one in stopped} <= {("waiting", "stopped_not_permitted"), ("waiting", "")}
    assert brevo.said().count("POST /contacts") == 1
    brevo.mood = None
    rig.run(1, timedelta(minutes=10))
    assert rig.outbox.states() == {State.DONE: 4}


def test_a_stop_gives_back_what_is_not_begun(rig: Rig, brevo: Brevo) -> None:
    rows = [rig.add(event(n, email=f"p{n}@shop.example")) for n in range(3)]

    def stop_now(call: Call) -> None:
        rig.stopping = True

    brevo.moods.append(stop_now)
    turn = rig.turn()
    assert (turn.done, turn.waiting) == (1, 2)
    assert [rig.row(one).claimed_at for one in rows[1:]] == [None, None]


# What may have arrived


@pytest.mark.parametrize("has_arrived", [True, False])
def test_what_may_start_a_mail_is_asked_for_once_and_never_doubled(rig: Rig, brevo: Brevo, has_arrived: bool) -> None:
    row_id = rig.add(event(1, "cart_abandoned"))
    brevo.moods.append(taken_and_silent(brevo) if has_arrived else SILENCE)
    rig.turn()
    assert rig.fate(row_id) == ("waiting", "unknown_outcome")
    assert rig.due_in(row_id) == timedelta(minutes=2)
    rig.clock.pass_by(minutes=2)
    rig.turn()
    assert rig.fate(row_id) == ("done", "")
    assert brevo.said() == ["POST /events", "GET /events"] + ([] if has_arrived else ["POST /events"])
    assert len(brevo.events) == 1


@pytest.mark.parametrize("name", ["order_completed", "cart_deleted", "cart_recovered", "order_placed"])
def test_what_stops_or_cancels_is_sent_again_at_once(rig: Rig, brevo: Brevo, name: str) -> None:
    rig.add(event(1, name))
    brevo.moods.append(taken_and_silent(brevo))
    rig.turn()
    rig.turn()
    assert brevo.said() == ["POST /events", "POST /events"]


def test_an_upsert_is_sent_again_at_once(rig: Rig, brevo: Brevo) -> None:
    rig.add(contact())
    brevo.moods.append(taken_and_silent(brevo))
    rig.turn()
    rig.turn()
    assert len(brevo.contacts) == 1
    assert rig.outbox.states() == {State.DONE: 1}


def test_a_second_doubt_is_for_a_person(rig: Rig, brevo: Brevo) -> None:
    row_id = rig.add(event(1, "cart_abandoned"))
    behind = rig.add(event(2, "order_placed"))
    brevo.moods.extend([SILENCE, lambda call: None, SILENCE])
    rig.run(1, timedelta(minutes=10))
    assert rig.fate(row_id) == ("unknown", "unknown_outcome")
    assert rig.fate(behind) == ("done", ""), "it holds nobody up"
    assert brevo.said().count("GET /events") == 1


def test_out_of_questions_it_is_for_a_person(rig: Rig, brevo: Brevo) -> None:
    rows = [rig.add(event(n, "cart_abandoned", email=f"p{n}@shop.example")) for n in range(33)]
    brevo.mood = lambda call: SILENCE if call.method == "POST" else None
    rig.run(1, timedelta(minutes=40))
    brevo.mood = None
    rig.run(1, timedelta(minutes=5))
    assert brevo.said().count("GET /events") <= 30
    assert {rig.row(one).state for one in rows} <= {State.UNKNOWN, State.DONE}
    assert len(brevo.events) == len({one["event_properties"]["event_id"] for one in brevo.events})


def test_while_it_cannot_be_asked_it_waits_an_hour(rig: Rig, brevo: Brevo) -> None:
    row_id = rig.add(event(1, "cart_abandoned"))
    brevo.moods.append(SILENCE)
    brevo.mood = lambda call: page(503)
    rig.run(1, timedelta(minutes=55))
    assert rig.fate(row_id) == ("waiting", "unknown_outcome")
    rig.run(1, timedelta(minutes=60))
    assert rig.fate(row_id) == ("unknown", "unknown_outcome")


def test_what_a_dead_worker_held_may_have_left(rig: Rig, brevo: Brevo, tmp_path: Path) -> None:
    mail, stop = rig.add(event(1, "cart_abandoned")), rig.add(event(2, "order_placed", email="b@shop.example"))
    rig.outbox.claim("brevo", "dead", rig.clock.now, rig.clock.now, 10)
    brevo._event(
        {
            "event_name": "cart_abandoned",
            "event_date": "2026-11-21T12:00:00.000Z",
            "identifiers": {"email_id": ANNA},
            "event_properties": {"event_id": "e1"},
        }
    )
    assert rig.turn().claimed == 0
    rig.clock.pass_by(minutes=4)
    rig.run(0.1, timedelta(seconds=9))
    assert (rig.fate(mail), rig.fate(stop)) == (("done", ""), ("done", ""))
    assert sorted(brevo.said()) == ["GET /events", "GET /events", "POST /events"]


def test_an_order_event_that_a_dead_worker_had_sent_is_not_sent_again(rig: Rig, brevo: Brevo) -> None:
    row_id = rig.add(event(1, "order_completed"))
    rig.outbox.claim("brevo", "dead", rig.clock.now, rig.clock.now, 10)
    brevo._event(
        {
            "event_name": "order_completed",
            "event_date": "2026-11-21T12:00:00.000Z",
            "identifiers": {"email_id": ANNA},
            "event_properties": {"event_id": "e1"},
        }
    )
    rig.clock.pass_by(minutes=4)
    rig.turn()
    assert rig.fate(row_id) == ("done", "")
    assert brevo.said() == ["GET /events"]


@pytest.mark.parametrize(
    ("why", "answer"),
    [("no answer", SILENCE), ("failing", page(503)), ("not allowed to look", refusal(403, "forbidden", "no"))],
)
def test_an_order_event_waits_for_no_answer_whether_it_had_left(
    rig: Rig, brevo: Brevo, why: str, answer: Exception | Reply
) -> None:
    row_id = rig.add(event(1, "order_completed"))
    rig.outbox.claim("brevo", "dead", rig.clock.now, rig.clock.now, 10)
    brevo.moods.append(answer)
    rig.clock.pass_by(minutes=4)
    rig.turn()
    assert rig.fate(row_id) == ("done", ""), why
    assert brevo.said() == ["GET /events", "POST /events"]


def test_a_doubt_survives_a_budget_that_is_used_up(rig: Rig, brevo: Brevo) -> None:
    row_id = rig.add(event(1, "cart_abandoned"))
    brevo.moods.append(taken_and_silent(brevo))
    rig.turn()
    rig.clock.pass_by(minutes=2)
    rig.stopping = True
    rig.turn()  # claimed and given back
    rig.stopping = False
    assert rig.row(row_id).attempts == 1, "a claim given back unused was no attempt"
    rig.turn()
    assert rig.fate(row_id) == ("done", "")
    assert len(brevo.events) == 1


def test_a_paused_shop_leaves_a_doubt_to_a_person(rig: Rig, brevo: Brevo) -> None:
    row_id = rig.add(event(1, "cart_abandoned"))
    brevo.moods.append(SILENCE)
    rig.turn()
    assert rig.shop is not None
    rig.shop = replace(rig.shop, sending=Sending.OFF)
    rig.clock.pass_by(minutes=2)
    rig.turn()
    assert rig.fate(row_id) == ("unknown", "unknown_outcome")


@pytest.mark.parametrize("is_wanted", [True, False])
def test_how_a_message_s_turn_ended_is_a_line_where_the_shop_wants_it(
    rig: Rig, brevo: Brevo, caplog: pytest.LogCaptureFixture, is_wanted: bool
) -> None:
    assert rig.shop is not None
    rig.shop = replace(rig.shop, policy=replace(rig.shop.policy, logs_steps=is_wanted))
    rig.add(contact(ANNA))
    not_right = rig.add(event())
    rig.wrong[not_right] = "ordered"
    with caplog.at_level(logging.DEBUG, "collector"):
        rig.turn()
        rig.turn()
    found = [vars(one) for one in caplog.records if one.getMessage() == "message had its turn"]
    told = [(one["kind"], one["state"], one["reason"], one["calls"]) for one in found]
    ended = [("contact", "done", "", ["POST /contacts 201"]), ("cart_event", "skipped", "ordered", [])]
    assert told == (ended if is_wanted else [])
    assert ANNA not in str(found)
