"""Connecting a Shopify shop by one click, from the command's link to the Brevo key; Shopify and Brevo at the wire."""

from __future__ import annotations

import html
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses

from collector.bootstrap import open_desk, secret_box
from collector.config import load
from collector.domain.shop import OWN_KEY, Sending, Shop
from collector.storage.sqlite.access_tokens import AccessTokens
from tests.bootstrap.link_pages import HERE, fields_of, link
from tests.bootstrap.shopify_desk import APP_SECRET, STORE, ShopifyDesk, migrated
from tests.bootstrap.shopify_merchant import NEW, TOKENS, shopify_says, to_shopify, way_back

KEY = "xkeysib-of-the-merchant"


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def stored(desk: ShopifyDesk, address: str = NEW) -> Shop:
    shop = desk.shop(address)
    assert shop is not None
    return shop


def test_from_the_link_to_a_connected_shop(desk: ShopifyDesk, wire: responses.RequestsMock) -> None:
    shopify_says(wire)
    wire.add(responses.GET, "https://api.brevo.com/v3/account", json={"companyName": "New", "email": "a@b.example"})
    browser = desk.browser()
    asked = to_shopify(browser, link(desk))
    assert (asked["host"], asked["path"]) == (NEW, "/admin/oauth/authorize")
    assert asked["client_id"] == "app-key"
    assert asked["redirect_uri"] == f"{HERE}/install/shopify/callback"
    assert set(asked["scope"].split(",")) == {"read_customers", "read_orders", "read_products", "read_inventory"}
    assert "grant_options[]" not in asked, "a token of the app's own, not of one person"

    back = browser.get(way_back(asked["state"]))
    assert (back.status_code, back.headers["Location"]) == (303, f"{HERE}/install/shopify/account")
    trade = json.loads(wire.calls[0].request.body or "{}")
    assert trade == {"client_id": "app-key", "client_secret": APP_SECRET, "code": "code-1", "expiring": "1"}

    page = browser.get(back.headers["Location"])
    assert NEW in page.text
    kept = browser.post(f"{HERE}/install/shopify/account", data={"key": f" {KEY}\n"})
    assert kept.headers["Location"] == f"{HERE}/install/shopify/done"
    done = browser.get(kept.headers["Location"])
    shop = stored(desk)
    assert shop.site_key in done.text
    assert f"tajo connectors activate {NEW}" in done.text
    assert (shop.sending, shop.currency, shop.zone) == (Sending.OBSERVE, "EUR", "Europe/Berlin")
    assert (shop.url, shop.storefront) == (f"https://{NEW}", "https://www.new-shop.example")
    assert shop.secrets.webhook == (APP_SECRET,)
    assert shop.secrets.credentials == {"api_key": "app-key", "api_secret": APP_SECRET, OWN_KEY: KEY}
    config = load({}, Path.cwd())
    with open_desk(config) as files:
        token = AccessTokens(files.state, secret_box(config)).read(shop.id)
    assert token is not None
    assert (token.kind, token.token, token.refresh) == ("expiring", "shpua_secret", "shprt_secret")


def test_every_page_is_kept_from_scripts_frames_caches_and_referrers(
    desk: ShopifyDesk, wire: responses.RequestsMock
) -> None:
    shopify_says(wire)
    browser, address = desk.browser(), link(desk)
    seen = [browser.get(address)]
    asked = to_shopify(browser, address)
    seen += [browser.get(way_back(asked["state"])), browser.get(f"{HERE}/install/shopify/account")]
    seen += [browser.get(f"{HERE}/install/shopify/done"), browser.get(f"{HERE}/install/shopify")]
    for page in seen:
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert "script-src" not in page.headers["Content-Security-Policy"]
        assert "unsafe" not in page.headers["Content-Security-Policy"]
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
        assert "<script>" not in page.text.partition("<textarea")[0]
        for cookie in page.headers.getlist("Set-Cookie"):
            assert "HttpOnly" in cookie
            assert "SameSite=Lax" in cookie
            assert "Secure" in cookie


def test_a_link_is_good_once_but_looking_does_not_use_it_up(desk: ShopifyDesk) -> None:
    address = link(desk)
    for _ in range(3):
        assert desk.browser().get(address).status_code == 200
    to_shopify(desk.browser(), address)
    again = desk.browser().get(address)
    assert (again.status_code, "used already" in again.text) == (400, True)


def test_a_link_may_be_for_one_shop_only(desk: ShopifyDesk) -> None:
    address = link(desk, "--shop-url", NEW)
    browser = desk.browser()
    refused = browser.post(
        f"{HERE}/install/shopify", data={**fields_of(browser.get(address)), "shop": "x.myshopify.com"}
    )
    assert (refused.status_code, f"This link is for {NEW}" in refused.text) == (400, True)
    assert to_shopify(browser, address, "")["host"] == NEW


