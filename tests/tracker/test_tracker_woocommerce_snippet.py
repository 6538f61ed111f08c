"""What merchants paste into functions.php: run by a real PHP, clean by its linters, silent about visitors.

The plugin promises the same of what they share, so it goes through the same tests.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.domain.events import Strength
from collector.domain.shop import Secrets, Shop
from collector.sources.tracker.verify import identity_strength
from collector.sources.tracker.wire import Identity
from tests.tracker.wordpress import ASKING, IDENTITY_KEY, LOGGED_IN, WordPress, plugin_file, snippet_file, tool

ROOT = Path(__file__).parents[2]
SHOP = Shop(1, "woocommerce", "a.example", "https://a.example", "site-key-1", secrets=Secrets(identity=(IDENTITY_KEY,)))
MUG: dict[str, Any] = {
    "id": 13,
    "sku": "M-1",
    "name": "Mug",
    "title": "Mug",
    "url": "https://a.example/product/mug/",
    "image": "",
    "price": 12.5,
    "categories": ["Cups &amp; mugs"],
}
HOSTILE = "\"</script><script>alert('x')</script> <!-- ☕ كوب {{ 1 }} \\ & co"


@pytest.fixture(scope="module", params=[snippet_file, plugin_file])
def functions(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = request.param(tmp_path_factory.mktemp("theme"), SHOP, "https://collect.example")
    return path


@pytest.fixture(scope="module")
def wordpress(functions: Path) -> WordPress:
    return WordPress(functions)


def settings(scripts: str) -> dict[str, Any]:
    """What a page's `tajoConfig` says."""
    found = re.search(r"window\.tajoConfig = Object\.assign\((.*), window\.tajoConfig\);\n</script>", scripts)
    assert found, scripts
    return dict(json.loads(found[1]))


@pytest.mark.parametrize(
    ("command", "bad"),
    [
        (["php", "-l"], "add_action('x', function () {"),
        (["phpcs", f"--standard={ROOT / 'phpcs.xml'}"], "$sum = sum( $a,$b );"),
    ],
)
def test_the_snippet_pleases_phps_own_tools(functions: Path, tmp_path: Path, command: list[str], bad: str) -> None:
    worse = tmp_path / "worse.php"
    worse.write_text(f"{functions.read_text()}\n{bad}\n")
    results = [
        subprocess.run(
            [tool(command[0]), *command[1:], str(path)], capture_output=True, text=True, timeout=60, check=False
        )
        for path in (functions, worse)
    ]
    assert results[0].returncode == 0, results[0].stdout + results[0].stderr
    assert results[1].returncode != 0, "they look"


@pytest.mark.parametrize(
    ("why", "product", "expected"),
    [
        ("a product", MUG, {"id": "13", "sku": "M-1", "price": "12.50", "currency": "EUR", "name": "Mug"}),
        ("with tax, as the shop shows it", {**MUG, "price": 14.875}, {"price": "14.88"}),
        ("without a price", {**MUG, "price": ""}, {"price": ""}),
        ("its categories as people read them", MUG, {"categories": ["Cups & mugs"]}),
        ("categories that are not to be had", {**MUG, "categories": None}, {"categories": []}),
        ("without a picture", MUG, {"image": ""}),
        ("a name stored with entities", {**MUG, "name": "Mum&#039;s &amp; dad&#8217;s"}, {"name": "Mum's & dad’s"}),
        ("a hostile name", {**MUG, "name": HOSTILE}, {"name": HOSTILE}),
    ],
)
def test_a_product_page_says_what_it_shows(
    wordpress: WordPress, why: str, product: dict[str, Any], expected: dict[str, Any]
) -> None:
    scripts = wordpress.run(product=product)["scripts"]
    said = settings(scripts)["product"]
    assert {name: said[name] for name in expected} == expected, why
    assert scripts.count("<script") == scripts.count("</script>") == 2, "nothing of the shop's ends a script"


def test_a_page_loads_the_script_after_its_settings(wordpress: WordPress) -> None:
    scripts = wordpress.run()["scripts"]
    assert settings(scripts) == {"siteKey": "site-key-1", "rest": "/wp-json/", "country": "DE"}
    assert scripts.index("tajoConfig") < scripts.index('src="https://collect.example/c/site-key-1.js"')
    assert " defer " in scripts


@pytest.mark.parametrize("product", [None, MUG])
def test_a_page_is_the_same_for_everybody_so_that_it_may_be_cached(
    wordpress: WordPress, product: dict[str, Any] | None
) -> None:
    cookies = {**LOGGED_IN, "tajo_id": "visitor-1", "woocommerce_cart_hash": "abc"}
    assert wordpress.run(product=product, cookies=cookies)["scripts"] == wordpress.run(product=product)["scripts"]


