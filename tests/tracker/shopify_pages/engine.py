"""A Liquid engine with Shopify's filters, as far as the themes here and our snippet use them.

`json` writes `<`, `>` and `&` as \\u00XX, as Shopify's does: that is what keeps a product's title from ending a script.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from liquid import Environment, FileSystemLoader

THEMES = Path(__file__).parent / "themes"
SAFE_IN_SCRIPTS = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=lambda _undefined: None).translate(SAFE_IN_SCRIPTS)


def hmac_sha256(text: object, key: str) -> str:
    return hmac.digest(key.encode(), str(text).encode(), hashlib.sha256).hex()


def money(hundredths: int) -> str:
    return f"{hundredths / 100:.2f}"


def image_url(image: str, width: int) -> str:
    return f"//cdn.shop.example/{image}?width={width}"


def standard_event_data(product: Mapping[str, Any], event_type: str, context: str | None = None) -> str:
    """The view of a product, in the shape of the Storefront API."""
    assert event_type == "view"
    variant = product["selected_or_first_available_variant"]
    price = {"amount": money(variant["price"]), "currencyCode": product["in_currency"]}
    selected = {"id": variant["id"], "title": variant["title"], "price": price}
    said = {"id": product["id"], "title": product["title"], "handle": product["handle"], "selectedVariant": selected}
    return to_json({"product": said, "context": context, "selectedOptions": []})


def engine(theme: str) -> Environment:
    """For the templates of one theme."""
    environment = Environment(loader=FileSystemLoader(THEMES / theme, ext=".liquid"))
    for found in (hmac_sha256, money, image_url, standard_event_data):
        environment.add_filter(found.__name__, found)
    environment.add_filter("json", to_json)
    return environment
