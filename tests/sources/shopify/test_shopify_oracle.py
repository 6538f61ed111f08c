"""Our checks of signatures and shop names say what Shopify's own npm library says, over good and bad inputs.

Hypothesis makes a few hundred cases, one node process answers all of them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from collector.domain.door import WebhookRequest
from collector.domain.errors import InvalidSignature
from collector.domain.signatures import base64_sha256
from collector.sources.shopify import signed_query
from collector.sources.shopify.address import valid_address
from collector.sources.shopify.verify import verify
from tests.node.installing import FOLDER, node_modules

SECRET = "hush-shpss_Grüße"
NOW = 1_790_000_000
Case = dict[str, Any]

# Sorting is by code point with us and by language in the library: the same for the letters Shopify's own names have.
names = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12).filter(
    lambda name: (
        name not in ("hmac", "signature", "shop", "timestamp", "__proto__")
    )  # the last is no name in JavaScript
)
values = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["", "a b", "a+b", "a%20b", "&x=1", "~*-._", "host=", "YWRtaW4uc2hvcA==", "ü", "🍵", "'\"<>"]
)
shops = st.from_regex(r"\A[a-z0-9][a-z0-9-]{0,20}\.myshopify\.com\Z")
ages = st.integers(-89, 89) | st.sampled_from([-90, 90, -91, 91, 3600, -86400])
damages = st.sampled_from(["none", "none", "value", "signature", "added", "dropped", "upper", "missing"])


def hex_of(text: str) -> str:
    return hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()


@st.composite
def signed_queries(draw: st.DrawFn, kind: str) -> Case:
    more = draw(st.dictionaries(names, st.lists(values, min_size=1, max_size=1 if kind == "return" else 3), max_size=5))
    found = {**more, "shop": [draw(shops)], "timestamp": [str(NOW + draw(ages))]}
    rows = sorted(found.items())
    if kind == "return":
        text, name = urlencode([(key, one[0]) for key, one in rows], safe="*").replace("~", "%7E"), "hmac"
    else:
        text, name = "".join(f"{key}={','.join(one)}" for key, one in rows), "signature"
    signature, damage = hex_of(text), draw(damages)
    if damage == "value":
        found["shop"] = [f"x{found['shop'][0]}"]
    elif damage == "signature":
        signature = ("0" if signature[0] != "0" else "1") + signature[1:]
    elif damage == "added":
        found["zzz"] = ["1"]
    elif damage == "dropped":
        del found["timestamp"]
    elif damage == "upper":
        signature = signature.upper()
    if damage != "missing":
        found[name] = [signature]
    pairs = [(key, one) for key, several in found.items() for one in several]
    if kind == "return":
        draw(st.randoms(use_true_random=False)).shuffle(pairs)
    return {"kind": kind, "query": urlencode(pairs)}


@st.composite
def webhooks(draw: st.DrawFn) -> Case:
    body = draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
    signature = base64_sha256(SECRET, body.encode())
    damage = draw(st.sampled_from(["none", "none", "body", "signature", "cut", "empty", "hex"]))
    if damage == "body":
        body += " "
    elif damage == "signature":
        signature = ("A" if signature[0] != "A" else "B") + signature[1:]
    elif damage == "cut":
        signature = signature[:-2]
    elif damage == "empty":
        signature = ""
    elif damage == "hex":
        signature = hex_of(body)
    return {"kind": "webhook", "body": body, "signature": signature}


ODD_SHOPS = [
    *("a.myshopify.com", "a-b.myshopify.com", "9.myshopify.com", "A.myshopify.com", "", "myshopify.com"),
    *(".myshopify.com", "-a.myshopify.com", "a.myshopify.com.evil.example", "evil.example#.myshopify.com"),
    *("a.myshopify.com\n", "a.myshopify.com\t", " a.myshopify.com", "a b.myshopify.com", "a.myshopify.org"),
    *("ä.myshopify.com", "a.b.myshopify.com", "a@b.myshopify.com", "a.myshopify.com:443", "http://a.myshopify.com"),
    *("a.myshopifyxcom", "a.myshopify.com?x", "a.myshopify.com%00", "../a.myshopify.com"),
]
# What the library lets through and we do not, with the reason.
STRICTER = {
    "a.myshopify.com/": "an address has no path",
    "a_b.myshopify.com": "no shop has one in its name",
    "x.shop.dev": "Shopify's own development",
    "x.myshopify.io": "the same",
    "x.shopify.com": "the same",
    "admin.shopify.com/store/a": "a page of the admin; a merchant may type it, a query never holds it",
}


def ours(case: Case) -> bool:
    now = datetime.fromtimestamp(NOW, UTC)
    try:
        match case["kind"]:
            case "shop":
                return valid_address(case["shop"]) is not None
            case "webhook":
                headers = {"x-shopify-hmac-sha256": case["signature"]}
                verify(WebhookRequest("shopify", "", headers, case["body"].encode()), [SECRET])
            case "return":
                signed_query.of_return(case["query"], [SECRET], now)
            case "proxy":
                signed_query.of_proxy(case["query"], [SECRET], now)
    except InvalidSignature:
        return False
    return True


def theirs(folder: Path, cases: list[Case]) -> list[bool]:
    node_modules()
    (folder / "cases.json").write_text(json.dumps({"secret": SECRET, "now": NOW, "cases": cases}))
    command = ["node", str(FOLDER / "shopify-oracle.mjs"), str(folder / "cases.json")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    answers: list[bool] = json.loads(done.stdout)
    assert len(answers) == len(cases)
    return answers


def generated(strategy: st.SearchStrategy[Case], count: int) -> list[Case]:
    found: list[Case] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(case: Case) -> None:
        found.append(case)

    collect()
    return found


def test_we_say_what_shopifys_library_says(tmp_path: Path) -> None:
    cases = [
        *generated(signed_queries("return"), 120),
        *generated(signed_queries("proxy"), 120),
        *generated(webhooks(), 80),
        *generated(shops.map(lambda shop: {"kind": "shop", "shop": shop}), 30),
        *({"kind": "shop", "shop": shop} for shop in ODD_SHOPS),
    ]
    stricter: list[Case] = [{"kind": "shop", "shop": shop} for shop in STRICTER]
    answers = theirs(tmp_path, [*stricter, *cases])
    assert [(ours(case), answer) for case, answer in zip(stricter, answers, strict=False)] == [(False, True)] * len(
        stricter
    )
    answers = answers[len(stricter) :]
    differences = [(case, answer) for case, answer in zip(cases, answers, strict=True) if ours(case) is not answer]
    assert differences == []
    for kind in ("return", "proxy", "webhook", "shop"):
        said = {answer for case, answer in zip(cases, answers, strict=True) if case["kind"] == kind}
        assert said == {True, False}, f"{kind}: both answers must occur, or nothing was compared"


VECTOR = (
    "extra=1&extra=2&shop=shop-name.myshopify.com&logged_in_customer_id=1&path_prefix=%2Fapps%2Fawesome_reviews"
    "&timestamp=1317327555&signature=4c68c8624d737112c91818c11017d24d334b524cb5c2b8ba08daa056f7395ddb"
)
THEN = datetime.fromtimestamp(1317327555, UTC)


def test_the_documented_proxy_vector_is_good() -> None:
    assert signed_query.of_proxy(VECTOR, ["hush"], THEN) == {
        "extra": "1",
        "shop": "shop-name.myshopify.com",
        "logged_in_customer_id": "1",
        "path_prefix": "/apps/awesome_reviews",
        "timestamp": "1317327555",
    }


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("another customer", lambda query: query.replace("customer_id=1", "customer_id=2")),
        ("a second customer", lambda query: query + "&logged_in_customer_id=2"),
        ("a second shop", lambda query: query + "&shop=b.myshopify.com"),
        ("a field more", lambda query: query + "&x=1"),
        ("no signature", lambda query: query.partition("&signature")[0]),
        ("an empty signature", lambda query: query.partition("&signature")[0] + "&signature="),
        ("nothing at all", lambda query: ""),
        ("too many fields", lambda query: query + "&x=1" * 200),
        ("far too long", lambda query: query + "&x=" + "a" * 9000),
    ],
)
def test_anything_else_than_the_vector_is_refused(why: str, change: Callable[[str], str]) -> None:
    with pytest.raises(InvalidSignature):
        signed_query.of_proxy(change(VECTOR), ["hush"], THEN)


@pytest.mark.parametrize("secrets", [[], [""], ["other"]])
def test_no_secret_signs_nothing(secrets: list[str]) -> None:
    with pytest.raises(InvalidSignature):
        signed_query.of_proxy(VECTOR, secrets, THEN)


def test_either_secret_is_good_while_they_rotate() -> None:
    assert signed_query.of_proxy(VECTOR, ["old", "hush"], THEN)["shop"] == "shop-name.myshopify.com"
