"""A shop connected by hand may bring its own Brevo key: its messages leave for that account, and nobody else's do."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.bootstrap import migrate, open_desk
from collector.bootstrap.accounts import BrevoAccounts
from collector.cli.brevo_accounts import used_accounts
from collector.cli.install import Found, connect
from collector.config import Config, load
from collector.domain.shop import OWN_KEY, Shop

KEYS = {"consumer_key": "ck_1", "consumer_secret": "cs_1"}


def config(folder: Path, more: str = "") -> Config:
    (folder / "tajo.yml").write_text(f"secret_key: [a key]\nbrevo: {{api_key: general}}\n{more}")
    found = load({}, folder)
    migrate(found)
    return found


def install(found: Config, host: str, **more: str) -> None:
    connect(found, "woocommerce", host, f"https://{host}", KEYS | more, Found(host, "EUR"), ())


def shops(found: Config) -> dict[str, Shop]:
    with open_desk(found) as desk:
        return {shop.address: shop for shop in desk.shops.all()}


def test_a_shop_with_a_key_of_its_own_has_an_account_of_its_own(tmp_path: Path) -> None:
    found = config(tmp_path)
    install(found, "a.example")
    install(found, "b.example", **{OWN_KEY: "own"})
    there = shops(found)
    assert {name: shop.policy.account for name, shop in there.items()} == {
        "a.example": "brevo",
        "b.example": "brevo:b.example",
    }
    accounts = BrevoAccounts(found, there.values)
    assert {name: account.api_key for name, account in accounts.items()} == {
        "brevo": "general",
        "brevo:b.example": "own",
    }
    assert len(accounts) == 2
    assert "own" not in repr(accounts["brevo:b.example"])
    used = {one.account.name: [shop.address for shop in one.shops] for one in used_accounts(found)}
    assert used == {"brevo": ["a.example"], "brevo:b.example": ["b.example"]}, "`brevo check` looks at both"


def test_a_shop_that_comes_later_is_known_at_once(tmp_path: Path) -> None:
    found = config(tmp_path)
    accounts = BrevoAccounts(found, lambda: shops(found).values())
    assert "brevo:b.example" not in accounts
    install(found, "b.example", **{OWN_KEY: "own"})
    assert accounts["brevo:b.example"].api_key == "own"


def test_connecting_again_keeps_the_key_and_may_change_it(tmp_path: Path) -> None:
    found = config(tmp_path)
    install(found, "b.example", **{OWN_KEY: "own"})
    install(found, "b.example")
    assert shops(found)["b.example"].secrets.credentials[OWN_KEY] == "own"
    install(found, "b.example", **{OWN_KEY: "newer"})
    assert BrevoAccounts(found, shops(found).values)["brevo:b.example"].api_key == "newer"


@pytest.mark.parametrize(
    ("why", "brevo", "account", "key"),
    [
        ("the file says nothing about Brevo", "", "brevo:b.example", "own"),
        ("the file names an account for it", ", brevo: {api_key: of-file}", "brevo:https://b.example", "of-file"),
    ],
)
def test_an_account_in_the_file_wins(tmp_path: Path, why: str, brevo: str, account: str, key: str) -> None:
    found = config(tmp_path)
    install(found, "b.example", **{OWN_KEY: "own"})
    block = f"connectors: {{woocommerce: {{store_url: 'https://b.example'{brevo}}}}}\n"
    found = config(tmp_path, block)
    there = shops(found)
    assert there["b.example"].policy.account == account, why
    assert BrevoAccounts(found, there.values)[account].api_key == key, why


def test_the_key_lies_encrypted(tmp_path: Path) -> None:
    found = config(tmp_path)
    install(found, "b.example", **{OWN_KEY: "xkeysib-plain-to-see"})
    for file in tmp_path.iterdir():
        assert b"xkeysib-plain-to-see" not in file.read_bytes(), file
