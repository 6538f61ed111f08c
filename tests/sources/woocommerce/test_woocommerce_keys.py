"""The ways keys travel: found out by themselves, remembered, and never written down."""

from __future__ import annotations

import logging
import time
import traceback
from typing import Any

import pytest
import requests

from collector.domain.errors import SourceUnavailable
from collector.outgoing.guard import guarded_session
from collector.sources.woocommerce.rest import Known, RestClient

from .wire_shop import KEY, SECRET, WireShop, page, refusal, serving


def client(shop: WireShop, **given: Any) -> RestClient:
    shop.gate.now = time.time()
    return RestClient(requests.Session(), shop.url, given.pop("key", KEY), given.pop("secret", SECRET), **given)


@pytest.mark.parametrize(
    ("why", "url", "changes", "ways"),
    [
        ("https as it should be", "https://shop.example", {}, ["basic", "basic"]),
        ("the host strips the header", "https://shop.example", {"strips_header": True}, ["basic", "query", "query"]),
        (
            "a proxy ends TLS and does not say so: a signature over the address with http",
            "https://shop.example",
            {"sees_https": False},
            ["basic", "query", "oauth1", "oauth1"],
        ),
        ("the same below a path", "https://h.example/b", {"sees_https": False}, ["basic", "query", "oauth1", "oauth1"]),
        ("plain http", "http://shop.example", {"sees_https": False}, ["oauth1", "oauth1"]),
    ],
)
def test_the_way_is_found_once_and_remembered(why: str, url: str, changes: dict[str, bool], ways: list[str]) -> None:
    shop, kept = WireShop(url, strips_header=changes.get("strips_header", False)), list[Known]()
    shop.gate.sees_https = changes.get("sees_https", True)
    with shop.mounted():
        assert client(shop, remember=kept.append).get("orders", per_page=1, status=["processing", "on-hold"]) == [
            {"id": 1}
        ]
        assert [one.way for one in kept] == ways[-1:]
        client(shop, known=kept[-1]).get("orders", search="a+b & 50%20 ö~*'()", after="")
    assert shop.ways() == ways, why


def test_a_change_looks_for_the_way_too_and_is_done_once() -> None:
    shop = WireShop(strips_header=True)
    with shop.mounted():
        client(shop).post("webhooks/batch", {"create": []})
    assert shop.ways() == ["basic", "query"]


def test_a_way_that_was_remembered_and_is_none_any_more_is_found_anew() -> None:
    shop, kept = WireShop(), list[Known]()
    shop.gate.sees_https = False
    with shop.mounted():
        client(shop, known=Known(way="query"), remember=kept.append).get("orders")
    assert (shop.ways(), kept[-1].way) == (["query", "basic", "oauth1"], "oauth1")


@pytest.mark.parametrize(
    ("why", "given", "changes", "said", "requests_made"),
    [
        ("a wrong key", {"key": "ck_wrong0000"}, {}, "The shop does not know the consumer key.", 3),
        (
            "a wrong secret",
            {"secret": "cs_wrong0000"},
            {},
            "The consumer secret does not belong to the consumer key.",
            1,
        ),
        (
            "a wrong secret and a stripped header",
            {"secret": "cs_wrong0000"},
            {"strips_header": True},
            "The consumer secret does not belong",
            2,
        ),
        (
            "a wrong secret behind a proxy, where the address is signed, too",
            {"secret": "cs_wrong0000"},
            {"sees_https": False},
            "or the shop calls itself by another address",
            3,
        ),
        ("a key that may only write", {}, {"permissions": "write"}, "The key may only write.", 1),
        (
            "the same with a stripped header",
            {},
            {"permissions": "write", "strips_header": True},
            "The key may only write.",
            2,
        ),
        ("the owner has no role", {}, {"has_role": False}, "Use a key of an administrator", 1),
    ],
)
def test_what_is_wrong_with_keys_is_said_by_the_most_telling_answer(
    why: str, given: dict[str, str], changes: dict[str, Any], said: str, requests_made: int
) -> None:
    shop = WireShop(strips_header=changes.pop("strips_header", False))
    for name, value in changes.items():
        setattr(shop.gate, name, value)
    with shop.mounted(), pytest.raises(SourceUnavailable) as refused:
        client(shop, **given).get("orders")
    assert said in str(refused.value), why
    assert len(shop.asked) == requests_made, why


def test_wrong_keys_are_tried_in_other_ways_once_and_not_at_every_call() -> None:
    shop = WireShop()
    with shop.mounted():
        asking = client(shop, key="ck_wrong0000")
        for _ in range(3):
            with pytest.raises(SourceUnavailable):
                asking.get("orders")
    assert len(shop.asked) == 3 + 1 + 1


def test_a_password_of_the_host_is_not_a_question_of_ways() -> None:
    shop = WireShop(everything=page(401, **{"WWW-Authenticate": "Basic realm=staging"}))
    with shop.mounted(), pytest.raises(SourceUnavailable, match="asks for a password"):
        client(shop).get("orders")
    assert len(shop.asked) == 1


def test_no_key_is_in_a_log_a_message_a_traceback_or_a_repr(caplog: pytest.LogCaptureFixture) -> None:
    """urllib3 and oauthlib write whole addresses at DEBUG."""
    caplog.set_level(logging.DEBUG)
    shop = WireShop()
    with serving(shop) as url:
        shop.gate.now = time.time()
        asking = RestClient(guarded_session(True), url, KEY, SECRET, patience_s=0)
        asking.get("orders")
        shop.says["GET", "wc/v3/orders"] = refusal(404, "rest_no_route")
        with pytest.raises(SourceUnavailable) as failed:
            asking.get("orders")
    with pytest.raises(SourceUnavailable) as broken:
        RestClient(guarded_session(True, (1, 1)), url, KEY, SECRET, patience_s=0).get("orders")
    told = [caplog.text, repr(asking), repr(asking.known)]
    told += ["".join(traceback.format_exception(one.value)) for one in (failed, broken)]
    assert "GET /wp-json/wc/v3/orders?" in caplog.text, "urllib3 does write at this level"
    for text in told:
        assert KEY not in text
        assert SECRET not in text


def test_keys_in_a_query_are_hidden_where_urllib3_writes_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client(WireShop())  # from the first client on
    logging.getLogger("urllib3.connectionpool").debug(
        '%s "GET /orders?consumer_key=%s&consumer_secret=%s&page=2"', "https://shop.example", KEY, SECRET
    )
    assert "consumer_key=…&consumer_secret=…&page=2" in caplog.text
    assert KEY not in caplog.text
