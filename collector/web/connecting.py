"""/install/<platform>: connecting a shop in a browser. `pipeline.connecting` does it; here are pages and cookies.

Nothing secret is in an address of ours but the link itself, which is good once. No script runs on these pages, no
other site may frame them, nothing is kept by caches, and what is typed into them is never shown again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request
from itsdangerous import BadData, URLSafeTimedSerializer
from markupsafe import Markup

from collector.domain.connecting import SETTING_UP, STATE_LIVES, NotConnected
from collector.domain.errors import CollectorError, Misuse
from collector.domain.shop import Shop
from collector.pipeline import connecting
from collector.pipeline.connecting import ConnectServices
from collector.web.bodies import BrokenBody, read_body

log = logging.getLogger(__name__)

BEGUN, CONNECTED = "tajo_connecting", "tajo_connected"
LARGEST_DELIVERY = 16 * 1024


@dataclass(frozen=True, slots=True)
class Words:
    """What the pages say of a platform. `asks`: who asks the merchant; `placeholder` and `hint`: of the address."""

    name: str
    asks: str
    question: str
    placeholder: str
    hint: str
    place: str
    has_plugin: bool = False


WORDS = {
    "shopify": Words(
        "Shopify",
        "Shopify",
        "whether this collector may read your shop's customers, orders and products. Apart from asking Shopify to"
        " report changes, it changes nothing there.",
        "your-store.myshopify.com",
        "The one that ends with `.myshopify.com`; you find it under Settings > Domains.",
        "the theme",
    ),
    "woocommerce": Words(
        "WooCommerce",
        "your shop",
        "whether Tajo Collector may read and write. It reads customers, orders, products and coupons, and writes"
        " nothing but the webhooks that report changes to it.",
        "https://shop.example",
        "The home address of the shop, with its path if it has one: `https://shop.example/store`.",
        "WordPress",
        has_plugin=True,
    ),
}
STYLE = (Path(__file__).parent / "templates" / "connecting" / "page.css").read_text(encoding="utf-8")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


@dataclass(frozen=True, slots=True)
class ConnectPages:
    """`base_url`: where browsers reach this server; `is_secure`: over https, so cookies may be."""

    services: ConnectServices
    signer: URLSafeTimedSerializer
    base_url: str
    is_secure: bool


def blueprint(pages: ConnectPages) -> Blueprint:
    views = Blueprint("connecting", __name__, url_prefix="/install")
    services = pages.services

    def keep(response: Response, name: str, content: Mapping[str, Any], lives_s: float) -> None:
        """`Lax`, because the way back comes from another site."""
        response.set_cookie(
            name,
            pages.signer.dumps([name, dict(content)]),
            max_age=int(lives_s),
            path="/install",
            secure=pages.is_secure,
            httponly=True,
            samesite="Lax",
        )

    def kept(name: str, lives_s: float) -> dict[str, Any] | None:
        try:
            what, content = pages.signer.loads(request.cookies.get(name, ""), max_age=int(lives_s))
        except (BadData, ValueError, TypeError):  # none, an old one, or somebody else's
            return None
        return dict(content) if what == name else None

    def the_shop(platform: str) -> tuple[Shop, dict[str, Any]]:
        content = kept(CONNECTED, SETTING_UP.total_seconds()) or {}
        return connecting.connected(services, platform, content.get("shop")), content

    @views.get("/page.css")
    def style() -> Response:
        return Response(STYLE, content_type="text/css; charset=utf-8", headers={"Cache-Control": "max-age=3600"})

    @views.get("/<any(shopify, woocommerce):platform>")
    def start(platform: str) -> Response:
        token = request.args.get("link", "")
        link = connecting.link_behind(services, platform, token)
        return _page("start", platform=platform, link=token, address=link.address, typed=request.args.get("shop", ""))

    @views.post("/<any(shopify, woocommerce):platform>")
    def go(platform: str) -> Response:
        token, typed = request.form.get("link", ""), request.form.get("shop", "")
        try:
            begun = connecting.begin(services, platform, token, typed, f"{pages.base_url}/install/{platform}/callback")
        except Misuse as problem:
            link = connecting.link_behind(services, platform, token)
            asked = {"platform": platform, "link": token, "address": link.address, "typed": typed[:200]}
            return _page("start", 400, problem=_sentence(problem), **asked)
        # A page in between: browsers hold the whole way of a form against form-action, and Shopify's goes on to others.
        response = _page("going", platform=platform, url=begun.url, address=begun.address)
        keep(response, BEGUN, {"address": begun.address, "state": begun.state}, STATE_LIVES.total_seconds())
        return response

    @views.get("/<any(shopify, woocommerce):platform>/callback")
    def come_back(platform: str) -> Response:
        brought = kept(BEGUN, STATE_LIVES.total_seconds())
        query = request.query_string.decode("utf-8", "replace")
        shop, notes = connecting.finish(services, platform, query, brought)
        # On to an address without the code, so that neither going back nor looking again asks twice.
        response = make_response(redirect(f"{pages.base_url}/install/{platform}/account", 303))
        response.headers.update(HEADERS)
        keep(response, CONNECTED, {"shop": shop.id, "notes": notes}, SETTING_UP.total_seconds())
        response.delete_cookie(BEGUN, path="/install", secure=pages.is_secure, httponly=True, samesite="Lax")
        return response

    @views.post("/<any(shopify, woocommerce):platform>/callback")
    def take_delivery(platform: str) -> Response:
        """From the shop itself, not from a browser. Anything but 200 and it takes back what it sent."""
        try:
            body, is_oversize = read_body(request, LARGEST_DELIVERY)
            if is_oversize:
                return _plain("too large", 413)
            connecting.take_delivery(services, platform, body)
        except BrokenBody:
            return _plain("the body is incomplete", 400)
        except CollectorError as problem:
            _log_refused(problem)
            return _plain(_sentence(problem), 400)
        return _plain("OK", 200)

    @views.get("/<any(shopify, woocommerce):platform>/account")
    def account(platform: str) -> Response:
        shop, content = the_shop(platform)
        return _page("account", shop=shop, may_skip=connecting.may_go_without(services), notes=content.get("notes", []))

    @views.post("/<any(shopify, woocommerce):platform>/account")
    def take_account(platform: str) -> Response:
        shop, content = the_shop(platform)
        problem = connecting.take_account(services, shop, request.form.get("key", ""))
        if problem:
            may_skip = connecting.may_go_without(services)
            return _page("account", 400, shop=shop, may_skip=may_skip, problem=problem, notes=content.get("notes", []))
        response = make_response(redirect(f"{pages.base_url}/install/{platform}/done", 303))
        response.headers.update(HEADERS)
        return response

    @views.get("/<any(shopify, woocommerce):platform>/done")
    def done(platform: str) -> Response:
        shop, _ = the_shop(platform)
        shops = services.shops()
        theme, checkout = shops.snippet(shop), shops.checkout_snippet(shop)
        return _page("done", shop=shop, theme=theme, checkout=checkout, is_local=not pages.is_secure)

    @views.errorhandler(CollectorError)
    def refused(problem: CollectorError) -> Response:
        """Every no is a page that says what to do; nothing was changed."""
        reason = _log_refused(problem)
        cure = getattr(problem, "cure", "") or connecting.NEW_LINK
        said = _sentence(problem).removesuffix(cure).strip() or _sentence(problem)
        return _page("refused", 400, said=said, cure=_with_code(cure), is_clean=reason != "no_session")

    return views


def _log_refused(problem: CollectorError) -> str:
    reason = problem.reason if isinstance(problem, NotConnected) else type(problem).__name__
    log.warning("shop not connected", extra={"reason": reason})
    return reason


def _plain(text: str, status: int) -> Response:
    return Response(f"{text}\n", status, headers=HEADERS, content_type="text/plain; charset=utf-8")


def _sentence(problem: CollectorError) -> str:
    text = " ".join(str(problem).split())
    return text[:1].upper() + text[1:]


def _with_code(text: str) -> Markup:
    """Commands stand between backticks."""
    parts = (Markup("<code>{}</code>") if place % 2 else Markup("{}") for place in range(text.count("`") + 1))
    return Markup("").join(form.format(part) for form, part in zip(parts, text.split("`"), strict=True))


def _page(name: str, status: int = 200, **values: Any) -> Response:
    platform = str(values.get("platform") or getattr(values.get("shop"), "platform", "shopify"))
    shown = {**values, "platform": platform, "words": WORDS[platform], "with_code": _with_code}
    response = make_response(render_template(f"connecting/{name}.html", **shown), status)
    response.headers.update(HEADERS)
    return response
