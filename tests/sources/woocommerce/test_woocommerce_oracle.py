"""Signatures, queries and pages beside those of WooCommerce's own client for node, over generated questions.

Where the two differ, the shop's own rules decide, said again in `woo_rules`: it is listed here where theirs is refused.
"""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.sources.woocommerce.address import normalise_address
from collector.sources.woocommerce.rest import RestClient
from collector.sources.woocommerce.signing import query_of, signed
from tests.node.installing import FOLDER, node_modules

from .wire_shop import KEY, SECRET, WireShop, serving
from .woo_rules import Denied, Gate, Php, php_query

HTTP, HTTPS = "http://shop.example", "https://shop.example"
NAMES = ["search", "after", "status", "include", "_fields", "per_page", "sku", "email"]
PIECES = [
    "",
    "a",
    "Z",
    "9",
    " ",
    "+",
    "%",
    "%20",
    "%2B",
    "&",
    "=",
    "?",
    "#",
    "/",
    ",",
    ";",
    ":",
    "@",
    "~",
    "-",
    "_",
    ".",
]
PIECES += ["*", "'", "(", ")", "!", '"', "<", "\\", "[", "]", "{", "|", "^", "ö", "ß", "€", "日本", "😀", "\t"]
Params = dict[str, Any]


def generated(count: int, seed: int) -> list[Params]:
    """Questions out of awkward pieces; a list here and there, of at most ten."""
    chosen, found = random.Random(seed), list[Params]()
    for _ in range(count):
        params: Params = {}
        for name in chosen.sample(NAMES, chosen.randint(1, 4)):
            text = "".join(chosen.choices(PIECES, k=chosen.randint(0, 4)))
            params[name] = [chosen.randint(1, 99) for _ in range(chosen.randint(1, 10))] if name == "include" else text
        found.append(params)
    return found


def ours(url: str, params: Params, way: str, method: Any = "GET") -> str:
    query = query_of(params)
    address = f"{url}/wp-json/wc/v3/orders{'?' if query else ''}{query}"
    return signed(way, method, address, KEY, SECRET)[0]


def refusal(home: str, url: str, method: str = "GET") -> str:
    """Why the shop would not take it; "" if it would."""
    gate = Gate(home, KEY, SECRET, sees_https=False, now=time.time())
    try:
        gate.check(method, url, {})
    except Denied as denied:
        return str(denied)
    return ""


def meant(query: str) -> Php:
    """What the shop is asked, whatever the spelling: WordPress takes a list and its parts joined by commas alike."""
    asked = {name: value for name, value in php_query(query).items() if not name.startswith(("oauth_", "consumer_"))}
    return {name: ",".join(value.values()) if isinstance(value, dict) else value for name, value in asked.items()}


SIGNED = [*generated(150, seed=7), {}, {"after": ""}, {"search": "a=b&c[0]=d"}]
OVER_TLS = generated(60, seed=8)
# Where the shop refuses theirs.
REFUSED: list[tuple[str, str, Params]] = [
    ("names beyond ASCII are coded twice", HTTP, {"größe": "L"}),
    ("an address in capitals is signed as it was typed", "http://Shop.example", {}),
    ("a port that goes without saying is signed", "http://shop.example:80", {}),
]
NESTED = {"a": {"b": {"c": 1}}}


@dataclass(frozen=True)
class Theirs:
    """What their client said to everything, in one run of node: it takes a while to start."""

    signed: list[str]
    refused: list[str]
    nested: str
    basic: list[dict[str, str]]
    in_query: list[dict[str, str]]
    walked: dict[str, Any]


@pytest.fixture(scope="module")
def pages() -> Iterator[WireShop]:
    shop = WireShop(lists={"wc/v3/orders": [{"id": number} for number in range(1, 124)]})
    with serving(shop):
        shop.gate.now = time.time()
        yield shop


