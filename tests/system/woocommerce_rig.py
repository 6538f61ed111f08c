"""A WooCommerce shop, a local Brevo and the running product, connected by the command line as a merchant does it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.system.local_brevo import brevo_there
from tests.system.product import product_in
from tests.system.rig import Rig, Synced, set_up
from tests.system.woocommerce_agreement import check_agreement
from tests.woocommerce_shop.clock import Wound
from tests.woocommerce_shop.server import network_open, recent
from tests.woocommerce_shop.site import Site

__all__ = ["Connected", "Synced", "check_complete", "connected", "shopper_buys"]


@dataclass
class Connected(Rig):
    """`clock`: the shop's own."""

    site: Site
    clock: Wound

    @property
    def name(self) -> str:
        return self.site.home.partition("://")[2]

    def install(self, *more: str) -> str:
        key = self.site.key
        pair = ("--consumer-key", key.consumer_key, "--consumer-secret", key.consumer_secret)
        return self.product.cli("connectors", "install", "woocommerce", "--store-url", self.site.home, *pair, *more)

    def waiting(self) -> int:
        return self.site.deliveries.waiting()


@contextlib.contextmanager
def connected(folder: Path, **counts: Any) -> Iterator[Connected]:
    """A shop with so many records of each kind, connected and live; nothing is read yet."""
    clock = Wound()
    with (
        network_open(recent(clock, **counts), clock=clock) as network,
        brevo_there() as brevo,
        product_in(folder) as product,
    ):
        set_up(product, brevo)
        made = Connected(product, brevo, network.main, clock)
        product.start()  # before the shop greets it
        output = made.install()
        assert "is connected" in output, output
        made.site.deliveries.pump()
        assert ": live" in product.cli("connectors", "activate", made.name)
        yield made


def shopper_buys(shop: Connected, number: int) -> None:
    """Somebody signs up and buys; Brevo knows before anything else goes on."""
    email = f"live{number}@example.org"
    shop.site.life.order_placed(customer=shop.site.life.customer_signs_up(email))
    shop.wait_told(email, "customer_created", "order_placed", "order_completed")


def check_complete(shop: Connected, live: int) -> None:
    """All was read, and nothing twice. `live`: so many came while it was read, and nobody else was told of."""
    shop.delivered(200)
    check_agreement(shop.product, shop.site)
    assert shop.doubled_rows() == []
    assert {event["email"] for event in shop.brevo.events()} == {f"live{number}@example.org" for number in range(live)}
    shop.brevo.check_once()
    shop.site.check()
