"""The doors' view of the shops: a second old at most, and none of the database's troubles."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator

import pytest

from collector.domain.errors import Unready
from collector.domain.shop import Secrets, Sending
from collector.storage.sqlite.connection import Locations
from collector.storage.sqlite.directory import ShopDirectory
from collector.storage.sqlite.secret_box import SecretBox
from collector.storage.sqlite.shops import Shops

from .builders import NOW, new_shop, policy_for


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def directory(files: Locations, shops: Shops, box: SecretBox, seconds: Seconds) -> Iterator[ShopDirectory]:
    found = ShopDirectory(files.state, box, policy_for, seconds)
    yield found
    found.close()


def test_a_shop_is_found_by_each_of_its_names(directory: ShopDirectory, shops: Shops) -> None:
    shop = shops.install(new_shop(), NOW)
    assert directory.by_site_key(shop.site_key) == shop
    assert directory.by_hook_key("woocommerce", "hook key of mug.example") == shop
    assert directory.by_address("woocommerce", "mug.example") == shop
    assert directory.all() == [shop]


def test_nobody_else_is_found(directory: ShopDirectory, shops: Shops) -> None:
    shops.install(new_shop(), NOW)
    shops.install(new_shop("b.example", secrets=Secrets()), NOW)
    assert directory.by_site_key("") is None
    assert directory.by_hook_key("woocommerce", "") is None
    assert directory.by_hook_key("shopify", "hook key of mug.example") is None
    assert directory.by_address("shopify", "mug.example") is None


def test_a_change_is_seen_a_second_later(directory: ShopDirectory, shops: Shops, seconds: Seconds) -> None:
    shop = shops.install(new_shop(), NOW)
    assert directory.by_site_key(shop.site_key) == shop
    shops.send(shop.id, Sending.LIVE, NOW)
    other = shops.install(new_shop("b.example"), NOW)
    seconds.now = 0.9
    assert directory.by_site_key(shop.site_key) == shop
    assert directory.by_site_key(other.site_key) is None
    seconds.now = 1.1
    assert directory.by_site_key(shop.site_key) == shops.get(shop.id)
    assert directory.by_site_key(other.site_key) == other
    shops.remove(shop.id, NOW)
    seconds.now = 2.2
    assert directory.by_site_key(shop.site_key) is None
    assert directory.by_hook_key("woocommerce", shop.secrets.hook_key) is None


def test_an_unchanged_shop_is_not_decrypted_again(directory: ShopDirectory, shops: Shops, seconds: Seconds) -> None:
    shop = shops.install(new_shop(), NOW)
    before = directory.by_site_key(shop.site_key)
    shops.install(new_shop("b.example"), NOW)
    seconds.now = 1.1
    assert directory.by_site_key(shop.site_key) is before


def test_the_first_look_needs_the_database(files: Locations, box: SecretBox) -> None:
    with pytest.raises(Unready, match="no database there"):
        ShopDirectory(files.state, box, policy_for, lambda: 0.0).by_site_key("x")


def test_later_the_last_known_shops_stand(
    directory: ShopDirectory, shops: Shops, state: sqlite3.Connection, seconds: Seconds
) -> None:
    shop = shops.install(new_shop(), NOW)
    assert directory.by_site_key(shop.site_key) == shop
    strange = Shops(state, SecretBox(["a key nobody knows"]), policy_for)
    strange.change_secrets(shop.id, shop.secrets)
    seconds.now = 1.1
    assert directory.by_site_key(shop.site_key) == shop
    shops.change_secrets(shop.id, new_shop("other").secrets)
    seconds.now = 2.2
    assert directory.by_hook_key("woocommerce", "hook key of other") is not None


def test_threads_share_it(directory: ShopDirectory, shops: Shops, seconds: Seconds) -> None:
    shop = shops.install(new_shop(), NOW)
    missed: list[int] = []

    def look() -> None:
        for n in range(200):
            seconds.now += 0.05
            if directory.by_site_key(shop.site_key) is None:
                missed.append(n)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert missed == []
