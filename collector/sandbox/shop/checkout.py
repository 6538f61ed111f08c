"""Checkout, payment page, thank-you page."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from collector.sandbox.shop.orders import PAYMENTS, Order
from collector.sandbox.shop.shop import DemoShop
from collector.sandbox.shop.visits import Counter

REQUIRED = ("email", "first_name", "last_name", "address_1", "postcode", "city")
FIELDS = (*REQUIRED, "phone")
LONGEST = 200


def blueprint(shop: DemoShop, counter: Counter) -> Blueprint:
    views = Blueprint("checkout", __name__)

    @views.route("/checkout/", methods=["GET", "POST"])
    def checkout() -> AnyResponse:
        with shop.lock:
            visit = counter.visit(request)
            cart = counter.cart(visit)
            if not cart.lines:
                return redirect("/cart/")
            error, values = "", dict(visit.customer.billing) if visit.customer else {"email": cart.email}
            if request.method == "POST":
                values = {name: request.form.get(f"billing_{name}", "").strip()[:LONGEST] for name in FIELDS}
                method = request.form.get("payment_method", "")
                error = missing(values, method)
                if not error:
                    cart.has_opted_in = "tajo_opt_in" in request.form or (False if cart.has_opted_in else None)
                    billing = values | {"country": "DE"}
                    order = shop.place(cart, visit.customer_id, visit.order_meta, billing, method)
                    if order.status != "failed":
                        response = redirect(next_page(order))
                        counter.keep(visit, cart, response)
                        return response
                    error = "The card was declined. Nothing was charged; try another way to pay."
            else:
                shop.open_checkout(cart, visit.customer_id, visit.order_meta)
            page = Response(
                render_template(
                    "shop/checkout.html",
                    title="Checkout",
                    body_class="page woocommerce-checkout woocommerce-page",
                    bill=shop.bill(cart),
                    values=values,
                    payments=[(name, title) for name, (title, _) in PAYMENTS.items()],
                    error=error,
                    has_opted_in=cart.has_opted_in,
                )
            )
            page.headers["Cache-Control"] = "no-store"
            counter.keep(visit, cart, page)
            return page

    @views.route("/checkout/order-pay/<int:number>/", methods=["GET", "POST"])
    def pay(number: int) -> AnyResponse | str:
        """Plays the payment provider: pay, be declined, or close the window."""
        order = mine(number)
        if request.method == "POST":
            if order.status in ("pending", "failed"):
                shop.finish_payment(order, went_well=request.form.get("outcome") == "paid")
            return redirect(next_page(order) if order.status != "failed" else "/checkout/")
        body_class = "page woocommerce-checkout woocommerce-order-pay woocommerce-page"
        return render_template("shop/pay.html", title="Pay for order", body_class=body_class, order=order)

    @views.get("/checkout/order-received/<int:number>/")
    def received(number: int) -> Response:
        order = mine(number)
        body_class = "page woocommerce-checkout woocommerce-order-received woocommerce-page"
        page = Response(
            render_template("shop/received.html", title="Order received", body_class=body_class, order=order)
        )
        with shop.lock:
            visit = counter.visit(request)
            counter.keep(visit, counter.cart(visit), page)  # the cart's cookies go with the cart
        return page

    def mine(number: int) -> Order:
        """The order, for whoever has its key."""
        order = shop.orders.get(number)
        return order if order is not None and request.args.get("key") == order.key else abort(404)

    return views


def next_page(order: Order) -> str:
    if order.status == "pending":
        return f"/checkout/order-pay/{order.id}/?pay_for_order=true&key={order.key}"
    return f"/checkout/order-received/{order.id}/?key={order.key}"


def missing(values: dict[str, str], method: str) -> str:
    """What keeps the order from being placed, in words; "" for nothing."""
    for name in REQUIRED:
        if not values[name]:
            return f"{name.removesuffix('_1').replace('_', ' ').capitalize()} is a required field."
    if "@" not in values["email"]:
        return "The e-mail address is not valid."
    return "" if method in PAYMENTS else "Please choose how to pay."
