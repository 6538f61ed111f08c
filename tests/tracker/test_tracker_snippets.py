"""What merchants paste: filled in, valid, and nothing of a visitor's in pages that may be cached."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from collector.bootstrap.snippets import snippet
from collector.domain.shop import Secrets, Shop

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
