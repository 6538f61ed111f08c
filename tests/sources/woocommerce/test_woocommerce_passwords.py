"""Application passwords: how they travel, what is said of them, and what a network answers that lists its sites."""

from __future__ import annotations

import xmlrpc.client
from collections.abc import Sequence
from typing import Any

import pytest
import requests
import responses

from collector.domain.errors import SourceUnavailable
from collector.sources.woocommerce.credentials import Keys, keep_out_of_the_clear, keys_in, with_password
from collector.sources.woocommerce.install import read_shop
from collector.sources.woocommerce.known import Known
from collector.sources.woocommerce.network_sites import MOST_BYTES, is_beside, is_no_shop, sites_of_user
from collector.sources.woocommerce.rest import Declined, RestClient

HOME = "https://shop.example"
LOGIN = with_password("ruth", "abcdefghijklMNOPqrst1234")
KEYS = Keys("ruth", LOGIN["application_password"], "application_password")
BASIC = requests.auth._basic_auth_str(*LOGIN.values())


def asking(url: str = HOME, known: Known | None = None) -> RestClient:
    return RestClient(requests.Session(), url, *KEYS, known=known, patience_s=0)


@pytest.mark.parametrize(
    ("why", "credentials", "kind"),
    [
        ("a password", LOGIN, "application_password"),
        (
            "keys that the file names beside it",
            {**LOGIN, "consumer_key": "ck", "consumer_secret": "cs"},
            "consumer_key",
        ),
        ("half a pair is none", {**LOGIN, "consumer_key": "ck"}, "application_password"),
        ("nothing", {"user_name": "ruth"}, None),
    ],
)
def test_which_keys_open_a_shop(why: str, credentials: dict[str, str], kind: str | None) -> None:
    found = keys_in(credentials)
    assert (found.kind if found else None) == kind, why


def test_nothing_that_is_printed_has_the_user_or_the_password() -> None:
    told = f"{KEYS!r} {asking()!r} {asking()._calls!r}"
    assert not any(secret in told for secret in LOGIN.values())


@pytest.mark.parametrize(
    ("url", "may_go"),
    [
        (HOME, True),
        ("http://shop.example", False),
        ("http://127.0.0.1:8080/b", True),
        ("http://[::1]:8080", True),
        ("http://localhost:8080", True),
        ("http://localhost.example", False),
        ("http://127.0.0.1.example", False),
        ("http://10.0.0.1", False),
    ],
)
def test_a_password_goes_by_https_or_to_this_machine(url: str, may_go: bool) -> None:
    if may_go:
        keep_out_of_the_clear(KEYS.kind, url)
        return
    for ask in (lambda: asking(url).get("orders"), lambda: sites_of_user(requests.Session(), url, KEYS)):
        with responses.RequestsMock(), pytest.raises(SourceUnavailable, match="anybody on the way could read it"):
            ask()
    keep_out_of_the_clear("consumer_key", url)  # signed, which is another matter


@pytest.mark.parametrize("way", ["", "oauth1", "query"])
def test_a_password_is_a_header_and_nothing_else_whatever_was_learnt_of_keys_before(way: str) -> None:
    """Where nobody is recognised, keys would be tried in the query and as a signature."""
    with responses.RequestsMock() as wire:
        unknown = {"code": "woocommerce_rest_cannot_view", "message": "Sorry, ruth.", "data": {"status": 401}}
        wire.get(f"{HOME}/wp-json/wc/v3/orders", json=unknown, status=401)
        with pytest.raises(Declined, match="does not heed the application password") as refused:
            asking(known=Known(way=way)).get("orders")
        [call] = wire.calls
    assert call.request.url == f"{HOME}/wp-json/wc/v3/orders"
    assert call.request.headers["Authorization"] == BASIC
    assert "ruth" not in str(refused.value)


@pytest.mark.parametrize(
    ("why", "status", "code", "said"),
    [
        ("taken back", 401, "incorrect_password", "does not know this application password"),
        ("renamed", 401, "invalid_username", "has no user of this name"),
        ("no such e-mail address", 401, "invalid_email", "has no user of this e-mail address"),
        ("switched off", 401, "application_passwords_disabled", "switched off at https://shop.example."),
        ("for one", 401, "application_passwords_disabled_for_user", "for this user"),
        ("no role any more", 403, "woocommerce_rest_cannot_view", "may not see the shop"),
        ("a plugin of its own mind", 401, "two_factor_needed", "closes its API to us (two_factor_needed)"),
        ("something else", 400, "odd", "answered 400 odd."),
    ],
)
def test_a_refusal_fits_whoever_came_with_a_password_and_repeats_no_name(
    why: str, status: int, code: str, said: str
) -> None:
    with responses.RequestsMock() as wire:
        body = {"code": code, "message": "The password of ruth is wrong.", "data": {"status": status}}
        wire.get(f"{HOME}/wp-json/wc/v3/orders", json=body, status=status)
        with pytest.raises(Declined) as refused:
            asking().get("orders")
    assert said in str(refused.value), why
    assert "ruth" not in str(refused.value)
    assert "consumer key" not in str(refused.value).replace("connect with consumer keys", "")


def test_the_index_says_that_a_site_has_no_passwords_at_all() -> None:
    with responses.RequestsMock() as wire:
        unknown = {"code": "woocommerce_rest_cannot_view", "message": "Sorry.", "data": {"status": 401}}
        wire.get(f"{HOME}/wp-json/wc/v3/system_status", json=unknown, status=401)
        wire.get(f"{HOME}/wp-json/", json={"authentication": []})
        with pytest.raises(Declined, match="has no application passwords: WordPress does not see https"):
            read_shop(requests.Session(), HOME, LOGIN)
        assert "Authorization" not in wire.calls[1].request.headers


