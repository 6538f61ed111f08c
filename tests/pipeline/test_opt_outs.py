"""Reading opt-outs back: page by page within the budget, on from where it was, and only ever down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from collector.destinations.brevo.blocked import blocked_by
from collector.domain.events import Strength
from collector.domain.jobs import JobState
from collector.domain.messages import ContactMessage
from collector.domain.ports import Delivered
from collector.domain.reasons import Reason
from collector.pipeline.opt_outs import ReadBlockList, ReadContacts, ShareOptOuts, may_begin
from tests.pipeline.leaving import ANAS, BOTH, Leaving, notice
from tests.pipeline.row_builders import ANA, at, beacon, typed
from tests.pipeline.telling_bench import LIVE_SHOPIFY, LIVE_WOO, TellingBench, telling_bench


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("reading")) as found:
        yield found


@pytest.fixture
def it(files: TellingBench) -> Leaving:
    return Leaving(files)


def block_list(it: Leaving) -> ReadBlockList:
    return ReadBlockList("brevo", it.bench.state, it.read_back, lambda _: BOTH)


def contacts(it: Leaving) -> ReadContacts:
    return ReadContacts("brevo", it.bench.state, it.read_back, lambda _: BOTH)


def blocked(it: Leaving, email: str, reason: str = "unsubscribedViaMA") -> None:
    it.brevo.client.post("/_sandbox/block", json={"email": email, "reason": reason})


def contact(it: Leaving, email: str, **said: Any) -> None:
    status, _ = it.brevo.said("POST", "/contacts", {"email": email, "emailBlacklisted": False, **said})
    assert status == 201


def asked(it: Leaving, path: str) -> list[str]:
    return [call["query"] for call in it.brevo.seen(f"requests?path=/v3{path}")["requests"]]


@pytest.mark.parametrize(
    ("reason", "act"),
    [
        ("unsubscribedViaMA", "brevo:unsubscribed"),
        ("unsubscribedViaEmail", "brevo:unsubscribed"),
        ("unsubscribedViaApi", "brevo:unsubscribed"),
        ("adminBlocked", "brevo:blocked"),
        ("contactFlaggedAsSpam", "brevo:spam"),
        ("hardBounce", "brevo:hard_bounce"),
    ],
)
def test_every_reason_of_the_block_list_is_an_opt_out_in_every_shop(it: Leaving, reason: str, act: str) -> None:
    blocked(it, ANAS, reason)
    block_list(it).run({}, at(0))
    for shop in BOTH:
        assert it.acts(shop=shop) == {("opted_out", act)}
        assert it.basis(shop=shop) is Reason.OPTED_OUT


def test_the_first_reading_is_whole_and_the_next_goes_by_days(it: Leaving) -> None:
    job = block_list(it)
    first = job.run({}, at(0))
    assert first.due_at == at(0) + timedelta(days=1)
    it.brevo.clock.now = first.due_at
    blocked(it, ANAS)
    second = job.run(first.progress, first.due_at)
    assert it.basis() is Reason.OPTED_OUT
    assert asked(it, "/smtp/blockedContacts") == [
        "limit=100&offset=0",
        "limit=100&offset=0&startDate=2026-11-19&endDate=2026-11-22",
    ]
    assert second.progress["is_whole"]


def test_a_long_list_is_read_in_turns_and_goes_on_after_a_crash(it: Leaving) -> None:
    for number in range(1150):
        blocked(it, f"gone{number}@shop.example")
    job = block_list(it)
    first = job.run({}, at(0))
    assert (first.due_at, first.said, first.progress["is_whole"]) == (at(0), "1000 of 1150 read", False)
    lost = job.run(first.progress, at(0))  # and the worker dies before it is kept
    again = job.run(first.progress, at(1))
    assert lost.progress["is_whole"]
    assert again.progress["is_whole"]
    query = "select count(*) from consent_ledger where shop_id = 2 and state = 'opted_out'"
    assert it.bench.files.connection.execute(query).fetchone() == (1150,)


def test_when_the_list_grows_shorter_meanwhile_it_is_read_again(it: Leaving) -> None:
    """What is taken off the list moves the rest one up: somebody would slip between two pages."""
    for number in range(1150):
        blocked(it, f"gone{number:04}@shop.example")
        it.brevo.clock.move(1)
    job = block_list(it)
    first = job.run({}, at(60))
    newest = [f"gone{number:04}@shop.example" for number in range(1100, 1150)]
    for email in newest:
        it.brevo.said("DELETE", f"/smtp/blockedContacts/{email}")
    second = job.run(first.progress, at(60))
    third = job.run(second.progress, at(60)) if not second.progress["is_whole"] else second
    assert third.progress["is_whole"]
    query = "select count(*) from consent_ledger where shop_id = 2 and state = 'opted_out'"
    assert it.bench.files.connection.execute(query).fetchone() == (1150,)


def test_out_of_calls_it_waits_and_goes_on(it: Leaving) -> None:
    for number in range(250):
        blocked(it, f"gone{number}@shop.example")
    it.brevo.client.post("/_sandbox/fail", json={"mode": "429", "path": "/v3/smtp/blockedContacts", "times": 1})
    job = block_list(it)
    found = job.run({}, at(0))
    assert found.due_at > at(0)
    assert found.said == "waits for calls"
    assert job.run(found.progress, found.due_at).progress["is_whole"]


@pytest.mark.parametrize(
    ("why", "mode", "opens"),
    [("Brevo is away", "outage", True), ("the key is refused", "401", True)],
)
def test_what_fails_is_tried_again_later_and_holds_no_message_up(it: Leaving, why: str, mode: str, opens: bool) -> None:
    it.brevo.client.post("/_sandbox/fail", json={"mode": mode, "path": "/v3/smtp"})
    job = block_list(it)
    first = job.run({}, at(0))
    second = job.run(first.progress, first.due_at)
    assert second.due_at - first.due_at > first.due_at - at(0), why
    kept = JobState(second.due_at, second.progress, at(0))
    assert may_begin([kept, kept], at(1)) is opens
    it.brevo.client.delete("/_sandbox/fail")
    assert job.run(second.progress, second.due_at).progress["is_whole"]


def test_messages_wait_for_the_first_reading_and_no_longer_than_an_hour(it: Leaving) -> None:
    for number in range(1150):
        blocked(it, f"gone{number}@shop.example")
    begun = block_list(it).run({}, at(0))
    whole = contacts(it).run({}, at(0))
    states = [JobState(one.due_at, one.progress, at(0)) for one in (begun, whole)]
    assert not may_begin([None, states[1]], at(0)), "not even begun"
    assert not may_begin(states, at(59)), "it goes on"
    assert may_begin(states, at(61)), "an hour is enough"
    assert may_begin([states[1], states[1]], at(0))


def test_a_blocked_contact_is_an_opt_out_once_and_again_only_after_the_block_was_lifted(it: Leaving) -> None:
    contact(it, ANAS)
    job = contacts(it)
    first = job.run({}, at(0))
    assert it.acts() == set()
    it.brevo.clock.move(60)
    it.brevo.client.post("/_sandbox/unsubscribe", json={"email": ANAS})
    second = job.run(first.progress, at(5))
    assert it.acts() == {("opted_out", "brevo:blocklisted")}
    it.brevo.clock.move(600)
    it.brevo.said("PUT", f"/contacts/{ANAS}", {"attributes": {"FIRSTNAME": "Ana"}})  # we go on writing to it
    third = job.run(second.progress, at(20))
    query = "select count(*) from consent_ledger where shop_id = 2"
    assert it.bench.files.connection.execute(query).fetchone() == (1,), "a block that lasts is one opt-out"
    it.brevo.said("PUT", f"/contacts/{ANAS}", {"emailBlacklisted": False})
    fourth = job.run(third.progress, at(30))
    it.brevo.clock.move(1200)
    it.brevo.client.post("/_sandbox/unsubscribe", json={"email": ANAS})
    job.run(fourth.progress, at(60))
    assert it.bench.files.connection.execute(query).fetchone() == (2,), "she left once more"


def test_being_unblocked_there_allows_nothing(it: Leaving) -> None:
    contact(it, ANAS)
    it.told(notice(0, ANAS))
    contacts(it).run({}, at(10))
    assert it.basis() is Reason.OPTED_OUT


MADE = {"method": "POST", "path": "/contacts", "status": 201}
LISTED = {"method": "POST", "path": "/contacts/lists/5/contacts/add", "status": 201}
TOLD_NO = {"method": "PUT", "path": "/contacts/{identifier}", "status": 204}
NO_BASIS = ContactMessage(ANAS, Strength.ORDERED, may_market=False)


@pytest.mark.parametrize(
    ("why", "message", "steps", "is_ours"),
    [
        ("made without a permission", NO_BASIS, [MADE], True),
        ("made with one", replace(NO_BASIS, may_market=True), [MADE], False),
        ("it existed", NO_BASIS, [{**MADE, "status": 400}, LISTED], False),
        ("changed, and blocked or not as before", NO_BASIS, [TOLD_NO], False),
        ("a no that was passed on", replace(NO_BASIS, is_opted_out=True), [TOLD_NO], True),
    ],
)
def test_which_blocks_are_our_own(why: str, message: ContactMessage, steps: list[Any], is_ours: bool) -> None:
    assert blocked_by(message, Delivered({"steps": steps})) == (ANAS if is_ours else ""), why


def test_a_contact_we_made_blocked_is_nobody_who_left(it: Leaving) -> None:
    """Who bought without a tick is made blocked; when she ticks later, that counts."""
    contact(it, ANAS, emailBlacklisted=True)
    with it.bench.state.write() as tx:
        tx.opt_outs.keep_blocks("brevo", [ANAS], at(0), is_ours=True)
    it.fold(beacon(5, ANA, typed(5, ANAS, opt_in=True)))
    contacts(it).run({}, at(10))
    assert it.basis() == "opted_in"
    it.told(notice(20, ANAS))
    assert it.basis() is Reason.OPTED_OUT, "leaving counts all the same"


def test_a_shop_that_is_new_to_an_account_hears_of_everybody_who_ever_left(it: Leaving) -> None:
    alone = ShareOptOuts(it.bench.state, lambda: [LIVE_SHOPIFY])
    it.fold(notice(0, ANAS))
    kept = alone.run({}, at(1))
    assert it.acts(shop=LIVE_WOO) == set()
    together = ShareOptOuts(it.bench.state, lambda: BOTH)
    kept = together.run(kept.progress, at(2))
    assert it.acts(shop=LIVE_WOO) == {("opted_out", "brevo:unsubscribed")}
    assert together.run(kept.progress, at(3)).said in ("0 shared", "1 shared"), "and then there is peace"


def test_shops_of_different_accounts_do_not_hear_of_each_other(it: Leaving) -> None:
    other = replace(LIVE_WOO, policy=replace(LIVE_WOO.policy, account="brevo:woo"))
    it.fold(notice(0, ANAS))
    ShareOptOuts(it.bench.state, lambda: [LIVE_SHOPIFY, other]).run({}, at(1))
    assert it.acts(shop=LIVE_WOO) == set()