@pytest.mark.parametrize("get", [{"preview": "true"}, {"customize_changeset_uuid": "1"}])
def test_previews_are_silent(wordpress: WordPress, get: dict[str, str]) -> None:
    assert wordpress.run(get=get)["scripts"] == ""


def test_an_address_with_tajo_debug_makes_the_script_talk(wordpress: WordPress) -> None:
    assert settings(wordpress.run(get={"tajo_debug": "1"})["scripts"])["debug"] is True


def test_who_is_logged_in_is_signed_as_the_collector_checks_it(wordpress: WordPress) -> None:
    answer = wordpress.run(cookies=LOGGED_IN, headers=ASKING)
    assert answer["route"] == "/tajo/v1/me"
    me = answer["me"]["data"]
    assert answer["me"]["headers"] == {"Cache-Control": "no-store, private"}
    assert (me["customerId"], me["customerEmail"], me["customerName"]) == ("7", "ana@shop.example", "Ana Müller")
    text = f"v1|site-key-1|7|{me['signedOn']}|ana@shop.example"
    assert me["signature"] == hmac.digest(IDENTITY_KEY.encode(), text.encode(), hashlib.sha256).hex()
    said = Identity(me["customerEmail"], me["customerId"], me["customerName"], me["signedOn"], me["signature"])
    assert identity_strength(said, SHOP, datetime.now(UTC)) is Strength.SIGNED


@pytest.mark.parametrize(
    ("why", "cookies", "headers", "expected"),
    [
        ("no log-in cookie", {}, ASKING, {"status": 204, "data": None}),
        ("a link or an image of another site", LOGGED_IN, {}, None),
        ("a script of another site", LOGGED_IN, {**ASKING, "origin": "https://elsewhere.example"}, None),
        ("somebody's own wish", LOGGED_IN, {"x_tajo": "2"}, None),
    ],
)
def test_nobody_else_is_told_who_it_is(
    wordpress: WordPress, why: str, cookies: dict[str, str], headers: dict[str, str], expected: dict[str, Any] | None
) -> None:
    me = wordpress.run(cookies=cookies, headers=headers)["me"]
    assert (me and {name: me[name] for name in ("status", "data")}) == expected, why
    if me:
        assert me["headers"] == {"Cache-Control": "no-store, private"}


def test_a_cart_line_tells_the_product_of_its_variation_and_the_name_as_it_was_written(wordpress: WordPress) -> None:
    line = {"id": 21, "product_id": 20, "name": "Shirt - S", "title": HOSTILE}
    answer = wordpress.run(line=line)
    assert answer["line"] == {"product_id": "20", "name": HOSTILE}
    assert answer["endpoint"] == "cart-item tajo"
    assert answer["schema"] == list(answer["line"]), "the Store API shows only what is described"


@pytest.mark.parametrize(
    ("why", "cookies", "expected"),
    [
        ("a visitor who may be known", {"tajo_id": "01J9ZK-visitor"}, {"_tajo_id": "01J9ZK-visitor"}),
        ("no visitor id", {}, {}),
        ("who refused", {"wp_consent_marketing": "deny"}, {"_tajo_consent": "denied"}),
        (
            "who refused since, in another's banner",
            {"tajo_id": "01J9ZK-visitor", "cmplz_marketing": "deny"},
            {"_tajo_consent": "denied"},
        ),
        ("who agreed", {"wp_consent_marketing": "allow", "tajo_id": "01J9ZK-visitor"}, {"_tajo_id": "01J9ZK-visitor"}),
        ("not one of ours", {"tajo_id": "<b>"}, {}),
        ("a list", {"tajo_id": ["01J9ZK-visitor"]}, {}),
        ("a line too many", {"tajo_id": "01J9ZK-visitor\n"}, {}),
    ],
)
def test_an_order_of_either_checkout_keeps_the_visitors_id(
    wordpress: WordPress, why: str, cookies: dict[str, Any], expected: dict[str, str]
) -> None:
    assert wordpress.run(cookies=cookies)["orders"] == [expected, expected], why


@pytest.mark.parametrize(
    ("why", "cookies", "before", "after"),
    [
        (
            "who refuses while the checkout is open",
            {"cmplz_marketing": "deny"},
            {"_tajo_id": "01J9ZK-visitor"},
            {"_tajo_consent": "denied"},
        ),
        (
            "who agrees while it is open",
            {"wp_consent_marketing": "allow", "tajo_id": "01J9ZK-visitor"},
            {"_tajo_consent": "denied"},
            {"_tajo_id": "01J9ZK-visitor"},
        ),
    ],
)
def test_an_order_that_was_begun_keeps_only_what_was_said_last(
    wordpress: WordPress, why: str, cookies: dict[str, str], before: dict[str, str], after: dict[str, str]
) -> None:
    assert wordpress.run(cookies=cookies, order_meta=before)["orders"] == [after, after], why
