"""Whatever happens in a shop, what leaves for Brevo is what its contract allows: rows go in at one end, through the
real fold, announcing, deciding and delivering; at the other stands the strict local Brevo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from collector.destinations.brevo.client import BrevoAccount
from collector.destinations.brevo.destination import BrevoDestination
from collector.destinations.brevo.limits import NoMeter
from collector.domain.messages import ContactMessage
from collector.domain.outbox import OutboxRow, State
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction
from collector.pipeline.contact_attributes import refreshed
from collector.pipeline.deliver import deliver_some
from collector.pipeline.deliver_services import DeliverServices
from collector.pipeline.still_right import as_it_stands, still_right
from collector.sandbox.brevo.state import DEFAULT_KEY, Call
from collector.storage.sqlite.outbox import Outbox
from tests.contract import brevo_contract
from tests.destinations.brevo.generated_shops import DECIMALS, Story, stories
from tests.pipeline.row_builders import at
from tests.pipeline.telling_bench import DISPLAY, TellingBench, telling_bench
from tests.sandbox.brevo_client import Brevo, contract_file, session

NUMBERS = re.compile(r"(sub)?total|quantity|price|unit_price|line_total|revenue|item_count|refund_amount|amount")
MOST_BYTES = 50_000
URL = "http://brevo.test/v3"
# An example takes a moment: shrinking one would take minutes, and a story reads well as it is.
HOW = settings(
    deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate], suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    contract_file()
    with telling_bench(tmp_path_factory.mktemp("shops")) as found:
        yield found


@dataclass
class Delivered:
    brevo: Brevo
    bench: TellingBench
    story: Story

    @property
    def calls(self) -> list[Call]:
        return list(self.brevo.account.calls)

    @property
    def writes(self) -> list[Call]:
        return [call for call in self.calls if call.method != "GET"]


def delivered(bench: TellingBench, story: Story) -> Delivered:
    """The whole way of a story's rows."""
    brevo = Brevo(contract=contract_file())
    for name in ("All customers", "Buyers", "Abandoned"):
        brevo.account.add_list(name, 1)
    lists: dict[str, int | str] = {"all_customers": 2, "buyers": "Buyers", "abandoned_cart": 4}
    shop = replace(story.shop, policy=replace(story.shop.policy, lists=lists, truth_check=False))
    bench.begin(shop)
    for row in story.rows:
        bench.happen(row)
        bench.pass_until((row.received_at - at(0)) / timedelta(minutes=1))
    bench.pass_until(60)
    deliver(bench, brevo, at(61))
    return Delivered(brevo, bench, story)


def deliver(bench: TellingBench, brevo: Brevo, now: datetime) -> None:
    outbox = Outbox(bench.files.connection)
    account = BrevoAccount("brevo", DEFAULT_KEY, URL)

    def check(row: OutboxRow, when: datetime) -> str | None:
        return still_right(bench.state, bench.shop, row, when)

    def refresh(tx: StateTransaction, shop: Shop, contact: ContactMessage) -> ContactMessage:
        return refreshed(tx, shop, contact, now, DISPLAY)

    services = DeliverServices(
        outbox=outbox,
        message=lambda row: as_it_stands(bench.state, bench.shop, row, refresh),
        take=lambda account, family: 0.0,
        destination=BrevoDestination(session(brevo), {"brevo": account}, NoMeter(), brevo.clock),
        shop=lambda shop_id: bench.shop,
        clock=lambda: now,
        still_right=check,
        jitter=lambda: 0.0,
        holder="w1",
    )
    for _ in range(100):
        if not deliver_some(services, "brevo", now).claimed:
            return
    raise AssertionError("delivering has no end")


def check(done: Delivered) -> None:
    rows = list(Outbox(done.bench.files.connection).rows(limit=1000))
    fates = {(row.state, row.reason, str(row.answered)) for row in rows if row.state not in (State.DONE, State.SKIPPED)}
    assert fates == set()
    odd = [(one.row.topic, one.reason, one.detail) for one in done.bench.files.quarantined()]
    assert odd == []
    assert done.brevo.account.violations == []
    for call in done.writes:
        path = call.path.removeprefix("/v3")
        assert brevo_contract.errors(call.method, path, call.body) == []
        assert call.status in (200, 201, 202, 204, 400, 404), call
        assert no_nulls(call.body)
    for call in done.writes:
        if call.path == "/v3/events":
            check_event(call.body, done.story)
    check_orders(done)


def check_event(body: Any, story: Story) -> None:
    shown = body["event_properties"]
    assert len(brevo_contract.to_bytes(shown)) <= MOST_BYTES
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,255}", key) for key, _ in every_pair(shown))
    decimals = max(DECIMALS[code] for code in story.currencies)
    for key, value in every_pair(shown):
        if NUMBERS.fullmatch(key):
            assert type(value) in (int, float), (key, value)
            assert Decimal(str(value)) == round(Decimal(str(value)), decimals), (key, value)
    if "items" in shown and "items_left_out" not in shown and body["event_name"] == "order_completed":
        assert shown["total"] == shown["revenue"]


def check_orders(done: Delivered) -> None:
    """The shop's own currency, and every decimal of it."""
    orders: list[Any] = [call.body for call in done.writes if call.path == "/v3/orders/status"]
    newest = {order["id"]: order for order in orders}
    for number, amount in done.story.due.items():
        if amount is None:
            assert number not in newest, "an amount in another currency would be counted as the shop's own"
        elif number in newest:
            assert Decimal(str(newest[number]["amount"])) == amount
            assert newest[number]["metaInfo"]["currency"] == done.story.shop.currency


def every_pair(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield key, one
            yield from every_pair(one)
    elif isinstance(value, list):
        for one in value:
            yield from every_pair(one)


def no_nulls(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(no_nulls, value.values()))
    return all(map(no_nulls, value)) if isinstance(value, list) else value is not None


@settings(HOW, max_examples=10)
@given(story=stories)
def test_nothing_a_shop_can_hold_breaks_the_contract(files: TellingBench, story: Story) -> None:
    check(delivered(files, story))


@pytest.mark.long
@settings(HOW, max_examples=200)
@given(story=stories)
def test_nothing_in_a_year_of_shops_breaks_the_contract(files: TellingBench, story: Story) -> None:
    check(delivered(files, story))
