"""Somebody leaves at Brevo: from then on nothing that may start a mail leaves for them, orders do.

The running product beside the local Brevo, which mails blocklisted contacts as automations at Brevo do: the only gate
is that we do not send.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from collector.domain.messages import MAY_START_MAIL
from collector.sandbox.brevo.state import DEFAULT_KEY
from tests.system.local_brevo import LocalBrevo, brevo_there, is_settled, waiting
from tests.system.product import Product, product_in, until
from tests.system.shoppers import CART_STORY, Shopper
from tests.system.test_delivery_outage import buy, come

SETTINGS = """\
public_url: http://127.0.0.1:{port}
database: sqlite:///{database}
allow_insecure_upstreams: true
brevo: {{api_key: {key}, api_url: "{url}"}}
abandonment: {{cart: {{after: 2s}}, truth_check: false, cap: {{messages: 100, per: 1h}}}}
limits: {{per_address: 1000000/m, per_shop: 100000/s, new_addresses_per_visitor: 1000/d,
  new_addresses_per_network: 100000/h}}
connectors:
  woocommerce:
    - {{store_url: "http://127.0.0.1:8081/", webhook_secret: whsec-heldout-woo-2026}}
    - {{store_url: "http://127.0.0.1:8082/", webhook_secret: whsec-of-the-other}}
"""
STAYS, UNSUBSCRIBES, IS_BLOCKED, MARKS_SPAM = Shopper(1), Shopper(2), Shopper(3), Shopper(4)
LEAVERS = (UNSUBSCRIBES, IS_BLOCKED, MARKS_SPAM)
EVERYBODY = (STAYS, *LEAVERS)


@contextlib.contextmanager
def product_that_is_told(folder: Path) -> Iterator[tuple[Product, LocalBrevo]]:
    """Running, with its webhook registered as a merchant does it."""
    with brevo_there() as brevo, product_in(folder) as product:
        text = SETTINGS.format(port=product.port, database=product.database, key=DEFAULT_KEY, url=brevo.url)
        (folder / "tajo.yml").write_text(text)
        product.start()
        said = product.cli("brevo", "setup")
        assert "✓ brevo: the webhook for opt-outs is registered" in said, said
        yield product, brevo


def at_brevo(brevo: LocalBrevo, door: str, **given: Any) -> Any:
    answer = brevo._app.test_client().post(f"/_sandbox/{door}", json=given)
    assert answer.status_code < 300, answer.text
    return answer.get_json()


def left(product: Product) -> set[tuple[int, str, str]]:
    """(shop, address, act) of the ledger."""
    query = "select shop_id, subject, act from consent_ledger where state = 'opted_out'"
    return {(row["shop_id"], row["subject"], row["act"]) for row in product.rows(query)}


def read_back_now(product: Product) -> None:
    """As if a day had passed since the block list was read."""
    with contextlib.closing(sqlite3.connect(product.database, timeout=30)) as connection, connection:
        connection.execute("update jobs set due_at = '2020-01-01T00:00:00.000Z' where name = 'block_list:brevo'")


def test_who_leaves_at_brevo_is_mailed_no_more(tmp_path: Path) -> None:
    with product_that_is_told(tmp_path) as (product, brevo):
        come(product, list(EVERYBODY))
        until(lambda: len(brevo.events("cart_created")) == len(EVERYBODY), product.log)
        until(lambda: is_settled(product), lambda: (waiting(product), product.log()))
        assert all(brevo.stories()[one.email] == list(CART_STORY) for one in EVERYBODY)

        assert at_brevo(brevo, "unsubscribe", email=UNSUBSCRIBES.email) == {"webhooks": 1}
        at_brevo(brevo, "tell", email=MARKS_SPAM.email, event="spam")
        at_brevo(brevo, "block", email=IS_BLOCKED.email, reason="unsubscribedViaMA")  # and its webhook is lost
        read_back_now(product)
        acts = {
            (UNSUBSCRIBES.email, "brevo:unsubscribed"),
            (MARKS_SPAM.email, "brevo:spam"),
            (IS_BLOCKED.email, "brevo:unsubscribed"),
        }
        expected = {(shop_id, *act) for shop_id in (1, 2) for act in acts}  # the account's other shop, too
        until(lambda: expected <= left(product), lambda: (left(product), product.log()))
        assert left(product) == expected
        before = len(brevo.events())

        come_again(product, EVERYBODY)
        until(lambda: is_settled(product), lambda: (waiting(product), product.log()))
        buy(product, list(EVERYBODY))
        until(lambda: len(brevo.events("order_completed")) == len(EVERYBODY), product.log)
        until(lambda: is_settled(product), lambda: (waiting(product), product.log()))

        since = [(one["email"], one["event_name"]) for one in brevo.events()[before:]]
        for shopper in LEAVERS:
            names = [name for email, name in since if email == shopper.email]
            assert not MAY_START_MAIL & set(names), names
            assert {"order_placed", "order_completed"} <= set(names), names
        assert (STAYS.email, "cart_abandoned") in since, "the others are written to as before"
        assert len(brevo.said("orders")["orders"]) == len(EVERYBODY)
        contacts = {one["email"]: one["emailBlacklisted"] for one in brevo.said("contacts")["contacts"]}
        assert contacts[UNSUBSCRIBES.email], "what was blocked there stays blocked"
        brevo.check_manners()
        assert "Traceback" not in (tmp_path / "log.txt").read_text()


def come_again(product: Product, shoppers: tuple[Shopper, ...]) -> None:
    """With another cart each."""
    site_key = product.rows("select site_key from shops where id = 1")[0]["site_key"]
    for shopper in shoppers:
        sending = shopper.fills_cart(site_key)
        body = sending.body.replace(b"cart-of-", b"cart2-of-").replace(b"typed-by-", b"typed2-by-")
        body = body.replace(b'"quantity": 1', b'"quantity": 2')
        assert product.post(sending.path, body, sending.headers).status == 204
    product.drained()
