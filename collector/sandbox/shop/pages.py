"""The shop's pages up to the cart, as a classic WooCommerce theme prints them.

Nothing of a visitor stands in them, as on real shops, whose pages are cached; scripts fetch that.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from collector.sandbox.shop.carts import COUPONS
from collector.sandbox.shop.catalogue import CATEGORIES, Product
from collector.sandbox.shop.drawings import picture
from collector.sandbox.shop.money import CURRENCY, amount
from collector.sandbox.shop.shop import DemoShop
from collector.sandbox.shop.visits import Counter

# What the collector's snippet says on every page.
TRACKED = {"rest": "/wp-json/", "country": "DE"}


def blueprint(shop: DemoShop, counter: Counter) -> Blueprint:
    views = Blueprint("pages", __name__)
    home = shop.settings.url

    @views.get("/")
    def front() -> AnyResponse | str:
        words = request.args.get("s")
        if words is None:
            body_class = "home woocommerce-shop post-type-archive post-type-archive-product woocommerce"
            return loop("The tea shop", body_class, goods())
        found = shop.catalogue.search(words[:100])
        if len(found) == 1:  # WooCommerce goes straight to the only hit
            return redirect(f"/product/{found[0].slug}/")
        return loop(f"Search results: “{words[:100]}”", "search search-results woocommerce", found)

    @views.get("/product-category/<slug>/")
    def category(slug: str) -> str:
        chosen = next((one for one in CATEGORIES if one.slug == slug), None) or abort(404)
        body_class = f"archive tax-product_cat term-{chosen.slug} term-{chosen.id} woocommerce"
        return loop(chosen.name, body_class, [p for p in goods() if p.category == chosen])

    @views.route("/product/<slug>/", methods=["GET", "POST"])
    def product(slug: str) -> Response:
        """A POST is the form's "Add to cart": the page comes again, with a notice, and no event in the browser."""
        with shop.lock:
            chosen = shop.catalogue.by_slug(slug) or abort(404)
            notice = error = ""
            visit = counter.visit(request)
            cart = counter.cart(visit)
            if request.method == "POST":
                number = request.form.get("variation_id") or request.form.get("add-to-cart", "")
                offer = shop.catalogue.offer(int(number)) if number.isdigit() else None
                quantity = request.form.get("quantity", "1")
                if offer is None or offer.product is not chosen:
                    error = f"Please choose {chosen.attribute.lower()} first."
                elif offer.stock < 1:
                    error = f"“{offer.name}” is out of stock."
                else:
                    cart.add(offer, max(1, int(quantity) if quantity.isdigit() else 1))
                    notice = f"“{offer.name}” has been added to your cart."
            wanted = request.args.get(f"attribute_{chosen.attribute_slug}", "") if chosen.attribute else ""
            response = Response(
                render_template(
                    "shop/product.html",
                    title=chosen.name,
                    body_class=f"product-template-default single single-product postid-{chosen.id} woocommerce"
                    " woocommerce-page",
                    product=chosen,
                    wanted=wanted,
                    variations=variations(chosen, home),
                    structured=structured(chosen, home),
                    tracked={**TRACKED, "product": tracked(chosen, home)},
                    notice=notice,
                    error=error,
                )
            )
            if request.method == "POST":
                counter.keep(visit, cart, response)
            return response

    @views.route("/cart/", methods=["GET", "POST"])
    def cart() -> Response:
        with shop.lock:
            visit = counter.visit(request)
            mine = counter.cart(visit)
            notice = error = ""
            if request.method == "POST":
                code = request.form.get("coupon_code", "").strip().lower()
                if "apply_coupon" in request.form and code not in COUPONS:
                    error = f"Coupon “{code}” does not exist."
                elif "apply_coupon" in request.form and code not in mine.coupons:
                    mine.coupons.append(code)
                for name, value in request.form.items():
                    key = name.removeprefix("cart[").removesuffix("][qty]")
                    if key != name and value.isdigit():
                        mine.change(key, int(value))
                mine.change(request.form.get("remove_item", ""), 0)
                notice = "" if error else "Cart updated."
            response = Response(
                render_template(
                    "shop/cart.html",
                    title="Cart",
                    body_class="page woocommerce-cart woocommerce-page",
                    bill=shop.bill(mine),
                    notice=notice,
                    error=error,
                )
            )
            response.headers["Cache-Control"] = "no-store"
            counter.keep(visit, mine, response)
            return response

    @views.get("/images/<int:number>.svg")
    def image(number: int) -> Response:
        found = shop.catalogue.products.get(number) or abort(404)
        response = Response(picture(found.drawing), content_type="image/svg+xml")
        response.headers["Cache-Control"] = "max-age=86400"
        return response

    def goods() -> list[Product]:
        return list(shop.catalogue)

    def loop(title: str, body_class: str, products: list[Product]) -> str:
        return render_template("shop/loop.html", title=title, body_class=body_class, products=products)

    return views


def tracked(product: Product, home: str) -> dict[str, Any]:
    """What the collector's snippet says of the page's product."""
    return {
        "id": str(product.id),
        "sku": product.sku,
        "name": product.name,
        "price": amount(product.price),
        "currency": CURRENCY,
        "url": f"{home}/product/{product.slug}/",
        "image": f"{home}/images/{product.id}.svg",
        "categories": [product.category.name],
    }


def variations(product: Product, home: str) -> str:
    """The JSON a variations form carries in `data-product_variations`."""
    found = [
        {
            "variation_id": variant.id,
            "attributes": {f"attribute_{product.attribute_slug}": variant.option},
            "display_price": variant.price / 100,
            "display_regular_price": variant.price / 100,
            "sku": variant.sku,
            "is_in_stock": variant.stock > 0,
            "is_purchasable": True,
            "variation_is_active": True,
            "image": {"src": f"{home}/images/{product.id}.svg"},
        }
        for variant in product.variants
    ]
    return json.dumps(found)


def structured(product: Product, home: str) -> Markup:
    """JSON-LD as WooCommerce 10 prints it: one graph with the path and the product."""
    url = f"{home}/product/{product.slug}/"
    stock = "InStock" if product.is_in_stock else "OutOfStock"
    common = {"priceCurrency": CURRENCY, "availability": f"https://schema.org/{stock}", "url": url}
    prices = [variant.price for variant in product.variants]
    offer: dict[str, Any]
    if prices and min(prices) != max(prices):
        bounds = {"lowPrice": amount(min(prices)), "highPrice": amount(max(prices)), "offerCount": len(prices)}
        offer = {"@type": "AggregateOffer", **bounds, **common}
    else:
        price = {"@type": "UnitPriceSpecification", "price": amount(product.price), "priceCurrency": CURRENCY}
        offer = {"@type": "Offer", "priceSpecification": [price | {"valueAddedTaxIncluded": True}], **common}
    path = [("Home", f"{home}/"), (product.category.name, f"{home}/product-category/{product.category.slug}/")]
    crumbs = [
        {"@type": "ListItem", "position": place, "item": {"name": name, "@id": where}}
        for place, (name, where) in enumerate([*path, (product.name, url)], 1)
    ]
    graph = [
        {"@type": "BreadcrumbList", "itemListElement": crumbs},
        {
            "@type": "Product",
            "@id": f"{url}#product",
            "name": product.name,
            "url": url,
            "description": product.says,
            "image": f"{home}/images/{product.id}.svg",
            "sku": product.sku,
            "offers": [offer],
        },
    ]
    text = json.dumps({"@context": "https://schema.org/", "@graph": graph})
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - JSON that cannot close its script element
