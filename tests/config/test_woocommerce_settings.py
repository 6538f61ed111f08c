"""What is particular about a WooCommerce shop in the settings: the block of the document, mapping and coupon groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.config import load, policy_of
from collector.domain.coupons import CouponGroup
from collector.domain.errors import Misuse
from collector.domain.mapping import NUMBERS, problems, rules

# As the document prints it.
DOCUMENT = """
connectors:
  woocommerce:
    enabled: true
    store_url: "https://yourstore.com"
    consumer_key: "ck_your_consumer_key"
    consumer_secret: "cs_your_consumer_secret"
    api_version: "wc/v3"
    verify_ssl: true
    sync:
      customers: true
      orders: true
      products: true
      coupons: true
    lists:
      all_customers: 50
      buyers: 51
      abandoned_cart: 52
    customer_mapping:
      email: email
      first_name: FIRSTNAME
      last_name: LASTNAME
      billing.phone: SMS
      billing.company: COMPANY
      billing.city: CITY
      billing.state: STATE
      billing.country: COUNTRY
      billing.postcode: ZIP
      orders_count: ORDER_COUNT
      total_spent: TOTAL_SPENT
      date_created: SIGNUP_DATE
      meta_data.loyalty_points: LOYALTY_POINTS
      meta_data.preferred_category: PREF_CATEGORY
"""
GROUPS = """
connectors:
  woocommerce:
    store_url: https://shop.example
    sync: {coupons: %s}
    coupons: {groups: %s}
"""


def test_the_documents_block_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "tajo.yml").write_text(DOCUMENT)
    config = load({}, tmp_path)
    policy = policy_of(config, config.connectors.woocommerce[0])
    assert problems(policy.mapping, "woocommerce") == []
    written = {rule.attribute: rule.type for rule in rules(policy.mapping, "woocommerce")}
    assert written == {
        "FIRSTNAME": "text",
        "LASTNAME": "text",
        "SMS": "text",
        "COMPANY": "text",
        "CITY": "text",
        "STATE": "text",
        "COUNTRY": "text",
        "ZIP": "text",
        "ORDER_COUNT": "float",
        "TOTAL_SPENT": "float",
        "SIGNUP_DATE": "date",
        "LOYALTY_POINTS": "text",
        "PREF_CATEGORY": "text",
        "TAGS": "text",
    }
    assert "SMS" in NUMBERS
    assert dict(policy.lists) == {"all_customers": 50, "buyers": 51, "abandoned_cart": 52}
    assert policy.catalogue.coupon_groups == ()


WIN_BACK = CouponGroup("WB-*", "Win-back")


@pytest.mark.parametrize(
    ("why", "coupons", "groups", "expected"),
    [
        ("none", "true", "[]", ()),
        ("one", "true", '[{match: "WB-*", collection: "Win-back"}]', (WIN_BACK,)),
        ("coupons are not followed", "false", '[{match: "WB-*", collection: "Win-back"}]', ()),
        ("the one pool alone", "{collection: Pool}", "[]", (CouponGroup("*", "Pool", is_unused_only=True),)),
        (
            "the one pool for what is left",
            "{collection: Pool}",
            '[{match: "WB-*", collection: "Win-back"}]',
            (WIN_BACK, CouponGroup("*", "Pool", is_unused_only=True)),
        ),
    ],
)
def test_coupon_groups(tmp_path: Path, why: str, coupons: str, groups: str, expected: object) -> None:
    (tmp_path / "tajo.yml").write_text(GROUPS % (coupons, groups))
    config = load({}, tmp_path)
    assert policy_of(config, config.connectors.woocommerce[0]).catalogue.coupon_groups == expected, why


@pytest.mark.parametrize(
    "groups", ['[{match: "WB-*"}]', '[{match: "WB-*", collection: ""}]', '[{match: "", collection: "X"}]', '"WB-*"']
)
def test_half_a_group_stops_the_program(tmp_path: Path, groups: str) -> None:
    (tmp_path / "tajo.yml").write_text(GROUPS % ("true", groups))
    with pytest.raises(Misuse, match=r"coupons\.groups"):
        load({}, tmp_path)
