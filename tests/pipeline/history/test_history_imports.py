"""Imports are told in bulk, quietly, and nobody who left or never agreed comes back by them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.domain.door import Lane, NewRow
from collector.domain.events import MessageConsent
from collector.domain.shop import Sending
from collector.sandbox.brevo.people import Wish
from tests.pipeline.history.rig import LISTS, Rig, rig
from tests.pipeline.row_builders import at, shopify_customer, woo_customer, woo_order

MANY = 40  # more than are told one by one


@pytest.fixture
def history(tmp_path: Path) -> Iterator[Rig]:
    with rig(tmp_path) as found:
        yield found


def person(number: int, minutes: float = 0, /, **changes: Any) -> NewRow:
    given = {"email": f"p{number}@shop.example", "first_name": f"P{number}"} | changes
    return replace(woo_customer(minutes, number, **given), delivery_id=f"customer {number} {minutes}")


def order(number: int, status: str = "completed", minutes: float = 5, **changes: Any) -> NewRow:
    billing = {"email": f"p{number}@shop.example", "country": "AT"}
    given = {"customer_id": number, "billing": billing, "delivery": f"order {number} {minutes}"} | changes
    return woo_order(minutes, status, "11", number=number, **given)


def people(count: int = MANY, start: int = 1, **changes: Any) -> list[NewRow]:
    return [person(number, **changes) for number in range(start, start + count)]


def consent(rig: Rig, email: str, state: str, minutes: float = 0) -> None:
    """As a platform's record says."""
    with rig.state.write() as tx:
        act = MessageConsent(at(minutes), "email", email, "email", state, "subscribed", "platform")
        tx.customers.record_consent(rig.shop.id, act, at(minutes))
        tx.history.touch_contact(rig.shop.id, email)


def at_brevo(rig: Rig, email: str, *, is_blocked: bool = False, **identifiers: str) -> None:
    wish = Wish({"email": email, **identifiers}, email_blacklisted=is_blocked)
    rig.account.people.create(wish, rig.clock.now)


def test_an_import_tells_contacts_and_orders_in_bulk_and_starts_nothing(history: Rig) -> None:
    history.imported(*people(), *(order(number) for number in range(1, 31)))
    assert history.outbox.states() == {}, "no message is queued"
    history.run()
    assert history.marks_waiting == 0
    assert history.there("p7@shop.example").attributes["FIRSTNAME"] == "P7"
    assert len(history.account.orders) == 30
    assert all(one["is_historical"] for one in history.account.orders.values())
    assert [call.status for call in history.calls("/orders/status/batch")] == [202]
    assert not history.account.events
    assert history.account.violations == []


def test_while_a_shop_is_read_contacts_wait_for_their_orders(history: Rig) -> None:
    history.is_reading = True
    history.imported(*people())
    history.step()
    history.clock.now += timedelta(minutes=5)
    history.step()
    assert history.calls() == []
    assert history.said.startswith("waits until the shop is read; 40 contacts wait")
    history.imported(*(order(number) for number in range(1, 31)))
    history.is_reading = False
    history.run()
    assert len(history.calls("/contacts/import")) == 1, "each contact is told once, with its orders counted"
    assert len(history.account.orders) == 30


def test_a_reading_of_hours_holds_nobody_up_for_longer_than_half_an_hour(history: Rig) -> None:
    history.is_reading = True
    history.imported(*people())
    history.step()
    history.clock.now += timedelta(minutes=31)
    history.run(timedelta(minutes=10))
    assert len(history.calls("/contacts/import")) == 1


def test_a_worker_that_is_to_stop_makes_no_more_calls_and_the_next_one_goes_on(history: Rig) -> None:
    history.imported(*people(), *(order(number) for number in range(1, 31)))
    history.clock.now += timedelta(minutes=5)
    made = []
    for calls in range(3):
        history.calls_until_stop = calls
        history.step()
        made.append(len(history.calls()))
    assert made == [0, 1, 2]
    history.calls_until_stop = None
    history.run()
    assert history.marks_waiting == 0
    assert len(history.account.orders) == 30


