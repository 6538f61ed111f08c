"""Users: customers, some of whom are subscribers by role, and two of the staff."""

from __future__ import annotations

import hashlib

from tests.woocommerce_shop.kind import Glance, Json
from tests.woocommerce_shop.numbers import ADMIN, CUSTOMER_IDS, MANAGER, Numbers, both, seconds_of

FIRST = ("Zoë", "Hans", "Łucja", "Ayşe", "Jörg", "Marie", "Tom")
LAST = ("O'Brien & Søn", "Müller", "Weiß", "Kühn", "d’Église")
CITIES = (("Paris", "75011", "FR"), ("Köln", "50667", "DE"), ("Wien", "1010", "AT"))
STAFF = {ADMIN: "administrator", MANAGER: "shop_manager"}


def email_of(number: int) -> str:
    return f"kunde{number}@example.org"


def guest_email(number: int) -> str:
    return f"gast{number}@example.net"


def role_of(number: int) -> str:
    return "subscriber" if number % 25 == 0 else "customer"


def glances(numbers: Numbers) -> list[Glance]:
    began = int(numbers.began.timestamp())
    staff = [Glance(id_, began, began, "", role, role, f"{role}@shop.example") for id_, role in STAFF.items()]
    return staff + [_glance(numbers, number) for number in range(1, numbers.customers + 1)]


def _glance(numbers: Numbers, number: int) -> Glance:
    created = numbers.created_s(number, numbers.customers)
    return Glance(
        CUSTOMER_IDS + number, created, created + 90, "", role_of(number), f"kunde{number:07d}", email_of(number)
    )


def glance_of(record: Json) -> Glance:
    created = seconds_of(record["date_created_gmt"])
    modified = seconds_of(record["date_modified_gmt"]) if record["date_modified_gmt"] else created
    return Glance(record["id"], created, modified, "", record["role"], record["username"], record["email"])


def record(numbers: Numbers, id_: int) -> Json:
    if id_ in STAFF:
        began, role = int(numbers.began.timestamp()), STAFF[id_]
        return user(id_, f"{role}@shop.example", began, role=role, username=role) | both("date_modified", None)
    number = id_ - CUSTOMER_IDS
    created, spin = numbers.created_s(number, numbers.customers), number + numbers.flavour
    place = address(spin, email=email_of(number) if number % 7 else f"rechnung{number}@example.org")
    made = user(id_, email_of(number), created, role=role_of(number), username=f"kunde{number}")
    shipping = {name: value for name, value in place.items() if name != "email"}
    return made | {
        "first_name": place["first_name"],
        "last_name": place["last_name"].replace("&", "&amp;"),  # as it is kept of a user; in addresses it is not
        "billing": place,
        "shipping": shipping,
        "is_paying_customer": number % 4 != 0,
        "meta_data": [
            {"id": number * 10, "key": "loyalty_points", "value": str(spin * 3)},
            {"id": number * 10 + 1, "key": "prefs", "value": {"colour": "blau" if spin % 2 else "rot", "sizes": ["M"]}},
        ],
        **both("date_modified", created + 90),
    }


def user(id_: int, email: str, created: int, role: str = "customer", username: str = "") -> Json:
    """With nothing filled in."""
    empty = dict.fromkeys(
        ("first_name", "last_name", "company", "address_1", "address_2", "city", "postcode", "country", "state"), ""
    )
    digest = hashlib.sha256(email.encode()).hexdigest()
    return {
        "id": id_,
        **both("date_created", created),
        **both("date_modified", created),
        "email": email,
        "first_name": "",
        "last_name": "",
        "role": role,
        "username": username or email.partition("@")[0],
        "billing": {**empty, "email": "", "phone": ""},
        "shipping": {**empty, "phone": ""},
        "is_paying_customer": False,
        "avatar_url": f"https://secure.gravatar.com/avatar/{digest}?s=96&d=mm&r=g",
        "meta_data": [],
    }


def address(spin: int, email: str = "") -> Json:
    """As it stands in users and orders."""
    city, postcode, country = CITIES[spin % len(CITIES)]
    return {
        "first_name": FIRST[spin % len(FIRST)],
        "last_name": LAST[spin % len(LAST)],
        "company": "Teehaus" if spin % 6 == 0 else "",
        "address_1": f"{spin % 90 + 1} rue de l’Église",
        "address_2": "",
        "city": city,
        "postcode": postcode,
        "country": country,
        "state": "",
        "email": email,
        "phone": "+33 6 {}{} {}{} {}{} {}{}".format(*f"{spin:08d}"),
    }
