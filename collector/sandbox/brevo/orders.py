"""/orders: the shop's orders. One at a time they are live; a batch is history unless it says otherwise.

Not documented, decided here: an order older than the one kept under its id changes nothing, and is noted.
"""

from __future__ import annotations

from flask import Blueprint, Response

from collector.sandbox.brevo import dates
from collector.sandbox.brevo.answers import Json, Refusal, empty, invalid, said
from collector.sandbox.brevo.checks import (
    a_boolean,
    a_moment,
    a_number,
    a_text,
    a_web_address,
    an_email,
    an_integer,
    any_text,
    check,
    list_of,
    map_of,
    shaped,
)
from collector.sandbox.brevo.current import account, body, page
from collector.sandbox.brevo.state import Account

blueprint = Blueprint("orders", __name__)

_BILLING = ("address", "city", "country", "countryCode", "paymentMethod", "phone", "postCode", "region")
_ORDER = shaped(
    {
        "id": a_text,
        "createdAt": a_moment,
        "updatedAt": a_moment,
        "status": a_text,
        "amount": a_number,
        "products": list_of(
            shaped(
                {
                    "productId": a_text,
                    "price": a_number,
                    "quantity": an_integer,
                    "quantityFloat": a_number,
                    "variantId": a_text,
                },
                required=("productId", "price"),
            )
        ),
        "identifiers": shaped(
            {"email_id": an_email, "ext_id": a_text, "phone_id": a_text, "loyalty_subscription_id": a_text}, at_least=1
        ),
        "coupons": list_of(a_text),
        "storeId": a_text,
        "billing": shaped(dict.fromkeys(_BILLING, any_text)),
        "metaInfo": map_of(str, int, bool),
    },
    required=("id", "createdAt", "updatedAt", "status", "amount", "products", "identifiers"),
)
_AT_MOST = 1000
_BATCH = shaped(
    {
        "orders": list_of(lambda one: None if isinstance(one, dict) else "must be an object", 1, _AT_MOST),
        "historical": a_boolean,
        "notifyUrl": a_web_address,
    },
    required=("orders",),
)


def need_ecommerce(of: Account) -> None:
    """Raises Refusal until the e-commerce app is activated."""
    if not of.is_ecommerce_active:
        raise Refusal(403, "permission_denied", "E-commerce app is not activated")


@blueprint.post("/orders/status")
def status() -> Response:
    given = _checked(body())
    need_ecommerce(account())
    _keep(account(), given, is_historical=False)
    return empty()


@blueprint.post("/orders/status/batch")
def batch() -> Response:
    given = check(body(), _BATCH)
    orders = [_checked(order) for order in given["orders"]]
    need_ecommerce(account())
    for order in orders:
        _keep(account(), order, is_historical=given.get("historical", True))
    return said({"batchId": next(account().numbers), "count": len(orders)}, 202)


@blueprint.get("/orders")
def find() -> Response:
    need_ecommerce(account())
    everything = sorted(account().orders.values(), key=lambda order: order["createdAt"], reverse=True)
    wanted = everything[page(at_most=100, usual=50)]
    own = ("is_historical", "times_sent")
    orders = [{name: value for name, value in order.items() if name not in own} for order in wanted]
    return said({"orders": orders, "count": len(everything)})


def _checked(given: object) -> Json:
    order = check(given, _ORDER)
    for product in order["products"]:
        if len(product.keys() & {"quantity", "quantityFloat"}) != 1:
            raise invalid("Exactly one of quantity and quantityFloat is needed")
    if (code := order.get("billing", {}).get("countryCode")) and not (len(code) == 2 and code.isalpha()):
        raise invalid("countryCode must be two letters")
    return order


def _keep(of: Account, order: Json, *, is_historical: bool) -> None:
    old = of.orders.get(order["id"])
    times_sent = 1 if old is None else old["times_sent"] + 1
    kept = order | {"is_historical": is_historical, "times_sent": times_sent}
    if old is not None and _moment(old) > _moment(order):
        of.note("older order ignored", order["id"], f"{order['updatedAt']} is before {old['updatedAt']}")
        kept = old | {"times_sent": times_sent}
    of.orders[order["id"]] = kept
    if of.people.from_identifiers(order["identifiers"]) is None:
        of.note("order of somebody unknown", order["id"], str(order["identifiers"]))


def _moment(order: Json) -> float:
    moment = dates.read(order["updatedAt"])
    assert moment is not None, "checked before"
    return moment.timestamp()
