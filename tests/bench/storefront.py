"""Pages of a small storefront on loopback, alike but for the tracker in them, and everything those trackers ask for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from flask import Flask, Response

from collector.domain.shop import Policy, Shop
from collector.web import tracker
from tests.bench.peers import OPENPANEL
from tests.tracker.collector import serving

BUILT = Path(__file__).parents[2] / "static" / "tracker" / "dist"
SHOPS = [
    Shop(n, name, f"{name}.example", f"https://{name}.example", f"key-{name}", policy=Policy(consent_mode="implied"))
    for n, name in enumerate(tracker.PLATFORMS, 1)
]
BLANK, PEER, LEAST = "blank", "openpanel", "least"
PAGES = (BLANK, *tracker.PLATFORMS, PEER, LEAST)
# What any script costs that knows a visitor again by a cookie and by storage, loses nothing on leaving, and tells of a
# page and its product: without consent, carts, tabs, retries or errors.
LEAST_SCRIPT = """(() => {
  const fresh = () => crypto.getRandomValues(new Uint32Array(4)).join('-')
  const known = localStorage.getItem('tajo_id') || (document.cookie.match(/tajo_id=([^;]+)/) || [])[1]
  const visitor_id = known || fresh()
  localStorage.setItem('tajo_id', visitor_id)
  document.cookie = `tajo_id=${visitor_id}; Path=/; Max-Age=34560000; SameSite=Lax`
  const { documentElement, referrer, title } = document
  const page = { url: location.href, referrer, title, locale: documentElement.lang }
  const events = [
    { id: fresh(), type: 'page_viewed', at: Date.now(), page },
    { id: fresh(), type: 'product_viewed', at: Date.now(), page, product: tajoConfig.product }
  ]
  localStorage.setItem('tajo_q', JSON.stringify(events))
  addEventListener('pagehide', () => {})
  addEventListener('visibilitychange', () => {})
  const send = body => fetch('/c/least', { method: 'POST', body, keepalive: true, credentials: 'omit' })
  setTimeout(() => send(JSON.stringify({ visitor_id, events })).then(() => localStorage.removeItem('tajo_q')), 250)
})()"""

# Enough of a page for its own work to be there: a product, a form, some text.
BODY = (
    "<h1>Mug</h1><form method=post action=/cart/add><button>Add</button></form>"
    + "<p>Holds what you pour in.</p>" * 200
)
START_PEER = "window.op={q:[['init',{clientId:'shop',apiUrl:'/op',trackScreenViews:true}]]};"


class Shops:
    def by_site_key(self, site_key: str) -> Shop | None:
        return next((shop for shop in SHOPS if shop.site_key == site_key), None)

    def all(self) -> Sequence[Shop]:
        return SHOPS


def scripts(base_url: str) -> tracker.TrackerServices:
    return tracker.TrackerServices(Shops(), BUILT, base_url)


@contextmanager
def storefront() -> Iterator[str]:
    """A page for each of PAGES; its address. Raises `packages.NotThere`."""
    peer = OPENPANEL.script()
    heads = {
        BLANK: "",
        "shopify": "<script>tajoConfig={cart:{count:0,total:0,currency:'EUR'},"
        "product:{id:13,name:'Mug',price:1250,currency:'EUR'}}</script>"
        "<script src=/c/key-shopify.js defer></script>",
        "woocommerce": "<script>tajoConfig={product:{id:'13',name:'Mug',price:'12.50',currency:'EUR'}}</script>"
        "<script src=/c/key-woocommerce.js defer></script>",
        PEER: f"<script>{START_PEER}</script><script src=/op.js defer></script>",
        LEAST: "<script>tajoConfig={product:{id:13,name:'Mug',price:1250,currency:'EUR'}}</script>"
        "<script src=/least.js defer></script>",
    }
    app = Flask("storefront")

    @app.get("/<any(blank, shopify, woocommerce, openpanel, least):name>")
    def page(name: str) -> str:
        start = "<!doctype html><html lang=en><head><meta charset=utf-8><link rel=icon href=data:,><title>Mug</title>"
        return f'{start}{heads[name]}</head><body class="single-product postid-13">{BODY}</body></html>'

    @app.get("/op.js")
    def peers_script() -> Response:
        return Response(peer, content_type="text/javascript")

    @app.get("/least.js")
    def least() -> Response:
        return Response(LEAST_SCRIPT, content_type="text/javascript")

    @app.get("/<path:path>")
    def asked_for(path: str) -> Response:
        """An empty cart, by either platform's interface."""
        totals = {"currency_code": "EUR", "currency_minor_unit": 2}
        cart = {
            "token": "c1-token",
            "currency": "EUR",
            "total_price": 0,
            "item_count": 0,
            "items": [],
            "totals": totals,
        }
        return Response(json.dumps(cart), content_type="application/json")

    @app.post("/c/<site_key>")
    def beacon(site_key: str) -> Response:
        return Response("", 204)

    @app.post("/op/track")
    def peers_beacon() -> Response:
        return Response("{}", content_type="application/json")

    with serving(app) as address:
        # The blueprint needs the address, so it comes after the port is known and before anybody calls.
        app.register_blueprint(tracker.blueprint(scripts(address)))
        yield address
