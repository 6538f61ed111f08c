"""What a real WooCommerce shop sent, byte for byte, and then what is in the database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.product import Product, product_in

PAYLOADS = Path(__file__).parents[1] / "sources" / "woocommerce" / "payloads"
NAMES = sorted(path.name.removesuffix(".headers.json") for path in PAYLOADS.glob("*.headers.json"))
BY_CLIENT = {"host", "content-length", "connection", "accept-encoding"}  # set by whoever sends
TIMES = "2026-11-21T17:00:00"


def recorded(name: str) -> tuple[bytes, dict[str, str]]:
    headers = json.loads((PAYLOADS / f"{name}.headers.json").read_bytes())["headers"]
    return (PAYLOADS / f"{name}.body").read_bytes(), {k: v for k, v in headers if k.lower() not in BY_CLIENT}


def body_of(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((PAYLOADS / f"{name}.body").read_bytes())
    return loaded


@pytest.fixture(scope="module", params=["by header", "by hook key"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product to which everything recorded was sent, each the same way."""
    with product_in(tmp_path_factory.mktemp("samples")) as made:
        made.start()
        path = "/webhooks/woocommerce"
        if request.param == "by hook key":
            path += f"/{made.shop('woocommerce').secrets.hook_key}"
        for name in NAMES:
            answer = made.post(path, *recorded(name))
            assert (name, answer.status, answer.body) == (name, 200, b"OK")
        made.drained()
        yield made


def test_every_delivery_but_the_ping_is_kept_as_it_came(shop: Product) -> None:
    kept = {bytes(row["body"]) for row in shop.rows("select body from inbox", of="inbox")}
    assert kept == {(PAYLOADS / f"{name}.body").read_bytes() for name in NAMES if not name.startswith("ping")}
    assert shop.rows("select * from quarantine") == []


@pytest.mark.parametrize(
    ("order_id", "state", "status", "total_minor", "email", "customer_id"),
    [
        ("27", "paid", "processing", 4315, "zoe@example.net", "4"),
        ("28", "paid", "processing", 3487, "guest.buyer+woo@example.org", ""),
        ("36", "started", "pending", 400, "trash@example.org", ""),
    ],
)
def test_an_order_is_what_its_body_says(
    shop: Product, order_id: str, state: str, status: str, total_minor: int, email: str, customer_id: str
) -> None:
    order = shop.row("select * from orders where order_id = ?", order_id)
    said = (order["number"], order["state"], order["status"], order["total_minor"], order["currency"])
    assert said == (order_id, state, status, total_minor, "EUR")
    assert (order["email"], order["customer_id"], order["kind"]) == (email, customer_id, "other")


def test_there_are_these_three_orders_alone(shop: Product) -> None:
    assert {row["order_id"] for row in shop.rows("select order_id from orders")} == {"27", "28", "36"}


@pytest.mark.parametrize(
    ("order_id", "lines"),
    [
        (
            "27",
            [
                ('Earl Grey "Crème" – 100 g', "", "13", "", "TEA-EG-100", 2, 2250),
                ("Enamel Mug", "M, Red", "15", "17", "MUG-M-RED", 1, 1575),
            ],
        ),
        ("28", [("Sencha", "", "14", "", "TEA-SEN", 3, 2997)]),
    ],
)
def test_its_items_carry_names_variants_and_totals_with_tax(
    shop: Product, order_id: str, lines: list[tuple[Any, ...]]
) -> None:
    items = json.loads(shop.row("select items from orders where order_id = ?", order_id)["items"])
    fields = ("name", "variant_name", "product_id", "variant_id", "sku", "quantity", "line_total_minor")
    assert [tuple(item.get(name, "") for name in fields) for item in items] == lines


@pytest.mark.parametrize(
    ("customer_id", "email", "billing_email", "names"),
    [
        ("4", "zoe@example.net", "", ("Zoë", "O'Brien & Søn")),
        ("5", "hans@example.net", "hans.billing@example.net", ("Hans", "Müller")),
    ],
)
def test_a_customer_is_what_its_body_says_with_plain_names(
    shop: Product, customer_id: str, email: str, billing_email: str, names: tuple[str, str]
) -> None:
    found = shop.row("select * from customers where customer_id = ?", customer_id)
    assert (found["email"], found["billing_email"]) == (email, billing_email)
    assert (found["first_name"], found["last_name"]) == names
    assert found["deleted_at"] is None


def test_customer_and_order_are_one_person(shop: Product) -> None:
    nodes = {
        row["value"]
        for row in shop.rows(
            "select value from person_nodes where person = (select person from person_nodes"
            " where kind = 'customer' and value = '4')"
        )
    }
    assert {"4", "zoe@example.net"} <= nodes


