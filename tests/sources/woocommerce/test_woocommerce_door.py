"""Signatures, pings, names and delivery ids."""

from __future__ import annotations

from dataclasses import replace

import pytest

from collector.domain.door import WebhookRequest
from collector.domain.errors import InvalidSignature, Misuse

from .standins import PAYLOADS, SECRET, SIGNED, SOURCE, delivery


@pytest.mark.parametrize("name", SIGNED)
def test_every_recorded_delivery_verifies(name: str) -> None:
    SOURCE.verify(delivery(name), [SECRET])


@pytest.mark.parametrize("name", SIGNED)
def test_every_recorded_delivery_refuses_another_secret(name: str) -> None:
    with pytest.raises(InvalidSignature):
        SOURCE.verify(delivery(name), ["another", ""])


def ping(**changes: object) -> WebhookRequest:
    return replace(delivery("ping.1"), **changes)  # type: ignore[arg-type]


FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("why", "request_", "expected"),
    [
        ("as recorded", ping(), True),
        ("with a charset", ping(headers={"content-type": f"{FORM['content-type']}; charset=UTF-8"}), True),
        ("signed: not the ping", ping(headers=FORM | {"x-wc-webhook-signature": "x"}), False),
        ("JSON", ping(headers={"content-type": "application/json"}), False),
        ("no number", ping(body=b"webhook_id="), False),
        ("more than the number", ping(body=b"webhook_id=1&x=2"), False),
        ("an order", delivery("order.created.1"), False),
        ("nothing", ping(headers={}, body=b""), False),
    ],
)
def test_only_the_unsigned_form_post_is_a_ping(why: str, request_: WebhookRequest, expected: bool) -> None:
    assert SOURCE.is_ping(request_) is expected, why


@pytest.mark.parametrize(
    ("why", "typed", "address", "url"),
    [
        ("as it is", "https://shop.example", "shop.example", "https://shop.example"),
        ("no scheme", "shop.example", "shop.example", "https://shop.example"),
        ("slash and case", "HTTPS://Shop.Example/", "shop.example", "https://shop.example"),
        ("http stays", "http://shop.example", "shop.example", "http://shop.example"),
        ("default port", "https://shop.example:443/", "shop.example", "https://shop.example"),
        ("default port of http", "http://shop.example:80", "shop.example", "http://shop.example"),
        ("own port", "127.0.0.1:8081", "127.0.0.1:8081", "https://127.0.0.1:8081"),
        (
            "path, its case kept",
            "shop.example/Store//b/",
            "shop.example/Store/b",
            "https://shop.example/Store/b",
        ),
        ("blanks around", "  shop.example\n", "shop.example", "https://shop.example"),
        ("dot at the end", "https://shop.example.", "shop.example", "https://shop.example"),
        ("umlaut", "https://Müller.example", "xn--mller-kva.example", "https://xn--mller-kva.example"),
        (
            "sharp s as in today's DNS",
            "straße.example",
            "xn--strae-oqa.example",
            "https://xn--strae-oqa.example",
        ),
        (
            "accent in the path",
            "shop.example/café",
            "shop.example/caf%C3%A9",
            "https://shop.example/caf%C3%A9",
        ),
        ("IPv6", "http://[::1]:8080/", "[::1]:8080", "http://[::1]:8080"),
        ("localhost", "localhost", "localhost", "https://localhost"),
        ("one word with a scheme", "http://wordpress", "wordpress", "http://wordpress"),
    ],
)
def test_an_address_has_one_form(why: str, typed: str, address: str, url: str) -> None:
    assert SOURCE.normalise_address(typed) == (address, url), why
    assert SOURCE.normalise_address(url) == (address, url), why


@pytest.mark.parametrize(
    ("why", "typed", "named"),
    [
        ("nothing", "", "''"),
        ("a word", "myshop", "myshop"),
        ("two words", "my shop.example", "my shop.example"),
        ("another scheme", "ftp://shop.example", "ftp://"),
        ("a script", "javascript://x", "javascript"),
        ("a query", "https://shop.example/?page=wc-settings", "Leave out"),
        ("a fragment", "https://shop.example/#a", "Leave out"),
        ("the back office", "https://shop.example/wp-admin/admin.php", "page inside"),
        ("the API", "https://shop.example/wp-json/wc/v3", "page inside"),
        ("dots in the path", "https://shop.example/../x", "page inside"),
        ("a port that is none", "https://shop.example:99999", "99999"),
        ("port 0", "https://shop.example:0", ":0"),
        ("a number for an address", "http://2130706433", "2130706433"),
        ("hexadecimal", "http://0x7f.1", "0x7f"),
        ("empty label", "https://shop..example", "shop..example"),
        ("backslash", "https://shop.example\\@evil.example", "shop.example"),
        ("bad IPv6", "https://[::g]/", "::g"),
        ("no host", "https://", "https://"),
        ("no letters a host may have", "https://shop_$.example", "shop_$"),
    ],
)
def test_what_is_no_address_is_refused_with_the_cure(why: str, typed: str, named: str) -> None:
    with pytest.raises(Misuse) as refused:
        SOURCE.normalise_address(typed)
    assert named in str(refused.value), why


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(Misuse) as refused:
        SOURCE.normalise_address("https://admin:hunter2@shop.example")
    assert "hunter2" not in str(refused.value)
    assert "shop.example" in str(refused.value)


