"""One plugin file for a network: each site tells of itself with its own values, and a site that has none is silent."""

from __future__ import annotations

from pathlib import Path

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