def test_a_wrong_name_may_be_corrected(desk: ShopifyDesk) -> None:
    browser, address = desk.browser(), link(desk)
    for typed in ["shop.example", "evil.example#.myshopify.com", "a.myshopify.com.evil.example", "", "<b>"]:
        page = browser.post(f"{HERE}/install/shopify", data={**fields_of(browser.get(address)), "shop": typed})
        assert (page.status_code, "myshopify.com" in page.text, "<b>" in page.text) == (400, True, False), typed
    assert to_shopify(browser, address)["host"] == NEW


def test_an_old_link_is_refused(desk: ShopifyDesk) -> None:
    address = link(desk)
    with open_desk(load({}, Path.cwd())) as files:
        files.state.execute("update connect_links set expires_at = '2026-01-01T00:00:00.000Z'")
    page = desk.browser().get(address)
    assert (page.status_code, "older than 15 minutes" in page.text, "tajo connectors link" in page.text) == (
        400,
        True,
        True,
    )


def test_without_a_link_nothing_begins(desk: ShopifyDesk) -> None:
    for query in ["", "?link=", "?link=guess", "?shop=a.myshopify.com&hmac=1&timestamp=1"]:
        page = desk.browser().get(f"{HERE}/install/shopify{query}")
        assert (page.status_code, "with a link from the command line" in page.text) == (400, True), query


NOT_OURS: list[tuple[str, dict[str, str], str]] = [
    ("another state", {"state": "another"}, "belongs to another request"),
    ("no state", {"state": ""}, "belongs to another request"),
    ("another shop, rightly signed", {"shop": STORE}, "belongs to another shop"),
    ("no shop at all", {"shop": "shop.example"}, "does not come from Shopify"),
    ("not signed with our secret", {"secret": "guess"}, "does not come from Shopify"),
    ("from 1970", {"timestamp": "3600"}, "came too late"),
    ("no code", {"code": ""}, "sent no code"),
]


def test_an_answer_that_is_not_ours_changes_nothing(desk: ShopifyDesk, wire: responses.RequestsMock) -> None:
    browser = desk.browser()
    state = to_shopify(browser, link(desk))["state"]
    for why, change, said in NOT_OURS:
        page = browser.get(way_back(**({"state": state} | change)))
        assert (page.status_code, said in html.unescape(page.text)) == (400, True), (why, page.text)
    assert desk.shop(NEW) is None
    assert len(wire.calls) == 0, "nobody was asked for a token"
    shopify_says(wire)
    assert browser.get(way_back(state)).status_code == 303, "the real answer is still good"


def test_pressing_cancel_is_no_error_of_ours(desk: ShopifyDesk) -> None:
    browser = desk.browser()
    state = to_shopify(browser, link(desk))["state"]
    page = browser.get(f"{HERE}/install/shopify/callback?error=access_denied&state={state}")
    assert (page.status_code, "turned down at Shopify" in page.text) == (400, True)
    assert desk.shop(NEW) is None


def test_another_browser_cannot_finish_it(desk: ShopifyDesk) -> None:
    state = to_shopify(desk.browser(), link(desk))["state"]
    page = desk.browser().get(way_back(state))
    assert (page.status_code, "did not begin here" in page.text) == (400, True)


def test_an_answer_is_good_once(desk: ShopifyDesk, wire: responses.RequestsMock) -> None:
    shopify_says(wire)
    browser = desk.browser()
    state = to_shopify(browser, link(desk))["state"]
    cookie = browser.get_cookie("tajo_connecting", domain="collect.example", path="/install")
    assert cookie is not None
    assert browser.get(way_back(state)).status_code == 303
    browser.set_cookie("tajo_connecting", cookie.value, domain="collect.example", path="/install", secure=True)
    page = browser.get(way_back(state))
    assert (page.status_code, "used already" in page.text) == (400, True)
    assert sum("access_token" in (call.request.url or "") for call in wire.calls) == 1


WRONG_AT_SHOPIFY: list[tuple[str, dict[str, Any], str]] = [
    ("the code was used", {"status": 400, "json": {"error": "invalid_request"}}, "does not take this code"),
    ("Shopify is away", {"status": 503}, "answered HTTP 503"),
    ("a page instead of JSON", {"body": "<html>", "content_type": "text/html"}, "instead of JSON"),
    ("a scope was taken out", {"json": TOKENS | {"scope": "read_products"}}, "was not given read_customers"),
    ("no refresh token", {"json": TOKENS | {"refresh_token": None}}, "without a refresh_token"),
    ("the shop is frozen", {"status": 402}, "frozen"),
]


