"""A shop's subscriptions: made, mended, taken away; never anybody else's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import responses

from collector.domain.catalogue_entries import CatalogueRules
from collector.domain.shop import Secrets, Shop
from collector.domain.stock import StockRules
from collector.sources.shopify.parse import TOPICS
from collector.sources.shopify.topics import GROUPS, header_of, plan
from collector.sources.shopify.webhooks import ShopifyWebhooks
from tests.sources.shopify.api_bench import PERMANENT, ApiBench, shop
from tests.sources.shopify.webhook_shop import WebhookShop

KEY = "hook-key-of-this-shop"
ADDRESS = f"https://collect.example/webhooks/shopify/{KEY}"
OLD_ADDRESS = f"https://old.example/webhooks/shopify/{KEY}"
SOMEBODY = "https://other.example/webhooks/shopify/another-key"


def of_ours(**policy: Any) -> Shop:
    everything: dict[str, Any] = {"stock": StockRules(is_followed=True)}
    return replace(shop(**everything | policy), secrets=Secrets(hook_key=KEY, credentials=PERMANENT))


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def there(wire: responses.RequestsMock) -> WebhookShop:
    made = WebhookShop()
    made.serve(wire)
    return made


@pytest.fixture
def webhooks() -> ShopifyWebhooks:
    return ShopifyWebhooks(ApiBench().api)


def test_every_topic_is_made_and_then_left_alone(there: WebhookShop, webhooks: ShopifyWebhooks) -> None:
    kept = webhooks.keep(of_ours(), ADDRESS)
    assert there.topics(ADDRESS) == {topic for topics, *_ in GROUPS for topic in topics}
    assert len(kept.made) == len(there.there) == len(kept.topics)
    assert not kept.problems
    assert not kept.notes
    assert not webhooks.unfit(of_ours(), ADDRESS)
    there.asked.clear()
    again = webhooks.keep(of_ours(), ADDRESS)
    assert (again.made, again.mended, again.deleted) == ((), (), ())
    assert there.changes() == []


def test_every_topic_we_ask_for_is_one_we_read() -> None:
    asked = {header_of(topic) for topics, *_ in GROUPS for topic in topics}
    assert asked == {topic for topic in TOPICS if not topic.startswith("read/")}


@pytest.mark.parametrize(
    ("why", "policy", "scopes", "absent"),
    [
        ("stock is not followed", {"stock": StockRules()}, None, {"INVENTORY_LEVELS_UPDATE", "VARIANTS_IN_STOCK"}),
        ("no catalogue is told", {"catalogue": CatalogueRules(is_told=False)}, None, {"COLLECTIONS_UPDATE"}),
        ("themes may not be seen", {}, ("read_customers", "read_orders"), {"THEMES_PUBLISH", "PRODUCTS_UPDATE"}),
    ],
)
def test_topics_follow_settings_and_permissions(
    why: str, policy: dict[str, Any], scopes: tuple[str, ...] | None, absent: set[str]
) -> None:
    granted = scopes if scopes is not None else WebhookShop().scopes
    wanted = plan(of_ours(**policy).policy, granted).wanted
    assert not absent & set(wanted), why
    assert {"ORDERS_UPDATED", "CUSTOMERS_UPDATE", "CARTS_UPDATE", "APP_UNINSTALLED"} <= set(wanted), why


def test_a_write_permission_is_enough() -> None:
    assert "PRODUCTS_UPDATE" in plan(of_ours().policy, ["write_products"]).wanted


def test_a_missing_permission_is_named_with_what_is_missed(there: WebhookShop, webhooks: ShopifyWebhooks) -> None:
    there.scopes = ("read_customers", "read_products", "read_inventory")
    kept = webhooks.keep(of_ours(), ADDRESS)
    assert len(kept.problems) == 1
    assert "read_orders" in kept.problems[0]
    assert "orders, carts and checkouts" in kept.problems[0]
    assert any("read_themes" in note for note in kept.notes)  # works without
    assert not {topic for topic in kept.topics if topic.startswith("orders/")}


def test_ours_at_an_old_address_come_here_and_somebody_elses_stay(
    there: WebhookShop, webhooks: ShopifyWebhooks
) -> None:
    old = there.add("ORDERS_CREATE", OLD_ADDRESS)
    theirs = there.add("ORDERS_CREATE", SOMEBODY)
    queue = there.add("ORDERS_UPDATED", "pubsub://project:topic")
    kept = webhooks.keep(of_ours(), ADDRESS)
    assert kept.mended == ("orders/create",)
    assert there.there[old]["uri"] == ADDRESS
    assert there.there[theirs]["uri"] == SOMEBODY
    assert queue in there.there
    assert not kept.deleted


@pytest.mark.parametrize(
    ("why", "topic", "uri"),
    [
        ("a topic nobody needs any more", "INVENTORY_ITEMS_UPDATE", ADDRESS),
        ("a second one for a topic", "ORDERS_CREATE", OLD_ADDRESS),
        ("below our address, with a key of before", "ORDERS_CREATE", "https://collect.example/webhooks/shopify/gone"),
    ],
)
def test_what_is_stale_of_ours_goes(
    there: WebhookShop, webhooks: ShopifyWebhooks, why: str, topic: str, uri: str
) -> None:
    webhooks.keep(of_ours(), ADDRESS)
    stale = there.add(topic, uri)
    kept = webhooks.keep(of_ours(), ADDRESS)
    assert stale not in there.there, why
    assert kept.deleted == (header_of(topic),), why
    assert there.topics(ADDRESS) == {topic for topics, *_ in GROUPS for topic in topics}


@pytest.mark.parametrize("narrow", [{"filter": "id:1"}, {"includeFields": ["id"]}])
def test_one_that_was_narrowed_is_made_anew(
    there: WebhookShop, webhooks: ShopifyWebhooks, narrow: dict[str, Any]
) -> None:
    narrowed = there.add("ORDERS_CREATE", ADDRESS, **narrow)
    assert webhooks.unfit(of_ours(), ADDRESS)
    webhooks.keep(of_ours(), ADDRESS)
    assert narrowed not in there.there
    assert not webhooks.unfit(of_ours(), ADDRESS)


def test_metafields_the_mapping_reads_come_along(there: WebhookShop, webhooks: ShopifyWebhooks) -> None:
    webhooks.keep(of_ours(), ADDRESS)
    mapped = of_ours(mapping={"loyalty_tier": "TIER", "app.points": "POINTS"})
    kept = webhooks.keep(mapped, ADDRESS)
    customers = [one for one in there.there.values() if one["topic"] == "CUSTOMERS_UPDATE"]
    assert [one["metafieldNamespaces"] for one in customers] == [["app", "custom"]]
    assert set(kept.mended) == {"customers/create", "customers/update", "customers/enable", "customers/disable"}


def test_one_that_is_taken_is_as_good_as_made(there: WebhookShop, webhooks: ShopifyWebhooks) -> None:
    """Another worker made it between our looking and our making."""
    taken = there._webhook_create

    def a_moment_before(given: dict[str, Any]) -> dict[str, Any]:
        if given["topic"] == "ORDERS_CREATE":
            there.add("ORDERS_CREATE", ADDRESS)
        return taken(given)

    there._webhook_create = a_moment_before  # type: ignore[method-assign]
    kept = webhooks.keep(of_ours(), ADDRESS)
    assert not kept.problems
    assert "orders/create" not in kept.made
    assert not webhooks.unfit(of_ours(), ADDRESS)


def test_one_refused_topic_holds_up_no_other(there: WebhookShop, webhooks: ShopifyWebhooks) -> None:
    there.refuses = {"CUSTOMERS_UPDATE": "This app is not approved to subscribe to this topic"}
    kept = webhooks.keep(of_ours(), ADDRESS)
    assert len(kept.problems) == 1
    assert "customers/update" in kept.problems[0]
    assert "not approved" in kept.problems[0]
    assert "ORDERS_CREATE" in there.topics(ADDRESS)
    assert webhooks.unfit(of_ours(), ADDRESS).by_us == ("Not registered: customers/update.",)


def test_a_list_of_several_pages_is_read_to_its_end(there: WebhookShop, webhooks: ShopifyWebhooks) -> None:
    webhooks.keep(of_ours(), ADDRESS)
    there.page = 7
    there.asked.clear()
    kept = webhooks.keep(of_ours(), ADDRESS)
    assert not kept.made
    assert there.asked.count("webhook_list") > 1


@pytest.mark.parametrize(
    ("why", "uri", "goes"),
    [
        ("ours", ADDRESS, True),
        ("ours at an address of before", OLD_ADDRESS, True),
        ("with a key of before", "https://collect.example/webhooks/shopify/key-of-before", True),
        ("somebody else's", SOMEBODY, False),
        ("at the address for all shops", "https://collect.example/webhooks/shopify", False),
    ],
)
def test_all_of_ours_are_taken_down(
    there: WebhookShop, webhooks: ShopifyWebhooks, why: str, uri: str, goes: bool
) -> None:
    webhooks.keep(of_ours(), ADDRESS)
    there.add("ORDERS_PAID", uri)
    ours = len(there.there) - (not goes)
    done = webhooks.take_down(of_ours(), ADDRESS)
    assert [one["uri"] for one in there.there.values()] == ([] if goes else [uri]), why
    assert (len(done.deleted), done.left, done.problems) == (ours, (), ()), why


def test_what_shopify_does_not_delete_is_left_and_said(there: WebhookShop, webhooks: ShopifyWebhooks) -> None:
    webhooks.keep(of_ours(), ADDRESS)
    there.keeps = {"ORDERS_UPDATED"}
    done = webhooks.take_down(of_ours(), ADDRESS)
    assert done.left == ("orders/updated",)
    assert "may not be deleted" in done.problems[0]
    assert there.topics(ADDRESS) == {"ORDERS_UPDATED"}
