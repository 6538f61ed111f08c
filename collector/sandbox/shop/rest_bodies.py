"""Orders, customers, products, variations and webhooks as REST API v3 and the webhooks print them.

Shapes after recordings of WooCommerce 10.5.0: texts for money, local and `_gmt` times without a zone.
"""

from __future__ import annotations

import hashlib
import html
import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from collector.sandbox.shop.catalogue import OPENED_AT, Offer, Product, Variant
from collector.sandbox.shop.money import CURRENCY, TAX_PERCENT, amount, net, shown, tax
from collector.sandbox.shop.orders import ADDRESS, Customer, Order, OrderLine
from collector.sandbox.shop.shop import DemoShop
from collector.sandbox.shop.webhooks import Webhook

ZONE = ZoneInfo("Europe/Berlin")
VERSION = "10.5.0"


def as_php(value: Any) -> bytes:
    """JSON as PHP writes it: no spaces, `\\/` and `\\uXXXX`."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/").encode()


def webhook_body(shop: DemoShop, topic: str, thing: int) -> bytes | None:
    """The thing as it is now; None when it is gone."""
    with shop.lock:
        if topic.startswith("order.") and thing in shop.orders:
            return as_php(order_body(shop, shop.orders[thing]))
        if topic.startswith("customer.") and thing in shop.customers:
            return as_php(customer_body(shop, shop.customers[thing]))
        if topic.startswith("product.") and thing in shop.catalogue.products:
            return as_php(product_body(shop, shop.catalogue.products[thing]))
        return None


def times(name: str, at: datetime | None) -> dict[str, str | None]:
    """`date_<name>` by the shop's clock and `date_<name>_gmt`."""
    if at is None:
        return {f"date_{name}": None, f"date_{name}_gmt": None}
    return {f"date_{name}": f"{at.astimezone(ZONE):%Y-%m-%dT%H:%M:%S}", f"date_{name}_gmt": gmt(at)}


