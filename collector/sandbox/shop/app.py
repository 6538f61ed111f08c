"""The shop's web application. Answers to names of this machine only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import requests
from flask import Flask, Response, jsonify, render_template, request

from collector.sandbox.shop import account, checkout, control, pages, rest, store_api
from collector.sandbox.shop.catalogue import CATEGORIES
from collector.sandbox.shop.money import amount, shown
from collector.sandbox.shop.settings import ShopSettings
from collector.sandbox.shop.shop import DemoShop, now_utc
from collector.sandbox.shop.visits import Counter

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
LARGEST_BODY = 1024 * 1024


def create_demo_shop(
    settings: ShopSettings,
    clock: Callable[[], datetime] = now_utc,
    http: requests.Session | None = None,
) -> tuple[Flask, DemoShop]:
    """The application and the shop behind it. Webhooks wait until `keep_delivering` runs somewhere."""
    shop = DemoShop(settings, clock, http or requests.Session())
    counter = Counter(shop)
    app = Flask("collector.sandbox.shop", static_url_path="/assets")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.jinja_env.globals.update(settings=settings, categories=CATEGORIES)
    app.jinja_env.filters.update(money=shown, amount=amount)

    @app.before_request
    def stay_here() -> Response | None:
        """Another site must not steer this one through a name that leads here."""
        name = request.host.rpartition(":")[0] if request.host.rpartition(":")[2].isdigit() else request.host
        return None if name in LOOPBACK else Response("This shop answers on this machine only.\n", 403)

    @app.context_processor
    def every_page() -> dict[str, Any]:
        """WordPress marks the pages of whoever is signed in; those are never cached.

        `tracked` is what the collector's snippet prints for its tracker; a product's page has more.
        """
        is_signed_in = counter.visit(request).customer is not None
        return {"is_signed_in": is_signed_in, "tracked": pages.TRACKED}

    @app.get("/wp-json/")
    def index() -> Response:
        return jsonify(
            {
                "name": "Lindenweg Tea &amp; Ware",
                "description": "A demo shop",
                "url": settings.url,
                "home": settings.url,
                "gmt_offset": 1,
                "timezone_string": "Europe/Berlin",
                "namespaces": ["wc/v3", "wc/store", "wc/store/v1", "tajo/v1", "wp/v2"],
            }
        )

    @app.get("/healthz")
    def alive() -> Response:
        return Response("OK", content_type="text/plain")

    @app.errorhandler(404)
    def nothing(_: Exception) -> tuple[Response | str, int]:
        if request.path.startswith("/wp-json/"):
            return rest.refusal(404, "rest_no_route", "No route was found matching the URL and request method."), 404
        return render_template("shop/nothing.html", title="Nothing here", body_class="error404"), 404

    app.register_blueprint(pages.blueprint(shop, counter))
    app.register_blueprint(checkout.blueprint(shop, counter))
    app.register_blueprint(account.blueprint(shop, counter))
    app.register_blueprint(store_api.blueprint(shop, counter))
    app.register_blueprint(rest.blueprint(shop))
    app.register_blueprint(control.blueprint(shop))
    return app, shop
