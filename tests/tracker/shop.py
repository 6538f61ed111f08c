"""A shop to walk through: pages that look like Shopify, classic WooCommerce and WooCommerce Blocks to a script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, request

from tests.tracker.collector import serving

SHOPIFY_LINE = {
    "product_id": 13,
    "variant_id": 14,
    "sku": "M-1",
    "product_title": "Mug",
    "variant_title": "Blue",
    "original_price": 1250,
    "final_line_price": 2000,
    "quantity": 2,
    "url": "/products/mug?variant=14",
    "image": "https://cdn.example/mug.jpg",
    "properties": {"engraving": "Ana"},
}
WOO_LINE = {
    "id": 14,
    "quantity": 2,
    "name": "Mug &#8211; blue",
    "sku": "M-1",
    "permalink": "https://shop.example/product/mug/",
    "images": [{"src": "https://shop.example/mug.jpg"}],
    "variation": [{"attribute": "Colour", "value": "blue"}],
    "prices": {"price": "1190", "currency_code": "EUR", "currency_minor_unit": 2},
    "totals": {"line_subtotal": "2000", "line_subtotal_tax": "380", "line_total": "1800", "line_total_tax": "342"},
    "extensions": {"tajo": {"product_id": "13"}},
}
WHO = {"customerId": "7", "customerEmail": "ana@shop.example", "signedOn": "2026-11-21", "signature": "ab" * 32}


@dataclass
class ShopState:
    """What the pages show and the interfaces say; a test sets what it needs."""

    collector: str = ""
    items: list[dict[str, Any]] = field(default_factory=list)
    currency: str = "EUR"
    cart_status: int = 200
    head: str = ""
    body: str = "<p>Hello</p>"
    classes: str = ""
    site_key: str = "shopify-implied"
    script: str = '<script src="{collector}/c/{site_key}.js" data-debug defer></script>'
    title: str = "A page"
    headers: dict[str, str] = field(default_factory=dict)  # of pages
    calls: list[str] = field(default_factory=list)

    def page(self) -> str:
        script = self.script.format(collector=self.collector, site_key=self.site_key)
        head = f"<meta charset=utf-8><title>{self.title}</title>{self.head}{script}"
        return f'<!doctype html><html lang="de-DE"><head>{head}</head><body class="{self.classes}">{self.body}</body>'

    def shopify_cart(self) -> dict[str, Any]:
        return {
            "token": "c1-token?key=secret",
            "currency": self.currency,
            "total_price": sum(item["final_line_price"] for item in self.items),
            "item_count": sum(item["quantity"] for item in self.items),
            "items": self.items,
        }

    def woo_cart(self) -> dict[str, Any]:
        return {"items": self.items, "totals": {"currency_code": "EUR", "currency_minor_unit": 2}}


@contextmanager
def open_shop(state: ShopState) -> Iterator[str]:
    """The shop on a free port; its address."""
    app = Flask("shop")

    @app.before_request
    def remember() -> None:
        state.calls.append(request.full_path.rstrip("?"))

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
    @app.route("/<path:path>", methods=["GET", "POST"])
    def anything(path: str) -> Response:
        if path == "empty":
            return Response("<!doctype html><title>Elsewhere</title>", content_type="text/html")
        if path.endswith("cart.js"):
            return Response(json.dumps(state.shopify_cart()), state.cart_status, content_type="application/json")
        if (
            path.startswith(("cart/add.js", "cart/shipping"))
            or path.endswith(("/change.js", "/update.js"))
            or path.endswith(("/cart/add-item", "/batch"))
            or "wc-ajax" in request.args
        ):
            return Response("{}", content_type="application/json")
        if path.endswith("wc/store/v1/cart"):
            return Response(json.dumps(state.woo_cart()), state.cart_status, content_type="application/json")
        if path.endswith("tajo/v1/me"):
            has_header = request.headers.get("X-Tajo") == "1"
            return Response(json.dumps(WHO), 200 if has_header else 401, content_type="application/json")
        return Response(state.page(), headers=state.headers, content_type="text/html; charset=utf-8")

    with serving(app) as address:
        yield address
