"""An order that changed is told once, whoever tells first: a webhook, the record read again, or both in any order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.domain.door import Lane, NewRow
from collector.domain.timestamps import to_text
from tests.pipeline.row_builders import at, iso, shopify_order, webhook, woo_order
from tests.pipeline.telling_bench import LIVE_SHOPIFY, LIVE_WOO, MUG, POT, TEA, TellingBench, telling_bench

FOUND: dict[str, Any] = {"landing_site": "/?utm_source=x"}  # a read knows it only when Shopify put the visits together


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("changes")) as bench:
        yield bench


@pytest.fixture
def bench(files: TellingBench) -> TellingBench:
    files.begin(LIVE_SHOPIFY)
    return files


def money(amount: int) -> dict[str, Any]:
    one = {"amount": f"{amount}.00", "currencyCode": "EUR"}
    return {"shopMoney": one, "presentmentMoney": one}


def read(minutes: float, *names: str, asked: float = 0.0, **changes: Any) -> NewRow:
    """The order as it was at `minutes`, asked for `asked` minutes later; Shopify has not put the visits together."""
    node = {
        "id": "gid://shopify/Order/7",
        "createdAt": iso(0),
        "updatedAt": iso(minutes),
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "UNFULFILLED",
        "sourceName": "web",
        "currencyCode": "EUR",
        "totalPriceSet": money(5 * len(names)),
        "email": "ana@shop.example",
        "cartToken": "token-1",
        "checkoutToken": "checkout-1",
        "lineItems": {
            "nodes": [
                {
                    "id": f"gid://shopify/LineItem/{name}",
                    "product": {"id": f"gid://shopify/Product/{name}"},
                    "quantity": 1,
                    "originalUnitPriceSet": money(5),
                }
                for name in names
            ]
        },
        "refunds": [],
        "customerJourneySummary": None,
        **changes,
    }
    name = f"read-{minutes}-{asked}"
    return webhook(minutes + asked, "read/orders", node, name, triggered_at=to_text(at(minutes + asked)))


def told(minutes: float, *names: str, state: str = "paid", delivery: str = "", **changes: Any) -> NewRow:
    row = shopify_order(minutes, state, *names, **{**FOUND, **changes})
    facts = {"triggered_at": to_text(at(minutes) + timedelta(milliseconds=100))}
    return replace(row, facts=facts, delivery_id=delivery or f"told-{minutes}-{state}")


PLACED = told(0, MUG)
EDITED = webhook(
    30, "orders/edited", {"order_edit": {"id": 1, "order_id": 7, "line_items": {"additions": [{"id": 1}]}}}
)
CHANGED = [told(30, MUG, POT), told(30, MUG, POT, delivery="again"), read(30, MUG, POT, asked=0.2)]


def changes_told(bench: TellingBench) -> list[int]:
    """How many products each `order_updated` shows."""
    return [len(payload["properties"]["items"]) for payload in bench.sent("order_updated")]


@pytest.mark.parametrize("arrived", list(permutations(CHANGED)))
def test_a_change_is_told_once_whoever_tells_first(bench: TellingBench, arrived: Sequence[NewRow]) -> None:
    bench.happen(PLACED, EDITED, *arrived)
    assert changes_told(bench) == [2]
    bench.happen(*(replace(row, delivery_id=f"late-{row.delivery_id}") for row in [PLACED, *reversed(arrived)]))
    assert changes_told(bench) == [2], "nor by whatever comes once more"


@pytest.mark.parametrize(
    ("why", "rows", "expected"),
    [
        ("read first, then a webhook of a version that says the same", [read(30, MUG, POT), told(40, MUG, POT)], [2]),
        ("the other way round", [told(30, MUG, POT), read(40, MUG, POT)], [2]),
        ("a version that says what the first one said", [told(30, MUG), read(40, MUG)], []),
        ("another change", [*CHANGED, told(40, MUG, POT, TEA), read(40, MUG, POT, TEA)], [2, 3]),
        ("put back as it was", [*CHANGED, read(40, MUG), told(40, MUG)], [2, 1]),
        ("put back and changed again", [*CHANGED, told(40, MUG), told(50, MUG, POT), read(50, MUG, POT)], [2, 1, 2]),
        ("a part of it read first, the whole of it later", [read(30, MUG, POT), read(30, MUG, POT, TEA, asked=5)], [2]),
        ("paid in the second of a change", [told(30, MUG, POT, state="pending"), told(30, MUG, POT)], [2, 2]),
        ("in the wrong order", [told(30, MUG, POT), told(30, MUG, POT, state="pending")], [2]),
        ("found out later how the order was found", [read(30, MUG, POT), read(30, MUG, POT, asked=9)], [2]),
    ],
)
def test_what_is_a_change(bench: TellingBench, why: str, rows: Sequence[NewRow], expected: list[int]) -> None:
    bench.happen(PLACED, *rows)
    assert changes_told(bench) == expected, why


def test_a_history_that_is_read_first_does_not_silence_the_webhook(bench: TellingBench) -> None:
    bench.happen(PLACED)
    bench.happen(read(30, MUG, POT), lane=Lane.HISTORY)
    assert changes_told(bench) == []
    bench.happen(told(30, MUG, POT), read(30, MUG, POT, asked=1))
    assert changes_told(bench) == [2]


def test_a_change_told_before_versions_were_noted_is_not_told_again(bench: TellingBench) -> None:
    bench.happen(PLACED, told(30, MUG, POT))
    connection = bench.files.connection
    connection.execute(
        "update orders set substance = '', first_substance = '', told_version_at = version_at, told_state = state,"
        " told_substance = ''"
    )
    connection.execute(
        "update outbox set message_key = 'event:order_updated:7:' || (select substr(content_hash, 1, 8) from orders)"
        " || ':ana@shop.example' where message_key like 'event:order_updated:%'"
    )
    bench.happen(read(30, MUG, POT, asked=1), told(30, MUG, POT, delivery="again"))
    assert changes_told(bench) == [2], "the same version"
    bench.happen(told(50, MUG, POT, TEA))
    assert changes_told(bench) == [2, 3], "a change"


def test_woocommerce_tells_a_change_once_too(files: TellingBench) -> None:
    files.begin(LIVE_WOO)
    body = woo_order(30, "processing", MUG, POT)
    asked = replace(body, topic="read/orders", delivery_id="read", facts={"triggered_at": to_text(at(31))})
    saved_again = woo_order(40, "processing", MUG, POT)
    files.happen(woo_order(0, "processing", MUG), asked, body, replace(body, delivery_id="again"), saved_again)
    assert changes_told(files) == [2]


STORY = [PLACED, EDITED, *CHANGED, told(40, MUG, POT), read(40, MUG, POT, asked=1), told(50, MUG, POT, TEA)]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_order_of_arrival_doubles_a_change(files: TellingBench, data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(STORY), max_size=4))
    arrived = data.draw(st.permutations([*STORY, *again]))
    files.begin(LIVE_SHOPIFY)
    late = max(row.received_at for row in STORY) + timedelta(minutes=1)
    rows = [
        replace(row, delivery_id=f"delivery-{place}", received_at=late + timedelta(seconds=place))
        for place, row in enumerate(arrived)
    ]
    size = data.draw(st.integers(1, 5))
    for start in range(0, len(rows), size):
        files.arrive(*rows[start : start + size])
        files.fold(rows[start].received_at + timedelta(minutes=1))
    shown = changes_told(files)
    assert len(shown) == len(set(shown)), "each state of it at most once"
    assert shown == sorted(shown), "and none after a newer one"
    assert len(files.sent("order_placed")) == 1
