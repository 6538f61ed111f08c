"""A whole history by bulk operations, over real HTTP: what is made of each thing that may happen on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.domain.errors import SourceUnavailable
from collector.domain.shop import Shop
from collector.domain.syncing import RawRecord, Step
from collector.sources.shopify import bulk_result
from collector.sources.shopify.history import BREAKS, ShopifyHistory
from collector.storage.sqlite.spill import FileSpill

from . import graphql_nodes as nodes
from .api_bench import ApiBench
from .api_bench import shop as shop_with
from .bulk_shop import MADE_AT, BulkShop, standing

Cursor = dict[str, Any]
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Bench:
    """A reader and what it reads from; `again` is another process that finds what the first one left."""

    def __init__(self, there: BulkShop, folder: Path) -> None:
        self.there = there
        self.api = ApiBench()
        self.folder = folder
        self.shop: Shop = shop_with(api_url=there.url)
        self.spill = FileSpill(folder / "tajo")
        self.reader = ShopifyHistory(lambda shop: self.api.api(shop), self.spill)

    def again(self) -> Bench:
        self.spill.close()
        other = Bench(self.there, self.folder)
        other.shop = self.shop
        return other

    def steps(self, resource: str, cursor: Cursor | None = None, since: datetime | None = None) -> Iterator[Step]:
        """One after the other to the end; waiting costs nothing."""
        place: Cursor = cursor or {}
        while True:
            step = self.reader.step(self.shop, resource, since, place)
            assert json.loads(json.dumps(dict(step.cursor))) == step.cursor, "a cursor is kept as JSON"
            yield step
            if step.is_done or step.failed:
                return
            place = dict(step.cursor)

    def read(self, resource: str, since: datetime | None = None) -> list[RawRecord]:
        return [record for step in self.steps(resource, since=since) for record in step.records]

    def close(self) -> None:
        self.spill.close()
        self.api.http.close()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[BulkShop], Bench]]:
    with ExitStack() as stack:

        def open_(there: BulkShop) -> Bench:
            stack.enter_context(standing(there))
            return stack.enter_context(closing(Bench(there, tmp_path)))

        yield open_


Opened = Callable[[BulkShop], Bench]


def with_orders(count: int, **more: Any) -> BulkShop:
    return BulkShop(lines={"orders": lambda: nodes.orders(count)}, counts={"orders": (count, 3 * count)}, **more)


def numbers(records: list[RawRecord]) -> list[str]:
    return [json.loads(record.body)["id"].rsplit("/", 1)[1] for record in records]


def whole(count: int) -> list[str]:
    return [str(number) for number in range(1, count + 1)]


def test_orders_come_with_their_lines_though_these_lie_apart(opened: Opened) -> None:
    records = opened(with_orders(250)).read("orders")
    assert numbers(records) == whole(250)
    bodies = [json.loads(record.body) for record in records]
    assert {record.topic for record in records} == {"read/orders"}
    assert {record.facts["triggered_at"] for record in records} == {MADE_AT}, "as of the operation's beginning"
    assert not any("is_cut" in record.facts for record in records)
    lines = [[each["id"].rsplit("/", 1)[1] for each in body["lineItems"]["nodes"]] for body in bodies]
    assert lines == [[str(number * 10), str(number * 10 + 1)] for number in range(1, 251)]


def test_a_product_has_all_that_hangs_on_it_and_a_collection_hangs_on_many(opened: Opened) -> None:
    there = BulkShop(lines={"products": lambda: nodes.products(30)}, counts={"products": (30, 120)})
    for record in opened(there).read("products"):
        body = json.loads(record.body)
        assert len(body["variants"]["nodes"]) == 2
        assert [each["title"] for each in body["collections"]["nodes"]] == ["Neu"]
        assert body["media"] == {"nodes": []}, "none, and that is said"


def test_customers_are_read_with_the_metafields_the_mapping_names(opened: Opened) -> None:
    size = {"id": "gid://shopify/Metafield/1", "namespace": "custom", "key": "size", "value": "M"}

    def lines() -> Iterator[bytes]:
        return nodes.jsonl(2, lambda number: (nodes.customer(number), [size] if number == 1 else []))

    bench = opened(BulkShop(lines={"customers": lines}, counts={"customers": (2, 3)}))
    bench.shop = shop_with(api_url=bench.there.url, mapping={"custom.size": "SIZE"})
    first, second = (json.loads(record.body) for record in bench.read("customers"))
    assert [each["value"] for each in first["metafields"]["nodes"]] == ["M"]
    assert second["metafields"] == {"nodes": []}, "asked for, and there is none"
    [operation] = bench.there.operations.values()
    assert 'metafields(keys: ["custom.size"])' in operation.text


@pytest.mark.parametrize(
    ("why", "resource", "search"),
    [
        ("orders placed since then", "orders", "created_at:>='2026-01-31T12:00:00Z'"),
        ("customers who changed since then, or bought", "customers", "updated_at:>='2026-01-31T12:00:00Z'"),
        ("products changed since then", "products", "updated_at:>='2026-01-31T12:00:00Z'"),
    ],
)
def test_since_is_asked_of_the_shop(opened: Opened, why: str, resource: str, search: str) -> None:
    bench = opened(BulkShop())
    assert bench.read(resource, datetime(2026, 1, 31, 12, tzinfo=UTC)) == []
    [operation] = bench.there.operations.values()
    assert f'query: "{search}"' in operation.text, why
    assert "$" not in operation.text


def test_a_result_without_records_has_no_file_and_is_no_trouble(opened: Opened) -> None:
    [*_, last] = opened(BulkShop()).steps("orders")
    assert last.is_done
    assert last.total == 0


def test_it_waits_while_the_operation_runs_and_says_how_many_there_are(opened: Opened) -> None:
    steps = list(opened(with_orders(3, runs_for=4)).steps("orders"))
    waits = [step.wait_s for step in steps[:5]]
    assert waits == sorted(waits)
    assert min(waits) > 0
    assert steps[-1].is_done
    assert [step.total for step in steps if step.total is not None][-1] == 3


def test_it_waits_its_turn_behind_other_bulk_reads(opened: Opened) -> None:
    first, second, *_, last = opened(with_orders(3, busy=2)).steps("orders")
    assert first.wait_s >= 5
    assert second.wait_s >= 5
    assert last.is_done


@pytest.mark.parametrize(
    ("why", "shop"),
    [
        ("the connection breaks", {"breaks_at": [1, 900, 901, 1500]}),
        ("the file ends early, as if it were whole", {"cuts_at": [1000]}),
        ("the address of the file is over", {"gone": 1}),
        ("all of it", {"breaks_at": [300, 1100], "cuts_at": [5], "gone": 2}),
    ],
)
def test_a_download_that_breaks_off_goes_on_where_it_was(opened: Opened, why: str, shop: dict[str, Any]) -> None:
    assert numbers(opened(with_orders(600, **shop)).read("orders")) == whole(600), why


def test_a_download_without_any_progress_is_said(opened: Opened) -> None:
    bench = opened(with_orders(10, gone=100))
    waits = []
    with pytest.raises(SourceUnavailable, match="no longer there"):
        waits += [step.wait_s for step in bench.steps("orders")]
    assert bench.there.gone == 100 - BREAKS


def test_the_address_of_a_file_is_never_kept(opened: Opened) -> None:
    """Whoever has it has every customer's data for a week."""
    bench = opened(with_orders(250))
    assert not any("key=" in json.dumps(dict(step.cursor)) for step in bench.steps("orders"))


