"""Between the decision and the claim hours may pass: is the message still right?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from collector.domain.door import NewRow
from collector.domain.messages import ContactMessage
from collector.domain.outbox import State
from collector.domain.shop import Sending, Shop
from collector.pipeline.posting import PERMISSION_FOLLOWS
from collector.pipeline.still_right import as_it_stands, still_right
from collector.storage.sqlite.outbox import Outbox
from tests.pipeline.row_builders import (
    ANA,
    BO,
    at,
    beacon,
    cart,
    denial,
    event,
    shopify_cart,
    shopify_checkout,
    shopify_customer,
    shopify_order,
    typed,
    woo_customer,
    woo_order,
)
from tests.pipeline.telling_bench import LIVE_SHOPIFY, LIVE_WOO, MUG, POT, TellingBench, telling_bench, under

ANAS = "ana@shop.example"
HERS: dict[str, Any] = {"meta": {"_tajo_id": ANA}}
LOOKS = beacon(-31, ANA, event(-31, "page_viewed"))
OPTS_IN = beacon(-30, ANA, typed(-30, ANAS, opt_in=True))
FILLS = beacon(-20, ANA, cart(-20, MUG))
EXCLUDED = under(excluded_addresses=frozenset({ANAS}))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("claims")) as found:
        yield found


@pytest.fixture
def bench(files: TellingBench) -> TellingBench:
    files.begin()
    return files


def reasons(bench: TellingBench, shop: Shop | None = None) -> dict[str, str | None]:
    """Event or `contact`, `list` -> why the first of them should not be sent any more."""
    found: dict[str, str | None] = {}
    for row in bench.rows():
        lists = row.message.payload.get("lists_add")
        name = row.message.event_name or ("list" if lists else row.message.kind)
        if name not in found:
            found[name] = still_right(bench.state, shop or bench.shop, row, at(60))
    return found


@pytest.mark.parametrize(
    ("why", "then", "about_carts", "about_looks"),
    [
        ("nothing happened", [], None, None),
        ("more was put in", [beacon(11, ANA, cart(11, MUG, POT))], None, None),
        ("it was emptied", [beacon(11, ANA, cart(11))], "closed", None),
        ("it was bought", [replace(woo_order(0, "processing", MUG, **HERS), received_at=at(11))], "ordered", None),
        (
            "its payment failed, so there is a newer one",
            [woo_order(5, "pending", MUG, **HERS), woo_order(9, "failed", MUG, **HERS)],
            "changed",
            None,
        ),
        ("the browser refused", [denial(11, ANA)], "consent_denied", "consent_denied"),
    ],
)
def test_carts_and_looks_are_right_while_nothing_changed(
    bench: TellingBench, why: str, then: list[NewRow], about_carts: str | None, about_looks: str | None
) -> None:
    bench.happen(LOOKS, OPTS_IN, FILLS)
    bench.pass_until(10)
    bench.happen(*then)
    found = reasons(bench)
    assert found["page_viewed"] == about_looks, why
    assert found["cart_created"] == found["cart_abandoned"] == about_carts, why
    assert found["contact"] == found["list"] == about_looks, why


@pytest.mark.parametrize(
    ("why", "shop", "reason"),
    [
        ("as before", LIVE_WOO, None),
        ("paused", replace(LIVE_WOO, sending=Sending.OFF), "paused"),
        ("observed again", replace(LIVE_WOO, sending=Sending.OBSERVE), "observe"),
        ("excluded since", EXCLUDED, "excluded"),
        ("another proof is asked for", under(mail_proof="confirmed"), "no_mail_basis"),
    ],
)
def test_the_settings_of_now_count(bench: TellingBench, why: str, shop: Shop, reason: str | None) -> None:
    bench.happen(LOOKS, OPTS_IN, FILLS)
    bench.pass_until(10)
    assert set(reasons(bench, shop).values()) == {reason}, why


def test_an_opt_out_stops_what_may_start_a_mail(files: TellingBench) -> None:
    files.begin(LIVE_SHOPIFY)
    files.happen(shopify_cart(-10, MUG), shopify_checkout(-5, MUG, email=ANAS, buyer_accepts_marketing=True))
    files.pass_until(25)
    gone = {"state": "unsubscribed", "consent_updated_at": "2026-11-21T12:30:00Z"}
    files.happen(shopify_customer(30, email_marketing_consent=gone))
    found = reasons(files)
    assert {found.pop("customer_updated")} == {None}
    assert found.pop("contact", "opted_out") == "opted_out"
    assert {found[name] for name in ("cart_created", "cart_updated", "checkout_started", "cart_abandoned")} == {
        "opted_out"
    }


@pytest.mark.parametrize("shop", [EXCLUDED, under(mail_proof="confirmed"), LIVE_WOO])
def test_orders_and_what_takes_reminders_back_are_always_right(bench: TellingBench, shop: Shop) -> None:
    bench.happen(OPTS_IN, FILLS)
    bench.pass_until(10)
    bench.deliver()
    bench.happen(
        replace(woo_order(0, "processing", MUG, billing={"email": "home@shop.example"}, **HERS), received_at=at(11))
    )
    fresh = [row for row in bench.rows() if row.state == "waiting"]
    assert "cart_recovered" in {row.message.event_name for row in fresh}
    assert [still_right(bench.state, shop, row, at(60)) for row in fresh] == [None] * len(fresh)


def test_what_needed_an_unknown_message_holds_nobody_up(bench: TellingBench) -> None:
    """The list waits for the reminder; if nobody knows whether that left, the person's order must still leave."""
    bench.happen(OPTS_IN, FILLS)
    bench.pass_until(10)
    outbox = Outbox(bench.files.connection)
    for row in outbox.rows():
        (claimed,) = outbox.claim("brevo", "w", at(11), at(0), 1)
        if claimed.message.event_name == "cart_abandoned":
            outbox.finish(claimed.id, "w", type(row.state)("unknown"), "in_doubt", at(11))
            break
        outbox.done(claimed.id, at(11))
    bench.happen(replace(woo_order(0, "processing", MUG, **HERS), received_at=at(15)))
    assert bench.told("skipped") == ["ana contact typed +abandoned_cart"]
    (first,) = outbox.claim("brevo", "w", at(16), at(0), 1)
    assert first.message.kind == "contact"


