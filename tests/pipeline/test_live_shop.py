"""What keeps a shop live, from its webhooks on: stock, merged customers, its own word, calls of jobs, the guardian."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.domain.door import NewRow
from collector.domain.events import EventType
from collector.domain.jobs import RECONCILING, REREADING, STOCK, SUBSCRIPTIONS, of_shop
from collector.domain.shop import Shop
from collector.domain.stock import Held, StockRules, StockState, event_of, state_of
from collector.domain.subscriptions import Heard, Kept, Missed, Unfit
from collector.domain.timestamps import to_text
from collector.pipeline.guarding import NO_PUBLIC_URL, Ears, GuardSubscriptions, gap
from collector.pipeline.watching_stock import WatchStock
from collector.storage.sqlite.jobs import Jobs
from tests.pipeline.row_builders import at, iso, shopify_checkout, shopify_customer, shopify_order, webhook
from tests.pipeline.telling_bench import LIVE_SHOPIFY, MUG, TellingBench, telling_bench, under

RULES = StockRules(is_followed=True, low_below=3)
SHOP = under(LIVE_SHOPIFY, stock=RULES)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("live")) as bench:
        yield bench


@pytest.fixture
def bench(files: TellingBench) -> TellingBench:
    files.begin(SHOP)
    return files


# Stock.

PLENTY, LOW, OUT = StockState.PLENTY, StockState.LOW, StockState.OUT


@pytest.mark.parametrize(
    ("why", "stock", "sells_on", "expected"),
    [
        ("at the threshold", 3, False, PLENTY),
        ("below it", 2, False, LOW),
        ("the last one", 1, False, LOW),
        ("none", 0, False, OUT),
        ("sold more than there was", -2, False, OUT),
        ("none, and sold on", 0, True, PLENTY),
        ("oversold on purpose", -50, True, PLENTY),
    ],
)
def test_stock_is_plenty_low_or_out(why: str, stock: int, sells_on: bool, expected: StockState) -> None:
    assert state_of(Held("1", "Cup", "", stock, sells_on, at(0)), RULES) is expected, why


@pytest.mark.parametrize(
    ("why", "before", "now", "rules", "expected"),
    [
        ("the first look is no change", None, OUT, RULES, None),
        ("still low", LOW, LOW, RULES, None),
        ("ran low", PLENTY, LOW, RULES, EventType.PRODUCT_RAN_LOW),
        ("sold out at once", PLENTY, OUT, RULES, EventType.PRODUCT_SOLD_OUT),
        ("sold out", LOW, OUT, RULES, EventType.PRODUCT_SOLD_OUT),
        ("a few came back", OUT, LOW, RULES, EventType.PRODUCT_RESTOCKED),
        ("many came back", OUT, PLENTY, RULES, EventType.PRODUCT_RESTOCKED),
        ("filled up before it was gone", LOW, PLENTY, RULES, None),
        ("running out is not asked for", LOW, OUT, replace(RULES, notes_sold_out=False), None),
        ("nor coming back", OUT, LOW, replace(RULES, notes_sold_out=False), None),
        ("running low still is", PLENTY, LOW, replace(RULES, notes_sold_out=False), EventType.PRODUCT_RAN_LOW),
    ],
)
def test_a_change_of_stock_is_an_event(
    why: str, before: StockState | None, now: StockState, rules: StockRules, expected: EventType | None
) -> None:
    assert event_of(before, now, rules) is expected, why


def cup(minutes: float, stock: int, **more: Any) -> Any:
    variant = {
        "id": 90,
        "title": "Default Title",
        "sku": "CUP",
        "inventory_item_id": 900,
        "inventory_quantity": stock,
        "inventory_management": "shopify",
        "inventory_policy": "deny",
    }
    status = more.pop("status", "active")
    body = {"id": 9, "title": "Cup", "status": status, "updated_at": iso(minutes), "variants": [variant | more]}
    return webhook(minutes, "products/update", body, triggered_at=iso(minutes))


def level(minutes: float, available: int, place: int = 61) -> Any:
    body = {"inventory_item_id": 900, "location_id": place, "available": available, "updated_at": iso(minutes)}
    return webhook(minutes, "inventory_levels/update", body, f"level-{minutes}-{place}")


def stock_events(bench: TellingBench, shop: Shop, *rows: Any) -> list[str]:
    """Each row is folded and looked at a minute later: what happened, in words."""
    job = WatchStock(shop, bench.state)
    for row in rows:
        bench.happen(row)
        job.run({}, row.received_at + timedelta(minutes=1))
    found = [one for one in bench.files.state()["events"] if one["type"].startswith("product_")]
    names = ("product_ran_low", "product_sold_out", "product_restocked")
    return [one["type"] for one in sorted(found, key=lambda one: one["occurred_at"]) if one["type"] in names]


@pytest.mark.parametrize(
    ("why", "rows", "expected"),
    [
        ("first sight of nothing", [cup(0, 0)], []),
        ("sold one by one", [cup(0, 4), cup(1, 2), cup(2, 1), cup(3, 0)], ["product_ran_low", "product_sold_out"]),
        ("delivered again", [cup(0, 1), cup(1, 0), cup(2, 50)], ["product_sold_out", "product_restocked"]),
        ("a level says so before the product does", [level(-5, 4), cup(0, 4), level(1, 0)], ["product_sold_out"]),
        ("an older level comes late", [level(-5, 4), cup(0, 4), level(2, 4), level(1, 0)], []),
        ("not tracked", [cup(0, 0, inventory_management=None), cup(1, -5, inventory_management=None)], []),
        ("sold on without any", [cup(0, 5, inventory_policy="continue"), cup(1, 0, inventory_policy="continue")], []),
        ("a draft nobody sees", [cup(0, 5, status="draft"), cup(1, 0, status="draft")], []),
    ],
)
def test_the_shop_hears_of_its_stock(bench: TellingBench, why: str, rows: list[Any], expected: list[str]) -> None:
    assert stock_events(bench, SHOP, *rows) == expected, why


def test_a_stock_event_says_what_it_is_about(bench: TellingBench) -> None:
    stock_events(bench, SHOP, cup(0, 4), cup(1, 2))
    (one,) = [one for one in bench.files.state()["events"] if one["type"] == "product_ran_low"]
    assert one["event_id"] == f"product_ran_low:9:{to_text(at(1))}"
    assert '"stock":2' in one["detail"]
    assert '"sku":"CUP"' in one["detail"]
    assert '"low_below":3' in one["detail"]
    assert bench.told() == []  # it is nobody's message


def test_a_sale_put_right_within_a_moment_is_no_event(bench: TellingBench) -> None:
    bench.happen(cup(0, 4))
    job = WatchStock(SHOP, bench.state)
    job.run({}, at(0.5))
    bench.happen(cup(1, 0), cup(1.01, 4))
    job.run({}, at(2))
    assert stock_events(bench, SHOP) == []


def test_a_shop_that_does_not_follow_its_stock_remembers_nothing_of_it(bench: TellingBench) -> None:
    bench.begin(LIVE_SHOPIFY)
    bench.happen(cup(0, 4), level(1, 0))
    rows = bench.files.connection.execute("select (select count(*) from stock_looks), (select count(*) from rereads)")
    assert rows.fetchone() == (0, 0)


# Customers who became one.

MERGED = {
    "admin_graphql_api_customer_kept_id": "gid://shopify/Customer/1",
    "admin_graphql_api_customer_deleted_id": "gid://shopify/Customer/2",
    "status": "completed",
}


def merge(minutes: float, **more: Any) -> Any:
    return webhook(minutes, "customers/merge", MERGED | more, f"merge-{minutes}", triggered_at=iso(minutes))


TWO_ACCOUNTS = [
    shopify_customer(0, 1),
    shopify_customer(1, 2, email="work@shop.example"),
    shopify_order(2, "paid", MUG, number=70, customer={"id": 2}, email="work@shop.example", cart_token="old"),
]


def test_a_merge_makes_two_people_one(bench: TellingBench) -> None:
    bench.happen(*TWO_ACCOUNTS)
    apart = bench.files.told_people()
    assert len(apart) == 2
    bench.happen(merge(5))
    assert bench.files.told_people() == ["customer:1 email:ana@shop.example email:work@shop.example"]
    with bench.state.read() as tx:
        orders = tx.orders.bought(SHOP.id, "ana@shop.example", "1")
        gone = tx.customers.find(SHOP.id, "2")
    assert len(orders) == 1
    assert gone is not None
    assert gone[1] == at(5)


def test_an_order_of_the_one_that_is_gone_is_the_others(bench: TellingBench) -> None:
    """Told late, or made by an app that remembers the old number."""
    bench.happen(*TWO_ACCOUNTS[:2], merge(5))
    bench.happen(
        shopify_order(9, "paid", MUG, number=71, customer={"id": 2}, email="new@shop.example", cart_token="new")
    )
    (one,) = bench.files.told_people()
    assert one == "customer:1 email:ana@shop.example email:new@shop.example email:work@shop.example"


@pytest.mark.parametrize("status", ["failed", "in_progress", "requested"])
def test_a_merge_that_has_not_happened_changes_nothing(bench: TellingBench, status: str) -> None:
    bench.happen(*TWO_ACCOUNTS)
    before = bench.files.told_people()
    bench.happen(merge(5, status=status))
    assert bench.files.told_people() == before


def summary(minutes: float, number: int = 1, orders: int = 4) -> Any:
    spent = {"amount": f"{orders * 10}.00", "currencyCode": "EUR"}
    body = {
        "customerId": f"gid://shopify/Customer/{number}",
        "numberOfOrders": orders,
        "amountSpent": spent,
        "occurredAt": iso(minutes),
    }
    return webhook(minutes, "customers/purchasing_summary", body, f"summary-{minutes}-{number}")


@pytest.mark.parametrize("first", ["customer", "summary"])
def test_counters_come_by_a_topic_of_their_own(bench: TellingBench, first: str) -> None:
    rows = [shopify_customer(0), summary(1), summary(-1, orders=2)]
    bench.happen(*(rows if first == "customer" else reversed(rows)))
    with bench.state.read() as tx:
        found = tx.customers.find(SHOP.id, "1")
    assert found is not None
    assert (found[0].orders_count, found[0].total_spent_minor) == (4, 4000)
    assert found[0].content.email == "ana@shop.example"


HAPPENINGS = [
    *TWO_ACCOUNTS,
    shopify_customer(3, 1, first_name="Anna"),
    shopify_customer(4, 2, email="work@shop.example", first_name="Ann"),
    merge(5),
    webhook(6, "customers/merge", MERGED | {"admin_graphql_api_customer_deleted_id": "gid://shopify/Customer/3"}, "m3"),
    shopify_order(7, "paid", MUG, number=71, customer={"id": 2}, email="new@shop.example", cart_token="new"),
    shopify_checkout(8, MUG, email="work@shop.example", customer={"id": 3}),
    summary(9, orders=5),
    summary(2, 2, orders=1),
    webhook(7, "shop/update", {"id": 1, "name": "Tea", "currency": "CHF", "updated_at": iso(7)}),
    webhook(8, "shop/update", {"id": 1, "name": "Teas", "currency": "EUR", "updated_at": iso(8)}, "later"),
]


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_merges_and_counters_converge_in_any_order(files: TellingBench, data: st.DataObject) -> None:
    arrived = data.draw(st.permutations(HAPPENINGS + data.draw(st.lists(st.sampled_from(HAPPENINGS), max_size=3))))
    limit = data.draw(st.integers(1, 6))
    files.files.fold(SHOP, HAPPENINGS)
    in_order = files.files.state(), _shop(files)
    files.files.connection.execute("update shops set described_at = '', currency = '', name = ''")
    files.files.fold(SHOP, arrived, limit)
    assert (files.files.state(), _shop(files)) == in_order


def _shop(files: TellingBench) -> Any:
    return files.files.connection.execute("select name, currency from shops where id = ?", [SHOP.id]).fetchone()


# What the shop says of itself, and whom it calls.


@pytest.mark.parametrize(
    ("why", "row", "called"),
    [
        ("other permissions", webhook(0, "app/scopes_update", {"current": [], "updated_at": iso(0)}), [SUBSCRIPTIONS]),
        ("a bulk read is ready", webhook(0, "bulk_operations/finish", {"status": "completed"}), [RECONCILING]),
        ("a customer changed", shopify_customer(0), [REREADING]),
        ("stock changed", cup(0, 4), [STOCK]),
        ("a theme", webhook(0, "themes/publish", {"id": 5, "role": "main"}), []),
    ],
)
def test_what_happens_calls_the_jobs_it_concerns(bench: TellingBench, why: str, row: Any, called: list[str]) -> None:
    jobs = Jobs(bench.files.connection)
    kinds = [SUBSCRIPTIONS, RECONCILING, REREADING, STOCK]
    for kind in kinds:
        jobs.keep(of_shop(kind, SHOP.id), at(600), {}, at(-60), "")
    bench.happen(row)
    states = {kind: jobs.read(of_shop(kind, SHOP.id)) for kind in kinds}
    assert [kind for kind, state in states.items() if state is not None and state.due_at < at(600)] == called, why


@pytest.mark.parametrize(
    ("why", "row", "expected"),
    [
        ("a domain of its own", webhook(5, "shop/update", {"id": 1, "domain": "www.mugs.example"}), "www.mugs.example"),
        ("in capitals", webhook(5, "shop/update", {"id": 1, "domain": "Mugs.Example"}), "mugs.example"),
        ("as people write it", webhook(5, "shop/update", {"id": 1, "domain": "tässchen.de"}), "xn--tsschen-5wa.de"),
        ("none", webhook(5, "shop/update", {"id": 1, "domain": SHOP.address}), SHOP.address),
        ("as it was read", webhook(5, "read/shop", {"domain": "https://www.mugs.example"}), "www.mugs.example"),
        ("not stated", webhook(5, "shop/update", {"id": 1, "domain": None}), ""),
        ("nothing a browser could go to", webhook(5, "shop/update", {"id": 1, "domain": "mugs example/<b>"}), ""),
        ("no name of a host", webhook(5, "shop/update", {"id": 1, "domain": "https://[mugs"}), ""),
        ("far too long", webhook(5, "shop/update", {"id": 1, "domain": "a." * 500 + "de"}), ""),
    ],
)
def test_a_shop_says_where_shoppers_find_it(files: TellingBench, why: str, row: NewRow, expected: str) -> None:
    files.files.fold(SHOP, [])
    files.files.connection.execute("update shops set described_at = '', storefront = ''")
    files.begin(SHOP)
    files.happen(row)
    (found,) = files.files.connection.execute("select storefront from shops where id = ?", [SHOP.id]).fetchone()
    assert found == (f"https://{expected}" if expected else ""), why


def test_another_theme_is_seen(bench: TellingBench) -> None:
    bench.happen(webhook(0, "themes/publish", {"id": 5, "role": "main"}, triggered_at=iso(0)))
    assert f"theme_published:5:{to_text(at(0))}" in bench.files.told_events()


# The guardian of the webhooks.

LOOKED = {"looked_at": to_text(at(0)), "topics": ["orders/create", "orders/updated"]}


@pytest.mark.parametrize(
    ("why", "before", "kept", "minutes", "heard", "since"),
    [
        ("the first look", {}, Kept(made=("orders/create",)), 60, None, None),
        ("all as it should be", LOOKED, Kept(), 60, at(50), None),
        ("a topic is new to us", LOOKED, Kept(made=("carts/create",)), 60, at(50), None),
        ("one was gone", LOOKED, Kept(made=("orders/create",)), 60, at(-600), at(-600)),
        ("one went elsewhere", LOOKED, Kept(mended=("orders/create",)), 60, at(50), at(0)),
        ("gone, and nothing ever came", LOOKED, Kept(made=("orders/create",)), 60, None, at(0)),
        ("we were away for less than is repeated", LOOKED, Kept(), 239, at(0), None),
        ("we were away for longer", LOOKED, Kept(), 241, at(-5), at(-5)),
        ("one is switched off there", LOOKED, Kept(("orders/create",), quiet=("orders/updated",)), 60, at(50), None),
        (
            "and on again",
            LOOKED | {"topics": [], "quiet": ["orders/create"]},
            Kept(("orders/create",)),
            60,
            None,
            at(0),
        ),
    ],
)
def test_lost_deliveries_are_noticed(
    why: str, before: dict[str, Any], kept: Kept, minutes: float, heard: datetime | None, since: datetime | None
) -> None:
    assert gap(before, kept, heard, at(minutes), timedelta(hours=4)) == since, why


class OneThatKeeps:
    """A platform's subscriptions that answer what the test says."""

    repeats_for = timedelta(hours=4)

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.heard: list[Heard | None] = []

    def keep(self, shop: Shop, address: str, heard: Heard | None = None) -> Kept:
        self.heard.append(heard)
        return self.kept

    def unfit(self, shop: Shop, address: str) -> Unfit:
        return Unfit()

    def why_silent(self, shop: Shop) -> str:
        return "Its queue does not run."


