"""`tajo connectors status`, and the figure of it: connected is what the shop's API said last, whoever asked it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses

from collector.bootstrap import clock, open_desk
from collector.bootstrap.figures import figures
from collector.bootstrap.live import writer
from collector.bootstrap.syncing import reconcile_jobs
from collector.config import load
from collector.outgoing.guard import guarded_session
from collector.sources.woocommerce.refusals import WRONG_KEYS
from tests.cli.test_connector_test import GRAPHQL, shopify
from tests.in_process import Tajo, settled

WOO = "https://mug.example/wp-json/wc/v3"
FILE = """
public_url: https://collect.example
connectors:
  shopify: {shop_url: lind.myshopify.com, access_token: shpat_hush, api_secret: shpss_hush}
  woocommerce: {store_url: https://mug.example, consumer_key: ck_hush, consumer_secret: cs_hush}
"""


@pytest.fixture
def tajo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tajo:
    return settled(tmp_path, FILE, monkeypatch)


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def connected(tajo: Tajo, platform: str) -> tuple[bool, str]:
    """(whether, the line); the JSON and the figure say the same."""
    line = tajo("connectors", "status", platform).stdout.partition("connected: ")[2].splitlines()[0].strip()
    found = json.loads(tajo("connectors", "status", platform, "--json").stdout)
    assert line.startswith("yes" if found["connected"] else "no: ")
    assert line.endswith(found["connection"]["cure"])
    [figure] = [one for one in figures(load({}, Path.cwd()), {}) if one.name == "tajo_shop_connected"]
    assert {labels[0]: value for labels, value in figure.samples}[platform] == float(found["connected"])
    return found["connected"], line


@pytest.mark.parametrize(
    ("command", "why", "answer", "words"),
    [
        ("sync", "the token is over", {"status": 401}, ("does not accept", "Copy the credentials")),
        ("test", "it is not paid for", {"status": 402}, ("frozen", "Pay the plan")),
        ("test", "it is locked", {"status": 423}, ("locked", "support")),
        ("sync", "nobody is there", {"status": 404}, ("is not a shop", "typing mistake")),
        ("test", "the app may ask nothing", {"status": 403}, ("forbids", "scopes")),
        ("test", "something else stands there", {"body": "<html>", "content_type": "text/html"}, ("a page", "proxy")),
        (
            "sync",
            "it is closed",
            {"json": {"errors": [{"extensions": {"code": "SHOP_INACTIVE"}}]}},
            ("refused", "Open the"),
        ),
    ],
)
def test_a_shop_that_refuses_is_not_connected_until_it_answers_again(
    tajo: Tajo, wire: responses.RequestsMock, command: str, why: str, answer: dict[str, Any], words: tuple[str, str]
) -> None:
    assert connected(tajo, "shopify") == (True, "yes, though its API was not asked yet")
    wire.post(GRAPHQL, **answer)
    tajo("connectors", command, "shopify")
    is_there, line = connected(tajo, "shopify")
    assert not is_there
    assert all(word in line for word in words), line
    wire.remove("POST", GRAPHQL)
    wire.add_callback("POST", GRAPHQL, shopify)
    tajo("connectors", "test", "shopify")
    assert connected(tajo, "shopify")[1].startswith("yes, its API answered 20")


def test_a_refusal_counts_for_the_credentials_it_was_given_to(
    tajo: Tajo, wire: responses.RequestsMock, tmp_path: Path
) -> None:
    wire.post(GRAPHQL, status=401)
    tajo("connectors", "test", "shopify")
    assert not connected(tajo, "shopify")[0]
    (tmp_path / "tajo.yml").write_text(FILE.replace("shpat_hush", "shpat_other"))
    assert tajo("migrate").exit_code == 0
    assert connected(tajo, "shopify") == (True, "yes, though its API was not asked yet")


def test_what_refuses_one_question_refuses_no_shop(tajo: Tajo, wire: responses.RequestsMock) -> None:
    wire.add_callback("POST", GRAPHQL, shopify)
    tajo("connectors", "test", "shopify")
    wire.remove("POST", GRAPHQL)
    wire.post(GRAPHQL, json={"errors": [{"message": "no", "extensions": {"code": "ACCESS_DENIED"}}]})
    tajo("connectors", "test", "shopify")
    assert connected(tajo, "shopify")[0]


def nobody(status: int, code: str, message: str = "Sorry.") -> dict[str, Any]:
    return {"status": status, "json": {"code": code, "message": message, "data": {"status": status}}}


@pytest.mark.parametrize(
    ("why", "answer", "is_there", "word"),
    [
        ("an unknown key", nobody(401, "woocommerce_rest_cannot_view"), False, "does not know the consumer key"),
        (
            "a key for writing",
            nobody(401, WRONG_KEYS, "does not have read"),
            False,
            "write",
        ),
        ("somebody who may see nothing", nobody(403, "woocommerce_rest_cannot_view"), False, "owner may not see"),
        ("no WooCommerce there", nobody(404, "rest_no_route"), False, "without WooCommerce"),
        ("a firewall", {"status": 403, "body": "<html>"}, False, "turned us away"),
        ("a page", {"status": 200, "body": "<html>welcome"}, False, "page instead of data"),
        ("it moved", {"status": 301, "headers": {"Location": "https://other.example/"}}, False, "redirects"),
        ("it is down", {"status": 500, "body": "oops"}, True, "not asked yet"),
        ("it wants to be left alone", {"status": 429}, True, "not asked yet"),
        ("a list", {"json": []}, True, "answered"),
    ],
)
def test_a_woocommerce_shop_that_refuses_is_not_connected(
    tajo: Tajo, wire: responses.RequestsMock, why: str, answer: dict[str, Any], is_there: bool, word: str
) -> None:
    for resource in ("products", "customers", "orders"):
        wire.get(f"{WOO}/{resource}", **answer)
    wire.get("https://mug.example/", body="<html>")
    wire.get("https://mug.example/wp-json", body="<html>")
    tajo("connectors", "test", "woocommerce")
    found, line = connected(tajo, "woocommerce")
    assert (found, word in line) == (is_there, True), line
    assert "hush" not in line


@pytest.mark.parametrize(
    ("why", "platform", "block", "words"),
    [
        (
            "a secret signs webhooks",
            "shopify",
            "shop_url: a.myshopify.com, api_secret: hush",
            "api_secret alone",
        ),
        ("half of an app", "shopify", "shop_url: a.myshopify.com, api_key: id-1", "api_key alone opens nothing"),
        ("nothing", "shopify", "shop_url: a.myshopify.com", "No credentials to read a.myshopify.com."),
        (
            "half of a key",
            "woocommerce",
            "store_url: a.example, consumer_key: ck_1",
            "consumer_key alone",
        ),
    ],
)
def test_credentials_that_open_nothing_are_no_connection_and_nobody_looks_with_them(
    tajo: Tajo, tmp_path: Path, why: str, platform: str, block: str, words: str
) -> None:
    (tmp_path / "tajo.yml").write_text(f"connectors: {{{platform}: {{{block}}}}}")
    assert tajo("migrate").exit_code == 0
    config = load({}, tmp_path)
    name = "a.myshopify.com" if platform == "shopify" else "a.example"
    found = json.loads(tajo("connectors", "status", name, "--json").stdout)
    assert found["connected"] is False
    assert words in found["connection"]["cause"]
    assert found["connection"]["cure"].startswith("Give ")
    with open_desk(config) as desk, guarded_session(False) as http:
        shops = [shop for shop in desk.shops.all() if shop.address == name]
        made = reconcile_jobs(config, desk, lambda: shops, http, writer(desk).append_many)
        assert list(made()) == []
    said = tajo("connectors", "status", name).stdout
    assert "no: No " in said
    assert "missed by webhooks: nobody looked yet\n" in said


def test_a_look_that_asked_nothing_is_no_look(tajo: Tajo, wire: responses.RequestsMock) -> None:
    config = load({}, Path.cwd())
    with open_desk(config) as desk, guarded_session(False) as http:
        shops = [shop for shop in desk.shops.all() if shop.platform == "shopify"]
        [job] = reconcile_jobs(config, desk, lambda: shops, http, writer(desk).append_many)()
        done = job.run({}, clock())
    assert done.said == "nothing is old enough to have been missed"
    assert not wire.calls
    assert "nobody looked yet" in tajo("connectors", "status", "shopify").stdout
    assert "was never read" in tajo("connectors", "history", "shopify").stdout
