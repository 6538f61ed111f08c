"""A product called by an attacker: its title reaches Brevo to the letter, by beacon and by both platforms' orders, and
whoever shows it there shows it and runs nothing."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.system.local_brevo import LocalBrevo, brevo_there, is_settled, waiting
from tests.system.product import Product, product_in, until
from tests.system.shoppers import SHOP

TITLE = (
    "</script><script>document.title='owned'</script>\"'`<img src=x onerror=\"document.title='owned'\">"
    " 🍵👩‍👩‍👧 \u202eمرحبا\u202c \u200f{{ params.total }} {% include 'x' %} ${7*7} \\u003c"
)
SETTINGS = """\
database: sqlite:///{database}
allow_insecure_upstreams: true
brevo: {{api_key: xkeysib-sandbox, api_url: "{url}"}}
abandonment: {{cart: {{after: 1s}}, truth_check: false}}
connectors:
  woocommerce: {{store_url: "{shop}/", webhook_secret: whsec-heldout-woo-2026}}
  shopify: {{shop_url: toepferei-lind.myshopify.com, api_secret: shpss-of-the-app}}
"""


def leaves_a_cart() -> dict[str, Any]:
    """At WooCommerce's shop, with the box ticked."""
    now = int(time.time() * 1000)
    typed = {"email": "ana@b.example", "marketing_opt_in": True}
    item = {"id": "11", "name": TITLE, "price": "12.50", "currency": "EUR", "quantity": 1}
    return {
        "v": 1,
        "visitor_id": "hostile-0001",
        "sent_at": now,
        "consent": "granted",
        "page": {"url": f"{SHOP}/p/tea", "title": TITLE},
        "events": [
            {"id": "typed-0001", "type": "contact_submitted", "at": now, **typed},
            {"id": "looks-0001", "type": "product_viewed", "at": now, "product": {"id": "11", "name": TITLE}},
            {"id": "fills-0001", "type": "cart_updated", "at": now, "cart": {"currency": "EUR", "items": [item]}},
        ],
    }


def woo_order() -> dict[str, Any]:
    now = datetime.now(UTC).replace(microsecond=0, tzinfo=None).isoformat()
    return {
        "id": 7,
        "number": "7",
        "status": "processing",
        "currency": "EUR",
        "created_via": "checkout",
        "date_created_gmt": now,
        "date_modified_gmt": now,
        "date_paid_gmt": now,
        "total": "12.50",
        "customer_id": 0,
        "billing": {"email": "woo@b.example", "country": "DE"},
        "line_items": [{"product_id": 11, "name": TITLE, "quantity": 1, "subtotal": "12.50", "total": "12.50"}],
        "refunds": [],
        "meta_data": [],
    }


def shopify_order() -> dict[str, Any]:
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    line = {"product_id": 11, "variant_id": 12, "title": TITLE, "name": TITLE, "quantity": 1, "price": "12.50"}
    return {
        "id": 8,
        "order_number": 8,
        "created_at": now,
        "updated_at": now,
        "financial_status": "paid",
        "source_name": "web",
        "currency": "EUR",
        "total_price": "12.50",
        "email": "shopify@b.example",
        "line_items": [line],
        "refunds": [],
    }


def names(brevo: LocalBrevo, email: str, event: str) -> list[str]:
    """Names of the items that an event of this address arrived with."""
    (found,) = [one for one in brevo.events(event) if one["email"] == email]
    return [item["name"] for item in found["event_properties"]["items"]]


def test_a_hostile_title_arrives_to_the_letter_and_is_shown_without_running(tmp_path: Path, browser: Browser) -> None:
    with brevo_there() as brevo, product_in(tmp_path) as product:
        text = SETTINGS.format(database=product.database, url=brevo.url, shop=SHOP)
        (product.folder / "tajo.yml").write_text(text)
        product.start()
        assert product.beacon(product.site_key(), leaves_a_cart()).status == 204
        assert product.woo("order.created", woo_order()).status == 200
        assert product.shopify("orders/create", shopify_order()).status == 200
        until(lambda: is_told(product, brevo), lambda: (waiting(product), product.log()))

        (look,) = brevo.events("product_viewed")
        assert (look["event_properties"]["name"], look["event_properties"]["title"]) == (TITLE, TITLE)
        for event in ("cart_created", "cart_updated", "cart_abandoned"):
            assert names(brevo, "ana@b.example", event) == [TITLE], event
        for email in ("woo@b.example", "shopify@b.example"):
            for event in ("order_placed", "order_completed"):
                assert names(brevo, email, event) == [TITLE], (email, event)
        brevo.check_manners()
        check_page(browser, f"http://127.0.0.1:{brevo.port}/")


def is_told(product: Product, brevo: LocalBrevo) -> bool:
    told = {(one["email"], one["event_name"]) for one in brevo.events()}
    wanted = {
        ("ana@b.example", "cart_abandoned"),
        ("woo@b.example", "order_completed"),
        ("shopify@b.example", "order_completed"),
    }
    return wanted <= told and is_settled(product)


def check_page(browser: Browser, address: str) -> None:
    page = browser.new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page.goto(address)
    assert page.title().startswith("Local Brevo")
    assert page.locator("script, img[src='x'], [onerror]").count() == 0, "nothing of it became a part of the page"
    shown = " ".join((page.text_content("body") or "").split())
    assert shown.count(" ".join(TITLE.split())) >= 3, "a mail for each of the three shoppers"
    assert dialogs == []
    page.close()
