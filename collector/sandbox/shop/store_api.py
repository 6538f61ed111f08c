"""The Store API: the shopper's own cart, for scripts in the shop's pages. No keys; writes need a Nonce."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from collector.sandbox.shop.carts import COUPONS, Cart
from collector.sandbox.shop.rest import Refusal, given, json_answer, refusal
from collector.sandbox.shop.shop import DemoShop
from collector.sandbox.shop.store_bodies import cart_body
from collector.sandbox.shop.visits import Counter, Visit

API = "/wp-json/wc/store/v1"
BOX = "tajo/marketing-opt-in"


def blueprint(shop: DemoShop, counter: Counter) -> Blueprint:
    views = Blueprint("store_api", __name__)

    def answer(visit: Visit, cart: Cart, status: int = 200) -> Response:
        response = json_answer(cart_body(shop, cart), status)
        response.headers["Nonce"] = counter.nonce(visit)
        response.headers["Nonce-Timestamp"] = str(int(shop.clock().timestamp()))
        response.headers["User-ID"] = str(visit.customer_id)
        response.headers["Cart-Token"] = counter.cart_token(visit)
        response.headers["Cart-Hash"] = cart.hash
        response.headers["Cache-Control"] = "no-store"
        counter.keep(visit, cart, response)
        return response

    @views.errorhandler(Refusal)
    def refuse(problem: Refusal) -> Response:
        return refusal(problem.status, problem.code, str(problem))

    @views.before_request
    def check_nonce() -> None:
        """Missing 401, wrong 403; a Cart-Token stands in for it."""
        if request.method == "GET" or request.headers.get("Cart-Token"):
            return
        nonce = request.headers.get("Nonce", "")
        if not nonce:
            raise Refusal(401, "woocommerce_rest_missing_nonce", "Missing the Nonce header.")
        if nonce != counter.nonce(counter.visit(request)):
            raise Refusal(403, "woocommerce_rest_invalid_nonce", "Nonce is invalid.")

    @views.get(f"{API}/cart")
    def cart() -> Response:
        with shop.lock:
            visit = counter.visit(request)
            return answer(visit, counter.cart(visit))

    @views.post(f"{API}/cart/<action>")
    def change(action: str) -> Response:
        if action not in ACTIONS:
            raise Refusal(404, "rest_no_route", "No route was found matching the URL and request method.")
        with shop.lock:
            visit = counter.visit(request)
            mine = counter.cart(visit)
            ACTIONS[action](shop, visit, mine, given())
            return answer(visit, mine, 201 if action == "add-item" else 200)

    @views.route(f"{API}/checkout", methods=["GET", "PUT"])
    def checkout() -> Response:
        """The open checkout; PUT saves the additional fields (the box) with its draft."""
        with shop.lock:
            visit = counter.visit(request)
            mine = counter.cart(visit)
            if request.method == "PUT":
                fields = given().get("additional_fields")
                if isinstance(fields, dict) and BOX in fields:
                    mine.has_opted_in = fields[BOX] in (True, 1, "1")
                shop.note_contact(mine, visit.customer_id, visit.order_meta, {})
            order = shop.open_checkout(mine, visit.customer_id, visit.order_meta)
            if order is None:
                raise Refusal(400, "woocommerce_rest_cart_empty", "Cannot create order from empty cart.")
            response = json_answer(
                {
                    "order_id": order.id,
                    "status": order.status,
                    "order_key": order.key,
                    "customer_id": order.customer_id,
                    "billing_address": order.billing,
                    "additional_fields": {BOX: bool(mine.has_opted_in)},
                }
            )
            counter.keep(visit, mine, response)
            return response

    return views


def _add(shop: DemoShop, _: Visit, cart: Cart, body: dict[str, Any]) -> None:
    """`id` of a product or variant; a product with a choice needs `variation: [{attribute, value}]`."""
    number = _number(body, "id")
    product = shop.catalogue.products.get(number)
    if product is not None and product.variants:
        wanted = {str(one.get("value")) for one in body.get("variation", []) if isinstance(one, dict)}
        number = next((variant.id for variant in product.variants if variant.option in wanted), 0)
    offer = shop.catalogue.offer(number)
    if offer is None:
        raise Refusal(400, "woocommerce_rest_cart_invalid_product", "This product cannot be added to the cart.")
    if offer.stock < 1:
        raise Refusal(400, "woocommerce_rest_product_out_of_stock", f"“{offer.name}” is out of stock.")
    cart.add(offer, max(1, _number(body, "quantity", 1)))


def _update(_: DemoShop, __: Visit, cart: Cart, body: dict[str, Any]) -> None:
    if str(body.get("key")) not in cart.lines:
        raise Refusal(409, "woocommerce_rest_cart_invalid_key", "Cart item no longer exists or is invalid.")
    cart.change(str(body["key"]), _number(body, "quantity"))


def _remove(shop: DemoShop, visit: Visit, cart: Cart, body: dict[str, Any]) -> None:
    _update(shop, visit, cart, body | {"quantity": 0})


def _coupon(_: DemoShop, __: Visit, cart: Cart, body: dict[str, Any]) -> None:
    code = str(body.get("code", "")).lower()
    if code not in COUPONS:
        raise Refusal(400, "woocommerce_rest_cart_coupon_error", f"Coupon “{code}” does not exist.")
    if code not in cart.coupons:
        cart.coupons.append(code)


def _uncoupon(_: DemoShop, __: Visit, cart: Cart, body: dict[str, Any]) -> None:
    code = str(body.get("code", "")).lower()
    if code in cart.coupons:
        cart.coupons.remove(code)


def _contact(shop: DemoShop, visit: Visit, cart: Cart, body: dict[str, Any]) -> None:
    """`billing_address` as typed so far; goes into the open checkout's draft."""
    typed = body.get("billing_address")
    known = {name: str(value)[:200] for name, value in typed.items()} if isinstance(typed, dict) else {}
    cart.email = known.get("email", cart.email)
    cart.first_name = known.get("first_name", cart.first_name)
    cart.last_name = known.get("last_name", cart.last_name)
    shop.note_contact(cart, visit.customer_id, visit.order_meta, known)


def _number(body: dict[str, Any], name: str, default: int = 0) -> int:
    try:
        return int(body.get(name, default))
    except (TypeError, ValueError):
        raise Refusal(400, "rest_invalid_param", f"Invalid parameter(s): {name}") from None


ACTIONS = {
    "add-item": _add,
    "update-item": _update,
    "remove-item": _remove,
    "apply-coupon": _coupon,
    "remove-coupon": _uncoupon,
    "update-customer": _contact,
}
