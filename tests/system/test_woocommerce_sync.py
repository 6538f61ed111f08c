"""A WooCommerce shop from its connection on: history, then live webhooks; database and Brevo agree with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from collector.domain.jobs import REREADING, SUBSCRIPTIONS
from tests.system.agreement import first
from tests.system.later import tell_history
from tests.system.product import LONGEST_S, until
from tests.system.woocommerce_agreement import check_agreement, differences
from tests.system.woocommerce_brevo_agreement import check_told, products_untold, untold
from tests.system.woocommerce_rig import Connected, Synced, connected
from tests.woocommerce_shop import orders
from tests.woocommerce_shop.deliveries import Unreliable
from tests.woocommerce_shop.numbers import CUSTOMER_IDS, ORDER_IDS, both
from tests.woocommerce_shop.products import id_of

MOST_MB = 200


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Connected, Synced]]:
    counts = {"customers": 500, "orders": 1000, "products": 200, "coupons": 20}
    with connected(tmp_path_factory.mktemp("woocommerce"), **counts) as shop:
        shop.product.cli("brevo", "setup", "--activate-ecommerce")
        synced = shop.sync("--type", "full")
        shop.product.drained()
        yield shop, synced


def check_read(shop: Connected, synced: Synced) -> None:
    numbers = shop.site.numbers
    for kind, count in (("orders", numbers.orders - numbers.orders // 20), ("coupons", numbers.coupons)):
        assert f"{kind}: {count:,} read" in synced.output, synced.output
    assert shop.product.rows("select reason, detail from quarantine") == []
    check_agreement(shop.product, shop.site)
    assert 0 < synced.peak_mb < MOST_MB
    shop.site.check()


def test_everything_the_shop_has_is_known_record_by_record(read: tuple[Connected, Synced]) -> None:
    check_read(*read)


def test_reading_started_no_message(read: tuple[Connected, Synced]) -> None:
    shop, _ = read
    assert shop.product.rows("select * from outbox") == []
    assert shop.brevo.events() == []


def test_what_brevo_is_to_be_told_of_it_is_remembered(read: tuple[Connected, Synced]) -> None:
    """Everybody with an address, guests among them; every order that is one."""
    shop, _ = read
    marked = {
        kind: {row["subject"] for row in shop.product.rows("select subject from history_marks where kind = ?", kind)}
        for kind in ("contact", "order")
    }
    numbers, site = shop.site.numbers, shop.site
    accounts = {site.customers.copied(id_)["email"] for id_ in site.customers.ids() if id_ > CUSTOMER_IDS}
    assert marked["contact"] >= accounts
    placed = [number for number in range(1, numbers.orders + 1) if number % 20 > 6 or number % 20 in (2, 5)]
    real = [number for number in placed if orders.email_of(numbers, number)]
    guests = {orders.email_of(numbers, number) for number in real if not numbers.customer_of_order(number)}
    assert guests <= marked["contact"]
    assert {str(ORDER_IDS + number) for number in real} <= marked["order"]


def test_brevo_has_all_of_it_record_by_record(read: tuple[Connected, Synced]) -> None:
    """Contacts and orders in bulk, as the worker does it in some minutes; products one by one."""
    check_brevo(read[0])


def check_brevo(shop: Connected, longest_s: float = LONGEST_S) -> None:
    def untold() -> list[str]:
        return first(products_untold(shop.brevo, shop.site))

    until(lambda: not untold(), untold, longest_s)
    shop.product.stop()  # the worker may be at it
    tell_history(shop.product)
    shop.product.start()
    check_told(shop.brevo, shop.site)
    assert all(one["is_historical"] for one in shop.brevo.said("orders")["orders"])
    assert shop.brevo.events() == []
    assert shop.brevo.said("violations")["violations"] == []


def test_the_keys_travelled_signed_and_nothing_was_asked_twice_for_them(read: tuple[Connected, Synced]) -> None:
    shop, _ = read
    assert set(shop.site.access.ways) == {"oauth1"}


def test_every_page_was_asked_for_by_its_fields(read: tuple[Connected, Synced]) -> None:
    shop, _ = read
    lists = [args for _, route, args in shop.site.asked if route in ("orders", "customers", "products")]
    assert lists
    assert all("_fields" in args for args in lists)


def test_webhooks_are_registered_with_our_secret_and_were_greeted_with_200(read: tuple[Connected, Synced]) -> None:
    shop, _ = read
    assert {"order.created", "order.updated", "order.deleted", "customer.updated"} <= shop.site.webhooks.topics()
    assert set(shop.site.deliveries.pings) == {200}


def test_then_live_events_are_told_and_all_agrees_again(read: tuple[Connected, Synced]) -> None:
    check_live(read[0])


def check_live(shop: Connected, longest_s: float = LONGEST_S) -> None:
    """Webhooks that come twice, late, mixed up, and with bodies of before."""
    shop.site.deliveries.behave(Unreliable(twice=0.3, late=0.4, stale=0.3, late_s=0.5, is_mixed=True, seed=5))
    life = shop.site.life
    new = life.customer_signs_up("neu@example.org")
    bought = life.order_placed(customer=new, lines=((2, 1), (5, 1)))
    draft = life.checkout_opens("gast.neu@example.net")
    guest = life.order_placed(draft=draft)
    regular = life.order_placed(customer=CUSTOMER_IDS + 6, status="on-hold")
    life.cancel_order(ORDER_IDS + 28)
    life.refund_order(ORDER_IDS + 29)
    life.refund_order(ORDER_IDS + 30, "3.00")
    life.complete_order(ORDER_IDS + 32)
    life.change_customer(CUSTOMER_IDS + 7, first_name="Ölga")
    life.delete_customer(CUSTOMER_IDS + 2)
    life.change_product(id_of(3), name="Becher, ganz neu")
    life.set_stock(id_of(7), 0)
    life.trash_product(id_of(4))
    coupon = life.coupon_made("wb-neu")
    life.trash_coupon(coupon - 1)
    shop.wait_told("neu@example.org", "customer_created", "order_placed", "order_completed")
    shop.wait_told("gast.neu@example.net", "order_placed", "order_completed")
    shop.wait_told("kunde6@example.org", "order_placed", "order_completed")
    shop.delivered()
    shop.hasten(REREADING)  # what is said to be deleted is asked for, by its own number
    until(lambda: not differences(shop.product, shop.site), lambda: differences(shop.product, shop.site), longest_s)
    placed = {one["event_properties"]["id"] for one in shop.brevo.events("order_placed")}
    numbers = {shop.site.orders.copied(id_)["number"] for id_ in (bought, guest, regular)}
    assert placed == numbers
    shop.brevo.check_once()
    shop.site.check()
    assert {one.status for one in shop.site.deliveries.sent} == {200}


def test_brevo_agrees_again_but_for_whom_the_shop_deleted(read: tuple[Connected, Synced]) -> None:
    check_brevo_again(read[0])


def check_brevo_again(shop: Connected, longest_s: float = LONGEST_S) -> None:
    """What changed of imported orders goes in bulk, some minutes later. Deleting an account asks nobody to erase."""
    until(lambda: not first(products_untold(shop.brevo, shop.site)), shop.product.log, longest_s)
    shop.product.stop()  # the worker may be at it
    tell_history(shop.product)
    shop.product.start()
    until(lambda: untold(shop.brevo, shop.site) == [], lambda: untold(shop.brevo, shop.site), longest_s)
    assert shop.brevo.said("violations")["violations"] == []


def test_who_left_a_checkout_is_reminded_unless_the_shop_knows_better(read: tuple[Connected, Synced]) -> None:
    """The second one bought, and the webhook that says so is lost: the shop is asked before the reminder."""
    shop, _ = read
    life = shop.site.life
    tick = {"id": 1, "key": "_wc_other/tajo/marketing-opt-in", "value": "1"}
    life.checkout_opens("geht@example.net", meta_data=[tick])
    shop.wait_told("geht@example.net", "cart_abandoned")
    draft = life.checkout_opens("kauft@example.net", meta_data=[tick])
    until(lambda: not shop.waiting())
    shop.site.deliveries.is_silent = True
    order = life.order_placed(draft=draft)
    shop.site.deliveries.is_silent = False
    asked = "select reason from decisions where reason = 'ordered_elsewhere'"
    until(lambda: shop.product.rows(asked), lambda: shop.product.rows("select * from decisions"))
    assert "cart_abandoned" not in shop.told("kauft@example.net")
    life.complete_order(order)  # of which it is told
    shop.wait_told("kauft@example.net", "order_placed", "order_completed")
    shop.site.check()


@pytest.mark.parametrize(("number", "says_so"), [(21, False), (22, True)])
def test_a_product_that_goes_live_by_itself_is_told(read: tuple[Connected, Synced], number: int, says_so: bool) -> None:
    """WordPress changes its status and nothing else; WooCommerce 10.8 has a webhook for it."""
    shop, _ = read
    site, id_ = shop.site, id_of(number)
    if says_so:
        site.webhooks.added.add("product.published")
        shop.hasten(SUBSCRIPTIONS)
        until(lambda: "product.published" in site.webhooks.topics(), shop.product.log)
    assert ("product.published" in site.webhooks.topics()) is says_so
    at_s = int(shop.clock.now().timestamp()) + 3600
    site.life.change_product(id_, status="future", **both("date_created", at_s))
    until(lambda: _status(shop, id_) == "future", shop.product.log)
    site.life.goes_live(id_)
    if not says_so:
        shop.hasten(REREADING)  # an hour later
    until(lambda: _status(shop, id_) == "publish", shop.product.log)
    until(lambda: not first(products_untold(shop.brevo, site)), lambda: first(products_untold(shop.brevo, site)))


def _status(shop: Connected, id_: int) -> str:
    asked = "select json_extract(content, '$.status') as status from products where product_id = ?"
    return str(shop.product.row(asked, str(id_))["status"])


def test_a_webhook_that_was_switched_off_is_there_again_and_what_it_missed_is_read(
    read: tuple[Connected, Synced],
) -> None:
    """Seven failures in a row; then orders come and change, and nobody tells. It was some minutes ago."""
    shop, _ = read
    site, clock = shop.site, shop.clock
    shop.has_been_live_for(timedelta(hours=1))
    before = {one.id for one in site.webhooks.all.values() if one.topic.startswith("order.")}
    for id_ in before:
        webhook = site.webhooks.get(id_)
        while webhook.status == "active":
            webhook.failed()
    clock.behind = timedelta(minutes=4)
    missed = site.life.order_placed("verpasst@example.net")
    site.life.complete_order(ORDER_IDS + 52)
    clock.behind = timedelta(0)
    shop.delivered()
    assert f"{missed}" not in {row["order_id"] for row in shop.product.rows("select order_id from orders")}
    shop.hasten(SUBSCRIPTIONS)
    until(lambda: {"order.created", "order.updated"} <= site.webhooks.topics(), shop.product.log)
    until(lambda: differences(shop.product, site) == [], lambda: differences(shop.product, site))
    shop.wait_told("verpasst@example.net", "order_placed", "order_completed")
    assert all(one.failures == 0 for one in site.webhooks.all.values() if one.status == "active")
    site.life.order_placed("danach@example.net")
    shop.wait_told("danach@example.net", "order_placed", "order_completed")
    shop.brevo.check_once()
    site.check()


@pytest.fixture(scope="module")
def much_read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Connected, Synced]]:
    """As `read`, with fifty thousand orders; what was read is not all folded yet."""
    counts = {"customers": 20_000, "orders": 50_000, "products": 5_000, "coupons": 500}
    with connected(tmp_path_factory.mktemp("large"), **counts) as shop:
        shop.product.cli("brevo", "setup", "--activate-ecommerce")
        yield shop, shop.sync("--type", "full", longest_s=500)


@pytest.mark.long
def test_fifty_thousand_orders_are_read_in_little_memory(much_read: tuple[Connected, Synced]) -> None:
    _, synced = much_read
    print(f"read in {synced.seconds:.0f} s, at most {synced.peak_mb:.0f} MB\n{synced.output}")
    assert 0 < synced.peak_mb < MOST_MB
    assert "waits for the worker" not in synced.output


@pytest.mark.long
def test_fifty_thousand_orders_are_known_record_by_record(much_read: tuple[Connected, Synced]) -> None:
    shop, synced = much_read
    shop.product.drained(540)
    check_read(shop, synced)


@pytest.mark.long
def test_brevo_has_fifty_thousand_orders_record_by_record(much_read: tuple[Connected, Synced]) -> None:
    check_brevo(much_read[0], longest_s=240)


@pytest.mark.long
def test_then_live_events_are_told_and_fifty_thousand_orders_agree_again(much_read: tuple[Connected, Synced]) -> None:
    check_live(much_read[0], longest_s=400)


@pytest.mark.long
def test_brevo_agrees_again_on_fifty_thousand_orders(much_read: tuple[Connected, Synced]) -> None:
    check_brevo_again(much_read[0], longest_s=240)
