"""How the tracker is served: whose settings, which encoding, how long it may be kept."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from collector.domain.errors import Unready
from collector.domain.shop import Policy, Shop
from collector.web.app import create_app
from collector.web.tracker import FIVE_MINUTES, FOR_GOOD, TrackerServices
from tests.web.door_app import Inbox, services

SHOPIFY = Shop(1, "shopify", "mugs.myshopify.com", "https://mugs.myshopify.com", "key-shopify")
WOO = Shop(2, "woocommerce", "www.cups.example/store", "https://www.cups.example/store", "key-woo")
HOSTILE = replace(WOO, id=3, address="a.example", site_key="key-</script>")
SWITCHED_OFF = replace(SHOPIFY, id=4, address="off.example", site_key="key-off", is_enabled=False)
TWINS = [replace(WOO, id=5 + n, address=f"twin.example/{n}", site_key=f"twin-{n}") for n in range(2)]
ELSEWHERE = replace(
    SHOPIFY,
    id=9,
    address="b.myshopify.com",
    site_key="key-domains",
    policy=Policy(consent_mode="implied", domains=("b.example",)),
)


OWN_DOMAIN = replace(
    SHOPIFY, id=10, address="c.myshopify.com", site_key="key-storefront", storefront="https://www.c.example"
)
CLAIMED = replace(OWN_DOMAIN, id=11, address="d.myshopify.com", site_key="key-d", storefront="https://b.example")


class Shops:
    def all(self) -> list[Shop]:
        return [SHOPIFY, WOO, HOSTILE, SWITCHED_OFF, ELSEWHERE, OWN_DOMAIN, CLAIMED, *TWINS]

    def by_site_key(self, site_key: str) -> Shop | None:
        return next((shop for shop in self.all() if shop.site_key == site_key), None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("shopify", "woocommerce", "loader"):
        (tmp_path / f"{name}.js").write_text(f"/* the script {name} */;ran(tajoSettings);\n" * 20)
    return tmp_path


@pytest.fixture
def browser(folder: Path) -> FlaskClient:
    scripts = TrackerServices(Shops(), folder, "https://collect.example/", "/c", "typed", True, False)
    return create_app(services(Inbox()), scripts).test_client()


def settings_in(response: TestResponse) -> dict[str, Any]:
    """What the script finds in `tajoSettings`."""
    found = re.fullmatch(
        r"//# allFunctionsCalledOnLoad\n"
        r"\(function\(shop\)\{'use strict';var tajoSettings=\{endpoint:(?P<shops>\".*?\")\+shop\.siteKey,"
        r"\.\.\.(?P<for_all>\{.*?\}),\.\.\.shop\};\n(?P<script>.*)\}\)\((?P<shop>.*)\);\n",
        response.text,
        re.DOTALL,
    )
    assert found is not None
    shop = json.loads(found["shop"])
    return {"endpoint": json.loads(found["shops"]) + shop["siteKey"], **json.loads(found["for_all"]), **shop}


@pytest.mark.parametrize(
    ("why", "address", "expected"),
    [
        ("by its key", "/c/key-shopify.js", "key-shopify"),
        ("another platform", "/c/key-woo.js", "key-woo"),
        ("a key nobody has", "/c/key-nobody.js", None),
        ("by the platform's name for it", "/shopify.js?shop=mugs.myshopify.com", "key-shopify"),
        ("by its host, without www, whatever case", "/woocommerce.js?shop=CUPS.example", "key-woo"),
        ("by one of its domains", "/shopify.js?shop=www.b.example", "key-domains"),
        ("by where its shoppers are", "/shopify.js?shop=c.example", "key-storefront"),
        ("of another platform", "/shopify.js?shop=cups.example", None),
        ("two shops on one host", "/woocommerce.js?shop=twin.example", None),
        ("a host of nobody", "/woocommerce.js?shop=nobody.example", None),
        ("switched off", "/shopify.js?shop=off.example", None),
    ],
)
def test_which_shop_a_page_gets(browser: FlaskClient, why: str, address: str, expected: str | None) -> None:
    response = browser.get(address)
    if expected is None:
        assert response.status_code == 404, why
        return
    settings = settings_in(response)
    assert (settings["siteKey"], settings["endpoint"]) == (expected, f"https://collect.example/c/{expected}"), why


def test_a_shops_script_carries_the_settings_in_force(browser: FlaskClient) -> None:
    response = browser.get("/c/key-domains.js")
    assert settings_in(response) == {
        "siteKey": "key-domains",
        "endpoint": "https://collect.example/c/key-domains",
        "consentMode": "implied",
        "capture": "typed",
        "gpc": True,
        "dnt": False,
    }
    assert "the script shopify" in response.text
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_settings_cannot_end_the_script_they_stand_in(browser: FlaskClient) -> None:
    assert "</script" not in browser.get("/c/key-%3C%2Fscript%3E.js").text


def test_a_disabled_shop_gets_a_script_that_does_nothing(browser: FlaskClient) -> None:
    response = browser.get("/c/key-off.js")
    assert response.status_code == 200
    assert response.text.startswith("/*")
    assert "ran(" not in response.text


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("identity", None),
        ("", None),
    ],
)
def test_it_comes_in_the_smallest_encoding_the_browser_reads(
    browser: FlaskClient, accepts: str, encoding: str | None
) -> None:
    plain = browser.get("/c/key-woo.js")
    response = browser.get("/c/key-woo.js", headers={"Accept-Encoding": accepts})
    assert response.headers.get("Content-Encoding") == encoding
    assert response.headers["Vary"] == "Accept-Encoding"
    readers = {"br": brotli.decompress, "gzip": gzip.decompress}
    read = readers[encoding](response.data) if encoding else response.data
    assert read == plain.data
    assert int(response.headers["Content-Length"]) == len(response.data)
    assert (response.headers["ETag"] == plain.headers["ETag"]) is (encoding is None)


@pytest.mark.parametrize("accepts", ["br", "gzip", ""])
def test_an_unchanged_script_is_not_sent_again(browser: FlaskClient, accepts: str) -> None:
    first = browser.get("/c/key-woo.js", headers={"Accept-Encoding": accepts})
    asked = {"Accept-Encoding": accepts, "If-None-Match": first.headers["ETag"]}
    again = browser.get("/c/key-woo.js", headers=asked)
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == "public, max-age=300"
    assert browser.get("/c/key-shopify.js", headers=asked).status_code == 200


def test_the_bare_script_is_kept_for_good_under_its_digest(browser: FlaskClient, folder: Path) -> None:
    digest = sha256((folder / "shopify.js").read_bytes()).hexdigest()[:16]
    response = browser.get(f"/t/shopify.{digest}.js")
    assert response.data == (folder / "shopify.js").read_bytes()
    assert response.headers["Cache-Control"] == FOR_GOOD


EARLIER = "/* what shopify.js was last year */\n"
EARLIER_DIGEST = sha256(EARLIER.encode()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("why", "address", "script", "cache_control"),
    [
        ("a version that was published", f"/t/shopify.{EARLIER_DIGEST}.js", EARLIER, FOR_GOOD),
        ("one that nobody kept", "/t/shopify.0123456789abcdef.js", "the script shopify", FIVE_MINUTES),
        ("one of the other platform", f"/t/woocommerce.{EARLIER_DIGEST}.js", "the script woocommerce", FIVE_MINUTES),
        ("no digest", "/t/shopify.0123.js", None, None),
        ("a way out of the folder", "/t/shopify.%2e%2e%2fsecrets%2f01.js", None, None),
        ("not a platform's script", f"/t/loader.{EARLIER_DIGEST}.js", None, None),
    ],
)
def test_a_page_that_was_kept_for_long_still_finds_its_script(
    folder: Path, tmp_path: Path, why: str, address: str, script: str | None, cache_control: str | None
) -> None:
    versions = tmp_path / "versions"
    versions.mkdir()
    (versions / f"shopify.{EARLIER_DIGEST}.js").write_text(EARLIER)
    scripts = TrackerServices(Shops(), folder, "https://collect.example", versions=versions)
    response = create_app(services(Inbox()), scripts).test_client().get(address)
    assert response.status_code == (404 if script is None else 200), why
    if script is not None:
        assert script in response.text, why
        assert response.headers["Cache-Control"] == cache_control, why


def test_the_documents_address_gives_the_loader(browser: FlaskClient) -> None:
    response = browser.get("/woocommerce.js")
    assert "the script loader" in response.text
    settings = json.loads(response.text.rpartition("})(")[2].removesuffix(");\n"))
    assert settings == {"self": "https://collect.example/woocommerce.js", "shops": "https://collect.example/c/"}
    assert browser.get("/magento.js").status_code == 404


def test_both_are_at_the_path_of_the_settings(folder: Path) -> None:
    scripts = TrackerServices(Shops(), folder, "https://collect.example", "/hello")
    renamed = create_app(services(Inbox(), path="/hello"), scripts).test_client()
    assert settings_in(renamed.get("/hello/key-woo.js"))["endpoint"] == "https://collect.example/hello/key-woo"
    assert renamed.post("/hello/site-key", data=b"{}", content_type="text/plain").status_code == 400
    assert "/hello/" in renamed.get("/shopify.js").text
    assert renamed.get("/c/key-woo.js").status_code == 404


def test_beacons_keep_their_address(browser: FlaskClient) -> None:
    assert browser.post("/c/site-key", data=b"{}", content_type="text/plain").status_code == 400
    assert browser.get("/c/key-woo").status_code == 405


def test_missing_scripts_are_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(Unready, match=r"shopify\.js"):
        create_app(services(Inbox()), TrackerServices(Shops(), tmp_path, "https://collect.example"))
