"""Erasing somebody: the address is nowhere afterwards, nobody else is touched, and nothing old brings it back."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from collector.domain.delivery_calls import Call
from collector.domain.door import Lane, NewRow
from collector.domain.erasing import Spellings
from collector.domain.events import Strength
from collector.domain.identity import Node
from collector.domain.outbox import State
from collector.domain.reasons import Reason
from collector.domain.shop import Shop
from collector.domain.timestamps import to_text
from collector.pipeline.addressing import Addressing
from collector.pipeline.erasing import Erased, erase
from collector.storage.sqlite.connection import open_inbox
from collector.storage.sqlite.delivery_calls import DeliveryCalls
from collector.storage.sqlite.outbox import Outbox
from tests.pipeline.row_builders import (
    ANA,
    BO,
    at,
    beacon,
    cart,
    event,
    gmt,
    iso,
    shopify_cart,
    shopify_checkout,
    shopify_customer,
    shopify_order,
    typed,
    woo_customer,
    woo_order,
)
from tests.pipeline.state_dump import dump
from tests.pipeline.telling_bench import LIVE_SHOPIFY, LIVE_WOO, MUG, TEA, TellingBench, telling_bench

ANAS, BOS = "ana@shop.example", "bo@shop.example"
HERS = Node("email", ANAS)
LATER = 200  # minutes: the erasure
CONSENT: dict[str, Any] = {"email_marketing_consent": {"state": "subscribed", "consent_updated_at": iso(-600)}}
BOS_OWN = [
    beacon(-29, BO, typed(-29, BOS, opt_in=True)),
    beacon(-19, BO, cart(-19, TEA)),
]
WOO_STORY = [
    beacon(-30, ANA, event(-30, "page_viewed"), typed(-30, "Ana@Shop.example", opt_in=True)),
    beacon(-20, ANA, cart(-20, MUG)),
    woo_customer(-10),
    woo_order(0, "processing", MUG, meta={"_tajo_id": ANA}, customer_id=1),
    woo_order(20, "completed", MUG, meta={"_tajo_id": ANA}, customer_id=1),
]
SHOPIFY_STORY = [
    shopify_customer(-60, **CONSENT),
    beacon(-30, ANA, typed(-30, ANAS)),
    shopify_cart(-20, MUG, visitor=ANA),
    shopify_checkout(-15, MUG, email=ANAS, customer={"id": 1}),
    shopify_order(0, "paid", MUG, customer={"id": 1}, billing_address={"first_name": "Ana", "address1": "Mill Lane 1"}),
]
STORIES = pytest.mark.parametrize(
    ("shop", "story"),
    [(LIVE_WOO, WOO_STORY), (LIVE_SHOPIFY, SHOPIFY_STORY)],
    ids=["woocommerce", "shopify"],
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("erasing")) as found:
        yield found


@pytest.fixture
def bench(files: TellingBench) -> TellingBench:
    with open_inbox(files.files.folder / "tajo.inbox.db") as inbox:
        inbox.execute("delete from inbox")
    files.begin()
    return files


def erased(bench: TellingBench, *, minutes: float = LATER, email: str = ANAS) -> Erased:
    return erase(bench.state, bench.files.reader, [bench.shop], [bench.shop], email, at(minutes))


def lived(bench: TellingBench, shop: Shop, rows: list[NewRow]) -> None:
    """Folded, decided, delivered and logged."""
    bench.begin(shop)
    bench.happen(*rows)
    bench.pass_until(60)
    leave(bench)


def leave(bench: TellingBench) -> None:
    calls = DeliveryCalls(bench.files.connection)
    for row in bench.rows():
        if row.state is not State.WAITING:
            continue
        said = str(dict(row.message.payload))
        calls.keep(row.id, [Call("POST", "/events", said, 204, said, "r")], at(60))
        Outbox(bench.files.connection).done(row.id, at(60))


def mentions(bench: TellingBench, *words: str) -> list[str]:
    """`table: what` for every value of both files that holds one of them, packed ones unpacked."""
    holds, found = Spellings(words), []
    with open_inbox(bench.files.folder / "tajo.inbox.db") as inbox:
        for name, connection in (("state", bench.files.connection), ("inbox", inbox)):
            tables = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
            for (table,) in tables:
                for row in connection.execute(f"select * from {table}").fetchall():
                    found += [f"{name} {table}: {value}" for value in map(plain, row) if holds(value)]
    return found


def plain(value: Any) -> str:
    if not isinstance(value, bytes):
        return str(value)
    try:
        return zlib.decompress(value).decode()
    except zlib.error:
        return value.decode("utf-8", "replace")


def told_of(bench: TellingBench, who: str) -> list[str]:
    return [one for one in bench.told("any") if one.startswith(f"{who} ") and "erasure" not in one]


def deliver_erasure(bench: TellingBench) -> None:
    for row in bench.rows():
        if row.message.kind == "erasure":
            Outbox(bench.files.connection).done(row.id, at(LATER))


@STORIES
def test_the_address_is_nowhere_and_nobody_else_is_touched(
    bench: TellingBench, shop: Shop, story: list[NewRow]
) -> None:
    lived(bench, shop, BOS_OWN)
    alone = {table: [row for row in rows if "bo" in str(row)] for table, rows in dump(bench.files.connection).items()}
    lived(bench, shop, [*BOS_OWN, *story])
    before = len(mentions(bench, BOS))
    assert {one.split(":")[0] for one in mentions(bench, ANAS)} >= {
        "state events", "state outbox", "state outbox_calls", "state orders", "inbox inbox"
    }  # fmt: skip
    done = erased(bench)
    assert done.busy == 0
    assert done.told == ["brevo"]
    waiting = [one for one in mentions(bench, ANAS) if "outbox" not in one]
    assert waiting == []
    deliver_erasure(bench)
    assert mentions(bench, ANAS, ANA, "Mill Lane", "5337010") == []
    left = {table: [row for row in rows if "bo" in str(row)] for table, rows in dump(bench.files.connection).items()}
    assert left == alone
    assert len(mentions(bench, BOS)) == before
    (order,) = bench.files.connection.execute("select number, total_minor, state, email from orders").fetchall()
    assert order[1:] == (500, "paid", ""), "the books stay"


@STORIES
@pytest.mark.parametrize("lane", list(Lane))
def test_nothing_old_brings_anything_back(bench: TellingBench, shop: Shop, story: list[NewRow], lane: Lane) -> None:
    lived(bench, shop, story)
    erased(bench)
    deliver_erasure(bench)
    again = [replace(row, delivery_id=f"again-{place}") for place, row in enumerate(story)]
    later = LATER + 10
    for row in again:
        bench.arrive(replace(row, lane=lane))
    bench.fold(at(later), lane)
    bench.pass_until(later + 60)
    raw = [one for one in mentions(bench, ANAS, ANA) if not one.startswith("inbox")]
    assert raw == []
    assert [row for row in bench.rows() if row.state is State.WAITING] == []
    assert len(bench.files.connection.execute("select * from orders").fetchall()) == 1


NEW_ORDER: dict[str, Any] = {"number": 8, "meta": {"_tajo_id": ANA}, "date_created_gmt": gmt(LATER + 5)}


@pytest.mark.parametrize(
    ("why", "row", "is_back"),
    [
        ("the record changed: nobody did anything", woo_customer(LATER + 5), False),
        ("an old order was changed", woo_order(LATER + 5, "completed", MUG, meta={"_tajo_id": ANA}), False),
        ("a new order", woo_order(LATER + 5, "processing", TEA, **NEW_ORDER), True),
        ("a new account", woo_customer(LATER + 5, date_created_gmt=gmt(LATER + 5)), True),
        ("a new opt-in", beacon(LATER + 5, "visitor-new", typed(LATER + 5, ANAS, opt_in=True)), True),
        ("a look of the browser from before", beacon(-25, ANA, event(-25, "page_viewed", number="late")), False),
    ],
)
def test_who_comes_back_by_themselves_begins_afresh(bench: TellingBench, why: str, row: NewRow, is_back: bool) -> None:
    lived(bench, LIVE_WOO, WOO_STORY)
    erased(bench)
    deliver_erasure(bench)
    bench.happen(replace(row, delivery_id="new"))
    found = [one for one in mentions(bench, ANAS, ANA) if not one.startswith("inbox")]
    assert bool(found) == is_back, (why, found)


def basis(bench: TellingBench) -> object:
    with bench.state.read() as tx:
        return Addressing(tx, bench.shop).by_email(ANAS, Strength.ORDERED).basis


def opted_out(minutes: float) -> NewRow:
    said: dict[str, Any] = {"email_marketing_consent": {"state": "unsubscribed", "consent_updated_at": iso(minutes)}}
    return shopify_customer(minutes, **said)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_no_stays_a_no(bench: TellingBench, when: str) -> None:
    lived(bench, LIVE_SHOPIFY, SHOPIFY_STORY)
    if when == "before":
        bench.happen(opted_out(100))
    erased(bench)
    if when == "after":
        bench.happen(replace(opted_out(LATER + 1), received_at=at(LATER + 1)))
    deliver_erasure(bench)
    imported = replace(shopify_customer(-60, **CONSENT), received_at=at(LATER + 10), delivery_id="import")
    bench.happen(imported, lane=Lane.HISTORY)
    assert [one for one in mentions(bench, ANAS) if not one.startswith("inbox")] == []
    assert basis(bench) is Reason.OPTED_OUT
    new: dict[str, Any] = {"created_at": iso(LATER + 20), "number": 8, "buyer_accepts_marketing": False}
    bench.happen(shopify_order(LATER + 20, "paid", TEA, **new))
    assert basis(bench) is Reason.OPTED_OUT, "an order is no opt-in"
    assert all(not row.message.payload.get("may_market") for row in bench.rows() if row.state is State.WAITING)


def test_a_number_goes_unless_somebody_else_is_known_by_it(bench: TellingBench) -> None:
    phone = "+4315337010"
    bos = woo_order(10, "processing", TEA, number=9, billing={"email": BOS, "country": "AT", "phone": phone})
    for others, is_kept in (([], False), ([bos], True)):
        lived(bench, LIVE_WOO, [*WOO_STORY, *others])
        erased(bench)
        deliver_erasure(bench)
        found = mentions(bench, phone)
        assert bool(found) is is_kept, found
        assert mentions(bench, ANAS) == []


def test_a_shop_that_is_new_hears_of_the_no(bench: TellingBench) -> None:
    lived(bench, LIVE_SHOPIFY, SHOPIFY_STORY)
    bench.happen(opted_out(100))
    erased(bench)
    bench.shop = LIVE_WOO
    bench.happen(beacon(-50, ANA, typed(-50, ANAS, opt_in=True)), woo_customer(-60))
    assert basis(bench) is Reason.OPTED_OUT


def test_what_a_worker_has_in_hand_is_left_for_the_next_time(bench: TellingBench) -> None:
    bench.happen(*WOO_STORY)
    bench.arrive(woo_order(30, "completed", MUG))
    outbox = Outbox(bench.files.connection)
    (row, *_) = outbox.claim("brevo", "w", at(60), at(0), 1)
    done = erased(bench)
    assert done.busy == 2, "a message and a raw row"
    outbox.done(row.id, at(LATER))
    bench.fold(at(LATER))
    assert erased(bench, minutes=LATER + 1).busy == 0
    deliver_erasure(bench)
    assert mentions(bench, ANAS) == []


def test_an_account_of_several_shops_keeps_the_contact_for_the_others(bench: TellingBench) -> None:
    """The woocommerce shop alone erases; then the other one, too."""
    lived(bench, LIVE_SHOPIFY, SHOPIFY_STORY)
    bench.shop = LIVE_WOO
    bench.happen(*WOO_STORY)
    both = [LIVE_WOO, LIVE_SHOPIFY]
    done = erase(bench.state, bench.files.reader, [LIVE_WOO], both, ANAS, at(LATER))
    assert (done.told, done.kept) == ([], ["brevo"])
    assert [one for one in mentions(bench, ANAS) if "tea.myshopify" not in one], "the other shop's stays"
    done = erase(bench.state, bench.files.reader, [LIVE_SHOPIFY], both, ANAS, at(LATER))
    assert (done.told, done.kept) == (["brevo"], [])
    deliver_erasure(bench)
    assert mentions(bench, ANAS) == []


def test_the_bytes_are_gone_from_the_files(bench: TellingBench) -> None:
    lived(bench, LIVE_WOO, WOO_STORY)
    erased(bench)
    deliver_erasure(bench)
    with open_inbox(bench.files.folder / "tajo.inbox.db") as inbox:
        for connection in (bench.files.connection, inbox):
            connection.execute("pragma wal_checkpoint(truncate)")
    words = (ANAS.encode(), b"Ana@Shop.example")
    files = [bench.files.folder / name for name in ("tajo.db", "tajo.inbox.db")]
    assert [file.name for file in files if any(word in file.read_bytes() for word in words)] == []


def test_each_erasure_is_on_record_without_the_address(bench: TellingBench) -> None:
    lived(bench, LIVE_WOO, WOO_STORY)
    done = erased(bench)
    with bench.state.read() as tx:
        (record,) = tx.erasing.records(10)
        assert (record.mark, record.by_whom, record.counts) == (tx.erasing.mark(HERS), "command", done.counts)
        assert to_text(record.at) == to_text(at(LATER))
    assert done.counts["orders without the person"] == 1


@pytest.mark.parametrize(
    ("spelled", "is_held"),
    [
        ("Ana+Tea@Shop.example", True),
        ('{"email": "ana+tea\\u0040shop.example"}', True),
        ("/contacts/ana%2Btea%40shop.example?x", True),
        ("ana%2btea@shop.example", True),
        ("ana@shop.example", False),
        ("joana+tea@shop.example", False),
        ("ana+tea@shop.example.org", False),
        ("x.ana+tea@shop.example", False),
        ("mail from ana+tea@shop.example.", True),
        ('"note": "write to\\nana+tea@shop.example"', True),
        ("?back=%2Fa%3Fmail%3Dana%2Btea%40shop.example", True),
        ("contact:ana+tea@shop.example:0f", True),
    ],
)
def test_an_address_is_found_in_every_spelling(spelled: str, is_held: bool) -> None:
    assert Spellings(["ana+tea@shop.example"])(spelled) is is_held
