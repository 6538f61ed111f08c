"""What every platform must do, whichever it is. A new platform is one line in SOURCES and one in CASES."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from collector.domain.door import InboxRow, Lane, RowKind, WebhookRequest
from collector.domain.errors import InvalidSignature, Misuse, Unparseable
from collector.domain.ports import Source
from collector.domain.shop import Shop
from collector.sources.shopify.source import ShopifySource
from collector.sources.woocommerce.source import WooCommerceSource

from .woocommerce.standins import Addresses, Currencies

ARRIVED = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
OLD, NEW = "the-old-secret", "the-new-secret"
SOURCES: dict[str, Source] = {
    "shopify": ShopifySource(Currencies(), Addresses()),
    "woocommerce": WooCommerceSource(Currencies(), Addresses()),
}


@dataclass(frozen=True)
class Case:
    """A platform's words: where a signature stands, and a customer's deletion."""

    signature: str
    topic_header: str
    address_header: str
    address: str
    topics: tuple[str, ...]
    deletion: str


CASES = {
    "shopify": Case(
        "x-shopify-hmac-sha256",
        "x-shopify-topic",
        "x-shopify-shop-domain",
        "tea.myshopify.com",
        ("orders/create", "orders/updated", "customers/update", "customers/delete"),
        "customers/delete",
    ),
    "woocommerce": Case(
        "x-wc-webhook-signature",
        "x-wc-webhook-topic",
        "x-wc-webhook-source",
        "tea.example/shop",
        ("order.created", "order.updated", "customer.updated", "customer.deleted"),
        "customer.deleted",
    ),
}
BODY = b'{"id":706405506930370084}'


def request(name: str, body: bytes = BODY, secret: str = NEW) -> WebhookRequest:
    case = CASES[name]
    signature = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()
    source = {"shopify": case.address}.get(name, f"https://{case.address}/")
    headers = {case.signature: signature, case.topic_header: case.deletion, case.address_header: source}
    return WebhookRequest(name, "", {"content-type": "application/json", **headers}, body)


def row(name: str, topic: str, body: bytes) -> InboxRow:
    return InboxRow(1, 1, Lane.LIVE, RowKind.WEBHOOK, ARRIVED, topic, "d", {}, body)


def shop(name: str) -> Shop:
    address = CASES[name].address
    return Shop(1, name, address, f"https://{address}", "site", currency="EUR")


NONSENSE = {
    "nothing": b"",
    "a list": b"[]",
    "null": b"null",
    "an empty object": b"{}",
    "a number": b"12",
    "a text": b'"x"',
    "not UTF-8": b"\xff",
    "not UTF-8 inside": b'{"id":"\xff"}',
    "cut off": b'{"id":1',
    "two bodies": b'{"id":1}{"id":2}',
    "no id": b'{"id":null}',
    "an id of the wrong kind": b'{"id":{"a":[]}}',
    "very deep": b"[" * 50_000,
    "a form": b"webhook_id=1",
}


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("why", NONSENSE)
def test_nonsense_is_unparseable_never_a_crash(name: str, why: str) -> None:
    for topic in CASES[name].topics:
        with pytest.raises(Unparseable):
            SOURCES[name].parse(row(name, topic, NONSENSE[why]), shop(name))


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("why", NONSENSE)
def test_nonsense_names_no_shop_and_can_be_described(name: str, why: str) -> None:
    assert SOURCES[name].named_address(NONSENSE[why]) is None
    SOURCES[name].describe(request(name, NONSENSE[why]))
    SOURCES[name].describe(WebhookRequest(name, "", {}, NONSENSE[why]))


@pytest.mark.parametrize("name", SOURCES)
def test_a_topic_nobody_uses_says_nothing(name: str) -> None:
    for topic in ("", "themes/update", "theme.updated", "\x00"):
        assert SOURCES[name].parse(row(name, topic, BODY), shop(name)) == []


@pytest.mark.parametrize("name", SOURCES)
def test_an_unsigned_delivery_is_refused(name: str) -> None:
    signed = request(name)
    bare = {key: value for key, value in signed.headers.items() if key != CASES[name].signature}
    for headers in (bare, {**bare, CASES[name].signature: ""}, {**bare, CASES[name].signature: "é not base64"}):
        with pytest.raises(InvalidSignature):
            SOURCES[name].verify(replace(signed, headers=headers), [OLD, NEW])


@pytest.mark.parametrize("name", SOURCES)
def test_a_flipped_byte_is_refused(name: str) -> None:
    signed = request(name)
    for place in range(len(BODY)):
        flipped = bytearray(BODY)
        flipped[place] ^= 1
        with pytest.raises(InvalidSignature):
            SOURCES[name].verify(replace(signed, body=bytes(flipped)), [OLD, NEW])


@pytest.mark.parametrize("name", SOURCES)
def test_both_secrets_are_accepted_while_they_change(name: str) -> None:
    for secret in (OLD, NEW):
        SOURCES[name].verify(request(name, secret=secret), [OLD, NEW])


@pytest.mark.parametrize("name", SOURCES)
def test_no_secret_or_an_empty_one_signs_nothing(name: str) -> None:
    for secrets in ([], [""]):
        with pytest.raises(InvalidSignature):
            SOURCES[name].verify(request(name, secret=""), secrets)


@pytest.mark.parametrize("name", SOURCES)
def test_the_same_delivery_twice_is_one_delivery_with_the_same_facts(name: str) -> None:
    source, case = SOURCES[name], CASES[name]
    assert source.describe(request(name)) == source.describe(request(name))
    first = source.parse(row(name, case.deletion, BODY), shop(name))
    assert first
    assert first == source.parse(row(name, case.deletion, BODY), shop(name))


@pytest.mark.parametrize("name", SOURCES)
def test_large_ids_stay_exact(name: str) -> None:
    (gone,) = SOURCES[name].parse(row(name, CASES[name].deletion, BODY), shop(name))
    assert getattr(gone, "id") == "706405506930370084"  # noqa: B009 - facts differ; this one is a Gone


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_described_can_be_stored_as_json(name: str) -> None:
    topic, delivery_id, facts = SOURCES[name].describe(request(name))
    assert topic == CASES[name].deletion
    assert delivery_id
    json.dumps(facts)


@pytest.mark.parametrize("name", SOURCES)
def test_the_headers_propose_the_shop_in_its_normal_form(name: str) -> None:
    source, case = SOURCES[name], CASES[name]
    assert source.proposed_address(request(name).headers) == case.address
    assert source.normalise_address(case.address) == (case.address, f"https://{case.address}")
    for headers in ({}, {case.address_header: "no address at all"}):
        assert source.proposed_address(headers) is None


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize(
    "typed", ["", "   ", "no address", "ftp://tea.example", "https://", "https://a:b@tea.myshopify.com"]
)
def test_what_is_no_address_is_misuse(name: str, typed: str) -> None:
    with pytest.raises(Misuse):
        SOURCES[name].normalise_address(typed)


@pytest.mark.parametrize("name", SOURCES)
def test_a_signed_delivery_is_no_ping(name: str) -> None:
    assert not SOURCES[name].is_ping(request(name))
    assert SOURCES[name].name == name
