"""What changed, asked for in portions as large as the shop allows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import responses

from collector.domain.errors import SourceUnavailable
from collector.sources.shopify.answers import TooCostly
from collector.sources.shopify.changes import ShopifyChanges

from . import graphql_nodes as nodes
from .api_bench import GRAPHQL, ApiBench, cost, throttled
from .api_bench import shop as shop_with

SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
TOO_COSTLY = {"errors": [{"message": "Query cost is 5152", "extensions": {"code": "MAX_COST_EXCEEDED"}}]}


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def reader(bench: ApiBench, patience_s: float = 60.0) -> ShopifyChanges:
    return ShopifyChanges(lambda shop: bench.api(shop, patience_s=patience_s), bench.clock)


def answered(wire: responses.RequestsMock, data: dict[str, Any]) -> None:
    wire.add("POST", GRAPHQL, json={"data": data, "extensions": cost(10, 1900)})


def variables(wire: responses.RequestsMock) -> list[dict[str, Any]]:
    return [json.loads(call.request.body or b"")["variables"] for call in wire.calls]


def test_a_page_names_records_and_their_versions(wire: responses.RequestsMock) -> None:
    page = {
        "nodes": [
            {"id": "gid://shopify/Order/7", "updatedAt": "2026-11-01T10:00:00Z"},
            {"id": None, "updatedAt": "2026-11-01T10:00:00Z"},
            {"id": "gid://shopify/Order/8", "updatedAt": None},
        ],
        "pageInfo": {"hasNextPage": True, "endCursor": "c1"},
    }
    answered(wire, {"orders": page})
    found = reader(ApiBench()).changed(shop_with(), "orders", SINCE, UNTIL, "")
    assert [(one.id, one.version_at.hour) for one in found.records] == [("7", 10)]
    assert found.after == "c1"
    [asked] = variables(wire)
    assert asked["search"] == "updated_at:>='2026-11-01T00:00:00Z' updated_at:<'2026-11-02T00:00:00Z'"
    assert asked["first"] == 250


def test_it_asks_for_fewer_where_the_shop_finds_it_too_much(wire: responses.RequestsMock) -> None:
    wire.add("POST", GRAPHQL, json=TOO_COSTLY)
    answered(wire, {"nodes": [nodes.order(1, lines=[]), None]})
    changes = reader(ApiBench())
    ids = ["1", "2", "3", "4", "5"]
    first = changes.fetch(shop_with(), "orders", ids)
    assert (first.records, list(first.left), first.wait_s) == ((), ids, 0.0)
    second = changes.fetch(shop_with(), "orders", first.left)
    assert [len(asked["ids"]) for asked in variables(wire)] == [4, 2]
    assert [json.loads(record.body)["number"] for record in second.records] == [1], "the other one is gone"
    assert list(second.left) == ["3", "4", "5"]


def test_one_record_that_is_too_much_by_itself_is_said(wire: responses.RequestsMock) -> None:
    wire.add("POST", GRAPHQL, json=TOO_COSTLY)
    with pytest.raises(TooCostly):
        reader(ApiBench()).fetch(shop_with(), "orders", ["1"])


def test_without_points_it_says_how_long_to_wait(wire: responses.RequestsMock) -> None:
    wire.add("POST", GRAPHQL, json=throttled(1000, 10))
    changes = reader(ApiBench(), patience_s=1.0)
    fetched = changes.fetch(shop_with(), "customers", ["1"])
    assert (list(fetched.left), list(fetched.records)) == (["1"], [])
    assert fetched.wait_s >= 1
    assert changes.changed(shop_with(), "customers", SINCE, UNTIL, "c1").after == "c1", "the same page again"


def test_metafields_come_along_where_the_mapping_reads_them(wire: responses.RequestsMock) -> None:
    answered(wire, {"nodes": [nodes.customer(1, metafields={"nodes": []})]})
    reader(ApiBench()).fetch(shop_with(mapping={"custom.size": "SIZE"}), "customers", ["1"])
    [asked] = variables(wire)
    assert asked == {"ids": ["gid://shopify/Customer/1"], "keys": ["custom.size"]}


def test_a_product_with_many_variants_is_read_to_its_end(wire: responses.RequestsMock) -> None:
    def page(numbers: range, after: str = "") -> dict[str, Any]:
        info = {"hasNextPage": bool(after), "endCursor": after}
        return {"nodes": [nodes.variant(number) for number in numbers], "pageInfo": info}

    answered(wire, {"nodes": [nodes.product(1, variants=page(range(1, 11), "v10"))]})
    answered(wire, {"product": {"variants": page(range(11, 111), "v110")}})
    answered(wire, {"product": {"variants": page(range(111, 131))}})
    [record] = reader(ApiBench()).fetch(shop_with(), "products", ["1"]).records
    assert len(json.loads(record.body)["variants"]["nodes"]) == 130
    assert [asked.get("after") for asked in variables(wire)] == [None, "v10", "v110"]


def test_a_record_that_goes_while_its_rest_is_read_is_read_later(wire: responses.RequestsMock) -> None:
    lines = {"nodes": [nodes.line(1)], "pageInfo": {"hasNextPage": True, "endCursor": "l1"}}
    answered(wire, {"nodes": [nodes.order(1, lineItems=lines)]})
    answered(wire, {"order": None})
    with pytest.raises(SourceUnavailable, match="changed while"):
        reader(ApiBench()).fetch(shop_with(), "orders", ["1"])


def test_products_are_asked_for_by_the_page_and_those_without_an_answer_are_gone(wire: responses.RequestsMock) -> None:
    ids = [str(number) for number in range(1, 301)]
    there: list[Any] = [{"id": f"gid://shopify/Product/{number}"} for number in ids[:250]]
    installation = {"accessScopes": [{"handle": "write_products"}]}
    answered(wire, {"nodes": [*there[:9], None, *there[10:]], "currentAppInstallation": installation})
    found = reader(ApiBench()).gone(shop_with(), "products", ids)
    assert [json.loads(record.body) for record in found.records] == [{"kind": "product", "id": "10"}]
    assert found.left == tuple(ids[250:])


def test_a_shop_that_asks_to_wait_says_nothing_of_any(wire: responses.RequestsMock) -> None:
    wire.add("POST", GRAPHQL, json=throttled(300, 0))
    found = reader(ApiBench(), patience_s=1.0).gone(shop_with(), "products", ["1", "2"])
    assert (found.records, found.left) == ((), ("1", "2"))
    assert found.wait_s > 0
