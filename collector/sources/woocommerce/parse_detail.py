"""What is kept of an order for messages beside its facts.

A list of what is taken, not of what is left out: order_key and payment_url open the order to anybody,
customer_ip_address and transaction_id are nobody's business here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collector.sources.woocommerce.parse_customers import country_of
from collector.sources.woocommerce.parse_values import as_list, as_object, money_or_none, plain, text

ADDRESS = {"company": "company", "city": "city", "state": "region", "postcode": "postcode"}
AMOUNTS = {"discount_total": "discount_minor", "shipping_total": "shipping_minor", "total_tax": "tax_minor"}
ATTRIBUTION = "_wc_order_attribution_"
ATTRIBUTED = (
    "source_type",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "referrer",
    "session_entry",
    "device_type",
)


def detail(body: Mapping[str, Any], order_meta: Mapping[str, Any], exponent: int) -> dict[str, Any]:
    """Only what is there: empty texts and blocks are left out. Amounts in minor units, without tax."""
    billing, shipping = as_object(body.get("billing")), as_object(body.get("shipping"))
    coupons = (as_object(line) for line in as_list(body.get("coupon_lines")))
    attribution = {name: text(order_meta.get(ATTRIBUTION + name), 1000) for name in ATTRIBUTED}
    found: dict[str, Any] = {
        "first_name": plain(billing.get("first_name")) or plain(shipping.get("first_name")),
        "last_name": plain(billing.get("last_name")) or plain(shipping.get("last_name")),
        "billing": _address(billing),
        "shipping": _address(shipping),
        "discount_codes": [code for code in (plain(line.get("code"), 200) for line in coupons) if code],
        "payment_method": text(body.get("payment_method"), 100),
        "payment_method_title": plain(body.get("payment_method_title"), 200),
        "attribution": {name: value for name, value in attribution.items() if value},
    }
    for field, name in AMOUNTS.items():
        found[name] = money_or_none(body.get(field), exponent)
    return {name: value for name, value in found.items() if value not in ("", None, [], {})}


def _address(block: Mapping[str, Any]) -> dict[str, str]:
    lines = (plain(block.get(field)) for field in ("address_1", "address_2"))
    found = {name: plain(block.get(field)) for field, name in ADDRESS.items()}
    found |= {"address": ", ".join(line for line in lines if line), "country": country_of(block)}
    return {name: value for name, value in found.items() if value}
