"""A list request: its parameters checked as WordPress checks them, what it finds, its page and the headers of that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from tests.woocommerce_shop import orders
from tests.woocommerce_shop.kind import Glance, Kind
from tests.woocommerce_shop.numbers import OFFSET_S
from tests.woocommerce_shop.replies import bad_parameter

Args = MultiDict[str, str]
MOST = 100
# What says who asks, or how the answer is to look; and what this stand-in has an answer for.
NEUTRAL = ("consumer_key", "consumer_secret", "_fields", "context", "dp", "_envelope", "_")
PAGED = ("page", "per_page", "offset", "order", "orderby", "include", "exclude")
DATED = ("after", "before", "modified_after", "modified_before", "dates_are_gmt")
# What WooCommerce knows besides. To be asked for it is a gap, where an unknown name is ignored.
KNOWN = (
    "search", "slug", "parent", "parent_exclude", "product", "product_search", "created_via", "sku", "featured",
    "category", "tag", "shipping_class", "attribute", "attribute_term", "tax_class", "on_sale", "min_price",
    "max_price", "stock_status", "virtual", "downloadable", "search_sku", "brand", "include_types", "exclude_types",
)  # fmt: skip
SORTS: Mapping[str, Callable[[Glance], Any]] = {
    "id": lambda one: one.id,
    "date": lambda one: (one.created_s, one.id),
    "registered_date": lambda one: (one.created_s, one.id),
    "modified": lambda one: (one.modified_s, one.id),
    "name": lambda one: (one.name, one.id),
    "title": lambda one: (one.name, one.id),
    "slug": lambda one: (one.name, one.id),
}


@dataclass(frozen=True)
class Rules:
    """Of one kind. `own`: filters of its own, each a test of a glance against what was stated."""

    orderby: tuple[str, ...]
    default_orderby: str = "date"
    default_order: str = "desc"
    has_modified: bool = True
    statuses: tuple[str, ...] = ()  # () where it has no such parameter
    own: Mapping[str, Callable[[Glance, str], bool]] = ()  # type: ignore[assignment]
    forgets_total: bool = False  # past the end


ORDERS = Rules(
    ("date", "id", "include", "title", "slug", "modified"),
    statuses=("any", "trash", "auto-draft", *orders.KNOWN_STATUSES),
    own={
        "customer": lambda one, stated: one.owner == int(stated),
        # In addresses; the real one looks into names, companies and the lines, too.
        "search": lambda one, stated: stated.lower() in one.email.lower() or stated == str(one.id),
    },
    forgets_total=True,
)
PRODUCTS = Rules(
    ("date", "id", "include", "title", "slug", "modified", "price", "popularity", "rating", "menu_order"),
    statuses=("any", "trash", "future", "draft", "pending", "private", "publish"),
    own={"type": lambda one, stated: one.word == stated},
)
VARIATIONS = Rules(PRODUCTS.orderby, statuses=PRODUCTS.statuses, own={})
COUPONS = Rules(
    ("date", "id", "include", "title", "slug", "modified"),
    statuses=PRODUCTS.statuses,
    own={"code": lambda one, stated: one.name == stated.lower()},
)
CUSTOMERS = Rules(
    ("id", "include", "name", "registered_date"),
    default_orderby="name",
    default_order="asc",
    has_modified=False,
    own={
        "role": lambda one, stated: stated == "all" or one.word == stated,
        "email": lambda one, stated: one.email.lower() == stated.lower(),
    },
)


@dataclass(frozen=True)
class Page:
    ids: list[int]
    total: int
    page: int
    pages: int

    def headers(self, base: str, args: Args, forgets_total: bool) -> dict[str, str]:
        """`base`: the address without its query."""
        is_past = forgets_total and not self.ids and self.page > 1
        links = []
        if self.page > 1:
            links.append(_link(base, args, min(self.page - 1, self.pages), "prev"))
        if self.page < self.pages:
            links.append(_link(base, args, self.page + 1, "next"))
        found = {"X-WP-Total": str(0 if is_past else self.total), "X-WP-TotalPages": str(0 if is_past else self.pages)}
        return found | ({"Link": ", ".join(links)} if links else {})


def _link(base: str, args: Args, page: int, rel: str) -> str:
    asked = [(name, value) for name, value in args.items(multi=True) if name != "page"]
    return f'<{base}?{urlencode([*asked, ("page", str(page))])}>; rel="{rel}"'


def gaps(rules: Rules, args: Args) -> list[str]:
    """Parameters that WooCommerce would look at and this stand-in does not."""
    return [name for name in map(_bare, args) if name in KNOWN and name not in rules.own]


def paged(rules: Rules, kind: Kind, args: Args, only: Callable[[Glance], bool] | None = None) -> Page:
    """Raises ApiError for what WordPress refuses."""
    page, per_page = _whole(args, "page", 1, 1, None), _whole(args, "per_page", 10, 1, MOST)
    offset = _whole(args, "offset", (page - 1) * per_page, 0, None)
    ids = _found(rules, kind, args, only)
    return Page(ids[offset : offset + per_page], len(ids), page, ceil(len(ids) / per_page))


def _found(rules: Rules, kind: Kind, args: Args, only: Callable[[Glance], bool] | None) -> list[int]:
    order, orderby = args.get("order", rules.default_order), args.get("orderby", rules.default_orderby)
    if order not in ("asc", "desc"):
        raise bad_parameter("order", "order is not one of asc and desc.", "rest_not_in_enum")
    if orderby not in rules.orderby:
        names = ", ".join(rules.orderby)
        raise bad_parameter("orderby", f"orderby is not one of {names}.", "rest_not_in_enum")
    include, exclude = listed(args, "include"), set(listed(args, "exclude"))
    tests = list(_tests(rules, args))
    if include:
        wanted = set(include)
        tests.append(lambda one: one.id in wanted)
    if exclude:
        tests.append(lambda one: one.id not in exclude)
    if only is not None:
        tests.append(only)
    windows = _windows(rules, args)
    tests += [window.test for window in windows]
    signed = sorted((name, value) for name, value in args.items(multi=True) if not name.startswith("oauth_"))
    asked = tuple(pair for pair in signed if pair[0] not in ("page", "per_page", "offset", *NEUTRAL))
    ids = kind.select(
        (asked, only and id(only)),
        lambda one: all(test(one) for test in tests),
        SORTS.get(orderby, SORTS["id"]),
        order == "desc",
        max((one.above for one in windows if one.field == "created_s"), default=0),
        max((one.above for one in windows if one.field == "modified_s"), default=0),
    )
    if orderby == "include" and include:
        places = {id_: place for place, id_ in enumerate(include)}
        return sorted(ids, key=places.__getitem__)
    return ids


def _tests(rules: Rules, args: Args) -> list[Callable[[Glance], bool]]:
    found: list[Callable[[Glance], bool]] = []
    if rules.statuses:
        stated = [one for text in _values(args, "status") for one in text.split(",") if one] or ["any"]
        for one in stated:
            if one not in rules.statuses:
                names = ", ".join(rules.statuses)
                raise bad_parameter("status", f"status[0] is not one of {names}.", "rest_not_in_enum")
        if "any" in stated:
            found.append(lambda one: one.status not in ("trash", "auto-draft"))
        else:
            kept = set(stated)
            found.append(lambda one: one.status in kept)
    if rules is CUSTOMERS and "role" not in args:
        found.append(lambda one: one.word == "customer")
    for name, test in dict(rules.own).items():
        if name in args:
            found.append(lambda one, test=test, stated=args[name]: test(one, stated))  # type: ignore[misc]
    return found


@dataclass(frozen=True)
class _Window:
    """`above`/`below`: seconds since the epoch, exclusive; 0: open."""

    field: str
    above: int = 0
    below: int = 0

    def test(self, one: Glance) -> bool:
        at: int = getattr(one, self.field)
        return (not self.above or at > self.above) and (not self.below or at < self.below)


def _windows(rules: Rules, args: Args) -> list[_Window]:
    if not rules.has_modified:  # customers know no dates: what is stated is not looked at
        return []
    in_gmt = args.get("dates_are_gmt", "").lower() in ("1", "true")
    found = []
    for name in DATED[:4]:
        if stated := args.get(name):
            at = _compared(name, stated, in_gmt)
            field = "modified_s" if name.startswith("modified") else "created_s"
            found.append(_Window(field, above=at) if name.endswith("after") else _Window(field, below=at))
    return found


def _compared(name: str, stated: str, in_gmt: bool) -> int:
    """The moment a column is really compared with.

    A time with a zone is turned into the site's, whatever the column: with `dates_are_gmt` that is off by its offset.
    """
    try:
        moment = datetime.fromisoformat(stated)
    except ValueError:
        raise bad_parameter(name, "Invalid date.", "rest_invalid_date") from None
    if moment.tzinfo is not None:
        moment = (moment.astimezone(UTC) + timedelta(seconds=OFFSET_S)).replace(tzinfo=None)
    seconds = int(moment.replace(tzinfo=UTC).timestamp())
    return seconds if in_gmt else seconds - OFFSET_S


def listed(args: Args, name: str) -> list[int]:
    """`include=1,2` or `include[]=1&include[]=2`."""
    texts = [text for one in _values(args, name) for text in one.split(",") if text.strip()]
    if not all(text.strip().isdigit() for text in texts):
        raise bad_parameter(name, f"{name}[0] is not of type integer.", "rest_invalid_type")
    return [int(text) for text in texts]


def _values(args: Args, name: str) -> list[str]:
    return [value for key, value in args.items(multi=True) if _bare(key) == name]


def _bare(name: str) -> str:
    return name.partition("[")[0]


def _whole(args: Args, name: str, default: int, least: int, most: int | None) -> int:
    stated = args.get(name)
    if stated is None:
        return default
    if not stated.lstrip("-").isdigit():
        raise bad_parameter(name, f"{name} is not of type integer.", "rest_invalid_type")
    number = int(stated)
    if number < least or (most is not None and number > most):
        above = f"{name} must be greater than or equal to {least}"
        between = f"{name} must be between {least} (inclusive) and {most} (inclusive)"
        raise bad_parameter(name, above if most is None else between, "rest_out_of_bounds")
    return number