def test_the_source_header_proposes_the_shop() -> None:
    assert SOURCE.proposed_address(delivery("order.created.1").headers) == "127.0.0.1:8081"
    assert SOURCE.proposed_address({"x-wc-webhook-source": "https://localhost/shop-b/"}) == "localhost/shop-b"
    assert SOURCE.proposed_address({"x-wc-webhook-source": "nonsense here"}) is None
    assert SOURCE.proposed_address({}) is None


def linked(href: str) -> bytes:
    return b'{"id":1,"_links":{"self":[{"href":"' + href.encode() + b'"}]}}'


@pytest.mark.parametrize(
    ("why", "body", "expected"),
    [
        ("recorded", (PAYLOADS / "order.created.1.body").read_bytes(), "127.0.0.1:8081"),
        ("https", linked("https://shop.example/wp-json/wc/v3/orders/1"), "shop.example"),
        (
            "a shop of a network",
            linked("https://n.example/Shop-B/wp-json/wc/v3/orders/1"),
            "n.example/Shop-B",
        ),
        ("plain permalinks", linked("http://shop.example/?rest_route=/wc/v3/orders/1"), "shop.example"),
        ("index permalinks", linked("http://shop.example/index.php/wp-json/wc/v3/orders/1"), "shop.example"),
        ("index and plain", linked("http://s.example/b/index.php?rest_route=/wc/v3/orders/1"), "s.example/b"),
        ("another prefix", linked("https://shop.example/api/wc/v3/orders/1"), None),
        ("credentials", linked("https://a:b@shop.example/wp-json/wc/v3/orders/1"), None),
        ("a deletion", b'{"id":36}', None),
        ("links as PHP's empty list", b'{"_links":[]}', None),
        ("no link in it", b'{"_links":{"self":[]}}', None),
        ("a number for a link", b'{"_links":{"self":[{"href":1}]}}', None),
        ("a list", b"[]", None),
        ("nothing", b"", None),
        ("not text", b'{"_links":"\xff"}', None),
        ("very deep", b"[" * 100_000, None),
    ],
)
def test_the_body_names_its_shop_by_its_own_link(why: str, body: bytes, expected: str | None) -> None:
    assert SOURCE.named_address(body) == expected, why


def test_a_delivery_is_described_by_its_headers() -> None:
    topic, _, facts = SOURCE.describe(delivery("order.created.1"))
    assert topic == "order.created"
    assert facts == {
        "webhook_id": "4",
        "source": "http://127.0.0.1:8081/",
        "delivery": "9121dbdebba9042c9d6155cc87abb30e",
    }
    assert SOURCE.describe(WebhookRequest("woocommerce", "", {}, b""))[0] == ""


def with_headers(name: str, **headers: str) -> WebhookRequest:
    request = delivery(name)
    named = {f"x-wc-webhook-{key.replace('_', '-')}": value for key, value in headers.items()}
    return replace(request, headers={**request.headers, **named})


@pytest.mark.parametrize(
    ("why", "one", "other", "is_same"),
    [
        ("sent again", with_headers("order.updated.1"), with_headers("order.updated.1"), True),
        (
            "same body in another second",
            with_headers("order.updated.1", delivery_id="a"),
            with_headers("order.updated.1", delivery_id="b"),
            True,
        ),
        (
            "two products of one second have one delivery id",
            with_headers("order.updated.1", delivery_id="a"),
            replace(with_headers("order.updated.1", delivery_id="a"), body=b"{}"),
            False,
        ),
        ("another webhook", with_headers("order.updated.1"), with_headers("order.updated.1", id="99"), False),
        (
            "another topic",
            with_headers("order.updated.1"),
            with_headers("order.updated.1", topic="order.created"),
            False,
        ),
        (
            "trashed twice",
            with_headers("order.deleted.1", delivery_id="a"),
            with_headers("order.deleted.1", delivery_id="b"),
            False,
        ),
    ],
)
def test_the_delivery_id_tells_deliveries_apart(
    why: str, one: WebhookRequest, other: WebhookRequest, is_same: bool
) -> None:
    assert (SOURCE.describe(one)[1] == SOURCE.describe(other)[1]) is is_same, why
