"""Two shops, two Brevo accounts (one opened by a key, one by tokens), one running product: an account that refuses
stands still, the other goes on, the commands say why and what to do, and after the cure all arrives by itself."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from collector.sandbox.brevo.state import DEFAULT_KEY
from tests.system.local_brevo import LocalBrevo, brevo_there, is_settled, waiting
from tests.system.product import Product, product_in, until
from tests.system.shoppers import CART_STORY, Shopper, states

SETTINGS = """\
database: sqlite:///{database}
allow_insecure_upstreams: true
brevo: {{api_key: {key}, api_url: "{ours}"}}
abandonment: {{cart: {{after: 1s}}, truth_check: false}}
limits: {{per_address: 1000000/m, per_shop: 100000/s, new_addresses_per_visitor: 1000/d,
  new_addresses_per_network: 100000/h}}
connectors:
  woocommerce: {{store_url: "http://127.0.0.1:8081/", webhook_secret: whsec-heldout-woo-2026}}
  shopify: {{shop_url: toepferei-lind.myshopify.com, api_secret: shpss-of-the-app,
    brevo: {{client_id: tajo, client_secret: s3cret-of-the-second, api_url: "{theirs}", token_url: "{tokens}"}}}}
"""
SECRET = "s3cret-of-the-second"
EXPIRED_AT = "2026-01-01T00:00:00Z"


@dataclass
class Two:
    product: Product
    ours: LocalBrevo
    theirs: LocalBrevo

    def fill_carts(self, number: int) -> None:
        """One shopper at each shop; the door takes both."""
        for platform, shopper in (("woocommerce", Shopper(number)), ("shopify", Shopper(number + 500))):
            sending = shopper.fills_cart(self.product.site_key(platform))
            assert self.product.post(sending.path, sending.body, sending.headers).status == 204

    def story(self, brevo: LocalBrevo, number: int) -> list[str]:
        return brevo.stories().get(Shopper(number).email, [])

    def is_stuck(self, reason: str, number: int) -> bool:
        """Ours refuses and says so; theirs has heard everything."""
        reasons = {row["reason"] for row in waiting(self.product)}
        return f"stopped_{reason}" in reasons and self.story(self.theirs, number + 500) == list(CART_STORY)


@contextlib.contextmanager
def two_accounts(folder: Path) -> Iterator[Two]:
    with brevo_there() as ours, brevo_there() as theirs, product_in(folder) as product:
        theirs.tell("keys", {"key": DEFAULT_KEY, "gone": True})
        theirs.tell("clients", {"client_id": "tajo", "client_secret": SECRET})
        tokens = theirs.url.removesuffix("/v3") + "/oauth/token"
        text = SETTINGS.format(
            database=product.database, key=DEFAULT_KEY, ours=ours.url, theirs=theirs.url, tokens=tokens
        )
        (product.folder / "tajo.yml").write_text(text)
        product.start()
        yield Two(product, ours, theirs)


def set_key(brevo: LocalBrevo, **rights: Any) -> None:
    brevo.tell("keys", {"key": DEFAULT_KEY, **rights})


@dataclass(frozen=True)
class Stop:
    """`cure` at Brevo. `is_known_at_once` False: somebody says so, or it is noticed within a quarter of an hour."""

    reason: str
    says: str
    cure_says: str
    begin: Callable[[LocalBrevo], None]
    cure: Callable[[LocalBrevo], None]
    is_known_at_once: bool = True


EXPIRED = Stop(
    "key_expired", "Key has expired", "Make a new key", lambda brevo: set_key(brevo, expires_at=EXPIRED_AT), set_key
)
STOPS = {
    "401": Stop("key_refused", "Key not found", "BREVO_API_KEY", lambda brevo: set_key(brevo, gone=True), set_key),
    "403": Stop(
        "not_permitted",
        "does not have the scope",
        "scopes",
        lambda brevo: set_key(brevo, scopes=["account:read"]),
        set_key,
        is_known_at_once=False,
    ),
    "IP block": Stop(
        "ip_refused",
        "unrecognised IP address",
        "Authorised IPs",
        lambda brevo: brevo.fail("ip_block"),
        lambda brevo: brevo.heal(),
    ),
}


def stop_and_cure(two: Two, stop: Stop, number: int) -> None:
    product = two.product
    stop.begin(two.ours)
    two.fill_carts(number)
    until(lambda: two.is_stuck(stop.reason, number), lambda: (waiting(product), product.log()))
    assert two.story(two.ours, number) == []
    said = {name: product.cli(*name.split()) for name in ("check", "brevo check", "outbox list")}
    for name, text in said.items():
        assert stop.says in text, (name, text)
        assert stop.cure_says in text, (name, text)
        assert "Traceback" not in text
        assert DEFAULT_KEY not in text
        assert SECRET not in text
    assert f"✗ account brevo refuses ({stop.reason}, " in said["check"], said["check"]
    assert "account brevo:" not in said["check"], "the other one is well"

    stop.cure(two.ours)
    if not stop.is_known_at_once:
        product.cli("outbox", "replay", "--state", "waiting")
    until(lambda: is_settled(product), lambda: (waiting(product), product.log()))
    assert two.story(two.ours, number) == list(CART_STORY), "nothing is lost, and in order"


def is_well(two: Two) -> None:
    assert states(two.product).keys() == {"done"}, states(two.product)
    assert "refuses" not in two.product.cli("check")
    assert two.theirs.said("keys")["tokens_given"] < 10, "a token is kept while it lasts"
    for brevo in (two.ours, two.theirs):
        brevo.check_once()
        brevo.check_manners()
    log = (two.product.folder / "log.txt").read_text()
    assert "Traceback" not in log
    assert "account takes messages again" in log
    assert DEFAULT_KEY not in log
    assert SECRET not in log


def test_an_expired_key_stops_its_account_alone_until_it_is_renewed(tmp_path: Path) -> None:
    with two_accounts(tmp_path) as two:
        stop_and_cure(two, EXPIRED, 1)
        is_well(two)


@pytest.mark.long
def test_one_stop_after_the_other_is_said_and_loses_nothing(tmp_path: Path) -> None:
    with two_accounts(tmp_path) as two:
        for number, stop in enumerate(STOPS.values(), 1):
            stop_and_cure(two, stop, number)
        is_well(two)
