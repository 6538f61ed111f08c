"""The tracker as shops load it: the built script of the platform with the shop's settings.

GET /c/<site_key>.js            that, to be looked at again after five minutes
GET /t/<platform>.<hash>.js     the bare script, for good
GET /<platform>.js              a few lines that find out the page's shop and load its /c/ script
GET /<platform>.js?shop=<host>  the /c/ script of the one shop with this host

A page that names a bare script by its hash may be kept by a cache for months. The versions that were published
stay under their names; a hash nobody kept is answered with the script of today, for five minutes only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from flask import Blueprint, Response, abort, request

from collector.domain.consent import observing_mode
from collector.domain.errors import Unready
from collector.domain.shop import Policy, Shop
from collector.pipeline.storefront_pages import is_allowed_host
from collector.web.encodings import Beginning, Script, complete

PLATFORMS = ("shopify", "woocommerce")
FIVE_MINUTES = "public, max-age=300"
FOR_GOOD = "public, max-age=31536000, immutable"
SWITCHED_OFF = "/* Tajo Collector: this shop is switched off. */\n"
DIGEST = re.compile(r"[0-9a-f]{16}")


class TrackerShops(Protocol):
    """The shops in memory."""

    def by_site_key(self, site_key: str) -> Shop | None: ...

    def all(self) -> Sequence[Shop]: ...


@dataclass(frozen=True, slots=True)
class TrackerServices:
    """`folder` holds the built scripts; `versions`, where there is one, those published before, as
    `<platform>.<hash>.js`. `base_url` is where browsers reach this server, `path` where under it the shops'
    scripts and beacons are; `countries` are all there are; the rest are the `tracker` settings."""

    shops: TrackerShops
    folder: Path
    base_url: str
    path: str = "/c"
    capture: str = "submitted"  # typed | submitted
    honours_gpc: bool = True
    honours_dnt: bool = False
    versions: Path | None = None
    countries: Sequence[str] = ()


def blueprint(services: TrackerServices) -> Blueprint:
    """Raises Unready when the built scripts are not there."""
    views = Blueprint("tracker", __name__)
    base_url, path = services.base_url.rstrip("/"), "/" + services.path.strip("/")
    built = {name: _read(services.folder / f"{name}.js") for name in PLATFORMS}
    bare = {name: complete(text) for name, text in built.items()}
    for_all = {"capture": services.capture, "gpc": services.honours_gpc, "dnt": services.honours_dnt}
    unsettled = {name: before_settings(f"{base_url}{path}/", for_all, text) for name, text in built.items()}
    loading = {name: _loader(services.folder, f"{base_url}/{name}.js", f"{base_url}{path}/") for name in PLATFORMS}
    switched_off = complete(SWITCHED_OFF)
    published = {path.name: path for path in services.versions.glob("*.js")} if services.versions else {}

    def for_shop(shop: Shop) -> Response:
        if not shop.is_enabled or shop.platform not in unsettled:
            return _answer(switched_off, FIVE_MINUTES)
        settings = {"siteKey": shop.site_key, "consentMode": consent_mode(shop.policy, services.countries)}
        return _answer(unsettled[shop.platform].ended_with(f"{_literal(settings)});\n"), FIVE_MINUTES)

    @lru_cache(maxsize=len(published) or 1)
    def earlier(name: str) -> Script:
        return complete(_read(published[name]))

    @views.get(f"{path}/<site_key>.js")
    def of_shop(site_key: str) -> Response:
        return for_shop(services.shops.by_site_key(site_key) or abort(404))

    @views.get("/t/<any(shopify, woocommerce):platform>.<digest>.js")
    def of_platform(platform: str, digest: str) -> Response:
        if not DIGEST.fullmatch(digest):
            abort(404)
        name = f"{platform}.{digest}.js"
        script = earlier(name) if name in published else bare[platform]
        return _answer(script, FOR_GOOD if script.digest == digest else FIVE_MINUTES)

    @views.get("/<any(shopify, woocommerce):platform>.js")
    def of_any_shop(platform: str) -> Response:
        host = request.args.get("shop", "")
        if host:
            return for_shop(the_one_at(host, platform, services.shops.all()) or abort(404))
        return _answer(loading[platform], FIVE_MINUTES)

    return views


def consent_mode(policy: Policy, countries: Sequence[str]) -> str:
    """required, implied, or the countries of the shop's market in which it is implied: "CA US …". A page that does
    not name its country is in none of them."""
    general, regions = policy.consent_mode, policy.consent_regions
    if not regions:
        return general
    implied = [country for country in countries if observing_mode(general, regions, country) == "implied"]
    if observing_mode(general, regions, "") == "implied":
        return "implied"
    return " ".join(implied) or "required"


def the_one_at(host: str, platform: str, shops: Sequence[Shop]) -> Shop | None:
    """The shop with this host, in its address or its domains, else in its storefront; None if there is none, or more
    than one."""
    wanted = host.strip().lower().removeprefix("www.")
    name = wanted.partition(":")[0]
    there = [shop for shop in shops if shop.platform == platform and shop.is_enabled]
    found = [
        shop
        for shop in there
        if shop.address.partition("/")[0].removeprefix("www.") == wanted or is_allowed_host(name, shop.policy.domains)
    ] or [shop for shop in there if is_allowed_host(name, [shop.storefront])]
    return found[0] if len(found) == 1 else None


def before_settings(shops: str, for_all: Mapping[str, object], script: str) -> Beginning:
    """The script up to where a shop's own settings go; `tajoSettings` is in a scope of its own.

    `shops` is where beacons go when the page does not say where its script came from. The first line tells Chrome
    (since 136) to compile all functions while the page is still loading, not one by one when they are called."""
    return Beginning(
        "//# allFunctionsCalledOnLoad\n(function(shop){'use strict';"
        f"var tajoSettings={{endpoint:{_literal(shops)}+shop.siteKey,...{_literal(for_all)},...shop}};\n{script}}})("
    )


def _loader(folder: Path, itself: str, shops: str) -> Script:
    settings = _literal({"self": itself, "shops": shops})
    return complete(f"(function(tajoSettings){{'use strict';\n{_read(folder / 'loader.js')}}})({settings});\n")


def _literal(value: object) -> str:
    """`<` is escaped, so that the text may even stand inside a page."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def _answer(script: Script, cache_control: str) -> Response:
    encoding = next((name for name in ("br", "gzip") if request.accept_encodings[name] > 0), "")
    response = Response(script.encoded[encoding], content_type="text/javascript; charset=utf-8")
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.set_etag(f"{script.digest}-{encoding}" if encoding else script.digest)
    response.headers["Cache-Control"] = cache_control
    response.headers["Vary"] = "Accept-Encoding"
    # Shops load it from their own pages, some with `crossorigin` or under a cross-origin policy.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.make_conditional(request)
    return response


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as problem:
        raise Unready(f"the tracker is not installed with the program ({problem}); install it again") from problem
