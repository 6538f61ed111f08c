"""Signed Shopify webhooks, in today's shapes and older ones, and then what is in the database.

One shopper goes all the way: cart, checkout, e-mail, order, refund. The others are about one thing each.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.system.product import Product, product_in, shopify_headers

CART = "c1-hWN1TmEwQ2FydA"
CHECKOUT = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
VISITOR = "01JD0VISITOR0000000000001"
BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=20)  # so that no deadline passes meanwhile
PARIS = timezone(timedelta(hours=1))


def at(minute: int, second: int = 0, millisecond: int = 123) -> str:
    """So long after the beginning, as carts have it: in UTC, with milliseconds."""
    moment = BEGAN + timedelta(minutes=minute, seconds=second, milliseconds=millisecond)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local(minute: int, second: int = 0) -> str:
    """So long after the beginning, as orders and customers have it: with the shop's offset."""
    return (BEGAN + timedelta(minutes=minute, seconds=second)).astimezone(PARIS).isoformat()


def line(quantity: int, **more: Any) -> dict[str, Any]:
    return {
        "id": 441,
        "product_id": 880,
        "variant_id": 441,
        "title": "Schale",
        "sku": "SC-BL",
        "quantity": quantity,
        "price": "20.00",
        "line_price": f"{20 * quantity}.00",
        **more,
    }


def money(amount: str) -> dict[str, Any]:
    both = {"amount": amount, "currency_code": "EUR"}
    return {"shop_money": both, "presentment_money": both}


def a_cart(token: str, second: int, *lines: dict[str, Any]) -> dict[str, Any]:
    """A cart names its currency only in the sets of its lines."""
    lines = tuple(
        each | {"price_set": money(each["price"]), "line_price_set": money(each["line_price"])} for each in lines
    )
    return {
        "id": token,
        "token": f"{token}?key=5f0c9a",
        "line_items": list(lines),
        "created_at": at(0, 0, 0),
        "updated_at": at(0, second),
        "note_attributes": [{"name": "tajo_id", "value": VISITOR}],
    }


def a_checkout(token: str, cart_token: str, second: int, **more: Any) -> dict[str, Any]:
    return {
        "id": 771,
        "token": token,
        "cart_token": cart_token,
        "email": None,
        "created_at": local(6),
        "updated_at": local(6, second),
        "completed_at": None,
        "currency": "EUR",
        "presentment_currency": "EUR",
        "total_price": "60.00",
        "abandoned_checkout_url": f"https://toepferei-lind.myshopify.com/1/checkouts/ac/{cart_token}/recover?key=k",
        "line_items": [line(3)],
        **more,
    }


def an_order(order_id: int, **more: Any) -> dict[str, Any]:
    return {
        "id": order_id,
        "order_number": order_id + 1000,
        "email": "Anna.Kuehn@example.com",
        "created_at": local(8, 39),
        "updated_at": local(8, 42),
        "currency": "EUR",
        "presentment_currency": "EUR",
        "financial_status": "paid",
        "fulfillment_status": None,
        "source_name": "web",
        "total_price": "60.00",
        "cart_token": None,
        "checkout_token": None,
        "cancelled_at": None,
        "refunds": [],
        "line_items": [line(3)],
        **more,
    }


def a_customer(number: int, second: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "email": f"person{number}@example.com",
        "first_name": "Jörg",
        "last_name": "Weiß",
        "created_at": local(-60),
        "updated_at": local(-60, second),
        "state": "disabled",
        "default_address": {"city": "Köln", "country_code": "DE"},
        **more,
    }


def tell(product: Product, topic: str, body: dict[str, Any], **headers: str) -> None:
    answer = product.shopify(topic, body, **headers)
    assert (answer.status, answer.body) == (200, b"OK")


def carts(product: Product, token: str) -> list[dict[str, Any]]:
    product.drained()
    return product.rows(
        "select c.* from carts c join cart_keys k on k.id = c.cart where k.key = ? order by generation", f"t:{token}"
    )