@pytest.mark.parametrize(
    ("site", "network", "is_so"),
    [
        ("shop.example/b", "shop.example", True),
        ("b.shop.example", "shop.example", True),
        ("b.shop.example", "www.shop.example", True),
        ("shop.example", "www.shop.example", True),
        ("www.shop.example", "shop.example", True),
        ("mapped.example", "shop.example", False),
        ("notshop.example", "shop.example", False),
        ("shop.example.evil.example", "shop.example", False),
        ("example", "shop.example", False),
        ("shop.example:8443", "shop.example", False),
    ],
)
def test_whose_site_gets_the_password_unasked(site: str, network: str, is_so: bool) -> None:
    assert is_beside(site, network) is is_so


@pytest.mark.parametrize(
    ("why", "status", "code", "is_so"),
    [
        ("no WooCommerce", 404, "rest_no_route", True),
        ("no rights", 403, "woocommerce_rest_cannot_view", True),
        ("a firewall", 403, "", False),
        ("no REST API at all", 404, "", False),
        ("a wrong password", 401, "incorrect_password", False),
    ],
)
def test_which_site_is_left_out_and_which_holds_all_back(why: str, status: int, code: str, is_so: bool) -> None:
    assert is_no_shop(Declined("", "", status, code)) is is_so, why


def listing(*urls: str) -> str:
    value = ([{"url": url, "isAdmin": True, "blogName": "Ä & <b>"} for url in urls],)
    return xmlrpc.client.dumps(value, methodresponse=True, encoding="UTF-8")


URL = "<member><name>url</name>"


def one(value: str) -> str:
    return f"<methodResponse><params><param><value>{value}</value></param></params></methodResponse>"


def array(value: str) -> str:
    return one(f"<array><data><value>{value}</value></data></array>")


def listed(body: str | bytes) -> Sequence[str]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.post(f"{HOME}/xmlrpc.php", body=body)
        wire.get(f"{HOME}/wp-json/wc/v3/system_status", json={"environment": {"wp_multisite": True}})
        return sites_of_user(requests.Session(), HOME, KEYS)


@pytest.mark.parametrize(
    ("why", "body", "sites"),
    [
        ("two", listing(f"{HOME}/", f"{HOME}/b/"), (f"{HOME}/", f"{HOME}/b/")),
        ("one twice", listing(f"{HOME}/b", f"{HOME}/b/"), (f"{HOME}/b/",)),
        ("none", listing(), ()),
        ("a notice before it", f"<br />\nNotice: [x] in y.php\n{listing(HOME)}", (HOME,)),
        ("a mark before it", b"\xef\xbb\xbf" + listing(HOME).encode(), (HOME,)),
        ("a remark behind it", f"{listing(HOME)}<!-- cached -->", (HOME,)),
        ("members of other kinds", array("<string>x</string>"), ()),
        ("an address that is a number", array(f"<struct>{URL}<value><int>1</int></value></member></struct>"), ()),
        ("deeper than anybody goes", one("<array><data><value>" * 9000 + "</value></data></array>" * 9000), ()),
    ],
)
def test_the_sites_are_those_that_the_network_names(why: str, body: str | bytes, sites: tuple[str, ...]) -> None:
    assert tuple(listed(body)) == sites, why


BOMB = '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
NONSENSE: dict[str, Any] = {
    "declarations": f'<?xml version="1.0"?>{BOMB}{one("&b;")}',
    "declarations in other letters": f'<?xml version="1.0"?>{BOMB.lower()}{one("x")}',
    "hidden in another encoding": f'<?xml version="1.0" encoding="UTF-16"?>{BOMB}{one("&b;")}'.encode("utf-16"),
    "an encoding that we do not read": one("x").replace("<m", '<?xml version="1.0" encoding="UTF-7"?><m', 1),
    "no text at all": b"\xff\xfe\x00\xd8",
    "empty": b"",
    "larger than any list": listing(HOME).replace("Ä", "Ä" * MOST_BYTES),
    "no end": one("x")[:40],
    "two values": one("a").replace("</params>", "<param><value>b</value></param></params>"),
    "no value": "<methodResponse><params></params></methodResponse>",
    "no parameters": "<methodResponse></methodResponse>",
    "a number without end": one(f"<int>{'9' * 5000}</int>"),
    "a struct without names": one("<struct><member><value>x</value></member></struct>"),
    "a struct named by lists": one("<struct><member><value><array><data></data></array></value></member></struct>"),
    "a date that is none": one("<dateTime.iso8601>x</dateTime.iso8601>"),
    "a boolean that is none": one("<boolean>7</boolean>"),
    "a kind that is none": one("<entity>7</entity>"),
    "letters that are none": one("<base64>\N{SNOWMAN}</base64>"),
    "a decimal that is none": one("<bigdecimal>x</bigdecimal>"),
    "a fault that says nothing": "<methodResponse><fault><value><string>x</string></value></fault></methodResponse>",
    "no list": one("<string>x</string>"),
}


@pytest.mark.parametrize("why", NONSENSE)
def test_what_is_no_list_is_a_refusal_and_never_a_crash(why: str) -> None:
    with pytest.raises(Declined, match="xmlrpc"):
        listed(NONSENSE[why])