def test_a_gap_is_read_again_at_once(bench: TellingBench) -> None:
    jobs = Jobs(bench.files.connection)
    jobs.keep(of_shop(RECONCILING, SHOP.id), at(600), {}, at(-60), "")
    kept = Kept(("orders/create",), made=("orders/create",), problems=("No read_products.",))
    job = GuardSubscriptions(SHOP, OneThatKeeps(kept), "https://x.example", bench.state, Ears(lambda shop_id: at(-90)))
    found = job.run(LOOKED, at(60))
    called = jobs.read(of_shop(RECONCILING, SHOP.id))
    assert called is not None
    assert called.due_at == at(60)
    assert found.progress["gap_since"] == to_text(at(-90))
    assert found.progress["problems"] == ["No read_products."]
    assert "No read_products." in found.said
    assert found.due_at == at(120)


def test_what_there_was_no_time_for_is_done_soon(bench: TellingBench) -> None:
    kept = OneThatKeeps(Kept(("orders/create",), left=("carts/create", "carts/update")))
    found = GuardSubscriptions(SHOP, kept, "https://x.example", bench.state, Ears(lambda shop_id: None)).run({}, at(0))
    assert found.due_at == at(1)
    assert "2 follow" in found.said


def test_without_a_public_address_nothing_is_registered_and_it_is_said(bench: TellingBench) -> None:
    kept = OneThatKeeps(Kept(made=("orders/create",)))
    job = GuardSubscriptions(SHOP, kept, "", bench.state, Ears(lambda shop_id: None))
    found = job.run({}, datetime(2026, 1, 1, tzinfo=UTC))
    assert found.said == NO_PUBLIC_URL
    assert found.progress["problems"] == [NO_PUBLIC_URL]
    by_hand = GuardSubscriptions(SHOP, kept, "", bench.state, Ears(lambda shop_id: at(-60))).run({}, at(0))
    assert by_hand.progress["problems"] == [], "they come all the same"


