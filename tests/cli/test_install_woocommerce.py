"""Connecting WooCommerce shops by hand: one, or the sites of a network; everything is stored or nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import in_process
from tests.in_process import Tajo, step_into
from tests.sources.woocommerce.test_woocommerce_tls import certificate, served
from tests.sources.woocommerce.wire_shop import (
    KEY,
    SECRET,
    Answer,
    Asked,
    WireShop,
    data,
    mounted,
    page,
    refusal,
    serving,
)

INSTALL = ("connectors", "install", "woocommerce")
ONE = (*INSTALL, "--store-url", "https://shop.example", "--consumer-key", "-", "--consumer-secret", "-")
STDIN = f"{KEY}\n{SECRET}\n"


@pytest.fixture
def tajo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tajo:
    step_into(tmp_path, monkeypatch)
    monkeypatch.setenv("TAJO_PUBLIC_URL", "https://collect.example")

    return in_process.tajo


def site(path: str = "", key: str = KEY) -> WireShop:
    """One that makes webhooks."""
    made = WireShop(f"https://shop.example{path}")
    made.gate.key, made.gate.now = key, time.time()
    made.lists["wc/v3/webhooks"] = []
    made.index["name"] = f"Site {path or '/'}"

    def webhook(asked: Asked) -> Answer:
        if "write" not in made.gate.permissions:
            said = "The API key provided does not have write permissions."
            return refusal(401, "woocommerce_rest_authentication_error", said)
        body = json.loads(asked.body)
        number = len(made.lists["wc/v3/webhooks"]) + 1
        made.lists["wc/v3/webhooks"].append({"id": number, "status": "active", **body})
        return data(201, {"id": number, "status": "active", **body})

    made.says["POST", "wc/v3/webhooks"] = webhook
    return made


@pytest.fixture
def shop() -> Iterator[WireShop]:
    made = site()
    with made.mounted():
        yield made


def stored(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def shops_of(tajo: Tajo) -> list[dict[str, Any]]:
    return list(json.loads(tajo("connectors", "list", "--json").stdout))


def test_a_shop_is_connected_its_webhooks_registered_and_what_is_special_told(tajo: Tajo, shop: WireShop) -> None:
    shop.strips_header = True
    result = tajo(*ONE, stdin=STDIN)
    assert result.exit_code == 0, result.output
    assert "✓ Site / (shop.example, EUR) is connected." in result.stdout
    assert (
        "  WooCommerce 10.5.0 on WordPress 6.9.1, orders in tables of their own (HPOS), Europe/Paris." in result.stdout
    )
    assert "  The host drops the Authorization header" in result.stdout
    assert "  Webhooks: " in result.stdout
    assert shop.lists["wc/v3/webhooks"], "made at the shop"
    assert {one["delivery_url"].rpartition("/")[0] for one in shop.lists["wc/v3/webhooks"]} == {
        "https://collect.example/webhooks/woocommerce"
    }
    assert shop.ways().count("basic") == 1, "what was found out at the first read is known to the calls that follow"
    assert SECRET not in result.output


@pytest.mark.parametrize(
    ("why", "change", "said"),
    [
        ("a wrong key", lambda one: setattr(one.gate, "key", "ck_other"), "does not know the consumer key"),
        ("a write-only key", lambda one: setattr(one.gate, "permissions", "write"), "The key may only write"),
        ("maintenance", lambda one: setattr(one, "everything", page(503, "Maintenance mode")), "maintenance mode"),
        ("plain permalinks", lambda one: setattr(one, "prefix", "/none"), "redirect"),
    ],
)
def test_a_refusal_is_one_line_and_nothing_is_half_installed(
    tajo: Tajo, shop: WireShop, tmp_path: Path, why: str, change: Callable[[WireShop], None], said: str
) -> None:
    change(shop)
    shop.home_page = page(301, Location="https://www.shop.example/") if why == "plain permalinks" else None
    if why == "plain permalinks":
        said = "no REST API"
    result = tajo(*ONE, stdin=STDIN)
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1), why
    assert said in result.stderr
    assert stored(tmp_path) == []


def test_a_read_only_key_is_connected_and_what_it_cannot_do_is_said(tajo: Tajo, shop: WireShop) -> None:
    shop.gate.permissions = "read"
    result = tajo(*ONE, stdin=STDIN)
    assert result.exit_code == 0
    assert "The key may only read. Webhooks cannot be registered" in result.stdout
    assert "Set it to Read/Write" in result.stdout


def test_a_certificate_that_is_not_to_be_checked_stays_so_until_told_otherwise(tajo: Tajo, shop: WireShop) -> None:
    warning = "The certificate is not checked (verify_ssl: false)"
    assert warning in tajo(*ONE, "--no-verify-ssl", stdin=STDIN).stdout
    assert warning in tajo(*ONE, stdin=STDIN).stdout
    assert "✓ Certificate not checked" in tajo("connectors", "test", "woocommerce").stdout
    assert warning not in tajo(*ONE, "--verify-ssl", stdin=STDIN).stdout
    assert "Certificate" not in tajo("connectors", "test", "woocommerce").stdout


def test_a_shop_with_a_certificate_of_its_own_making_is_connected_only_when_told_so(
    tajo: Tajo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a real port."""
    monkeypatch.setenv("TAJO_ALLOW_INSECURE_UPSTREAMS", "true")
    folder = tmp_path / "tls"
    folder.mkdir()
    made = site()
    with serving(made, served(folder, certificate("shop.example", 30))) as url:
        arguments = (*INSTALL, "--store-url", url, "--consumer-key", "-", "--consumer-secret", "-")
        refused = tajo(*arguments, stdin=STDIN)
        assert refused.exit_code == 1
        assert "is self-signed. Get a real one" in refused.stderr
        assert (stored(tmp_path), made.asked) == (["tls"], [])
        assert tajo(*arguments, "--no-verify-ssl", stdin=STDIN).exit_code == 0
        lines = tajo("connectors", "test", "woocommerce").stdout.splitlines()
    assert lines[0].startswith("✓ API connection successful")
    assert "✓ Webhooks registered" in lines
    assert "✓ Certificate not checked" in lines


