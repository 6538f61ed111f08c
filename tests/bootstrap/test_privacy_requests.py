"""Shopify's requests about personal data, from the door to the record: who is believed, what goes, what is said."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import responses

from collector.bootstrap import clock, open_desk
from collector.config import load
from collector.domain.outbox import State
from collector.domain.timestamps import to_text
from collector.storage.sqlite.outbox import Outbox
from tests.bootstrap.shopify_desk import APP_SECRET, OTHER, SHOP_SECRET, STORE, ShopifyDesk
from tests.pipeline.row_builders import ANA, beacon, cart, shopify_customer, shopify_order, typed

ANAS, ORDER, CUSTOMER = "ana@shop.example", 820982911946154508, 706405506930370084
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
STORY = (
    beacon(-30, ANA, typed(-30, ANAS, opt_in=True)),
    beacon(-20, ANA, cart(-20, "1")),
    shopify_customer(-10, CUSTOMER, "customers/create"),
    shopify_order(0, "paid", "1", number=ORDER, customer={"id": CUSTOMER}),
)


def redact(**customer: Any) -> dict[str, Any]:
    return {"shop_id": 954889, "shop_domain": STORE, "customer": customer, "orders_to_redact": []}


def data_request(number: int = 9999, **customer: Any) -> dict[str, Any]:
    asked = {"shop_id": 954889, "shop_domain": STORE, "orders_requested": [], "customer": customer}
    return asked | {"data_request": {"id": number}}


SHOP_REDACT = {"shop_id": 954889, "shop_domain": STORE}


BELIEVED: list[tuple[str, str, dict[str, str], int]] = [
    ("signed by our app, for all shops", APP_SECRET, {}, 200),
    ("signed by the shop's own app", SHOP_SECRET, {}, 200),
    ("signed by another shop's app", "other-secret", {}, 401),
    ("signed by nobody", "guess", {}, 401),
    ("a shop we do not know, signed by our app", APP_SECRET, {"body_shop": "new.myshopify.com"}, 200),
    ("a shop we do not know, signed by nobody", "guess", {"body_shop": "new.myshopify.com"}, 401),
    ("the header names another shop than the body", APP_SECRET, {"shop": OTHER}, 401),
    ("an address nobody has", APP_SECRET, {"path": "/webhooks/shopify/nobodys"}, 404),
]


def test_only_who_signed_it_is_believed(desk: ShopifyDesk) -> None:
    filed = 0
    for why, secret, changes, status in BELIEVED:
        more = dict(changes)
        stated = more.pop("body_shop", STORE)
        body = redact(email=ANAS) | {"shop_domain": stated}
        answer = desk.hook("customers/redact", body, secret, **({"shop": stated, "delivery": why} | more))
        assert answer.status_code == status, why
        filed += status == 200
        assert len(desk.requests()) == filed, why


def test_the_address_with_the_shops_key_takes_it_too(desk: ShopifyDesk) -> None:
    shop = desk.shop()
    assert shop is not None
    path = f"/webhooks/shopify/{shop.secrets.hook_key}"
    assert desk.hook("customers/redact", redact(email=ANAS), SHOP_SECRET, path=path).status_code == 200
    assert [one["asks"] for one in desk.requests()] == ["customer_redact"]


def test_delivered_twice_it_is_one_request(desk: ShopifyDesk) -> None:
    for delivery in ("w-1", "w-1", "w-2"):
        assert desk.hook("customers/data_request", data_request(email=ANAS), delivery=delivery).status_code == 200
    assert len(desk.requests()) == 1
    desk.hook("customers/data_request", data_request(10_000, email=ANAS), delivery="w-3")
    assert len(desk.requests()) == 2


def test_a_data_request_is_put_together_encrypted_and_fetched_by_a_command(desk: ShopifyDesk) -> None:
    desk.happen(*STORY)
    assert desk.hook("customers/data_request", data_request(id=CUSTOMER, email=ANAS)).status_code == 200
    assert desk.answer_requests(NOW).said == "1 done, 0 waiting"
    (request,) = desk.requests()
    assert (request["has_data"], request["about"], len(request["hash"])) == (True, {}, 64)
    assert request["outcome"]["held"]["orders"] == 1
    shown = desk.tajo("privacy", "requests", "show", str(request["id"]))
    held = json.loads(shown.stdout)["held"]
    assert f"email:{ANAS}" in held["known_as"]
    assert held["orders"][0]["order_id"] == str(ORDER)
    assert desk.count("privacy_requests", f"export is not null and export not like '%{ANAS}%'") == 1, "encrypted"
    desk.answer_requests(NOW + timedelta(days=31))
    gone = desk.tajo("privacy", "requests", "show", str(request["id"]))
    assert (gone.exit_code, "is gone" in gone.stderr) == (1, True)


@pytest.mark.parametrize(
    ("why", "asked"),
    [
        ("by customer and address", redact(id=CUSTOMER, email=ANAS, phone="+4915112345678")),
        ("by address alone", redact(email="ANA@shop.example")),
        ("by customer alone", redact(id=CUSTOMER)),
        ("by order alone", redact() | {"orders_to_redact": [ORDER]}),
        ("the address is null", redact(id=CUSTOMER, email=None, phone=None)),
        ("orders as objects", redact() | {"orders_to_redact": [{"id": ORDER}]}),
    ],
)
def test_a_customer_is_erased_here_and_at_brevo(desk: ShopifyDesk, why: str, asked: dict[str, Any]) -> None:
    desk.happen(*STORY)
    assert desk.hook("customers/redact", asked).status_code == 200
    desk.answer_requests(NOW)
    (request,) = desk.requests()
    assert request["done_at"], (why, request)
    assert request["outcome"]["at Brevo"] == {"deleted": ["brevo"]}, why
    assert desk.count("outbox", "kind = 'erasure'") == 1, why
    assert desk.count("customers") == 0, why
    assert desk.count("orders", "email = '' and customer_id = ''") == 1, why
    assert desk.count("erasures", "by_whom = 'webhook'") == 1, why
    assert desk.tajo("privacy", "export", ANAS).exit_code == 1, why  # nothing is held
    desk.answer_requests(NOW)
    assert desk.count("outbox", "kind = 'erasure'") == 1, f"{why}: once"


@pytest.mark.parametrize("asked", [redact(email=ANAS), redact(id=CUSTOMER)], ids=["by address", "by customer alone"])
def test_a_request_whose_deletion_was_given_up_says_so(desk: ShopifyDesk, asked: dict[str, Any]) -> None:
    now = clock()
    desk.happen(*STORY)
    assert desk.hook("customers/redact", asked).status_code == 200
    desk.answer_requests(now)
    (request,) = desk.requests()
    assert "still to do" not in request["outcome"]
    with open_desk(load({}, Path.cwd())) as opened:
        outbox = Outbox(opened.state)
        (row,) = outbox.claim("brevo", "w1", now, now, 1)
        assert outbox.finish(row.id, "w1", State.DEAD, "server_error", now)
    (request,) = desk.requests()
    assert "is still at Brevo" in request["outcome"]["still to do"]
    assert "is still at Brevo" in desk.tajo("privacy", "requests", "list").stdout


def test_an_order_without_anybody_is_redacted_by_its_number_and_stays_so(desk: ShopifyDesk) -> None:
    nobodys = shopify_order(0, "paid", "1", number=ORDER, email=None, cart_token=None, checkout_token=None, note="Bert")
    desk.happen(nobodys)
    desk.hook("customers/redact", redact(id=1) | {"orders_to_redact": [ORDER]})
    desk.answer_requests(NOW)
    (request,) = desk.requests()
    assert request["outcome"]["here"]["orders without the person"] == 1
    desk.happen(shopify_order(5, "paid", "1", number=ORDER, email="bert@shop.example"))  # told again, by a late webhook
    assert desk.count("orders", "email <> ''") == 0
    assert desk.tajo("privacy", "export", "bert@shop.example").exit_code == 1


def test_another_shops_data_is_never_touched(desk: ShopifyDesk) -> None:
    desk.happen(*STORY)
    desk.happen(*STORY, address=OTHER)
    desk.hook("customers/redact", redact(id=CUSTOMER, email=ANAS))
    desk.answer_requests(NOW)
    assert desk.count("customers") == 1
    (request,) = desk.requests()
    assert "kept, another shop of the account knows the address" in request["outcome"]["at Brevo"]
    assert desk.count("outbox", "kind = 'erasure'") == 0


def test_whom_it_was_about_is_a_hash_once_it_is_done(desk: ShopifyDesk) -> None:
    desk.happen(*STORY)
    desk.hook("customers/redact", redact(id=CUSTOMER, email=ANAS))
    (request,) = desk.requests()
    assert request["about"] == {"customer": str(CUSTOMER), "email": ANAS}
    assert desk.count("privacy_requests", f"subject like '%{ANAS}%'") == 0, "encrypted while it is open"
    desk.answer_requests(NOW)
    (request,) = desk.requests()
    assert (request["about"], len(request["hash"])) == ({}, 64)
    assert desk.count("privacy_requests", "subject <> ''") == 0


UNCLEAR: list[tuple[str, str, dict[str, Any] | bytes]] = [
    ("a data request under the name of an erasure", "customers/redact", data_request(email=ANAS)),
    ("an erasure under the name of a shop's", "shop/redact", redact(email=ANAS)),
    ("a shop's under the name of a customer's", "customers/redact", SHOP_REDACT),
    ("no JSON", "customers/redact", b"{"),
    ("a list", "customers/redact", b"[]"),
    ("another body of the same app", "shop/redact", {"id": 1, "customer": {"id": 2}}),
]


def test_what_is_not_understood_erases_nothing_and_is_an_alarm(desk: ShopifyDesk) -> None:
    desk.happen(*STORY)
    for why, topic, body in UNCLEAR:
        assert desk.hook(topic, body, delivery=why).status_code == 200, why
    desk.answer_requests(NOW)
    assert [(one["asks"], one["done_at"]) for one in desk.requests()] == [("unclear", None)] * len(UNCLEAR)
    assert desk.count("customers") == 1
    checked = desk.tajo("check").stdout
    assert checked.count("a request about personal data was not understood") == len(UNCLEAR)


def test_what_is_not_done_in_thirty_days_is_an_alarm(desk: ShopifyDesk) -> None:
    desk.hook("customers/redact", redact(email=ANAS), triggered_at="2026-10-01T00:00:00Z")
    checked = desk.tajo("check")
    assert checked.exit_code == 1
    assert f"✗ {STORE}: erase a customer, due since 2026-10-31" in checked.stdout
    desk.answer_requests(NOW)
    assert "erase a customer" not in desk.tajo("check").stdout


def test_a_shop_is_deleted_with_everything_once_its_app_is_gone(desk: ShopifyDesk) -> None:
    desk.happen(*STORY)
    desk.happen(*STORY, address=OTHER)
    shop = desk.shop()
    assert shop is not None
    assert shop.installed_at is not None
    removed_at = shop.installed_at + timedelta(hours=1)
    desk.uninstall(removed_at)
    later = removed_at + timedelta(hours=49)
    # The door knows no later time than its own; what it wrote down is dated forward.
    desk.hook("shop/redact", SHOP_REDACT, SHOP_SECRET)
    _dated(desk, later)
    assert desk.answer_requests(later).said == "0 done, 1 waiting"  # its doors close first
    assert desk.answer_requests(later + timedelta(minutes=1)).said == "1 done, 0 waiting"
    (request,) = desk.requests()
    assert request["outcome"]["said"] == "everything of the shop is deleted here"
    assert "the Brevo account and its contacts are the merchant's own" in request["outcome"]["at Brevo"]["said"]
    assert desk.shop() is None
    for table in ("customers", "orders", "visitors", "identity_links", "erased"):
        assert desk.count(table, f"shop_id = {shop.id}") == 0, table
    assert desk.count("customers") == 1, "the other shop's"
    assert desk.hook("shop/redact", SHOP_REDACT, APP_SECRET, delivery="again").status_code == 200
    desk.answer_requests(later)
    assert desk.requests()[0]["outcome"]["said"].startswith("nothing is held")


def _dated(desk: ShopifyDesk, when: datetime) -> None:

    with open_desk(load({}, Path.cwd())) as files:
        files.state.execute("update privacy_requests set asked_at = ?", [to_text(when)])


@pytest.mark.parametrize(
    ("why", "answer", "is_deleted", "said"),
    [
        ("the token is no longer taken", {"status": 401}, True, "everything of the shop is deleted here"),
        ("the shop is gone", {"status": 404}, True, "everything of the shop is deleted here"),
        ("the app works", {"json": {"data": {"shop": {"name": "Store"}}}}, False, "kept: the app is installed"),
        ("nobody answers", {"status": 503}, False, ""),
    ],
)
@responses.activate
def test_a_shop_that_looks_connected_is_asked_first(
    desk: ShopifyDesk, why: str, answer: dict[str, Any], is_deleted: bool, said: str
) -> None:
    """The notice of the removal may have been lost, or the request may be an old one."""
    responses.add(responses.POST, f"https://{STORE}/admin/api/2026-07/graphql.json", **answer)
    desk.hook("shop/redact", SHOP_REDACT, SHOP_SECRET)
    later = datetime.now(UTC) + timedelta(days=4)
    _dated(desk, later)
    for minutes in range(3):
        desk.answer_requests(later + timedelta(minutes=minutes))
    (request,) = desk.requests()
    assert (desk.shop() is None) is is_deleted, why
    assert request["outcome"].get("said", "").startswith(said), (why, request)
    assert bool(request["done_at"]) is bool(said), why


def test_a_shop_that_came_back_is_kept(desk: ShopifyDesk) -> None:
    desk.hook("shop/redact", SHOP_REDACT, SHOP_SECRET)  # asked within 48 hours of the newest installation
    desk.answer_requests(NOW)
    assert desk.shop() is not None
    assert desk.requests()[0]["outcome"]["said"].startswith("kept: the shop was connected again")


def test_a_removed_shop_is_still_believed_and_deleted(desk: ShopifyDesk) -> None:
    desk.happen(*STORY)
    assert desk.tajo("connectors", "remove", STORE).exit_code == 0
    assert desk.hook("shop/redact", SHOP_REDACT, SHOP_SECRET).status_code == 200
    desk.answer_requests(datetime.now(UTC) + timedelta(minutes=2))
    assert desk.requests()[0]["outcome"]["said"] == "everything of the shop is deleted here"
    assert desk.count("customers") == 0


def test_one_that_fails_holds_up_no_other(desk: ShopifyDesk) -> None:
    desk.happen(*STORY)
    desk.hook("customers/redact", redact(email=ANAS), delivery="w-1")
    desk.hook("customers/data_request", data_request(email=ANAS), delivery="w-2")

    with open_desk(load({}, Path.cwd())) as files:
        files.state.execute("create trigger broken before insert on erasures begin select raise(abort, 'no'); end")
    assert desk.answer_requests(NOW).said == "1 done, 1 waiting"
    assert [one["outcome"].get("waits") for one in desk.requests()] == [None, "it failed: ValueError"]


def test_requests_nobody_understood_hold_up_no_other_and_are_closed_by_hand(desk: ShopifyDesk) -> None:
    for number in range(30):
        desk.hook("customers/redact", b"{", delivery=f"odd-{number}")
    desk.happen(*STORY)
    desk.hook("customers/redact", redact(email=ANAS), delivery="w-1")
    assert desk.answer_requests(NOW).said == "1 done, 0 waiting"
    for one in desk.requests():
        if not one["done_at"]:
            closed = desk.tajo("privacy", "requests", "close", str(one["id"]), "--said", "a test of Shopify's")
            assert closed.exit_code == 0, closed.output
    assert all(one["done_at"] for one in desk.requests())
    again = desk.tajo("privacy", "requests", "close", "1", "--said", "twice")
    assert (again.exit_code, "is done already" in again.stderr) == (1, True)