def test_every_bulk_call_is_in_the_delivery_log_as_it_left(history: Rig) -> None:
    history.imported(*people(), *(order(number) for number in range(1, 31)))
    history.run()
    made = [(call.status, call.body) for call in history.calls() if call.method != "GET"]
    kept = [history.log.get(one.id) for one in reversed(history.log.newest(500))]
    assert [(one.call.status, json.loads(one.call.sent)) for one in kept if one] == made
    assert {"/contacts/import", "/orders/status/batch"} <= {one.call.path for one in kept if one}


def test_buyers_come_onto_their_list(history: Rig) -> None:
    history.imported(*people(), order(3, status="processing"))
    history.run()
    assert history.there("p3@shop.example").list_ids == {LISTS["all_customers"], LISTS["buyers"]}
    assert history.there("p4@shop.example").list_ids == {LISTS["all_customers"]}


def test_an_order_under_another_address_counts_for_the_account_too(history: Rig) -> None:
    """The account was told before the order was read."""
    history.imported(*people())
    history.run()
    elsewhere = {"email": "office@shop.example", "country": "AT"}
    history.imported(order(3, status="processing", billing=elsewhere))
    history.run()
    (told,) = [call.body for call in history.calls() if call.path == "/v3/contacts/p3@shop.example"]
    attributes = {"FIRSTNAME": "P3", "ORDER_COUNT": 1, "TOTAL_SPENT": 5}
    assert told == {"attributes": attributes, "listIds": [LISTS["all_customers"], LISTS["buyers"]]}
    assert history.there("p3@shop.example").list_ids == {LISTS["all_customers"], LISTS["buyers"]}


def test_orders_wait_for_their_contacts(history: Rig) -> None:
    history.imported(*people(), *(order(number) for number in range(1, 11)))
    history.run()
    kinds = [call.path for call in history.calls() if call.method == "POST"]
    assert kinds.index("/v3/contacts/import") < kinds.index("/v3/orders/status/batch")
    assert not [note for note in history.account.notes if note["kind"] == "order of somebody unknown"]


@pytest.mark.parametrize(
    ("why", "here", "there", "is_blocked"),
    [
        ("nobody said anything, new there: a contact without a word would be subscribed", None, None, True),
        ("agreed here, new there", "opted_in", None, False),
        ("left here, new there", "opted_out", None, True),
        ("nothing said here, open there: their consent there is their own", None, False, False),
        ("nothing said here, blocked there", None, True, True),
        ("agreed here, blocked there: an import never lifts a block", "opted_in", True, True),
        ("agreed here, open there", "opted_in", False, False),
        ("left here, open there: lowered", "opted_out", False, True),
        ("left here, blocked there", "opted_out", True, True),
        ("asked and not answered, new there", "pending", None, True),
    ],
)
def test_what_an_import_does_to_consent(
    history: Rig, why: str, here: str | None, there: bool | None, is_blocked: bool
) -> None:
    if there is not None:
        at_brevo(history, "p5@shop.example", is_blocked=there)
    history.imported(*people())
    if here is not None:
        consent(history, "p5@shop.example", here)
    history.run()
    assert history.there("p5@shop.example").email_blacklisted is is_blocked, why
    assert history.there("p5@shop.example").attributes["FIRSTNAME"] == "P5"
    assert len(history.imports()) >= 1


def test_the_same_consent_holds_when_few_are_told_one_by_one(history: Rig) -> None:
    at_brevo(history, "p1@shop.example", is_blocked=True)
    history.imported(person(1), person(2))
    for email in ("p1@shop.example", "p2@shop.example"):
        consent(history, email, "opted_in")
    history.run()
    assert history.imports() == []
    assert history.there("p1@shop.example").email_blacklisted
    assert not history.there("p2@shop.example").email_blacklisted


def test_what_is_given_back_of_an_imported_order_counts_for_its_buyer(history: Rig) -> None:
    """The order is from before the activation, so nothing live tells of it."""
    history.account.attributes.create("normal", "TOTAL_SPENT", "float", ())
    history.shop = replace(history.shop, activated_at=at(30))
    history.imported(*people(2), order(1))
    history.run()
    before = history.there("p1@shop.example").attributes["TOTAL_SPENT"]
    history.live(order(1, "refunded", 50))
    history.due_at = None
    history.run()
    assert (before, history.there("p1@shop.example").attributes["TOTAL_SPENT"]) == (5, 0)


