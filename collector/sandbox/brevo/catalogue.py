"""/products, /categories, /couponCollections, /coupons and the e-commerce switch."""

from __future__ import annotations

import re
import uuid
from typing import Any

from flask import Blueprint, Response

from collector.sandbox.brevo.answers import Json, Refusal, empty, invalid, not_found, said
from collector.sandbox.brevo.checks import (
    a_boolean,
    a_moment,
    a_number,
    a_text,
    a_web_address,
    an_integer,
    any_text,
    check,
    list_of,
    map_of,
    shaped,
)
from collector.sandbox.brevo.current import account, body, page
from collector.sandbox.brevo.dates import written
from collector.sandbox.brevo.orders import need_ecommerce
from collector.sandbox.brevo.state import Collection

blueprint = Blueprint("catalogue", __name__)

_BATCH_AT_MOST = 100
_META_AT_MOST, _META_CHARACTERS_AT_MOST = 20, 20_000
_CATEGORY: dict[str, Any] = {
    "id": a_text,
    "name": a_text,
    "url": a_web_address,
    "isDeleted": a_boolean,
    "deletedAt": a_moment,
}
_PRODUCT: dict[str, Any] = _CATEGORY | {
    "imageUrl": a_web_address,
    "sku": any_text,
    "price": a_number,
    "alternativePrice": a_number,
    "stock": a_number,
    "parentId": a_text,
    "categories": list_of(a_text),
    "brand": any_text,
    "description": any_text,
    "metaInfo": map_of(str, int, float),
}
_COLLECTION: dict[str, Any] = {
    "defaultCoupon": a_text,
    "expirationDate": a_moment,
    "remainingDaysAlert": an_integer,
    "remainingCouponsAlert": an_integer,
}
_THUMBNAILS = {"s3ThumbAnalytics": "", "s3ThumbEditor": ""}  # Brevo re-hosts images; here there is nothing to show


@blueprint.post("/products")
def product() -> Response:
    return _one(_PRODUCT, ("id", "name"), account().products, "Product")


@blueprint.post("/categories")
def category() -> Response:
    return _one(_CATEGORY, ("id",), account().categories, "Category")


@blueprint.post("/products/batch")
def products() -> Response:
    return _many("products", _PRODUCT, ("id", "name"), account().products, "Product")


@blueprint.post("/categories/batch")
def categories() -> Response:
    return _many("categories", _CATEGORY, ("id",), account().categories, "Category")


@blueprint.get("/products")
def find_products() -> Response:
    return _found("products", account().products, _THUMBNAILS)


@blueprint.get("/categories")
def find_categories() -> Response:
    return _found("categories", account().categories, {})


@blueprint.get("/products/<product_id>")
def read_product(product_id: str) -> Response:
    return _read(account().products, product_id, "Product", _THUMBNAILS)


@blueprint.get("/categories/<category_id>")
def read_category(category_id: str) -> Response:
    return _read(account().categories, category_id, "Category", {})


@blueprint.get("/couponCollections")
def collections() -> Response:
    everything = [_collection(one) for one in account().collections.values()]
    return said({"collections": everything[page(at_most=100, usual=50)], "count": len(everything)})


@blueprint.post("/couponCollections")
def create_collection() -> Response:
    given = check(body(), shaped(_COLLECTION | {"name": a_text}, required=("name", "defaultCoupon")))
    collection = Collection(str(uuid.uuid4()), account().clock(), given)
    account().collections[collection.id] = collection
    return said({"id": collection.id}, 201)


@blueprint.get("/couponCollections/<collection_id>")
def read_collection(collection_id: str) -> Response:
    return said(_collection(_get_collection(collection_id)))


@blueprint.patch("/couponCollections/<collection_id>")
def change_collection(collection_id: str) -> Response:
    given = check(body(), shaped(_COLLECTION))
    collection = _get_collection(collection_id)
    collection.body |= given
    return said(_collection(collection))


@blueprint.post("/coupons")
def coupons() -> Response:
    shape = shaped(
        {"collectionId": a_text, "coupons": list_of(a_text, 1, 10_000)}, required=("collectionId", "coupons")
    )
    given = check(body(), shape)
    if len(set(given["coupons"])) != len(given["coupons"]):
        raise invalid("coupons must be unique")
    _get_collection(given["collectionId"]).coupons.update(given["coupons"])
    return empty()


