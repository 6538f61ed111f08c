"""A Shopify shop, a local Brevo and the running product, connected by the command line as a merchant does it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collector.sandbox.brevo.state import DEFAULT_KEY
from tests.cli.running import environment
from tests.shopify_shop.clock import Wall
from tests.shopify_shop.server import ShopifyShop, recent, shop_open
from tests.system.local_brevo import LocalBrevo, brevo_there
from tests.system.product import LONGEST_S, Product, product_in, until

SETTINGS = """\
database: sqlite:///{database}
public_url: http://127.0.0.1:{port}
allow_insecure_upstreams: true
brevo: {{api_key: {key}, api_url: "{url}"}}
mail: {{basis: opted_in}}
abandonment: {{cart: {{after: 1s}}, checkout: {{after: 1s}}, cap: {{messages: 100}}}}
limits: {{per_address: 1000000/m, per_shop: 100000/s}}
"""


@dataclass(frozen=True)
class Synced:
    """One run of `connectors sync` that ended by itself."""

    output: str
    peak_mb: float
    seconds: float


@dataclass
class Connected:
    product: Product
    shop: ShopifyShop
    brevo: LocalBrevo

    @property
    def name(self) -> str:
        return self.shop.numbers.address

    def install(self, *more: str) -> str:
        access = self.shop.access
        app = ("--api-key", access.client_id, "--api-secret", access.client_secret)
        return self.product.cli(
            "connectors", "install", "shopify", "--shop-url", self.name, "--api-url", self.shop.url, *app, *more
        )

    def begin_sync(self, *more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "collector", "connectors", "sync", self.name, *more],
            cwd=self.product.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def sync(self, *more: str, longest_s: float = LONGEST_S) -> Synced:
        """To its end, which must be a good one."""
        began, peak_mb = time.monotonic(), 0.0
        process = self.begin_sync(*more)
        try:
            while process.poll() is None:
                peak_mb = max(peak_mb, _peak_mb(process.pid))
                assert time.monotonic() - began < longest_s, self.product.log()
                time.sleep(0.05)
            output = process.stdout.read() if process.stdout else ""
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
        assert process.returncode == 0, output
        return Synced(output, peak_mb, time.monotonic() - began)

    def told(self, email: str) -> set[str]:
        """Names of the events Brevo has of this address."""
        return {event["event_name"] for event in self.brevo.events() if event["email"] == email}

    def wait_told(self, email: str, *names: str) -> None:
        until(lambda: set(names) <= self.told(email), lambda: (email, self.told(email), self.product.log()))

    def delivered(self, longest_s: float = LONGEST_S) -> None:
        """Every webhook is sent and folded."""
        until(lambda: not self.shop.deliveries.waiting(), lambda: self.shop.deliveries.waiting())
        self.product.drained(longest_s)

    def read_rows(self) -> dict[str, int]:
        """Topic -> rows of the inbox that a sync brought."""
        rows = self.product.rows(
            "select topic, count(*) as n from inbox where lane = 'history' group by topic", of="inbox"
        )
        return {row["topic"]: row["n"] for row in rows}


def _peak_mb(pid: int) -> float:
    """The most memory it ever held at once, by the kernel's own count."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


@contextlib.contextmanager
def connected(folder: Path, **counts: Any) -> Iterator[Connected]:
    """A shop with so many records of each kind, connected and live; nothing is read yet."""
    results, home = folder / "bulk", folder / "product"
    results.mkdir()
    home.mkdir()
    with shop_open(recent(Wall(), **counts), results) as shop, brevo_there() as brevo, product_in(home) as product:
        set_up(product, brevo)
        made = Connected(product, shop, brevo)
        output = made.install()
        assert "is connected" in output, output
        product.start()
        shop.deliveries.pump()
        assert ": live" in product.cli("connectors", "activate", made.name)
        yield made


def set_up(product: Product, brevo: LocalBrevo) -> None:
    (product.folder / "tajo.yml").write_text(
        SETTINGS.format(database=product.database, port=product.port, key=DEFAULT_KEY, url=brevo.url)
    )
