"""What the plugin tells of carts: each content once, signed, after the page is finished."""

from __future__ import annotations

from typing import Any

import pytest

from collector.domain.door import InboxRow, NewRow
from collector.domain.events import CartSeen, Fact
from collector.domain.shop import Shop
from collector.sources.tracker.parse import parse
from collector.standards.addresses import StandardAddresses
from collector.standards.currencies import IsoCurrencies
from tests.wordpress.door import SHOP, Door
from tests.wordpress.shop import PLUGIN, VISITOR, plugin_shop

MUG = ("13", "", 1)
SHIRT = ("20", "21", 1)
ADD = ["add", 13, 1]
ORDER = ["order", "classic", {"id": 5, "email": "ana@shop.example"}]
Steps = list[list[Any]]


@pytest.mark.parametrize(
    ("why", "before", "steps", "told"),
    [
        ("something is added", [], [ADD], [[MUG]]),
        ("two things in one request are one cart", [], [ADD, ["add", 21, 1]], [[MUG, SHIRT]]),
        ("a quantity", [ADD], [["quantity", 0, 3]], [[("13", "", 3)]]),
        ("a quantity that stays", [ADD], [["quantity", 0, 1]], []),
        ("one line goes", [ADD, ["add", 21, 1]], [["remove", 0]], [[SHIRT]]),
        ("the last line goes", [ADD], [["remove", 0]], [[]]),
        ("gone and back is nothing", [ADD], [["remove", 0], ["restore", 13, 1]], []),
        ("a coupon changes what it costs", [ADD], [["coupon", 0.5]], [[MUG]]),
        ("it is filled by ordering again, which is no adding", [ADD, ORDER], [["again", 13, 2]], [[("13", "", 2)]]),
        ("an order again of something more", [ADD], [["again", 21, 1]], [[MUG, SHIRT]]),
        ("the shopper empties it", [ADD], [["empty"]], [[]]),
        ("nothing was ever in it", [], [["empty"]], []),
        ("logging out leaves the cart with the account", [ADD], [["action", "wp_logout", 7], ["empty"]], []),
        ("a page is looked at", [ADD], [["pages"]], []),
    ],
)
def test_a_change_is_told_once_and_with_what_it_left(
    door: Door, why: str, before: Steps, steps: Steps, told: list[list[tuple[str, str, int]]]
) -> None:
    shop = plugin_shop(door.address)
    if before:
        shop.request(*before)
    known = len(door.carts())
    shop.request(*steps)
    assert door.carts()[known:] == told, why
    assert door.said == ["204 accepted=1"] * door.calls, "each of them accepted, signature and all"


@pytest.mark.parametrize(
    ("is_gross", "price", "line_total", "total"),
    [(True, "11.90", "11.90", "23.80"), (False, "10.00", "10.00", "20.00")],
)
def test_prices_are_those_the_shopper_sees(door: Door, is_gross: bool, price: str, line_total: str, total: str) -> None:
    plugin_shop(door.address, is_gross=is_gross).request(["add", 13, 2], ["coupon", 0.5], ["add", 13, 2])
    [event] = door.events()
    item = event["cart"]["items"][0]
    assert (item["price"], item["line_total"], event["cart"]["total"]) == (price, line_total, total)


def test_what_is_told_becomes_the_cart_of_that_visitor(door: Door) -> None:
    plugin_shop(door.address, is_logged_in=True).request(["add", 21, 2])
    [row] = door.rows
    [*_, cart] = parse_row(row, SHOP)
    assert isinstance(cart, CartSeen)
    assert (cart.visitor_id, cart.source, cart.currency, cart.total_minor) == (VISITOR, "server", "EUR", 5000)
    [item] = cart.items
    assert (item.product_id, item.variant_id, item.name, item.variant_name) == ("20", "21", "Shirt", "S, Red")
    assert (item.sku, item.unit_price_minor, item.categories) == ("S-S", 2500, ("Cups & mugs",))
    assert door.beacons()[0]["identity"] == {"email": "ana@shop.example", "customer_id": "7", "name": "Ana"}
    assert row.facts == {"server": True, "identity": "signed"}


def parse_row(row: NewRow, shop: Shop) -> list[Fact]:
    stored = InboxRow(1, row.shop_id, row.lane, row.kind, row.received_at, "", "", row.facts, row.body)
    return parse(stored, shop, IsoCurrencies(), StandardAddresses())


def test_the_page_is_finished_and_the_session_kept_before_the_collector_hears_of_it(door: Door) -> None:
    done = plugin_shop(door.address).request(ADD, ["pages"])
    assert done.order("session saved", "finished", "call") == ["session saved", "finished", "call"]


