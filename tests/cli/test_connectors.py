"""Connecting a shop and steering it, in one process: the shop is faked at the wire, the database is real."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import responses

from tests import in_process
from tests.in_process import Tajo, step_into

SHOP = "https://shop.example/store"
STATUS = {
    "environment": {"version": "10.1", "wp_version": "6.8", "wp_multisite": False},
    "settings": {"currency": "EUR", "number_of_decimals": 2, "HPOS_enabled": True},
}
INSTALL = ("connectors", "install", "woocommerce", "--store-url", SHOP, "--consumer-key", "-", "--consumer-secret", "-")


@pytest.fixture
def tajo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tajo:
    step_into(tmp_path, monkeypatch)
    monkeypatch.setenv("TAJO_PUBLIC_URL", "https://collect.example")

    return in_process.tajo


@pytest.fixture
def shop() -> object:
    """A WooCommerce shop that accepts any keys."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.get(f"{SHOP}/wp-json/wc/v3/system_status", json=STATUS)
        wire.get(f"{SHOP}/wp-json/", json={"name": "Mugs &amp; More", "timezone_string": "Europe/Berlin"})
        wire.get(f"{SHOP}/wp-json/wc/v3/webhooks", json=[])
        wire.post(f"{SHOP}/wp-json/wc/v3/webhooks", status=403, json={"code": "woocommerce_rest_cannot_create"})
        yield wire


def only_shop(tajo: Tajo) -> dict[str, object]:
    [found] = json.loads(tajo("connectors", "list", "--json").stdout)
    return dict(found)


@pytest.mark.usefixtures("shop")
def test_installing_prints_what_to_paste_and_where(tajo: Tajo) -> None:
    result = tajo(*INSTALL, stdin="ck_1\ncs_1\n")
    assert result.exit_code == 0, result.output
    found = only_shop(tajo)
    assert "Mugs & More (shop.example/store, EUR) is connected" in result.stdout
    assert "https://collect.example/webhooks/woocommerce/" in result.stdout
    assert f"'siteKey' => '{found['site_key']}'" in result.stdout
    assert "functions.php" in result.stdout
    assert "[[" not in result.stdout
    assert "cs_1" not in result.output
    assert (found["name"], found["sending"], found["activated_at"]) == ("woocommerce", "observe", None)


@pytest.mark.usefixtures("shop")
def test_installing_again_changes_the_credentials_and_keeps_every_key_that_stands_in_the_shop(tajo: Tajo) -> None:
    first = tajo(*INSTALL, stdin="ck_1\ncs_1\n").stdout
    tajo("connectors", "activate", "woocommerce")
    before = only_shop(tajo)
    second = tajo(*INSTALL, stdin="ck_2\ncs_2\n").stdout
    assert {**only_shop(tajo), "installed_at": None} == {**before, "installed_at": None}
    assert first.split("Paste")[0] == second.split("Paste")[0]  # webhook address and secret


@pytest.mark.usefixtures("shop")
def test_a_secret_given_as_a_flag_works_with_a_warning(tajo: Tajo) -> None:
    given = ("--consumer-key", "ck_1", "--consumer-secret", "cs_1")
    result = tajo("connectors", "install", "woocommerce", "--store-url", SHOP, *given)
    assert result.exit_code == 0
    assert result.stderr.count("stays in the shell's history") == 2


@responses.activate
def test_refused_credentials_leave_nothing_behind(tajo: Tajo, tmp_path: Path) -> None:
    responses.get(f"{SHOP}/wp-json/wc/v3/system_status", status=401, json={"code": "woocommerce_rest_cannot_view"})
    responses.get(f"{SHOP}/wp-json/", json={})
    result = tajo(*INSTALL, stdin="ck_1\ncs_1\n")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("shop")
def test_secrets_are_encrypted_and_never_listed(tajo: Tajo, tmp_path: Path) -> None:
    tajo(*INSTALL, stdin="ck_hush\ncs_hush\n")
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("tajo*"))
    assert b"hush" not in stored
    assert "hush" not in tajo("connectors", "list", "--json").output
    assert (tmp_path / "tajo.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("shop")
def test_a_shop_observes_goes_live_and_pauses(tajo: Tajo) -> None:
    tajo(*INSTALL, stdin="ck_1\ncs_1\n")
    seen = []
    for command in ("activate", "pause", "observe"):
        assert tajo("connectors", command, "woocommerce").exit_code == 0
        seen.append(only_shop(tajo)["sending"])
    assert seen == ["live", "off", "observe"]
    assert only_shop(tajo)["activated_at"]


@pytest.mark.usefixtures("shop")
def test_a_removed_shop_is_not_listed_and_a_purged_one_is_gone(tajo: Tajo) -> None:
    tajo(*INSTALL, stdin="ck_1\ncs_1\n")
    site_key = only_shop(tajo)["site_key"]
    assert "its data is kept" in tajo("connectors", "remove", "woocommerce").stdout
    assert "no shop is connected" in tajo("connectors", "list").stdout
    tajo(*INSTALL, stdin="ck_1\ncs_1\n")
    assert only_shop(tajo)["site_key"] == site_key
    assert tajo("connectors", "remove", "woocommerce", "--purge").exit_code == 2  # nobody to ask
    assert tajo("connectors", "remove", "woocommerce", "--purge", "--yes").exit_code == 0
    tajo(*INSTALL, stdin="ck_1\ncs_1\n")
    assert only_shop(tajo)["site_key"] != site_key


def test_shops_of_the_file_are_there_after_migrate_and_disabled_when_taken_out(tajo: Tajo, tmp_path: Path) -> None:
    file = tmp_path / "tajo.yml"
    file.write_text("connectors: {shopify: {shop_url: one, api_key: k, api_secret: s, site_key: abcdefgh}}")
    tajo("migrate")
    found = only_shop(tajo)
    assert (found["address"], found["sending"], found["site_key"]) == ("one.myshopify.com", "live", "abcdefgh")
    tajo("connectors", "pause", "shopify")
    tajo("migrate")
    assert only_shop(tajo)["sending"] == "off"  # the file does not name it
    file.write_text("connectors: {shopify: {shop_url: one, sending: observe}}")
    tajo("migrate")
    assert only_shop(tajo)["sending"] == "observe"
    file.write_text("")
    tajo("migrate")
    assert only_shop(tajo)["enabled"] is False


def test_check_names_what_is_missing(tajo: Tajo) -> None:
    found = json.loads(tajo("check", "--json").stdout)
    assert [entry["what"] for entry in found["missing"]] == ["database", "brevo.api_key"]
    assert found["settings"]["public_url"] == "https://collect.example"