def test_an_order_of_the_rest_api_makes_no_cart(shop: Product) -> None:
    assert shop.rows("select * from carts") == []
    assert shop.rows("select * from checkouts") == []


def test_what_was_deleted_under_another_kind_is_deleted_nowhere(shop: Product) -> None:
    """Trashing coupon 25 also sent `product.deleted`; both numbers mean nothing among orders and customers."""
    marks = {(row["kind"], row["id"]) for row in shop.rows("select kind, id from tombstones")}
    catalogue = {("product", "21"), ("product", "25"), ("coupon", "21"), ("coupon", "25")}
    assert marks <= {("customer", "6"), ("order", "36")} | catalogue
    assert shop.rows("select * from customers where deleted_at is not null") == []


def test_the_catalogue_is_what_the_bodies_say(shop: Product) -> None:
    """Product 21 was put into the bin and taken out again; the coupon that was called a product is none."""
    rows = shop.rows("select product_id, json_extract(content, '$.name') name, deleted_at from products")
    assert {row["product_id"]: row["name"] for row in rows} == {
        "13": 'Earl Grey "Crème" – 100 g',
        "14": "Sencha",
        "21": "Out of stock pot",
    }
    added = shop.rows("select event_id from events where type in ('product_added', 'coupon_created') order by event_id")
    assert {row["event_id"] for row in added} >= {"product_added:13", "product_added:14", "coupon_created:24"}
    assert shop.rows("select category_id from categories where category_id = '16'") != []


def test_one_changed_byte_is_refused_and_not_kept(shop: Product) -> None:
    body, headers = recorded("order.created.1")
    before = shop.rows("select count(*) n from inbox", of="inbox")
    answer = shop.post("/webhooks/woocommerce", body.replace(b"processing", b"processinG", 1), headers)
    assert answer.status == 401
    assert shop.rows("select count(*) n from inbox", of="inbox") == before


def test_the_same_again_changes_nothing(shop: Product) -> None:
    before = shop.rows("select event_id from events order by event_id")
    body, headers = recorded("order.updated.1")
    assert shop.post("/webhooks/woocommerce", body, headers).status == 200
    shop.drained()
    assert shop.rows("select event_id from events order by event_id") == before
    assert shop.rows("select outcome from row_outcomes where outcome = 'duplicate'")


# Bodies of our own, after what real shops were seen to send.


def an_order(order_id: int, status: str, second: int, **more: Any) -> dict[str, Any]:
    """As the Blocks checkout makes them; `second` after `TIMES` is its version."""
    line = {"id": 1, "product_id": 13, "variation_id": 0, "name": "Tea", "sku": "T-1", "quantity": 2}
    return {
        "id": order_id,
        "number": str(order_id),
        "status": status,
        "currency": "EUR",
        "created_via": "store-api",
        "date_created_gmt": "2026-11-21T16:59:00",
        "date_modified_gmt": f"2026-11-21T17:00:{second:02}",
        "date_paid_gmt": None,
        "prices_include_tax": True,
        "total": "22.50",
        "customer_id": 0,
        "billing": {"email": f"buyer{order_id}@example.org", "country": "DE"},
        "line_items": [line | {"subtotal": "18.91", "subtotal_tax": "3.59", "total": "18.91", "total_tax": "3.59"}],
        "refunds": [],
        "meta_data": [],
        **more,
    }


def tell(product: Product, topic: str, body: dict[str, Any]) -> None:
    answer = product.woo(topic, body)
    assert (answer.status, answer.body) == (200, b"OK")
    product.drained()


def cart_of(product: Product, order_id: int) -> list[dict[str, Any]]:
    return product.rows(
        "select c.*, k.key from carts c join cart_keys k on k.id = c.cart where k.key = ? order by generation",
        f"c:order:{order_id}",
    )


@pytest.mark.parametrize(
    "code",
    ["woocommerce_rest_shop_order_invalid_id", "woocommerce_rest_cannot_view", "wc_user_invalid_id"],
)
def test_a_signed_error_object_is_answered_and_told_by_its_code(running: Product, code: str) -> None:
    tell(running, "order.created", {"code": code, "message": "Invalid ID.", "data": {"status": 404}})
    assert running.rows("select * from quarantine") == []
    fault = running.row("select * from webhook_faults where code = ?", code)
    assert (fault["webhook_id"], fault["topic"]) == ("1", "order.created")
    assert running.rows("select * from row_outcomes where reason = ?", f"shop_error {code}") != []


