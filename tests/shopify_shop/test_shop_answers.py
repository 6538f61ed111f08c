"""The shop for tests: cost and throttling, scopes, tokens, versions, and what it does when something is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.shopify_shop.asking import Client, virtual
from tests.shopify_shop.server import ShopifyShop, recent, shop_open
from tests.stand_ins.clock import Virtual


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[ShopifyShop]:
    clock = virtual()
    with shop_open(recent(clock, customers=20, orders=30, products=5, old_orders=3), tmp_path, clock) as opened:
        yield opened


def clock_of(shop: ShopifyShop) -> Virtual:
    assert isinstance(shop.clock, Virtual)
    return shop.clock


@pytest.mark.parametrize(
    ("why", "query", "requested", "actual"),
    [
        ("an object is one point, its values nothing", "{shop{name currencyCode}}", 1, 1),
        ("an object in it is another", "{shop{name plan{publicDisplayName}}}", 2, 2),
        ("a connection is two and its rows", "{customers(first:10){nodes{id}}}", 12, 12),
        ("only rows that come are paid for", "{customers(first:250){nodes{id}}}", 252, 22),
        ("edges and pageInfo are free", "{customers(first:10){edges{node{id}} pageInfo{endCursor}}}", 12, 12),
        (
            "connections multiply",
            "{products(first:2){nodes{id variants(first:5){nodes{id inventoryItem{id}}}}}}",
            2 + 2 * (1 + 2 + 5 * 2),
            2 + (1 + 2 + 2 * 2) + (1 + 2 + 3 * 2),
        ),
        ("what is null costs nothing", '{customer(id:"gid://shopify/Customer/1"){id}}', 1, 0),
        (
            "of a union the dearest part",
            "{products(first:1){nodes{media(first:1){nodes{... on MediaImage{image{url}} ... on Video{id}}}}}}",
            2 + 1 + 2 + 1 + 1,
            2 + 1 + 2 + 1 + 1,
        ),
        (
            "a mutation is ten",
            'mutation{webhookSubscriptionDelete(id:"gid://shopify/WebhookSubscription/1"){userErrors{message}}}',
            10,
            10,
        ),
    ],
)
def test_a_question_costs(shop: ShopifyShop, why: str, query: str, requested: int, actual: int) -> None:
    answer = Client(shop).ask(query)
    cost = answer["extensions"]["cost"]
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (requested, actual), why
    assert cost["throttleStatus"] == {
        "maximumAvailable": 2000.0,
        "currentlyAvailable": 2000 - actual,
        "restoreRate": 100.0,
    }


def test_an_empty_bucket_throttles_and_fills_by_the_clock(shop: ShopifyShop) -> None:
    client = Client(shop)
    query = "{customers(first:250){nodes{id orders(first:2){nodes{id}}}}}"
    assert "errors" in client.ask(query)  # 1252 points: more than one question may ever cost
    assert client.ask(query)["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"
    shop.bucket.take(1950)
    throttled = client.ask("{customers(first:100){nodes{id}}}")
    assert throttled["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert "data" not in throttled
    assert throttled["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == 50
    clock_of(shop).advance(0.52)
    assert client.ask("{customers(first:100){nodes{id}}}")["data"]["customers"]["nodes"]
    assert shop.bucket.throttled == 1


def test_a_field_the_shop_has_no_answer_for_is_never_null(shop: ShopifyShop) -> None:
    answer = Client(shop).ask("{shop{name taxesIncluded}}")
    assert "the sandbox has no answer: Shop.taxesIncluded" in answer["errors"][0]["message"]
    with pytest.raises(AssertionError, match=r"Shop\.taxesIncluded"):
        shop.check()


def test_a_search_the_shop_does_not_know_fails_the_test(shop: ShopifyShop) -> None:
    assert "errors" in Client(shop).ask('{customers(first:1,query:"shoe_size:42"){nodes{id}}}')
    with pytest.raises(AssertionError, match="shoe_size"):
        shop.check()


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{customers(first:1){nodes{id acceptsMarketing}}}", "Cannot query field 'acceptsMarketing'"),
        ("{orders(first:1,sortKey:TOTAL){nodes{id}}}", "does not exist in 'OrderSortKeys'"),
        ("{customers(first:251){nodes{id}}}", "between 1 and 250"),
        ("{customers{nodes{id}}}", "must provide one of first or last"),
        ("{customers(first:1)", "Syntax Error"),
    ],
)
def test_a_wrong_question_is_refused(shop: ShopifyShop, query: str, message: str) -> None:
    assert message in Client(shop).ask(query)["errors"][0]["message"]


def test_a_missing_scope_is_named_and_the_rest_is_answered(shop: ShopifyShop) -> None:
    shop.access.scopes = ("read_orders",)
    answer = Client(shop).ask("{customers(first:1){nodes{id}} shop{name}}")
    assert answer["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    assert "`read_customers`" in answer["errors"][0]["message"]
    assert answer["errors"][0]["path"] == ["customers"]


def test_a_write_scope_opens_what_the_read_scope_does(shop: ShopifyShop) -> None:
    shop.access.scopes = ("write_customers",)
    assert Client(shop).data("{customers(first:1){nodes{id}}}")


def test_without_the_whole_history_the_orders_of_sixty_days_are_there(shop: ShopifyShop) -> None:
    names = "{orders(first:250){nodes{name}}}"
    assert len(Client(shop).data(names)["orders"]["nodes"]) == 30
    shop.access.scopes = tuple(scope for scope in shop.access.scopes if scope != "read_all_orders")
    assert len(Client(shop).data(names)["orders"]["nodes"]) == 27


def test_protected_customer_data_is_null_where_it_is_not_allowed(shop: ShopifyShop) -> None:
    shop.access.sees_people = False
    [customer] = Client(shop).data("{customers(first:1){nodes{id lastName defaultEmailAddress{emailAddress}}}}")[
        "customers"
    ]["nodes"]
    assert customer["id"]
    assert (customer["lastName"], customer["defaultEmailAddress"]) == (None, None)


@pytest.mark.parametrize(("asked", "served"), [("2026-07", "2026-07"), ("2024-01", "2026-01"), ("2025-10", "2026-01")])
def test_an_expired_version_falls_forward(shop: ShopifyShop, asked: str, served: str) -> None:
    answer = Client(shop, token="shpat_unknown", version=asked).post("{shop{name}}")
    assert answer.headers["X-Shopify-API-Version"] == served


def test_there_is_no_version_of_the_future(shop: ShopifyShop) -> None:
    assert Client(shop, version="2031-01").post("{shop{name}}").status_code == 404


def test_tokens_of_a_day_end(shop: ShopifyShop) -> None:
    bought = Client(shop).buy(grant_type="client_credentials").json()
    assert bought["expires_in"] == 86399
    client = Client(shop, token=bought["access_token"])
    assert client.data("{shop{name}}")
    clock_of(shop).advance(86400)
    assert client.post("{shop{name}}").status_code == 401
    assert Client(shop).buy(grant_type="client_credentials", client_secret="x").status_code == 400


def test_refresh_tokens_rotate_and_the_one_before_is_good_until_the_new_one_is_used(shop: ShopifyShop) -> None:
    client = Client(shop)
    first = client.buy(code=shop.access.code(), expiring="1").json()
    assert (first["expires_in"], first["refresh_token_expires_in"]) == (3600, 7776000)
    second = client.buy(grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    again = client.buy(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert again.status_code == 200, "the answer may have been lost"
    third = client.buy(grant_type="refresh_token", refresh_token=second["refresh_token"]).json()
    assert client.buy(grant_type="refresh_token", refresh_token=first["refresh_token"]).status_code == 400
    clock_of(shop).advance(timedelta(days=91).total_seconds())
    assert client.buy(grant_type="refresh_token", refresh_token=third["refresh_token"]).status_code == 400


def test_a_code_is_good_once(shop: ShopifyShop) -> None:
    client, code = Client(shop), shop.access.code()
    assert client.buy(code=code, expiring="1").status_code == 200
    assert client.buy(code=code, expiring="1").status_code == 400


def test_a_revoked_token_opens_nothing(shop: ShopifyShop) -> None:
    client = Client(shop)
    shop.access.revoke()
    assert client.post("{shop{name}}").status_code == 401


@pytest.mark.parametrize(
    ("trouble", "status"), [("frozen", 402), ("locked", 423), ("not_a_shop", 404), ("page", 200), ("broken", 503)]
)
def test_trouble_is_met_and_passes(shop: ShopifyShop, trouble: str, status: int) -> None:
    client = Client(shop)
    shop.trouble, shop.troubles_left = trouble, 1
    met = client.post("{shop{name}}")
    assert met.status_code == status
    assert "data" not in met.text
    assert client.data("{shop{name}}")


def test_answers_bear_the_shops_own_time(shop: ShopifyShop) -> None:
    assert Client(shop).post("{shop{name}}").headers["Date"] == "Fri, 20 Nov 2026 12:00:00 GMT"