@pytest.mark.parametrize(
    ("why", "arguments", "stdin", "said"),
    [
        ("the secret in place of the key", ONE, f"{SECRET}\n{KEY}\n", "--consumer-key must start with ck_"),
        ("no address", INSTALL, "", "--store-url is missing"),
        ("both at once", (*ONE, "--network", "-"), "", "leave out --store-url"),
        ("an empty network", (*INSTALL, "--network", "-"), "# nothing\n\n", "names no site"),
        ("a file that is not there", (*INSTALL, "--network", "none.csv"), "", "No such file"),
        ("a line without a secret", (*INSTALL, "--network", "-"), "https://a.example,ck_1\n", "line 1 of --network"),
        (
            "keys in the wrong order",
            (*INSTALL, "--network", "-"),
            "https://a.example ck_1 cs_1\nhttps://b.example cs_2 ck_2\n",
            "line 2 of --network",
        ),
        (
            "one key for two sites",
            (*INSTALL, "--network", "-"),
            "https://a.example ck_1 cs_1\nhttps://b.example ck_1 cs_1\n",
            "lines 1 and 2 of --network have the same consumer key",
        ),
        (
            "one site twice",
            (*INSTALL, "--network", "-"),
            "https://a.example ck_1 cs_1\na.example/ ck_2 cs_2\n",
            "lines 1 and 2 of --network are the same shop, a.example",
        ),
    ],
)
def test_what_is_wrong_with_the_input_is_said_before_anything_is_asked(
    tajo: Tajo, shop: WireShop, tmp_path: Path, why: str, arguments: tuple[str, ...], stdin: str, said: str
) -> None:
    result = tajo(*arguments, stdin=stdin)
    assert result.exit_code == 2, result.output
    assert said in result.stderr, why
    assert "cs_" not in result.stderr.replace("cs_…", "")
    assert shop.asked == []
    assert stored(tmp_path) == []