def test_a_result_that_is_over_is_made_again(opened: Opened) -> None:
    bench = opened(with_orders(20))
    place: Cursor = {}
    while place.get("stage") != "fetching":
        place = dict(bench.reader.step(bench.shop, "orders", None, place).cursor)
    bench.there.operations.clear()  # a week went by
    brought = [record for step in bench.again().steps("orders", place) for record in step.records]
    assert numbers(brought) == whole(20)


@pytest.mark.parametrize("kept_at", range(6))
def test_another_process_goes_on_from_any_place_and_brings_the_rest(opened: Opened, kept_at: int) -> None:
    """What was kept is the cursor and, while its file lives, what was put aside."""
    bench = opened(with_orders(250, runs_for=2))
    brought: list[RawRecord] = []
    place: Cursor = {}
    for number, step in enumerate(bench.steps("orders")):
        brought += step.records
        place = dict(step.cursor)
        if number == kept_at:
            break
    other = bench.again()
    for step in other.steps("orders", place):
        brought += step.records
    assert numbers(brought) == whole(250)
    assert len(bench.there.operations) == 1, "the operation is gone on with"


@pytest.mark.parametrize("stage", ["fetching", "reading"])
def test_what_was_put_aside_may_be_lost(opened: Opened, stage: str) -> None:
    bench = opened(with_orders(250))
    brought: list[RawRecord] = []
    for step in bench.steps("orders"):
        brought += step.records
        if step.cursor.get("stage") == stage and (stage == "fetching" or step.records):
            break
    bench.spill.close()
    [file] = bench.folder.glob("tajo.sync-1-orders.db") if stage == "reading" else [bench.folder / "none"]
    file.unlink(missing_ok=True)
    other = bench.again()
    brought += [record for step in other.steps("orders", dict(step.cursor)) for record in step.records]
    assert numbers(brought) == whole(250)


def test_a_file_that_is_no_database_is_made_anew(opened: Opened) -> None:
    bench = opened(with_orders(50))
    (bench.folder / "tajo.sync-1-orders.db").write_bytes(b"half a file" * 1000)
    assert numbers(bench.read("orders")) == whole(50)


