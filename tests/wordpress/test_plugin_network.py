"""One plugin file for a network: each site tells of itself with its own values, and a site that has none is silent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from collector.bootstrap.snippets import plugin
from collector.domain.shop import Secrets, Shop
from tests.wordpress.shop import PluginShop

COLLECTOR = "https://collect.example"
ADDRESSES = ("network.example", "network.example/b", "b.network.example", "laden.example:8443")
SITES = [
    Shop(n, "woocommerce", address, f"https://{address}", f"key-of-{n}", secrets=Secrets(identity=(f"secret-{n}",)))
    for n, address in enumerate(ADDRESSES)
]
NETWORK: dict[str, dict[str, str]] = {"1": {}, "2": {}}


def printed(file: Path, home: str, **world: object) -> str:
    shop = PluginShop(world, {"options": {"home": home}})
    return shop.request(["pages"], plugin=[str(file)]).printed


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plugin") / "tajo-collector.php"
    path.write_text(plugin(SITES, COLLECTOR)[1])
    return path


@pytest.mark.parametrize(
    ("why", "home", "number"),
    [
        ("the main site", "https://network.example", 0),
        ("a site in a folder", "https://network.example/b", 1),
        ("as WordPress may write it", "http://Network.example:80/b/", 1),
        ("a site with a name of its own", "https://b.network.example/", 2),
        ("a port is part of the name", "https://laden.example:8443", 3),
    ],
)
def test_each_site_of_a_network_takes_its_own_values(file: Path, why: str, home: str, number: int) -> None:
    page = printed(file, home, sites=NETWORK)
    assert [site.site_key in page for site in SITES] == [place == number for place in range(len(SITES))], why


@pytest.mark.parametrize(
    ("why", "home"),
    [
        ("a site that is not connected", "https://network.example/c"),
        ("a folder below one that is", "https://network.example/b/c"),
        ("a name that begins alike", "https://network.example.org"),
        ("no address at all", ""),
    ],
)
def test_another_site_of_the_network_tells_nobody_anything(file: Path, why: str, home: str) -> None:
    assert "<script" not in printed(file, home, sites=NETWORK), why


def test_a_shop_alone_keeps_its_values_when_it_moves(tmp_path: Path) -> None:
    path = tmp_path / "tajo-collector.php"
    path.write_text(plugin(SITES[:1], COLLECTOR)[1])
    assert SITES[0].site_key in printed(path, "https://new-name.example")
    assert SITES[0].site_key not in printed(path, "https://new-name.example", sites=NETWORK), "not in a network"


OWN = {"url": "https://own.example", "site_key": "own-site-key", "identity_key": "own-secret"}
CONSTANTS = {"URL": "https://all.example", "PATH": "/all", "SITE_KEY": "key-of-all", "IDENTITY_KEY": "secret-of-all"}


@pytest.mark.parametrize(
    ("why", "own", "sites", "script", "secret"),
    [
        ("without a key of its own", {}, NETWORK, "https://all.example/all/key-of-all", "secret-of-all"),
        (
            "an address alone is no shop",
            {"url": OWN["url"]},
            NETWORK,
            "https://all.example/all/key-of-all",
            "secret-of-all",
        ),
        ("a shop of its own", OWN, NETWORK, "https://own.example/all/own-site-key", "own-secret"),
        ("at the collector of all", {**OWN, "url": ""}, NETWORK, "https://all.example/all/own-site-key", "own-secret"),
        (
            "another's secret signs nothing",
            {**OWN, "identity_key": ""},
            NETWORK,
            "https://own.example/all/own-site-key",
            "",
        ),
        ("a site alone", OWN, {}, "https://all.example/all/key-of-all", "secret-of-all"),
    ],
)
def test_a_site_with_a_key_of_its_own_is_never_told_of_as_the_shop_of_wp_config(
    why: str, own: dict[str, str], sites: dict[str, Any], script: str, secret: str
) -> None:
    constants = {f"TAJO_COLLECTOR_{name}": value for name, value in CONSTANTS.items()}
    shop = PluginShop(
        {"sites": sites, "constants": constants, "is_logged_in": True}, {"options": {"tajo_collector": own}}
    )
    done = shop.request(["pages"], ["settings page"], can=["manage_woocommerce"])
    assert f"{script}.js" in done.printed, why
    assert ("••••" + secret[-4:] in done.printed) is bool(secret), why
    assert ('name="tajo_collector[site_key]" type="text"' in done.printed.split("disabled")[0]) is bool(sites), why


def test_the_values_in_the_file_are_a_site_s_own(file: Path) -> None:
    constants = {f"TAJO_COLLECTOR_{name}": value for name, value in CONSTANTS.items()}
    page = printed(file, "https://network.example/b", sites=NETWORK, constants=constants)
    assert f"{COLLECTOR}/c/key-of-1.js" in page
    assert "key-of-all" in printed(file, "https://network.example/c", sites=NETWORK, constants=constants)
