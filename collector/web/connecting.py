"""/install/<platform>: connecting a shop in a browser. `pipeline.connecting` does it; here are pages and cookies.

Nothing secret is in an address of ours but the link itself, which is good once. No script runs on these pages, no
other site may frame them, nothing is kept by caches, and what is typed into them is never shown again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, make_response, redirect, request
from itsdangerous import BadData, URLSafeTimedSerializer

from collector.domain.connecting import SETTING_UP, STATE_LIVES, NotConnected
from collector.domain.errors import CollectorError, Misuse, Unready
from collector.domain.shop import Shop
from collector.pipeline import connecting, connecting_accounts
from collector.pipeline.connecting import ConnectServices
from collector.web import pages as frame
from collector.web.bodies import BrokenBody, read_body

log = logging.getLogger(__name__)

BEGUN, CONNECTED = "tajo_connecting", "tajo_connected"
LARGEST_DELIVERY = 16 * 1024
OVER = ("no_session", "used_state", "done_link")  # reasons to stop here that do not mean that nothing was connected
NOT_READY = "no shop is connected without the database"


@dataclass(frozen=True, slots=True)
class Words:
    """What the pages say of a platform. `asks`: who asks the merchant; `placeholder` and `hint`: of the address;
    `place`: where the snippet goes; `unopened`: where what asks does not open."""

    name: str
    asks: str
    question: str
    placeholder: str
    hint: str
    place: str
    unopened: str
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
        "If Shopify shows no such page, the address of the shop is wrong: ask for a new link.",
    ),
    "woocommerce": Words(
        "WooCommerce",
        "your shop",
        "whether Tajo Collector may read and write. It reads customers, orders, products and coupons, and writes"
        " nothing but the webhooks that report changes to it.",
        "https://shop.example",
        "The home address of the shop, with its path if it has one: `https://shop.example/store`.",
        "WordPress",
        "If it does not ask, the address is wrong, WooCommerce is not active there, or Settings > Permalinks is set to"
        " Plain: mend that, and ask for a new link.",
        has_plugin=True,
    ),
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

    def onward(platform: str, step: str) -> Response:
        return frame.private(make_response(redirect(f"{pages.base_url}/install/{platform}/{step}", 303)))

    @views.get("/<any(shopify, woocommerce):platform>")
    def start(platform: str) -> Response:
        token = request.args.get("link", "")
        link = connecting.link_behind(services, platform, token)
        return _page("start", link=token, address=link.address, typed=request.args.get("shop", ""))

    @views.post("/<any(shopify, woocommerce):platform>")
    def go(platform: str) -> Response:
        token, typed = request.form.get("link", ""), request.form.get("shop", "")
        try:
            begun = connecting.begin(services, platform, token, typed, f"{pages.base_url}/install/{platform}/callback")
        except Misuse as problem:
            link = connecting.link_behind(services, platform, token)
            asked = {"link": token, "address": link.address, "typed": typed[:200]}
            return _page("start", 400, problem=frame.sentence(str(problem)), **asked)
        # A page in between: browsers hold the whole way of a form against form-action, and Shopify's goes on to others.
        response = _page("going", url=begun.url, address=begun.address)
        keep(response, BEGUN, {"address": begun.address, "state": begun.state}, STATE_LIVES.total_seconds())
        return response

    @views.get("/<any(shopify, woocommerce):platform>/callback")
    def come_back(platform: str) -> Response:
        brought = kept(BEGUN, STATE_LIVES.total_seconds())
        finished = (kept(CONNECTED, SETTING_UP.total_seconds()) or {}).get("state")
        if brought is None and finished and finished in request.args.values():
            return onward(platform, "account")  # the same answer once more, by the browser's back button
        query = request.query_string.decode("utf-8", "replace")
        shop, notes = connecting.finish(services, platform, query, brought)
        # On to an address without the code, so that neither going back nor looking again asks twice.
        response = onward(platform, "account")
        content = {"shop": shop.id, "notes": notes, "state": (brought or {}).get("state", "")}
        keep(response, CONNECTED, content, SETTING_UP.total_seconds())
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
        except Unready as problem:
            log.error(NOT_READY, extra={"problem": str(problem)})
            return _plain(frame.NOT_READY, 503)
        except CollectorError as problem:
            _log_refused(problem)
            return _plain(frame.sentence(str(problem)), 400)
        return _plain("OK", 200)

    @views.get("/<any(shopify, woocommerce):platform>/account")
    def account(platform: str) -> Response:
        shop, content = the_shop(platform)
        return _page(
            "account", shop=shop, may_skip=connecting_accounts.may_go_without(services), notes=content.get("notes", [])
        )

    @views.post("/<any(shopify, woocommerce):platform>/account")
    def take_account(platform: str) -> Response:
        shop, content = the_shop(platform)
        problem = connecting_accounts.take_account(services, shop, request.form.get("key", ""))
        if problem:
            may_skip = connecting_accounts.may_go_without(services)
            return _page("account", 400, shop=shop, may_skip=may_skip, problem=problem, notes=content.get("notes", []))
        return onward(platform, "done")

    @views.get("/<any(shopify, woocommerce):platform>/done")
    def done(platform: str) -> Response:
        shop, _ = the_shop(platform)
        shops = services.shops()
        theme, checkout = shops.snippet(shop), shops.checkout_snippet(shop)
        return _page("done", shop=shop, theme=theme, checkout=checkout, is_local=not pages.is_secure)

    @views.errorhandler(Unready)
    def not_ready(problem: Unready) -> Response:
        log.error(NOT_READY, extra={"problem": str(problem)})
        heading, said, cure = "Not at the moment", frame.NOT_READY, frame.NOT_READY_CURE
        return _page("refused", 503, heading=heading, said=said, cure=cure, is_clean=True, is_link_good=True)

    @views.errorhandler(CollectorError)
    def refused(problem: CollectorError) -> Response:
        """Every no is a page that says what to do; nothing was changed."""
        reason, cure = _log_refused(problem), getattr(problem, "cure", "")
        said = str(problem).removesuffix(cure).strip() or str(problem)
        is_clean = reason not in OVER
        heading = "Nothing was connected" if is_clean else "This page is no longer good"
        return _page("refused", 400, heading=heading, said=frame.sentence(said), cure=cure, is_clean=is_clean)

    return views


def _log_refused(problem: CollectorError) -> str:
    reason = problem.reason if isinstance(problem, NotConnected) else type(problem).__name__
    log.warning("shop not connected", extra={"reason": reason})
    return reason


def _plain(text: str, status: int) -> Response:
    return frame.private(Response(f"{text}\n", status, content_type="text/plain; charset=utf-8"))


def _page(name: str, status: int = 200, **values: Any) -> Response:
    platform = str((request.view_args or {})["platform"])
    return frame.page(f"connecting/{name}.html", status, **values, platform=platform, words=WORDS[platform])