def test_a_checkout_draft_is_an_open_cart_and_no_order(running: Product) -> None:
    tell(running, "order.updated", an_order(501, "checkout-draft", 1))
    [cart] = cart_of(running, 501)
    assert (cart["state"], cart["stage"], cart["item_count"], cart["total_minor"]) == ("open", "checkout", 2, 2250)
    [item] = json.loads(cart["items"])
    assert (item["product_id"], item["quantity"], item["name"]) == ("13", 2, "Tea")
    assert running.rows("select * from orders where order_id = '501'") == []


def test_the_draft_goes_on_to_payment_and_is_ordered_at_last(running: Product) -> None:
    tell(running, "order.created", an_order(502, "checkout-draft", 1))
    tell(running, "order.updated", an_order(502, "pending", 5))
    [cart] = cart_of(running, 502)
    assert (cart["state"], cart["stage"], cart["payment_order_id"]) == ("open", "payment", "502")
    paid = {"date_paid_gmt": "2026-11-21T17:00:09"}
    tell(running, "order.updated", an_order(502, "processing", 9, **paid))
    [cart] = cart_of(running, 502)
    assert (cart["state"], cart["order_id"], cart["next_check_at"]) == ("ordered", "502", None)
    assert running.row("select state from orders where order_id = '502'") == {"state": "paid"}
    placed = running.rows("select type from events where event_id = 'order_placed:502'")
    assert placed == [{"type": "order_placed"}]


def test_a_failed_payment_opens_the_cart_again_as_a_new_generation(running: Product) -> None:
    tell(running, "order.created", an_order(503, "pending", 2))
    tell(running, "order.updated", an_order(503, "failed", 6))
    first, second = cart_of(running, 503)
    assert (first["state"], second["state"], second["stage"]) == ("failed", "open", "payment")
    assert second["items_hash"] == first["items_hash"]
    tell(running, "order.updated", an_order(503, "processing", 9, date_paid_gmt="2026-11-21T17:00:09"))
    assert [cart["state"] for cart in cart_of(running, 503)] == ["failed", "ordered"]


def test_versions_in_the_wrong_order_end_the_same(running: Product) -> None:
    """The shop's queue sends `updated` before `created`."""
    tell(running, "order.updated", an_order(504, "processing", 9, date_paid_gmt="2026-11-21T17:00:09"))
    tell(running, "order.created", an_order(504, "pending", 2))
    tell(running, "order.updated", an_order(504, "checkout-draft", 1))
    [cart] = cart_of(running, 504)
    assert (cart["state"], cart["order_id"]) == ("ordered", "504")
    assert running.row("select status from orders where order_id = '504'") == {"status": "processing"}


@pytest.mark.parametrize(
    ("why", "topic", "number"),
    [
        ("a product deletion with an order's id", "product.deleted", 510),
        ("a coupon deletion with an order's id", "coupon.deleted", 510),
        ("a customer deletion with an order's id", "customer.deleted", 510),
        ("an order deletion with a customer's id", "order.deleted", 610),
        ("an id nobody knows", "order.deleted", 99999),
    ],
)
def test_a_deletion_of_an_id_of_another_kind_changes_nothing(
    running: Product, why: str, topic: str, number: int
) -> None:
    tell(running, "order.created", an_order(510, "processing", 9))
    customer = {"id": 610, "email": "known@example.org", "date_modified_gmt": TIMES, "role": "customer"}
    tell(running, "customer.created", customer)
    tell(running, topic, {"id": number})
    assert running.row("select deleted_at from orders where order_id = '510'") == {"deleted_at": None}, why
    assert running.row("select deleted_at from customers where customer_id = '610'") == {"deleted_at": None}, why
    assert running.rows("select * from orders where order_id in ('610', '99999')") == [], why


def test_a_deletion_of_the_right_kind_is_marked(running: Product) -> None:
    tell(running, "order.created", an_order(511, "processing", 9))
    tell(running, "order.deleted", {"id": 511})
    assert running.row("select deleted_at from orders where order_id = '511'")["deleted_at"]


def test_a_partial_refund_leaves_the_order_as_it_is(running: Product) -> None:
    tell(running, "order.created", an_order(512, "processing", 3))
    refunds = [{"id": 39, "reason": "broken", "total": "-5.00"}]
    tell(running, "order.updated", an_order(512, "processing", 8, refunds=refunds))
    assert running.row("select state from orders where order_id = '512'") == {"state": "paid"}
    refund = running.row("select * from order_refunds where order_id = '512'")
    assert (refund["refund_id"], refund["amount_minor"], refund["currency"]) == ("39", 500, "EUR")


def test_a_second_signed_body_with_nonsense_does_not_block_the_next(running: Product) -> None:
    assert running.woo("order.updated", b'{"id": "x", "status": 7}').status == 200
    tell(running, "order.created", an_order(513, "processing", 9))
    assert running.row("select state from orders where order_id = '513'") == {"state": "paid"}