def test_a_full_reading_corrects_what_was_told_of_a_refund_that_was_deleted_again(history: Rig) -> None:
    """WooCommerce sends nothing then, and the order keeps its version."""
    history.account.attributes.create("normal", "TOTAL_SPENT", "float", ())
    history.imported(*people(2), order(1, "processing", 50, refunds=[{"id": 9, "total": "-2.00"}]))
    history.run()
    before = history.there("p1@shop.example").attributes["TOTAL_SPENT"]
    history.imported(replace(order(1, "processing", 50, delivery="again"), received_at=at(55)))
    history.run()
    assert (before, history.there("p1@shop.example").attributes["TOTAL_SPENT"]) == (3, 5)
    told = history.account.orders["1"]
    assert (told["status"], told["amount"]) == ("paid", 5)


def test_what_did_not_change_costs_nothing(history: Rig) -> None:
    history.imported(*people(), *(order(number) for number in range(1, 11)))
    history.run()
    before = len(history.calls())
    history.imported(*people(), *(order(number) for number in range(1, 11)))
    history.run()
    history.imported(*(person(number, 30) for number in range(1, 41)))
    history.run()
    assert len(history.calls()) == before


def test_a_shop_that_tells_nothing_tells_nothing_until_it_is_live(history: Rig) -> None:
    live, history.shop = history.shop, replace(history.shop, sending=Sending.OBSERVE)
    history.imported(*people(5))
    history.run(timedelta(minutes=5))
    assert history.calls() == []
    history.shop = live
    history.run()
    assert history.there("p3@shop.example")


def test_two_who_share_a_phone_are_never_merged(history: Rig) -> None:
    mapping = {"phone": "SMS", "first_name": "FIRSTNAME"}
    history.shop = replace(history.shop, policy=replace(history.shop.policy, mapping=mapping))
    shared = {"billing": {"phone": "+43 1 5337010", "country": "AT"}}
    history.imported(*people(), person(91, **shared), person(92, **shared))
    own = {"billing": {"phone": "+43 1 5337099", "country": "AT"}}
    at_brevo(history, "other@shop.example", sms="4315337099")
    history.imported(person(93, **own), person(94, billing={"phone": "+43 1 5337094", "country": "AT"}))
    history.run()
    assert history.there("p91@shop.example").identifiers["sms"] == "4315337010", "the first has it"
    assert "sms" not in history.there("p92@shop.example").identifiers
    assert "sms" not in history.there("p93@shop.example").identifiers
    assert history.there("p94@shop.example").identifiers["sms"] == "4315337094"
    assert history.there("p92@shop.example").attributes["FIRSTNAME"] == "P92"
    assert history.there("other@shop.example")
    assert not [note for note in history.account.notes if note["kind"] == "merged and deleted"]
    assert history.decisions().count(("contact", "left_out", "shared_number")) == 2
    imported = {row["email"] for body in history.imports() for row in body["jsonBody"]}
    assert not imported & {"p91@shop.example", "p92@shop.example", "p93@shop.example"}


def test_nobody_is_named_in_an_import_by_anything_but_the_address(history: Rig) -> None:
    history.imported(*people())
    history.run()
    assert {name for body in history.imports() for row in body["jsonBody"] for name in row["attributes"]} == {
        "FIRSTNAME"
    }
    for body in history.imports():
        assert body["emptyContactsAttributes"] is False
        assert body["listIds"]


def test_a_shopify_import_goes_the_same_way(tmp_path: Path) -> None:
    from tests.pipeline.fold_bench import SHOPIFY
    from tests.pipeline.history.rig import SHOP

    shop = replace(SHOPIFY, sending=Sending.LIVE, activated_at=SHOP.activated_at, policy=SHOP.policy)
    with rig(tmp_path, shop=shop) as history:
        rows = [shopify_customer(n / 1000, n, email=f"s{n}@shop.example", first_name=f"S{n}") for n in range(1, 41)]
        history.imported(*rows)
        history.run()
        assert history.there("s9@shop.example").attributes["FIRSTNAME"] == "S9"


