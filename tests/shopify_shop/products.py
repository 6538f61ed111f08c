"""Products with variants, pictures, collections and stock as GraphQL gives them."""

from __future__ import annotations

from tests.shopify_shop.naming import Json, amount, gid, number_of
from tests.shopify_shop.numbers import COLLECTION_IDS, LOCATION, PRODUCT_IDS, Numbers
from tests.shopify_shop.rows import Rows
from tests.shopify_shop.search import Columns

SEARCHABLE = frozenset({"id", "updated_at", "created_at", "status", "tag", "handle", "title", "vendor"})
STATUSES = ("ACTIVE", "ACTIVE", "ACTIVE", "DRAFT", "ACTIVE", "ARCHIVED", "ACTIVE", "UNLISTED")
COLLECTIONS = ("Tee", "Geschirr", "Geschenke")
COLOURS = ("Blau", "Grün", "Weiß")


def cents_of(numbers: Numbers, number: int) -> int:
    return 500 + (number * 137) % 9000 + numbers.flavour * 7


def variants_of(number: int) -> int:
    """How many; those with one have none a shopper chooses."""
    return 1 if number % 3 == 0 else 1 + number % 3


def variant_id(product_id: int, place: int) -> int:
    return product_id * 10 + place


def item_id(variant: int) -> int:
    return variant + 5_000_000_000_000


def glance(numbers: Numbers, number: int) -> Columns:
    return {
        "id": PRODUCT_IDS + number,
        "updated_at": numbers.updated(number, numbers.products),
        "created_at": numbers.created(number, numbers.products),
        "status": STATUSES[number % len(STATUSES)].lower(),
        "tag": ("Neu",) if number % 4 == 0 else (),
        "handle": f"tee-{number}",
        "title": _title(numbers, number),
        "vendor": "Töpferei Lind",
    }


def columns(record: Json) -> Columns:
    return {
        "id": number_of(record["id"]),
        "updated_at": record["updatedAt"],
        "created_at": record["createdAt"],
        "status": record["status"].lower(),
        "tag": tuple(record["tags"]),
        "handle": record["handle"],
        "title": record["title"],
        "vendor": record["vendor"],
    }


def _title(numbers: Numbers, number: int) -> str:
    return f'Tee "Nº {number}"' + (f" ({numbers.flavour})" if numbers.flavour else "")


def product(numbers: Numbers, number: int, stock: dict[int, int]) -> Json:
    """`stock`: item -> what is available, where it was changed."""
    id_, created = PRODUCT_IDS + number, numbers.created(number, numbers.products)
    updated, title, handle = numbers.updated(number, numbers.products), _title(numbers, number), f"tee-{number}"
    status, is_published = STATUSES[number % len(STATUSES)], STATUSES[number % len(STATUSES)] == "ACTIVE"
    picture = {"url": f"https://cdn.shopify.com/s/files/{number}.jpg", "altText": None, "width": 800, "height": 800}
    media = {"__typename": "MediaImage", "id": gid("MediaImage", id_), "image": picture, "preview": {"image": picture}}
    shelf = number % len(COLLECTIONS)
    record: Json = {
        "id": gid("Product", id_),
        "legacyResourceId": str(id_),
        "title": title,
        "handle": handle,
        "status": status,
        "vendor": "Töpferei Lind",
        "productType": "Tee",
        "tags": ["Neu"] if number % 4 == 0 else [],
        "createdAt": created,
        "updatedAt": updated,
        "publishedAt": created if is_published else None,
        "description": f"Nummer {number}",
        "descriptionHtml": f"<p>Nummer {number}</p>",
        "onlineStoreUrl": f"https://{numbers.storefront}/products/{handle}" if is_published else None,
        "isGiftCard": False,
        "category": None,
        "options": [{"name": "Farbe", "values": list(COLOURS[: variants_of(number)])}],
        "featuredMedia": media,
        "media": Rows.of([media]),
        "collections": Rows.of([collection(numbers, shelf + 1)]),
    }
    places = range(1, variants_of(number) + 1)
    cents = cents_of(numbers, number)
    is_plain = len(places) == 1
    return with_variants(
        record, [_variant(record, place, cents, is_plain, stock) for place in places], numbers.currency
    )


