"""The shop for tests: bulk operations, and that the fast way of writing their lines gives what graphql-core gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import requests
from graphql import ArgumentNode, FieldNode, IntValueNode, NameNode, Visitor, parse, print_ast, visit

from collector.sources.shopify import bulk_result, queries
from tests.shopify_shop import cost
from tests.shopify_shop.answering import Asked
from tests.shopify_shop.asking import Client, virtual
from tests.shopify_shop.bulk import ENDED
from tests.shopify_shop.naming import Json
from tests.shopify_shop.server import ShopifyShop, recent, shop_open
from tests.stand_ins.clock import Virtual
from tests.stand_ins.listening import listening

RUN = """mutation($query: String!) { bulkOperationRunQuery(query: $query, groupObjects: false) {
  bulkOperation { id status } userErrors { field message code } } }"""
LOOK = """query($id: ID!) { bulkOperation(id: $id) {
  status errorCode objectCount rootObjectCount url partialDataUrl completedAt } }"""
TEAS = "{products{nodes{id title variants{nodes{id title}}}}}"
OURS = tuple(name for name in queries.names() if name.startswith("bulk_"))
VARIABLES = {"search": None, "keys": ["custom.tier", "custom.other"]}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[ShopifyShop]:
    clock = virtual()
    with shop_open(recent(clock, customers=240, orders=110, products=24), tmp_path, clock) as opened:
        yield opened


def run(shop: ShopifyShop, query: str) -> str:
    payload = Client(shop).data(RUN, query=query)["bulkOperationRunQuery"]
    assert payload["userErrors"] == [], payload["userErrors"]
    id_: str = payload["bulkOperation"]["id"]
    return id_


def written(shop: ShopifyShop, id_: str) -> None:
    """The thread that writes the result is through with it."""
    thread = shop.bulk.operations[int(id_.rsplit("/", 1)[-1])].thread
    assert thread is not None
    thread.join(30)


def look(shop: ShopifyShop, id_: str) -> Json:
    found: Json = Client(shop).data(LOOK, id=id_)["bulkOperation"]
    return found


def result(shop: ShopifyShop, query: str) -> list[Json]:
    id_ = run(shop, query)
    written(shop, id_)
    found = look(shop, id_)
    assert found["status"] == "COMPLETED", found
    lines = [json.loads(line) for line in requests.get(found["url"], timeout=30).iter_lines()]
    assert int(found["objectCount"]) == len(lines)
    assert int(found["rootObjectCount"]) == sum("__parentId" not in line for line in lines)
    return lines


class _Paged(Visitor):
    """The same query with pages large enough for everything."""

    def enter_field(self, node: FieldNode, *_: object) -> FieldNode | None:
        below = node.selection_set.selections if node.selection_set else ()
        is_connection = any(isinstance(one, FieldNode) and one.name.value == "edges" for one in below)
        if not is_connection:
            return None
        first = ArgumentNode(name=NameNode(value="first"), value=IntValueNode(value="250"))
        kept = tuple(one for one in node.arguments or () if one.name.value != "first")
        return FieldNode(
            alias=node.alias,
            name=node.name,
            arguments=(*kept, first),
            directives=node.directives,
            selection_set=node.selection_set,
        )


def flat(node: Json, parent: str = "") -> Iterator[Json]:
    """A record as graphql-core gives it -> its lines."""
    below: list[Json] = []

    def without_connections(value: object) -> object:
        if isinstance(value, list):
            return [without_connections(each) for each in value]
        if not isinstance(value, dict):
            return value
        kept = {}
        for key, inner in value.items():
            if isinstance(inner, dict) and "edges" in inner:
                below.extend(edge["node"] for edge in inner["edges"])
            else:
                kept[key] = without_connections(inner)
        return kept

    line = without_connections(node)
    assert isinstance(line, dict)
    yield {**line, "__parentId": parent} if parent else line
    for child in below:
        yield from flat(child, node["id"])


@pytest.mark.parametrize("name", OURS)
def test_lines_are_what_graphql_core_gives(shop: ShopifyShop, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    query = parse(bulk_result.inlined(queries.query(name).text, VARIABLES))
    text = print_ast(visit(query, _Paged()))
    shop.bucket.size = shop.bucket.points = 10**9
    monkeypatch.setattr(cost, "LARGEST", 10**9)
    data = shop.answering.answer(text, {}, None, Asked("2026-07", shop.access.scopes))["data"]
    [root] = data.values()
    nodes = [edge["node"] for edge in root["edges"]]
    expected = [line for node in nodes for line in flat(node)]
    lines = result(shop, print_ast(query))
    assert len(lines) >= 24
    assert sorted(map(_text, lines)) == sorted(map(_text, expected))
    assert [line["id"] for line in lines if "__parentId" not in line] == [node["id"] for node in nodes]
    shop.check()


def _text(line: Json) -> str:
    return json.dumps(line, sort_keys=True)


def test_parents_come_first_but_their_children_are_not_beside_them(shop: ShopifyShop) -> None:
    lines = result(shop, TEAS)
    met = set[str]()
    for line in lines:
        assert "__parentId" not in line or line["__parentId"] in met
        met.add(line["id"])
    beside = [second.get("__parentId") == first["id"] for first, second in pairwise(lines)]
    assert sum(beside) <= 2
    children = [line for line in lines if "__parentId" in line]
    assert len({line["__parentId"] for line in children}) == 24


def test_an_operation_goes_its_way_by_the_clock_and_tells_when_it_ended(shop: ShopifyShop) -> None:
    assert isinstance(shop.clock, Virtual)
    shop.bulk.timing.created_s, shop.bulk.timing.running_s = 5, 60
    with listening() as listener:
        shop.subscriptions.create(
            {"topic": "BULK_OPERATIONS_FINISH", "webhookSubscription": {"uri": listener.url, "format": "JSON"}}
        )
        id_ = run(shop, TEAS)
        written(shop, id_)
        assert look(shop, id_)["status"] == "CREATED"
        shop.clock.advance(6)
        running = look(shop, id_)
        assert (running["status"], running["url"], running["completedAt"]) == ("RUNNING", None, None)
        shop.clock.advance(60)
        assert look(shop, id_)["status"] == "COMPLETED"
        shop.deliveries.send_due()
        [met] = listener.met
    body = json.loads(met.body)
    assert met.headers["x-shopify-topic"] == "bulk_operations/finish"
    assert (body["status"], body["error_code"], body["type"], body["admin_graphql_api_id"]) == (
        "completed",
        None,
        "query",
        id_,
    )


def test_no_rows_is_a_success_without_an_address(shop: ShopifyShop) -> None:
    id_ = run(shop, '{customers(query:"email:nobody@example.org"){nodes{id}}}')
    written(shop, id_)
    found = look(shop, id_)
    assert (found["status"], found["url"], found["objectCount"]) == ("COMPLETED", None, "0")


def test_what_failed_leaves_what_it_had(shop: ShopifyShop) -> None:
    shop.bulk.fail_next = [("INTERNAL_SERVER_ERROR", 10)]
    id_ = run(shop, "{customers{nodes{id}}}")
    written(shop, id_)
    found = look(shop, id_)
    assert (found["status"], found["errorCode"], found["url"]) == ("FAILED", "INTERNAL_SERVER_ERROR", None)
    assert len(requests.get(found["partialDataUrl"], timeout=30).text.splitlines()) == 10


def test_a_missing_scope_fails_the_operation(shop: ShopifyShop) -> None:
    shop.access.scopes = ("read_orders",)
    id_ = run(shop, "{customers{nodes{id}}}")
    written(shop, id_)
    found = look(shop, id_)
    assert (found["status"], found["errorCode"], found["url"]) == ("FAILED", "ACCESS_DENIED", None)


def test_five_may_run_at_once(shop: ShopifyShop) -> None:
    shop.bulk.timing.running_s = 60
    for _ in range(5):
        run(shop, "{customers{nodes{id}}}")
    [error] = Client(shop).data(RUN, query=TEAS)["bulkOperationRunQuery"]["userErrors"]
    assert error["code"] == "OPERATION_IN_PROGRESS"


@pytest.mark.parametrize(
    ("why", "query", "said"),
    [
        ("no connection", "{shop{name}}", "at least one connection"),
        ("three levels", "{products{nodes{id variants{nodes{id media{nodes{id}}}}}}}", "nesting depth"),
        ("by node", '{node(id:"gid://shopify/Product/1"){id}}', "node and nodes"),
        ("two questions", "{products{nodes{id}} customers{nodes{id}}}", "one root field"),
        ("in a list", "{orders{nodes{id refunds{id refundLineItems{nodes{quantity}}}}}}", "within a list"),
        ("no such field", "{products{nodes{id shoe}}}", "Cannot query field"),
        ("not GraphQL", "{products", "Syntax Error"),
    ],
)
def test_what_shopify_refuses_is_refused(shop: ShopifyShop, why: str, query: str, said: str) -> None:
    [error] = Client(shop).data(RUN, query=query)["bulkOperationRunQuery"]["userErrors"]
    assert said in error["message"], why
    assert error["code"] == "INVALID"


def test_a_download_may_break_off(shop: ShopifyShop) -> None:
    id_ = run(shop, "{customers{nodes{id}}}")
    written(shop, id_)
    url = look(shop, id_)["url"]
    shop.drop_bulk_after = [1000]
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(url, timeout=30)
    assert len(requests.get(url, timeout=30).text.splitlines()) == 240


def test_a_token_sent_to_the_storage_is_a_fault(shop: ShopifyShop) -> None:
    id_ = run(shop, "{customers{nodes{id}}}")
    written(shop, id_)
    answer = requests.get(look(shop, id_)["url"], headers={"X-Shopify-Access-Token": "shpat_x"}, timeout=30)
    assert answer.status_code == 400
    with pytest.raises(AssertionError, match="storage"):
        shop.check()


def test_a_cancelled_operation_ends(shop: ShopifyShop) -> None:
    shop.bulk.timing.running_s = 60
    id_ = run(shop, TEAS)
    cancel = "mutation($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { status } userErrors { message } } }"
    assert Client(shop).data(cancel, id=id_)["bulkOperationCancel"]["bulkOperation"]["status"] == "CANCELING"
    written(shop, id_)
    assert isinstance(shop.clock, Virtual)
    shop.clock.advance(61)
    assert look(shop, id_)["status"] in ENDED
