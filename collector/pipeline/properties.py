"""What messages show: items, totals and links in the names that merchants' templates know.

The names follow Brevo's own WooCommerce plugin (`price` of an item is the line's total, as there); beside them
stand exact numbers (`unit_price`, `line_total`) and texts in the shopper's language (`*_formatted`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from collector.domain.carts import Generation
from collector.domain.events import Item
from collector.domain.orders import Order
from collector.domain.product_records import Records, as_recorded, completed
from collector.domain.quiet import zone_of
from collector.domain.shop import Shop
from collector.pipeline.storefront_pages import at_home, host_of, is_own_host

LOCALE = "en"
SHOPIFYS_PICTURES = "cdn.shopify.com"
RECOVERY = "tajo_r"  # the parameter a recovery link carries its token in


class Display(Protocol):
    """Money for people and for templates; knows every currency's decimals."""

    def major(self, minor: int, currency: str) -> float:
        """1250, EUR -> 12.5."""
        ...

    def text(self, minor: int, currency: str, locale: str) -> str:
        """1250, EUR, de-DE -> "12,50 €"."""
        ...


def safe_url(url: str, shop: Shop) -> str:
    """The URL if it leads into the shop, else "": what a browser says may lead anywhere.

    The token of a recovery link is nobody else's business and is taken out.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or any(mark in parts.netloc for mark in "@\\"):
        return ""  # browsers read a backslash as the end of the host
    host = host_of(url)
    if not is_own_host(host, shop) and not (shop.platform == "shopify" and host == SHOPIFYS_PICTURES):
        return ""
    if RECOVERY not in parts.query:
        return url
    kept = [one for one in parse_qsl(parts.query, keep_blank_values=True) if one[0] != RECOVERY]
    return urlunsplit(parts._replace(query=urlencode(kept)))


def item_properties(item: Item, currency: str, locale: str, shop: Shop, display: Display) -> dict[str, Any]:
    """One line of a cart or order. Prices nobody knows are left out."""
    shown: dict[str, Any] = {
        "id": item.product_id,
        "name": item.name,
        "quantity": item.quantity,
        "sku": item.sku,
        "variant_id": item.variant_id,
        "variant_name": item.variant_name,
        "category": ", ".join(item.categories),
        "url": safe_url(at_home(item.url, shop), shop),
        "image": safe_url(item.image, shop),
    }
    if item.properties:
        shown["properties"] = [{"name": name, "value": value} for name, value in item.properties]
    if item.line_total_minor is not None and currency:
        total = display.major(item.line_total_minor, currency)
        text = display.text(item.line_total_minor, currency, locale)
        shown |= {"price": total, "price_formatted": text, "line_total": total, "line_total_formatted": text}
    if item.unit_price_minor is not None and currency:
        shown["unit_price"] = display.major(item.unit_price_minor, currency)
        shown["unit_price_formatted"] = display.text(item.unit_price_minor, currency, locale)
    return shown


def product_properties(product: dict[str, Any], locale: str, shop: Shop, display: Display) -> dict[str, Any]:
    """A product as `domain.items.product_to_json` keeps it."""
    shown: dict[str, Any] = {
        "id": product.get("id", ""),
        "name": product.get("name", ""),
        "sku": product.get("sku", ""),
        "variant_id": product.get("variant_id", ""),
        "category": ", ".join(product.get("categories", ())),
        "url": safe_url(at_home(product.get("url", ""), shop), shop),
        "image": safe_url(product.get("image", ""), shop),
    }
    minor, currency = product.get("price_minor"), product.get("currency", "")
    if minor is not None and currency:
        shown["price"] = shown["unit_price"] = display.major(minor, currency)
        shown["price_formatted"] = shown["unit_price_formatted"] = display.text(minor, currency, locale)
    return shown


def content_properties(
    items: Iterable[Item], currency: str, total_minor: int | None, locale: str, shop: Shop, display: Display
) -> dict[str, Any]:
    """Items and totals of a cart; `total` falls back to the sum of the lines where all are known."""
    lines = list(items)
    known = [item.line_total_minor for item in lines if item.line_total_minor is not None]
    subtotal = sum(known) if len(known) == len(lines) else None
    total = total_minor if total_minor is not None else subtotal
    shown: dict[str, Any] = {
        "items": [item_properties(item, currency, locale, shop, display) for item in lines],
        "item_count": sum(item.quantity for item in lines),
    }
    if currency:
        shown["currency"] = currency
        for name, minor in (("total", total), ("subtotal", subtotal)):
            if minor is not None:
                shown[name] = display.major(minor, currency)
                shown[f"{name}_formatted"] = display.text(minor, currency, locale)
    return shown


def cart_properties(cart: Generation, records: Records, locale: str, shop: Shop, display: Display) -> dict[str, Any]:
    """A cart, its items as the shop's own records show them."""
    items = [as_recorded(item, records, cart.currency) for item in cart.items]
    return content_properties(items, cart.currency, cart.total_minor, locale, shop, display)


def order_properties(order: Order, records: Records, shop: Shop, display: Display) -> dict[str, Any]:
    """An order as the shopper saw it; `records` say what it leaves out."""
    content = order.content
    locale = content.locale or LOCALE
    items = [completed(item, records, content.currency) for item in content.items]
    shown = content_properties(items, content.currency, content.total_minor, locale, shop, display)
    return shown | {
        "id": content.number or content.order_id,
        "order_id": content.order_id,
        "number": content.number,
        "revenue": display.major(content.total_minor, content.currency),
        "status": content.status,
        "payment": "paid" if order.paid_at is not None else "promised",
        "kind": content.kind.value,
        "date": content.created_at.astimezone(zone_of(shop.zone)).date().isoformat(),
        "shop": shop.address,
    }
