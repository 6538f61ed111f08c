"""A Shopify shop from its connection on: history, then live webhooks; database and Brevo agree with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.shopify_shop.deliveries import Unreliable
from tests.shopify_shop.numbers import CUSTOMER_IDS, ORDER_IDS, PRODUCT_IDS
from tests.system.later import tell_history
from tests.system.product import LONGEST_S, until
from tests.system.shopify_agreement import check_agreement, differences
from tests.system.shopify_brevo_agreement import check_told, products_untold, untold
from tests.system.shopify_rig import Connected, Synced, connected

MOST_MB = 200


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Connected, Synced]]:
    """A thousand customers and a thousand orders, read."""
    with connected(tmp_path_factory.mktemp("shopify"), customers=1000, orders=1000, products=20) as shop:
        shop.product.cli("brevo", "setup", "--activate-ecommerce")
        synced = shop.sync()
        shop.product.drained()
        yield shop, synced


def check_read(shop: Connected, synced: Synced) -> None:
    counts = shop.shop.numbers
    for kind, count in (("customers", counts.customers), ("orders", counts.orders), ("products", counts.products)):
        assert f"{kind}: {count:,} read" in synced.output
    assert shop.product.rows("select reason, detail from quarantine") == []
    check_agreement(shop.product, shop.shop)
    assert 0 < synced.peak_mb < MOST_MB
    shop.shop.check()


def test_everything_the_shop_has_is_known_record_by_record(read: tuple[Connected, Synced]) -> None:
    check_read(*read)


def test_reading_started_no_message(read: tuple[Connected, Synced]) -> None:
    shop, _ = read
    assert shop.product.rows("select * from outbox") == []
    assert shop.brevo.events() == []


def test_what_brevo_is_to_be_told_of_it_is_remembered(read: tuple[Connected, Synced]) -> None:
    """Everybody with an address, every order that is one."""
    shop, _ = read
    marked = {
        kind: {row["subject"] for row in shop.product.rows("select subject from history_marks where kind = ?", kind)}
        for kind in ("contact", "order")
    }
    records = [shop.shop.shop.customers.get(id_) for id_ in shop.shop.shop.customers.ids()]
    mails = [record["defaultEmailAddress"] for record in records if record]
    assert marked["contact"] >= {mail["emailAddress"] for mail in mails if mail}
    orders = [shop.shop.shop.orders.get(id_) for id_ in shop.shop.shop.orders.ids()]
    real = [record for record in orders if record and record["email"] and not record["test"]]
    placed = {record["legacyResourceId"] for record in real if record["displayFinancialStatus"] != "VOIDED"}
    assert placed <= marked["order"] <= {record["legacyResourceId"] for record in real}


def test_brevo_has_all_of_it_record_by_record(read: tuple[Connected, Synced]) -> None:
    """Contacts and orders in bulk, as the worker does it in some minutes; products one by one."""
    check_brevo(read[0])


def check_brevo(shop: Connected) -> None:
    until(lambda: not [*products_untold(shop.brevo, shop.shop)], lambda: [*products_untold(shop.brevo, shop.shop)])
    shop.product.stop()  # the worker may be at it
    tell_history(shop.product)
    shop.product.start()
    check_told(shop.brevo, shop.shop)
    assert all(one["is_historical"] for one in shop.brevo.said("orders")["orders"])
    assert shop.brevo.events() == []
    assert shop.brevo.said("violations")["violations"] == []


def test_then_live_events_are_told_and_all_agrees_again(read: tuple[Connected, Synced]) -> None:
    check_live(read[0])


def check_live(shop: Connected, longest_s: float = LONGEST_S) -> None:
    """Webhooks that come twice, late and mixed up."""
    shop.shop.deliveries.behave(Unreliable(twice=0.3, late=0.5, late_s=0.5, is_mixed=True, seed=5))
    life = shop.shop.life
    new = life.customer_signs_up("neu@example.org", accepts=True)
    bought = life.order_placed(customer=new)
    regular = life.order_placed(customer=CUSTOMER_IDS + 5)
    life.cancel_order(ORDER_IDS + 14)
    life.refund_order(ORDER_IDS + 16)
    life.change_customer(CUSTOMER_IDS + 7, firstName="Ölga", tags=["Töpferkurs", "Stammkundin"])
    life.delete_customer(CUSTOMER_IDS + 2)
    life.change_product(PRODUCT_IDS + 3, title="Tee, ganz neu")
    life.delete_product(PRODUCT_IDS + 4)
    shop.wait_told("neu@example.org", "customer_created", "order_placed", "order_completed")
    shop.wait_told("kunde5@example.org", "order_placed", "order_completed")
    shop.delivered()
    until(lambda: not differences(shop.product, shop.shop), lambda: differences(shop.product, shop.shop), longest_s)
    placed = [one["event_properties"]["id"] for one in shop.brevo.events("order_placed")]
    assert sorted(placed) == [_number(shop, bought), _number(shop, regular)]
    shop.brevo.check_once()
    shop.shop.check()
    assert not shop.shop.deliveries.lost


def test_brevo_agrees_again_but_for_whom_the_shop_deleted(read: tuple[Connected, Synced]) -> None:
    check_brevo_again(read[0])


def check_brevo_again(shop: Connected) -> None:
    """What changed of imported orders goes in bulk, some minutes later. Deleting an account asks nobody to erase."""
    until(lambda: not [*products_untold(shop.brevo, shop.shop)], lambda: [*products_untold(shop.brevo, shop.shop)])
    shop.product.stop()  # the worker may be at it
    tell_history(shop.product)
    shop.product.start()
    is_deleted = ["contact kunde2@example.org is nobody in the shop"]
    until(lambda: untold(shop.brevo, shop.shop) == is_deleted, lambda: untold(shop.brevo, shop.shop))
    assert shop.brevo.said("violations")["violations"] == []


def leaves_checkout(shop: Connected, customer: int) -> tuple[int, str]:
    """A customer who agreed to be written to, goes as far as typing their address, and no farther."""
    record = shop.shop.shop.customers.get(customer)
    assert record is not None
    assert record["defaultEmailAddress"]["marketingState"] == "SUBSCRIBED"
    email: str = record["defaultEmailAddress"]["emailAddress"]
    checkout = shop.shop.life.checkout_begins([(1, 2)], customer)
    shop.shop.life.types_email(checkout, email)
    return checkout, email


def test_who_left_a_checkout_is_reminded_unless_the_shop_knows_better(read: tuple[Connected, Synced]) -> None:
    """The second one bought, and the webhook that says so is lost: the shop is asked before the reminder."""
    shop, _ = read
    _, left = leaves_checkout(shop, CUSTOMER_IDS + 10)
    shop.wait_told(left, "cart_abandoned")
    checkout, bought = leaves_checkout(shop, CUSTOMER_IDS + 20)
    shop.shop.deliveries.is_silent = True
    shop.shop.life.order_placed(customer=CUSTOMER_IDS + 20, checkout=checkout)
    shop.shop.deliveries.is_silent = False
    asked = "select reason from decisions where reason = 'ordered_elsewhere'"
    until(lambda: shop.product.rows(asked), lambda: shop.product.rows("select * from decisions"))
    assert "cart_abandoned" not in shop.told(bought)
    shop.shop.check()


def _number(shop: Connected, order: int) -> str:
    record = shop.shop.shop.orders.get(order)
    assert record is not None
    return str(record["number"])


@pytest.fixture(scope="module")
def much_read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Connected, Synced]]:
    """As `read`, with a hundred thousand of each; what was read is not all folded yet."""
    with connected(tmp_path_factory.mktemp("large"), customers=100_000, orders=100_000, products=100) as shop:
        shop.product.cli("brevo", "setup", "--activate-ecommerce")
        yield shop, shop.sync(longest_s=500)


@pytest.mark.long
def test_a_hundred_thousand_customers_and_orders_are_read_in_little_memory_and_waiting_only_for_the_shop(
    much_read: tuple[Connected, Synced],
) -> None:
    _, synced = much_read
    print(f"read in {synced.seconds:.0f} s, at most {synced.peak_mb:.0f} MB\n{synced.output}")
    assert "customers: 100,000 read" in synced.output
    assert 0 < synced.peak_mb < MOST_MB
    assert "waits for the worker" not in synced.output


@pytest.mark.long
def test_a_hundred_thousand_are_known_record_by_record(much_read: tuple[Connected, Synced]) -> None:
    shop, synced = much_read
    shop.product.drained(540)
    check_read(shop, synced)


@pytest.mark.long
def test_brevo_has_a_hundred_thousand_record_by_record(much_read: tuple[Connected, Synced]) -> None:
    check_brevo(much_read[0])


@pytest.mark.long
def test_then_live_events_are_told_and_a_hundred_thousand_agree_again(much_read: tuple[Connected, Synced]) -> None:
    check_live(much_read[0], longest_s=400)


@pytest.mark.long
def test_brevo_agrees_again_on_a_hundred_thousand(much_read: tuple[Connected, Synced]) -> None:
    check_brevo_again(much_read[0])
