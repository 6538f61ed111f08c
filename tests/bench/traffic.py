"""What shoppers send: beacons of three events each, browsing, filling carts and beginning checkouts.

A beacon is a text with places: `~ID~` (unique), `~NOW~` (seconds since 1970; the milliseconds follow in the
text) and `~VISITOR~`. Python and the load generator fill the same texts, so both send the same mix.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

EVENTS_PER_BEACON = 3
SITE_KEY = "bench-site-key"
SHOP_URL = "https://shop.example"
HEADERS: Mapping[str, str] = {
    "Content-Type": "text/plain;charset=UTF-8",
    "User-Agent": (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
        " Chrome/142.0.0.0 Safari/537.36"
    ),
    "Accept-Language": "de-DE,de;q=0.9",
    "Origin": SHOP_URL,
}
VISITORS_AT_ONCE = 300
BEACONS_PER_VISITOR = 6

_PLACE = re.compile(r"~(ID|NOW|VISITOR)~")
_BROWSING, _SHOPPING, _PAYING = 0.6, 0.3, 0.1


def texts(amount: int = 200) -> list[str]:
    """The same ones every time."""
    dice = random.Random(7)
    return [_text(dice) for _ in range(amount)]


def write_texts(path: Path) -> Path:
    """One a line, for the load generator."""
    path.write_text("".join(text + "\n" for text in texts()), encoding="utf-8")
    return path


def fill(text: str, number: int, run: str, now_s: int, dice: random.Random) -> bytes:
    """The beacon of this number; `run` tells one run's ids from another's. Visitors come, stay a while and go."""
    values = {
        "ID": f"{run}-{number:08x}",
        "NOW": str(now_s),
        "VISITOR": f"{run}-{number // BEACONS_PER_VISITOR + dice.randrange(VISITORS_AT_ONCE)}",
    }
    return _PLACE.sub(lambda found: values[found[1]], text).encode()


def _text(dice: random.Random) -> str:
    kind = dice.choices(["browsing", "shopping", "paying"], [_BROWSING, _SHOPPING, _PAYING])[0]
    product = _product(dice)
    viewed = {"type": "product_viewed", "product": product}
    cart = {
        "type": "cart_updated",
        "cart": {
            "items": [
                {**_product(dice), "quantity": dice.randint(1, 3), "line_total": "39.80"}
                for _ in range(dice.randint(1, 3))
            ],
            "currency": "EUR",
            "total": "79.60",
        },
    }
    events: dict[str, list[dict[str, Any]]] = {
        "browsing": [{"type": "page_viewed"}, viewed, {"type": "collection_viewed"}],
        "shopping": [viewed, cart, {"type": "page_viewed"}],
        "paying": [
            cart,
            {"type": "checkout_started", "checkout_token": "~VISITOR~"},
            {"type": "contact_submitted", "email": "shopper-~VISITOR~@example.com", "marketing_opt_in": True},
        ],
    }
    beacon = {
        "v": 1,
        "visitor_id": "visitor-~VISITOR~",
        "sent_at": "~NOW~900",
        "consent": "granted",
        "page": {
            "url": product["url"] + "?utm_source=newsletter&utm_medium=email",
            "referrer": "https://www.google.com/",
            "title": product["name"] + " – Shop",
            "locale": "de-DE",
        },
        "events": [
            {"id": f"~ID~-{place}", "at": f"~NOW~{890 + 5 * place}", **event}
            for place, event in enumerate(events[kind])
        ],
    }
    # The times are numbers: their quotes go.
    return re.sub(r'"(~NOW~\d+)"', r"\1", json.dumps(beacon, separators=(",", ":"), ensure_ascii=False))


def _product(dice: random.Random) -> dict[str, Any]:
    number = dice.randint(1, 500)
    return {
        "id": str(number),
        "sku": f"SKU-{number}",
        "name": f"Mug, glazed, number {number}",
        "price": "19.90",
        "currency": "EUR",
        "url": f"{SHOP_URL}/product/mug-{number}/",
        "image": f"{SHOP_URL}/wp-content/uploads/2026/11/mug-{number}.jpg",
        "categories": ["Kitchen", "Mugs"],
    }
