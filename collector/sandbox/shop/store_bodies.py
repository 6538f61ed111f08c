"""A cart as the Store API prints it: minor units as texts. Shape after a recording of WooCommerce 10.5.0."""

from __future__ import annotations

from typing import Any

from collector.sandbox.shop.carts import MOST_OF_ONE, Bill, Cart, Line
from collector.sandbox.shop.money import CURRENCY, TAX_PERCENT, net, tax
from collector.sandbox.shop.orders import ADDRESS
from collector.sandbox.shop.shop import DemoShop

MONEY = {
    "currency_code": CURRENCY,
    "currency_symbol": "€",
    "currency_minor_unit": 2,
    "currency_decimal_separator": ",",
    "currency_thousand_separator": ".",
    "currency_prefix": "",
    "currency_suffix": " €",
}


def cart_body(shop: DemoShop, cart: Cart) -> dict[str, Any]:
    priced = shop.bill(cart)
    blank = dict.fromkeys(ADDRESS, "") | {"country": "DE"}
    named = blank | {"first_name": cart.first_name, "last_name": cart.last_name}
    return {
        "items": [_item(shop, line) for line in priced.lines],
        "coupons": [_coupon(priced, code) for code in priced.coupons],
        "fees": [],
        "totals": _totals(priced),
        "shipping_address": named | {"phone": ""},
        "billing_address": named | {"email": cart.email, "phone": ""},
        "needs_payment": bool(priced.lines),
        "needs_shipping": bool(priced.lines),
        "payment_requirements": ["products"],
        "has_calculated_shipping": True,
        "shipping_rates": [],
        "items_count": sum(line.quantity for line in priced.lines),
        "items_weight": 0,
        "cross_sells": [],
        "errors": [],
        "payment_methods": ["bacs", "card"],
        "extensions": {},
    }


def _item(shop: DemoShop, line: Line) -> dict[str, Any]:
    offer, product, variant = line.offer, line.offer.product, line.offer.variant
    price, before = str(offer.price), str(max(product.regular_price, offer.price))
    image = f"{shop.settings.url}/images/{product.id}.svg"
    chosen = {"raw_attribute": f"attribute_{product.attribute_slug}", "attribute": product.attribute}
    return {
        "key": line.key,
        "id": offer.id,
        "type": "variation" if variant else "simple",
        "quantity": line.quantity,
        "quantity_limits": {"minimum": 1, "maximum": MOST_OF_ONE, "multiple_of": 1, "editable": True},
        "name": escaped(product.name),
        "short_description": "",
        "description": "",
        "sku": offer.sku,
        "low_stock_remaining": None,
        "backorders_allowed": False,
        "show_backorder_badge": False,
        "sold_individually": False,
        "permalink": f"{shop.settings.url}/product/{product.slug}/{offer.query}",
        "images": [{"id": product.id + 100, "src": image, "thumbnail": image, "srcset": "", "sizes": "", "alt": ""}],
        "variation": [chosen | {"value": variant.option}] if variant else [],
        "item_data": [],
        "prices": {
            "price": price,
            "regular_price": before,
            "sale_price": price,
            "price_range": None,
            **MONEY,
            "raw_prices": {
                "precision": 6,
                "price": f"{price}0000",
                "regular_price": f"{before}0000",
                "sale_price": f"{price}0000",
            },
        },
        "totals": {
            "line_subtotal": str(net(line.subtotal)),
            "line_subtotal_tax": str(tax(line.subtotal)),
            "line_total": str(net(line.total)),
            "line_total_tax": str(tax(line.total)),
            **MONEY,
        },
        "catalog_visibility": "visible",
        # The API names a variant alone; the collector's snippet adds its product.
        "extensions": {"tajo": {"product_id": str(product.id)}},
    }


def escaped(name: str) -> str:
    """The Store API escapes names, quotes included, and curls them."""
    return name.replace("&", "&amp;").replace(' "', " &#8220;").replace('"', "&#8221;")


def _coupon(priced: Bill, code: str) -> dict[str, Any]:
    off = {"total_discount": str(net(priced.discount)), "total_discount_tax": str(tax(priced.discount)), **MONEY}
    return {"code": code, "discount_type": "percent", "totals": off}


def _totals(priced: Bill) -> dict[str, Any]:
    goods = priced.total - priced.shipping
    whole_tax = tax(goods) + tax(priced.shipping)
    return {
        "total_items": str(net(priced.subtotal)),
        "total_items_tax": str(tax(priced.subtotal)),
        "total_fees": "0",
        "total_fees_tax": "0",
        "total_discount": str(net(priced.discount)),
        "total_discount_tax": str(tax(priced.discount)),
        "total_shipping": str(net(priced.shipping)),
        "total_shipping_tax": str(tax(priced.shipping)),
        "total_price": str(priced.total),
        "total_tax": str(whole_tax),
        "tax_lines": [{"name": "VAT", "price": str(whole_tax), "rate": f"{TAX_PERCENT}%"}],
        **MONEY,
    }
