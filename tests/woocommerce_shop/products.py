"""Products, every fifth with three variations; categories."""

from __future__ import annotations

from tests.woocommerce_shop.kind import Glance, Json
from tests.woocommerce_shop.numbers import PRODUCT_IDS, Numbers, both, seconds_of

SIZES = ("S", "M", "L")
CATEGORIES = {15: ("Uncategorized", 0), 16: ("Tea", 0), 17: ("Mugs &amp; Cups", 0), 18: ("Gifts", 0), 19: ("Green", 16)}


def id_of(number: int) -> int:
    return PRODUCT_IDS + 4 * number


def number_of(id_: int) -> int:
    return (id_ - PRODUCT_IDS) // 4


def is_variable(number: int) -> bool:
    return number % 5 == 0


def status_of(number: int) -> str:
    return "draft" if number % 11 == 0 else "private" if number % 17 == 0 else "publish"


def price_cents(numbers: Numbers, number: int, size: int = 0) -> int:
    return 450 + (number * 37 + numbers.flavour * 11) % 4000 + 150 * size


def stock_of(number: int) -> int | None:
    """None: not counted."""
    return None if number % 2 else 0 if number % 13 == 0 else 500 + number % 40


def _money(cents: int) -> str:
    return f"{cents / 100:.2f}"


def slug_of(number: int) -> str:
    return f"becher-{number}"


def glances(numbers: Numbers) -> list[Glance]:
    found = []
    for number in range(1, numbers.products + 1):
        created = numbers.created_s(number, numbers.products)
        word = "variable" if is_variable(number) else "simple"
        found.append(Glance(id_of(number), created, created + 90, status_of(number), word, slug_of(number)))
    return found


def glance_of(record: Json) -> Glance:
    created, modified = seconds_of(record["date_created_gmt"]), seconds_of(record["date_modified_gmt"])
    return Glance(
        record["id"],
        created,
        modified,
        record["status"],
        record["type"],
        record.get("slug", ""),
        owner=record["parent_id"],
    )


def _sold(price: str, stock: int | None, link: str) -> Json:
    """What products and variations have in common, besides times."""
    return {
        "description": "",
        "permalink": link,
        "global_unique_id": "",
        "price": price,
        "regular_price": price,
        "sale_price": "",
        **both("date_on_sale_from", None),
        **both("date_on_sale_to", None),
        "on_sale": False,
        "status": "publish",
        "purchasable": True,
        "virtual": False,
        "downloadable": False,
        "downloads": [],
        "download_limit": -1,
        "download_expiry": -1,
        "tax_status": "taxable",
        "tax_class": "",
        "manage_stock": stock is not None,
        "stock_quantity": stock,
        "stock_status": "outofstock" if stock == 0 else "instock",
        "backorders": "no",
        "backorders_allowed": False,
        "backordered": False,
        "low_stock_amount": None,
        "weight": "",
        "dimensions": {"length": "", "width": "", "height": ""},
        "shipping_class": "",
        "shipping_class_id": 0,
        "menu_order": 0,
        "meta_data": [],
    }


def record(numbers: Numbers, home: str, id_: int) -> Json:
    number = number_of(id_)
    created, variable, slug = numbers.created_s(number, numbers.products), is_variable(number), slug_of(number)
    category = list(CATEGORIES)[number % 4]
    price = _money(price_cents(numbers, number))
    sizes = {"id": 0, "name": "Size", "slug": "Size", "position": 0, "visible": True, "variation": True}
    return {
        "id": id_,
        "name": f"Becher {number} &amp; Tee" + (f" ({numbers.flavour})" if numbers.flavour else ""),
        "slug": slug,
        **both("date_created", created),
        **both("date_modified", created + 90),
        **_sold(price, None if variable else stock_of(number), f"{home}/product/{slug}/"),
        "type": "variable" if variable else "simple",
        "status": status_of(number),
        "purchasable": status_of(number) == "publish",
        "featured": False,
        "catalog_visibility": "visible",
        "short_description": "<p>Emaille</p>\n",
        "sku": f"B-{number}",
        "regular_price": "" if variable else price,
        "total_sales": number % 9,
        "external_url": "",
        "button_text": "",
        "sold_individually": False,
        "shipping_required": True,
        "shipping_taxable": True,
        "reviews_allowed": True,
        "average_rating": "0.00",
        "rating_count": 0,
        "upsell_ids": [],
        "cross_sell_ids": [],
        "parent_id": 0,
        "purchase_note": "",
        "categories": [{"id": category, "name": CATEGORIES[category][0], "slug": f"c-{category}"}],
        "brands": [],
        "tags": [],
        "images": [],
        "attributes": [{**sizes, "options": list(SIZES)}] if variable else [],
        "default_attributes": [],
        "variations": [id_ + 1 + size for size in range(3)] if variable else [],
        "grouped_products": [],
        "price_html": f"<span>{price}</span>",
        "related_ids": [],
        "has_options": variable,
        "post_password": "",
    }


def variation_glances(numbers: Numbers) -> list[Glance]:
    found = []
    for number in range(5, numbers.products + 1, 5):
        created = numbers.created_s(number, numbers.products)
        for size in range(3):
            id_ = id_of(number) + 1 + size
            found.append(Glance(id_, created, created + 90, "publish", "variation", owner=id_of(number)))
    return found


def variation(numbers: Numbers, home: str, id_: int) -> Json:
    """As `/products/<id>/variations` has it; see `as_told`."""
    number = number_of(id_)
    size = id_ - id_of(number) - 1
    created = numbers.created_s(number, numbers.products)
    link = f"{home}/product/{slug_of(number)}/?attribute_size={SIZES[size]}"
    return {
        "id": id_,
        "type": "variation",
        **both("date_created", created),
        **both("date_modified", created + 90),
        **_sold(_money(price_cents(numbers, number, size)), 0 if (number + size) % 7 == 0 else 20 + size, link),
        "sku": f"B-{number}-{SIZES[size]}",
        "image": None,
        "attributes": [{"id": 0, "name": "Size", "slug": "size", "option": SIZES[size]}],
        "name": SIZES[size],
        "parent_id": id_of(number),
    }


def as_told(parent: Json, variation_: Json) -> Json:
    """A variation in a webhook, or by its own number under /products: its whole name, the fields of a product."""
    body = {**parent, **variation_, "name": f"{parent['name']} - {variation_['name']}", "variations": []}
    del body["image"]
    return body | {"categories": [], "slug": f"{parent['slug']}-{variation_['id']}", "has_options": False}


def category(id_: int) -> Json:
    name, parent = CATEGORIES[id_]
    return {
        "id": id_,
        "name": name,
        "slug": f"c-{id_}",
        "parent": parent,
        "description": "",
        "display": "default",
        "image": None,
        "menu_order": 0,
        "count": 1,
    }
