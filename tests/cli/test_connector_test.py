"""`tajo connectors test`: the lines a merchant reads, the status a script reads. WooCommerce: beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses
from requests import PreparedRequest

from collector.sources.shopify.scopes import NEEDED_SCOPES
from tests.in_process import Tajo, settled

GRAPHQL = "https://lind.myshopify.com/admin/api/2026-07/graphql.json"
FILE = """
public_url: https://collect.example
connectors:
  shopify: {shop_url: lind.myshopify.com, access_token: shpat_hush, api_secret: shpss_hush}
"""


@pytest.fixture
def tajo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tajo:
    return settled(tmp_path, FILE, monkeypatch)


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def shopify(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
    """A shop that works, and to which nobody subscribed."""
    query = json.loads(request.body or b"")["query"]
    nothing = {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
    granted = {"accessScopes": [{"handle": scope} for scope in NEEDED_SCOPES]}
    data: dict[str, Any] = dict.fromkeys(("products", "customers", "orders", "webhookSubscriptions"), nothing)
    data |= {"shop": {"name": "Lind"}, "currentAppInstallation": granted}
    return 200, {}, json.dumps({"data": {name: value for name, value in data.items() if name in query}})


def test_each_line_that_is_not_good_has_a_cause_and_a_cure(tajo: Tajo, wire: responses.RequestsMock) -> None:
    wire.add_callback("POST", GRAPHQL, shopify)
    result = tajo("connectors", "test", "shopify")
    assert result.exit_code == 1, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "✓ API connection successful (Lind)"
    assert lines[1] == "✗ Webhooks not registered"
    assert lines[2].startswith("    Not registered: ")
    assert lines[3].startswith("    → ")
    assert lines[4:7] == ["✓ Products accessible", "✓ Customers readable", "✓ Orders readable"]
    assert "hush" not in result.output
    found = json.loads(tajo("connectors", "test", "shopify", "--json").stdout)
    assert {check["name"]: check["ok"] for check in found["checks"]}["webhooks"] is False
    assert [set(check) >= {"cause", "cure"} for check in found["checks"] if not check["ok"]] == [True]


def test_without_a_public_address_there_is_nothing_to_register(
    tajo: Tajo, wire: responses.RequestsMock, tmp_path: Path
) -> None:
    (tmp_path / "tajo.yml").write_text(FILE.replace("public_url: https://collect.example", ""))
    wire.add_callback("POST", GRAPHQL, shopify)
    result = tajo("connectors", "test", "shopify")
    assert result.exit_code == 1
    assert "→ Set public_url" in result.stdout


def test_a_refused_connection_is_the_only_line(tajo: Tajo, wire: responses.RequestsMock) -> None:
    wire.post(GRAPHQL, status=401)
    result = tajo("connectors", "test", "shopify")
    assert result.exit_code == 1
    first, cause, cure = result.stdout.splitlines()
    assert first == "✗ API connection failed"
    assert "HTTP 401" in cause
    assert "Copy the credentials again" in cure


def test_a_version_nobody_serves_is_the_cause_that_every_command_names(
    tajo: Tajo, wire: responses.RequestsMock, tmp_path: Path
) -> None:
    (tmp_path / "tajo.yml").write_text(FILE.replace("api_secret:", "api_version: 2029-01, api_secret:"))
    wire.post(GRAPHQL.replace("2026-07", "2029-01"), status=404)
    wire.add_callback("POST", GRAPHQL, shopify)
    tried = tajo("connectors", "test", "shopify")
    assert tried.exit_code == 1
    first, cause, cure, *others = tried.stdout.splitlines()
    assert first == "✗ API connection failed"
    assert "does not know version 2029-01" in cause
    assert "→ Leave api_version out, or give 2026-07." in cure
    assert "✓ Orders readable" in others
    tajo("connectors", "sync", "shopify")
    for command in ("sync", "history", "status"):
        said = tajo("connectors", command, "shopify").output
        assert "does not know version 2029-01 of Shopify's API. Leave api_version out" in said, command
        assert "--shop-url" not in said


def test_a_name_nobody_has_is_misuse(tajo: Tajo) -> None:
    assert tajo("connectors", "test", "magento").exit_code == 2
