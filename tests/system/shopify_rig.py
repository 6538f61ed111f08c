"""A Shopify shop, a local Brevo and the running product, connected by the command line as a merchant does it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.shopify_shop.naming import token
from tests.shopify_shop.server import ShopifyShop, recent, shop_open
from tests.stand_ins.clock import Wall
from tests.system.local_brevo import LocalBrevo, brevo_there
from tests.system.product import Product, product_in
from tests.system.rig import SETTINGS, Rig, Synced, set_up

__all__ = ["SETTINGS", "Connected", "Synced", "connected", "set_up", "with_own_app"]


@dataclass
class Connected(Rig):
    shop: ShopifyShop

    @property
    def name(self) -> str:
        return self.shop.numbers.address

    def install(self, *more: str) -> str:
        access = self.shop.access
        app = ("--api-key", access.client_id, "--api-secret", access.client_secret)
        return self.product.cli(
            "connectors", "install", "shopify", "--shop-url", self.name, "--api-url", self.shop.url, *app, *more
        )

    def waiting(self) -> int:
        return self.shop.deliveries.waiting()


@contextlib.contextmanager
def connected(folder: Path, **counts: Any) -> Iterator[Connected]:
    """A shop with so many records of each kind, connected and live; nothing is read yet."""
    results, home = folder / "bulk", folder / "product"
    results.mkdir()
    home.mkdir()
    with shop_open(recent(Wall(), **counts), results) as shop, brevo_there() as brevo, product_in(home) as product:
        set_up(product, brevo)
        made = Connected(product, brevo, shop)
        output = made.install()
        assert "is connected" in output, output
        assert ": live" in product.cli("connectors", "activate", made.name)
        product.start()  # a worker that runs takes a moment to notice
        shop.deliveries.pump()
        yield made


def with_own_app(product: Product, shop: ShopifyShop, brevo: LocalBrevo) -> Connected:
    """One of several shops: each has an app of its own."""
    shop.access.client_id = token("app", shop.numbers.address)
    shop.access.client_secret = f"shpss_{token(shop.numbers.address)}"
    return Connected(product, brevo, shop)
