"""The demo shop's REST API: keys, filters, pages and switches as at a real shop."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from collector.outgoing.guard import guarded_session
from collector.sandbox.shop.oauth import Denied, Gate
from collector.sandbox.shop.shop import now_utc
from collector.sources.woocommerce.install import read_shop
from tests.ports import free_port

from .tea_shop import KEY, KEY_SECRET, NOW, TeaShop, add, check_out, serving, signed

API = "/wp-json/wc/v3"


def read(shop: TeaShop, path: str) -> Any:
    client = shop.app.test_client()
    answer = client.get(signed(client, f"{API}/{path}"))
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_our_own_first_read_succeeds() -> None:
    shop = TeaShop(url=f"http://127.0.0.1:{free_port()}")
    shop.clock.now = now_utc()  # requests-oauthlib signs with the real clock
    with serving(shop):
        keys = {"consumer_key": KEY, "consumer_secret": KEY_SECRET}
        found = read_shop(guarded_session(True, (2, 2)), shop.url, keys)
    assert (found.name, found.currency) == ("Lindenweg Tea & Ware", "EUR")
    assert (found.detail["auth"], found.detail["version"]) == ("oauth1", "10.5.0")


@pytest.mark.parametrize(
    ("why", "key", "secret", "code"),
    [
        ("an unknown key", "ck_other", KEY_SECRET, "woocommerce_rest_cannot_view"),
        ("a wrong secret", KEY, "cs_other", "woocommerce_rest_authentication_error"),
    ],
)
def test_wrong_keys_are_refused_in_its_words(why: str, key: str, secret: str, code: str) -> None:
    shop = TeaShop()
    shop.clock.now = now_utc()  # requests-oauthlib signs with the real clock
    client = shop.app.test_client()
    answer = client.get(signed(client, f"{API}/orders", key=key, secret=secret))
    assert (answer.status_code, answer.get_json()["code"]) == (401, code), why


def test_basic_over_http_is_no_key_at_all() -> None:
    answer = TeaShop().app.test_client().get(f"{API}/orders", auth=(KEY, KEY_SECRET))
    assert answer.get_json()["code"] == "woocommerce_rest_cannot_view"


@pytest.mark.parametrize(
    ("why", "shift_s", "times", "is_let_in"),
    [("once", 0, 1, True), ("the same nonce again", 0, 2, False), ("an old clock", 3600, 1, False)],
)
def test_a_signature_counts_once_and_not_for_long(why: str, shift_s: int, times: int, is_let_in: bool) -> None:
    client = TeaShop().app.test_client()
    url = urlsplit(signed(client, f"{API}/orders?status=a,b&search=x@y.z"))
    pairs = parse_qsl(url.query)
    gate, now = Gate(KEY, KEY_SECRET), now_utc()
    now = now.fromtimestamp(now.timestamp() + shift_s, now.tzinfo)
    try:
        for _ in range(times):
            gate.check("GET", f"http://localhost{API}/orders", pairs, "", now)
    except Denied:
        assert not is_let_in, why
    else:
        assert is_let_in, why


@pytest.fixture
def shop() -> TeaShop:
    """Ana's two old orders, Mia's paid one, and an open checkout. Clock near the real one, for signatures."""
    found = TeaShop()
    found.clock.now = now_utc()
    mia = found.browser()
    add(mia, 15, variation=[{"attribute": "Colour", "value": "Red"}])
    check_out(mia)
    other = found.browser()
    add(other)
    other.get("/checkout/")
    return found


@pytest.mark.parametrize(
    ("why", "query", "expected"),
    [
        ("everything, drafts too, newest first", "", [1004, 1003, 1002, 1001]),
        ("by billing e-mail", "search=mia@example.com", [1003]),
        ("in any letter case", "search=MIA@example.com", [1003]),
        ("by customer", "customer=2", [1002, 1001]),
        ("by status", "status=completed,on-hold", [1002, 1001]),
        ("by number", "include=1001,1003", [1003, 1001]),
        ("oldest first by number", "orderby=id&order=asc", [1001, 1002, 1003, 1004]),
        ("since a moment", f"after={NOW:%Y-%m-%d}T00:00:00&dates_are_gmt=true&status=processing", [1003]),
        ("the second page", "per_page=3&page=2", [1001]),
        ("past the end", "per_page=3&page=3", []),
        ("from a place on", "orderby=id&order=asc&per_page=1&offset=2", [1003]),
    ],
)
def test_orders_are_found(shop: TeaShop, why: str, query: str, expected: list[int]) -> None:
    assert [order["id"] for order in read(shop, f"orders?_fields=id&{query}")] == expected, why


@pytest.mark.parametrize(
    ("why", "written", "expected"),
    [
        ("naive with the flag is GMT", "2026-11-21T10:00:00&dates_are_gmt=true", 1),
        ("exclusive", "2026-11-21T10:00:02&dates_are_gmt=true", 0),
        ("naive without it is the shop's clock", "2026-11-21T11:00:00", 1),
        ("with a zone", "2026-11-21T10:00:00Z", 1),
        ("with a zone and the flag it is shifted", "2026-11-21T10:00:00Z&dates_are_gmt=true", 0),
    ],
)
def test_times_are_read_as_the_shop_reads_them(why: str, written: str, expected: int) -> None:
    shop = TeaShop()
    client = shop.app.test_client()
    for product in shop.shop.catalogue:
        product.modified_at = NOW.replace(second=2) if product.id == 13 else NOW.replace(year=2025)
    shop.clock.now = now_utc()  # requests-oauthlib signs with the real clock
    found = client.get(signed(client, f"{API}/products?modified_after={written}")).get_json()
    assert len(found) == expected, why


@pytest.mark.parametrize("query", ["per_page=101", "page=0", "include=x", "after=yesterday"])
def test_what_is_no_parameter_is_400(shop: TeaShop, query: str) -> None:
    client = shop.app.test_client()
    assert client.get(signed(client, f"{API}/orders?{query}")).status_code == 400


def test_pages_are_counted(shop: TeaShop) -> None:
    client = shop.app.test_client()
    answer = client.get(signed(client, f"{API}/orders?per_page=3"))
    assert (answer.headers["X-WP-Total"], answer.headers["X-WP-TotalPages"]) == ("4", "2")
    assert 'rel="next"' in answer.headers["Link"]
    assert "oauth_" not in answer.headers["Link"]


def test_fields_reach_inside(shop: TeaShop) -> None:
    assert read(shop, "orders/1003?_fields=id,billing.email") == {
        "id": 1003,
        "billing": {"email": "mia@example.com"},
    }


def test_products_variants_and_customers_are_there(shop: TeaShop) -> None:
    assert [p["stock_status"] for p in read(shop, "products?include=13,27&order=asc")] == ["instock", "outofstock"]
    assert [v["name"] for v in read(shop, "products/15/variations?include=16,17")] == ["Red", "Blue"]
    assert read(shop, "products/16")["parent_id"] == 15
    assert [c["email"] for c in read(shop, "customers?email=ana@example.com")] == ["ana@example.com"]
    assert read(shop, "customers/2")["is_paying_customer"] is True
    assert [c["id"] for c in read(shop, "customers?role=all&include=2&_fields=id")] == [2]
    assert read(shop, "products?status=trash") == []


@pytest.mark.parametrize("path", ["orders/9", "products/9", "products/9/variations", "customers/9", "webhooks/99"])
def test_what_is_not_there_is_404(shop: TeaShop, path: str) -> None:
    client = shop.app.test_client()
    assert client.get(signed(client, f"{API}/{path}")).status_code == 404


def test_a_taken_down_api_answers_a_page(shop: TeaShop) -> None:
    client = shop.app.test_client()
    client.post("/_sandbox/switches", json={"api_down": True})
    answer = client.get(signed(client, f"{API}/orders"))
    assert (answer.status_code, answer.content_type.partition(";")[0]) == (503, "text/html")
    assert client.get("/").status_code == 200
    client.post("/_sandbox/switches", json={"api_down": False})
    assert client.get(signed(client, f"{API}/orders")).status_code == 200


def test_the_merchant_s_changes_are_orders_changes(shop: TeaShop) -> None:
    client = shop.app.test_client()
    client.post("/_sandbox/orders/1003", data={"status": "refunded"})
    order = read(shop, "orders/1003")
    assert (order["status"], order["refunds"][0]["total"]) == ("refunded", f"-{order['total']}")
    assert client.post("/_sandbox/orders/1003", json={"status": "eaten"}).status_code == 400
    client.post("/_sandbox/stock", json={"id": 17, "stock": 0})
    assert read(shop, "products/17?_fields=stock_status") == {"stock_status": "outofstock"}
    assert "Behind the counter" in client.get("/_sandbox/").text
