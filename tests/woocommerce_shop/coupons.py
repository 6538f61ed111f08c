"""Coupons: public ones, those for one address, expired and used up ones."""

from __future__ import annotations

from tests.woocommerce_shop.kind import Glance, Json
from tests.woocommerce_shop.numbers import COUPON_IDS, Numbers, both, seconds_of

DAY_S = 86_400


def code_of(number: int) -> str:
    """Every third belongs to no group."""
    return f"sommer-{number}" if number % 3 == 0 else f"wb-{number}"


def is_public(number: int) -> bool:
    """Whether anybody may still use it."""
    return all(number % one for one in (4, 5, 7))


def glances(numbers: Numbers) -> list[Glance]:
    times = ((number, numbers.created_s(number, numbers.coupons)) for number in range(1, numbers.coupons + 1))
    return [Glance(COUPON_IDS + number, at, at + 90, "publish", name=code_of(number)) for number, at in times]


def glance_of(record: Json) -> Glance:
    created, modified = seconds_of(record["date_created_gmt"]), seconds_of(record["date_modified_gmt"])
    return Glance(record["id"], created, modified, record["status"], name=record["code"])


def record(numbers: Numbers, id_: int) -> Json:
    number = id_ - COUPON_IDS
    created = numbers.created_s(number, numbers.coupons)
    is_used_up = number % 7 == 0
    return {
        "id": id_,
        "code": code_of(number),
        "amount": "10.00",
        "status": "publish",
        **both("date_created", created),
        **both("date_modified", created + 90),
        "discount_type": "percent",
        "description": "",
        **both("date_expires", created + DAY_S // 2 if number % 5 == 0 else None),
        "usage_count": 1 if is_used_up else 0,
        "individual_use": True,
        "product_ids": [],
        "excluded_product_ids": [],
        "usage_limit": 1 if is_used_up else None,
        "usage_limit_per_user": 1,
        "limit_usage_to_x_items": None,
        "free_shipping": False,
        "product_categories": [],
        "excluded_product_categories": [],
        "exclude_sale_items": False,
        "minimum_amount": "0.00",
        "maximum_amount": "0.00",
        "email_restrictions": ["nur.eine@example.net"] if number % 4 == 0 else [],
        "used_by": [],
        "meta_data": [],
    }
