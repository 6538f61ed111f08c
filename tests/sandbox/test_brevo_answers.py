"""Each endpoint's status and body, as Brevo documents them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.sandbox.brevo_client import KEY, Brevo, event, order

ANN = {"email": "ann@shop.example", "emailBlacklisted": False, "attributes": {"FIRSTNAME": "Ann"}, "listIds": [1]}
PRODUCT = {"id": "p1", "name": "Green tea", "price": 9.99, "updateEnabled": True}
WEBHOOK = {"url": "https://tajo.example/hook", "events": ["unsubscribed"], "type": "marketing"}
IMPORT = {"jsonBody": [{"email": "cy@shop.example", "attributes": {"FIRSTNAME": "Cy"}}], "listIds": [1]}


@pytest.fixture
def brevo() -> Brevo:
    """With Ann, in list 1, and product p1."""
    brevo = Brevo()
    brevo.ask("POST", "/contacts", ANN)
    brevo.ask("POST", "/products", PRODUCT)
    return brevo


def bad(code: str, message: str = "") -> dict[str, str]:
    return {"code": code} | ({"message": message} if message else {})


ROWS: list[tuple[str, str, str, Any, int, Any]] = [
    ("connection test", "GET", "/account", None, 200, {"email": "owner@sandbox.example", "enterprise": False}),
    ("new contact", "POST", "/contacts", {"email": "bo@shop.example"}, 201, {"id": 2}),
    ("exists", "POST", "/contacts", ANN, 400, bad("duplicate_parameter")),
    ("upsert", "POST", "/contacts", ANN | {"updateEnabled": True}, 204, None),
    ("nobody named", "POST", "/contacts", {"attributes": {"FIRSTNAME": "X"}}, 400, bad("missing_parameter")),
    ("unknown list", "POST", "/contacts", {"email": "c@d.example", "listIds": [99]}, 400, bad("invalid_parameter")),
    ("typo", "POST", "/contacts", {"email": "c@d.example", "updateEnable": True}, 400, bad("invalid_parameter")),
    ("no e-mail", "POST", "/contacts", {"email": "nobody"}, 400, bad("invalid_parameter")),
    ("by e-mail", "GET", "/contacts/ann%40shop.example", None, 200, {"id": 1, "listIds": [1]}),
    ("by number", "GET", "/contacts/1", None, 200, {"email": "ann@shop.example"}),
    ("unknown", "GET", "/contacts/bo%40shop.example", None, 404, bad("document_not_found", "Contact does not exist")),
    ("wrong type", "GET", "/contacts/x?identifierType=shoe", None, 400, bad("invalid_parameter")),
    ("everybody", "GET", "/contacts", None, 200, {"count": 1}),
    ("too many asked", "GET", "/contacts?limit=1001", None, 400, bad("out_of_range")),
    ("change", "PUT", "/contacts/1", {"attributes": {"LASTNAME": "Lee"}}, 204, None),
    ("change nobody", "PUT", "/contacts/9", {"attributes": {}}, 404, bad("document_not_found")),
    ("change by typo", "PUT", "/contacts/1", {"email": "x@y.example"}, 400, bad("invalid_parameter")),
    ("forget", "DELETE", "/contacts/ann%40shop.example", None, 204, None),
    ("forget nobody", "DELETE", "/contacts/9", None, 404, bad("document_not_found")),
    ("gone since 2026-10-30", "POST", "/contacts/batch", {"contacts": []}, 405, bad("method_not_allowed")),
    ("attribute", "POST", "/contacts/attributes/normal/CITY", {"type": "text"}, 201, None),
    (
        "attribute again",
        "POST",
        "/contacts/attributes/normal/FIRSTNAME",
        {"type": "text"},
        400,
        bad("invalid_parameter"),
    ),
    ("attribute without type", "POST", "/contacts/attributes/normal/CITY", {}, 400, bad("missing_parameter")),
    ("drop attribute", "DELETE", "/contacts/attributes/normal/FIRSTNAME", None, 204, None),
    ("drop unknown", "DELETE", "/contacts/attributes/normal/CITY", None, 404, bad("document_not_found")),
    ("lists", "GET", "/contacts/lists?limit=50&offset=0", None, 200, {"count": 1}),
    ("lists, page too large", "GET", "/contacts/lists?limit=51", None, 400, bad("out_of_range")),
    ("list", "GET", "/contacts/lists/1", None, 200, {"name": "Your first list", "uniqueSubscribers": 1}),
    ("no such list", "GET", "/contacts/lists/9", None, 404, bad("document_not_found")),
    ("new list", "POST", "/contacts/lists", {"name": "buyers", "folderId": 1}, 201, {"id": 2}),
    ("list without folder", "POST", "/contacts/lists", {"name": "buyers"}, 400, bad("missing_parameter")),
    ("folder that is not", "POST", "/contacts/lists", {"name": "b", "folderId": 9}, 400, bad("invalid_parameter")),
    ("folders", "GET", "/contacts/folders", None, 200, {"count": 1}),
    ("new folder", "POST", "/contacts/folders", {"name": "Tajo"}, 201, {"id": 2}),
    ("already in it", "POST", "/contacts/lists/1/contacts/add", {"ids": [1]}, 400, bad("invalid_parameter")),
    (
        "out of it",
        *("POST", "/contacts/lists/1/contacts/remove", {"emails": ["ANN@shop.example", "bo@shop.example"]}),
        *(201, {"contacts": {"success": ["ANN@shop.example"], "failure": ["bo@shop.example"]}}),
    ),
    (
        "two kinds",
        "POST",
        "/contacts/lists/1/contacts/add",
        {"ids": [1], "extIds": ["x"]},
        400,
        bad("invalid_parameter"),
    ),
    ("151 at once", "POST", "/contacts/lists/1/contacts/add", {"ids": [1] * 151}, 400, bad("invalid_parameter")),
    ("list 9", "POST", "/contacts/lists/9/contacts/add", {"ids": [1]}, 404, bad("document_not_found")),
    ("import", "POST", "/contacts/import", IMPORT, 202, {"processId": 1001}),
    (
        "import nowhere",
        "POST",
        "/contacts/import",
        {"jsonBody": [{"email": "a@b.example"}]},
        400,
        bad("missing_parameter"),
    ),
    ("import twice said", "POST", "/contacts/import", IMPORT | {"fileBody": "x"}, 400, bad("invalid_parameter")),
    ("no such process", "GET", "/processes/5", None, 404, bad("document_not_found")),
    ("event", "POST", "/events", event(), 204, None),
    ("events", "POST", "/events/batch", {"events": [event()] * 2}, 202, {"count": 2}),
    ("bare array", "POST", "/events/batch", [event()], 400, bad("invalid_parameter")),
    ("201 events", "POST", "/events/batch", {"events": [event()] * 201}, 400, bad("invalid_parameter")),
    ("order", "POST", "/orders/status", order(), 204, None),
    ("orders", "POST", "/orders/status/batch", {"orders": [order()]}, 202, {"count": 1}),
    (
        "two quantities",
        "POST",
        "/orders/status",
        order(products=[{"productId": "7", "price": 1, "quantity": 1, "quantityFloat": 1.0}]),
        400,
        bad("invalid_parameter"),
    ),
    ("amount as text", "POST", "/orders/status", order(amount="10,50"), 400, bad("invalid_parameter")),
    ("order of nobody", "POST", "/orders/status", order(identifiers={}), 400, bad("invalid_parameter")),
    ("number as id", "POST", "/orders/status", order(id=1001), 400, bad("invalid_parameter")),
    ("German date", "POST", "/orders/status", order(createdAt="21/11/2026"), 400, bad("invalid_parameter")),
    ("old form", "POST", "/orders/status", order(email="a@b.example"), 400, bad("invalid_parameter")),
    ("new product", "POST", "/products", PRODUCT | {"id": "p2"}, 201, None),
    ("known product", "POST", "/products", PRODUCT, 204, None),
    ("not to update", "POST", "/products", PRODUCT | {"updateEnabled": False}, 400, bad("duplicate_parameter")),
    ("long metaInfo", "POST", "/products", PRODUCT | {"metaInfo": {"a": "x" * 20_001}}, 400, bad("invalid_parameter")),
    (
        "products",
        "POST",
        "/products/batch",
        {"products": [{"id": "p1", "name": "Tea"}, {"id": "p2", "name": "Pot"}], "updateEnabled": True},
        201,
        {"createdCount": 1, "updatedCount": 1},
    ),
    (
        "one twice",
        "POST",
        "/products/batch",
        {"products": [{"id": "p2", "name": "a"}] * 2},
        400,
        bad("duplicate_parameter"),
    ),
    (
        "101 products",
        "POST",
        "/products/batch",
        {"products": [{"id": str(n), "name": "a"} for n in range(101)]},
        400,
        bad("invalid_parameter"),
    ),
    ("read product", "GET", "/products/p1", None, 200, {"name": "Green tea", "isDeleted": False}),
    ("no such product", "GET", "/products/p9", None, 404, bad("document_not_found")),
    ("category", "POST", "/categories", {"id": "c1", "name": "Tea"}, 201, None),
    ("category unnamed", "POST", "/categories", {"id": "c1"}, 400, bad("missing_parameter")),
    (
        "categories",
        "POST",
        "/categories/batch",
        {"categories": [{"id": "c1", "name": "Tea"}]},
        201,
        {"createdCount": 1},
    ),
    ("pool", "POST", "/couponCollections", {"name": "Autumn", "defaultCoupon": "TEA"}, 201, None),
    ("no pool", "POST", "/coupons", {"collectionId": "x", "coupons": ["A"]}, 404, bad("document_not_found")),
    (
        "same code twice",
        "POST",
        "/coupons",
        {"collectionId": "x", "coupons": ["A", "A"]},
        400,
        bad("invalid_parameter"),
    ),
    ("webhook", "POST", "/webhooks", WEBHOOK, 201, {"id": 1001}),
    ("unknown news", "POST", "/webhooks", WEBHOOK | {"events": ["sneezed"]}, 400, bad("invalid_parameter")),
    ("no webhook", "DELETE", "/webhooks/5", None, 404, bad("document_not_found")),
    ("e-commerce on", "POST", "/ecommerce/activate", None, 200, None),
    ("currency", "POST", "/ecommerce/config/displayCurrency", {"code": "EUR"}, 200, {"code": "EUR"}),
    ("no currency", "POST", "/ecommerce/config/displayCurrency", {"code": "Euro"}, 422, bad("unprocessable_entity")),
    ("no such address", "POST", "/smoke", {}, 404, bad("document_not_found")),
    ("a list is no body", "POST", "/contacts", [], 400, bad("bad_request")),
    (
        "null",
        "POST",
        "/contacts",
        {"email": "a@b.example", "attributes": {"CITY": None}},
        400,
        bad("invalid_parameter"),
    ),
]


@pytest.mark.parametrize(("why", "method", "path", "body", "status", "part"), ROWS, ids=[row[0] for row in ROWS])
def test_each_call_is_answered_as_documented(
    brevo: Brevo, why: str, method: str, path: str, body: Any, status: int, part: Any
) -> None:
    answer = brevo.ask(method, path, body)
    said: Any = answer.get_json(silent=True)

    assert answer.status_code == status, (why, said)
    if status == 204:
        assert answer.data == b""
    if part is not None:
        assert {name: said[name] for name in part} == part
    if status >= 400:
        assert isinstance(said["message"], str)
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["sib-request-id"])
    for name in ("limit", "remaining", "reset"):
        assert answer.headers[f"x-sib-ratelimit-{name}"].isdecimal()


@pytest.mark.parametrize(
    ("why", "headers", "message"),
    [
        ("no key", {}, "authentication not found in headers"),
        ("another key", {"api-key": "xkeysib-other"}, "Key not found"),
        ("key in capitals", {"api-key": KEY["api-key"].upper()}, "Key not found"),
        ("not ASCII", {"api-key": "schlüssel"}, "Key not found"),
    ],
)
def test_without_the_key_nothing_opens(brevo: Brevo, why: str, headers: dict[str, str], message: str) -> None:
    answer = brevo.client.post("/v3/events", json=event(), headers=headers)

    assert (answer.status_code, answer.get_json()) == (401, {"code": "unauthorized", "message": message}), why
    assert "x-sib-ratelimit-remaining" in answer.headers
    assert brevo.seen("events")["count"] == 0


@pytest.mark.parametrize(
    ("why", "raw", "content_type"),
    [
        ("not JSON", b"{", "application/json"),
        ("NaN", b'{"email": NaN}', "application/json"),
        ("too large for a float", b'{"x": 1e999}', "application/json"),
        ("not UTF-8", b'{"email": "\xff"}', "application/json"),
        ("nested without end", b"[" * 100_000, "application/json"),
        ("a form", b"email=a", "application/x-www-form-urlencoded"),
    ],
)
def test_what_is_not_json_is_a_bad_request(brevo: Brevo, why: str, raw: bytes, content_type: str) -> None:
    answer = brevo.client.post("/v3/contacts", data=raw, content_type=content_type, headers=KEY)

    said: Any = answer.get_json()
    assert (answer.status_code, said["code"]) == (400, "bad_request"), why
    assert brevo.seen("violations")["count"] == 1


def test_e_commerce_is_closed_until_activated() -> None:
    brevo = Brevo(ecommerce_active=False)

    assert brevo.said("POST", "/orders/status", order()) == (
        403,
        {"code": "permission_denied", "message": "E-commerce app is not activated"},
    )
    brevo.ask("POST", "/ecommerce/activate")
    assert brevo.said("POST", "/orders/status", order())[0] == 204


def test_coupons_are_counted_in_their_pool(brevo: Brevo) -> None:
    _, pool = brevo.said("POST", "/couponCollections", {"name": "Autumn", "defaultCoupon": "TEA"})
    assert brevo.said("POST", "/coupons", {"collectionId": pool["id"], "coupons": ["A", "B"]}) == (204, None)
    assert brevo.said("GET", f"/couponCollections/{pool['id']}")[1]["totalCoupons"] == 2
    assert (
        brevo.said("PATCH", f"/couponCollections/{pool['id']}", {"defaultCoupon": "POT"})[1]["defaultCoupon"] == "POT"
    )


def test_a_webhook_can_be_read_changed_and_deleted(brevo: Brevo) -> None:
    _, made = brevo.said("POST", "/webhooks", WEBHOOK)
    path = f"/webhooks/{made['id']}"
    assert brevo.said("PUT", path, {"url": "https://tajo.example/other"}) == (204, None)
    assert brevo.said("GET", path)[1]["url"] == "https://tajo.example/other"
    assert [one["id"] for one in brevo.said("GET", "/webhooks?type=marketing")[1]["webhooks"]] == [made["id"]]
    assert brevo.said("DELETE", path) == (204, None)
    assert brevo.said("GET", path)[0] == 404


def test_an_older_order_does_not_replace_a_newer(brevo: Brevo) -> None:
    brevo.ask("POST", "/orders/status", order(status="refunded", updatedAt="2026-11-21T12:00:00Z"))
    assert brevo.said("POST", "/orders/status", order(status="paid"))[0] == 204

    (kept,) = brevo.seen("orders")["orders"]
    assert (kept["status"], kept["times_sent"], kept["is_historical"]) == ("refunded", 2, False)
    assert "older order ignored" in [note["kind"] for note in brevo.seen("silent")["notes"]]


def test_a_batch_of_orders_is_history_unless_it_says_otherwise(brevo: Brevo) -> None:
    brevo.ask("POST", "/orders/status/batch", {"orders": [order(id="a")]})
    brevo.ask("POST", "/orders/status/batch", {"orders": [order(id="b")], "historical": False})

    assert {one["id"]: one["is_historical"] for one in brevo.seen("orders")["orders"]} == {"a": True, "b": False}
    assert {one["id"] for one in brevo.said("GET", "/orders")[1]["orders"]} == {"a", "b"}
