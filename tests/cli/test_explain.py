"""`tajo explain`: a person's story at every shop that knows them, in order of time, in words."""

from __future__ import annotations

import json
import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

from collector.bootstrap import open_desk
from collector.bootstrap.folding import fold_services
from collector.config import load
from collector.domain.door import Lane, NewRow
from collector.domain.shop import Sending
from collector.pipeline.evaluate import EvaluateServices, evaluate_some
from collector.pipeline.fold import fold_some
from collector.storage.sqlite.inbox import InboxWriter
from collector.storage.sqlite.state import SqliteState
from tests.in_process import Tajo, settled
from tests.pipeline.row_builders import ANA, at, beacon, cart, event, for_shop, typed, woo_customer, woo_order
from tests.pipeline.telling_bench import ACTIVATED, DISPLAY, MUG, POLICY, ScriptedShop

ANAS = "ana@shop.example"
SHOPS = """
connectors:
  woocommerce:
    - {store_url: "https://shop.example", consumer_key: ck_1, consumer_secret: cs_1}
    - {store_url: "https://other.example", consumer_key: ck_2, consumer_secret: cs_2}
"""
LOOKS = beacon(
    -25, ANA, event(-25, "product_viewed", product={"id": MUG, "name": "Mug", "price": "5.00", "currency": "EUR"})
)
OPTS_IN = beacon(-30, ANA, typed(-30, ANAS, opt_in=True))
FILLS = beacon(-20, ANA, cart(-20, MUG))
BUYS = replace(woo_order(0, "processing", MUG, meta={"_tajo_id": ANA}), received_at=at(15))


@pytest.fixture
def tajo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tajo:
    return settled(tmp_path, SHOPS, monkeypatch)


def happen(*rows: NewRow, address: str = "shop.example", until: float = 10) -> None:
    """At a live shop of the folder; what is due by then is decided."""
    with open_desk(load({}, Path.cwd())) as desk:
        stored = desk.shops.find("woocommerce", address)
        assert stored is not None
        shop = replace(stored, sending=Sending.LIVE, activated_at=ACTIVATED, policy=POLICY)
        with closing(InboxWriter(desk.locations.inbox, lambda: at(0))) as inbox:
            for row in for_shop(shop.id, rows):
                inbox.append(row)
                fold_some(fold_services(desk), shop, Lane.LIVE, row.received_at)
        records = {"woocommerce": ScriptedShop()}
        services = EvaluateServices(desk.reader, SqliteState(desk.state), records, DISPLAY, lambda shop, key: key)
        while evaluate_some(services, shop, at(until)):
            pass


