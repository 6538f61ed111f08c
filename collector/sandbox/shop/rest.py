"""REST API v3: what a collector reads and sets up. Behind the keys; 503 while the demo's switch says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from collector.sandbox.shop.oauth import Denied, Gate
from collector.sandbox.shop.orders import STATUSES, Customer, Order
from collector.sandbox.shop.rest_bodies import (
    VERSION,
    ZONE,
    as_php,
    customer_body,
    hook_body,
    order_body,
    product_body,
    variation_body,
)
from collector.sandbox.shop.shop import DemoShop

API = "/wp-json/wc/v3"
LARGEST_PAGE = 100


class Refusal(Exception):
    """An answer in WordPress's error shape."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def json_answer(value: Any, status: int = 200) -> Response:
    return Response(as_php(value), status, content_type="application/json; charset=UTF-8")


def refusal(status: int, code: str, message: str) -> Response:
    return json_answer({"code": code, "message": message, "data": {"status": status}}, status)


def blueprint(shop: DemoShop) -> Blueprint:
    views = Blueprint("rest", __name__)
    gate = Gate(shop.settings.consumer_key, shop.settings.consumer_secret)

    @views.before_request
    def let_in() -> Response | None:
        if shop.is_api_down:
            return Response("<h1>Briefly unavailable for scheduled maintenance.</h1>", 503, content_type="text/html")
        query = list(request.args.items(multi=True))
        header = request.headers.get("Authorization", "")
        try:
            gate.check(request.method, request.base_url, query, header, shop.clock())
        except Denied as denied:
            return refusal(401, denied.code, str(denied))
        return None

    @views.errorhandler(Refusal)
    def refuse(problem: Refusal) -> Response:
        return refusal(problem.status, problem.code, str(problem))

    @views.errorhandler(HTTPException)
    def not_understood(problem: HTTPException) -> Response:
        """A body that is no JSON, for one."""
        return refusal(problem.code or 500, "rest_invalid_json", problem.name)

    @views.get(f"{API}/system_status")
    def system_status() -> Response:
        return trimmed(
            {
                "environment": {
                    "home_url": shop.settings.url,
                    "version": VERSION,
                    "wp_version": "6.9.1",
                    "wp_multisite": False,
                },
                "settings": {"currency": "EUR", "number_of_decimals": 2, "HPOS_enabled": True},
            }
        )

    @views.get(f"{API}/orders")
    def orders() -> Response:
        with shop.lock:
            found = sorted(filter(wanted_orders(), shop.orders.values()), key=order_sorting(), reverse=is_descending())
            return page(found, lambda order: order_body(shop, order))

    @views.get(f"{API}/orders/<int:number>")
    def order(number: int) -> Response:
        with shop.lock:
            return trimmed(order_body(shop, find_order(shop, number)))

    @views.route(f"{API}/orders/<int:number>", methods=["POST", "PUT", "PATCH"])
    def change_order(number: int) -> Response:
        with shop.lock:
            found, status = find_order(shop, number), given().get("status", "")
            if status not in STATUSES:
                raise Refusal(400, "rest_invalid_param", "Invalid parameter(s): status")
            shop.set_status(found, status)
            return trimmed(order_body(shop, found))

    @views.get(f"{API}/products")
    def products() -> Response:
        with shop.lock:
            chosen, is_bin = numbers("include"), texts("status") == ["trash"]  # where nothing is
            found = [p for p in shop.catalogue.products.values() if (not chosen or p.id in chosen) and not is_bin]
            since = moment("modified_after")
            found = [p for p in found if since is None or p.modified_at > since]
            found.sort(key=lambda p: (p.modified_at if request.args.get("orderby") == "modified" else p.id, p.id))
            return page(found[::-1] if is_descending() else found, lambda product: product_body(shop, product))

    @views.get(f"{API}/products/<int:number>")
    def product(number: int) -> Response:
        with shop.lock:
            found, offer = shop.catalogue.products.get(number), shop.catalogue.offer(number)
            if found is not None:
                return trimmed(product_body(shop, found))
            if offer is None or offer.variant is None:
                raise Refusal(404, "woocommerce_rest_product_invalid_id", "Invalid ID.")
            return trimmed(variation_body(shop, offer.product, offer.variant))  # by its own number it is a product too

    @views.get(f"{API}/products/<int:number>/variations")
    def variations(number: int) -> Response:
        with shop.lock:
            found = shop.catalogue.products.get(number)
            if found is None:
                raise Refusal(404, "woocommerce_rest_product_invalid_id", "Invalid ID.")
            parent, chosen = found, numbers("include")
            variants = [v for v in found.variants if not chosen or v.id in chosen]
            return page(variants, lambda variant: variation_body(shop, parent, variant))

    @views.get(f"{API}/customers")
    def customers() -> Response:
        email, role = request.args.get("email", ""), request.args.get("role", "customer")
        chosen = numbers("include")
        with shop.lock:
            found: list[Customer] = [
                customer
                for customer in shop.customers.values()
                if role in ("all", customer.role)
                and email.lower() in ("", customer.email)
                and (not chosen or customer.id in chosen)
            ]
            found.sort(key=lambda customer: customer.id, reverse=request.args.get("order") == "desc")
            return page(found, lambda customer: customer_body(shop, customer))

    @views.get(f"{API}/customers/<int:number>")
    def customer(number: int) -> Response:
        with shop.lock:
            found = shop.customers.get(number)
            if found is None:
                raise Refusal(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
            return trimmed(customer_body(shop, found))

    @views.get(f"{API}/coupons")
    def coupons() -> Response:
        return page([], lambda nothing: nothing)

    @views.get(f"{API}/webhooks")
    def webhooks() -> Response:
        status = request.args.get("status", "all")
        found = [hook for hook in shop.announcer.hooks.values() if status in ("all", hook.status)]
        return page(found[::-1], lambda hook: hook_body(shop, hook))

    @views.post(f"{API}/webhooks")
    def add_webhook() -> Response:
        wanted = given()
        topic, url = str(wanted.get("topic", "")), str(wanted.get("delivery_url", ""))
        if "." not in topic:
            raise Refusal(400, "woocommerce_rest_webhook_invalid_topic", "Webhook topic must be valid.")
        if not url.startswith(("http://", "https://")):
            raise Refusal(400, "woocommerce_rest_webhook_invalid_delivery_url", "Webhook delivery URL must be valid.")
        hook = shop.announcer.add(topic, url, str(wanted.get("secret", "")), str(wanted.get("name", "")))
        return json_answer(hook_body(shop, hook), 201)

    @views.get(f"{API}/webhooks/<int:number>")
    def webhook(number: int) -> Response:
        return trimmed(hook_body(shop, find_hook(shop, number)))

    @views.route(f"{API}/webhooks/<int:number>", methods=["POST", "PUT", "PATCH"])
    def change_webhook(number: int) -> Response:
        hook, wanted = find_hook(shop, number), given()
        status = str(wanted.get("status", hook.status))
        if status not in ("active", "paused", "disabled"):
            raise Refusal(400, "rest_invalid_param", "Invalid parameter(s): status")
        hook.status = status  # the count of failures stays: the next single failure disables it again
        hook.url = str(wanted.get("delivery_url", hook.url))
        hook.secret = str(wanted.get("secret", hook.secret))
        return trimmed(hook_body(shop, hook))

    @views.delete(f"{API}/webhooks/<int:number>")
    def remove_webhook(number: int) -> Response:
        hook = find_hook(shop, number)
        if request.args.get("force") != "true":
            raise Refusal(501, "woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.")
        del shop.announcer.hooks[number]
        return trimmed(hook_body(shop, hook))

    return views


def given() -> dict[str, Any]:
    """The JSON object in the request. Raises Refusal."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Refusal(400, "rest_invalid_json", "Invalid JSON body passed.")
    return body


def find_order(shop: DemoShop, number: int) -> Order:
    if number not in shop.orders:
        raise Refusal(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
    return shop.orders[number]


def find_hook(shop: DemoShop, number: int) -> Any:
    if number not in shop.announcer.hooks:
        raise Refusal(404, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.")
    return shop.announcer.hooks[number]


def wanted_orders() -> Callable[[Order], bool]:
    """The filters of this request, together. `search` looks into addresses, as WooCommerce's does."""
    words = request.args.get("search", "").lower()
    statuses = {name for name in texts("status") if name != "any"}
    chosen, customer = numbers("include"), request.args.get("customer")
    after, before = moment("after"), moment("before")
    modified_after, modified_before = moment("modified_after"), moment("modified_before")

    def is_wanted(order: Order) -> bool:
        return (
            (order.status in statuses if statuses else order.status != "trash")
            and (not chosen or order.id in chosen)
            and (customer is None or str(order.customer_id) == customer)
            and words in " ".join([str(order.id), *order.billing.values()]).lower()
            and (after is None or order.created_at > after)
            and (before is None or order.created_at < before)
            and (modified_after is None or order.modified_at > modified_after)
            and (modified_before is None or order.modified_at < modified_before)
        )

    return is_wanted


def order_sorting() -> Callable[[Order], tuple[Any, int]]:
    field = request.args.get("orderby", "date")
    if field == "modified":
        return lambda order: (order.modified_at, order.id)
    return lambda order: (order.id if field == "id" else order.created_at, order.id)


def is_descending() -> bool:
    return request.args.get("order", "desc") == "desc"


def texts(name: str) -> list[str]:
    """`status=a,b`, `status[]=a&status[]=b`, `status[0]=a`."""
    values = [v for key, v in request.args.items(multi=True) if key == name or key.startswith(f"{name}[")]
    return [part.strip() for value in values for part in value.split(",") if part.strip()]


def numbers(name: str) -> set[int]:
    try:
        return {int(text) for text in texts(name)}
    except ValueError:
        raise Refusal(400, "rest_invalid_param", f"Invalid parameter(s): {name}") from None


def moment(name: str) -> datetime | None:
    """A time: without a zone it is the shop's, or UTC with `dates_are_gmt`.

    With a zone and the flag WooCommerce shifts it once more by the shop's offset; so does this one.
    """
    text = request.args.get(name)
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(400, "rest_invalid_param", f"Invalid parameter(s): {name}") from None
    is_gmt = request.args.get("dates_are_gmt") in ("true", "1")
    if read.tzinfo is None:
        return read.replace(tzinfo=UTC if is_gmt else ZONE)
    return read + (read.astimezone(ZONE).utcoffset() or UTC.utcoffset(None)) if is_gmt else read


def page(things: Sequence[Any], body_of: Callable[[Any], Any]) -> Response:
    """One page with the counting headers; `offset` in place of a page's number. Raises Refusal out of bounds."""
    number, size = (request.args.get(name, default) for name, default in (("page", "1"), ("per_page", "10")))
    if not number.isdigit() or not size.isdigit() or int(number) < 1 or not 1 <= int(size) <= LARGEST_PAGE:
        raise Refusal(400, "rest_invalid_param", "Invalid parameter(s): page, per_page")
    offset = request.args.get("offset", "")
    start = int(offset) if offset.isdigit() else (int(number) - 1) * int(size)
    chosen = things[start : start + int(size)]
    answer = trimmed([body_of(thing) for thing in chosen])
    pages = -(-len(things) // int(size))
    answer.headers["X-WP-Total"], answer.headers["X-WP-TotalPages"] = str(len(things)), str(pages)
    if int(number) < pages:
        query = {name: value for name, value in request.args.items() if not name.startswith("oauth_")}
        following = urlencode(query | {"page": str(int(number) + 1)})
        answer.headers["Link"] = f'<{request.base_url}?{following}>; rel="next"'
    return answer


def trimmed(body: Any) -> Response:
    """Only the asked `_fields`, which may reach in with dots."""
    fields = texts("_fields")
    if not fields:
        return json_answer(body)
    return json_answer([_some(each, fields) for each in body] if isinstance(body, list) else _some(body, fields))


def _some(body: dict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in fields:
        name, _, rest = field.partition(".")
        if name not in body:
            continue
        if rest and isinstance(body[name], dict):
            found[name] = found.get(name, {}) | _some(body[name], [rest])
        else:
            found[name] = body[name]
    return found
