"""The one read call of an installation, and each way it fails: one line, what happened and the cure."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import requests
import responses
from responses import matchers

from collector.domain.errors import CollectorError, Misuse, SourceUnavailable
from collector.domain.ports import ConnectedShop
from collector.sources.shopify.install import API_VERSION, NEEDED_SCOPES, read_shop
from collector.sources.shopify.scopes import OPTIONAL

ADDRESS = "lind.myshopify.com"
GRAPHQL = f"https://{ADDRESS}/admin/api/{API_VERSION}/graphql.json"
TOKENS = f"https://{ADDRESS}/admin/oauth/access_token"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PERMANENT = {"access_token": "shpat_1", "api_secret": "shpss_1"}
EVERY_SCOPE = (*NEEDED_SCOPES, *(scope.handle for scope in OPTIONAL))
KEYS = {"api_key": "id-1", "api_secret": "shpss_1"}


def answer(scopes: tuple[str, ...] = EVERY_SCOPE, **shop: Any) -> dict[str, Any]:
    stated = {
        "name": "Töpferei Lind",
        "currencyCode": "EUR",
        "myshopifyDomain": ADDRESS,
        "ianaTimezone": "Europe/Berlin",
        "plan": {"publicDisplayName": "Basic"},
        "primaryDomain": {"url": "https://toepferei-lind.test"},
    }
    installation = {"accessScopes": [{"handle": scope} for scope in scopes]}
    return {"data": {"shop": stated | shop, "currentAppInstallation": installation}}


@pytest.fixture
def shopify() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def read(credentials: dict[str, str] = PERMANENT, base_url: str | None = None, version: str = "") -> ConnectedShop:
    with requests.Session() as http:
        return read_shop(http, ADDRESS, credentials, base_url, api_version=version, clock=lambda: NOON)


def failure(credentials: dict[str, str] = PERMANENT, base_url: str | None = None) -> str:
    with pytest.raises(CollectorError) as caught:
        read(credentials, base_url)
    said = str(caught.value)
    assert "\n" not in said
    assert "shpat_1" not in said
    assert "shpss_1" not in said
    return said


def test_a_shop_with_a_permanent_token_is_read(shopify: responses.RequestsMock) -> None:
    shopify.post(GRAPHQL, json=answer(), match=[matchers.header_matcher({"X-Shopify-Access-Token": "shpat_1"})])
    shop = read()
    assert (shop.name, shop.currency) == ("Töpferei Lind", "EUR")
    assert shop.detail == {
        "address": ADDRESS,
        "time_zone": "Europe/Berlin",
        "plan": "Basic",
        "storefront": "https://toepferei-lind.test",
        "scopes": sorted(EVERY_SCOPE),
        "token": "permanent",
        "api_version": API_VERSION,
        "notes": [],
    }


def test_key_and_secret_buy_a_token_first_and_it_is_said(shopify: responses.RequestsMock) -> None:
    asked = {"grant_type": "client_credentials", "client_id": "id-1", "client_secret": "shpss_1"}
    shopify.post(
        TOKENS,
        json={"access_token": "shpat_day", "scope": "read_orders", "expires_in": 86399},
        match=[matchers.urlencoded_params_matcher(asked)],
    )
    shopify.post(GRAPHQL, json=answer(), match=[matchers.header_matcher({"X-Shopify-Access-Token": "shpat_day"})])
    shop = read(KEYS)
    assert shop.detail["token"] == "client_credentials"
    assert "24 h token" in shop.detail["notes"][0]
    assert "shpat_day" not in repr(shop)


def test_limits_the_merchant_should_know_are_noted(shopify: responses.RequestsMock) -> None:
    shopify.post(GRAPHQL, json=answer(NEEDED_SCOPES), headers={"X-Shopify-API-Version": "2027-01"})
    first, second, third = read().detail["notes"]
    assert "60 days" in first
    assert "read_themes" in second
    assert "2027-01" in third


def test_a_write_scope_implies_the_read(shopify: responses.RequestsMock) -> None:
    written = tuple(scope.replace("read_", "write_") for scope in NEEDED_SCOPES)
    shopify.post(GRAPHQL, json=answer(written))
    assert read().detail["scopes"] == sorted(written)


@pytest.mark.parametrize("credentials", [{}, {"api_key": "id-1"}, {"api_secret": "shpss_1"}, {"access_token": ""}])
def test_half_the_credentials_are_misuse_and_nothing_is_asked(credentials: dict[str, str]) -> None:
    with pytest.raises(Misuse, match="--access-token"):
        read(credentials)


@pytest.mark.parametrize(
    ("why", "reply", "words"),
    [
        ("bad token", {"status": 401, "json": {"errors": "[API] Invalid API key"}}, ("401", "Copy the credentials")),
        ("frozen shop", {"status": 402, "json": {"errors": "Unavailable Shop"}}, ("402", "Pay the plan")),
        ("scopes", {"status": 403, "json": {"errors": "not approved"}}, ("403", "read_customers, read_orders")),
        ("no such shop", {"status": 404, "body": "<html>Not Found"}, ("404", "typing mistake")),
        ("locked", {"status": 423, "json": {}}, ("423", "unlock")),
        ("too many", {"status": 429, "json": {"errors": "x"}}, ("429", "in a minute")),
        ("theirs", {"status": 503, "body": "<html>"}, ("503", "few minutes")),
        (
            "moved",
            {"status": 301, "headers": {"Location": "https://other.test/x?token=1"}},
            ("redirects to other.test", ".myshopify.com"),
        ),
        (
            "a page",
            {"status": 200, "body": "<html>Enter password", "content_type": "text/html; charset=utf-8"},
            ("a page (text/html)", "proxy"),
        ),
        ("a list", {"status": 200, "json": []}, ("no object", "Check the address")),
        ("nothing", {"status": 200, "json": {}}, ("without data", "Try again")),
        ("no shop in it", {"json": {"data": {}}}, ("without the shop's name", "Try again")),
        (
            "throttled",
            {"json": {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}},
            ("Throttled", "in a minute"),
        ),
        (
            "denied",
            {"json": {"errors": [{"message": "Access denied\nfor x", "extensions": {"code": "ACCESS_DENIED"}}]}},
            ("Access denied for x", "read_customers"),
        ),
        ("errors as text", {"json": {"errors": "Invalid API key"}}, ("Invalid API key", "Copy the credentials")),
        (
            "scopes missing",
            {"json": answer(("read_orders", "write_products"))},
            ("lacks read_customers for contacts, tags and consent; read_inventory for stock.", "install it again"),
        ),
        (
            "another name",
            {"json": answer(myshopifyDomain="lind-2.myshopify.com")},
            ("--shop-url lind-2.myshopify.com",),
        ),
    ],
)
def test_each_refusal_names_the_cause_and_the_cure(
    shopify: responses.RequestsMock, why: str, reply: dict[str, Any], words: tuple[str, ...]
) -> None:
    shopify.post(GRAPHQL, **reply)
    said = failure()
    assert all(word in said for word in words), said


@pytest.mark.parametrize(
    ("why", "reply", "words"),
    [
        (
            "not installed there",
            {"status": 400, "json": {"error": "shop_not_permitted"}},
            ("shop_not_permitted", "same organisation"),
        ),
        ("an error page", {"status": 400, "body": "<html><title>Oauth error"}, ("no reason given", "organisation")),
        ("wrong secret", {"status": 401, "json": {"error": "invalid_client"}}, ("401", "Copy the credentials")),
        ("no token in it", {"json": {"scope": ""}}, ("without an access_token",)),
    ],
)
def test_a_refused_token_names_the_cause_and_the_cure(
    shopify: responses.RequestsMock, why: str, reply: dict[str, Any], words: tuple[str, ...]
) -> None:
    shopify.post(TOKENS, **reply)
    said = failure(KEYS)
    assert all(word in said for word in words), said


@pytest.mark.parametrize(
    ("why", "error", "words"),
    [
        ("no such name", requests.ConnectionError("Failed to resolve 'lind.myshopify.com'"), ("DNS",)),
        ("cut", requests.ConnectionError("Connection aborted."), ("broke off",)),
        ("TLS", requests.exceptions.SSLError("certificate verify failed"), ("TLS", "clock")),
        ("slow", requests.ReadTimeout(), ("did not answer", "firewall")),
        ("odd", requests.exceptions.ContentDecodingError(), ("ContentDecodingError",)),
    ],
)
def test_no_answer_names_the_cause_and_the_cure(
    shopify: responses.RequestsMock, why: str, error: Exception, words: tuple[str, ...]
) -> None:
    shopify.post(GRAPHQL, body=error)
    said = failure()
    assert all(word in said for word in words), said


def test_another_version_is_asked_and_an_unknown_one_is_told_from_an_unknown_shop(
    shopify: responses.RequestsMock,
) -> None:
    later = GRAPHQL.replace(API_VERSION, "2027-04")
    shopify.post(later, json=answer(), headers={"X-Shopify-API-Version": "2027-04"})
    assert read(version="2027-04").detail["api_version"] == "2027-04"
    shopify.replace("POST", later, status=404, body="<html>Not Found")
    shopify.post(GRAPHQL, json=answer())
    with pytest.raises(SourceUnavailable, match=r"does not know version 2027-04.* give 2026-07"):
        read(version="2027-04")
    shopify.replace("POST", GRAPHQL, status=404, body="<html>Not Found")
    with pytest.raises(SourceUnavailable, match="typing mistake"):
        read(version="2027-04")


def test_a_version_older_than_our_questions_is_not_asked_and_one_that_is_none_is_misuse(
    shopify: responses.RequestsMock,
) -> None:
    shopify.post(GRAPHQL, json=answer())
    [note] = read(version="2024-01").detail["notes"]
    assert "2024-01 is older" in note
    with pytest.raises(Misuse, match="no version of Shopify's"):
        read(version="2026-13")


@pytest.mark.parametrize(
    ("why", "theirs", "words"),
    [
        ("an hour ahead of us", "Sun, 22 Nov 2026 13:00:00 GMT", "60 minutes behind"),
        ("an hour behind us", "Sun, 22 Nov 2026 11:00:00 GMT", "60 minutes ahead"),
        ("a minute apart", "Sun, 22 Nov 2026 12:01:00 GMT", ""),
        ("no date at all", "soon", ""),
    ],
)
def test_a_clock_that_is_off_is_said_with_its_cure(
    shopify: responses.RequestsMock, why: str, theirs: str, words: str
) -> None:
    shopify.post(GRAPHQL, json=answer(), headers={"Date": theirs})
    notes = read().detail["notes"]
    assert [words in note and "timedatectl" in note for note in notes] == ([True] if words else [])


class _Shop(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps(answer(myshopifyDomain="sandbox.myshopify.com")).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def test_another_base_stands_in_for_the_shop() -> None:
    with HTTPServer(("127.0.0.1", 0), _Shop) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        shop = read(base_url=f"http://127.0.0.1:{server.server_port}/")
        server.shutdown()
    assert shop.name == "Töpferei Lind"
    assert shop.detail["address"] == "sandbox.myshopify.com"


def test_a_closed_port_is_a_refused_connection() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(SourceUnavailable, match="refused the connection"):
        read(base_url=f"http://127.0.0.1:{port}")
