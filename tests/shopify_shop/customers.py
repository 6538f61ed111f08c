"""Customers as GraphQL gives them. Names with umlauts, numbers without e-mail, every state of consent."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.shopify_shop.naming import Json, amount, gid, number_of
from tests.shopify_shop.numbers import CUSTOMER_IDS, Numbers
from tests.shopify_shop.rows import Rows
from tests.shopify_shop.search import Columns

SEARCHABLE = frozenset({"id", "email", "phone", "updated_at", "created_at", "customer_date", "tag", "state"})
FIRST_NAMES = ("Anna", "Jörg", "Zoë", "O'Neil", "Łucja", "Ana María", "Uğur", "Bo")
LAST_NAMES = ("Kühn", "Weiß", "de la Cruz", "Müller-Lüdenscheidt", "Nguyễn", "Smith")
CITIES = (("Köln", "NW", "50667"), ("München", "BY", "80331"), ("Leipzig", "SN", "04109"))
MAIL_STATES = ("SUBSCRIBED", "NOT_SUBSCRIBED", "UNSUBSCRIBED", "SUBSCRIBED", "PENDING")
LEVELS = {"SUBSCRIBED": "SINGLE_OPT_IN", "PENDING": "CONFIRMED_OPT_IN", "UNSUBSCRIBED": "SINGLE_OPT_IN"}

Spent = Callable[[int], tuple[int, int, int]]  # number -> (orders, cents, number of the last order or 0)


def email_of(number: int) -> str | None:
    """Every 37th has only a phone."""
    return None if number % 37 == 0 else f"kunde{number}@example.org"


def phone_of(number: int) -> str | None:
    return f"+49151{10_000_000 + number}" if number % 37 == 0 or number % 3 == 0 else None


def tags_of(number: int) -> list[str]:
    return [tag for tag, every in (("VIP", 10), ("Töpferkurs", 7), ("Großhandel", 25)) if number % every == 0]


def glance(numbers: Numbers, number: int) -> Columns:
    created = numbers.created(number, numbers.customers)
    return {
        "id": CUSTOMER_IDS + number,
        "email": email_of(number),
        "phone": phone_of(number),
        "updated_at": numbers.updated(number, numbers.customers),
        "created_at": created,
        "customer_date": created,
        "tag": tuple(tags_of(number)),
        "state": "disabled",
    }


def columns(record: Json) -> Columns:
    mail, phone = record["defaultEmailAddress"], record["defaultPhoneNumber"]
    return {
        "id": number_of(record["id"]),
        "email": mail and mail["emailAddress"],
        "phone": phone and phone["phoneNumber"],
        "updated_at": record["updatedAt"],
        "created_at": record["createdAt"],
        "customer_date": record["createdAt"],
        "tag": tuple(record["tags"]),
        "state": record["state"].lower(),
    }


def customer(numbers: Numbers, spent: Spent, orders: Callable[[int], Rows], last: Any, number: int) -> Json:
    """`spent` and `last` tell of the orders; both are asked only when the field is."""
    id_, created = CUSTOMER_IDS + number, numbers.created(number, numbers.customers)
    first, family = FIRST_NAMES[number % len(FIRST_NAMES)], LAST_NAMES[number % len(LAST_NAMES)]
    record = {
        "id": gid("Customer", id_),
        "legacyResourceId": str(id_),
        "firstName": first,
        "lastName": f"{family} {numbers.flavour}" if numbers.flavour else family,
        "createdAt": created,
        "updatedAt": numbers.updated(number, numbers.customers),
        "state": "DISABLED",
        "verifiedEmail": number % 5 != 0,
        "locale": "de" if number % 4 else "en",
        "note": None,
        "tags": tags_of(number),
        "taxExempt": False,
        "dataSaleOptOut": number % 50 == 0,
        "defaultEmailAddress": mail_address(email_of(number), MAIL_STATES[number % len(MAIL_STATES)], created),
        "defaultPhoneNumber": phone_number(phone_of(number), "NOT_SUBSCRIBED", None),
        "metafields_": [_metafield(id_, "tier", "Gold")] if number % 8 == 0 else [],
        "defaultAddress": None if number % 11 == 0 else address(number, first, family),
    }
    return complete(record, numbers.currency, partial(spent, number), partial(orders, number), partial(last, number))


def complete(
    record: Json,
    currency: str,
    spent: Callable[[], tuple[int, int, int]],
    orders: Callable[[], Rows],
    last: Callable[[], Json | None],
) -> Json:
    """With what follows from other fields or records."""
    record["displayName"] = lambda _: " ".join(filter(None, (record["firstName"], record["lastName"])))
    record["numberOfOrders"] = lambda _: str(spent()[0])
    record["amountSpent"] = lambda _: {"amount": amount(spent()[1]), "currencyCode": currency}
    record["lastOrder"] = lambda _: last()
    record["orders"] = lambda _: orders()
    record["addressesV2"] = lambda _: Rows.of([record["defaultAddress"]] if record["defaultAddress"] else [])
    metafields: list[Json] = record["metafields_"]
    record["metafields"] = lambda args: Rows.of(_of_namespace(metafields, args))
    record["metafield"] = lambda args: next(iter(_named(metafields, args)), None)
    return record


def _metafield(customer: int, key: str, value: str) -> Json:
    return {
        "id": gid("Metafield", customer * 10),
        "namespace": "custom",
        "key": key,
        "value": value,
        "jsonValue": value,
        "type": "single_line_text_field",
    }


def _of_namespace(metafields: list[Json], args: Json) -> list[Json]:
    wanted, keys = args.get("namespace"), args.get("keys")
    named = {f"{one['namespace']}.{one['key']}": one for one in metafields}
    if keys:
        return [named[key] for key in keys if key in named]
    return [one for one in metafields if wanted in (None, one["namespace"])]


def _named(metafields: list[Json], args: Json) -> list[Json]:
    return [one for one in _of_namespace(metafields, args) if one["key"] == args["key"]]


def mail_address(email: str | None, state: str, since: str | None) -> Json | None:
    if email is None:
        return None
    return {
        "emailAddress": email,
        "marketingState": state,
        "marketingOptInLevel": LEVELS.get(state),
        "marketingUpdatedAt": since if state in LEVELS else None,
        "validFormat": True,
    }


def phone_number(phone: str | None, state: str, since: str | None) -> Json | None:
    if phone is None:
        return None
    level = LEVELS.get(state)
    return {
        "phoneNumber": phone,
        "marketingState": state,
        "marketingOptInLevel": level,
        "marketingUpdatedAt": since,
        "smsMarketingConsent": {"state": state, "optInLevel": level or "UNKNOWN", "updatedAt": since},
    }


def address(number: int, first: str, family: str) -> Json:
    city, province, code = CITIES[number % len(CITIES)]
    return {
        "id": gid("MailingAddress", 70_000_000 + number),
        "firstName": first,
        "lastName": family,
        "name": f"{first} {family}",
        "company": "Kühn & Töchter" if number % 9 == 0 else None,
        "address1": f"Ringstraße {number % 200 + 1}",
        "address2": None,
        "city": city,
        "province": None,
        "provinceCode": province,
        "zip": code,
        "country": "Germany",
        "countryCodeV2": "DE",
        "phone": None,
    }
