"""The shop for tests: what a search finds, how pages follow each other, how records hang together."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.shopify_shop import customers, orders, products
from tests.shopify_shop.asking import NOON, virtual
from tests.shopify_shop.naming import number_of
from tests.shopify_shop.numbers import CUSTOMER_IDS, ORDER_IDS, PRODUCT_IDS, Numbers
from tests.shopify_shop.rows import Rows
from tests.shopify_shop.search import BadSearch, Columns, parse
from tests.shopify_shop.shop import Shop

KNOWN = frozenset({"id", "email", "updated_at", "status", "tag", "test"})
RECORD: Columns = {
    "id": 17,
    "email": "Anna@example.org",
    "updated_at": "2026-11-20T12:00:00Z",
    "status": "open",
    "tag": ("VIP", "Töpferkurs"),
    "test": False,
}


@pytest.mark.parametrize(
    ("why", "query", "is_found"),
    [
        ("nothing asked, everything found", "", True),
        ("case does not matter", "email:anna@EXAMPLE.org", True),
        ("quoted", "email:'anna@example.org'", True),
        ("double quotes", 'email:"anna@example.org"', True),
        ("a quote inside is escaped", r"email:'o\'neil@example.org'", False),
        ("one side of a moment", "updated_at:>='2026-11-20T12:00:00Z'", True),
        ("the other side", "updated_at:<'2026-11-20T12:00:00Z'", False),
        ("another offset, the same moment", "updated_at:<='2026-11-20T13:00:00+01:00'", True),
        ("a day only", "updated_at:>2026-11-20", True),
        ("both sides", "updated_at:>=2026-11-20 AND updated_at:<2026-11-21", True),
        ("no word between them is AND", "status:open test:true", False),
        ("either", "status:closed OR status:open", True),
        ("AND binds closer", "status:closed OR status:open AND test:true", False),
        ("brackets first", "(status:closed OR status:open) AND test:false", True),
        ("not", "NOT status:closed", True),
        ("minus", "-status:open", False),
        ("one of several values", "tag:vip", True),
        ("a beginning", "email:anna*", True),
        ("numbers are compared as such", "id:>9", True),
        ("a gid is a number", "id:gid://shopify/Customer/17", True),
    ],
)
def test_a_search_finds(why: str, query: str, is_found: bool) -> None:
    assert parse(query, KNOWN)(RECORD) is is_found, why


@pytest.mark.parametrize("query", ["phone:1", "email", "(status:open", "status:open)", "updated_at:>soon", "status:>a"])
def test_what_is_not_understood_is_an_error_and_not_everything(query: str) -> None:
    with pytest.raises(BadSearch):
        parse(query, KNOWN)


@pytest.mark.parametrize(("is_reverse", "size"), [(False, 3), (True, 3), (False, 250), (True, 1)])
def test_pages_give_every_row_once(is_reverse: bool, size: int) -> None:
    rows = Rows([(f"{number:02}", number) for number in range(10)], lambda key: {"id": key[1]})
    met, after = list[int](), None
    while True:
        page = rows.page({"first": size, "after": after, "reverse": is_reverse})
        met += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert met == (list(range(9, -1, -1)) if is_reverse else list(range(10)))


def test_a_row_that_moved_away_leaves_its_place_to_those_behind_it() -> None:
    keys = [("a", 1), ("b", 2), ("c", 3)]
    first = Rows(keys, lambda key: {"id": key[1]}).page({"first": 2})
    later = Rows([("a", 1), ("c", 3), ("d", 2)], lambda key: {"id": key[1]})
    page = later.page({"first": 2, "after": first["pageInfo"]["endCursor"]})
    assert [node["id"] for node in page["nodes"]] == [3, 2]


NUMBERS = Numbers(began=NOON - timedelta(days=50), span=timedelta(days=49), customers=300, orders=400, products=12)


def test_what_is_searched_by_is_what_stands_in_the_record() -> None:
    shop = Shop(NUMBERS, virtual())
    for number in range(1, 300):
        record = shop.customers.get(CUSTOMER_IDS + number)
        assert record is not None
        assert customers.columns(record) == customers.glance(NUMBERS, number)
        order = shop.orders.get(ORDER_IDS + number)
        assert order is not None
        assert orders.columns(order) == orders.glance(NUMBERS, number)
    for number in range(1, 13):
        product = shop.products.get(PRODUCT_IDS + number)
        assert product is not None
        assert products.columns(product) == products.glance(NUMBERS, number)


def test_customers_and_orders_tell_the_same() -> None:
    shop = Shop(NUMBERS, virtual())
    by_customer = dict[int, list[int]]()
    for id_ in shop.orders.ids():
        order = shop.orders.get(id_)
        assert order is not None
        if order["customer_id_"]:
            by_customer.setdefault(order["customer_id_"], []).append(id_)
    for id_ in shop.customers.ids():
        record = shop.customers.get(id_)
        assert record is not None
        theirs = by_customer.get(id_, [])
        assert int(record["numberOfOrders"]({})) == len(theirs)
        assert [number_of(one["id"]) for one in record["orders"]({}).all()] == theirs


@pytest.mark.parametrize("count", [1, 2, 10, 7918, 10_000])
def test_every_order_is_found_again_from_its_customer(count: int) -> None:
    numbers = Numbers(began=NOON, span=timedelta(days=1), customers=count, orders=50)
    for order in range(1, 51):
        assert order in numbers.orders_of_customer(numbers.customer_of_order(order))
