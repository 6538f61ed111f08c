"""Who is at the counter: session and log-in cookies, consent, and the tracker's id, as WordPress keeps them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Request
from werkzeug.wrappers import Response

from collector.sandbox.shop.carts import Cart
from collector.sandbox.shop.orders import Customer
from collector.sandbox.shop.shop import DemoShop

SESSION_S = 48 * 3600


@dataclass(frozen=True, slots=True)
class Visit:
    """One request's visitor. `owner` names the cart; `is_new` while no cookie has been given for it."""

    owner: str
    customer: Customer | None
    order_meta: Mapping[str, str]  # what the collector's plugin writes into orders: the browser's id, or its refusal
    is_new: bool

    @property
    def customer_id(self) -> int:
        return self.customer.id if self.customer else 0


class Counter:
    """Reads and writes the cookies of one shop. The names carry a hash of its address, as WordPress's do."""

    def __init__(self, shop: DemoShop) -> None:
        self._shop = shop
        mark = hashlib.md5(shop.settings.url.encode()).hexdigest()  # noqa: S324
        self.session_cookie, self.login_cookie = f"wp_woocommerce_session_{mark}", f"wordpress_logged_in_{mark}"
        self._key = secrets.token_bytes(32)

    def visit(self, request: Request) -> Visit:
        """A Cart-Token stands for a session as a cookie does."""
        customer = self._customer(request.cookies.get(self.login_cookie, ""))
        order_meta = _order_meta(request.cookies)
        if customer is not None:
            return Visit(str(customer.id), customer, order_meta, is_new=False)
        owner = self._owner_of_token(request.headers.get("Cart-Token", "")) or self._checked(
            request.cookies.get(self.session_cookie, "")
        )
        return Visit(owner or f"t_{secrets.token_hex(15)}", None, order_meta, is_new=not owner)

    def cart(self, visit: Visit) -> Cart:
        """A visitor without a cookie has a cart of its own that is only kept once it is `keep`t."""
        return Cart() if visit.is_new and visit.owner not in self._shop.carts else self._shop.cart(visit.owner)

    def keep(self, visit: Visit, cart: Cart, response: Response) -> None:
        """Guests get cookies with their first cart, not before: pages may be cached."""
        if cart.lines or not visit.is_new:
            self._shop.carts[visit.owner] = cart
            if visit.customer is None:
                response.set_cookie(
                    self.session_cookie, self._marked(visit.owner), max_age=SESSION_S, httponly=True, samesite="Lax"
                )
            if cart.lines:
                response.set_cookie("woocommerce_items_in_cart", "1")
                response.set_cookie("woocommerce_cart_hash", cart.hash)
            else:
                response.delete_cookie("woocommerce_items_in_cart")
                response.delete_cookie("woocommerce_cart_hash")

    def sign_in(self, request: Request, customer: Customer, response: Response) -> None:
        """What the guest had in the cart goes along."""
        before = self.visit(request)
        with self._shop.lock:
            mine = self._shop.cart(str(customer.id))
            if not before.is_new and before.customer is None:
                guest = self._shop.carts.pop(before.owner, Cart())
                for key, (number, quantity) in guest.lines.items():
                    mine.lines[key] = (number, quantity)
        response.set_cookie(self.login_cookie, self._marked(str(customer.id)), httponly=True, samesite="Lax")
        response.delete_cookie(self.session_cookie)

    def sign_out(self, response: Response) -> None:
        for name in (self.login_cookie, self.session_cookie, "woocommerce_items_in_cart", "woocommerce_cart_hash"):
            response.delete_cookie(name)

    def nonce(self, visit: Visit) -> str:
        return self._mac(f"nonce|{visit.owner if visit.customer else 0}")[:10]

    def cart_token(self, visit: Visit) -> str:
        """A JWT, 48 hours."""
        now = int(self._shop.clock().timestamp())
        claims = {"user_id": visit.owner, "exp": now + SESSION_S, "iss": "store-api", "iat": now}
        head = f"{_b64(json.dumps({'alg': 'HS256', 'typ': 'JWT'}))}.{_b64(json.dumps(claims))}"
        return f"{head}.{self._signed(head)}"

    def _owner_of_token(self, token: str) -> str:
        head, _, mac = token.rpartition(".")
        if not head or not hmac.compare_digest(self._signed(head), mac):
            return ""
        claims = json.loads(base64.urlsafe_b64decode(head.partition(".")[2] + "=="))
        return str(claims["user_id"]) if claims["exp"] > self._shop.clock().timestamp() else ""

    def _customer(self, cookie: str) -> Customer | None:
        owner = self._checked(cookie)
        return self._shop.customers.get(int(owner)) if owner.isdigit() else None

    def _marked(self, owner: str) -> str:
        return f"{owner}.{self._mac(owner)}"

    def _checked(self, cookie: str) -> str:
        """The owner named in a cookie of ours, else ""."""
        owner, _, mac = cookie.rpartition(".")
        return owner if owner and hmac.compare_digest(self._mac(owner), mac) else ""

    def _mac(self, text: str) -> str:
        return hmac.digest(self._key, text.encode(), hashlib.sha256).hex()[:32]

    def _signed(self, head: str) -> str:
        return _b64(hmac.digest(self._key, head.encode(), hashlib.sha256))


def _b64(content: str | bytes) -> str:
    raw = content.encode() if isinstance(content, str) else content
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _order_meta(cookies: Mapping[str, str]) -> dict[str, str]:
    consent = cookies.get("wp_consent_marketing")
    if consent == "deny":
        return {"_tajo_consent": "denied"}
    visitor_id = cookies.get("tajo_id", "")
    return {"_tajo_id": visitor_id} if consent == "allow" and visitor_id else {}