@pytest.mark.parametrize(
    ("why", "repeats_h", "minutes", "since"),
    [
        ("nothing is repeated, but the look came in time", 0, 75, None),
        ("nothing is repeated, and we were away", 0, 100, at(-5)),
    ],
)
def test_being_away_counts_from_what_the_platform_repeats(
    why: str, repeats_h: int, minutes: float, since: datetime | None
) -> None:
    assert gap(LOOKED, Kept(), at(-5), at(minutes), timedelta(hours=repeats_h)) == since, why


WATCHED = LOOKED | {"all_since": to_text(at(-600))}


@pytest.mark.parametrize(
    ("why", "before", "missed", "heard", "is_said"),
    [
        ("orders came that nobody told of", WATCHED, Missed(3, at(-240)), None, True),
        ("the last one was told days ago", WATCHED, Missed(3, at(-240)), at(-4000), True),
        ("something was told meanwhile", WATCHED, Missed(3, at(-240)), at(-100), False),
        ("in the same hour, as far as is known", WATCHED, Missed(3, at(-240)), at(-270), False),
        ("nothing was missed", WATCHED, Missed(0, at(-240)), None, False),
        ("nothing was read yet", WATCHED, None, None, False),
        ("not all was registered then", LOOKED | {"all_since": to_text(at(-60))}, Missed(3, at(-240)), None, False),
        ("the first look", {}, Missed(3, at(-240)), None, False),
    ],
)
def test_silence_while_orders_come_is_said(
    bench: TellingBench, why: str, before: dict[str, Any], missed: Missed | None, heard: datetime | None, is_said: bool
) -> None:
    ears = Ears(lambda shop_id: heard, missed=lambda shop_id: missed)
    job = GuardSubscriptions(SHOP, OneThatKeeps(Kept(("orders/create",))), "https://x.example", bench.state, ears)
    found = job.run(before, at(0))
    assert any("Its queue does not run." in said for said in found.progress["complaints"]) is is_said, why
    assert found.progress["problems"] == found.progress["complaints"], why


