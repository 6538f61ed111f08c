"""The demo shop's webhooks: sent as the real thing sends them, and understood by our own source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from collector.domain.door import InboxRow, Lane, RowKind, WebhookRequest
from collector.domain.events import CheckoutSeen, CustomerSeen, MessageConsent, OrderKind, OrderSeen, OrderState
from collector.domain.shop import Shop
from collector.sandbox.shop.rest_bodies import webhook_body
from collector.sandbox.shop.shop import now_utc
from collector.sources.woocommerce.source import WooCommerceSource
from collector.standards.addresses import StandardAddresses
from collector.standards.currencies import IsoCurrencies

from .tea_shop import MIA, SECRET, TeaShop, add, check_out, signed, type_email

SOURCE = WooCommerceSource(IsoCurrencies(), StandardAddresses())
SHOP = Shop(1, "woocommerce", "localhost", "http://localhost", "site-key-1", currency="EUR")


def facts(shop: TeaShop) -> list[Any]:
    """What our source makes of everything delivered so far; each delivery is verified first."""
    found: list[Any] = []
    for got in shop.hook.got:
        body = got.body if isinstance(got.body, bytes) else str(got.body).encode()
        request = WebhookRequest("woocommerce", "", {k.lower(): v for k, v in got.headers.items()}, body)
        if SOURCE.is_ping(request):
            continue
        SOURCE.verify(request, [SECRET])
        topic, delivery, detail = SOURCE.describe(request)
        assert SOURCE.proposed_address(request.headers) == SOURCE.named_address(body) == "localhost"
        row = InboxRow(1, 1, Lane.LIVE, RowKind.WEBHOOK, shop.clock(), topic, delivery, detail, body)
        found += SOURCE.parse(row, SHOP)
    return found


def test_a_new_shop_says_hello_and_tells_of_its_customer() -> None:
    shop = TeaShop()
    assert [hook.needs_ping for hook in shop.shop.announcer.hooks.values()] == [False] * 5
    shop.shop.announcer.announce("customer.updated", 2)
    shop.shop.announcer.announce("order.updated", 1001)
    shop.deliver()
    found = facts(shop)
    assert [fact.email for fact in found if isinstance(fact, CustomerSeen)] == ["ana@example.com"]
    assert [fact.state for fact in found if isinstance(fact, OrderSeen)] == [OrderState.PAID]
    assert [fact.state for fact in found if isinstance(fact, MessageConsent)] == ["opted_in"]


def test_an_open_checkout_is_told_once_the_address_is_typed() -> None:
    shop = TeaShop()
    browser = shop.browser("allow", "visitor-0123")
    add(browser, 15, variation=[{"attribute": "Colour", "value": "Blue"}], quantity=2)
    browser.get("/checkout/")
    shop.deliver()
    assert shop.hook.got == []
    type_email(browser, "mia@example.com")
    shop.deliver()
    (checkout,) = facts(shop)
    assert isinstance(checkout, CheckoutSeen)
    assert (checkout.email, checkout.visitor_id) == ("mia@example.com", "visitor-0123")
    assert [(item.product_id, item.variant_id, item.quantity) for item in checkout.items or ()] == [("15", "17", 2)]


@pytest.mark.parametrize(
    ("method", "state"),
    [
        ("card", OrderState.PAID),
        ("bacs", OrderState.PROMISED),
        ("paypage", OrderState.STARTED),
        ("broken_card", OrderState.FAILED),
    ],
)
def test_an_order_is_understood_with_what_was_paid(method: str, state: OrderState) -> None:
    shop = TeaShop()
    browser = shop.browser()
    add(browser, 13, quantity=3)
    check_out(browser, method, tajo_opt_in="1")
    shop.deliver()
    orders = [fact for fact in facts(shop) if isinstance(fact, OrderSeen)]
    assert {"order.created", "order.updated"} <= set(shop.hook.topics())
    assert {(order.state, order.kind, order.total_minor) for order in orders} == {
        (state, OrderKind.STOREFRONT, 3 * 1250 + 490)
    }
    assert [item.line_total_minor for item in orders[0].items] == [3750]
    assert [fact.state for fact in facts(shop) if isinstance(fact, MessageConsent)][-1] == "opted_in"


def test_the_body_is_that_of_the_moment_the_queue_runs_and_changes_are_merged() -> None:
    shop = TeaShop()
    browser = shop.browser()
    add(browser)
    check_out(browser, "bacs")
    client = shop.app.test_client()
    for status in ("processing", "completed"):
        client.post("/_sandbox/orders/1003", json={"status": status})
    shop.deliver()
    orders = [json.loads(got.body or b"") for got in shop.hook.got if "order" in got.headers["X-WC-Webhook-Topic"]]
    assert [order["status"] for order in orders] == ["completed", "completed"]


def test_switches_make_webhooks_late_or_lost() -> None:
    shop = TeaShop()
    client = shop.app.test_client()
    client.post("/_sandbox/switches", data={"late_s": "60"})
    shop.shop.announcer.announce("order.updated", 1001)
    shop.deliver(30)
    assert shop.hook.topics() == []
    shop.deliver(40)
    assert shop.hook.topics() == ["order.updated"]
    client.post("/_sandbox/switches", json={"late_s": 0, "lose_webhooks": True})
    shop.shop.announcer.announce("order.updated", 1002)
    shop.deliver()
    assert shop.hook.topics() == ["order.updated"]
    state = client.get("/_sandbox/state").get_json()
    assert (state["lose_webhooks"], state["webhooks"]["lost"]) == (True, 1)


def test_nothing_is_tried_twice_and_the_seventh_failure_disables() -> None:
    shop = TeaShop()
    shop.hook.status = 503
    for _ in range(7):
        shop.shop.announcer.announce("order.updated", 1001)
        shop.deliver()
        assert shop.deliver() == 0
    hook = next(hook for hook in shop.shop.announcer.hooks.values() if hook.topic == "order.updated")
    assert (hook.status, len(shop.hook.got)) == ("disabled", 7)


def test_a_registered_webhook_says_hello_until_it_hears_200() -> None:
    shop = TeaShop()
    shop.clock.now = now_utc()  # requests-oauthlib signs with the real clock
    client = shop.app.test_client()
    shop.hook.status = 204
    wanted = {"topic": "order.deleted", "delivery_url": "http://127.0.0.1:8000/webhooks/woocommerce/k", "secret": "s"}
    made = client.post(signed(client, "/wp-json/wc/v3/webhooks", "POST"), json=wanted)
    assert (made.status_code, made.get_json()["status"]) == (201, "active")
    assert "secret" not in made.get_json()
    shop.deliver()
    assert [got.body for got in shop.hook.got] == [b"webhook_id=6"]
    assert shop.shop.announcer.hooks[6].needs_ping
    path = "/wp-json/wc/v3/webhooks/6"
    paused = client.put(signed(client, path, "PUT"), json={"status": "paused"})
    assert paused.get_json()["status"] == "paused"
    assert client.delete(signed(client, f"{path}?force=true", "DELETE")).status_code == 200
    assert 6 not in shop.shop.announcer.hooks


def test_a_new_account_is_a_customer() -> None:
    shop = TeaShop()
    browser = shop.browser()
    form = {"email": MIA["billing_email"], "first_name": "Mia"}
    assert browser.post("/my-account/sign-up", data=form).status_code == 302
    shop.deliver()
    assert shop.hook.topics() == ["customer.created"]
    assert [fact.email for fact in facts(shop)] == ["mia@example.com"]
    assert browser.post("/my-account/sign-up", data=form).status_code == 400


@pytest.mark.parametrize(("recorded", "thing"), [("order.created.1", "order"), ("customer.created.1", "customer")])
def test_bodies_have_the_fields_of_the_recorded_ones(recorded: str, thing: str) -> None:
    sample = Path(__file__).parents[1] / "sources" / "woocommerce" / "payloads" / f"{recorded}.body"
    expected = json.loads(sample.read_bytes())
    made = webhook_body(TeaShop().shop, f"{thing}.updated", 1001 if thing == "order" else 2)
    assert made is not None
    assert expected.keys() - json.loads(made).keys() == set()
