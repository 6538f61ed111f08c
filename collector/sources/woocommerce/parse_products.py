"""product.* and coupon.* -> the catalogue and coupons.

A body says how the product is when WooCommerce's queue runs. Stock may change without a new `date_modified`, so of two
bodies with one version the later counts. Variations come as bodies of their own, with `parent_id`; their product lists
them. A webhook calls one "Enamel Mug - S, Red", a list "S, Red" or nothing: it is named by what is chosen.
Categories have no webhooks: they stand in products, named as they are when the body is made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from typing import Any

from collector.domain.catalogue import CategorySeen, ProductSeen
from collector.domain.coupons import CouponSeen
from collector.domain.events import Fact
from collector.domain.ports import Currencies
from collector.domain.shop import Shop
from collector.sources.woocommerce.parse_values import (
    as_list,
    as_object,
    id_text,
    moment,
    money_or_none,
    no_later,
    plain,
    required_id,
    text,
    version_at,
)

LISTED = ("", "visible", "catalog", "search")  # `hidden`: reached by its link only, so it is recommended to nobody
LARGEST_STOCK = 10**9
WHOLE = re.compile(r"-?[0-9]{1,9}(\.0+)?", re.ASCII)


def product_facts(
    body: dict[str, Any], topic: str, arrived_at: datetime, shop: Shop, currencies: Currencies
) -> list[Fact]:
    """The product, and the categories it stands in. Raises Unparseable without an id or a readable version."""
    listed = [as_object(entry) for entry in as_list(body.get("categories"))]
    categories = {number: plain(entry.get("name")) for entry in listed if (number := id_text(entry.get("id")))}
    found: list[Fact] = [
        # Named by the body, not by the product's version: the name is as it is now.
        CategorySeen(number, version_at=arrived_at, stated_at=arrived_at, name=name)
        for number, name in categories.items()
    ]
    return [*found, _product(body, topic, arrived_at, shop, currencies, categories)]


def _product(
    body: dict[str, Any],
    topic: str,
    arrived_at: datetime,
    shop: Shop,
    currencies: Currencies,
    categories: Mapping[str, str],
) -> ProductSeen:
    exponent = currencies.exponent(shop.currency)
    tags = _names(body.get("tags"))
    created_at = moment(body, "date_created_gmt")
    is_variable = text(body.get("type"), 50) == "variable"
    return ProductSeen(
        product_id=required_id(body.get("id")),
        version_at=version_at(body),
        stated_at=arrived_at,
        status=text(body.get("status"), 50).lower(),
        is_visible=_is_visible(body),
        name=_chosen(body) or plain(body.get("name")),
        parent_id=id_text(body.get("parent_id")),
        is_new=topic == "product.created",
        created_at=no_later(created_at, arrived_at) if created_at else None,
        currency=shop.currency,
        url=_address(body.get("permalink")),
        image=_image(body),
        brand=next(iter(_names(body.get("brands"))), ""),
        sku=text(body.get("sku"), 255),
        price_minor=money_or_none(body.get("price"), exponent),
        # Of a variable product `price` is the lowest of its variations, and there is no regular one.
        compare_minor=None if is_variable else money_or_none(body.get("regular_price"), exponent),
        stock=_stock(body),
        sells_on=body.get("backorders_allowed") is True,
        tags=tags,
        labels=tuple(dict.fromkeys(filter(None, [*categories.values(), *tags]))),
        category_ids=tuple(categories) if isinstance(body.get("categories"), list | dict) else None,
        variant_ids=_variations(body),
    )


def coupon(body: dict[str, Any], topic: str, arrived_at: datetime) -> CouponSeen:
    """Raises Unparseable without an id or a readable version."""
    created_at = moment(body, "date_created_gmt")
    return CouponSeen(
        coupon_id=required_id(body.get("id")),
        version_at=version_at(body),
        stated_at=arrived_at,
        code=plain(body.get("code"), 200),
        is_visible=text(body.get("status"), 50).lower() in ("", "publish"),
        is_open=not as_list(body.get("email_restrictions")),
        is_new=topic == "coupon.created",
        created_at=no_later(created_at, arrived_at) if created_at else None,
        expires_at=moment(body, "date_expires_gmt"),
        usage_limit=_whole(body.get("usage_limit")),
        usage_count=_whole(body.get("usage_count")) or 0,
    )


def _is_visible(body: Mapping[str, Any]) -> bool:
    """Published, listed somewhere, and not behind a password."""
    return (
        text(body.get("status"), 50).lower() == "publish"
        and text(body.get("catalog_visibility"), 50).lower() in LISTED
        and not text(body.get("post_password"))
    )


def _chosen(body: Mapping[str, Any]) -> str:
    """`S, Red` of a variation; "" for what is none, or is any of them."""
    if not id_text(body.get("parent_id")):
        return ""
    chosen = (plain(as_object(entry).get("option"), 255) for entry in as_list(body.get("attributes")))
    return ", ".join(option for option in chosen if option)


def _variations(body: Mapping[str, Any]) -> tuple[str, ...] | None:
    listed = body.get("variations")
    if not isinstance(listed, list | dict):
        return None
    # A list of ids; of whole objects where a plugin puts them there.
    numbers = (id_text(as_object(entry).get("id") if isinstance(entry, dict) else entry) for entry in as_list(listed))
    return tuple(number for number in numbers if number)


def _stock(body: Mapping[str, Any]) -> int | None:
    """None when it is not counted; then 0 if it is marked as sold out. A variation may count with its product."""
    if body.get("manage_stock") is True:
        return _whole_ones(body.get("stock_quantity"))
    return 0 if text(body.get("stock_status"), 50).lower() == "outofstock" else None


def _names(entries: object) -> tuple[str, ...]:
    named = (plain(as_object(entry).get("name"), 255) for entry in as_list(entries))
    return tuple(dict.fromkeys(name for name in named if name))


def _image(body: Mapping[str, Any]) -> str:
    """The first; the list of variations has one `image` instead of `images`."""
    pictures = [as_object(body.get("image")), *(as_object(entry) for entry in as_list(body.get("images")))]
    return next((address for picture in pictures if (address := _address(picture.get("src")))), "")


def _address(value: object) -> str:
    found = text(value, 2000)
    if found.startswith("//"):
        found = f"https:{found}"
    return found if re.fullmatch(r"https?://[^\s/]+(/\S*)?", found) else ""


def _whole(value: object) -> int | None:
    """Also "3" and 3.0."""
    found = text(value, 30)
    return int(found.partition(".")[0]) if WHOLE.fullmatch(found) else None


def _whole_ones(value: object) -> int | None:
    """Of what is sold by weight (2.5 kg) as many whole ones as are there."""
    try:
        amount = Decimal(text(value, 30))
    except InvalidOperation:
        return None
    if not amount.is_finite() or abs(amount) >= LARGEST_STOCK:
        return None
    return int(amount.to_integral_value(ROUND_FLOOR))