@blueprint.post("/ecommerce/activate")
def activate() -> Response:
    account().is_ecommerce_active = True
    return empty(200)


@blueprint.get("/ecommerce/config/displayCurrency")
def currency() -> Response:
    need_ecommerce(account())
    return said({"code": account().display_currency})


@blueprint.post("/ecommerce/config/displayCurrency")
def set_currency() -> Response:
    given = check(body(), shaped({"code": a_text}, required=("code",)))
    need_ecommerce(account())
    code = given["code"]
    if not re.fullmatch("[A-Z]{3}", code):
        raise Refusal(422, "unprocessable_entity", "Currency code is not valid")
    account().display_currency = code
    return said({"code": code})


def _one(shape: dict[str, Any], required: tuple[str, ...], kept: dict[str, Json], what: str) -> Response:
    given = dict(check(body(), shaped(shape | {"updateEnabled": a_boolean}, required)))
    is_update_enabled = given.pop("updateEnabled", False)
    need_ecommerce(account())
    is_new = _keep(given, kept, what, is_update_enabled=is_update_enabled)
    return said({"id": next(account().numbers)}, 201) if is_new else empty()


def _many(name: str, shape: dict[str, Any], required: tuple[str, ...], kept: dict[str, Json], what: str) -> Response:
    entries = list_of(shaped(shape, required), 1, _BATCH_AT_MOST)
    given = check(body(), shaped({name: entries, "updateEnabled": a_boolean}, required=(name,)))
    ids = [one["id"] for one in given[name]]
    if len(set(ids)) != len(ids):
        raise invalid(f"The same {what.lower()} id twice in one batch", "duplicate_parameter")
    need_ecommerce(account())
    is_update_enabled = given.get("updateEnabled", False)
    if not is_update_enabled and (known := [one for one in ids if one in kept]):
        raise Refusal(400, "duplicate_parameter", f"{what} already exists: {known[0]}")
    created = sum(_keep(dict(one), kept, what, is_update_enabled=is_update_enabled) for one in given[name])
    return said({"createdCount": created, "updatedCount": len(ids) - created}, 201)


def _keep(given: Json, kept: dict[str, Json], what: str, *, is_update_enabled: bool) -> bool:
    """True when it is new. Raises Refusal when it is not and may not be changed, or is new without a name."""
    meta = given.get("metaInfo", {})
    if len(meta) > _META_AT_MOST or sum(len(name) + len(str(value)) for name, value in meta.items()) > (
        _META_CHARACTERS_AT_MOST
    ):
        raise invalid(f"metaInfo: at most {_META_AT_MOST} keys and {_META_CHARACTERS_AT_MOST} characters")
    old = kept.get(given["id"])
    if old is not None and not is_update_enabled:
        raise Refusal(400, "duplicate_parameter", f"{what} already exists")
    if old is None and "name" not in given:
        raise invalid("name is missing", "missing_parameter")
    now = written(account().clock())
    kept[given["id"]] = {"createdAt": now, "isDeleted": False} | (old or {}) | given | {"modifiedAt": now}
    return old is None


def _found(name: str, kept: dict[str, Json], more: Json) -> Response:
    need_ecommerce(account())
    everything = [one | more for one in kept.values()]
    return said({name: everything[page(at_most=1000, usual=50)], "count": len(everything)})


def _read(kept: dict[str, Json], wanted: str, what: str, more: Json) -> Response:
    need_ecommerce(account())
    if wanted not in kept:
        raise not_found(f"{what} ID does not exist")
    return said(kept[wanted] | more)


def _get_collection(collection_id: str) -> Collection:
    if collection_id not in account().collections:
        raise not_found("Coupon collection not found")
    return account().collections[collection_id]


def _collection(collection: Collection) -> Json:
    counts = {"totalCoupons": len(collection.coupons), "remainingCoupons": len(collection.coupons)}
    return collection.body | counts | {"id": collection.id, "createdAt": written(collection.created_at)}
