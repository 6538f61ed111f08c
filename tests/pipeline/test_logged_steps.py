"""`log_webhooks`, `log_level: verbose` and `debug`: what the log says of webhooks and steps, and what it never says."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from collector.domain.door import Lane, NewRow
from tests.pipeline.row_builders import ANA, at, beacon, cart, shopify_order, typed, woo_order
from tests.pipeline.telling_bench import LIVE_SHOPIFY, MUG, TellingBench, telling_bench, under

ANAS = "ana@shop.example"
ORDER = woo_order(5, "processing", MUG, delivery="d-1")
UNUSED = replace(ORDER, topic="action.woocommerce_unknown", delivery_id="d-2")
BROKEN = replace(ORDER, body=b'{"id": 7, "billing": {"email": "ana@shop.example"', delivery_id="d-3")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("logged")) as found:
        yield found


def lines(caplog: pytest.LogCaptureFixture, said: str) -> list[dict[str, Any]]:
    """What stands in the lines that say so."""
    return [vars(record) | {"level": record.levelname} for record in caplog.records if record.getMessage() == said]


@pytest.mark.parametrize(
    ("why", "rows", "expected"),
    [
        ("it brought facts", [ORDER], [("d-1", "facts", "")]),
        ("it came twice", [ORDER, ORDER], [("d-1", "facts", ""), ("d-1", "duplicate", "")]),
        ("nobody uses its topic", [UNUSED], [("d-2", "skipped", "not_used")]),
        ("nobody understands it", [BROKEN, ORDER], [("d-3", "quarantined", "not_json"), ("d-1", "facts", "")]),
        ("a beacon is none", [beacon(0, ANA, cart(0, MUG))], []),
        ("a record that we asked for is none", [replace(ORDER, topic="read/order", delivery_id="")], []),
    ],
)
def test_what_became_of_each_webhook_is_one_line(
    files: TellingBench,
    caplog: pytest.LogCaptureFixture,
    why: str,
    rows: list[NewRow],
    expected: list[tuple[str, str, str]],
) -> None:
    files.begin(under(logs_webhooks=True))
    with caplog.at_level(logging.DEBUG, "collector"):
        files.arrive(*rows)
        files.fold(at(10))
    found = lines(caplog, "webhook folded")
    assert [(one["delivery_id"], one["outcome"], one.get("why", "")) for one in found] == expected
    assert all((one["level"], one["shop"]) == ("INFO", files.shop.address) for one in found)
    assert not lines(caplog, "row folded")


def test_a_batch_that_has_to_be_folded_again_is_told_once(
    files: TellingBench, caplog: pytest.LogCaptureFixture
) -> None:
    files.begin(under(logs_webhooks=True))
    poisoned = replace(ORDER, delivery_id="d-9")
    fold, sources = files.files.services, files.files.services.sources
    real = sources["woocommerce"]

    class Faulty:
        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def parse(self, row: Any, shop: Any) -> Any:
            if row.delivery_id == "d-9":
                raise ZeroDivisionError("of ours")
            return real.parse(row, shop)

    files.files.services = replace(fold, sources={**sources, "woocommerce": Faulty()})
    try:
        with caplog.at_level(logging.DEBUG, "collector"):
            files.arrive(ORDER, poisoned)
            files.fold(at(10))
    finally:
        files.files.services = fold
    told = [(one["delivery_id"], one["outcome"], one.get("why")) for one in lines(caplog, "webhook folded")]
    assert told == [("d-1", "facts", None), ("d-9", "quarantined", "fold_failed")]


@pytest.mark.parametrize("lane", list(Lane))
def test_verbose_tells_every_step_and_no_address(
    files: TellingBench, caplog: pytest.LogCaptureFixture, lane: Lane
) -> None:
    files.begin(under(logs_steps=True))
    with caplog.at_level(logging.DEBUG, "collector"):
        files.happen(beacon(-30, ANA, typed(-30, ANAS, opt_in=True)), beacon(-20, ANA, cart(-20, MUG)))
        files.happen(woo_order(5, "processing", MUG, billing={"email": "bo@shop.example"}), lane=lane)
        files.pass_until(20)
    kinds = [one.get("kind") for one in lines(caplog, "row folded")]
    assert kinds[:2] == ["beacon", "beacon"]
    facts = lines(caplog, "row folded" if lane is Lane.HISTORY else "webhook folded")[-1]["facts"]
    assert "OrderSeen" in facts
    decided = lines(caplog, "decided")
    assert decided
    assert all(one["kind"] in ("cart", "browse") and one["outcome"] and one["reason"] for one in decided)
    assert "@shop.example" not in str([vars(record) for record in caplog.records])


def test_a_shop_that_wants_no_lines_has_none_beside_one_that_does(
    files: TellingBench, caplog: pytest.LogCaptureFixture
) -> None:
    files.begin(LIVE_SHOPIFY)
    with caplog.at_level(logging.DEBUG, "collector"):
        files.happen(shopify_order(5, "paid", MUG))
        files.pass_until(20)
    assert not [said for said in ("webhook folded", "row folded", "decided") if lines(caplog, said)]
