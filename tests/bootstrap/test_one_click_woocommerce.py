"""Connecting a WooCommerce shop by one click: the shop's question, its unsigned post of keys, the way back."""

from __future__ import annotations

import html
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import responses

from collector.bootstrap import open_desk
from collector.bootstrap.woocommerce import WooCommerceApis
from collector.config import load
from collector.domain.jobs import SUBSCRIPTIONS, of_shop
from collector.domain.shop import OWN_KEY, Sending, Shop
from collector.sources.woocommerce.signing import QUERY
from collector.storage.sqlite.jobs import Jobs
from tests.bootstrap.link_pages import HERE, fields_of, link
from tests.bootstrap.shopify_desk import ShopifyDesk, migrated
from tests.bootstrap.woocommerce_merchant import (
    HOME,
    KEY,
    SECRET,
    SETTINGS,
    come_back,
    keys,
    post_keys,
    shop_at,
    to_the_shop,
)
from tests.in_process import step_into


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("one click")
    migrated(made, SETTINGS)
    return made


@pytest.fixture(scope="module")
def one_desk() -> ShopifyDesk:
    return ShopifyDesk()


@pytest.fixture
def desk(folder: Path, one_desk: ShopifyDesk, monkeypatch: pytest.MonkeyPatch) -> ShopifyDesk:
    """One for all: links and shops are taken away in between."""
    step_into(folder, monkeypatch)
    with open_desk(load({}, Path.cwd())) as files:
        files.state.execute("delete from connect_links")
        for shop in files.shops.all():
            files.shops.purge(shop.id)
    return one_desk


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        shop_at(mock, HOME)
        yield mock


def stored(desk: ShopifyDesk) -> Shop | None:
    with open_desk(load({}, Path.cwd())) as files:
        return files.shops.find("woocommerce", "shop.example/store")


def test_from_the_link_to_a_connected_shop(desk: ShopifyDesk, wire: responses.RequestsMock) -> None:
    wire.add(responses.GET, "https://api.brevo.com/v3/account", json={"companyName": "Tea"})
    browser = desk.browser()
    asked = to_the_shop(browser, link(desk, "--store-url", HOME))
    assert asked["at"] == f"{HOME}/wc-auth/v1/authorize"
    assert (asked["app_name"], asked["scope"]) == ("Tajo Collector", "read_write")
    assert asked["return_url"] == asked["callback_url"] == f"{HERE}/install/woocommerce/callback"
    assert len(asked["user_id"]) >= 43, "nobody guesses it"

    posted = post_keys(desk, keys(asked["user_id"]))
    assert (posted.status_code, posted.data) == (200, b"OK\n"), "anything but 200 and the shop takes the keys back"
    shop = stored(desk)
    assert shop is not None
    assert shop.secrets.credentials == {"consumer_key": KEY, "consumer_secret": SECRET}
    assert (shop.url, shop.currency, shop.zone, shop.sending) == (HOME, "EUR", "Europe/Berlin", Sending.OBSERVE)
    assert all((shop.secrets.webhook, shop.secrets.identity, shop.secrets.hook_key))

    back = come_back(browser, asked["user_id"])
    assert (back.status_code, back.headers["Location"]) == (303, f"{HERE}/install/woocommerce/account")
    page = browser.get(back.headers["Location"])
    assert "shop.example/store" in page.text
    assert "WooCommerce 10.5.0" in page.text, "what was found out is shown"
    kept = browser.post(f"{HERE}/install/woocommerce/account", data={"key": "xkeysib-of-the-merchant"})
    assert kept.headers["Location"] == f"{HERE}/install/woocommerce/done"
    done = browser.get(kept.headers["Location"])
    assert shop.site_key in done.text
    assert "checkout" not in done.text.partition("<textarea")[0]
    assert "tajo snippet shop.example/store --plugin" in done.text
    after = stored(desk)
    assert after is not None
    assert after.secrets.credentials[OWN_KEY] == "xkeysib-of-the-merchant"
    for secret in (KEY, SECRET, shop.secrets.webhook[0], asked["user_id"]):
        assert secret not in page.text + done.text


def test_without_an_address_in_the_link_the_merchant_says_which(
    desk: ShopifyDesk, wire: responses.RequestsMock
) -> None:
    browser, address = desk.browser(), link(desk, "woocommerce")
    wrong = browser.post(f"{HERE}/install/woocommerce", data={**fields_of(browser.get(address)), "shop": "my shop"})
    assert (wrong.status_code, 'role="alert"' in wrong.text) == (400, True)
    asked = to_the_shop(browser, address, "shop.example/store/")
    assert asked["at"].startswith(HOME)
    assert post_keys(desk, keys(asked["user_id"])).status_code == 200
    assert stored(desk) is not None