def test_a_page_without_news_costs_no_call_no_write_and_ends_as_always(door: Door) -> None:
    shop = plugin_shop(door.address)
    assert shop.request(["pages"]).order("session", "option", "call", "finished") == [], "nobody's cart"
    shop.request(ADD)
    for steps in ([["pages"]], [["quantity", 0, 1]], [["action", "woocommerce_cart_updated"]]):
        assert shop.request(*steps).order("session", "option", "call", "finished") == []


def test_a_change_costs_one_call_and_one_write_of_the_session(door: Door) -> None:
    done = plugin_shop(door.address).request(ADD, ["add", 21, 1], ["quantity", 0, 5], ["coupon", 0.1])
    assert done.order("session", "session saved", "option", "call") == ["session", "session saved", "call"]


@pytest.mark.parametrize("theme", ["classic", "blocks"])
def test_an_order_empties_no_cart_and_the_next_one_is_new_even_if_it_is_the_same(door: Door, theme: str) -> None:
    shop = plugin_shop(door.address)
    shop.request(ADD)
    shop.request(["order", theme, {"id": 5, "email": ""}])
    assert door.carts() == [[MUG]]
    shop.request(ADD)
    assert door.carts() == [[MUG], [MUG]]
    first, second = (event["id"] for event in door.events())
    assert first != second


@pytest.mark.parametrize(
    ("why", "world", "session"),
    [
        ("back from the bank", {"is_order_received": True}, {}),
        ("the bank called, and the order is known to the session", {}, {"order_awaiting_payment": 5}),
    ],
)
def test_a_cart_that_was_paid_elsewhere_is_not_emptied(
    door: Door, why: str, world: dict[str, Any], session: dict[str, Any]
) -> None:
    shop = plugin_shop(door.address)
    shop.request(ADD)
    shop.kept["session"] |= session
    shop.request(["empty"], **world)
    assert door.carts() == [[MUG]], why


def test_somebody_who_logs_in_is_told_with_the_cart_they_have(door: Door) -> None:
    shop = plugin_shop(door.address)
    shop.request(ADD)
    shop.request(["action", "wp_login", "ana", None], is_logged_in=True)
    shop.request(["pages"], is_logged_in=True)
    assert [beacon.get("identity", {}).get("customer_id") for beacon in door.beacons()] == [None, "7"]


def test_a_call_that_wordpress_takes_for_nobodys_is_no_other_shopper(door: Door) -> None:
    shop = plugin_shop(door.address)
    shop.request(ADD, is_logged_in=True)
    shop.request(["pages"])  # REST without a nonce
    shop.request(["pages"], is_logged_in=True)
    assert door.calls == 1


def test_a_cart_filled_before_the_visitor_is_known_is_told_with_the_first_page_after(door: Door) -> None:
    shop = plugin_shop(door.address)
    shop.request(ADD, cookies={})
    assert door.calls == 0
    shop.request(["pages"])
    assert door.carts() == [[MUG]]


@pytest.mark.parametrize(
    "cookie", ["", "short", "x" * 65, "01J9ZK visitor", "01J9ZK-visitor\n", ["01J9ZK-visitor"], "<script>"]
)
def test_a_visitors_number_is_one_of_ours_or_nobodys(door: Door, cookie: Any) -> None:
    shop = plugin_shop(door.address)
    shop.request(ADD, cookies={"tajo_id": cookie, "wp_consent_marketing": "allow"})
    assert (door.calls, shop.record) == (0, None)


def test_a_huge_cart_is_told_within_what_the_door_takes(door: Door) -> None:
    long = {"id": 13, "sku": "S" * 60, "name": "", "title": "T" * 400, "price": 1, "url": "u" * 900, "image": "i" * 900}
    shop = plugin_shop(door.address, products={"13": long})
    shop.request(*[["add", 13, 1]] * 120)
    assert door.said == ["204 accepted=1"]
    assert len(door.carts()[0]) == 100


def test_odd_shops_do_not_break_a_beacon(door: Door) -> None:
    odd = {
        "id": 13,
        "sku": "",
        "name": "",
        "title": "\ud83d\ude00 \u0000</script>",
        "price": -5,
        "url": "",
        "image": "",
    }
    plugin_shop(door.address, products={"13": odd}, currency="Gold", categories=None).request(ADD)
    assert door.said == ["204 accepted=1"]


def test_the_shops_own_filter_may_keep_something_to_itself(door: Door) -> None:
    shop = plugin_shop(door.address, filters={"tajo_collector_beacon": None})
    assert shop.request(ADD).told("call") == []


def test_the_file_may_be_there_twice_and_acts_once(door: Door) -> None:
    plugin_shop(door.address, plugin=[str(PLUGIN), str(PLUGIN)]).request(ADD)
    assert door.carts() == [[MUG]]
