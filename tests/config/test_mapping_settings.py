"""Mapping, prefix and zone of a shop on their way from the settings to its policy."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.config import load, policy_for, policy_of
from collector.domain.errors import Misuse

TEXT = """
brevo: {api_key: k, attribute_prefix: ALL_}
connectors:
  shopify: {shop_url: a.myshopify.com, time_zone: %s, field_mapping: {phone: SMS, tags: ""}}
  woocommerce: {store_url: https://b.example, customer_mapping: {billing.city: CITY}, brevo: {attribute_prefix: B_}}
"""


def test_each_shop_has_its_own(tmp_path: Path) -> None:
    (tmp_path / "tajo.yml").write_text(TEXT % "Asia/Seoul")
    config = load({}, tmp_path)
    one = policy_of(config, config.connectors.shopify[0])
    other = policy_of(config, config.connectors.woocommerce[0])
    assert (dict(one.mapping), one.attribute_prefix, one.zone) == ({"phone": "SMS", "tags": ""}, "ALL_", "Asia/Seoul")
    assert (dict(other.mapping), other.attribute_prefix, other.zone) == ({"billing.city": "CITY"}, "B_", "")


def test_what_is_stored_with_a_shop_is_read_alike(tmp_path: Path) -> None:
    settings = {"customer_mapping": {"role": "ROLE"}, "time_zone": "Europe/Berlin"}
    policy = policy_for(load({}, tmp_path), "woocommerce", "b.example", settings)
    assert (dict(policy.mapping), policy.zone) == ({"role": "ROLE"}, "Europe/Berlin")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "5"])
def test_a_zone_nobody_knows_stops_the_program(tmp_path: Path, zone: str) -> None:
    (tmp_path / "tajo.yml").write_text(TEXT % zone)
    with pytest.raises(Misuse, match="time_zone"):
        load({}, tmp_path)


@pytest.mark.parametrize("prefix", ["A B", "1A", "_A", "A" * 21])
def test_a_prefix_no_attribute_may_have_stops_the_program(tmp_path: Path, prefix: str) -> None:
    (tmp_path / "tajo.yml").write_text(f"brevo: {{attribute_prefix: '{prefix}'}}")
    with pytest.raises(Misuse, match="attribute_prefix"):
        load({}, tmp_path)
