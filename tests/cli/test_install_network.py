"""One command finds the sites of a WordPress network and connects them, as a user with an application password."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests import in_process
from tests.in_process import Tajo, step_into
from tests.stand_ins.clock import Wall
from tests.woocommerce_shop.numbers import Numbers
from tests.woocommerce_shop.people import User
from tests.woocommerce_shop.server import Network, network_open, recent

NAME, PASSWORD = "Ruth Mayr", "abcd efgh ijkl MNOP qrst 1234"
PLAIN = PASSWORD.replace(" ", "")
ADMIN = "administrator"
FEW: dict[str, Any] = {"orders": 2, "customers": 2, "products": 2}
PATHS = ("", "/b", "/blog", "/c")


@pytest.fixture
def tajo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tajo:
    step_into(tmp_path, monkeypatch)
    monkeypatch.setenv("TAJO_PUBLIC_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("TAJO_ALLOW_INSECURE_UPSTREAMS", "true")

    return in_process.tajo


def numbers() -> tuple[Numbers, ...]:
    return tuple(recent(Wall(), **FEW, flavour=number, currency=one) for number, one in enumerate(["EUR", "CHF"] * 2))


@pytest.fixture
def network() -> Iterator[Network]:
    """A main shop, two more, and a blog. On this machine, where WordPress lets passwords come over http."""
    with network_open(*numbers(), paths=PATHS) as opened:
        opened.people.is_local = True
        opened.people.add(User(NAME, [PLAIN], dict.fromkeys(PATHS, ADMIN)))
        opened.sites["/blog"].habits.has_woocommerce = False
        yield opened


def install(tajo: Tajo, url: str, *more: str, user: str = NAME, password: str = PASSWORD) -> Result:
    said = ("--store-url", url, "--network-user", user, "--application-password", "-")
    return tajo("connectors", "install", "woocommerce", *said, *more, stdin=f"{password}\n")


def connected(tajo: Tajo) -> list[dict[str, Any]]:
    return list(json.loads(tajo("connectors", "list", "--json").stdout))


def addresses(tajo: Tajo) -> list[str]:
    return [one["address"].partition("/")[2] for one in connected(tajo)]


def test_all_shops_of_the_network_are_found_and_connected(
    tajo: Tajo, network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    result = install(tajo, network.host)
    assert result.exit_code == 0, result.output
    host = network.host.partition("://")[2]
    lines = result.stdout.splitlines()
    assert lines[:4] == [
        f"✓ {host}: Becher, EUR",
        f"✓ {host}/b: Becher /b, CHF",
        f"– {host}/blog: left out. {network.host}/blog is WordPress, and WooCommerce is not active there. Activate"
        " WooCommerce (5.8 or newer is best).",
        f"✓ {host}/c: Becher /c, CHF",
    ]
    assert "All 3 sites are connected" in result.stdout
    assert addresses(tajo) == ["", "b", "c"]
    assert {site.path: len(site.webhooks.all) > 0 for site in network.sites.values()} == {
        "": True,
        "/b": True,
        "/blog": False,
        "/c": True,
    }
    assert {way for site in network.sites.values() for way in site.access.ways} == {"password"}
    told = result.output + caplog.text + json.dumps(connected(tajo))
    kept = b"".join(file.read_bytes() for file in Path().iterdir())
    for secret in (NAME, PLAIN, PASSWORD):
        assert secret not in told
        assert secret.encode() not in kept, "encrypted"


def test_again_connects_what_was_added_and_leaves_what_stands_in_pages(tajo: Tajo, network: Network) -> None:
    user = network.people.users[NAME]
    del user.roles["/c"]
    install(tajo, network.host)
    before = {one["address"]: one["site_key"] for one in connected(tajo)}
    tajo("connectors", "activate", f"{network.host.partition('://')[2]}/b")
    made = {path: len(site.webhooks.all) for path, site in network.sites.items()}
    user.roles["/c"], user.passwords = ADMIN, ["z" * 24]
    taken_back = tajo("connectors", "test", connected(tajo)[0]["address"])
    assert taken_back.exit_code == 1
    assert "does not know this application password: mistyped, or taken back." in taken_back.stdout
    assert "→ Make a new one for this user under Users > Profile > Application Passwords" in taken_back.stdout
    assert install(tajo, network.host, password="z" * 24).exit_code == 0
    after = connected(tajo)
    assert len(after) == 3
    assert {one["address"]: one["site_key"] for one in after if one["address"] in before} == before
    assert [one["sending"] for one in after] == ["observe", "live", "observe"]
    assert len(network.sites["/b"].webhooks.all) == made["/b"], "the same ones"
    looked = tajo("connectors", "test", after[1]["address"])
    assert looked.exit_code == 0, looked.output
    assert "✓ An application password travels as Basic" in looked.stdout


def test_one_of_them_that_fails_holds_all_back_until_it_is_left_out(tajo: Tajo, network: Network) -> None:
    network.sites["/b"].habits.has_plain_permalinks = True
    result = install(tajo, network.host)
    assert result.exit_code == 1
    assert f"/b: {network.host}/b has plain permalinks, and keys do not work with those." in result.stdout
    assert "1 of 4 sites refused, so none is connected" in result.stderr
    assert not Path("tajo.db").exists()
    assert not any(site.webhooks.all for site in network.sites.values())
    assert install(tajo, network.host, "--leave-out", f"{network.host}/b").exit_code == 0
    assert addresses(tajo) == ["", "c"]
    strange = install(tajo, network.host, "--leave-out", "https://elsewhere.example")
    assert (strange.exit_code, "is none of the sites" in strange.stderr) == (2, True)


def test_nobody_is_asked_on_another_host_and_nobody_without_rights_is_connected(tajo: Tajo, network: Network) -> None:
    network.sites["/b"].other_home = "http://stranger.example"
    network.people.users[NAME].roles["/c"] = "subscriber"
    result = install(tajo, network.host)
    assert result.exit_code == 0, result.output
    assert "– stranger.example: left out. It is another host" in result.stdout
    assert "/c: left out. The user of the application password may not see the shop" in result.stdout
    assert "One site is connected" in result.stdout
    assert addresses(tajo) == [""]


@pytest.mark.parametrize("xmlrpc", ["on", "off"])
def test_a_shop_that_is_no_network_is_connected_alone_with_or_without_a_list(tajo: Tajo, xmlrpc: str) -> None:
    with network_open(numbers()[0]) as alone:
        alone.people.is_local, alone.xmlrpc = True, xmlrpc
        alone.people.add(User(NAME, [PLAIN], {"": "shop_manager"}))
        result = install(tajo, alone.host)
    assert result.exit_code == 0, result.output
    assert "✓ Becher (127.0.0.1:" in result.stdout
    assert "Webhook secret:" in result.stdout
    assert "WordPress network" not in result.stdout


def left_the_house(network: Network) -> None:
    network.people.users[NAME].roles = dict.fromkeys(PATHS, "subscriber")


DTD = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "http://stranger.example">]><methodResponse><params><param><value>'
    "<array><data><value><struct><member><name>url</name><value>&b;</value></member></struct></value></data></array>"
    "</value></param></params></methodResponse>"
)


@pytest.mark.parametrize(
    ("why", "change", "user", "password", "said"),
    [
        ("mistyped or taken back", None, NAME, "q" * 24, "does not know this application password"),
        ("no such user", None, "nobody", PASSWORD, "has no user of this name"),
        ("switched off for all", ("people.are_allowed", False), NAME, PASSWORD, "has no application passwords:"),
        ("https is not seen", ("people.is_local", False), NAME, PASSWORD, "WordPress does not see https"),
        ("header dropped", ("strips_authorization", True), NAME, PASSWORD, "drops the Authorization header"),
        ("no role", left_the_house, NAME, PASSWORD, "make the user an administrator of each site"),
        ("XML-RPC off", ("xmlrpc", "off"), NAME, PASSWORD, "XML-RPC is switched off"),
        ("the method taken away", ("xmlrpc", "without"), NAME, PASSWORD, "XML-RPC is switched off"),
        ("no such file", ("xmlrpc", "none"), NAME, PASSWORD, "There is no xmlrpc.php"),
        ("a firewall", ("xmlrpc", "page"), NAME, PASSWORD, "is blocked: Wordfence turned us away (403)"),
        ("declares entities", ("xmlrpc", DTD), NAME, PASSWORD, "something answers for it with a page"),
        ("some other XML", ("xmlrpc", "<?xml version='1.0'?><a/>"), NAME, PASSWORD, "something answers for it"),
        ("cut off", ("xmlrpc", "<methodResponse><params><param>"), NAME, PASSWORD, "something answers for it"),
        (
            "no list",
            ("xmlrpc", "<methodResponse><params><param><value>hello</value></param></params></methodResponse>"),
            NAME,
            PASSWORD,
            "no list of sites",
        ),
        ("maintenance", ("troubles.name", "maintenance"), NAME, PASSWORD, "maintenance mode"),
        ("moved", ("troubles.name", "moved"), NAME, PASSWORD, "redirects to https://www.shop.example; keys are not"),
        ("a password of the host's", ("troubles.name", "staging"), NAME, PASSWORD, "asks for a password"),
    ],
)
def test_what_is_in_the_way_is_one_line_with_its_cure(
    tajo: Tajo, network: Network, why: str, change: Any, user: str, password: str, said: str
) -> None:
    if callable(change):
        change(network)
    elif change is not None:
        owner, _, name = change[0].rpartition(".")
        setattr(getattr(network, owner) if owner else network, name, change[1])
    result = install(tajo, network.host, user=user, password=password)
    assert result.exit_code == 1, why
    assert said in result.output, why
    assert len(result.stderr.splitlines()) == 1
    assert not Path("tajo.db").exists()
    for secret in (NAME, PLAIN, "q" * 24):
        assert secret not in result.output
    assert not any(site.webhooks.all for site in network.sites.values())


@pytest.mark.parametrize(
    ("why", "arguments", "password", "said"),
    [
        ("over http", ("--store-url", "http://shop.example", "--network-user", "a"), PASSWORD, "anybody on the way"),
        ("a log-in password", ("--store-url", "https://shop.example", "--network-user", "a"), "hunter2!", "24 letters"),
        ("a colon", ("--store-url", "https://shop.example", "--network-user", "a:b"), PASSWORD, "no user name"),
        ("both kinds", ("--network", "-", "--network-user", "a"), PASSWORD, "give one of the two"),
        ("no user", ("--store-url", "https://shop.example"), PASSWORD, "is that of --network-user"),
        ("nowhere", ("--network-user", "a"), PASSWORD, "--store-url is missing"),
        (
            "keys, too",
            ("--store-url", "https://shop.example", "--network-user", "a", "--consumer-key", "ck_1"),
            PASSWORD,
            "leave out --consumer-key",
        ),
    ],
)
def test_what_cannot_be_right_is_refused_before_anything_is_sent(
    tajo: Tajo, why: str, arguments: tuple[str, ...], password: str, said: str
) -> None:
    line = ("connectors", "install", "woocommerce", *arguments, "--application-password", "-")
    result = tajo(*line, stdin=f"{password}\n")
    assert result.exit_code in (1, 2), why
    assert said in result.stderr, why
    assert "hunter2" not in result.output