def test_deliveries_that_do_not_verify_are_told_once(bench: TellingBench) -> None:
    """They are counted by the hour; those of the hour of a look are not news at the next one."""
    kept, counted = OneThatKeeps(Kept(("orders/create",))), {"n": 2}
    ears = Ears(lambda shop_id: None, lambda shop_id, since: counted["n"])
    job = GuardSubscriptions(SHOP, kept, "https://x.example", bench.state, ears)
    progress = job.run({}, at(0)).progress  # the first look knows nothing of before
    progress = job.run(progress, at(10)).progress
    counted["n"] = 3
    progress = job.run(progress, at(20)).progress
    job.run(progress, at(30))
    assert [one.is_refused for one in kept.heard if one is not None] == [False, False, True, False]


def test_errors_in_place_of_records_reach_the_guardian_for_a_day(bench: TellingBench) -> None:
    with bench.state.write() as tx:
        assert tx.faults.note(SHOP.id, "7", "order.created", "cannot_view", at(-1000)) is True
        assert tx.faults.note(SHOP.id, "7", "order.created", "cannot_view", at(-900)) is False
        tx.faults.note(SHOP.id, "8", "order.created", "cannot_view", at(-2000))
    kept = OneThatKeeps(Kept(("orders/create",)))
    GuardSubscriptions(SHOP, kept, "https://x.example", bench.state, Ears(lambda shop_id: None)).run({}, at(0))
    (heard,) = kept.heard
    assert heard is not None
    assert [(one.webhook_id, one.count, one.last_at) for one in heard.faults] == [("7", 2, at(-900))]