def test_an_opt_out_before_the_claim_makes_a_customer_who_is_new_to_brevo_blocked(files: TellingBench) -> None:
    files.begin(LIVE_SHOPIFY)
    yes = {"state": "subscribed", "consent_updated_at": "2026-11-21T11:00:00Z"}
    files.happen(shopify_customer(5, email_marketing_consent=yes))
    (row,) = [row for row in files.rows() if row.message.kind == "contact"]
    before = as_it_stands(files.state, files.shop, row)
    files.happen(
        shopify_customer(
            30, email_marketing_consent={"state": "unsubscribed", "consent_updated_at": "2026-11-21T12:30:00Z"}
        )
    )
    after = as_it_stands(files.state, files.shop, row)
    assert isinstance(before, ContactMessage)
    assert isinstance(after, ContactMessage)
    assert (before.may_market, after.may_market) == (True, False)
    assert replace(after, may_market=True) == before


def waits(files: TellingBench) -> timedelta:
    """How long the first message about a contact waits before it may leave."""
    found = "select created_at, due_at from outbox where kind = 'contact' order by id limit 1"
    created_at, due_at = map(datetime.fromisoformat, files.files.connection.execute(found).fetchone())
    return due_at - created_at


def test_a_yes_that_comes_a_moment_after_its_customer_makes_a_contact_that_may_be_written_to(
    files: TellingBench,
) -> None:
    """Shopify tells of a new customer and of what they agreed to apart. Made blocked, the contact would stay so."""
    files.begin(LIVE_SHOPIFY)
    files.happen(shopify_customer(5, topic="customers/create"))
    (row,) = [row for row in files.rows() if row.message.kind == "contact"]
    assert waits(files) == PERMISSION_FOLLOWS
    before = as_it_stands(files.state, files.shop, row)
    yes = {"state": "subscribed", "consent_updated_at": "2026-11-21T12:05:00Z"}
    files.happen(shopify_customer(5.1, email_marketing_consent=yes))
    after = as_it_stands(files.state, files.shop, row)
    assert isinstance(before, ContactMessage)
    assert isinstance(after, ContactMessage)
    assert (before.may_market, after.may_market) == (False, True)


@pytest.mark.parametrize(
    ("why", "shop", "row"),
    [
        ("the shop says it with the customer", LIVE_WOO, woo_customer(5)),
        ("it is said", LIVE_SHOPIFY, shopify_customer(5, email_marketing_consent={"state": "subscribed"})),
        (
            "a no is said",
            LIVE_SHOPIFY,
            shopify_customer(
                5,
                email_marketing_consent={"state": "unsubscribed", "consent_updated_at": "2026-11-21T11:00:00Z"},
            ),
        ),
        ("an order says what its box said", LIVE_SHOPIFY, shopify_order(5, "paid", MUG, email=ANAS)),
    ],
)
def test_nobody_else_is_waited_for(files: TellingBench, why: str, shop: Shop, row: NewRow) -> None:
    files.begin(shop)
    files.happen(row)
    assert waits(files) == timedelta(0), why


def test_two_who_turn_out_to_be_one_get_one_reminder(bench: TellingBench) -> None:
    """Decided for two browsers with two addresses; then the account says they are the same person's."""
    bos = "bo@shop.example"
    bench.happen(OPTS_IN, FILLS, beacon(-28, BO, typed(-28, bos, opt_in=True)), beacon(-15, BO, cart(-15, POT)))
    bench.pass_until(20)
    assert len(bench.sent("cart_abandoned")) == 2
    bench.happen(woo_customer(21, email=ANAS, number=7), woo_customer(22, email=bos, number=7))
    claims = [row for row in bench.rows() if row.message.event_name == "cart_abandoned"]
    found = [still_right(bench.state, bench.shop, row, at(60)) for row in claims]
    assert sorted(reason or "" for reason in found) == ["", "cap"]


def test_a_reminder_that_never_left_is_not_taken_back(bench: TellingBench) -> None:
    """It was being sent when the order came, and then turned out not to have left."""
    bench.happen(OPTS_IN, FILLS)
    bench.pass_until(10)
    outbox = Outbox(bench.files.connection)
    claims = [row for row in bench.rows() if row.message.event_name == "cart_abandoned"]
    taken = "update outbox set claimed_at = '2026-11-21T12:10:00.000Z', claimed_by = 'w' where id = ?"
    bench.files.connection.execute(taken, [claims[0].id])
    bench.happen(replace(woo_order(0, "processing", MUG, **HERS), received_at=at(11)))
    (recovery,) = [row for row in bench.rows() if row.message.event_name == "cart_recovered"]
    assert still_right(bench.state, bench.shop, recovery, at(60)) is None
    outbox.finish(claims[0].id, "w", State.SKIPPED, "ordered", at(12))
    assert still_right(bench.state, bench.shop, recovery, at(60)) == "never_left"
