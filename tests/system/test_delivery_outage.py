"""Brevo fails, is gone, is busy and comes back while shoppers go on: nothing lost, nothing doubled, all in order."""

from __future__ import annotations

import threading
from pathlib import Path

from tests.system.local_brevo import LocalBrevo, brevo_there, connect, is_settled, waiting
from tests.system.product import Product, product_in, until
from tests.system.shoppers import Shopper, check_told, states
from tests.system.traffic import Sending

AFTER_S = 2


def send(product: Product, sending: Sending, status: int) -> None:
    answer = product.post(sending.path, sending.body, sending.headers)
    assert answer.status == status, answer


def come(product: Product, shoppers: list[Shopper]) -> None:
    """Each fills a cart; the door takes it whatever Brevo does."""
    site_key = product.site_key()
    for shopper in shoppers:
        send(product, shopper.fills_cart(site_key), 204)


def buy(product: Product, shoppers: list[Shopper]) -> None:
    for shopper in shoppers:
        send(product, shopper.buys(), 200)


def decided(product: Product) -> int:
    return len(product.rows("select id from decisions where outcome = 'remind'"))


def told(brevo: LocalBrevo, shoppers: list[Shopper]) -> list[str]:
    wanted = {shopper.email for shopper in shoppers}
    return [event["event_name"] for event in brevo.events() if event["email"] in wanted]


def test_nothing_is_lost_or_doubled_in_an_outage_and_who_bought_meanwhile_is_left_alone(tmp_path: Path) -> None:
    before, during = [Shopper(n) for n in range(1, 6)], [Shopper(n) for n in range(11, 23)]
    bought_before, bought_meanwhile = before[:1], during[::2]
    pause = threading.Event()
    with brevo_there() as brevo, product_in(tmp_path) as product:
        connect(product, brevo, after=f"{AFTER_S}s")
        product.start()
        come(product, before)
        until(lambda: told(brevo, before).count("cart_abandoned") == len(before), product.log)

        brevo.fail("outage")
        come(product, during)
        buy(product, bought_before)  # their reminder has left: it is taken back
        until(lambda: decided(product) == len(before + during), product.log)
        brevo.go_away()  # what answered 503 refuses connections now
        buy(product, bought_meanwhile)  # decided, and still here
        product.drained()
        pause.wait(0.4)
        assert told(brevo, during) == []
        brevo.heal()
        brevo.fail("429", times=2)
        brevo.come()

        until(lambda: is_settled(product), lambda: (waiting(product)[:5], product.log()))
        leavers = {shopper.email for shopper in before + during}
        buyers = {shopper.email for shopper in bought_before + bought_meanwhile}
        assert "cart_abandoned" not in told(brevo, bought_meanwhile)
        check_told(brevo, leavers - buyers, buyers)
        assert "cart_recovered" in told(brevo, bought_before)
        assert states(product).keys() == {"done", "skipped"}
        brevo.check_manners(refused=2)
        assert "Traceback" not in (product.folder / "log.txt").read_text()


def test_lost_answers_double_no_mail_and_hold_nobody_else_up(tmp_path: Path) -> None:
    """An answer that was lost leaves a doubt about one message; the others leave, and nobody is mailed twice."""
    shoppers = [Shopper(n) for n in range(1, 7)]
    with brevo_there() as brevo, product_in(tmp_path) as product:
        connect(product, brevo, after=f"{AFTER_S}s")
        product.start()
        brevo.fail("reset_after_accepting", path="/v3/events", times=1)
        come(product, shoppers)
        others = len(shoppers) - 1

        def are_told() -> bool:
            return told(brevo, shoppers).count("cart_abandoned") == others and len(waiting(product)) > 0

        until(are_told, lambda: (waiting(product), product.log()))
        [doubted] = [row for row in waiting(product) if row["reason"] == "unknown_outcome"]
        assert doubted["event_name"] == "cart_created"
        assert "unknown_outcome" in product.cli("outbox", "list", "--state", "waiting")
        brevo.check_manners()
