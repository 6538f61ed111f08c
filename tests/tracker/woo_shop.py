"""A WooCommerce shop as a browser sees it: pages of a classic and of a block theme, Ajax, and the Store API.

The themes in `woo_pages/` are ours, written after what WooCommerce 10.5 prints and says; the tracker gets into
them by the merchant's snippet, run by a real PHP.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from flask import Flask, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from tests.tracker.collector import serving
from tests.tracker.woo_store import THINGS, CannotAdd, Line, Store
from tests.tracker.wordpress import ASKING, LOGGED_IN, WordPress

PAGES = Path(__file__).parent / "woo_pages"
NONCE = "5f3c1d2e4b"
API = "/wp-json/wc/store/v1/"


class Shop:
    """`wordpress`: the snippet of each site key."""

    def __init__(self, store: Store, wordpress: dict[str, WordPress]) -> None:
        self.store = store
        self.wordpress = wordpress
        self.cache: dict[str, str] = {}

    @property
    def snippet(self) -> WordPress:
        return self.wordpress[self.store.site_key]

    # pages

    def page(self, theme: str, name: str, classes: str, **values: Any) -> Response:
        """Cart, checkout and answers to forms are never cached; other pages when the shop has a cache."""
        may_cache = self.store.is_cached and request.method == "GET" and name in ("shop", "product", "variable")
        html = self.cache.get(request.full_path) if may_cache else None
        if html is None:
            # The cache is filled by a guest without a cart.
            is_logged_in = self.store.is_logged_in and not may_cache
            html = render_template(
                f"{theme}/{name}.html",
                classes=f"{classes} theme-{theme}{' logged-in' if is_logged_in else ''}",
                scripts=self.scripts(values.get("product")),
                store=self.store,
                theme=theme,
                **values,
            )
        if may_cache:
            self.cache[request.full_path] = html
        response = Response(html, content_type="text/html; charset=utf-8")
        return response if may_cache else self.with_cookies(response)

    def scripts(self, product: dict[str, Any] | None) -> str:
        cookies = LOGGED_IN if self.store.is_logged_in else {}
        settings = f"<script>window.tajoConfig = {json.dumps(self.store.settings)}</script>\n"
        scripts = str(self.snippet.run(product=product, cookies=cookies)["scripts"])
        return settings + (scripts if self.store.is_deferred else scripts.replace(" defer ", " "))

    def product(self, thing_id: int) -> dict[str, Any]:
        thing = THINGS[thing_id]
        return {
            "id": thing.product_id,
            "sku": f"SKU-{thing.product_id}",
            "name": thing.name,
            "title": thing.name,
            "url": f"https://shop.example/product/{thing.product_id}/",
            "image": "https://shop.example/5.jpg",
            "price": self.store.shown(thing.net) / 100,
            "categories": ["Cups &amp; mugs"],
        }

    def with_cookies(self, response: Response) -> Response:
        if not self.store.sets_cookies:
            return response
        cart_hash = self.store.hash()
        if cart_hash:
            response.set_cookie("woocommerce_items_in_cart", "1")
            response.set_cookie("woocommerce_cart_hash", cart_hash)
        elif "woocommerce_cart_hash" in request.cookies:
            response.delete_cookie("woocommerce_items_in_cart")
            response.delete_cookie("woocommerce_cart_hash")
        return response

    # interfaces

    def answer(self, content: Any, status: int = 200) -> Response:
        response = Response(json.dumps(content), status, content_type="application/json")
        response.headers["Nonce"] = NONCE
        return self.with_cookies(response)

    def extension(self, line: Line) -> dict[str, Any] | None:
        if not self.store.has_snippets_lines:
            return None
        given = {"id": line.thing.id, "product_id": line.thing.product_id, "name": "", "title": line.thing.name}
        return dict(self.snippet.run(line=given)["line"])

    def ajax(self, action: str) -> Response:
        """`?wc-ajax=…` of classic themes. What cannot be done is said with status 200."""
        form = request.form
        try:
            if action == "add_to_cart":
                self.store.add(int(form["product_id"]), int(form["quantity"]))
            elif action == "remove_from_cart":
                self.store.remove(form["cart_item_key"])
            elif action == "apply_coupon":
                self.store.coupon = form["coupon_code"]
            elif action == "checkout":
                self.store.order()
                return self.answer({"result": "success", "redirect": "/classic/order-received/4711/?key=wc_order_x"})
        except CannotAdd:
            return self.answer({"error": True, "product_url": "/classic/product/30/"})
        return self.answer({"fragments": {}, "cart_hash": self.store.hash()})

    def write(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """One write to the Store API: (status, content)."""
        try:
            if path == "cart/add-item":
                self.store.add(int(body["id"]), int(body["quantity"]))
            elif path == "cart/update-item":
                self.store.change(body["key"], int(body["quantity"]))
            elif path == "cart/remove-item":
                self.store.remove(body["key"])
            elif path == "cart/apply-coupon":
                self.store.coupon = body["code"]
            elif path == "checkout":
                self.store.order()
                return 200, {"payment_result": {"redirect_url": "/blocks/order-received/4711/?key=wc_order_x"}}
        except CannotAdd:
            return 400, {"code": "woocommerce_rest_product_out_of_stock", "data": {"status": 400}}
        return 201, self.store.api_cart(self.extension)

    def api(self, path: str) -> Response:
        if request.method == "GET":
            return self.answer(self.store.api_cart(self.extension), self.store.cart_status)
        nonce = request.headers.get("Nonce")
        if nonce != NONCE:
            return self.answer({"code": "woocommerce_rest_missing_nonce"}, 403 if nonce else 401)
        body = json.loads(request.get_data() or b"{}")
        if path != "batch":
            status, content = self.write(path, body)
            return self.answer(content, status)
        written = [self.write(one["path"].removeprefix("/wc/store/v1/"), one["body"]) for one in body["requests"]]
        return self.answer({"responses": [{"status": status, "body": content} for status, content in written]}, 207)

    def me(self) -> Response:
        headers = ASKING if request.headers.get("X-Tajo") == "1" else {}
        answer = self.snippet.run(headers=headers, cookies=LOGGED_IN if self.store.is_logged_in else {})["me"]
        if answer is None:
            return Response("{}", 401, content_type="application/json")
        body = json.dumps(answer["data"]) if answer["data"] else ""
        return Response(body, answer["status"], answer["headers"], content_type="application/json")


@contextmanager
def open_woo_shop(store: Store, wordpress: dict[str, WordPress]) -> Iterator[str]:
    """The shop on a free port; its address."""
    app = Flask("woo-shop", template_folder=str(PAGES), static_folder=str(PAGES), static_url_path="/theme")
    shop = Shop(store, wordpress)

    @app.before_request
    def remember() -> Response | None:
        store.calls.append(f"{request.method} {request.full_path.rstrip('?')}")
        if not store.is_cached:
            shop.cache.clear()
        action = request.args.get("wc-ajax")
        return shop.ajax(action) if action else None

    @app.get("/empty")
    def empty() -> str:
        return "<!doctype html><title>Elsewhere</title>"

    @app.route(f"{API}<path:path>", methods=["GET", "POST", "PUT"])
    def api(path: str) -> Response:
        return shop.api(path)

    @app.get("/wp-json/tajo/v1/me")
    def me() -> Response:
        return shop.me()

    @app.get("/<any(classic, blocks):theme>/")
    def home(theme: str) -> Response:
        return shop.page(theme, "shop", "archive woocommerce-shop", things=[THINGS[13], THINGS[30]])

    @app.get("/<any(classic, blocks):theme>/category/")
    def category(theme: str) -> Response:
        return shop.page(theme, "shop", "archive tax-product_cat term-cups", things=[THINGS[13]])

    @app.route("/<any(classic, blocks):theme>/product/<int:number>/", methods=["GET", "POST"])
    def product(theme: str, number: int) -> Response:
        if request.method == "POST":
            chosen = int(request.form.get("variation_id") or request.form["add-to-cart"])
            with suppress(CannotAdd):  # the page says so
                store.add(chosen, int(request.form["quantity"]))
        options = [thing for thing in THINGS.values() if thing.product_id == number]
        return shop.page(
            theme,
            "variable" if options[0].option else "product",
            f"single-product postid-{number}",
            thing=options[0],
            options=options,
            product=shop.product(options[0].id),
        )

    @app.route("/<any(classic, blocks):theme>/cart/", methods=["GET", "POST"])
    def cart(theme: str) -> AnyResponse:
        for name, value in request.form.items():
            if name.startswith("cart["):
                store.change(name.split("[")[1].rstrip("]"), int(value))
        for name, work in (("remove_item", store.remove), ("undo_item", store.undo)):
            if name in request.args:
                work(request.args[name])
                return shop.with_cookies(Response(status=302, headers={"Location": f"/{theme}/cart/"}))
        return shop.page(theme, "cart", "page woocommerce-cart")

    @app.get("/<any(classic, blocks):theme>/checkout/")
    def checkout(theme: str) -> AnyResponse:
        if not store.lines:
            return redirect(f"/{theme}/cart/")
        return shop.page(theme, "checkout", "page woocommerce-checkout")

    @app.get("/<any(classic, blocks):theme>/order-received/<number>/")
    def received(theme: str, number: str) -> Response:
        return shop.page(theme, "received", "page woocommerce-checkout woocommerce-order-received", number=number)

    with serving(app) as address:
        yield address