def test_what_is_put_aside_is_for_nobody_else_and_goes_at_the_end(opened: Opened) -> None:
    bench = opened(with_orders(50))
    modes = set()
    for _ in bench.steps("orders"):
        modes |= {path.stat().st_mode & 0o777 for path in bench.folder.glob("tajo.sync-*.db")}
    assert modes == {0o600}
    bench.reader.forget(bench.shop, "orders")
    assert list(bench.folder.glob("tajo.sync-*")) == []


@pytest.mark.parametrize(
    ("why", "ends"),
    [
        ("their fault, once", [("FAILED", "INTERNAL_SERVER_ERROR")]),
        ("too slow, twice", [("FAILED", "TIMEOUT"), ("FAILED", "TIMEOUT")]),
        ("somebody called it off", [("CANCELED", "")]),
        ("nobody fetched it in a week", [("EXPIRED", "")]),
    ],
)
def test_an_operation_that_ends_badly_is_begun_again(opened: Opened, why: str, ends: list[tuple[str, str]]) -> None:
    bench = opened(with_orders(20, ends=ends))
    assert numbers(bench.read("orders")) == whole(20), why
    assert len(bench.there.operations) == len(ends) + 1


def test_after_three_failures_the_part_that_is_there_is_taken_and_it_is_said(opened: Opened) -> None:
    bench = opened(with_orders(20, ends=[("FAILED", "INTERNAL_SERVER_ERROR")] * 3))
    *steps, last = bench.steps("orders")
    assert numbers([record for step in steps for record in step.records]) == whole(20)
    assert "INTERNAL_SERVER_ERROR" in last.failed
    assert not last.is_done
    assert {record.facts.get("is_cut") for step in steps for record in step.records} == {True}, "lines may be missing"
    assert last.cursor == {}, "the next run begins anew"


def test_after_three_failures_without_a_part_it_is_said_too(opened: Opened) -> None:
    [*_, last] = opened(with_orders(20, ends=[("FAILED", "TIMEOUT")] * 3)).steps("orders")
    assert "TIMEOUT" in last.failed


def test_a_missing_permission_is_said_at_once(opened: Opened) -> None:
    bench = opened(with_orders(20, ends=[("FAILED", "ACCESS_DENIED")]))
    with pytest.raises(SourceUnavailable, match=r"forbids.*read_orders"):
        bench.read("orders")
    assert len(bench.there.operations) == 1


@pytest.mark.parametrize(
    ("why", "scopes", "resources", "since", "expected"),
    [
        ("all orders wanted", ("read_orders",), ["orders"], None, 1),
        ("older ones wanted", ("read_orders",), ["orders"], datetime(2026, 9, 1, tzinfo=UTC), 1),
        ("only newer ones wanted", ("read_orders",), ["orders"], datetime(2026, 10, 1, tzinfo=UTC), 0),
        ("no orders wanted", ("read_orders",), ["customers"], None, 0),
        ("all are shown", ("read_orders", "read_all_orders"), ["orders"], None, 0),
    ],
)
def test_what_shopify_does_not_show_is_said(
    opened: Opened, why: str, scopes: tuple[str, ...], resources: list[str], since: datetime | None, expected: int
) -> None:
    bench = opened(BulkShop(scopes=scopes))
    found = bench.reader.limits(bench.shop, resources, since, NOW)
    assert len(found) == expected, why
    assert all("2026-09-22" in sentence and "read_all_orders" in sentence for sentence in found)


def test_a_line_that_is_no_record_is_no_crash(opened: Opened) -> None:
    bench = opened(BulkShop(lines={"orders": lambda: iter([b"<html>"])}, counts={"orders": (1, 1)}))
    with pytest.raises(SourceUnavailable, match="no record"):
        for _ in bench.steps("orders"):
            pass


@pytest.mark.parametrize(
    ("why", "line", "below", "expected"),
    [
        ("nothing hangs on it", b'{"id":"gid://shopify/Customer/1"}', [], {"id": "gid://shopify/Customer/1"}),
        ("spaces at the end", b'{"id": "x"}  ', [("gid://shopify/Metafield/1", "x", b'{"a": 1}')], None),
        ("an empty object", b"{}", [("gid://shopify/Metafield/1", "x", b'{"a": 1}')], None),
        ("a kind nobody asked for", b'{"id":"x"}', [("gid://shopify/Dragon/1", "x", b"{}")], {"id": "x"}),
    ],
)
def test_how_a_body_is_put_together(
    why: str, line: bytes, below: list[bulk_result.Line], expected: dict[str, Any] | None
) -> None:
    body = json.loads(bulk_result.body_of("customers", line, below))
    if expected is None:
        expected = json.loads(line) | {"metafields": {"nodes": [{"a": 1}]}}
    assert body == expected, why
