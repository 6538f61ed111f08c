"""`tajo privacy`: everything held is shown, erasing it says what went and what remains, and asks first."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from collector.bootstrap import clock, open_desk
from collector.bootstrap.folding import fold_services
from collector.config import load
from collector.domain.door import Lane, NewRow
from collector.domain.outbox import State
from collector.domain.shop import Sending
from collector.pipeline.fold import fold_some
from collector.storage.sqlite.inbox import InboxWriter
from collector.storage.sqlite.outbox import Outbox
from tests.in_process import Tajo, settled
from tests.pipeline.row_builders import ANA, at, beacon, cart, for_shop, typed, woo_order
from tests.pipeline.telling_bench import ACTIVATED, MUG

ANAS = "ana@shop.example"
SHOPS = """
brevo: {api_key: xkeysib-0123456789abcdef}
connectors:
  woocommerce:
    - {store_url: "https://shop.example", consumer_key: ck_1, consumer_secret: cs_1}
    - {store_url: "https://other.example", consumer_key: ck_2, consumer_secret: cs_2}
"""
STORY = (
    beacon(-30, ANA, typed(-30, ANAS, opt_in=True)),
    beacon(-20, ANA, cart(-20, MUG)),
    woo_order(0, "processing", MUG, meta={"_tajo_id": ANA}),
)


@pytest.fixture
def tajo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tajo:
    return settled(tmp_path, SHOPS, monkeypatch)


def happen(*rows: NewRow, address: str = "shop.example") -> None:
    with open_desk(load({}, Path.cwd())) as desk:
        stored = desk.shops.find("woocommerce", address)
        assert stored is not None
        shop = replace(stored, sending=Sending.LIVE, activated_at=ACTIVATED)
        with closing(InboxWriter(desk.locations.inbox, lambda: at(0))) as inbox:
            for row in for_shop(shop.id, rows):
                inbox.append(row)
                fold_some(fold_services(desk), shop, Lane.LIVE, row.received_at)


def erasures_waiting() -> int:
    with open_desk(load({}, Path.cwd())) as desk:
        (found,) = desk.state.execute("select count(*) from outbox where kind = 'erasure'").fetchone()
    return int(found)


def end_erasure(state: State, reason: str) -> None:
    with open_desk(load({}, Path.cwd())) as desk:
        outbox = Outbox(desk.state)
        for row in outbox.claim("brevo", "w1", clock(), clock(), 10):
            assert row.message.kind == "erasure"
            if state is State.DONE:
                outbox.done(row.id, clock())
            else:
                outbox.finish(row.id, "w1", state, reason, clock())


def test_everything_held_is_exported_as_json(tajo: Tajo) -> None:
    happen(*STORY)
    for arguments in (("privacy", "export", "ANA@shop.example"), ("privacy", "export", ANAS, "--json")):
        result = tajo(*arguments)
        assert result.exit_code == 0, result.output
        said = json.loads(result.stdout)
        assert said["email"] == ANAS
        (shop,) = said["shops"]
        assert shop["shop"] == "shop.example"
        assert shop["known_as"] == [
            "cart:c:order:7",
            f"cart:v:{ANA}",
            f"email:{ANAS}",
            "phone:+4315337010",
            f"visitor:{ANA}",
        ]
        assert {"consents", "links", "carts", "orders", "visits", "events", "messages"} <= set(shop)
        (consent,) = [one for one in shop["consents"] if one["state"] == "opted_in"]
        assert (consent["subject"], consent["source"]) == (ANAS, "form")
        assert shop["orders"][0]["total_minor"] == 500
        assert shop["carts"][0]["items"][0]["product_id"] == MUG


def test_erasing_says_what_it_found_what_went_and_what_remains(tajo: Tajo) -> None:
    happen(*STORY)
    result = tajo("privacy", "erase", ANAS, "--yes")
    assert result.exit_code == 0, result.output
    for line in (
        f"woocommerce shop.example, known as cart:c:order:7, cart:v:{ANA}, email:{ANAS}, phone:+4315337010, "
        f"visitor:{ANA}:",
        "  orders: 1",
        "  messages: 7",
        "  messages without their content: 7",
        "  orders without the person: 1",
        "the contact at Brevo is deleted as soon as the worker gets to it; `tajo check` says if it cannot",
        "what remains:",
    ):
        assert line in result.stdout.splitlines(), result.stdout
    assert erasures_waiting() == 1
    with open_desk(load({}, Path.cwd())) as desk:  # and so it is
        ((row_id,),) = desk.state.execute("select id from outbox where kind = 'erasure'").fetchall()
        Outbox(desk.state).done(row_id, at(0))
    assert tajo("explain", ANAS).exit_code == 1
    assert tajo("privacy", "export", ANAS).exit_code == 1
    again = tajo("privacy", "erase", ANAS, "--yes")
    assert (again.exit_code, "nothing was there" in again.stdout) == (0, True), again.output


def test_one_shop_alone_leaves_the_contact_to_the_other(tajo: Tajo) -> None:
    happen(*STORY)
    happen(*STORY, address="other.example")
    result = tajo("privacy", "erase", ANAS, "--shop", "other.example", "--yes")
    assert result.exit_code == 0, result.output
    assert "the contact at Brevo stays: another shop of the account knows the address" in result.stdout
    assert erasures_waiting() == 0
    (left,) = json.loads(tajo("privacy", "export", ANAS).stdout)["shops"]
    assert left["shop"] == "shop.example"


@pytest.mark.parametrize(("state", "reason"), [(State.DEAD, "server_error"), (State.SKIPPED, "dry_run")])
def test_a_deletion_that_was_given_up_is_told_until_it_is_done(tajo: Tajo, state: State, reason: str) -> None:
    happen(*STORY)
    assert tajo("privacy", "erase", ANAS, "--yes").exit_code == 0
    before = tajo("check").stdout
    end_erasure(state, reason)
    for arguments in (("outbox", "list"), ("check",)):
        said = tajo(*arguments).stdout
        assert f"✗ the contact of somebody erased is still at Brevo, in account brevo (#8, {reason}): " in said
        assert ("set delivery.mode to live and run" in said) is (reason == "dry_run")
        assert ANAS not in said
    assert "its content is no longer kept (of an erasure)" in tajo("outbox", "show", "8").stdout
    assert tajo("outbox", "retry", "8").stdout.startswith("0 sent once more")
    assert tajo("privacy", "erase", ANAS, "--yes").exit_code == 0
    assert "still at Brevo" not in tajo("outbox", "list").stdout, "it is tried once more"
    end_erasure(State.DONE, "")
    assert tajo("check").stdout == before


def test_in_a_dry_run_the_contact_is_left_to_the_merchant(tajo: Tajo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAJO_DELIVERY_MODE", "dry_run")
    happen(*STORY)
    said = tajo("privacy", "erase", ANAS, "--yes").stdout
    assert "the contact at Brevo stays: delivery.mode is dry_run" in said
    assert "is deleted" not in said


@pytest.mark.parametrize(
    ("why", "arguments", "status", "said"),
    [
        ("nobody is there to be asked", ("privacy", "erase", ANAS), 2, "--yes"),
        ("no address", ("privacy", "erase", "ana", "--yes"), 2, "no e-mail address"),
        ("no such shop", ("privacy", "erase", ANAS, "--shop", "nowhere.example", "--yes"), 2, "nowhere.example"),
        ("nobody known", ("privacy", "export", "bo@shop.example"), 1, "nothing is held"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    tajo: Tajo, why: str, arguments: tuple[str, ...], status: int, said: str
) -> None:
    happen(*STORY)
    result = tajo(*arguments)
    assert (result.exit_code, said in result.stderr) == (status, True), (why, result.output)
    assert json.loads(tajo("privacy", "export", ANAS).stdout)["shops"], "nothing was erased"
