"""Who opted out: nothing that may start a mail leaves any more, whatever it is; what they ordered is still told.

Brevo's automations mail contacts that are blocked there, so our not sending is the only gate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from collector.domain.events import Strength
from collector.domain.messages import (
    MAY_START_MAIL,
    ConfirmationMessage,
    ContactMessage,
    EventMessage,
    Message,
    OrderMessage,
    kind_of,
    to_json,
)
from collector.domain.outbox import NewMessage, OutboxRow, State
from collector.domain.reasons import Reason
from collector.domain.shop import Shop
from collector.pipeline.still_right import still_right
from tests.pipeline.leaving import ANAS, Leaving, notice
from tests.pipeline.row_builders import ANA, at, beacon, iso, shopify_order, typed
from tests.pipeline.telling_bench import LIVE_SHOPIFY, MUG, TellingBench, telling_bench, under

ALWAYS = (
    "order_placed",
    "order_completed",
    "order_updated",
    "order_fulfilled",
    "order_cancelled",
    "order_refunded",
    "customer_created",
    "customer_updated",
    "cart_deleted",
)
SHOP = under(LIVE_SHOPIFY, double_opt_in_template=7)
ORDER = OrderMessage("7", ANAS, "paid", 5.0, "EUR", at(0), at(0))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("gate")) as found:
        yield found


@pytest.fixture
def it(files: TellingBench) -> Leaving:
    return Leaving(files)


def event(name: str) -> EventMessage:
    return EventMessage(name, f"event-{name}", ANAS, at(0), {})


def why_not(it: Leaving, message: Message, shop: Shop = LIVE_SHOPIFY) -> str | None:
    content = NewMessage(shop.id, "brevo", "key", kind_of(message), to_json(message), at(0), at(0))
    row = OutboxRow(1, content, State.WAITING, 1, False, at(0), "w", "", None, None)
    return still_right(it.bench.state, shop, row, at(50))


def for_mail(strength: Strength = Strength.TYPED, *lists: str) -> ContactMessage:
    return ContactMessage(ANAS, strength, may_market=True, lists_add=lists)


MAY_MAIL = [
    *(event(name) for name in sorted(MAY_START_MAIL)),
    for_mail(),
    for_mail(Strength.TYPED, "abandoned_cart"),
    for_mail(Strength.ORDERED, "abandoned_cart"),
]
MAY_NOT = [*(event(name) for name in ALWAYS), ORDER, ContactMessage(ANAS, Strength.ORDERED, may_market=False)]


def named(message: Message) -> str:
    return message.event if isinstance(message, EventMessage) else kind_of(message)


@pytest.mark.parametrize("left_by", ["webhook", "block list", "blocked contact"])
@pytest.mark.parametrize("message", MAY_MAIL, ids=named)
def test_what_may_start_a_mail_does_not_leave(it: Leaving, message: Message, left_by: str) -> None:
    it.fold(beacon(-30, ANA, typed(-30, ANAS, opt_in=True)))
    assert why_not(it, message) is None, "she agreed"
    match left_by:
        case "webhook":
            it.told(notice(0, ANAS))
        case "block list":
            it.brevo.client.post("/_sandbox/block", json={"email": ANAS})
            it.read()
        case _:
            it.brevo.said("POST", "/contacts", {"email": ANAS, "emailBlacklisted": True})
            it.read()
    assert why_not(it, message) == "opted_out"


@pytest.mark.parametrize("message", MAY_NOT, ids=named)
def test_what_was_ordered_is_still_told(it: Leaving, message: Message) -> None:
    it.told(notice(0, ANAS))
    assert why_not(it, message) is None


def test_nobody_who_left_is_asked_to_come_back(it: Leaving) -> None:
    question = ConfirmationMessage(ANAS, 7, "https://shop.example")
    assert why_not(it, question, SHOP) is None
    it.told(notice(0, ANAS))
    assert why_not(it, question, SHOP) == "opted_out"


DAY = date(2026, 11, 10)
MIDNIGHT = at(-12 * 60 - 11 * 24 * 60)  # 2026-11-10 00:00 UTC


@pytest.mark.parametrize(
    ("why", "since", "zone", "ordered_at", "basis"),
    [
        ("after that day", DAY, "UTC", MIDNIGHT + timedelta(days=3), "existing_customer"),
        ("on that day", DAY, "UTC", MIDNIGHT + timedelta(minutes=1), "existing_customer"),
        ("the evening before", DAY, "UTC", MIDNIGHT - timedelta(minutes=1), Reason.NO_MAIL_BASIS),
        ("that day in the shop's zone", DAY, "Asia/Tokyo", MIDNIGHT - timedelta(hours=8), "existing_customer"),
        ("not yet that day there", DAY, "America/New_York", MIDNIGHT + timedelta(hours=4), Reason.NO_MAIL_BASIS),
        ("nobody knows since when customers are told", None, "UTC", MIDNIGHT, Reason.NO_MAIL_BASIS),
    ],
)
def test_existing_customers_are_those_who_were_told_when_they_ordered(
    it: Leaving, why: str, since: date | None, zone: str, ordered_at: datetime, basis: str | Reason
) -> None:
    minutes = (ordered_at - at(0)).total_seconds() / 60
    it.fold(shopify_order(minutes, "paid", MUG, created_at=iso(minutes), processed_at=iso(minutes)))
    shop = under(LIVE_SHOPIFY, mail_basis="existing_customers", mail_notice_since=since)
    assert it.basis(shop=replace(shop, zone=zone)) == basis, why
