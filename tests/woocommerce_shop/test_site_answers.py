"""What a real WooCommerce was seen to answer, and the stand-in too: keys, pages, dates, batches, what hosts do."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.stand_ins.clock import Virtual
from tests.woocommerce_shop import oauth as rules
from tests.woocommerce_shop.access import Key
from tests.woocommerce_shop.asking import asked, basic, oauth, rest
from tests.woocommerce_shop.numbers import COUPON_IDS, CUSTOMER_IDS, ORDER_IDS, gmt
from tests.woocommerce_shop.server import Network, recent
from tests.woocommerce_shop.troubles import PAGES

WRONG = Key("ck_wrong", "cs_wrong")


@pytest.fixture
def network() -> Network:
    clock = Virtual(datetime.fromtimestamp(int(time.time()), UTC))
    counts = {"customers": 30, "orders": 60, "products": 12, "coupons": 9}
    return Network({"": recent(clock, **counts), "/b": recent(clock, **counts, flavour=1)}, clock)


def key_of(network: Network, name: str) -> Key:
    right = network.main.key
    made = {
        "right": right,
        "unknown": WRONG,
        "wrong secret": Key(right.consumer_key, "cs_no"),
        "may only read": Key("ck_read", "cs_read", "read"),
        "may only write": Key("ck_write", "cs_write", "write"),
        "owner without a role": Key("ck_sub", "cs_sub", has_role=False),
        "of the other site": network.sites["/b"].key,
    }[name]
    if name in ("may only read", "may only write", "owner without a role"):
        network.main.access.add(made)
    return made


@pytest.mark.parametrize(
    ("key", "method", "route", "status", "code", "said"),
    [
        ("right", "GET", "orders", 200, "", ""),
        ("unknown", "GET", "orders", 401, "woocommerce_rest_cannot_view", "cannot list"),
        ("wrong secret", "GET", "orders", 401, "woocommerce_rest_authentication_error", "Consumer secret is invalid."),
        ("may only read", "GET", "orders", 200, "", ""),
        ("may only read", "POST", "webhooks", 401, "woocommerce_rest_authentication_error", "write permissions"),
        ("may only write", "GET", "orders", 401, "woocommerce_rest_authentication_error", "read permissions"),
        ("owner without a role", "GET", "orders", 403, "woocommerce_rest_cannot_view", ""),
        ("of the other site", "GET", "orders", 401, "woocommerce_rest_cannot_view", ""),
        ("right", "GET", "nothing", 404, "rest_no_route", ""),
        ("right", "GET", "orders/5", 404, "woocommerce_rest_shop_order_invalid_id", ""),
        ("right", "GET", "orders?per_page=101", 400, "rest_invalid_param", "per_page"),
        ("right", "GET", "orders?page=0", 400, "rest_invalid_param", "page"),
        ("right", "GET", "orders?orderby=total", 400, "rest_invalid_param", "orderby"),
        ("right", "GET", "customers?orderby=modified", 400, "rest_invalid_param", "orderby"),
        ("right", "GET", "orders?status=lost", 400, "rest_invalid_param", "status"),
        ("right", "DELETE", f"customers/{CUSTOMER_IDS + 1}", 501, "woocommerce_rest_trash_not_supported", ""),
        ("right", "POST", "webhooks", 400, "woocommerce_rest_shop_webhook_invalid_topic", ""),
    ],
)
def test_who_asks_what_gets_which_answer(
    network: Network, key: str, method: str, route: str, status: int, code: str, said: str
) -> None:
    answer = rest(network, route, method, {} if method == "POST" else None, key_of(network, key))
    assert (answer.status, answer.code) == (status, code)
    assert said in answer.body.decode()


@pytest.mark.parametrize(
    ("why", "path", "headers", "status"),
    [
        ("http, Basic", "/wp-json/wc/v3/orders", {"X-Forwarded-Proto": ""}, 401),
        ("http, query", "/wp-json/wc/v3/orders?{keys}", None, 401),
        ("https, query", "/wp-json/wc/v3/orders?{keys}", {"X-Forwarded-Proto": "https"}, 200),
        ("plain address", "/?rest_route=/wc/v3/orders&{keys}", {"X-Forwarded-Proto": "https"}, 401),
        ("the open index", "/wp-json/", None, 200),
        ("no such page", "/nothing", None, 404),
    ],
)
def test_keys_work_only_where_they_do(
    network: Network, why: str, path: str, headers: dict[str, str] | None, status: int
) -> None:
    key = network.main.key
    keys = f"consumer_key={key.consumer_key}&consumer_secret={key.consumer_secret}"
    with_basic = basic(key) | headers if headers and "keys" not in path else headers
    assert asked(network, path.format(keys=keys), headers=with_basic).status == status, why


def test_a_host_that_strips_the_header_leaves_the_query(network: Network) -> None:
    network.strips_authorization = True
    assert rest(network, "orders").status == 401


@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256"])
@pytest.mark.parametrize("query", ["", "?per_page=2&_fields=id,billing.email", "?search_=a%20b%2Bc&x=%C3%A4&empty="])
def test_a_signature_of_another_hand_is_accepted_over_http(network: Network, method: str, query: str) -> None:
    assert oauth(network, f"orders{query}", network.main.key, signature_method=method).status == 200


@pytest.mark.parametrize(
    ("why", "shift_s", "nonce", "secret", "said"),
    [
        ("just in time", -rules.WINDOW_S + 5, "n1", "", ""),
        ("too old", -rules.WINDOW_S - 60, "n2", "", "Invalid timestamp."),
        ("of the future", rules.WINDOW_S + 60, "n3", "", "Invalid timestamp."),
        ("used before", 0, "used", "", "nonce has already been used"),
        ("another secret", 0, "n4", "cs_other", "provided signature does not match"),
    ],
)
def test_a_signature_that_is_not_right_is_refused_in_its_words(
    network: Network, why: str, shift_s: int, nonce: str, secret: str, said: str
) -> None:
    right = network.main.key
    now = network.main.now()
    assert oauth(network, "orders", right, timestamp=str(now), nonce="used").status == 200
    key = Key(right.consumer_key, secret or right.consumer_secret)
    answer = oauth(network, "orders", key, timestamp=str(now + shift_s), nonce=nonce)
    assert (answer.status == 401, said in answer.body.decode()) == (bool(said), True), why


def test_lists_are_signed_by_the_numbers_php_gives_them() -> None:
    given = rules.parameters("status[]=a&status[]=b&oauth_x=1", "")
    assert given == {}
    named = "&".join(f"{name}=1" for name in rules.NEEDED)
    assert {"status[0]", "status[1]"} <= rules.parameters(f"status[]=a&status[]=b&{named}", "").keys()


# lists


def test_pages_have_totals_links_and_an_end(network: Network) -> None:
    first = rest(network, "orders?per_page=25&orderby=id&order=asc")
    assert (first.headers["X-WP-Total"], first.headers["X-WP-TotalPages"]) == ("60", "3")
    assert first.ids == list(range(ORDER_IDS + 1, ORDER_IDS + 26))
    assert 'page=2>; rel="next"' in first.headers["Link"]
    past = rest(network, "orders?per_page=25&page=9")
    assert (past.status, past.json, past.headers["X-WP-Total"]) == (200, [], "0")
    network.main.habits.has_order_tables = False
    assert rest(network, "orders?per_page=25&page=9").headers["X-WP-Total"] == "60"
    assert rest(network, "products?per_page=25&page=9").headers["X-WP-Total"] == "12"
    assert rest(network, "orders?per_page=3&offset=2&orderby=id&order=asc").ids == [ORDER_IDS + n for n in (3, 4, 5)]


@pytest.mark.parametrize(
    ("why", "route", "ids"),
    [
        ("by number", f"orders?include={ORDER_IDS + 9},{ORDER_IDS + 2}&orderby=include", [9, 2]),
        ("in a list", f"orders?include[]={ORDER_IDS + 9}&include[]={ORDER_IDS + 2}&orderby=id", [9, 2]),
        ("not those", "orders?orderby=id&order=asc&per_page=2&exclude=100001,100003", [2, 4]),
        ("newest first unless told", "orders?per_page=2", [60, 59]),
        ("of a status", "orders?status=on-hold&orderby=id&order=asc", [2, 22, 42]),
        ("of an address", "orders?search=GAST2@example.net&orderby=id&order=asc&per_page=2", [3, 33]),
        ("drafts are in any", "orders?orderby=id&order=asc&per_page=1&offset=19", [20]),
        ("two statuses", "orders?status=on-hold,failed&orderby=id&order=asc&per_page=3", [2, 3, 22]),
    ],
)
def test_a_list_is_of_what_was_asked_for(network: Network, why: str, route: str, ids: list[int]) -> None:
    assert rest(network, route).ids == [ORDER_IDS + number for number in ids], why


def test_customers_are_those_by_role_unless_all_are_asked_for(network: Network) -> None:
    by_role, all_ = rest(network, "customers?per_page=100"), rest(network, "customers?per_page=100&role=all")
    assert (len(by_role.json), len(all_.json)) == (29, 32)
    assert {"administrator", "shop_manager", "subscriber"} < {one["role"] for one in all_.json}
    ignored = rest(network, "customers?per_page=100&modified_after=2999-01-01T00:00:00")
    assert ignored.ids == by_role.ids


@pytest.mark.parametrize(
    ("why", "stated", "finds"),
    [
        ("naive GMT with the flag", "{gmt}&dates_are_gmt=true", True),
        ("Z without the flag", "{gmt}Z", True),
        ("naive in the site's own time", "{local}", True),
        ("Z with the flag is shifted by the offset", "{gmt}Z&dates_are_gmt=true", False),
        ("so is +01:00", "{local}%2B01:00&dates_are_gmt=true", False),
        ("exclusive", "{exact}&dates_are_gmt=true", False),
    ],
)
def test_dates_are_compared_as_a_real_shop_compares_them(network: Network, why: str, stated: str, finds: bool) -> None:
    site = network.main
    site.life.change_order(ORDER_IDS + 1, status="completed")
    now = site.now()
    query = stated.format(gmt=gmt(now - 60), local=gmt(now - 60 + 3600), exact=gmt(now))
    found = rest(network, f"orders?modified_after={query}&orderby=modified&order=asc").ids
    assert (found == [ORDER_IDS + 1]) is finds, (why, found)


def test_fields_are_trimmed_to_what_was_asked_for_links_too(network: Network) -> None:
    found = rest(network, f"orders/{ORDER_IDS + 1}?_fields=id,billing.email,billing.phone,nothing").json
    assert found.keys() == {"id", "billing"}
    assert found["billing"].keys() == {"email", "phone"}


def test_records_drift_between_pages_while_rows_come_and_go(network: Network) -> None:
    site = network.main

    def happen(kind: str, page: int) -> None:
        if page == 2:
            site.life.delete_order(ORDER_IDS + 1)

    site.before_list = happen
    pages = [rest(network, f"orders?per_page=10&page={page}&orderby=id&order=asc").ids for page in (1, 2)]
    assert ORDER_IDS + 11 not in pages[0] + pages[1]


def test_a_variation_is_named_by_its_choice_and_whole_by_its_own_number(network: Network) -> None:
    [parent] = rest(network, "products?type=variable&per_page=1").json
    short = rest(network, f"products/{parent['id']}/variations?per_page=1").json[0]
    whole = rest(network, f"products/{short['id']}").json
    assert (short["parent_id"], whole["parent_id"]) == (parent["id"], parent["id"])
    assert whole["name"] == f"{parent['name']} - {short['name']}"


def test_a_batch_has_its_limit_and_fails_one_by_one(network: Network) -> None:
    many = rest(network, "coupons/batch", "POST", {"delete": list(range(101))})
    assert (many.status, many.code) == (413, "woocommerce_rest_request_entity_too_large")
    body = {"update": [{"id": COUPON_IDS + 1, "amount": "5.00"}], "delete": [7], "create": [{"code": "NEU"}]}
    found = rest(network, "coupons/batch", "POST", body).json
    assert found["update"][0]["amount"] == "5.00"
    assert found["delete"][0]["error"]["code"] == "woocommerce_rest_shop_coupon_invalid_id"
    assert found["create"][0]["code"] == "neu"


def test_reports_count_what_the_orders_say(network: Network) -> None:
    totals = rest(network, "reports/orders/totals").json
    assert sum(one["total"] for one in totals) == 60
    [sales] = rest(network, "reports/sales").json
    assert sales["total_orders"] > 30
    assert rest(network, "reports/top_sellers").json[0]["quantity"] > 0


def test_what_the_stand_in_does_not_know_is_a_gap_and_not_an_answer(network: Network) -> None:
    assert rest(network, "products?sku=B-1").status == 501
    with pytest.raises(AssertionError):
        network.check()


# hosts


@pytest.mark.parametrize("name", PAGES)
def test_a_page_stands_before_the_shop_until_it_is_over(network: Network, name: str) -> None:
    network.troubles.now(name, left=1)
    answer = rest(network, "orders")
    assert (answer.status, answer.headers["Content-Type"]) == (PAGES[name][0], PAGES[name][1])
    assert rest(network, "orders").status == 200


@pytest.mark.parametrize("before", ["bom", "notice"])
def test_something_is_printed_before_the_json(network: Network, before: str) -> None:
    network.troubles.before = before
    body = rest(network, "orders?per_page=1").body
    assert not body.startswith((b"[", b"{"))
    assert b'[{"id"' in body


def test_a_slow_host_takes_its_time_by_the_clock_it_is_given(network: Network) -> None:
    began = network.clock.now()
    network.troubles.slow_s = 7.0
    network.troubles.sleep = lambda seconds: network.clock.advance(seconds)  # type: ignore[attr-defined]
    rest(network, "orders?per_page=1")
    assert network.clock.now() - began == timedelta(seconds=7)


def test_a_host_dies_of_pages_that_are_too_long(network: Network) -> None:
    network.main.habits.dies_above = 20
    assert rest(network, "orders?per_page=50").status == 500
    assert len(rest(network, "orders?per_page=20").json) == 20


@pytest.fixture(params=["plain permalinks", "no WooCommerce", "another prefix"])
def odd(request: pytest.FixtureRequest, network: Network) -> tuple[str, Network]:
    habits = network.main.habits
    habits.has_plain_permalinks = request.param == "plain permalinks"
    habits.has_woocommerce = request.param != "no WooCommerce"
    habits.rest_prefix = "api" if request.param == "another prefix" else "wp-json"
    return request.param, network


def test_odd_sites_answer_404_and_name_their_api_on_the_home_page(odd: tuple[str, Network]) -> None:
    name, network = odd
    assert rest(network, "orders").status == 404
    link = asked(network, "/").headers["Link"]
    assert ("rest_route" in link, "/api/" in link) == (name == "plain permalinks", name == "another prefix")
