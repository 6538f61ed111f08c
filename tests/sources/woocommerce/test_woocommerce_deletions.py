"""`*.deleted` at a shop that can be asked: noted, read by its number, and gone only if the shop says so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from collector.domain.door import NewRow
from collector.domain.errors import Misuse, SourceUnavailable
from collector.domain.jobs import SUBSCRIPTIONS, Next, of_shop
from collector.domain.shop import Secrets
from collector.domain.syncing import COUPONS, CUSTOMERS, ORDERS, PRODUCTS
from collector.pipeline.rereading import RereadRecords
from collector.sources.woocommerce.rereading import AT_ONCE, WooCommerceRecords
from collector.storage.sqlite.jobs import Jobs
from tests.pipeline.row_builders import at, gmt, webhook, woo_customer, woo_order
from tests.pipeline.telling_bench import LIVE_WOO, TellingBench, telling_bench

from .webhook_shop import KEYS, client

SHOP = replace(LIVE_WOO, secrets=Secrets(("whsec",), (), "key", KEYS))
API = f"{SHOP.url}/wp-json/wc/v3"
MISSING = {
    ORDERS: "woocommerce_rest_shop_order_invalid_id",
    PRODUCTS: "woocommerce_rest_product_invalid_id",
    COUPONS: "woocommerce_rest_shop_coupon_invalid_id",
    CUSTOMERS: "woocommerce_rest_invalid_id",
}


@dataclass
class Records:
    """The shop at the wire: `has` by path. `unlisted`: users of the network who are none of this shop."""

    has: dict[str, dict[str, Any]] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)
    refuses: tuple[int, dict[str, Any]] | None = None
    breaks_on: str = ""
    asked: list[str] = field(default_factory=list)

    def answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        parts = urlsplit(request.url or "")
        path = parts.path.rpartition("/v3/")[2]
        self.asked.append(path)
        if path == self.breaks_on:
            return 500, {}, "<p>There has been a critical error on this website.</p>"
        if self.refuses:
            return self.refuses[0], {}, json.dumps(self.refuses[1])
        if path == "customers":
            assert parse_qs(parts.query)["role"] == ["all"]
            number = parse_qs(parts.query)["include"][0]
            return 200, {}, json.dumps([] if number in self.unlisted else [{"id": int(number)}])
        if path in self.has:
            return 200, {}, json.dumps(self.has[path])
        kind = path.partition("/")[0]
        return 404, {}, json.dumps({"code": MISSING[kind], "message": "Invalid ID.", "data": {"status": 404}})


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("deletions")) as bench:
        yield bench


@pytest.fixture
def shop() -> Iterator[Records]:
    made = Records()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.add_callback(
            responses.GET, re.compile(rf"{re.escape(API)}/.*"), made.answer, content_type="application/json"
        )
        yield made


@pytest.fixture
def bench(files: TellingBench) -> TellingBench:
    files.begin(SHOP)
    return files


def read_again(bench: TellingBench, minutes: float) -> Next:
    records = WooCommerceRecords(client, lambda: at(minutes))
    job = RereadRecords(SHOP, records, bench.state, bench.files.inbox.append_many, lambda: at(minutes))
    found = job.run({}, at(minutes))
    bench.fold(at(minutes))
    return found


def product(minutes: float, number: int = 25, topic: str = "product.updated", **more: Any) -> NewRow:
    body = {"id": number, "name": "Pot", "status": "publish", "date_modified_gmt": gmt(minutes), **more}
    return webhook(minutes, topic, body)


def coupon(minutes: float, number: int = 25) -> NewRow:
    return webhook(minutes, "coupon.updated", {"id": number, "code": "SPRING", "date_modified_gmt": gmt(minutes)})


def deleted(minutes: float, kind: str, number: int) -> NewRow:
    return webhook(minutes, f"{kind}.deleted", {"id": number})


def gone(bench: TellingBench) -> set[str]:
    """What is marked as deleted, among what is known."""
    kinds = {"orders": "order_id", "products": "product_id", "coupons": "coupon_id", "customers": "customer_id"}
    found = set()
    for table, name in kinds.items():
        query = f"select {name} from {table} where deleted_at is not null"
        found |= {f"{table} {number}" for (number,) in bench.files.connection.execute(query)}
    return found


TRASHED: dict[str, Any] = {"id": 25, "status": "trash", "date_modified_gmt": gmt(3)}
ALIVE = {"id": 25, "name": "Pot", "status": "publish", "date_modified_gmt": gmt(0)}
ORDER = json.loads(woo_order(0, "processing", "11").body)
ANA = json.loads(woo_customer(0).body)


@pytest.mark.parametrize(
    ("why", "rows", "has", "unlisted", "expected"),
    [
        ("an order, for ever", [woo_order(0, "processing", "11"), deleted(2, "order", 7)], {}, set(), {"orders 7"}),
        (
            "an order, into the bin",
            [woo_order(0, "processing", "11"), deleted(2, "order", 7)],
            {"orders/7": ORDER | {"status": "trash"}},
            set(),
            {"orders 7"},
        ),
        (
            "out of the bin again before we asked",
            [woo_order(0, "processing", "11"), deleted(2, "order", 7)],
            {"orders/7": ORDER},
            set(),
            set(),
        ),
        (
            "a coupon was trashed, and its product of that number was named",
            [product(0), deleted(2, "product", 25)],
            {"products/25": ALIVE},
            set(),
            set(),
        ),
        (
            "both were named, and the coupon it was",
            [product(0), coupon(0), deleted(2, "product", 25), deleted(2, "coupon", 25)],
            {"products/25": ALIVE, "coupons/25": TRASHED},
            set(),
            {"coupons 25"},
        ),
        ("a customer", [woo_customer(0), deleted(2, "customer", 1)], {}, set(), {"customers 1"}),
        (
            "a customer of the network who left this shop",
            [woo_customer(0), deleted(2, "customer", 1)],
            {"customers/1": ANA},
            {"1"},
            {"customers 1"},
        ),
        (
            "a customer who is there",
            [woo_customer(0), deleted(2, "customer", 1)],
            {"customers/1": ANA},
            set(),
            set(),
        ),
        ("nothing we ever heard of", [deleted(2, "product", 99)], {}, set(), set()),
    ],
)
def test_only_what_the_shop_has_no_more_is_gone(
    bench: TellingBench,
    shop: Records,
    why: str,
    rows: list[NewRow],
    has: dict[str, dict[str, Any]],
    unlisted: set[str],
    expected: set[str],
) -> None:
    shop.has, shop.unlisted = has, unlisted
    bench.happen(*rows)
    assert gone(bench) == set(), "nothing before the shop was asked"
    read_again(bench, 3)
    assert gone(bench) == expected, why
    assert bench.files.quarantined() == [], why
    assert bench.files.connection.execute("select count(*) from rereads").fetchone() == (0,)


def test_many_deletions_of_one_record_are_one_question(bench: TellingBench, shop: Records) -> None:
    bench.happen(*(replace(deleted(2, "order", 7), delivery_id=f"d{place}") for place in range(5)))
    read_again(bench, 3)
    assert shop.asked == ["orders/7"]


def test_what_the_shop_says_stands_even_if_it_is_new_to_us(bench: TellingBench, shop: Records) -> None:
    """The webhook about the change itself was lost."""
    shop.has = {"products/25": ALIVE | {"name": "New pot"}}
    bench.happen(deleted(2, "product", 25))
    read_again(bench, 3)
    ((content,),) = bench.files.connection.execute("select content from products")
    assert "New pot" in content


@pytest.mark.parametrize(
    ("why", "status", "body"),
    [
        ("the keys were revoked", 401, {"code": "woocommerce_rest_cannot_view", "data": {"status": 401}}),
        ("WooCommerce is switched off", 404, {"code": "rest_no_route", "data": {"status": 404}}),
        ("permalinks are plain now", 404, {}),
        ("the shop fails", 500, {}),
    ],
)
def test_a_shop_that_does_not_answer_deletes_nothing(
    bench: TellingBench, shop: Records, why: str, status: int, body: dict[str, Any]
) -> None:
    bench.happen(woo_order(0, "processing", "11"), deleted(2, "order", 7))
    shop.refuses = (status, body)
    with pytest.raises(SourceUnavailable):
        read_again(bench, 3)
    assert gone(bench) == set(), why
    shop.refuses = None
    read_again(bench, 4)
    assert gone(bench) == {"orders 7"}, why


def test_a_shop_that_asks_for_a_pause_is_asked_for_the_rest_later(shop: Records) -> None:
    records = WooCommerceRecords(client, lambda: at(0))
    shop.refuses = (429, {})
    fetched = records.fetch(SHOP, ORDERS, ["1", "2"])
    assert (fetched.records, fetched.left) == ([], ("1", "2"))
    assert fetched.wait_s > 0


def test_one_the_shop_fails_on_holds_up_no_other(bench: TellingBench, shop: Records) -> None:
    shop.breaks_on = "orders/7"
    bench.happen(*(woo_order(0, "processing", "11", number=number, delivery=f"d{number}") for number in (7, 8)))
    bench.happen(deleted(2, "order", 7), deleted(2.1, "order", 8))
    assert read_again(bench, 3).due_at > at(5), "and is asked for again in a while"
    assert gone(bench) == {"orders 8"}
    shop.breaks_on = ""
    read_again(bench, 9)
    assert gone(bench) == {"orders 7", "orders 8"}


def test_a_few_are_asked_for_at_once(shop: Records) -> None:
    numbers = [str(number) for number in range(1, AT_ONCE + 3)]
    fetched = WooCommerceRecords(client, lambda: at(0)).fetch(SHOP, PRODUCTS, numbers)
    assert (len(fetched.records), fetched.left) == (AT_ONCE, (str(AT_ONCE + 1), str(AT_ONCE + 2)))


def test_without_keys_nobody_is_asked(shop: Records) -> None:
    with pytest.raises(Misuse):
        WooCommerceRecords(client, lambda: at(0)).fetch(LIVE_WOO, ORDERS, ["1"])
    assert shop.asked == []


@pytest.mark.parametrize(
    ("why", "code", "is_called"),
    [
        ("somebody lost a right", "woocommerce_rest_cannot_view", True),
        ("the order was gone", "woocommerce_rest_shop_order_invalid_id", False),
    ],
)
def test_an_error_is_noted_and_calls_the_guardian_where_something_can_be_done(
    bench: TellingBench, why: str, code: str, is_called: bool
) -> None:
    jobs, name = Jobs(bench.files.connection), of_shop(SUBSCRIPTIONS, SHOP.id)
    jobs.keep(name, at(600), {}, at(-60), "")
    sent = webhook(0, "order.updated", {"code": code, "data": {"status": 404}}, webhook_id="7")
    bench.happen(sent)
    assert bench.files.outcomes() == [("skipped", f"shop_error {code}")], why
    assert bench.files.quarantined() == []
    state = jobs.read(name)
    assert state is not None
    assert (state.due_at < at(600)) is is_called, why
    jobs.keep(name, at(600), {}, at(0), "")
    bench.happen(replace(sent, delivery_id="another", received_at=at(2)))
    state = jobs.read(name)
    assert state is not None
    assert state.due_at == at(600), "once is enough"
    with bench.state.read() as tx:
        assert [(one.webhook_id, one.count) for one in tx.faults.since(SHOP.id, at(0))] == [("7", 2)]
