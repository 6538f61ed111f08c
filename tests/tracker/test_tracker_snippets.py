"""What merchants paste: filled in, valid, and nothing of a visitor's in pages that may be cached."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.cli.snippets import snippet
from collector.domain.events import Strength
from collector.domain.shop import Secrets, Shop
from collector.sources.tracker.verify import identity_strength
from collector.sources.tracker.wire import Identity

SHOP = Shop(
    1, "shopify", "a.example", "https://a.example", "site-key-1", secrets=Secrets(identity=("key-of-the-shop",))
)
ADDRESS = "https://collect.example"
LIQUID = snippet(SHOP, ADDRESS)[1]
PHP = snippet(replace(SHOP, platform="woocommerce"), ADDRESS)[1]


@pytest.mark.parametrize("text", [LIQUID, PHP])
def test_a_snippet_is_filled_in_and_says_where_it_goes_what_it_sends_and_how_to_remove_it(text: str) -> None:
    assert "[[" not in text
    assert f"{ADDRESS}/c/site-key-1.js" in text
    for word in ("Where:", "Sends:", "Remove:", "version 1"):
        assert word in text


def test_every_value_liquid_prints_is_escaped_for_scripts() -> None:
    printed = re.findall(r"{{(.*?)}}", LIQUID, re.DOTALL)
    assert len(printed) > 10
    assert [value for value in printed if not value.strip().endswith("| json")] == []


def test_liquid_names_the_customer_only_when_somebody_is_logged_in() -> None:
    inside = LIQUID[LIQUID.index("{%- if customer -%}") : LIQUID.index("{%- if request.page_type")]
    for name in ("customerId", "customerEmail", "customerName", "signedOn", "signature"):
        assert f"tajoConfig.{name}" in inside
        assert LIQUID.count(f"tajoConfig.{name}") == 1
    assert inside.rstrip().endswith("{%- endif -%}")


STUBS = """
$hooks = array(); $route = null;
define('ARRAY_A', 'ARRAY_A');
function add_action($name, $work) { global $hooks; $hooks[$name] = $work; }
function is_customize_preview() { return false; }
function is_preview() { return false; }
function WC() {}
function rest_url() { return 'https://a.example/wp-json/'; }
function is_product() { return true; }
function get_queried_object_id() { return 13; }
class Product {
  function get_id() { return 13; } function get_sku() { return 'M-1'; } function get_image_id() { return 5; }
  function get_name() { return 'Mug </script><script>alert(1)</script>'; }
  function get_permalink() { return 'https://a.example/mug'; } }
function wc_get_product($id) { return new Product(); }
function wp_get_post_terms() { return array('Cups &amp; mugs'); }
function wp_strip_all_tags($text) { return $text; }
function wc_get_price_to_display($product) { return 12.5; }
function wc_get_price_decimals() { return 2; }
function wc_format_decimal($amount, $digits) { return number_format($amount, $digits, '.', ''); }
function get_woocommerce_currency() { return 'EUR'; }
function wp_get_attachment_image_url() { return false; }
function is_wp_error($thing) { return false; }
function wp_json_encode($value, $flags) { return json_encode($value, $flags); }
function wp_enqueue_script() {}
function wp_add_inline_script($name, $text, $place) { echo $text, "\\n"; }
function register_rest_route($space, $path, $given) { global $route; $route = $given; }
function wp_validate_auth_cookie($cookie, $scheme) { return 7; }
function get_userdata($id) {
  return (object) array('ID' => $id, 'user_email' => 'Ana@Shop.example', 'first_name' => '', 'display_name' => 'Ana'); }
class WP_REST_Response {
  public $data; public $headers = array();
  function __construct($data, $status = 200) { $this->data = $data; }
  function header($name, $value) { $this->headers[$name] = $value; } }
class Request { public $headers; function __construct($headers) { $this->headers = $headers; }
  function get_header($name) { return isset($this->headers[$name]) ? $this->headers[$name] : null; } }
"""
RUN = """
$hooks['wp_enqueue_scripts'](); $hooks['rest_api_init']();
$answer = $route['callback']();
echo json_encode(array('data' => $answer->data, 'headers' => $answer->headers)), "\\n";
$allowed = $route['permission_callback'];
echo json_encode(array(
  $allowed(new Request(array('x_tajo' => '1'))),
  $allowed(new Request(array())),
  $allowed(new Request(array('x_tajo' => '1', 'origin' => 'https://elsewhere.example'))))), "\\n";
"""


@pytest.fixture(scope="module")
def php_says(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Lines: the inline script, the answer of /me, to whom it is given."""
    php = shutil.which("php")
    if php is None:
        if os.environ.get("CI"):
            pytest.fail("php is not installed")
        pytest.skip("php is not installed")
    program = Path(tmp_path_factory.mktemp("php"), "snippet.php")
    program.write_text(f"<?php\n{STUBS}\n{PHP}\n{RUN}")
    done = subprocess.run([php, str(program)], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_the_page_gets_its_product_and_nothing_of_the_visitor(php_says: list[str]) -> None:
    inline = php_says[0]
    assert "</script>" not in inline
    assert "ana" not in inline.lower()
    assert "siteKey: 'site-key-1'" in inline
    printed = json.loads(inline[inline.index('{"') : inline.rindex("}") + 1])
    expected = {"id": "13", "sku": "M-1", "price": "12.50", "currency": "EUR", "categories": ["Cups & mugs"]}
    assert {name: printed["product"][name] for name in expected} == expected


def test_who_is_logged_in_comes_signed_uncached_and_only_to_the_shops_own_pages(php_says: list[str]) -> None:
    answer: dict[str, Any] = json.loads(php_says[1])
    me = answer["data"]
    assert answer["headers"] == {"Cache-Control": "no-store, private"}
    text = f"v1|site-key-1|7|{me['signedOn']}|ana@shop.example"
    assert me["signature"] == hmac.digest(b"key-of-the-shop", text.encode(), hashlib.sha256).hex()
    said = Identity(me["customerEmail"], me["customerId"], me["customerName"], me["signedOn"], me["signature"])
    assert identity_strength(said, SHOP, datetime.now(UTC)) is Strength.SIGNED
    assert json.loads(php_says[2]) == [True, False, False]
