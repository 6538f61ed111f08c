"""Shops by hand and by file, their names, their secrets, their end."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest

from collector.domain.door import Lane
from collector.domain.errors import Misuse
from collector.domain.shop import Secrets, Sending, Shop
from collector.domain.shop_facts import ShopDescribed
from collector.storage.sqlite.cursors import Cursors
from collector.storage.sqlite.customers import Customers
from collector.storage.sqlite.outbox import Outbox
from collector.storage.sqlite.shop_names import name_of, resolve
from collector.storage.sqlite.shops import FileShop, NewShop, Shops

from .builders import NOW, at, message, new_shop


def in_file(new: NewShop, **more: object) -> FileShop:
    return replace(FileShop(new.platform, new.address, new.url, new), **more)  # type: ignore[arg-type]


def test_an_installed_shop_observes(shops: Shops) -> None:
    new = new_shop(currency="EUR", name="Mugs", settings={"consent": "implied"})
    shop = shops.install(new, NOW)
    assert (shop.sending, shop.is_enabled, shop.origin) == (Sending.OBSERVE, True, "install")
    assert (shop.installed_at, shop.activated_at, shop.currency) == (NOW, None, "EUR")
    assert shop.secrets == new.secrets
    assert shop.policy.consent_mode == "implied"
    assert shops.settings(shop.id) == {"consent": "implied"}
    assert shops.display_name(shop.id) == "Mugs"


def test_no_secret_is_in_the_file_in_the_clear(shops: Shops, state: sqlite3.Connection) -> None:
    shops.install(new_shop(), NOW)
    stored = str(state.execute("select * from shops").fetchall())
    for secret in ("hook secret", "identity key", "ck_1", "hook key of"):
        assert secret not in stored


def test_installing_again_keeps_what_stands_in_pages_and_at_the_platform(shops: Shops) -> None:
    first = shops.install(new_shop(), NOW)
    shops.send(first.id, Sending.LIVE, at(1))
    shops.uninstalled(first.id, at(2))
    shops.remove(first.id, at(3))
    fresh = Secrets(("w2",), ("i2",), "another hook key", {"consumer_key": "ck_2"})
    again = shops.install(new_shop(site_key="another", secrets=fresh), at(4))
    assert (again.id, again.site_key) == (first.id, first.site_key)
    assert replace(again.secrets, former=()) == replace(fresh, hook_key=first.secrets.hook_key)
    assert (again.sending, again.activated_at, again.installed_at) == (Sending.LIVE, at(1), at(4))
    assert (again.uninstalled_at, again.removed_at) == (None, None)


def test_going_live_sets_the_watermark_each_time(shops: Shops, shop_id: int) -> None:
    marks = []
    for minute, sending in enumerate((Sending.LIVE, Sending.LIVE, Sending.OFF, Sending.LIVE, Sending.OBSERVE)):
        shops.send(shop_id, sending, at(minute))
        marks.append(shops.get(shop_id).activated_at)
    assert marks == [at(0), at(0), at(0), at(3), at(3)]
    assert shops.get(shop_id).sending is Sending.OBSERVE


def test_a_late_notice_of_an_earlier_installation_is_ignored(shops: Shops, shop_id: int) -> None:
    shops.uninstalled(shop_id, at(-1))
    assert shops.get(shop_id).uninstalled_at is None
    shops.uninstalled(shop_id, at(1))
    assert shops.get(shop_id).uninstalled_at == at(1)


def test_a_shop_of_the_file_is_live_unless_it_says_otherwise(shops: Shops) -> None:
    one, two = shops.take_from_file(
        [in_file(new_shop("a.example")), in_file(new_shop("b.example"), sending=Sending.OBSERVE)], NOW
    )
    assert (one.sending, one.activated_at, one.origin) == (Sending.LIVE, NOW, "file")
    assert (two.sending, two.activated_at) == (Sending.OBSERVE, None)
    two = shops.take_from_file([in_file(new_shop("b.example"), sending=Sending.LIVE)], at(5))[0]
    assert (two.sending, two.activated_at) == (Sending.LIVE, at(5))


def test_the_file_wins_for_what_it_names_and_only_that(shops: Shops) -> None:
    installed = shops.install(new_shop(), NOW)
    named = in_file(
        new_shop(site_key="unused"),
        site_key="from-the-file",
        secrets=Secrets(webhook=("file",), credentials={"consumer_secret": "cs"}),
    )
    (shop,) = shops.take_from_file([named], at(1))
    assert (shop.id, shop.site_key, shop.origin) == (installed.id, "from-the-file", "install")
    assert shop.sending is Sending.OBSERVE
    assert replace(shop.secrets, former=()) == Secrets(
        ("file",), ("identity key",), "hook key of mug.example", {"consumer_key": "ck_1", "consumer_secret": "cs"}
    )


def test_a_shop_taken_out_of_the_file_is_disabled_and_comes_back(shops: Shops) -> None:
    installed = shops.install(new_shop("hand.example"), NOW)
    named = [in_file(new_shop("a.example")), in_file(new_shop("b.example"))]
    a, b = shops.take_from_file(named, NOW)
    shops.take_from_file(named[:1], at(1))
    assert [(s.id, s.is_enabled) for s in shops.all()] == [(installed.id, True), (a.id, True), (b.id, False)]
    shops.take_from_file(named, at(2))
    assert shops.get(b.id).is_enabled
    assert shops.get(b.id).activated_at == NOW


def test_disabled_in_the_file(shops: Shops) -> None:
    (shop,) = shops.take_from_file([in_file(new_shop(), is_enabled=False)], NOW)
    assert not shop.is_enabled


def test_one_site_key_one_shop(shops: Shops) -> None:
    shops.install(new_shop("a.example", site_key="same"), NOW)
    with pytest.raises(Misuse, match="site_key 'same' belongs to another shop"):
        shops.install(new_shop("b.example", site_key="same"), NOW)
    with pytest.raises(Misuse, match="site_key 'same'"):
        shops.take_from_file([in_file(new_shop("c.example")), in_file(new_shop("c.example"), site_key="same")], NOW)
    assert len(shops.all()) == 1


def test_a_removed_shop_is_out_of_sight_and_its_data_stay(shops: Shops, shop_id: int) -> None:
    shops.remove(shop_id, at(1))
    assert shops.all() == []
    assert [shop.removed_at for shop in shops.all(also_removed=True)] == [at(1)]
    assert shops.find("woocommerce", "mug.example") is not None
    with pytest.raises(Misuse):
        shops.by_name("woocommerce")


def test_a_secret_that_was_replaced_is_taken_for_an_hour(shops: Shops, shop_id: int) -> None:
    """Whether an installation, the file or a rotation brought the new one; and never longer because of another."""
    shops.install(replaced("second"), at(0))
    assert shops.get(shop_id).secrets.webhook == ("second",)
    assert shops.get(shop_id).secrets.signing(at(59)) == ("hook secret", "second")
    shops.take_from_file([in_file(replaced("third"), secrets=Secrets(("third",)))], at(30))
    assert shops.get(shop_id).secrets.signing(at(59)) == ("hook secret", "second", "third")
    assert shops.get(shop_id).secrets.signing(at(60)) == ("second", "third")
    shops.take_from_file([in_file(replaced("third"), secrets=Secrets(("third",)))], at(89))
    assert shops.get(shop_id).secrets.signing(at(89)) == ("second", "third")
    assert shops.get(shop_id).secrets.signing(at(90)) == ("third",)
    shops.install(replaced("fourth"), at(300))
    assert [one.secret for one in shops.get(shop_id).secrets.former] == ["third"], "what is over is forgotten"


def test_a_secret_that_comes_back_is_no_former_one(shops: Shops, shop_id: int) -> None:
    shops.install(replaced("second"), at(0))
    shops.install(replaced("hook secret"), at(10))
    assert shops.get(shop_id).secrets.signing(at(300)) == ("hook secret",)
    assert shops.get(shop_id).secrets.signing(at(20)) == ("second", "hook secret")


def replaced(secret: str) -> NewShop:
    shop = new_shop()
    return replace(shop, secrets=replace(shop.secrets, webhook=(secret,)))


def test_what_the_platform_says_is_noted(shops: Shops, shop_id: int) -> None:
    shops.note(shop_id, name="Mugs", currency="SEK")
    shops.note(shop_id, name="Cups")
    shops.change_settings(shop_id, {"consent": "implied"})
    assert (shops.display_name(shop_id), shops.get(shop_id).currency) == ("Cups", "SEK")
    assert shops.get(shop_id).policy.consent_mode == "implied"


def test_a_purge_leaves_nothing_and_gives_its_number_to_nobody(shops: Shops, state: sqlite3.Connection) -> None:
    kept, gone = shops.install(new_shop("a.example"), NOW), shops.install(new_shop("b.example"), NOW)
    for shop in (kept, gone):
        needed, _ = Outbox(state).append(message("1", shop.id))
        Outbox(state).append(message("2", shop.id, needs=needed))
        Cursors(state).advance(shop.id, Lane.LIVE, "g", 1)
        state.execute(
            "insert into visitors (shop_id, visitor_id, first_seen_at, last_seen_at) values (?, 'v', '', '')", [shop.id]
        )
    shops.purge(gone.id)
    assert [shop.id for shop in shops.all(also_removed=True)] == [kept.id]
    assert state.execute("select shop_id, count(*) from outbox group by 1").fetchall() == [(kept.id, 2)]
    assert state.execute("select shop_id from visitors").fetchall() == [(kept.id,)]
    assert shops.install(new_shop("b.example"), NOW).id == gone.id + 1


def shop(platform: str, address: str) -> Shop:
    return Shop(len(address), platform, address, f"https://{address}", address)


ONE_EACH = [shop("shopify", "mug.myshopify.com"), shop("woocommerce", "mug.example")]
SEVERAL = [*ONE_EACH, shop("woocommerce", "mug.example/de"), shop("woocommerce", "mug.example:8443")]


@pytest.mark.parametrize(
    ("why", "name", "shops", "address"),
    [
        ("the only one of its kind", "shopify", ONE_EACH, "mug.myshopify.com"),
        ("however it is written", "WooCommerce ", ONE_EACH, "mug.example"),
        ("the address always works", "mug.example", ONE_EACH, "mug.example"),
        ("as copied from the browser", "https://Mug.example/", ONE_EACH, "mug.example"),
        ("a shop in a folder", "mug.example/de", SEVERAL, "mug.example/de"),
        ("its neighbour at the root", "mug.example", SEVERAL, "mug.example"),
        ("a port", "mug.example:8443", SEVERAL, "mug.example:8443"),
        ("still the only Shopify shop", "shopify", SEVERAL, "mug.myshopify.com"),
    ],
)
def test_what_a_name_means(why: str, name: str, shops: list[Shop], address: str) -> None:
    assert resolve(name, shops).address == address, why


@pytest.mark.parametrize(
    ("why", "name", "shops", "complaint"),
    [
        ("several of a kind", "woocommerce", SEVERAL, "name one of: mug.example, mug.example/de, mug.example:8443"),
        ("unknown", "cup.example", ONE_EACH, "known: shopify, woocommerce"),
        ("unknown, several", "cup.example", SEVERAL, "mug.example, mug.example/de, mug.example:8443, shopify"),
        ("paths have a case", "mug.example/DE", SEVERAL, "no shop is called 'mug.example/DE'"),
        ("nothing there", "shopify", [], "none is connected yet"),
    ],
)
def test_what_a_name_cannot_mean(why: str, name: str, shops: list[Shop], complaint: str) -> None:
    with pytest.raises(Misuse) as error:
        resolve(name, shops)
    assert complaint in str(error.value), why


def test_every_shop_has_a_name_that_means_it() -> None:
    for shops in (ONE_EACH, SEVERAL):
        for one in shops:
            assert resolve(name_of(one, shops), shops) is one


def test_where_shoppers_are_is_kept_until_the_shop_says_otherwise(shops: Shops, state: sqlite3.Connection) -> None:
    url, own, other = "https://mug.example", "https://www.mugs.example", "https://tassen.example"
    shop = shops.install(new_shop(), NOW)
    assert (shop.storefront, shop.home) == ("", url), "it never said"
    shop = shops.install(replace(new_shop(), storefront=own), at(1))
    assert (shop.url, shop.storefront, shop.home) == (url, own, own)
    assert shops.install(new_shop(), at(2)).storefront == own, "not stated this time"
    customers = Customers(state)
    for why, described, expected in (
        ("another domain", ShopDescribed(at(4), storefront=other), other),
        ("an older word", ShopDescribed(at(3), storefront=own), other),
        ("not stated", ShopDescribed(at(5), name="Mugs"), other),
    ):
        customers.describe(shop.id, described)
        assert shops.get(shop.id).storefront == expected, why
