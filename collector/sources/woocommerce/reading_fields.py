"""What is asked of each kind of record: what our parsers read of it, and nothing else.

Less to send for a slow host, and less to keep: `order_key` and `payment_url` open an order to anybody, and a buyer's
network address is nobody's business here. Lists inside a record come whole: WooCommerce filters single values only.
"""

from __future__ import annotations

from collections.abc import Mapping

from collector.domain.mapping import wanted_extras
from collector.domain.shop import Shop
from collector.domain.syncing import COUPONS, CUSTOMERS, ORDERS, PRODUCTS

CATEGORIES, VARIATIONS = "categories", "variations"

VERSION = "id,date_created_gmt,date_modified_gmt"
FIELDS: Mapping[str, str] = {
    CUSTOMERS: f"{VERSION},email,first_name,last_name,role,billing,shipping",
    ORDERS: (
        f"{VERSION},status,currency,prices_include_tax,date_paid_gmt,date_completed_gmt,discount_total,shipping_total,"
        "total_tax,total,customer_id,billing,shipping,payment_method,payment_method_title,transaction_id,created_via,"
        "number,meta_data,line_items,coupon_lines,refunds"
    ),
    PRODUCTS: (
        f"{VERSION},name,permalink,type,status,catalog_visibility,post_password,sku,price,regular_price,manage_stock,"
        "stock_quantity,stock_status,backorders_allowed,parent_id,categories,brands,tags,images,variations,attributes"
    ),
    VARIATIONS: (
        f"{VERSION},name,permalink,type,status,sku,price,regular_price,manage_stock,stock_quantity,stock_status,"
        "backorders_allowed,parent_id,image,attributes"
    ),
    CATEGORIES: "id,name",
    COUPONS: f"{VERSION},code,status,date_expires_gmt,usage_limit,usage_count,email_restrictions",
}


def fields_of(kind: str, shop: Shop) -> str:
    """For `_fields`. A customer's meta data come along only where the mapping reads some of them."""
    has_meta = any(name.startswith("meta_data.") for name in wanted_extras(shop.policy.mapping, "woocommerce"))
    return f"{FIELDS[kind]},meta_data" if kind == CUSTOMERS and has_meta else FIELDS[kind]
