"""Export, erasure and uninstalling: what the plugin keeps in the shop, and how it goes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wordpress.shop import PAUSE_OVER, PluginShop

ANA = "ana@shop.example"
OURS = {"_tajo_id": "01J9ZK-visitor", "_wc_other/tajo/marketing-opt-in": "1"}
BOB = {"id": 9, "email": "bob@shop.example", "meta": OURS}


def orders(number: int, meta: dict[str, str]) -> list[dict[str, Any]]:
    return [{"id": place + 1, "email": ANA, "meta": {"_other": "x", **meta}} for place in range(number)]


def test_somebodys_export_lists_what_their_orders_hold_of_ours() -> None:
    shop = PluginShop({"orders": [*orders(2, OURS), *orders(1, {}), BOB]})
    [result] = shop.request(["export", ANA]).results
    assert result["done"] is True
    assert [group["item_id"] for group in result["data"]] == ["tajo-collector-order-1", "tajo-collector-order-2"]
    assert {(pair["name"], pair["value"]) for pair in result["data"][0]["data"]} == {
        ("Order", "1"),
        ("Random number of the browser", "01J9ZK-visitor"),
        ("Box for news by e-mail", "1"),
    }


def test_erasing_takes_ours_off_their_orders_and_says_what_is_left_to_do() -> None:
    shop = PluginShop({"orders": [*orders(2, OURS), BOB]})
    done = shop.request(["erase", ANA], ["orders"])
    answer, left = done.results
    assert (answer["items_removed"], answer["items_retained"], answer["done"]) == (True, False, True)
    assert answer["messages"] == [f"The collector has to be told: tajo privacy erase {ANA}"]
    assert left == [{"_other": "x"}, {"_other": "x"}, OURS]
    assert done.told("order saved") == [1, 2]


def test_the_orders_of_an_account_are_theirs_whoever_s_address_is_on_the_bill() -> None:
    office = {"id": 4, "customer_id": 7, "email": "office@shop.example", "meta": OURS}
    shop = PluginShop({"orders": [office, BOB]})
    found, _, left = shop.request(["export", ANA], ["erase", ANA], ["orders"]).results
    assert [group["item_id"] for group in found["data"]] == ["tajo-collector-order-4"]
    assert left == [{}, OURS]


def test_ours_is_erased_before_woocommerce_takes_the_address_off_the_bill() -> None:
    [all_of_them] = PluginShop({}).request(["filter", "wp_privacy_personal_data_erasers", []]).results
    assert list(all_of_them) == ["tajo-collector", "woocommerce-customer-orders"]


@pytest.mark.parametrize(("number", "pages"), [(0, 1), (19, 1), (20, 2), (45, 3)])
def test_many_orders_are_gone_through_page_by_page(number: int, pages: int) -> None:
    shop = PluginShop({"orders": orders(number, {"_tajo_consent": "denied"})})
    steps = [[what, ANA, page] for what in ("export", "erase") for page in range(1, pages + 1)]
    results = shop.request(*steps, ["orders"] if number else ["pages"]).results
    assert [result["done"] for result in results[: 2 * pages]] == [*[False] * (pages - 1), True] * 2
    assert sum(len(result["data"]) for result in results[:pages]) == number
    assert [len(result["messages"]) for result in results[pages : 2 * pages]] == [*[0] * (pages - 1), 1]
    if number:
        assert results[-1] == [{"_other": "x"}] * number


@pytest.mark.parametrize("address", ["", "nobody", "<script>"])
def test_no_address_is_nobodys(address: str) -> None:
    shop = PluginShop({"orders": orders(1, OURS)})
    assert shop.request(["export", address]).results == [{"data": [], "done": True}]


def test_the_privacy_policy_is_offered_a_text() -> None:
    [texts] = PluginShop({}).request(["action", "admin_init"], ["privacy texts"]).results[1:]
    [text] = texts
    assert text.startswith("<p>With your consent ")
    assert "tajo_id" in text


def test_uninstalling_takes_every_option_with_it_and_leaves_orders_alone() -> None:
    shop = PluginShop({"orders": orders(1, OURS)}, {"options": {"tajo_collector": {}, "tajo_collector_pause": {}}})
    basename = "tajo-collector/tajo-collector.php"
    shop.request(["action", f"activate_{basename}"], ["action", f"uninstall_{basename}"])
    assert shop.kept["options"] == {}


def test_uninstalling_from_a_network_cleans_every_site_of_it() -> None:
    shop = PluginShop({"sites": [1, 2]}, {"options": {}})
    basename = "tajo-collector/tajo-collector.php"
    done = shop.request(["action", f"activate_{basename}"], ["action", f"uninstall_{basename}"])
    names = ("tajo_collector", "tajo_collector_pause")
    assert done.told("deleted") == [f"{site}:{name}" for site in (1, 2) for name in names]
    assert done.told("never") == [PAUSE_OVER] * 2, "nothing is left to WordPress's cron"
