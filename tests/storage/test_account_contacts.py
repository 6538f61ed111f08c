"""What accounts were told of addresses, and what is counted for them, in a real file."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from collector.domain.telling import ToldContact
from collector.storage.sqlite.account_contacts import AccountContacts
from collector.storage.sqlite.shops import Shops

from .builders import NOW, at, new_shop

ANNA = "anna@shop.example"


def test_the_shop_that_told_first_is_the_first(shops: Shops, state: sqlite3.Connection) -> None:
    one, other = shops.install(new_shop(), NOW), shops.install(new_shop("tea.example"), NOW)
    contacts = AccountContacts(state)
    later = ToldContact(one.id, at(5), "", "woocommerce:mug.example:7", "c", 3, ("buyers",))
    contacts.keep("brevo", ANNA, later)
    contacts.keep("brevo", ANNA, ToldContact(other.id, at(1)))
    contacts.keep("another", ANNA, ToldContact(one.id, at(0)))
    assert contacts.of("brevo", ANNA) == [ToldContact(other.id, at(1)), later]
    contacts.keep("brevo", ANNA, replace(later, first_at=at(0), content="d"))
    assert contacts.of("brevo", ANNA)[1] == replace(later, content="d"), "the first time stays"
    assert contacts.named("brevo", "woocommerce:mug.example:7") == ANNA
    assert contacts.named("another", "woocommerce:mug.example:7") == ""


def test_sums_are_in_the_currency_of_the_first_shop_that_tells(shops: Shops, state: sqlite3.Connection) -> None:
    contacts = AccountContacts(state)
    unknown = shops.install(new_shop("a.example"), NOW)
    swiss = shops.install(new_shop("b.example", currency="CHF"), NOW)
    german = shops.install(new_shop("c.example", currency="EUR"), NOW)
    assert contacts.currency_for("brevo", "") == ""
    for shop in (german, unknown):
        contacts.keep("brevo", ANNA, ToldContact(shop.id, NOW))
    assert contacts.currency_for("brevo", "") == "EUR"
    contacts.keep("brevo", ANNA, ToldContact(swiss.id, NOW))
    assert contacts.currency_for("brevo", "") == "CHF"
    assert contacts.currency_for("brevo", "B_") == ""
    shops.remove(swiss.id, at(1))
    assert contacts.currency_for("brevo", "") == "EUR"
    assert [contacts.currency_of(shop.id) for shop in (unknown, german)] == ["", "EUR"]


def test_a_purged_shop_leaves_nothing_here(shops: Shops, state: sqlite3.Connection) -> None:
    shop = shops.install(new_shop(), NOW)
    AccountContacts(state).keep("brevo", ANNA, ToldContact(shop.id, NOW))
    shops.purge(shop.id)
    assert AccountContacts(state).of("brevo", ANNA) == []


def test_a_shops_zone_is_kept_until_another_is_said(shops: Shops) -> None:
    assert shops.install(new_shop(), NOW).zone == "UTC"
    assert shops.install(new_shop(zone="Asia/Seoul"), NOW).zone == "Asia/Seoul"
    assert shops.install(new_shop(), at(1)).zone == "Asia/Seoul"