def with_variants(record: Json, variants: list[Json], currency: str) -> Json:
    prices = [round(float(one["price"]) * 100) for one in variants]
    record["variants"] = Rows.of(variants)
    record["variantsCount"] = {"count": len(variants), "precision": "EXACT"}
    record["totalInventory"] = lambda _: sum(one["inventoryQuantity"](_) for one in variants)
    record["priceRangeV2"] = {
        "minVariantPrice": {"amount": amount(min(prices)), "currencyCode": currency},
        "maxVariantPrice": {"amount": amount(max(prices)), "currencyCode": currency},
    }
    return record


def _variant(product_record: Json, place: int, cents: int, is_plain: bool, stock: dict[int, int]) -> Json:
    product_id = number_of(product_record["id"])
    id_ = variant_id(product_id, place)
    item, title = item_id(id_), "Default Title" if is_plain else COLOURS[place - 1]
    return {
        "id": gid("ProductVariant", id_),
        "legacyResourceId": str(id_),
        "title": title,
        "displayName": f"{product_record['title']} - {title}",
        "sku": f"T-{id_}",
        "barcode": None,
        "price": amount(cents + 100 * (place - 1)),
        "compareAtPrice": amount(cents + 900) if product_id % 6 == 0 else None,
        "position": place,
        "availableForSale": lambda _: stock.get(item, born_stock(item)) > 0,
        "inventoryQuantity": lambda _: stock.get(item, born_stock(item)),
        "inventoryPolicy": "DENY",
        "taxable": True,
        "createdAt": product_record["createdAt"],
        "updatedAt": product_record["updatedAt"],
        "selectedOptions": [{"name": "Title" if is_plain else "Farbe", "value": title}],
        "inventoryItem": {"id": gid("InventoryItem", item), "legacyResourceId": str(item), "tracked": True},
        "media": Rows.of([]),
        "image": {"id": gid("ImageSource", id_), "url": f"https://cdn.shopify.com/v/{id_}.jpg"} if place == 2 else None,
        "product": lambda _: product_record,
    }


def born_stock(item: int) -> int:
    return (item * 31) % 40


def collection(numbers: Numbers, number: int) -> Json:
    id_, name = COLLECTION_IDS + number, COLLECTIONS[number - 1]
    return {
        "id": gid("Collection", id_),
        "legacyResourceId": str(id_),
        "title": name,
        "handle": name.lower(),
        "updatedAt": numbers.created(1, 1),
    }


def inventory_item(record: Json, variant: Json, updated_at: str, available: int) -> Json:
    """What is kept of one variant, at the one place there is."""
    item = number_of(variant["inventoryItem"]["id"])
    level = {
        "id": f"{gid('InventoryLevel', LOCATION)}?inventory_item_id={item}",
        "updatedAt": updated_at,
        "isActive": True,
        "location": {"id": gid("Location", LOCATION), "legacyResourceId": str(LOCATION), "name": "Laden"},
        "quantities": lambda args: [
            {"name": name, "quantity": _quantity(name, available), "updatedAt": updated_at} for name in args["names"]
        ],
        "item": lambda _: found,
    }
    found: Json = {
        "id": gid("InventoryItem", item),
        "legacyResourceId": str(item),
        "sku": variant["sku"],
        "tracked": True,
        "createdAt": record["createdAt"],
        "updatedAt": updated_at,
        "variant": variant,
        "variants": Rows.of([variant]),
        "inventoryLevels": Rows.of([level]),
    }
    return found


def _quantity(name: str, available: int) -> int:
    """All in the shop is on hand; one of each is promised to somebody."""
    return {"available": available, "on_hand": available + 1, "committed": 1, "incoming": 0}[name]
