"""The account page, and who is signed in, told to the tracker alone and signed."""

from __future__ import annotations

import hashlib
import hmac

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from collector.sandbox.shop.orders import Customer
from collector.sandbox.shop.rest import refusal
from collector.sandbox.shop.settings import ShopSettings
from collector.sandbox.shop.shop import ANA, DemoShop
from collector.sandbox.shop.visits import Counter


def blueprint(shop: DemoShop, counter: Counter) -> Blueprint:
    views = Blueprint("account", __name__)

    @views.get("/my-account/")
    def account() -> str:
        visit = counter.visit(request)
        with shop.lock:
            orders = [o for o in shop.orders.values() if visit.customer and o.customer_id == visit.customer_id]
        return render_template(
            "shop/account.html",
            title="My account",
            body_class="page woocommerce-account woocommerce-page",
            customer=visit.customer,
            orders=[order for order in orders[::-1] if order.status != "checkout-draft"],
        )

    @views.post("/my-account/sign-in")
    def sign_in() -> AnyResponse:
        response = redirect("/my-account/")
        counter.sign_in(request, shop.customers[ANA], response)
        return response

    @views.post("/my-account/sign-up")
    def sign_up() -> AnyResponse | tuple[str, int]:
        email = request.form.get("email", "").strip().lower()[:200]
        if "@" not in email:
            return "The e-mail address is not valid.", 400
        try:
            customer = shop.sign_up(email, request.form.get("first_name", "").strip()[:100], "")
        except ValueError as problem:
            return f"Sorry: {problem}.", 400
        response = redirect("/my-account/")
        counter.sign_in(request, customer, response)
        return response

    @views.post("/my-account/sign-out")
    def sign_out() -> AnyResponse:
        response = redirect("/my-account/")
        counter.sign_out(response)
        return response

    @views.get("/wp-json/tajo/v1/me")
    def me() -> Response:
        """As the collector's snippet answers: log-in cookies only, never cached, never to other sites' pages."""
        if request.headers.get("X-Tajo") != "1" or request.headers.get("Origin"):
            return refusal(401, "rest_forbidden", "Sorry, you are not allowed to do that.")
        customer = counter.visit(request).customer
        if customer is None:
            response = Response(status=204)
        else:
            response = jsonify(identity(shop.settings, customer, f"{shop.clock():%Y-%m-%d}"))
        response.headers["Cache-Control"] = "no-store, private"
        response.headers["Vary"] = "Cookie"
        return response

    return views


def identity(settings: ShopSettings, customer: Customer, signed_on: str) -> dict[str, str]:
    """Who is signed in, in the names that the tracker's `identify` takes."""
    signed = f"v1|{settings.site_key}|{customer.id}|{signed_on}|{customer.email.lower()}"
    return {
        "customerId": str(customer.id),
        "customerEmail": customer.email.lower(),
        "customerName": customer.first_name,
        "signedOn": signed_on,
        "signature": hmac.digest(settings.identity_key.encode(), signed.encode(), hashlib.sha256).hex(),
    }
