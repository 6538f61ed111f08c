"""The shop as a browser meets it: its theme's pages through a real Liquid engine, with our snippet pasted where
merchants paste it, and Shopify's cart as far as themes use it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, Response, redirect, request

from collector.bootstrap.snippets import snippet
from collector.domain.shop import Secrets, Shop
from tests.tracker.collector import serving
from tests.tracker.shopify_pages.engine import engine, to_json
from tests.tracker.shopify_pages.store import PRODUCTS, Refused, Store

IDENTITY_KEY = "key-of-the-shop"


def the_shop(site_key: str) -> Shop:
    """As the collector knows it."""
    secrets = Secrets(identity=(IDENTITY_KEY,))
    return Shop(1, "shopify", "shop.example", "https://shop.example", site_key, secrets=secrets)


def page(store: Store, kind: str, **things: Any) -> str:
    """A whole page of this `request.page_type`. The theme's layout gets our snippet before </head>, as pasted."""
    theme = engine(store.theme)
    layout = theme.loader.get_source(theme, "layout/theme").text
    ours = snippet(the_shop(store.site_key), store.collector)[1]
    root = store.root
    shopify: dict[str, Any] = {
        "shop": "shop.example",
        "theme": {"name": store.theme, "role": store.role},
        "currency": {"active": store.currency, "rate": "1.0"},
        "routes": {"root": root},
    }
    if store.is_in_editor:
        shopify["designMode"] = True
    scripts = f"window.tajoConfig = {{debug: true}}; var Shopify = {to_json(shopify)}; {store.hello}"
    cart = store.cart()
    values = {
        "request": {
            "page_type": kind,
            "design_mode": store.is_in_editor,
            "visual_preview_mode": False,
            "locale": {"iso_code": "de"},
        },
        "routes": {name: f"{root}{path}" for name, path in ROUTES.items()},
        "cart": {**cart, "currency": {"iso_code": store.currency}},
        "customer": store.customer,
        "localization": {"country": {"iso_code": "DE"}},
        "content_for_header": f"<script>{scripts}</script>",
        "page_title": "A page",
        **things,
    }
    content = theme.get_template(f"templates/{kind}").render(**values)
    return theme.from_string(layout.replace("</head>", f"{ours}</head>")).render(**values, content_for_layout=content)


ROUTES = {
    "root_url": "",
    "cart_url": "cart",
    "cart_add_url": "cart/add",
    "cart_change_url": "cart/change",
    "cart_update_url": "cart/update",
    "search_url": "search",
}


def sections(store: Store, names: str) -> dict[str, str]:
    """Section Rendering: pieces of the page, drawn anew."""
    theme, cart = engine(store.theme), store.cart()
    return {name: theme.get_template(f"sections/{name}").render(cart=cart) for name in names.split(",") if name}


def answer(content: object, status: int = 200) -> Response:
    return Response(json.dumps(content), status, content_type="application/json")


def page_answer(text: str) -> Response:
    return Response(text, content_type="text/html; charset=utf-8")


def changed(store: Store, verb: str, given: dict[str, Any]) -> dict[str, Any]:
    """What `/cart/<verb>.js` answers. Raises Refused."""
    if verb == "add":
        items = given.get("items") or [given]
        return {"items": [store.add(int(item["id"]), int(item.get("quantity", 1))) for item in items]}
    if verb == "change":
        key = given["id"] if "id" in given else list(store.lines)[int(given["line"]) - 1]
        store.change(int(str(key).partition(":")[0]), int(given["quantity"]))
    elif verb == "update":
        store.update(given)
    else:
        store.lines.clear()
    return store.cart()


def take_cart(store: Store, verb: str, is_ajax: bool) -> Response:
    given = request.get_json(silent=True) or request.form.to_dict()
    try:
        said = changed(store, verb, given)
    except Refused as problem:
        said = {"status": 422, "message": "Cart Error", "description": str(problem)}
        return answer(said, 422) if is_ajax else page_answer("<!doctype html><p>Sold out")
    if not is_ajax:
        return redirect(f"{store.root}cart")  # type: ignore[return-value]
    if given.get("sections"):
        said["sections"] = sections(store, given["sections"])
    return answer(said)


def take_graphql(store: Store) -> Response:
    """The Storefront API, where an address does not say whether anything changes."""
    asked = request.get_json()
    if "cartLinesAdd" in asked["query"]:
        for line in asked["variables"]["lines"]:
            store.add(int(line["merchandiseId"].rpartition("/")[2]), line["quantity"])
    return answer({"data": {}})


def look_at(store: Store, path: str) -> Response:
    kind, _, handle = path.partition("/")
    if kind == "products":
        return page_answer(page(store, "product", product=store.drop(PRODUCTS[handle])))
    if kind == "collections":
        products = [store.drop(product) for product in PRODUCTS.values()]
        return page_answer(page(store, "collection", collection={"id": 5, "products": products}))
    if kind == "search":
        terms = request.args.get("q", "")
        return page_answer(page(store, "search", search={"terms": terms, "performed": bool(terms)}))
    return page_answer(page(store, kind or "index"))


@contextmanager
def open_store(store: Store) -> Iterator[str]:
    """The shop on a free port; its address."""
    app = Flask("shopify")

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
    @app.route("/<path:path>", methods=["GET", "POST"])
    def anything(path: str) -> Response:
        store.calls.append(f"{request.method} {request.full_path.rstrip('?')}")
        if not f"/{path}/".startswith(store.root) and path.startswith("cart"):
            return page_answer("")  # another market's cart: not this one
        path = path.removeprefix(store.root[1:])
        if path == "empty":
            return page_answer("<!doctype html><title>Elsewhere</title>")
        if path == "cart.js":
            return answer(store.cart())
        if request.method == "POST" and (verb := re.fullmatch(r"cart/(add|change|update|clear)(\.js)?", path)):
            return take_cart(store, verb[1], is_ajax=bool(verb[2]))
        if permalink := re.fullmatch(r"cart/(\d+):(\d+)", path):
            store.add(int(permalink[1]), int(permalink[2]))
            return redirect(f"{store.root}cart" if "storefront" in request.args else "/checkouts/cn/c1-token")  # type: ignore[return-value]
        if path.startswith("checkouts/"):
            return page_answer("<!doctype html><title>Checkout</title><p>None of the theme's scripts")
        if path.endswith("graphql.json"):
            return take_graphql(store)
        if path == "favicon.ico":
            return Response(status=404)
        return look_at(store, path)

    with serving(app) as address:
        yield address