def gmt(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"


def links(shop: DemoShop, path: str, **more: str) -> dict[str, Any]:
    api = f"{shop.settings.url}/wp-json/wc/v3"
    found: dict[str, Any] = {
        "self": [{"href": f"{api}/{path}", "targetHints": {"allow": ["GET", "POST", "PUT", "PATCH", "DELETE"]}}],
        "collection": [{"href": f"{api}/{path.rpartition('/')[0]}"}],
    }
    return found | {name: [{"href": f"{api}/{target}"}] for name, target in more.items()}


def order_body(shop: DemoShop, order: Order) -> dict[str, Any]:
    address = {name: order.billing.get(name, "") for name in ADDRESS}
    goods = sum(line.total for line in order.lines)
    more = {"customer": f"customers/{order.customer_id}"} if order.customer_id else {}
    pay = f"{shop.settings.url}/checkout/order-pay/{order.id}/?pay_for_order=true&key={order.key}"
    return {
        "id": order.id,
        "parent_id": 0,
        "status": order.status,
        "currency": CURRENCY,
        "version": VERSION,
        "prices_include_tax": True,
        **times("created", order.created_at),
        **times("modified", order.modified_at),
        "discount_total": amount(net(order.discount)),
        "discount_tax": amount(tax(order.discount)),
        "shipping_total": amount(net(order.shipping)),
        "shipping_tax": amount(tax(order.shipping)),
        "cart_tax": amount(tax(goods)),
        "total": amount(order.total),
        "total_tax": amount(tax(goods) + tax(order.shipping)),
        "customer_id": order.customer_id,
        "order_key": order.key,
        "billing": address | {"email": order.email, "phone": order.billing.get("phone", "")},
        "shipping": address | {"phone": order.billing.get("phone", "")},
        "payment_method": order.payment_method,
        "payment_method_title": order.payment_title,
        "transaction_id": order.transaction_id,
        "customer_ip_address": "127.0.0.1",
        "customer_user_agent": "",
        "created_via": order.created_via,
        "customer_note": "",
        **times("completed", order.completed_at),
        **times("paid", order.paid_at),
        "cart_hash": order.cart_hash,
        "number": str(order.id),
        "meta_data": [
            {"id": order.id * 100 + place, "key": key, "value": value}
            for place, (key, value) in enumerate(order.meta.items())
        ],
        "line_items": [_line(line) for line in order.lines],
        "tax_lines": [_tax_line(order, goods)] if order.lines else [],
        "shipping_lines": [_shipping_line(order)] if order.lines else [],
        "fee_lines": [],
        "coupon_lines": [_coupon_line(order, place, code) for place, code in enumerate(order.coupons)],
        "refunds": [{"id": number, "reason": why, "total": f"-{amount(sum_)}"} for number, why, sum_ in order.refunds],
        "payment_url": pay,
        "is_editable": order.status in ("pending", "on-hold"),
        "needs_payment": order.status in ("pending", "failed"),
        "needs_processing": True,
        "currency_symbol": "€",
        "_links": links(shop, f"orders/{order.id}", **more),
    }


def _line(line: OrderLine) -> dict[str, Any]:
    chosen = []
    if line.attribute:
        name, value = line.attribute
        chosen = [
            {"id": line.id * 10, "key": name.lower(), "value": value, "display_key": name, "display_value": value}
        ]
    return {
        "id": line.id,
        "name": line.name,
        "product_id": line.product_id,
        "variation_id": line.variation_id,
        "quantity": line.quantity,
        "tax_class": "",
        "subtotal": amount(net(line.subtotal)),
        "subtotal_tax": amount(tax(line.subtotal)),
        "total": amount(net(line.total)),
        "total_tax": amount(tax(line.total)),
        "taxes": [{"id": 1, "total": amount(tax(line.total)), "subtotal": amount(tax(line.subtotal))}],
        "meta_data": chosen,
        "sku": line.sku,
        "global_unique_id": "",
        "price": net(line.total) / line.quantity / 100,
        "image": {"id": line.product_id + 100, "src": line.image},
        "parent_name": line.parent_name,
    }


def _tax_line(order: Order, goods: int) -> dict[str, Any]:
    return {
        "id": order.id * 10 + 1,
        "rate_code": "DE-VAT-1",
        "rate_id": 1,
        "label": "VAT",
        "compound": False,
        "tax_total": amount(tax(goods)),
        "shipping_tax_total": amount(tax(order.shipping)),
        "rate_percent": TAX_PERCENT,
        "meta_data": [],
    }


def _shipping_line(order: Order) -> dict[str, Any]:
    return {
        "id": order.id * 10 + 2,
        "method_title": "Parcel" if order.shipping else "Free shipping",
        "method_id": "flat_rate" if order.shipping else "free_shipping",
        "instance_id": "1",
        "total": amount(net(order.shipping)),
        "total_tax": amount(tax(order.shipping)),
        "taxes": [],
        "tax_status": "taxable",
        "meta_data": [],
    }


def _coupon_line(order: Order, place: int, code: str) -> dict[str, Any]:
    return {
        "id": order.id * 10 + 3 + place,
        "code": code,
        "discount": amount(net(order.discount)),
        "discount_tax": amount(tax(order.discount)),
        "meta_data": [],
        "discount_type": "percent",
        "nominal_amount": 10,
        "free_shipping": False,
    }


def customer_body(shop: DemoShop, customer: Customer) -> dict[str, Any]:
    address = {name: customer.billing.get(name, "") for name in ADDRESS}
    phone = customer.billing.get("phone", "")
    avatar = hashlib.sha256(customer.email.encode()).hexdigest()
    return {
        "id": customer.id,
        **times("created", customer.created_at),
        **times("modified", customer.modified_at),
        "email": customer.email,
        "first_name": html.escape(customer.first_name, quote=False),
        "last_name": html.escape(customer.last_name, quote=False),
        "role": customer.role,
        "username": customer.username,
        "billing": address | {"email": customer.billing.get("email", ""), "phone": phone},
        "shipping": address | {"phone": phone},
        "is_paying_customer": any(o.customer_id == customer.id and o.paid_at for o in shop.orders.values()),
        "avatar_url": f"https://secure.gravatar.com/avatar/{avatar}?s=96&d=mm&r=g",
        "meta_data": [],
        "_links": links(shop, f"customers/{customer.id}"),
    }


def product_body(shop: DemoShop, product: Product) -> dict[str, Any]:
    image = {"src": f"{shop.settings.url}/images/{product.id}.svg", "name": product.slug, "alt": ""}
    return {
        "id": product.id,
        "name": html.escape(product.name, quote=False),
        "slug": product.slug,
        "permalink": f"{shop.settings.url}/product/{product.slug}/",
        **times("created", OPENED_AT),
        **times("modified", product.modified_at),
        "type": "variable" if product.variants else "simple",
        "status": "publish" if product.is_published else "draft",
        "featured": False,
        "catalog_visibility": "visible",
        "description": f"<p>{html.escape(product.says)}</p>\n",
        "short_description": "",
        "sku": product.sku,
        "price": amount(product.price),
        "regular_price": "" if product.variants else amount(product.regular_price or product.price),
        "sale_price": amount(product.price) if product.is_on_sale else "",
        "on_sale": product.is_on_sale,
        "purchasable": True,
        "total_sales": sum(
            line.quantity
            for order in shop.orders.values()
            if order.paid_at
            for line in order.lines
            if line.product_id == product.id
        ),
        "virtual": False,
        "downloadable": False,
        "tax_status": "taxable",
        "tax_class": "",
        "manage_stock": not product.variants,
        "stock_quantity": None if product.variants else product.stock,
        "backorders": "no",
        "backorders_allowed": False,
        "backordered": False,
        "low_stock_amount": None,
        "parent_id": 0,
        "categories": [
            {
                "id": product.category.id,
                "name": html.escape(product.category.name, quote=False),
                "slug": product.category.slug,
            }
        ],
        "brands": [],
        "tags": [],
        "images": [{"id": product.id + 100, **times("created", OPENED_AT), **image}],
        "attributes": [_attribute(product)] if product.variants else [],
        "default_attributes": [],
        "variations": [variant.id for variant in product.variants],
        "grouped_products": [],
        "menu_order": 0,
        "price_html": f'<span class="woocommerce-Price-amount amount"><bdi>{shown(product.price)}</bdi></span>',
        "related_ids": [],
        "meta_data": [],
        "stock_status": "instock" if product.is_in_stock else "outofstock",
        "has_options": bool(product.variants),
        "_links": links(shop, f"products/{product.id}"),
    }


def _attribute(product: Product) -> dict[str, Any]:
    return {
        "id": 0,
        "name": product.attribute,
        "slug": product.attribute,
        "position": 0,
        "visible": True,
        "variation": True,
        "options": [variant.option for variant in product.variants],
    }


def variation_body(shop: DemoShop, product: Product, variant: Variant) -> dict[str, Any]:
    home = f"{shop.settings.url}/product/{product.slug}/"
    return {
        "id": variant.id,
        "type": "variation",
        **times("created", OPENED_AT),
        **times("modified", product.modified_at),
        "description": "",
        "permalink": home + Offer(product, variant).query,
        "sku": variant.sku,
        "price": amount(variant.price),
        "regular_price": amount(variant.price),
        "sale_price": "",
        "on_sale": False,
        "status": "publish" if product.is_published else "private",
        "purchasable": True,
        "manage_stock": True,
        "stock_quantity": variant.stock,
        "stock_status": "instock" if variant.stock > 0 else "outofstock",
        "backorders": "no",
        "backorders_allowed": False,
        "image": None,
        "attributes": [{"id": 0, "name": product.attribute, "slug": product.attribute_slug, "option": variant.option}],
        "menu_order": 0,
        "meta_data": [],
        "name": variant.option,
        "parent_id": product.id,
        "_links": links(shop, f"products/{product.id}/variations/{variant.id}", up=f"products/{product.id}"),
    }


def hook_body(shop: DemoShop, hook: Webhook) -> dict[str, Any]:
    """The secret is never told."""
    resource, _, event = hook.topic.partition(".")
    return {
        "id": hook.id,
        "name": hook.name,
        "status": hook.status,
        "topic": hook.topic,
        "resource": resource,
        "event": event,
        "hooks": [],
        "delivery_url": hook.url,
        **times("created", hook.created_at),
        **times("modified", hook.created_at),
        "_links": links(shop, f"webhooks/{hook.id}"),
    }