def told(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_story_is_told_in_the_order_it_happened(tajo: Tajo) -> None:
    happen(OPTS_IN, LOOKS, FILLS)
    happen(BUYS)
    told_lines = told(tajo("explain", ANAS)).splitlines()
    times = [line.split("  ")[0] for line in told_lines if line.startswith("2026-")]
    assert times == sorted(times)
    expected = [
        f"consent: {ANAS} agreed to be written to (email); form:",
        f"link: email:{ANAS} belongs to visitor:{ANA}: said in a form",
        "event: product viewed, Mug, https://shop.example/p/mug",
        f"event: cart updated, 1 × {MUG}",
        "event: order placed, order 7",
        f"link: email:{ANAS} belongs to visitor:{ANA}: on an order",
        f"decision: reminder to {ANAS} about cart v:{ANA}, stage cart: everything agreed, so it was sent (due)",
        "the shop was asked",
        f"contact on abandoned_cart to {ANAS} was not sent: it was bought (ordered)",
        f"order_placed to {ANAS} waits until 2026-11-21T12:15:00.000Z",
    ]
    everything = "\n".join(told_lines)
    assert [one for one in expected if one not in everything] == [], everything


@pytest.mark.parametrize(
    ("why", "opts_in", "is_ours", "said"),
    [
        ("a yes that came after we made the contact", True, True, "(we made it so, without a permission then)"),
        ("a block of Brevo's", True, False, "(Brevo told us so)"),
        ("nobody agreed: nothing stands in the way of anything", False, True, ""),
        ("not blocked", True, None, ""),
    ],
)
def test_a_block_that_stands_in_the_way_of_a_yes_is_told(
    tajo: Tajo, monkeypatch: pytest.MonkeyPatch, why: str, opts_in: bool, is_ours: bool | None, said: str
) -> None:
    monkeypatch.setenv("BREVO_API_KEY", "xkeysib-0123456789abcdef")
    happen(beacon(-30, ANA, typed(-30, ANAS, opt_in=opts_in)), FILLS)
    if is_ours is not None:
        with open_desk(load(dict(os.environ), Path.cwd())) as desk, SqliteState(desk.state).write() as tx:
            tx.opt_outs.keep_blocks("brevo", [ANAS, "bo@shop.example"], at(-40), is_ours=is_ours)
    head = told(tajo("explain", ANAS)).split("\n\n")[0]
    assert ("blocked at Brevo" in head, said in head) == (bool(said), True), (why, head)
    (shop,) = json.loads(told(tajo("explain", ANAS, "--json")))["shops"]
    expected = None if is_ours is None else {"since": "2026-11-21T11:20:00.000Z", "by_us": is_ours}
    assert shop["blocked"] == expected, why


def test_it_says_first_what_would_happen_today(tajo: Tajo) -> None:
    happen(beacon(-30, ANA, typed(-30, ANAS)), FILLS)
    head = told(tajo("explain", ANAS)).split("\n\n")[0].splitlines()
    assert head == [
        "woocommerce shop.example",
        f"known as: cart:v:{ANA}, email:{ANAS}, visitor:{ANA}",
        "reminders: not allowed, there is no recorded permission to write to this address (no_mail_basis)",
        f"open cart: v:{ANA}, 1 piece, stage cart, changed 2026-11-21T11:40:00.000Z, "
        "asked about next at 2026-11-21T12:15:00.000Z",
    ]


def test_a_hold_says_why(tajo: Tajo) -> None:
    happen(beacon(-30, ANA, typed(-30, ANAS)), FILLS)
    assert (
        f"decision: reminder held to {ANAS} about cart v:{ANA}, stage cart: "
        "there is no recorded permission to write to this address (no_mail_basis)"
    ) in told(tajo("explain", ANAS))


def test_any_address_of_a_person_tells_the_whole_story(tajo: Tajo) -> None:
    happen(OPTS_IN, FILLS, beacon(-19, ANA, typed(-19, "work@shop.example", opt_in=True)), until=11)
    assert f"email:{ANAS}" in told(tajo("explain", "WORK@shop.example"))
    assert "cart_abandoned to work@shop.example waits" in told(tajo("explain", ANAS))


def test_every_shop_that_knows_the_address_tells_its_own(tajo: Tajo) -> None:
    happen(OPTS_IN)
    happen(woo_customer(-60), address="other.example")
    shops = [one["shop"] for one in json.loads(told(tajo("explain", ANAS, "--json")))["shops"]]
    assert shops == ["other.example", "shop.example"]
    assert "customer_updated to" in told(tajo("explain", ANAS))


def test_a_mere_claim_is_known_as_such(tajo: Tajo) -> None:
    happen(beacon(-20, ANA, cart(-20, MUG), identity={"email": ANAS}))
    assert "an unsigned page says" in told(tajo("explain", ANAS))


def test_programs_get_codes_and_words(tajo: Tajo) -> None:
    happen(OPTS_IN, FILLS)
    (shop,) = json.loads(told(tajo("explain", ANAS, "--json")))["shops"]
    assert (shop["reminders_allowed"], shop["reminders_reason"]) == (True, "opted_in")
    (decision,) = [entry for entry in shop["entries"] if entry["kind"] == "decision"]
    assert (decision["what"], decision["facts"]["outcome"]) == ("due", "remind")
    assert decision["words"].startswith("decision: reminder")


def test_many_events_are_cut_and_it_says_so(tajo: Tajo) -> None:
    happen(OPTS_IN, *(beacon(minute, ANA, event(minute, "page_viewed")) for minute in range(-10, 0)))
    result = told(tajo("explain", ANAS, "--limit", "3"))
    assert result.count("event: page viewed") == 3
    assert "older events are left out" in result


def test_somebody_nobody_knows_is_said_to_be(tajo: Tajo) -> None:
    happen(OPTS_IN)
    result = tajo("explain", "nobody@shop.example")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "tajo: no shop knows nobody@shop.example\n"


def test_looking_changes_nothing(tajo: Tajo) -> None:
    happen(OPTS_IN, FILLS)
    first = told(tajo("explain", ANAS, "--json"))
    assert told(tajo("explain", ANAS, "--json")) == first
