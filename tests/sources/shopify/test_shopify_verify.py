"""Signatures, headers and the names of a shop."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.domain.door import WebhookRequest
from collector.domain.errors import InvalidSignature, Misuse
from collector.domain.signatures import base64_sha256

from .shopify_rows import source

SECRET, OLD_SECRET = "shpss_new", "shpss_öld"
BODY = '{"id": 1, "note": "Grüße 🍵"}'.encode()


def request(body: bytes = BODY, /, **headers: str) -> WebhookRequest:
    named = {f"x-shopify-{name.replace('_', '-')}": value for name, value in headers.items()}
    return WebhookRequest(platform="shopify", hook_key="", headers=named, body=body)


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
def test_either_secret_is_good_while_they_rotate(secret: str) -> None:
    source().verify(request(hmac_sha256=base64_sha256(secret, BODY)), (OLD_SECRET, SECRET))


GOOD = base64_sha256(SECRET, BODY)


@pytest.mark.parametrize(
    ("why", "body", "signature", "secrets"),
    [
        ("one byte differs", BODY[:-1] + b" ", GOOD, (SECRET,)),
        ("no header", BODY, "", (SECRET,)),
        ("another app's secret", BODY, base64_sha256("other", BODY), (SECRET,)),
        ("an empty body, well signed", b"", base64_sha256(SECRET, b""), (SECRET,)),
        ("not base64", BODY, "%%%", (SECRET,)),
        ("not ASCII", BODY, "ü" * 44, (SECRET,)),
        ("cut short", BODY, GOOD[:-4], (SECRET,)),
        ("hexadecimal", BODY, GOOD.encode().hex(), (SECRET,)),
        ("no secret known", BODY, GOOD, ()),
        ("an empty secret signs nothing", BODY, base64_sha256("", BODY), ("",)),
    ],
)
def test_anything_else_is_refused(why: str, body: bytes, signature: str, secrets: tuple[str, ...]) -> None:
    given_request = request(body, hmac_sha256=signature) if signature else request(body)
    with pytest.raises(InvalidSignature):
        source().verify(given_request, secrets)


@given(body=st.binary(min_size=1, max_size=200), place=st.integers(0), flip=st.integers(1, 255))
def test_a_flipped_byte_never_passes(body: bytes, place: int, flip: int) -> None:
    place %= len(body)
    altered = body[:place] + bytes([body[place] ^ flip]) + body[place + 1 :]
    signature = base64_sha256(SECRET, body)
    source().verify(request(body, hmac_sha256=signature), (SECRET,))
    with pytest.raises(InvalidSignature):
        source().verify(request(altered, hmac_sha256=signature), (SECRET,))


def test_a_delivery_is_described_by_its_headers() -> None:
    headers = {
        "topic": "Orders/Create",
        "webhook_id": "w-1",
        "event_id": "e-1",
        "api_version": "2026-07",
        "triggered_at": "2026-11-20T14:59:58.123456789Z",
        "shop_domain": "a.myshopify.com",
        "test": "true",
    }
    assert source().describe(request(**headers)) == (
        "orders/create",
        "w-1",
        {
            "api_version": "2026-07",
            "triggered_at": "2026-11-20T14:59:58.123456789Z",
            "event_id": "e-1",
            "shop_domain": "a.myshopify.com",
            "test": True,
        },
    )


def test_a_delivery_without_an_id_is_known_by_its_body() -> None:
    topic, delivery_id, facts = source().describe(request())
    assert (topic, facts["test"]) == ("", False)
    assert delivery_id == source().describe(request())[1] != source().describe(request(BODY + b" "))[1]


def test_nothing_from_shopify_is_a_ping() -> None:
    assert not source().is_ping(request(b"webhook_id=7"))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("A-1.MyShopify.com", "a-1.myshopify.com"),
        ("a.myshopify.com.evil.com", None),
        ("-a.myshopify.com", None),
        ("a_b.myshopify.com", None),
        ("evil.com#.myshopify.com", None),
        ("a.shop.dev", None),
        (".myshopify.com", None),
        ("", None),
    ],
)
def test_the_shop_a_header_proposes(header: str, expected: str | None) -> None:
    assert source().proposed_address({"x-shopify-shop-domain": header}) == expected


def test_no_newline_slips_into_a_shops_name() -> None:
    assert source().named_address(b'{"myshopify_domain": "a.myshopify.com\\n"}') is None


@pytest.mark.parametrize(
    ("why", "body", "expected"),
    [
        ("app and shop topics", b'{"myshopify_domain": "A.myshopify.com"}', "a.myshopify.com"),
        ("privacy topics", b'{"shop_id": 1, "shop_domain": "a.myshopify.com"}', "a.myshopify.com"),
        ("most bodies name none", b'{"id": 1}', None),
        ("not its own shop but a line of it", b'{"note": {"shop_domain": "a.myshopify.com"}}', None),
        ("not a shop", b'{"shop_domain": "example.com"}', None),
        ("not text", b'{"shop_domain": ["a.myshopify.com"]}', None),
        ("not JSON", b'{"shop_domain"', None),
        ("not an object", b'["shop_domain", "myshopify_domain"]', None),
    ],
)
def test_the_shop_a_body_names(why: str, body: bytes, expected: str | None) -> None:
    assert source().named_address(body) == expected


@given(body=st.binary(max_size=100))
def test_no_body_can_break_the_question(body: bytes) -> None:
    assert source().named_address(b'{"shop_domain":' + body) in (None,)


@pytest.mark.parametrize(
    "typed",
    [
        "lind",
        " LIND ",
        "lind.myshopify.com",
        "Lind.MyShopify.com/",
        "https://lind.myshopify.com/admin/settings?x=1#y",
        "http://lind.myshopify.com:80",
        "admin.shopify.com/store/lind",
        "https://admin.shopify.com/store/LIND/products/1",
    ],
)
def test_what_merchants_type_is_understood(typed: str) -> None:
    assert source().normalise_address(typed) == ("lind.myshopify.com", "https://lind.myshopify.com")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "https://",
        "toepferei-lind.de",
        "https://www.toepferei-lind.de/admin",
        "lind.myshopify.com.evil.com",
        "https://user@lind.myshopify.com",
        "https://lind.myshopify.com:8443",
        "https://lind.myshopify.com:port",
        "ftp://lind.myshopify.com",
        "admin.shopify.com",
        "admin.shopify.com/store/",
        "https://[::1",
        "two words",
        "a_b",
    ],
)
def test_other_addresses_are_refused_with_the_value_and_the_cure(typed: str) -> None:
    with pytest.raises(Misuse) as caught:
        source().normalise_address(typed)
    assert repr(typed) in str(caught.value)
    assert "Settings → Domains" in str(caught.value)
