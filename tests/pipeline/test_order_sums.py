"""What an order that changes does to the sums of everybody it belongs to, or belonged to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from collector.domain.door import Lane, NewRow
from collector.domain.history import CONTACT
from collector.domain.shop import Shop
from collector.pipeline.history.composing import Composing
from tests.pipeline.row_builders import at, gmt, shopify_order, webhook, woo_customer, woo_order
from tests.pipeline.telling_bench import DISPLAY, LIVE_SHOPIFY, LIVE_WOO, MUG, POT, TellingBench, telling_bench, under

ACCOUNT, TYPO = "acc@shop.example", {"email": "typo@shop.example"}
HAS_ACCOUNT = woo_customer(-10, 5, "customer.created", email=ACCOUNT, date_created_gmt=gmt(-10))
OTHER = woo_order(-5, "processing", POT, number=6)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("sums")) as found:
        yield found


def told(bench: TellingBench) -> dict[str, tuple[Any, Any]]:
    """Address -> (orders, spent), as its contact was told last."""
    found: dict[str, tuple[Any, Any]] = {}
    for row in bench.rows():
        if row.message.kind == "contact":
            said = row.message.payload["attributes"]
            found[row.message.payload["email"].partition("@")[0]] = said.get("ORDER_COUNT"), said.get("TOTAL_SPENT")
    return found


def order(minutes: float, status: str = "processing", **changes: Any) -> NewRow:
    return woo_order(minutes, status, MUG, **changes)


def deleted(minutes: float) -> NewRow:
    return webhook(minutes, "order.deleted", {"id": 7})


CANCELLED: dict[str, Any] = {"cancelled_at": "2026-11-21T13:00:00Z"}


@pytest.mark.parametrize(
    ("why", "shop", "rows", "expected"),
    [
        ("bought", LIVE_WOO, [order(0)], {"ana": (1, 5)}),
        ("the only one is cancelled", LIVE_WOO, [order(0), order(60, "cancelled")], {"ana": (0, 0)}),
        ("it fails in the end", LIVE_WOO, [order(0, "on-hold"), order(60, "failed")], {"ana": (0, 0)}),
        ("it is thrown away", LIVE_WOO, [order(0), order(60, "trash")], {"ana": (0, 0)}),
        ("it is deleted", LIVE_WOO, [order(0), deleted(60)], {"ana": (0, 0)}),
        ("one of two is", LIVE_WOO, [OTHER, order(0), order(60, "cancelled")], {"ana": (1, 5)}),
        ("only tried to", LIVE_WOO, [HAS_ACCOUNT, order(0, "failed", customer_id=5)], {"acc": (None, None)}),
        ("it is back", LIVE_WOO, [order(0), order(60, "cancelled"), order(90)], {"ana": (1, 5)}),
        (
            "at Shopify, too",
            LIVE_SHOPIFY,
            [shopify_order(0, "paid", MUG), shopify_order(60, "paid", MUG, **CANCELLED)],
            {"ana": (0, 0)},
        ),
        (
            "an account buys under another address",
            LIVE_WOO,
            [HAS_ACCOUNT, order(0, customer_id=5)],
            {"acc": (1, 5), "ana": (1, 5)},
        ),
        (
            "which is cancelled",
            LIVE_WOO,
            [HAS_ACCOUNT, order(0, customer_id=5), order(60, "cancelled", customer_id=5)],
            {"acc": (0, 0), "ana": (0, 0)},
        ),
        (
            "which is deleted",
            LIVE_WOO,
            [HAS_ACCOUNT, order(0, customer_id=5), deleted(60)],
            {"acc": (0, 0), "ana": (0, 0)},
        ),
        (
            "staff give a guest's order to an account",
            LIVE_WOO,
            [HAS_ACCOUNT, order(0), order(60, customer_id=5)],
            {"acc": (1, 5), "ana": (1, 5)},
        ),
        (
            "staff correct the address",
            LIVE_WOO,
            [order(0, billing=TYPO), order(60)],
            {"typo": (0, 0), "ana": (1, 5)},
        ),
        (
            "an account that is staff is nobody's contact",
            LIVE_WOO,
            [woo_customer(-10, 5, email=ACCOUNT, role="shop_manager"), order(0, customer_id=5)],
            {"ana": (1, 5)},
        ),
    ],
)
def test_the_sums_of_everybody_whose_order_it_is(
    files: TellingBench, why: str, shop: Shop, rows: Sequence[NewRow], expected: dict[str, tuple[Any, Any]]
) -> None:
    files.begin(shop)
    files.happen(*rows)
    assert told(files) == expected, why


def test_an_address_the_order_only_had_before_it_was_placed_is_not_told_of(files: TellingBench) -> None:
    files.begin()
    files.happen(order(0, "pending", billing=TYPO), order(5))
    assert told(files) == {"ana": (1, 5)}


def test_an_address_that_was_told_by_an_import_and_is_corrected_then(tmp_path: Path) -> None:
    with telling_bench(tmp_path) as files:
        files.begin()
        files.happen(order(0, billing=TYPO), lane=Lane.HISTORY)
        with files.state.write() as tx:
            batch = tx.history.add_batch("brevo", files.shop.id, CONTACT, "", at(10))
            tx.history.assign(batch, files.shop.id, CONTACT, TYPO["email"], "", "told")
            Composing(tx, files.shop, at(10), DISPLAY).remember(TYPO["email"])
        files.happen(order(60))
        assert told(files) == {"typo": (0, 0), "ana": (1, 5)}


def test_whatever_comes_first_the_account_has_its_order(files: TellingBench) -> None:
    rows = (HAS_ACCOUNT, order(0, customer_id=5), order(60, "completed", customer_id=5))
    for arrival in permutations(rows):
        files.begin()
        files.happen(*arrival)
        assert told(files) == {"acc": (1, 5), "ana": (1, 5)}


@pytest.mark.parametrize(
    ("why", "rows", "expected"),
    [
        ("a debit that bounced", [order(0, "on-hold"), order(6000, "failed")], ["promised", "failed"]),
        ("never placed", [order(0, "pending"), order(5, "failed")], []),
        ("paid at last", [order(0, "on-hold"), order(60, "failed"), order(90)], ["promised", "failed", "paid"]),
        ("failed, then thrown away", [order(0, "on-hold"), order(60, "failed"), deleted(90)], ["promised", "failed"]),
        ("thrown away: nobody said why", [order(0), deleted(60)], ["paid"]),
    ],
)
def test_an_order_that_fails_after_all_is_no_sale_in_the_order_list(
    files: TellingBench, why: str, rows: Sequence[NewRow], expected: list[str]
) -> None:
    files.begin()
    files.happen(*rows)
    statuses = [row.message.payload["status"] for row in files.rows() if row.message.kind == "order"]
    assert statuses == expected, why


@pytest.mark.parametrize(
    ("why", "refunds", "amount"),
    [
        ("all of it", [{"id": 9, "total": "-5.00"}], 0),
        ("the list is empty: staff deleted the refund, or a plugin made none", [], 0),
        ("the list has a part of it", [{"id": 9, "total": "-2.00"}], 0),
    ],
)
def test_an_order_called_refunded_is_worth_nothing_in_the_list_as_in_the_sums(
    files: TellingBench, why: str, refunds: list[dict[str, Any]], amount: float
) -> None:
    files.begin()
    files.happen(order(0), order(60, "refunded", refunds=refunds))
    last = [row.message.payload for row in files.rows() if row.message.kind == "order"][-1]
    assert (last["status"], last["amount"]) == ("refunded", amount), why
    assert told(files) == {"ana": (1, 0)}, why


def test_who_only_left_a_checkout_that_was_thrown_away_is_nobody(files: TellingBench) -> None:
    files.begin()
    files.happen(order(0, "checkout-draft"), order(60, "trash"))
    with files.state.read() as tx:
        assert Composing(tx, LIVE_WOO, at(90), DISPLAY).contact("ana@shop.example") is None
    files.happen(order(90))
    with files.state.read() as tx:
        assert Composing(tx, LIVE_WOO, at(95), DISPLAY).contact("ana@shop.example") is not None


@pytest.mark.parametrize(
    ("why", "rows", "expected"),
    [
        ("it stands", [order(0)], "paid"),
        ("it failed after all", [order(0, "on-hold"), order(60, "failed")], "failed"),
        ("it was never placed", [order(0, "failed")], None),
    ],
)
def test_an_import_says_so_too(files: TellingBench, why: str, rows: Sequence[NewRow], expected: str | None) -> None:
    shop = replace(LIVE_WOO, activated_at=at(9000))
    files.begin(shop)
    files.happen(*rows)
    assert not [row for row in files.rows() if row.message.kind == "order"], why
    with files.state.read() as tx:
        found = Composing(tx, shop, at(9000), DISPLAY).order("7")
    assert (found.status if found else None) == expected, why


def test_what_is_over_is_emptied(files: TellingBench) -> None:
    mapping = {"average_order_value": "AOV", "last_order_date": "LAST:date", "days_since_last_order": "RECENCY"}
    files.begin(under(mapping=mapping))
    files.happen(order(0), order(60, "cancelled"))
    first, last = (row.message.payload["attributes"] for row in files.rows() if row.message.kind == "contact")
    assert (first["AOV"], first["LAST"], first["RECENCY"]) == (5, "2026-11-21", 0)
    assert (last["AOV"], last["LAST"], last["RECENCY"]) == ("", "", "")


def test_an_import_marks_the_account_of_an_order_under_another_address(files: TellingBench) -> None:
    files.begin()
    files.happen(HAS_ACCOUNT)
    files.happen(order(-2000, date_created_gmt=gmt(-2000), customer_id=5), lane=Lane.HISTORY)
    marked = files.files.connection.execute("select subject from history_marks where kind = 'contact' order by 1")
    assert marked.fetchall() == [(ACCOUNT,), ("ana@shop.example",)]