NETWORK = """
address;consumer key;consumer secret
# the first site
https://shop.example;ck_of_the_first_site;{secret}
"https://shop.example/b","ck_of_the_second_site","{secret}"
https://shop.example/c/\tck_of_the_third_site  {secret}
""".lstrip().format(secret=SECRET)
KEYS = {"": "ck_of_the_first_site", "/b": "ck_of_the_second_site", "/c": "ck_of_the_third_site"}


@pytest.mark.parametrize("source", ["-", "sites.csv"])
def test_the_sites_of_a_network_are_connected_by_one_command(tajo: Tajo, tmp_path: Path, source: str) -> None:
    sites = [site(path, key) for path, key in KEYS.items()]
    sites[1].gate.permissions = "read"
    (tmp_path / "sites.csv").write_text(NETWORK, encoding="utf-8-sig")
    with mounted(*sites):
        result = tajo(*INSTALL, "--network", source, stdin=NETWORK)
    assert result.exit_code == 0, result.output
    assert result.stdout.count("✓") == 3
    assert "All 3 sites are connected" in result.stdout
    assert "  all: WP-Cron is switched off" in result.stdout
    assert "  shop.example/b: The key may only read." in result.stdout
    found = shops_of(tajo)
    assert [(one["address"], one["sending"]) for one in found] == [
        ("shop.example", "observe"),
        ("shop.example/b", "observe"),
        ("shop.example/c", "observe"),
    ]
    assert len({one["site_key"] for one in found}) == 3
    made = [{one["delivery_url"] for one in each.lists["wc/v3/webhooks"]} for each in sites]
    assert [len(addresses) for addresses in made] == [1, 0, 1]
    assert len(set.union(*made)) == 2, "each has an address of its own"
    assert SECRET not in result.output


def test_if_one_site_refuses_none_is_connected_and_each_is_said(tajo: Tajo, tmp_path: Path) -> None:
    sites = [site(path, key) for path, key in KEYS.items()]
    sites[1].gate.key = "ck_a_newer_one_of_b"
    sites[2].everything = page(403)
    with mounted(*sites):
        result = tajo(*INSTALL, "--network", "-", stdin=NETWORK)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "✓ shop.example: Site /, EUR"
    assert lines[1].startswith("✗ shop.example/b: The shop does not know the consumer key.")
    assert lines[2].startswith("✗ shop.example/c: A firewall before https://shop.example/c turned us away.")
    assert "2 of 3 sites refused, so none is connected" in result.stderr
    assert stored(tmp_path) == []
    assert not any(one.lists["wc/v3/webhooks"] for one in sites)


def test_keys_that_were_mixed_up_between_sites_are_told_apart(tajo: Tajo) -> None:
    sites = [site(path, key) for path, key in KEYS.items()]
    mixed = NETWORK.replace(KEYS["/b"], "ck_x").replace(KEYS["/c"], KEYS["/b"]).replace("ck_x", KEYS["/c"])
    with mounted(*sites):
        result = tajo(*INSTALL, "--network", "-", stdin=mixed)
    assert "✗ shop.example/b: The key is that of https://shop.example/c," in result.stdout
    assert "✗ shop.example/c: The key is that of https://shop.example/b," in result.stdout


def test_sites_that_were_connected_before_keep_what_stands_in_their_pages(tajo: Tajo) -> None:
    sites = [site(path, key) for path, key in KEYS.items()]
    with mounted(*sites):
        tajo(*INSTALL, "--network", "-", stdin=NETWORK)
        before = [one["site_key"] for one in shops_of(tajo)]
        tajo("connectors", "activate", "shop.example/b")
        assert tajo(*INSTALL, "--network", "-", stdin=NETWORK).exit_code == 0
    assert [one["site_key"] for one in shops_of(tajo)] == before
    assert [one["sending"] for one in shops_of(tajo)] == ["observe", "live", "observe"]