def test_the_webhooks_are_made_at_once(desk: ShopifyDesk, wire: responses.RequestsMock) -> None:
    state = to_the_shop(desk.browser(), link(desk, "--store-url", HOME))["user_id"]
    post_keys(desk, keys(state))
    first = stored(desk)
    assert first is not None
    with open_desk(load({}, Path.cwd())) as files:
        jobs, name = Jobs(files.state), of_shop(SUBSCRIPTIONS, first.id)
        later = first.installed_at or pytest.fail("no time")
        jobs.keep(name, later.replace(year=2099), {}, later, "")
        again = to_the_shop(desk.browser(), link(desk, "--store-url", HOME))["user_id"]
        assert post_keys(desk, keys(again)).status_code == 200
        seen = jobs.read(name)
    assert seen is not None
    assert seen.due_at.year < 2099


def test_how_the_keys_travel_is_found_out_once(desk: ShopifyDesk, wire: responses.RequestsMock) -> None:
    """The host drops the Authorization header, so the keys have to stand in the query."""
    wire.reset()
    shop_at(wire, HOME, drops_header=True)
    assert post_keys(desk, keys(to_the_shop(desk.browser(), link(desk, "--store-url", HOME))["user_id"])).text == "OK\n"
    found = stored(desk)
    assert found is not None
    wire.calls.reset()
    config = load({}, Path.cwd())
    with open_desk(config) as files, requests.Session() as http:
        client = WooCommerceApis(config, files.state, http)(found)
        assert client.known.way == QUERY
        client.get("orders", per_page=1)
    assert len(wire.calls) == 1, "nothing was tried that is known not to work"


NOT_TAKEN: list[tuple[str, Any, str]] = [
    ("keys of another shop", {"consumer_key": "ck_of-the-attackers-shop"}, "do not open https://shop.example/store"),
    ("nobody asked for it", {"user_id": "guess"}, "Nobody asked"),
    ("no state", {"user_id": ""}, "Nobody asked"),
    ("no keys", {"consumer_key": ""}, "not the keys of a shop"),
    ("something else for a secret", {"consumer_secret": "whatever"}, "not the keys of a shop"),
    ("a list for a key", {"consumer_key": ["ck_1"]}, "not the keys of a shop"),
]


def test_a_post_that_is_not_the_shops_changes_nothing_and_uses_nothing_up(
    desk: ShopifyDesk, wire: responses.RequestsMock
) -> None:
    state = to_the_shop(desk.browser(), link(desk, "--store-url", HOME))["user_id"]
    for why, change, said in NOT_TAKEN:
        answer = post_keys(desk, keys(state) | change)
        assert (answer.status_code, said in answer.text) == (400, True), (why, answer.text)
    for body in (b"", b"[]", b"webhook_id=1", b"\xff", b"[" * 10_000):
        assert post_keys(desk, body).status_code == 400
    assert post_keys(desk, b" " * 20_000).status_code == 413
    assert stored(desk) is None
    asked = {urlsplit(call.request.url or "").netloc for call in wire.calls}
    assert asked <= {"shop.example"}, "nobody else was asked, whatever was posted"
    assert post_keys(desk, keys(state)).status_code == 200, "the real one is still good"


def test_keys_are_taken_once(desk: ShopifyDesk, wire: responses.RequestsMock) -> None:
    state = to_the_shop(desk.browser(), link(desk, "--store-url", HOME))["user_id"]
    assert post_keys(desk, keys(state)).status_code == 200
    again = post_keys(desk, keys(state))
    assert (again.status_code, "used already" in again.text) == (400, True)


def test_what_was_asked_long_ago_is_not_taken(desk: ShopifyDesk, wire: responses.RequestsMock) -> None:
    state = to_the_shop(desk.browser(), link(desk, "--store-url", HOME))["user_id"]
    with open_desk(load({}, Path.cwd())) as files:
        files.state.execute("update connect_links set used_at = '2026-01-01T00:00:00.000Z'")
    late = post_keys(desk, keys(state))
    assert (late.status_code, "ten minutes ago" in late.text) == (400, True)
    assert stored(desk) is None


@pytest.mark.parametrize(
    ("why", "success", "posts", "state", "said"),
    [
        ("the merchant said no", "0", False, None, "turned down there"),
        ("the shop's post did not arrive", "1", False, None, "did not arrive here"),
        ("another request's", "1", True, "another", "belongs to another request"),
        ("no answer at all", "", True, None, "not the way back from a shop"),
    ],
)
def test_a_way_back_that_is_not_a_yes_says_what_to_do(
    desk: ShopifyDesk,
    wire: responses.RequestsMock,
    why: str,
    success: str,
    posts: bool,
    state: str | None,
    said: str,
) -> None:
    browser = desk.browser()
    real = to_the_shop(browser, link(desk, "--store-url", HOME))["user_id"]
    if posts:
        post_keys(desk, keys(real))
    page = come_back(browser, state or real, success)
    assert (page.status_code, said in html.unescape(page.text)) == (400, True), (why, page.text)
    assert "What to do:" in page.text
    assert "tajo connectors link" in page.text or "new link" in page.text


