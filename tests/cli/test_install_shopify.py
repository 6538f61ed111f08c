"""Connecting a Shopify shop by hand: everything is stored or nothing, and each failure is one line with its cure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from collector.sources.shopify.scopes import NEEDED_SCOPES
from tests import in_process
from tests.in_process import Tajo, step_into

ADDRESS = "lind.myshopify.com"
GRAPHQL = f"https://{ADDRESS}/admin/api/2026-07/graphql.json"
TOKENS = f"https://{ADDRESS}/admin/oauth/access_token"
INSTALL = ("connectors", "install", "shopify", "--shop-url", ADDRESS)
BY_TOKEN = (*INSTALL, "--access-token", "-", "--api-secret", "-")
BY_KEYS = (*INSTALL, "--api-key", "-", "--api-secret", "-")
TOKEN, KEYS = "shpat_hush\nshpss_hush\n", "id-hush\nshpss_hush\n"


def answer(scopes: tuple[str, ...] = NEEDED_SCOPES, **shop: Any) -> dict[str, Any]:
    stated = {"name": "Töpferei Lind", "currencyCode": "EUR", "myshopifyDomain": ADDRESS}
    stated["ianaTimezone"] = "Europe/Berlin"
    shop = {"primaryDomain": {"url": "https://www.lind.example"}} | shop
    return {
        "data": {
            "shop": stated | shop,
            "currentAppInstallation": {"accessScopes": [{"handle": scope} for scope in scopes]},
        }
    }


@pytest.fixture
def tajo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tajo:
    step_into(tmp_path, monkeypatch)

    return in_process.tajo


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def stored(folder: Path) -> dict[str, bytes]:
    """What lies on the disk. The log of the database is not yet part of it."""
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if not file.name.endswith("-shm")}


def credentials_of(tajo: Tajo) -> dict[str, Any]:
    [found] = json.loads(tajo("connectors", "list", "--json").stdout)
    return dict(found)


@pytest.mark.parametrize(("arguments", "stdin"), [(BY_TOKEN, TOKEN), (BY_KEYS, KEYS)])
def test_a_shop_is_connected_and_told_what_is_left_to_do(
    tajo: Tajo, wire: responses.RequestsMock, tmp_path: Path, arguments: tuple[str, ...], stdin: str
) -> None:
    wire.post(TOKENS, json={"access_token": "shpat_day-hush", "expires_in": 86399})
    wire.post(GRAPHQL, json=answer())
    result = tajo(*arguments, stdin=stdin)
    assert result.exit_code == 0, result.output
    assert f"✓ Töpferei Lind ({ADDRESS}, EUR) is connected." in result.stdout
    assert "orders of the last 60 days only" in result.stdout
    assert "public_url is not set" in result.stdout
    assert (credentials_of(tajo)["name"], credentials_of(tajo)["sending"]) == ("shopify", "observe")
    assert credentials_of(tajo)["storefront"] == "https://www.lind.example"
    assert "hush" not in result.output
    assert not [name for name, content in stored(tmp_path).items() if b"hush" in content]


def test_a_token_that_was_bought_is_kept_and_one_of_other_credentials_is_not(
    tajo: Tajo, wire: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAJO_PUBLIC_URL", "https://collect.example")
    wire.post(TOKENS, json={"access_token": "shpat_day", "expires_in": 86399})
    wire.post(GRAPHQL, json=answer())
    result = tajo(*BY_KEYS, stdin=KEYS)
    assert "Webhooks: " in result.stdout, result.output
    used = [call.request for call in wire.calls]
    assert len(used) > 2, "registering webhooks asks more"
    assert [request.url for request in used].count(TOKENS) == 1, "with the token it has"
    tajo(*BY_KEYS, stdin="id-2\nshpss_hush\n")
    assert [call.request.url for call in wire.calls].count(TOKENS) == 2


@pytest.mark.parametrize(
    ("why", "given", "words"),
    [
        ("a wrong key", {"status": 401}, "does not accept these credentials (HTTP 401). Copy the credentials again"),
        ("a typing mistake", {"status": 404}, "is not a shop, or not with this API (HTTP 404). Check --shop-url"),
        ("a frozen shop", {"status": 402}, "is frozen until the merchant has paid Shopify (HTTP 402). Pay the plan"),
        ("a locked shop", {"status": 423}, "is locked by Shopify (HTTP 423). Ask Shopify's support"),
        (
            "a paused shop",
            {"json": {"errors": [{"message": "Shop is inactive", "extensions": {"code": "SHOP_INACTIVE"}}]}},
            "Shop is inactive. Open the shop again",
        ),
        ("a scope too few", {"json": answer(NEEDED_SCOPES[1:])}, "lacks read_customers for contacts, tags and consent"),
        ("no network", {"body": requests.ConnectionError("Failed to resolve")}, "is not known (DNS)"),
        ("another name of the shop", {"json": answer(myshopifyDomain="b.myshopify.com")}, "--shop-url b.myshopify.com"),
    ],
)
def test_a_failure_is_one_line_with_the_cure_and_changes_nothing_on_disk(
    tajo: Tajo, wire: responses.RequestsMock, tmp_path: Path, why: str, given: dict[str, Any], words: str
) -> None:
    wire.add("POST", GRAPHQL, **given)
    result = tajo(*BY_TOKEN, stdin=TOKEN)
    assert (result.exit_code in (1, 2), len(result.stderr.splitlines())) == (True, 1), result.output
    assert words in result.stderr
    assert stored(tmp_path) == {}


def test_a_failure_leaves_a_connected_shop_as_it_was(tajo: Tajo, wire: responses.RequestsMock, tmp_path: Path) -> None:
    wire.post(GRAPHQL, json=answer())
    assert tajo(*BY_TOKEN, stdin=TOKEN).exit_code == 0
    before = stored(tmp_path)
    wire.replace("POST", GRAPHQL, status=401)
    assert tajo(*BY_TOKEN, stdin="shpat_other\nshpss_other\n").exit_code == 1
    assert stored(tmp_path) == before


@pytest.mark.parametrize(
    ("why", "stdin", "arguments", "words"),
    [
        ("the secret as the token", "shpss_1\nshpss_1\n", BY_TOKEN, "that is the app's secret"),
        ("the token as the secret", "shpat_1\nshpat_1\n", BY_TOKEN, "that is the access token"),
        ("the token as the key", "shpat_1\nshpss_1\n", BY_KEYS, "that is the access token"),
        ("no version at all", TOKEN, (*BY_TOKEN, "--api-version", "7"), "api_version"),
        ("a month without a version", TOKEN, (*BY_TOKEN, "--api-version", "2026-08"), "api_version"),
    ],
)
def test_what_is_mixed_up_is_said_before_anything_is_asked(
    tajo: Tajo, tmp_path: Path, why: str, stdin: str, arguments: tuple[str, ...], words: str
) -> None:
    result = tajo(*arguments, stdin=stdin)
    assert result.exit_code == 2, result.output
    assert words in result.stderr
    assert stored(tmp_path) == {}


def test_version_and_stand_in_are_kept_with_the_shop(
    tajo: Tajo, wire: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also for the next installation, until something else is asked for."""
    monkeypatch.setenv("TAJO_ALLOW_INSECURE_UPSTREAMS", "true")
    later = wire.post("http://127.0.0.1:9/admin/api/2026-10/graphql.json", json=answer())
    asked = ("--api-version", "2026-10", "--api-url", "http://127.0.0.1:9")
    assert tajo(*BY_TOKEN, *asked, stdin=TOKEN).exit_code == 0
    before = later.call_count
    assert tajo(*BY_TOKEN, stdin=TOKEN).exit_code == 0
    assert later.call_count > before


def test_a_stand_in_is_for_tests_only(tajo: Tajo, tmp_path: Path) -> None:
    result = tajo(*BY_TOKEN, "--api-url", "http://127.0.0.1:9", stdin=TOKEN)
    assert result.exit_code == 1
    assert "allow_insecure_upstreams" in result.stderr
    assert stored(tmp_path) == {}
