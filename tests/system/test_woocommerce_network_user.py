"""A network that is connected by one command as one of its users: the running product is told, reads and asks with an
application password, site by site."""

from __future__ import annotations

from pathlib import Path

from tests.system.product import Product, product_in, until
from tests.system.woocommerce_agreement import differences
from tests.woocommerce_shop.clock import Wound
from tests.woocommerce_shop.people import User
from tests.woocommerce_shop.server import network_open, recent

SETTINGS = """\
database: sqlite:///{database}
public_url: http://127.0.0.1:{port}
allow_insecure_upstreams: true
limits: {{per_address: 1000000/m, per_shop: 100000/s}}
"""
NAME, PASSWORD = "ruth", "abcdefghijklMNOPqrst1234"
ORDERS = "select count(*) as number from orders join shops on shops.id = shop_id where address = ?"


def orders_of(product: Product, address: str) -> int:
    return int(product.row(ORDERS, address)["number"])


def test_the_sites_are_found_told_of_and_read_with_one_password(tmp_path: Path) -> None:
    clock = Wound()
    numbers = [recent(clock, orders=12, customers=4, products=2, flavour=number) for number in range(3)]
    with network_open(*numbers, paths=("", "/b", "/blog"), clock=clock) as network, product_in(tmp_path) as product:
        network.people.is_local = True
        network.people.add(User(NAME, [PASSWORD], dict.fromkeys(network.sites, "administrator")))
        network.sites["/blog"].habits.has_woocommerce = False
        settings = SETTINGS.format(database=product.database, port=product.port)
        (product.folder / "tajo.yml").write_text(settings)
        product.start()
        login = ("--network-user", NAME, "--application-password", PASSWORD)
        said = product.cli("connectors", "install", "woocommerce", "--store-url", network.host, *login)
        assert "All 2 sites are connected" in said
        assert "stays in the shell's history" in said
        main, second = network.sites[""], network.sites["/b"]
        one, two = (site.home.partition("://")[2] for site in (main, second))
        for site in (main, second):
            site.deliveries.pump()

        second.life.order_placed("webhook@example.org")
        until(lambda: orders_of(product, two) == 1)
        assert orders_of(product, one) == 0

        assert "done" in product.cli("connectors", "sync", two)
        until(lambda: differences(product, second) == [], lambda: differences(product, second))
        assert orders_of(product, one) == 0
        assert set(second.access.ways) == {"password"}
        log = product.log()
        for site in (main, second):
            site.check()
    assert PASSWORD not in said
    assert PASSWORD not in log