def test_what_goes_wrong_at_shopify_leaves_nothing_half_connected(desk: ShopifyDesk) -> None:
    for why, answer, said in WRONG_AT_SHOPIFY:
        with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
            shopify_says(wire, **answer)
            browser = desk.browser()
            page = browser.get(way_back(to_shopify(browser, link(desk))["state"]))
        assert (page.status_code, said in html.unescape(page.text)) == (400, True), (why, page.text)
        assert "What to do:" in page.text, why
        assert desk.shop(NEW) is None, why
        assert desk.count("access_tokens") == 0, why


def test_a_brevo_key_is_tried_before_the_old_one_goes_and_never_shown(
    desk: ShopifyDesk, wire: responses.RequestsMock
) -> None:
    shopify_says(wire)
    wire.add(responses.GET, "https://api.brevo.com/v3/account", json={"companyName": "New"})
    wire.add(
        responses.GET, "https://api.brevo.com/v3/account", status=401, json={"code": "unauthorized", "message": "no"}
    )
    browser = desk.browser()
    browser.get(way_back(to_shopify(browser, link(desk))["state"]))
    assert browser.post(f"{HERE}/install/shopify/account", data={"key": KEY}).status_code == 303
    for wrong in ("xkeysib-wrong", "two words", "ümlaut"):
        page = browser.post(f"{HERE}/install/shopify/account", data={"key": wrong})
        assert (page.status_code, wrong in page.text, 'role="alert"' in page.text) == (400, False, True)
    assert stored(desk).secrets.credentials[OWN_KEY] == KEY
    assert KEY not in browser.get(f"{HERE}/install/shopify/account").text


def test_pages_after_the_way_back_are_for_that_browser_alone(desk: ShopifyDesk) -> None:
    for method, path in (("get", "account"), ("post", "account"), ("get", "done")):
        page = getattr(desk.browser(), method)(f"{HERE}/install/shopify/{path}")
        assert (page.status_code, "took too long" in page.text) == (400, True)


def test_connecting_again_keeps_keys_data_and_what_is_sent(desk: ShopifyDesk, wire: responses.RequestsMock) -> None:
    shopify_says(wire)
    browser = desk.browser()
    browser.get(way_back(to_shopify(browser, link(desk))["state"]))
    before = stored(desk)
    desk.tajo("connectors", "activate", NEW)
    desk.uninstall(before.installed_at or pytest.fail("no time"), NEW)
    wire.replace(
        responses.POST, f"https://{NEW}/admin/oauth/access_token", json=TOKENS | {"access_token": "shpua_second"}
    )
    browser.get(way_back(to_shopify(browser, link(desk))["state"]))
    after = stored(desk)
    assert after.id == before.id
    assert (after.site_key, after.secrets.hook_key) == (before.site_key, before.secrets.hook_key)
    assert after.secrets.identity == before.secrets.identity
    assert (after.sending, after.uninstalled_at) == (Sending.LIVE, None)


def test_nothing_secret_is_logged(
    desk: ShopifyDesk, wire: responses.RequestsMock, capsys: pytest.CaptureFixture[str]
) -> None:
    shopify_says(wire)
    wire.add(responses.GET, "https://api.brevo.com/v3/account", json={"companyName": "New"})
    browser, address = desk.browser(), link(desk)
    logging.getLogger("collector").setLevel(logging.DEBUG)
    asked = to_shopify(browser, address)
    browser.get(way_back(asked["state"]))
    browser.post(f"{HERE}/install/shopify/account", data={"key": KEY})
    browser.get(way_back("wrong"))
    said = capsys.readouterr().err
    assert "shop connected" in said
    for secret in (asked["state"], address.partition("link=")[2], "code-1", APP_SECRET, "shpua_", "shprt_", KEY):
        assert secret not in said


def test_without_an_app_there_is_no_link_and_the_page_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, desk: ShopifyDesk
) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    migrated(bare, "public_url: https://collect.example\n")
    monkeypatch.chdir(bare)
    refused = ShopifyDesk().tajo("connectors", "link")
    assert (refused.exit_code, "shopify_app.api_key" in refused.stderr) == (2, True)


def test_a_new_app_secret_reaches_the_shops_that_were_connected_with_it(
    desk: ShopifyDesk, wire: responses.RequestsMock
) -> None:
    shopify_says(wire)
    browser = desk.browser()
    browser.get(way_back(to_shopify(browser, link(desk))["state"]))
    settings = Path("tajo.yml")
    settings.write_text(
        settings.read_text().replace(f"api_secret: {APP_SECRET}}}", f"api_secret: [{APP_SECRET}, newer]}}", 1)
    )
    assert desk.tajo("migrate").exit_code == 0
    assert stored(desk).secrets.webhook == (APP_SECRET, "newer")
    assert stored(desk).secrets.credentials["api_secret"] == "newer"
    assert stored(desk, STORE).secrets.webhook == ("shop-secret",), "a merchant's own app is another"