@pytest.fixture(scope="module")
def theirs(pages: WireShop, tmp_path_factory: pytest.TempPathFactory) -> Theirs:
    node_modules()
    cases: list[dict[str, Any]] = [{"url": HTTP, "params": one} for one in SIGNED]
    cases += [{"url": url, "params": params} for _, url, params in REFUSED]
    cases.append({"url": HTTP, "params": NESTED})
    cases += [{"url": HTTPS, "params": one, "queryStringAuth": way} for way in (False, True) for one in OVER_TLS]
    file = tmp_path_factory.mktemp("oracle") / "cases.json"
    file.write_text(json.dumps({"key": KEY, "secret": SECRET, "cases": cases, "walk": pages.url}))
    command = ["node", str(FOLDER / "woocommerce-oracle.mjs"), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    sent = iter(said["sent"])
    return Theirs(
        signed=[next(sent)["url"] for _ in SIGNED],
        refused=[next(sent)["url"] for _ in REFUSED],
        nested=next(sent)["url"],
        basic=[next(sent) for _ in OVER_TLS],
        in_query=[next(sent) for _ in OVER_TLS],
        walked=said["walked"],
    )


def test_signatures_and_questions_agree_with_woocommerces_own_client(theirs: Theirs) -> None:
    for asked, url in zip(SIGNED, theirs.signed, strict=True):
        mine = ours(HTTP, asked, "oauth1")
        assert refusal(HTTP, mine) == "", asked
        assert refusal(HTTP, url) == "", asked
        assert meant(urlsplit(mine).query) == meant(urlsplit(url).query)


def test_over_https_the_same_is_asked(theirs: Theirs) -> None:
    basic = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    for asked, by_header, by_query in zip(OVER_TLS, theirs.basic, theirs.in_query, strict=True):
        mine, in_query = ours(HTTPS, asked, "basic"), ours(HTTPS, asked, "query")
        assert meant(urlsplit(mine).query) == meant(urlsplit(by_header["url"]).query)
        assert by_header["authorization"] == f"Basic {basic}"
        assert meant(urlsplit(in_query).query) == meant(urlsplit(by_query["url"]).query)
        assert {php_query(urlsplit(url).query)["consumer_secret"] for url in (in_query, by_query["url"])} == {SECRET}


@pytest.mark.parametrize("number", range(len(REFUSED)), ids=[why for why, _, _ in REFUSED])
def test_where_their_client_is_refused_and_ours_is_not(number: int, theirs: Theirs) -> None:
    _, url, params = REFUSED[number]
    assert "does not match" in refusal(HTTP, theirs.refused[number])
    assert refusal(HTTP, ours(normalise_address(url)[1], params, "oauth1")) == ""


def test_lists_in_lists_are_asked_for_by_neither(theirs: Theirs) -> None:
    """Theirs makes `[object Object]` of them; ours has no parameter of that kind."""
    assert meant(urlsplit(theirs.nested).query) == {"a": "[object Object]"}


def test_pages_and_their_counts_agree(theirs: Theirs, pages: WireShop) -> None:
    client = RestClient(requests.Session(), pages.url, KEY, SECRET, patience_s=0)
    first = client.page("orders", per_page=40, orderby="id", order="asc")
    records = list(first.records)
    for number in range(2, (first.pages or 0) + 1):
        records += client.page("orders", page=number, per_page=40, orderby="id", order="asc").records
    assert theirs.walked == {"records": [one["id"] for one in records], "pages": first.pages, "total": first.total}
    assert theirs.walked["total"] == 123


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=12) | st.lists(st.integers(0, 99), max_size=30)))
@settings(max_examples=50)
def test_whatever_is_asked_the_shop_takes_our_signature(params: Params) -> None:
    home, method = "http://h.example:8080/b/c", "POST"
    url = ours(home, params, "oauth1", method)
    assert refusal(home, url, method) == ""
    expected = {name: ",".join(map(str, one)) if isinstance(one, list) else one for name, one in params.items()}
    assert meant(urlsplit(url).query) == expected


def test_php_itself_reads_and_signs_these_questions_alike(theirs: Theirs, tmp_path: Path) -> None:
    """So that the rules as said again here are not two times the same mistake. Long lists are among them."""
    if shutil.which("php") is None:
        if os.environ.get("CI"):
            pytest.fail("php is not installed")
        pytest.skip("php is not installed")
    long = ours(HTTP, {"include": list(range(40)), "status": ["a b", "c&d"]}, "oauth1")
    bracketed = signed("oauth1", "GET", f"{HTTP}/wp-json/wc/v3/orders?a%5B0%5D=x&a%5B1%5D=%5By%5D&b=", KEY, SECRET)[0]
    urls = [long, bracketed, *theirs.signed, *(ours(HTTP, one, "oauth1") for one in SIGNED)]
    file = tmp_path / "cases.json"
    file.write_text(json.dumps({"home": HTTP, "secret": SECRET, "cases": [["GET", url] for url in urls]}))
    command = ["php", str(Path(__file__).with_name("signatures.php")), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for url, expected in zip(urls, json.loads(done.stdout), strict=True):
        assert php_query(urlsplit(url).query)["oauth_signature"] == expected, url
        assert Gate(HTTP, KEY, SECRET, sees_https=False).signature("GET", url) == expected, url


def test_an_https_address_is_signed_as_a_shop_sees_it_that_does_not_see_https() -> None:
    url = ours(HTTPS, {"search": "x y"}, "oauth1")
    assert url.startswith("https://"), "and still sent over TLS"
    assert refusal(HTTP, url) == ""


def test_one_changed_letter_is_refused() -> None:
    url = ours(HTTP, {"search": "mia"}, "oauth1")
    assert refusal(HTTP, url) == ""
    assert "does not match" in refusal(HTTP, url.replace("search=mia", "search=mib"))
    assert "does not match" in refusal(HTTP, url, "POST")