def test_two_shops_of_one_account_take_turns_and_an_opt_out_counts_for_both(tmp_path: Path) -> None:
    from tests.pipeline.fold_bench import SHOPIFY
    from tests.pipeline.history.rig import SHOP

    other = replace(SHOPIFY, sending=Sending.LIVE, activated_at=SHOP.activated_at, policy=SHOP.policy)
    with rig(tmp_path, other_shops=(other,)) as history:
        history.imported(*people())
        rows = [shopify_customer(n / 1000, n, email=f"p{n}@shop.example", first_name=f"S{n}") for n in range(21, 71)]
        history.fold(rows, Lane.HISTORY, other)
        consent(history, "p30@shop.example", "opted_out")
        with history.state.write() as tx:
            act = MessageConsent(at(0), "email", "p30@shop.example", "email", "opted_in", "subscribed", "platform")
            tx.customers.record_consent(other.id, act, at(0))
        history.run()
        assert history.there("p5@shop.example").attributes["FIRSTNAME"] == "P5"
        assert history.there("p70@shop.example").attributes["FIRSTNAME"] == "S70"
        assert history.there("p30@shop.example").email_blacklisted
        times = [(call.at, call.path) for call in history.calls() if "import" in call.path or "processes" in call.path]
        kinds = ["look" if "processes" in path else "import" for _, path in times]
        assert all(kinds[n + 1] == "look" for n, kind in enumerate(kinds[:-1]) if kind == "import"), "one at a time"


def test_a_number_without_a_word_about_texts_is_new_and_blocked_for_them(history: Rig) -> None:
    mapping = {"phone": "SMS", "first_name": "FIRSTNAME"}
    history.shop = replace(history.shop, policy=replace(history.shop.policy, mapping=mapping))
    at_brevo(history, "p1@shop.example", sms="43153370001")
    rows = [person(n, billing={"phone": f"+43 1 533700{n:02d}", "country": "AT"}) for n in range(1, MANY + 1)]
    history.imported(*rows)
    with history.state.write() as tx:
        act = MessageConsent(at(0), "phone", "+43153370003", "sms", "opted_in", "subscribed", "platform")
        tx.customers.record_consent(history.shop.id, act, at(0))
    history.run()
    assert not history.there("p1@shop.example").sms_blacklisted, "it was there, and is left as it was"
    assert history.there("p2@shop.example").sms_blacklisted
    assert not history.there("p3@shop.example").sms_blacklisted, "somebody said yes"


def test_an_opt_out_that_brevo_told_of_after_the_reading_keeps_somebody_out_of_every_open_import(history: Rig) -> None:
    at_brevo(history, "p5@shop.example", is_blocked=False)
    history.imported(*people())
    with history.state.write() as tx:
        tx.opt_outs.keep_blocks("brevo", ["p5@shop.example"], at(60), is_ours=False)
    history.there("p5@shop.example").email_blacklisted = True
    history.run()
    opened = {row["email"] for body in history.imports() if "emailBlacklist" not in body for row in body["jsonBody"]}
    assert "p5@shop.example" not in opened
    assert history.there("p5@shop.example").email_blacklisted
    assert history.there("p5@shop.example").attributes["FIRSTNAME"] == "P5"


def test_whom_we_make_blocked_is_remembered_as_ours(history: Rig) -> None:
    at_brevo(history, "p8@shop.example", is_blocked=True)
    history.imported(*people())
    consent(history, "p7@shop.example", "opted_out")
    history.run()
    rows = history.files.connection.execute("select email, is_ours from account_blocks").fetchall()
    assert ("p3@shop.example", 1) in rows, "never agreed, so made blocked"
    assert ("p7@shop.example", 1) in rows, "their no was known and passed on"
    assert "p8@shop.example" not in {email for email, _ in rows}, "they blocked themselves there: that is to be read"
