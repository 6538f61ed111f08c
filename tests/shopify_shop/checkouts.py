"""Checkouts somebody left, as GraphQL gives them: without e-mail and token of their own."""

from __future__ import annotations

from collections.abc import Callable

from tests.shopify_shop import products
from tests.shopify_shop.naming import Json, gid, number_of, token
from tests.shopify_shop.numbers import CHECKOUT_IDS, CUSTOMER_IDS, PRODUCT_IDS, Numbers
from tests.shopify_shop.orders import Money
from tests.shopify_shop.rows import Rows
from tests.shopify_shop.search import Columns

SEARCHABLE = frozenset({"id", "updated_at", "created_at", "recovery_state", "status"})


def glance(numbers: Numbers, number: int) -> Columns:
    return {
        "id": CHECKOUT_IDS + number,
        "updated_at": numbers.updated(number, numbers.checkouts),
        "created_at": numbers.created(number, numbers.checkouts),
        "recovery_state": "not_recovered",
        "status": "open",
    }


def columns(record: Json) -> Columns:
    return {
        "id": number_of(record["id"]),
        "updated_at": record["updatedAt"],
        "created_at": record["createdAt"],
        "recovery_state": "recovered" if record["completedAt"] else "not_recovered",
        "status": "closed" if record["completedAt"] else "open",
    }


def cart_token(numbers: Numbers, number: int) -> str:
    return f"hWN{token('left', numbers.address, number)[:24]}"


def checkout(numbers: Numbers, customer: Callable[[int], Json | None], number: int) -> Json:
    whom = number % numbers.customers + 1 if numbers.customers else 0
    product = number % numbers.products + 1 if numbers.products else 0
    created = numbers.created(number, numbers.checkouts)
    line = bought(numbers, product, 1 + number % 2) if product else None
    return made(
        numbers,
        CHECKOUT_IDS + number,
        cart_token(numbers, number),
        [line] if line else [],
        lambda: customer(CUSTOMER_IDS + whom) if whom else None,
        created,
        numbers.updated(number, numbers.checkouts),
    )


def bought(numbers: Numbers, product: int, quantity: int, variant: int = 1) -> Json:
    """A line of a cart."""
    product_id = PRODUCT_IDS + product
    id_ = products.variant_id(product_id, variant)
    cents = products.cents_of(numbers, product) + 100 * (variant - 1)
    money = Money(numbers.currency, numbers.currency)
    return {
        "id": gid("AbandonedCheckoutLineItem", id_),
        "title": f'Tee "Nº {product}"' + (f" ({numbers.flavour})" if numbers.flavour else ""),
        "variantTitle": None if products.variants_of(product) == 1 else products.COLOURS[variant - 1],
        "sku": f"T-{id_}",
        "quantity": quantity,
        "product": {"id": gid("Product", product_id), "handle": f"tee-{product}"},
        "variant": {"id": gid("ProductVariant", id_)},
        "image": None,
        "originalUnitPriceSet": money.both(cents),
        "discountedTotalPriceSet": money.both(cents * quantity),
        "customAttributes": [],
    }


def made(
    numbers: Numbers,
    id_: int,
    cart: str,
    lines: list[Json],
    customer: Callable[[], Json | None],
    created: str,
    updated: str,
) -> Json:
    total = sum(round(float(line["discountedTotalPriceSet"]["shopMoney"]["amount"]) * 100) for line in lines)
    money = Money(numbers.currency, numbers.currency)
    return {
        "id": gid("AbandonedCheckout", id_),
        "name": f"#{id_}",
        "abandonedCheckoutUrl": f"https://{numbers.storefront}/61200345/checkouts/ac/{cart}/recover?key=geheim",
        "createdAt": created,
        "updatedAt": updated,
        "completedAt": None,
        "note": "",
        "discountCodes": [],
        "taxesIncluded": True,
        "customer": lambda _: customer(),
        "billingAddress": None,
        "shippingAddress": None,
        "customAttributes": [],
        "totalPriceSet": money.both(total + 490),
        "subtotalPriceSet": money.both(total),
        "totalTaxSet": money.both((total + 490) * 19 // 119),
        "totalDiscountSet": money.both(0),
        "totalLineItemsPriceSet": money.both(total),
        "lineItems": Rows.of(lines),
    }
