"""Which address of a site answers what. One request: who asks, what for, and the answer as WordPress writes it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.woocommerce_shop import listing, products, reports, writing
from tests.woocommerce_shop.access import Asked, Key
from tests.woocommerce_shop.fields import trimmed, wanted
from tests.woocommerce_shop.kind import Glance, Json, Kind
from tests.woocommerce_shop.listing import Args, Rules
from tests.woocommerce_shop.numbers import OFFSET_S, ZONE, seconds_of
from tests.woocommerce_shop.replies import ApiError, bad_parameter, invalid_id, reply
from tests.woocommerce_shop.site import Site
from tests.woocommerce_shop.troubles import dies
from tests.woocommerce_shop.webhooks import STATUSES

RECORDED = Path(__file__).parents[1] / "sources" / "woocommerce" / "rest"
MOST_IN_BATCH = 100
NO_ROUTE = ApiError(404, "rest_no_route", "No route was found matching the URL and request method.")


@dataclass(frozen=True)
class Told:
    """A request that may be answered. `route`: below the namespace."""

    site: Site
    method: str
    route: str
    args: Args
    body: Any
    base: str  # the address, without its query


@dataclass(frozen=True)
class Collection:
    kind: str  # of the site
    rules: Rules
    post_type: str


COLLECTIONS = {
    "orders": Collection("orders", listing.ORDERS, "shop_order"),
    "products": Collection("products", listing.PRODUCTS, "product"),
    "customers": Collection("customers", listing.CUSTOMERS, ""),
    "coupons": Collection("coupons", listing.COUPONS, "shop_coupon"),
    "variations": Collection("variations", listing.VARIATIONS, "product_variation"),
}


def answer(site: Site, request: Request, rest_path: str, is_ssl: bool, authorization: str) -> Response:
    """`rest_path`: behind the REST prefix, without slashes around."""
    try:
        return _answer(site, request, rest_path, is_ssl, authorization)
    except ApiError as error:
        return reply(error.body, error.status, headers=_index_link(site))


def _index_link(site: Site) -> dict[str, str]:
    return {"Link": f'<{site.home}/{site.habits.rest_prefix}/>; rel="https://api.w.org/"'}


def _answer(site: Site, request: Request, rest_path: str, is_ssl: bool, authorization: str) -> Response:
    args: Args = request.args
    if not rest_path:
        return reply(trimmed(_index(site, is_ssl), wanted(args.getlist("_fields"))), headers=_index_link(site))
    namespace, _, route = rest_path.partition("/") if rest_path.startswith("wc-") else _below(rest_path)
    if rest_path == "wp/v2/users/me":
        return reply({"id": _me(site, authorization, is_ssl)}, headers=_index_link(site))
    if not site.habits.has_woocommerce or namespace not in ("wc/v3", "wc-analytics"):
        raise NO_ROUTE
    scheme = "https" if is_ssl else "http"
    asked = Asked(
        request.method,
        f"{scheme}://{site.home.partition('://')[2].removesuffix(site.path)}{request.path}",
        request.query_string.decode(),
        authorization,
        args.get("consumer_key", ""),
        args.get("consumer_secret", ""),
        is_ssl,
    )
    with site.lock:
        key = site.access.key_of(asked, site.now())
        key = key or _by_password(site, authorization, is_ssl)
        if not route:
            return reply({"namespace": namespace, "routes": {}}, headers=_index_link(site))
        if key is None or not key.has_role:
            raise _stranger(request.method, route, 401 if key is None else 403)
        told = Told(site, _verb(request), route, args, _json(request), request.base_url)
        site.asked.append((request.method, route, args.to_dict()))
        return _analytics(told) if namespace == "wc-analytics" else _routed(told)


def _by_password(site: Site, authorization: str, is_ssl: bool) -> Key | None:
    """WooCommerce's routes do not say what is wrong with a password: whoever has a wrong one is nobody."""
    try:
        user = site.people.by_header(authorization, is_ssl)
    except ApiError:
        return None
    if user is None:
        return None
    site.access.ways.append("password")
    return Key(user.name, "", has_role=user.sees(site.path))


