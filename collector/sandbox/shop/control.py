"""Behind the counter: break things on purpose, and do what a merchant does. `/_sandbox/`, page and JSON.

POST `/_sandbox/switches` with any of `late_s`, `lose_webhooks`, `api_down`; POST `/_sandbox/orders/<id>` with
`status`; POST `/_sandbox/stock` with `id` and `stock`. Forms and JSON both work; GET `/_sandbox/state` tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from collector.sandbox.shop.orders import DRAFT, STATUSES
from collector.sandbox.shop.shop import DemoShop

LATEST_S = 24 * 3600


def blueprint(shop: DemoShop) -> Blueprint:
    views = Blueprint("control", __name__, url_prefix="/_sandbox")

    def done() -> AnyResponse:
        """Forms go back to the page, programs get the state."""
        return state() if request.is_json else redirect("/_sandbox/")

    @views.errorhandler(ValueError)
    def wrong(problem: ValueError) -> tuple[Response, int]:
        return jsonify({"error": str(problem)}), 400

    @views.get("/")
    def page() -> str:
        with shop.lock:
            orders = sorted(shop.orders.values(), key=lambda order: order.id, reverse=True)
        return render_template(
            "shop/control.html",
            title="Behind the counter",
            body_class="page",
            announcer=shop.announcer,
            is_api_down=shop.is_api_down,
            orders=orders[:20],
            statuses=[status for status in STATUSES if status not in (DRAFT, "trash")],
            products=list(shop.catalogue),
        )

    @views.get("/state")
    def state() -> Response:
        announcer = shop.announcer
        with shop.lock:
            orders = [{"id": o.id, "status": o.status, "email": o.email} for o in shop.orders.values()]
        return jsonify(
            {
                "late_s": announcer.late_by.total_seconds(),
                "lose_webhooks": announcer.is_losing,
                "api_down": shop.is_api_down,
                "webhooks": {
                    "waiting": announcer.waiting,
                    "sent": announcer.sent,
                    "lost": announcer.lost,
                    "failed": announcer.failed,
                    "disabled": [hook.id for hook in announcer.hooks.values() if hook.status == "disabled"],
                },
                "orders": orders,
            }
        )

    @views.post("/switches")
    def switches() -> AnyResponse:
        wanted = asked()
        if "late_s" in wanted:
            shop.announcer.late_by = timedelta(seconds=whole(wanted, "late_s", LATEST_S))
        if "lose_webhooks" in wanted:
            shop.announcer.is_losing = is_yes(wanted["lose_webhooks"])
        if "api_down" in wanted:
            shop.is_api_down = is_yes(wanted["api_down"])
        return done()

    @views.post("/orders/<int:number>")
    def order(number: int) -> AnyResponse:
        with shop.lock:
            status = str(asked().get("status", ""))
            if number not in shop.orders or status not in STATUSES:
                raise ValueError(f"no order {number}, or no status {status!r}; allowed: {', '.join(STATUSES)}")
            shop.set_status(shop.orders[number], status)
        return done()

    @views.post("/stock")
    def stock() -> AnyResponse:
        wanted = asked()
        shop.set_stock(whole(wanted, "id", 10**9), whole(wanted, "stock", 10**6))
        return done()

    return views


def asked() -> Mapping[str, Any]:
    if not request.is_json:
        return request.form
    body = request.get_json()
    if not isinstance(body, dict):
        raise ValueError("a JSON object is needed")
    return body


def is_yes(value: object) -> bool:
    return value in (True, "1", "on", "true")


def whole(wanted: Mapping[str, Any], name: str, most: int) -> int:
    """Raises ValueError."""
    text = str(wanted.get(name, ""))
    if not text.isdecimal() or int(text) > most:
        raise ValueError(f"{name}: {text!r} is no whole number from 0 to {most}")
    return int(text)
