"""Requests through a shop's own address: believed when Shopify signed them, and then with who is logged in."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from collector.bootstrap import open_desk
from collector.bootstrap.doors import create_app
from collector.config import load
from collector.domain.door import InboxRow, Lane
from collector.domain.events import IdentityStated, Strength
from collector.sources.tracker.parse import parse
from collector.sources.tracker.verify import signed_text
from collector.sources.tracker.wire import Identity
from collector.standards.addresses import StandardAddresses
from collector.standards.currencies import IsoCurrencies
from tests.bootstrap.shopify_desk import OTHER, SHOP_SECRET, STORE, ShopifyDesk
from tests.browser import USER_AGENT


def signed(secret: str = SHOP_SECRET, **changes: str) -> str:
    said = {
        "shop": STORE,
        "logged_in_customer_id": "",
        "path_prefix": "/apps/hello",
        "timestamp": str(int(time.time())),
    }
    said |= changes
    text = "".join(f"{name}={value}" for name, value in sorted(said.items()))
    return urlencode(said | {"signature": hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()})


def send(desk: ShopifyDesk, query: str, site_key: str = "site-key-1", **beacon: Any) -> TestResponse:
    now = int(time.time() * 1000)
    said = {"v": 1, "visitor_id": "visitor-0001", "sent_at": now, "consent": "granted", "events": [], **beacon}
    headers = {"Content-Type": "text/plain", "User-Agent": USER_AGENT, "X-Forwarded-For": "192.0.2.7"}
    return desk.browser().post(f"/proxy/shopify/{site_key}?{query}", data=json.dumps(said), headers=headers)


def stored(desk: ShopifyDesk) -> list[InboxRow]:
    with open_desk(load({}, Path.cwd())) as files:
        shop = files.shops.find("shopify", STORE)
        assert shop is not None
        return list(files.reader.next_rows(shop.id, Lane.LIVE, 0, 10))


def identities(desk: ShopifyDesk) -> list[IdentityStated]:
    shop = desk.shop()
    assert shop is not None
    facts = [fact for row in stored(desk) for fact in parse(row, shop, IsoCurrencies(), StandardAddresses())]
    return [fact for fact in facts if isinstance(fact, IdentityStated)]


def test_only_what_shopify_signed_for_this_shop_is_taken(desk: ShopifyDesk) -> None:
    now = int(time.time())
    for why, query, site_key, status in [
        ("not signed", "shop=store.myshopify.com", "site-key-1", 401),
        ("another customer than was signed", signed() + "&logged_in_customer_id=7", "site-key-1", 401),
        ("with another app's secret", signed("guess"), "site-key-1", 401),
        ("two minutes old", signed(timestamp=str(now - 120)), "site-key-1", 401),
        ("five minutes from now", signed(timestamp=str(now + 300)), "site-key-1", 401),
        ("a shop we do not know", signed(shop="new.myshopify.com"), "site-key-1", 401),
        ("for another shop, with this one's secret", signed(shop=OTHER), "site-key-2", 401),
        ("under another shop's key", signed(), "site-key-2", 404),
        ("no query", "", "site-key-1", 401),
    ]:
        assert send(desk, query, site_key).status_code == status, why
    assert stored(desk) == []
    assert send(desk, signed()).status_code == 204
    assert len(stored(desk)) == 1


def test_who_shopify_says_is_logged_in_counts_as_signed(desk: ShopifyDesk) -> None:
    assert send(desk, signed(logged_in_customer_id="706405506930370084")).status_code == 204
    (found,) = identities(desk)
    assert (found.strength, found.customer_id, found.email) == (Strength.SIGNED, "706405506930370084", "")


@pytest.mark.parametrize(
    ("why", "page_says", "is_signed", "expected"),
    [
        ("the page claims an address", {"customer_id": "7", "email": "a@b.example"}, False, ""),
        ("the shop signed it for this customer", {"customer_id": "7", "email": "a@b.example"}, True, "a@b.example"),
        ("the shop signed it for another", {"customer_id": "8", "email": "a@b.example"}, True, ""),
    ],
)
def test_an_address_counts_only_if_the_shop_signed_it_for_the_same_customer(
    desk: ShopifyDesk, why: str, page_says: dict[str, str], is_signed: bool, expected: str
) -> None:
    shop = desk.shop()
    assert shop is not None
    said = page_says | {"signed_on": time.strftime("%Y-%m-%d", time.gmtime())}
    if is_signed:
        text = signed_text(Identity(**said), shop.site_key)
        said["signature"] = hmac.new(shop.secrets.identity[-1].encode(), text, hashlib.sha256).hexdigest()
    assert send(desk, signed(logged_in_customer_id="7"), identity=said).status_code == 204
    (found,) = identities(desk)
    assert (found.strength, found.customer_id, found.email) == (Strength.SIGNED, "7", expected), why


def test_nobody_logged_in_leaves_the_page_its_claim(desk: ShopifyDesk) -> None:
    assert send(desk, signed(), identity={"customer_id": "7"}).status_code == 204
    (found,) = identities(desk)
    assert (found.strength, found.customer_id) == (Strength.CLAIMED, "7")


def test_what_is_missing_on_the_way_makes_nobody_a_suspect(desk: ShopifyDesk) -> None:
    send(desk, signed())  # without Accept-Language
    assert "suspicion" not in stored(desk)[0].facts


def test_the_limit_counts_shoppers_not_shopifys_servers(desk: ShopifyDesk) -> None:
    statuses = set()
    for number in range(130):  # of one address, 120 a minute are taken
        headers = {"Content-Type": "text/plain", "User-Agent": USER_AGENT, "X-Forwarded-For": f"192.0.2.{number}"}
        now = int(time.time() * 1000)
        body = json.dumps({"v": 1, "visitor_id": "visitor-0001", "sent_at": now, "consent": "granted", "events": []})
        answer = desk.browser().post(f"/proxy/shopify/site-key-1?{signed()}", data=body, headers=headers)
        statuses.add(answer.status_code)
    assert statuses == {204}


def test_the_script_is_served_to_signed_requests_alone(desk: ShopifyDesk) -> None:
    whole = create_app().test_client()
    script = whole.get(f"/proxy/shopify/site-key-1.js?{signed()}")
    assert script.status_code == 200
    assert script.data == whole.get("/c/site-key-1.js").data
    assert whole.get("/proxy/shopify/site-key-1.js").status_code == 401
    assert whole.get(f"/proxy/shopify/site-key-2.js?{signed()}").status_code == 404
    assert whole.get(f"/proxy/nobody/site-key-1.js?{signed()}").status_code == 404