def _me(site: Site, authorization: str, is_ssl: bool) -> int:
    """Raises ApiError; what is wrong with a password only where WooCommerce makes WordPress look in time."""
    nobody = ApiError(401, "rest_not_logged_in", "You are not currently logged in.")
    try:
        user = site.people.by_header(authorization, is_ssl)
    except ApiError as error:
        raise (error if site.habits.has_woocommerce else nobody) from None
    if user is None:
        raise nobody
    return list(site.people.users).index(user.name) + 1


def _below(rest_path: str) -> tuple[str, str, str]:
    """wc/v3/orders -> (wc/v3, /, orders)."""
    parts = rest_path.split("/", 2)
    return "/".join(parts[:2]), "/", parts[2] if len(parts) > 2 else ""


def _json(request: Request) -> Any:
    if request.method not in ("POST", "PUT", "PATCH", "DELETE") or not request.get_data():
        return {}
    try:
        return json.loads(request.get_data())
    except ValueError:
        raise ApiError(400, "rest_invalid_json", "Invalid JSON body passed.") from None


def _verb(request: Request) -> str:
    """WordPress takes the word for the deed: `POST …?_method=DELETE`."""
    if request.method == "POST":
        return request.args.get("_method", request.headers.get("X-HTTP-Method-Override", "POST")).upper()
    return "GET" if request.method == "HEAD" else request.method


def _stranger(method: str, route: str, status: int) -> ApiError:
    is_one = route.rpartition("/")[2].isdigit()
    if method in ("GET", "HEAD"):
        said = "Sorry, you cannot view this resource." if is_one else "Sorry, you cannot list resources."
        return ApiError(status, "woocommerce_rest_cannot_view", said)
    verb = "batch" if route.endswith("/batch") else {"DELETE": "delete", "PUT": "edit"}.get(method, "create")
    return ApiError(status, f"woocommerce_rest_cannot_{verb}", f"Sorry, you are not allowed to {verb} this resource.")


def _routed(told: Told) -> Response:
    for pattern, handler in ROUTES:
        if found := re.fullmatch(pattern, told.route):
            return handler(told, *found.groups())
    raise NO_ROUTE


# lists and single records


def _list(told: Told, name: str) -> Response:
    return _listed(told, COLLECTIONS[name], name)


def _variations(told: Told, parent: str) -> Response:
    if told.site.products.get(int(parent)) is None:
        raise invalid_id("product")
    only = _child_of(int(parent))
    return _listed(told, COLLECTIONS["variations"], f"products/{parent}/variations", only)


@cache
def _child_of(parent: int) -> Callable[[Glance], bool]:
    return lambda one: one.owner == parent


def _listed(told: Told, collection: Collection, route: str, only: Callable[[Glance], bool] | None = None) -> Response:
    site, args = told.site, told.args
    if told.method == "POST":
        return reply(site.linked(route, writing.create(site, collection.kind, told.body)), 201)
    if told.method != "GET":
        raise NO_ROUTE
    if site.before_list is not None:
        site.before_list(collection.kind, int(args.get("page", "1")))
    if unknown := listing.gaps(collection.rules, args):
        site.gaps.append(f"{route}: {unknown}")
        raise ApiError(501, "sandbox_gap", f"the sandbox has no answer to {unknown}")
    kind: Kind = getattr(site, collection.kind)
    page = listing.paged(collection.rules, kind, args, only)
    if 0 < site.habits.dies_above < len(page.ids):
        return dies()
    fields = wanted(args.getlist("_fields"))
    found = [record for id_ in page.ids if (record := kind.get(id_)) is not None]
    if collection.kind == "variations":
        linked = [site.linked(f"products/{record['parent_id']}/variations", record) for record in found]
    else:
        linked = [site.linked(route, record) for record in found]
    forgets = collection.rules.forgets_total and site.habits.has_order_tables
    headers = _index_link(site) | page.headers(told.base, args, forgets)
    return reply([trimmed(record, fields) for record in linked], headers=headers)