@pytest.fixture(scope="module")
def bought(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One shopper's way, up to the refund."""
    with product_in(tmp_path_factory.mktemp("shopify")) as product:
        product.start()
        tell(product, "carts/create", a_cart(CART, 1, line(1)))
        tell(product, "carts/update", a_cart(CART, 31, line(3)))
        [cart] = carts(product, CART)
        assert (cart["state"], cart["stage"], cart["item_count"], cart["next_check_at"]) == ("open", "cart", 3, None)
        tell(product, "checkouts/create", a_checkout(CHECKOUT, CART, 0))
        [cart] = carts(product, CART)
        assert (cart["stage"], cart["next_check_at"]) == ("checkout", None)  # nobody to tell yet
        with_email = {"email": "anna.kuehn@example.com", "buyer_accepts_marketing": True}
        tell(product, "checkouts/update", a_checkout(CHECKOUT, CART, 40, **with_email))
        [cart] = carts(product, CART)
        assert (cart["state"], cart["total_minor"]) == ("open", 6000)
        assert cart["recovery_url"].startswith("https://toepferei-lind.myshopify.com/1/checkouts/ac/")
        assert cart["next_check_at"] is not None
        same = {"cart_token": CART, "checkout_token": CHECKOUT, "buyer_accepts_marketing": True}
        tell(product, "orders/create", an_order(820, **same))
        tell(product, "orders/paid", an_order(820, **same))
        tell(
            product,
            "refunds/create",
            {
                "id": 887,
                "order_id": 820,
                "created_at": local(12),
                "transactions": [
                    {"id": 1, "kind": "refund", "status": "success", "amount": "22.00", "currency": "EUR"},
                    {"id": 2, "kind": "refund", "status": "failure", "amount": "5.00", "currency": "EUR"},
                ],
            },
        )
        product.drained()
        yield product


def test_the_cart_is_ordered_by_its_order(bought: Product) -> None:
    [cart] = carts(bought, CART)
    assert (cart["state"], cart["order_id"], cart["next_check_at"]) == ("ordered", "820", None)


def test_the_order_is_there_once_with_its_items(bought: Product) -> None:
    order = bought.row("select * from orders")
    said = (order["order_id"], order["number"], order["state"], order["kind"], order["total_minor"], order["email"])
    assert said == ("820", "1820", "paid", "storefront", 6000, "anna.kuehn@example.com")
    [item] = json.loads(order["items"])
    assert (item["name"], item["quantity"], item["unit_price_minor"]) == ("Schale", 3, 2000)


def test_it_is_placed_once_whichever_topics_reported_it(bought: Product) -> None:
    placed = bought.rows("select event_id from events where type = 'order_placed'")
    assert placed == [{"event_id": "order_placed:820"}]


def test_what_was_refunded_is_what_really_went_back(bought: Product) -> None:
    refund = bought.row("select order_id, refund_id, amount_minor, currency from order_refunds")
    assert refund == {"order_id": "820", "refund_id": "887", "amount_minor": 2200, "currency": "EUR"}


def test_browser_cart_address_and_order_are_one_person(bought: Product) -> None:
    nodes = {(row["kind"], row["value"]) for row in bought.rows("select kind, value from person_nodes")}
    people = bought.rows("select distinct person from person_nodes")
    assert {("visitor", VISITOR), ("cart", f"t:{CART}"), ("email", "anna.kuehn@example.com")} <= nodes
    assert len(people) == 1


def test_the_secret_part_of_a_cart_token_is_stored_nowhere_but_in_what_arrived(bought: Product) -> None:
    for table in ("events", "cart_keys", "carts", "identity_links", "checkouts", "orders"):
        for row in bought.rows(f"select * from {table}"):
            assert "5f0c9a" not in json.dumps(row), table


def test_the_ticked_box_is_in_the_ledger(bought: Product) -> None:
    states = {row["state"] for row in bought.rows("select state from consent_ledger where channel = 'email'")}
    assert states == {"opted_in"}


# One thing each.


def test_a_customer_of_today_has_its_tags_and_consent_from_other_topics(running: Product) -> None:
    tell(running, "customers/create", a_customer(1, 1))
    tell(running, "customers/update", a_customer(1, 9, first_name="Georg"))
    gid = "gid://shopify/Customer/1"
    tags = {"customerId": gid, "tags": ["VIP", "Töpferkurs"], "occurredAt": at(-60, 0, 500)}
    tell(running, "customer.tags_added", tags)
    gone = {"customerId": gid, "tags": ["Töpferkurs"], "occurredAt": at(-60, 1, 500)}
    tell(running, "customer.tags_removed", gone)
    consent = {
        "customer_id": 1,
        "email_address": "person1@example.com",
        "email_marketing_consent": {"state": "subscribed", "opt_in_level": "single_opt_in"},
    }
    tell(running, "customers_email_marketing_consent/update", consent)
    running.drained()
    found = running.row("select * from customers where customer_id = '1'")
    assert (found["first_name"], found["email"], found["country"]) == ("Georg", "person1@example.com", "DE")
    present = running.rows("select tag from customer_tags where customer_id = '1' and is_present")
    assert present == [{"tag": "VIP"}]
    [entry] = running.rows("select state from consent_ledger where subject = 'person1@example.com'")
    assert entry == {"state": "opted_in"}


@pytest.mark.parametrize(
    ("why", "number", "version", "more", "state"),
    [
        (
            "2024: the customer carries its consent",
            2,
            "2024-10",
            {"email_marketing_consent": {"state": "unsubscribed", "opt_in_level": "single_opt_in"}},
            "opted_out",
        ),
        ("2019: one flag", 3, "2019-04", {"accepts_marketing": True}, "opted_in"),
        ("2019: no flag is no opt-out", 4, "2019-04", {"accepts_marketing": False}, "none"),
    ],
)
def test_a_customer_of_older_versions_carries_everything_itself(
    running: Product, why: str, number: int, version: str, more: dict[str, Any], state: str
) -> None:
    counters = {"tags": "b2b, Stammkunde", "orders_count": 4, "total_spent": "199.90", "currency": "EUR"}
    tell(running, "customers/update", a_customer(number, 5, **counters, **more), version=version)
    running.drained()
    found = running.row("select * from customers where customer_id = ?", str(number))
    assert (found["orders_count"], found["total_spent_minor"]) == (4, 19990), why
    assert set(json.loads(found["tags"])) == {"b2b", "Stammkunde"}, why
    subject = f"person{number}@example.com"
    assert running.rows("select state from consent_ledger where subject = ?", subject) == [{"state": state}], why


def test_an_older_version_of_a_customer_that_comes_late_changes_nothing(running: Product) -> None:
    tell(running, "customers/update", a_customer(5, 30, first_name="New"))
    tell(running, "customers/update", a_customer(5, 10, first_name="Old"))
    running.drained()
    assert running.row("select first_name from customers where customer_id = '5'") == {"first_name": "New"}


def test_a_deleted_customer_is_marked_and_stays_so_when_its_update_comes_late(running: Product) -> None:
    tell(running, "customers/delete", {"id": 6})
    tell(running, "customers/update", a_customer(6, 10))
    running.drained()
    assert running.row("select deleted_at from customers where customer_id = '6'")["deleted_at"]


def test_an_emptied_cart_is_closed_by_the_shopper(running: Product) -> None:
    tell(running, "carts/create", a_cart("emptied-cart", 1, line(1)))
    tell(running, "carts/update", a_cart("emptied-cart", 2))
    [cart] = carts(running, "emptied-cart")
    assert (cart["state"], cart["next_check_at"]) == ("emptied", None)


def test_the_same_content_again_is_no_change_of_the_cart(running: Product) -> None:
    tell(running, "carts/create", a_cart("same-cart", 1, line(2)))
    [before] = carts(running, "same-cart")
    tell(running, "carts/update", a_cart("same-cart", 20, line(2, price="21.00")))
    [after] = carts(running, "same-cart")
    assert after["changed_at"] == before["changed_at"]


def test_an_order_that_comes_before_its_cart_still_ends_it(running: Product) -> None:
    tell(running, "orders/create", an_order(830, email="early@example.com", cart_token="late-cart"))
    tell(running, "carts/create", a_cart("late-cart", 1, line(3)))
    [cart] = carts(running, "late-cart")
    assert (cart["state"], cart["order_id"]) == ("ordered", "830")


def test_an_order_of_2016_is_read_like_one_of_today(running: Product) -> None:
    """No presentment money, no `confirmed`, tags and totals as they were."""
    old = an_order(840, email="old@example.com", number=7, total_price_set=None, buyer_accepts_marketing=False)
    del old["order_number"], old["presentment_currency"]
    tell(running, "orders/create", old, version="2016-01")
    running.drained()
    order = running.row("select * from orders where order_id = '840'")
    assert (order["number"], order["state"], order["total_minor"], order["currency"]) == ("7", "paid", 6000, "EUR")


@pytest.mark.parametrize(
    ("why", "topic", "more", "state", "event"),
    [
        ("cancelled", "orders/cancelled", {"cancelled_at": local(12)}, "cancelled", "order_cancelled"),
        ("shipped", "orders/fulfilled", {"fulfillment_status": "fulfilled"}, "paid", "order_fulfilled"),
        ("all given back", "orders/updated", {"financial_status": "refunded"}, "refunded", "order_updated"),
        ("payment void", "orders/updated", {"financial_status": "voided"}, "failed", "order_placed"),
    ],
)
def test_what_becomes_of_an_order(
    running: Product, why: str, topic: str, more: dict[str, Any], state: str, event: str
) -> None:
    number = 850 + len(why)
    tell(running, "orders/create", an_order(number, email=f"o{number}@example.com"))
    tell(running, topic, an_order(number, email=f"o{number}@example.com", updated_at=local(12), **more))
    running.drained()
    assert running.row("select state from orders where order_id = ?", str(number)) == {"state": state}, why
    types = {row["type"] for row in running.rows("select type, event_id from events where type like 'order%'")}
    assert event in types, why


def test_a_test_order_is_nothing(running: Product) -> None:
    tell(running, "orders/create", an_order(870, test=True, email="test@example.com"))
    running.drained()
    assert running.row("select is_test from orders where order_id = '870'") == {"is_test": 1}
    assert running.rows("select * from events where event_id like '%:870%'") == []


def test_the_same_delivery_twice_is_folded_once(running: Product) -> None:
    for _ in range(2):
        tell(running, "orders/create", an_order(880, email="twice@example.com"), webhook_id="one-delivery")
    running.drained()
    [outcome] = running.rows(
        "select o.outcome from row_outcomes o where o.reason = '' and o.outcome = 'duplicate' and o.shop_id = ?",
        running.shop("shopify").id,
    )
    assert outcome == {"outcome": "duplicate"}


@pytest.mark.parametrize(
    ("why", "topic", "body"),
    [
        ("a topic nobody reads", "products/update", b'{"id": 1, "title": "Schale"}'),
        ("no JSON", "orders/create", b"<html>"),
        ("no id", "orders/create", b'{"total_price": "1.00"}'),
        ("a list", "customers/update", b"[]"),
    ],
)
def test_whatever_is_signed_is_answered_200(running: Product, why: str, topic: str, body: bytes) -> None:
    assert running.shopify(topic, body).status == 200, why
    running.drained()


@pytest.mark.parametrize("what", ["a byte", "the shop", "the signature"])
def test_whatever_is_not_signed_by_that_shop_is_refused(running: Product, what: str) -> None:
    body = json.dumps(an_order(890)).encode()
    headers = shopify_headers("orders/create", body)
    if what == "a byte":
        body = body.replace(b"60.00", b"61.00")
    elif what == "the shop":
        headers["X-Shopify-Shop-Domain"] = "another.myshopify.com"
    else:
        del headers["X-Shopify-Hmac-Sha256"]
    assert running.post("/webhooks/shopify", body, headers).status == 401
    running.drained()
    assert running.rows("select * from orders where order_id = '890'") == []


def test_after_an_uninstall_beacons_end_and_orders_still_count(bought: Product) -> None:
    """Last in the file: nothing brings this shop back."""
    shop = bought.shop("shopify")
    tell(bought, "app/uninstalled", {"id": 1, "name": "Töpferei", "myshopify_domain": shop.address})
    bought.drained()
    assert bought.row("select uninstalled_at from shops where id = ?", shop.id)["uninstalled_at"]
    assert bought.row("select uninstalled_at from shops where id <> ?", shop.id) == {"uninstalled_at": None}
    tell(bought, "orders/create", an_order(899, email="late@example.com"))
    bought.drained()
    assert bought.row("select state from orders where order_id = '899'") == {"state": "paid"}
