"""What a site counts itself: sales, best sellers, totals; and the customers of wc-analytics, guests among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tests.woocommerce_shop.kind import Json
from tests.woocommerce_shop.listing import Args
from tests.woocommerce_shop.numbers import both, seconds_of

if TYPE_CHECKING:
    from tests.woocommerce_shop.site import Site

COUNTED = ("processing", "completed", "on-hold", "packing")
NOT_ORDERS = ("checkout-draft", "trash", "auto-draft")


def _orders(site: Site) -> Iterable[Json]:
    return (record for id_ in site.orders.ids() if (record := site.orders.get(id_)) is not None)


def sales(site: Site, args: Args) -> list[Json]:
    """Of `date_min` to `date_max`, in the site's days; without: of all time, where WooCommerce says this month."""
    first, last = args.get("date_min", ""), args.get("date_max", "9999")
    days: dict[str, Json] = {}
    for record in _orders(site):
        day = record["date_created"][:10]
        if record["status"] not in COUNTED or not first <= day <= last:
            continue
        found = days.setdefault(day, {"sales": 0.0, "orders": 0, "items": 0})
        found["sales"] += float(record["total"])
        found["orders"] += 1
        found["items"] += sum(line["quantity"] for line in record["line_items"])
    zeros = {"tax": "0.00", "shipping": "0.00", "discount": "0.00", "customers": 0}
    total, count = sum(day["sales"] for day in days.values()), sum(day["orders"] for day in days.values())
    return [
        {
            "total_sales": f"{total:.2f}",
            "net_sales": f"{total:.2f}",
            "average_sales": f"{total / max(1, len(days)):.2f}",
            "total_orders": count,
            "total_items": sum(day["items"] for day in days.values()),
            "total_tax": "0.00",
            "total_shipping": "0.00",
            "total_refunds": 0,
            "total_discount": "0.00",
            "totals_grouped_by": "day",
            "totals": {day: {**found, "sales": f"{found['sales']:.2f}", **zeros} for day, found in days.items()},
            "total_customers": 0,
        }
    ]


def top_sellers(site: Site, args: Args) -> list[Json]:
    names: dict[int, str] = {}
    sold: Counter[int] = Counter()
    for record in _orders(site):
        if record["status"] in COUNTED:
            for line in record["line_items"]:
                sold[line["product_id"]] += line["quantity"]
                names[line["product_id"]] = line["parent_name"] or line["name"]
    best = sold.most_common(10)
    return [{"name": names[id_], "product_id": id_, "quantity": count} for id_, count in best]


def totals(site: Site, what: str) -> list[Json]:
    """`reports/<what>/totals`."""
    if what == "orders":
        counts = Counter(record["status"] for record in _orders(site))
        return [{"slug": name, "name": name.title(), "total": count} for name, count in sorted(counts.items())]
    if what == "customers":
        paying = Counter(bool(site.customers.copied(id_)["is_paying_customer"]) for id_ in site.customers.ids())
        return [
            {"slug": "paying", "name": "Paying customer", "total": paying[True]},
            {"slug": "non_paying", "name": "Non-paying customer", "total": paying[False]},
        ]
    kind = site.kind(what.removesuffix("s"))
    words: Counter[str] = Counter(kind.copied(id_).get("type") or "percent" for id_ in kind.ids())
    return [{"slug": word, "name": word.title(), "total": count} for word, count in sorted(words.items())]


def settings(site: Site) -> list[Json]:
    stated = {
        "woocommerce_currency": site.numbers.currency,
        "woocommerce_price_num_decimals": "2",
        "woocommerce_prices_include_tax": "yes",
        "woocommerce_default_country": "DE",
    }
    return [
        {
            "id": name,
            "label": name,
            "description": "",
            "type": "text",
            "default": "",
            "value": value,
            "group_id": "general",
        }
        for name, value in stated.items()
    ]


def analytics_customers(site: Site, after: int) -> list[Json]:
    """Everybody who has an account or ordered; active after `after` (seconds), latest first."""
    met: dict[tuple[int, str], Json] = {}
    for id_ in site.customers.ids():
        user = site.customers.copied(id_)
        met[id_, ""] = _person(
            user["email"], user["billing"], id_, user["username"], seconds_of(user["date_created_gmt"])
        )
    for record in _orders(site):
        if record["status"] in NOT_ORDERS:
            continue
        id_, email = record["customer_id"], record["billing"]["email"]
        at = seconds_of(record["date_created_gmt"])
        key = (id_, "" if id_ else email)
        person = met.setdefault(key, _person(email, record["billing"], id_, "", None))
        person["orders_count"] += 1
        person["total_spend"] = round(person["total_spend"] + float(record["total"]), 2)
        person["avg_order_value"] = round(person["total_spend"] / person["orders_count"], 2)
        person["date_last_order"] = record["date_created"].replace("T", " ")
        person |= both("date_last_active", at)
    found = [person | {"id": number} for number, person in enumerate(met.values(), start=1)]
    active = [one for one in found if one["date_last_active_gmt"] and seconds_of(one["date_last_active_gmt"]) > after]
    return sorted(active, key=lambda one: str(one["date_last_active_gmt"]), reverse=True)


def _person(email: str, place: Json, user_id: int, username: str, registered: int | None) -> dict[str, Any]:
    names = {name: place[name] for name in ("first_name", "last_name", "country", "city", "state", "postcode")}
    return {
        "id": 0,
        "user_id": user_id,
        "username": username,
        "name": f"{place['first_name']} {place['last_name']}".strip(),
        **names,
        "email": email,
        **both("date_registered", registered),
        **both("date_last_active", registered),
        "date_last_order": None,
        "orders_count": 0,
        "total_spend": 0,
        "avg_order_value": 0,
    }