def test_another_browser_cannot_finish_it(desk: ShopifyDesk, wire: responses.RequestsMock) -> None:
    state = to_the_shop(desk.browser(), link(desk, "--store-url", HOME))["user_id"]
    post_keys(desk, keys(state))
    page = come_back(desk.browser(), state)
    assert (page.status_code, "did not begin here" in page.text) == (400, True)


def test_connecting_again_replaces_keys_and_keeps_the_rest(desk: ShopifyDesk, wire: responses.RequestsMock) -> None:
    post_keys(desk, keys(to_the_shop(desk.browser(), link(desk, "--store-url", HOME))["user_id"]))
    before = stored(desk)
    assert before is not None
    desk.tajo("connectors", "activate", "woocommerce")
    wire.reset()
    shop_at(wire, HOME, "ck_newer")
    state = to_the_shop(desk.browser(), link(desk, "--store-url", HOME))["user_id"]
    refused = post_keys(desk, keys(state))
    assert refused.status_code == 400
    kept = stored(desk)
    assert kept is not None
    assert kept.secrets.credentials["consumer_key"] == KEY, "new keys are tried before old ones are replaced"
    assert post_keys(desk, keys(state, consumer_key="ck_newer")).status_code == 200
    after = stored(desk)
    assert after is not None
    assert after.secrets.credentials["consumer_key"] == "ck_newer"
    assert (after.id, after.site_key, after.secrets.hook_key) == (before.id, before.site_key, before.secrets.hook_key)
    assert (after.secrets.webhook, after.sending) == (before.secrets.webhook, Sending.LIVE)


def test_shopify_takes_nothing_by_post(desk: ShopifyDesk) -> None:
    answer = desk.browser().post(f"{HERE}/install/shopify/callback", data=json.dumps(keys("x")))
    assert answer.status_code == 400


def test_nothing_secret_is_logged(
    desk: ShopifyDesk, wire: responses.RequestsMock, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = ShopifyDesk()  # its log is written from here on
    address, browser = link(desk, "--store-url", HOME), desk.browser()
    logging.getLogger("collector").setLevel(logging.DEBUG)
    state = to_the_shop(browser, address)["user_id"]
    post_keys(desk, keys(state, consumer_key="ck_wrong"))
    post_keys(desk, keys(state))
    come_back(browser, state)
    said = capsys.readouterr().err
    assert "shop connected" in said
    for secret in (state, address.partition("link=")[2], KEY, SECRET, "ck_wrong"):
        assert secret not in said


@pytest.mark.parametrize(
    ("why", "settings", "arguments", "status", "said"),
    [
        ("on loopback", "", ("--store-url", HOME), 2, "sends new keys to https addresses only"),
        ("http, and not for tests", "public_url: http://collect.example\n", ("woocommerce",), 2, "Set public_url"),
        (
            "for tests",
            "allow_insecure_upstreams: true\n",
            ("--store-url", "http://127.0.0.1:9"),
            0,
            "only works on this",
        ),
        ("no such platform", SETTINGS, ("magento",), 2, "shopify and woocommerce"),
        ("two addresses", SETTINGS, ("--store-url", HOME, "--shop-url", HOME), 2, "give one of them"),
        ("no address", SETTINGS, ("--store-url", "my shop"), 2, "no address"),
    ],
)
def test_the_command_says_what_is_missing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    why: str,
    settings: str,
    arguments: tuple[str, ...],
    status: int,
    said: str,
) -> None:
    (tmp_path / "tajo.yml").write_text(settings)
    step_into(tmp_path, monkeypatch)
    found = ShopifyDesk().tajo("connectors", "link", *arguments)
    assert (found.exit_code, said in found.output) == (status, True), (why, found.output)


def test_where_it_cannot_work_the_page_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The link was printed while public_url was set."""
    migrated(tmp_path, SETTINGS)
    step_into(tmp_path, monkeypatch)
    address = link(ShopifyDesk(), "--store-url", HOME)
    (tmp_path / "tajo.yml").write_text("brevo: {api_key: xkeysib-0123456789abcdef}\n")
    page = ShopifyDesk().browser().get(address.partition(HERE)[2])
    assert (page.status_code, "https addresses only" in page.text) == (400, True)
