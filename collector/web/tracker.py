"""The tracker as shops load it: the built script of the platform with the shop's settings in front.

GET /c/<site_key>.js            that, to be looked at again after five minutes
GET /t/<platform>.<hash>.js     the bare script, for good
GET /<platform>.js              a few lines that find out the page's shop and load its /c/ script
GET /<platform>.js?shop=<host>  the /c/ script of the one shop with this host
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import brotli  # type: ignore[import-untyped]
from flask import Blueprint, Response, abort, request

from collector.domain.errors import Unready
from collector.domain.shop import Shop
from collector.pipeline.storefront_pages import is_allowed_host

PLATFORMS = ("shopify", "woocommerce")
FIVE_MINUTES = "public, max-age=300"
FOR_GOOD = "public, max-age=31536000, immutable"
SWITCHED_OFF = "/* Tajo Collector: this shop is switched off. */\n"


class TrackerShops(Protocol):
    """The shops in memory."""

    def by_site_key(self, site_key: str) -> Shop | None: ...

    def all(self) -> Sequence[Shop]: ...


@dataclass(frozen=True, slots=True)
class TrackerServices:
    """`folder` holds the built scripts. `base_url` is where browsers reach this server, `path` where under it
    the shops' scripts and beacons are; the rest are the `tracker` settings."""

    shops: TrackerShops
    folder: Path
    base_url: str
    path: str = "/c"
    capture: str = "submitted"  # typed | submitted
    honours_gpc: bool = True
    honours_dnt: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """One text, ready in every encoding."""

    digest: str
    encoded: Mapping[str, bytes]  # by Content-Encoding


def blueprint(services: TrackerServices) -> Blueprint:
    """Raises Unready when the built scripts are not there."""
    views = Blueprint("tracker", __name__)
    built = {name: _read(services.folder, name) for name in (*PLATFORMS, "loader")}
    bare = {name: _prepared(built[name]) for name in PLATFORMS}
    base_url, path = services.base_url.rstrip("/"), "/" + services.path.strip("/")

    def for_shop(shop: Shop) -> Response:
        if not shop.is_enabled or shop.platform not in bare:
            return _answer(_prepared(SWITCHED_OFF), FIVE_MINUTES)
        settings = {
            "siteKey": shop.site_key,
            "endpoint": f"{base_url}{path}/{shop.site_key}",
            "consentMode": shop.policy.consent_mode,
            "capture": services.capture,
            "gpc": services.honours_gpc,
            "dnt": services.honours_dnt,
        }
        return _answer(_prepared(with_settings(settings, built[shop.platform])), FIVE_MINUTES)

    @views.get(f"{path}/<site_key>.js")
    def of_shop(site_key: str) -> Response:
        return for_shop(services.shops.by_site_key(site_key) or abort(404))

    @views.get("/t/<platform>.<digest>.js")
    def of_platform(platform: str, digest: str) -> Response:
        script = bare.get(platform)
        if script is None or script.digest != digest:
            abort(404)
        return _answer(script, FOR_GOOD)

    @views.get("/<any(shopify, woocommerce):platform>.js")
    def of_any_shop(platform: str) -> Response:
        host = request.args.get("shop", "")
        if host:
            return for_shop(the_one_at(host, platform, services.shops.all()) or abort(404))
        settings = {"self": f"{base_url}/{platform}.js", "shops": f"{base_url}{path}/"}
        return _answer(_prepared(with_settings(settings, built["loader"])), FIVE_MINUTES)

    return views


def the_one_at(host: str, platform: str, shops: Sequence[Shop]) -> Shop | None:
    """The shop with this host, in its address or its domains; None if there is none, or more than one."""
    wanted = host.strip().lower().removeprefix("www.")
    name = wanted.partition(":")[0]
    found = [
        shop
        for shop in shops
        if shop.platform == platform
        and shop.is_enabled
        and (
            shop.address.partition("/")[0].removeprefix("www.") == wanted or is_allowed_host(name, shop.policy.domains)
        )
    ]
    return found[0] if len(found) == 1 else None


def with_settings(settings: Mapping[str, object], script: str) -> str:
    """The script with `tajoSettings` in front, in a scope of its own. `<` is escaped, so that the text may
    even stand inside a page."""
    said = json.dumps(settings).replace("<", "\\u003c")
    return f"(function(){{'use strict';var tajoSettings={said};\n{script}}})();\n"


@lru_cache(maxsize=512)
def _prepared(text: str) -> Script:
    plain = text.encode()
    encoded = {"br": brotli.compress(plain), "gzip": gzip.compress(plain, 9, mtime=0), "": plain}
    return Script(hashlib.sha256(plain).hexdigest()[:16], encoded)


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


def _read(folder: Path, name: str) -> str:
    try:
        return (folder / f"{name}.js").read_text(encoding="utf-8")
    except OSError as problem:
        raise Unready(f"the tracker is not installed with the program ({problem}); install it again") from problem