def _one(told: Told, name: str, number: str) -> Response:
    site, collection = told.site, COLLECTIONS[name]
    kind, id_ = getattr(site, collection.kind), int(number)
    record = kind.get(id_)
    if record is None and name == "products" and (variation := site.variations.get(id_)) is not None:
        return _shown(told, site.variation_told(variation))
    if record is None:
        raise (
            ApiError(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
            if name == "customers"
            else invalid_id(collection.post_type)
        )
    if told.method in ("PUT", "POST", "PATCH"):
        record = writing.update(site, collection.kind, id_, told.body)
    elif told.method == "DELETE":
        record = writing.delete(site, collection.kind, id_, told.args.get("force", "") in ("true", "1"))
    return _shown(told, site.linked(name, record))


def _variation(told: Told, parent: str, number: str) -> Response:
    record = told.site.variations.get(int(number))
    if record is None or record["parent_id"] != int(parent):
        raise invalid_id("product_variation")
    return _shown(told, told.site.linked(f"products/{parent}/variations", record))


def _shown(told: Told, record: Json) -> Response:
    return reply(trimmed(record, wanted(told.args.getlist("_fields"))), headers=_index_link(told.site))


def _batch(told: Told, name: str) -> Response:
    """Each item may fail by itself inside a 200."""
    parts: dict[str, list[Any]] = {verb: told.body.get(verb) or [] for verb in ("create", "update", "delete")}
    if sum(map(len, parts.values())) > MOST_IN_BATCH:
        raise ApiError(
            413,
            "woocommerce_rest_request_entity_too_large",
            f"Unable to accept more than {MOST_IN_BATCH} items for this request.",
        )
    acts: dict[str, Callable[[Any], Json]] = {
        "create": lambda item: writing.create(told.site, name, item),
        "update": lambda item: writing.update(told.site, name, int(item.get("id") or 0), item),
        "delete": lambda item: writing.delete(told.site, name, int(item), is_forced=True),
    }
    found: dict[str, list[Json]] = {}
    for verb, items in parts.items():
        for item in items:
            try:
                done = told.site.linked(name, acts[verb](item))
            except ApiError as error:
                number = item if verb == "delete" else item.get("id", 0)
                done = {"id": number, "error": error.body}
            found.setdefault(verb, []).append(done)
    return reply(found)


# webhooks, which are no posts


def _webhooks(told: Told) -> Response:
    site = told.site
    if told.method == "POST":
        made = site.webhooks.create(told.body, site.now())
        site.deliveries.ping(made)
        return reply(site.linked("webhooks", made.record()), 201)
    status = told.args.get("status", "all")
    if status not in ("all", *STATUSES):
        raise bad_parameter("status", "status is not one of all, active, paused, and disabled.", "rest_not_in_enum")
    kept = [one for one in site.webhooks.all.values() if status in ("all", one.status)]
    kept.sort(key=lambda one: one.id, reverse=told.args.get("order", "desc") == "desc")
    return _paged(told, [site.linked("webhooks", one.record()) for one in kept])


def _webhook(told: Told, number: str) -> Response:
    site, id_ = told.site, int(number)
    if told.method == "DELETE":
        record = site.webhooks.delete(
            id_, told.args.get("force", "") in ("true", "1") or told.body.get("force") is True
        )
    elif told.method in ("PUT", "POST", "PATCH"):
        found = site.webhooks.update(id_, told.body, site.now())
        if found.owes_ping and found.status == "active":
            site.deliveries.ping(found)
        record = found.record()
    else:
        record = site.webhooks.get(id_).record()
    return _shown(told, site.linked("webhooks", record))


def _paged(told: Told, records: list[Json]) -> Response:
    """Of what is at hand anyway."""
    per_page, number = int(told.args.get("per_page", "10")), int(told.args.get("page", "1"))
    if not 1 <= per_page <= listing.MOST:
        raise bad_parameter(
            "per_page", "per_page must be between 1 (inclusive) and 100 (inclusive)", "rest_out_of_bounds"
        )
    shown = records[(number - 1) * per_page : number * per_page]
    page = listing.Page([0] * len(shown), len(records), number, -(-len(records) // per_page))
    fields = wanted(told.args.getlist("_fields"))
    headers = _index_link(told.site) | page.headers(told.base, told.args, forgets_total=False)
    return reply([trimmed(record, fields) for record in shown], headers=headers)


# what stands still


def _categories(told: Told) -> Response:
    route = "products/categories"
    return _paged(told, [told.site.linked(route, products.category(id_)) for id_ in products.CATEGORIES])


def _category(told: Told, number: str) -> Response:
    if int(number) not in products.CATEGORIES:
        raise ApiError(404, "woocommerce_rest_term_invalid", "Resource does not exist.")
    return _shown(told, told.site.linked("products/categories", products.category(int(number))))


def _refunds(told: Told, number: str) -> Response:
    record = told.site.orders.get(int(number))
    if record is None:
        raise invalid_id("shop_order")
    whole = [
        {**one, "amount": one["total"].lstrip("-"), "date_created_gmt": record["date_modified_gmt"]}
        for one in record["refunds"]
    ]
    return _paged(told, whole)


def _system_status(told: Told) -> Response:
    """As recorded, in this site's words."""
    site = told.site
    found: Json = json.loads((RECORDED / "system_status.body").read_bytes())
    found["environment"] |= {
        "home_url": site.home,
        "site_url": site.home,
        "version": site.habits.version,
        "wp_multisite": site.habits.is_multisite,
        "wp_cron": site.deliveries.has_cron,
    }
    found["settings"] |= {"currency": site.numbers.currency, "HPOS_enabled": site.habits.has_order_tables}
    return _shown(told, found)


def _index(site: Site, is_ssl: bool) -> Json:
    found: Json = json.loads((RECORDED / "index.wp_json.body").read_bytes())
    names = found["namespaces"] if site.habits.has_woocommerce else ["wp/v2"]
    name = f"Becher {site.path}".strip()
    ways = {
        "application-passwords": {"endpoints": {"authorization": f"{site.home}/wp-admin/authorize-application.php"}}
    }
    return found | {
        "authentication": ways if site.people.have_passwords(is_ssl) else [],
        "name": name,
        "url": site.home,
        "home": site.home,
        "namespaces": names,
        "gmt_offset": OFFSET_S // 3600,
        "timezone_string": ZONE,
    }


def _analytics(told: Told) -> Response:
    if told.route != "reports/customers":
        raise NO_ROUTE
    after = told.args.get("last_active_after")
    return _paged(told, reports.analytics_customers(told.site, seconds_of(after.rstrip("Z")) if after else 0))


def _settings(told: Told, name: str | None = None) -> Response:
    found = reports.settings(told.site)
    if not name:
        return _paged(told, found)
    for one in found:
        if one["id"] == name:
            return _shown(told, one)
    raise ApiError(404, "rest_setting_setting_invalid", "Invalid setting.")


ROUTES: list[tuple[str, Callable[..., Response]]] = [
    (r"(orders|products|customers|coupons|variations)", _list),
    (r"(orders|products|customers|coupons)/([0-9]+)", _one),
    (r"(orders|products|customers|coupons)/batch", _batch),
    (r"products/([0-9]+)/variations", _variations),
    (r"products/([0-9]+)/variations/([0-9]+)", _variation),
    (r"products/categories", _categories),
    (r"products/categories/([0-9]+)", _category),
    (r"orders/([0-9]+)/refunds", _refunds),
    (r"webhooks", _webhooks),
    (r"webhooks/([0-9]+)", _webhook),
    (r"system_status", _system_status),
    (r"settings/general", _settings),
    (r"settings/general/(\w+)", _settings),
    (r"reports/sales", lambda told: reply(reports.sales(told.site, told.args))),
    (r"reports/top_sellers", lambda told: reply(reports.top_sellers(told.site, told.args))),
    (r"reports/(orders|customers|products|coupons)/totals", lambda told, what: reply(reports.totals(told.site, what))),
]
