"""Orders as GraphQL gives them: every state of payment, refunds, other currencies, several ways they came in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tests.shopify_shop import customers, products
from tests.shopify_shop.moments import text
from tests.shopify_shop.naming import Json, amount, gid, number_of, token
from tests.shopify_shop.numbers import CUSTOMER_IDS, ORDER_IDS, PRODUCT_IDS, Numbers
from tests.shopify_shop.rows import Rows
from tests.shopify_shop.search import Columns

SEARCHABLE = frozenset(
    {"id", "email", "customer_id", "cart_token", "checkout_token", "created_at", "updated_at", "processed_at", "name"}
    | {"financial_status", "source_name", "test"}
)
RATE = 2  # what a euro is in dollars here: no cent is rounded
NO_MONEY_BACK = ("PAID", "AUTHORIZED", "PENDING", "PARTIALLY_PAID", "VOIDED", "EXPIRED")
OTHER_MONEY = "USD"


def status_of(number: int) -> str:
    """Most are paid."""
    return {0: "PENDING", 1: "REFUNDED", 2: "PARTIALLY_REFUNDED", 3: "VOIDED", 5: "AUTHORIZED"}.get(number % 20, "PAID")


def is_cancelled(number: int) -> bool:
    return number % 20 == 4


def source_of(number: int) -> str:
    if number % 23 == 0:
        return "pos"
    if number % 29 == 0:
        return "shopify_draft_order"
    return "subscription_contract_checkout_one" if number % 31 == 0 else "web"


def has_customer(number: int) -> bool:
    return number % 41 != 0


def email_of(numbers: Numbers, number: int) -> str | None:
    """Of whom it is; none of those bought without giving any."""
    customer = numbers.customer_of_order(number)
    return customers.email_of(customer) if customer and has_customer(number) else None


def lines_of(numbers: Numbers, number: int) -> list[tuple[int, int, int, int]]:
    """(product number, place of the variant, quantity, cents of one)."""
    found = []
    for place in range(1 + number % 3):
        product = (number * 13 + place) % numbers.products + 1 if numbers.products else 0
        if not product:
            break
        variant = 1 + number % products.variants_of(product)
        cents = products.cents_of(numbers, product) + 100 * (variant - 1)
        found.append((product, variant, 1 + (number + place) % 2, cents))
    return found


def discount_of(number: int) -> int:
    return 300 if number % 10 == 6 else 0


def cents_of(numbers: Numbers, number: int) -> int:
    """What it costs in all, in the shop's currency. Shipping is 4.90, unless fetched."""
    goods = sum(quantity * cents for _, _, quantity, cents in lines_of(numbers, number))
    return goods - discount_of(number) + shipping_of(number)


def shipping_of(number: int) -> int:
    return 0 if source_of(number) == "pos" else 490


def refunded_of(numbers: Numbers, number: int) -> int:
    status = status_of(number)
    if status == "REFUNDED":
        return cents_of(numbers, number)
    return lines_of(numbers, number)[0][3] if status == "PARTIALLY_REFUNDED" and numbers.products else 0


def spent_on(numbers: Numbers, number: int) -> int:
    """What it adds to the amount the customer spent."""
    if is_cancelled(number) or status_of(number) in ("VOIDED", "PENDING"):
        return 0
    return cents_of(numbers, number) - refunded_of(numbers, number)


def has_tokens(number: int) -> bool:
    return source_of(number) == "web"


def cart_token(numbers: Numbers, number: int) -> str:
    return f"hWN{token('cart', numbers.address, number)[:24]}"


def checkout_token(numbers: Numbers, number: int) -> str:
    return token("checkout", numbers.address, number)


def glance(numbers: Numbers, number: int) -> Columns:
    created = numbers.order_created_at(number)
    customer = numbers.customer_of_order(number)
    return {
        "id": ORDER_IDS + number,
        "email": email_of(numbers, number),
        "customer_id": str(CUSTOMER_IDS + customer) if customer and has_customer(number) else None,
        "cart_token": cart_token(numbers, number) if has_tokens(number) else None,
        "checkout_token": checkout_token(numbers, number) if has_tokens(number) else None,
        "created_at": text(created),
        "updated_at": text(created + timedelta(seconds=90)),
        "processed_at": text(created),
        "name": f"#{1000 + number}",
        "financial_status": status_of(number).lower(),
        "source_name": source_of(number),
        "test": is_test(number),
    }


def is_test(number: int) -> bool:
    return number % 97 == 0


def columns(record: Json) -> Columns:
    customer = record["customer_id_"]
    return {
        "id": number_of(record["id"]),
        "email": record["email"],
        "customer_id": str(customer) if customer else None,
        "cart_token": record["cartToken"],
        "checkout_token": record["checkoutToken"],
        "created_at": record["createdAt"],
        "updated_at": record["updatedAt"],
        "processed_at": record["processedAt"],
        "name": record["name"],
        "financial_status": record["displayFinancialStatus"].lower(),
        "source_name": record["sourceName"],
        "test": record["test"],
    }


def order(numbers: Numbers, customer: Callable[[int], Json | None], number: int) -> Json:
    id_, created = ORDER_IDS + number, text(numbers.order_created_at(number))
    updated = text(numbers.order_created_at(number) + timedelta(seconds=90))
    whom = numbers.customer_of_order(number) if has_customer(number) else 0
    shown = OTHER_MONEY if number % 11 == 0 else numbers.currency
    money = Money(numbers.currency, shown)
    first, family = _names(whom)
    place = customers.address(whom, first, family) if whom and source_of(number) != "pos" else None
    basket = lines_of(numbers, number)
    lines = [line_item(id_ * 10 + at, numbers, money, bought, number, at) for at, bought in enumerate(basket)]
    goods = sum(quantity * cents for _, _, quantity, cents in basket)
    total, refunded = cents_of(numbers, number), refunded_of(numbers, number)
    is_web, is_stopped = source_of(number) == "web", is_cancelled(number)
    customer_id = CUSTOMER_IDS + whom if whom else 0
    return {
        "id": gid("Order", id_),
        "legacyResourceId": str(id_),
        "name": f"#{1000 + number}",
        "number": 1000 + number,
        "email": email_of(numbers, number),
        "phone": customers.phone_of(whom) if whom else None,
        "createdAt": created,
        "processedAt": created,
        "updatedAt": updated,
        "cancelledAt": updated if is_stopped else None,
        "cancelReason": "CUSTOMER" if is_stopped else None,
        "closedAt": None,
        "test": is_test(number),
        "confirmed": True,
        "sourceName": source_of(number),
        "customerLocale": "de-DE" if is_web else None,
        "note": None,
        "tags": ["Geschenk"] if number % 9 == 0 else [],
        "cartToken": cart_token(numbers, number) if is_web else None,
        "checkoutToken": checkout_token(numbers, number) if is_web else None,
        "paymentGatewayNames": ["shopify_payments"],
        "displayFinancialStatus": status_of(number),
        "displayFulfillmentStatus": "FULFILLED" if number % 4 == 0 and not is_stopped else "UNFULFILLED",
        "currencyCode": numbers.currency,
        "presentmentCurrencyCode": shown,
        "taxesIncluded": True,
        "discountCodes": ["ZEHN"] if discount_of(number) else [],
        "customerAcceptsMarketing": is_web and number % 6 == 0,
        "clientIp": "192.0.2.1" if is_web else None,
        "statusPageUrl": f"https://{numbers.storefront}/orders/{token('status', number)}/authenticate",
        "totalPriceSet": money.both(total),
        "currentTotalPriceSet": money.both(total - refunded),
        "subtotalPriceSet": money.both(goods - discount_of(number)),
        "totalTaxSet": money.both(total * 19 // 119),
        "totalDiscountsSet": money.both(discount_of(number)),
        "totalShippingPriceSet": money.both(shipping_of(number)),
        "totalRefundedSet": money.both(refunded),
        "customAttributes": [{"key": "tajo_id", "value": f"visitor-{number:08}"}] if is_web and number % 2 else [],
        "customer": lambda _: customer(customer_id) if customer_id else None,
        "customer_id_": customer_id,
        "billingAddress": place,
        "shippingAddress": place,
        "customerJourneySummary": _journey(number) if is_web else None,
        "fulfillments": [_parcel(id_, updated)] if number % 4 == 0 and not is_stopped else [],
        "lineItems": Rows.of(lines),
        "refunds": [refund(id_ + 1, updated, money, refunded, lines[:1], order_id=id_)] if refunded else [],
    }


def _names(whom: int) -> tuple[str, str]:
    first = customers.FIRST_NAMES[whom % len(customers.FIRST_NAMES)]
    return first, customers.LAST_NAMES[whom % len(customers.LAST_NAMES)]


def _parcel(order_id: int, at: str) -> Json:
    return {"id": gid("Fulfillment", order_id + 3), "createdAt": at, "status": "SUCCESS"}


class Money:
    """Amounts in the shop's currency and in the shopper's."""

    def __init__(self, base: str, shown: str) -> None:
        self.base, self.shown = base, shown

    def both(self, cents: int) -> Json:
        other = cents if self.base == self.shown else round(cents * RATE)
        return {
            "shopMoney": {"amount": amount(cents), "currencyCode": self.base},
            "presentmentMoney": {"amount": amount(other), "currencyCode": self.shown},
        }


def line_item(
    id_: int, numbers: Numbers, money: Money, bought: tuple[int, int, int, int], number: int, at: int
) -> Json:
    product, variant, quantity, cents = bought
    product_id = PRODUCT_IDS + product
    variant_id = products.variant_id(product_id, variant)
    off = discount_of(number) if at == 0 else 0
    is_taken_back = at == 0 and refunded_of(numbers, number) > 0
    title = f'Tee "Nº {product}"' + (f" ({numbers.flavour})" if numbers.flavour else "")
    is_renewal = source_of(number).startswith("subscription")
    return {
        "id": gid("LineItem", id_),
        "title": title,
        "variantTitle": None if products.variants_of(product) == 1 else products.COLOURS[variant - 1],
        "name": title,
        "sku": f"T-{variant_id}",
        "quantity": quantity,
        "currentQuantity": quantity - is_taken_back,
        "vendor": "Töpferei Lind",
        "isGiftCard": False,
        "requiresShipping": True,
        "sellingPlan": {"name": "Monatlich"} if is_renewal else None,
        "product": {"id": gid("Product", product_id), "handle": f"tee-{product}"},
        "variant": {"id": gid("ProductVariant", variant_id)},
        "image": {"url": f"https://cdn.shopify.com/s/files/{product}.jpg", "altText": None},
        "originalUnitPriceSet": money.both(cents),
        "discountedUnitPriceSet": money.both(cents - off // quantity),
        "discountedTotalSet": money.both(quantity * cents - off),
        "totalDiscountSet": money.both(off),
        "discountAllocations": [{"allocatedAmountSet": money.both(off)}] if off else [],
        "customAttributes": [{"key": "Gravur", "value": "Anna"}] if number % 13 == 0 else [],
    }


def refund(id_: int, at: str, money: Money, cents: int, lines: list[Json], *, order_id: int) -> Json:
    rows = [
        {
            "quantity": 1,
            "restockType": "RETURN",
            "lineItem": {"id": line["id"]},
            "subtotalSet": line["originalUnitPriceSet"],
            "totalTaxSet": money.both(0),
        }
        for line in lines
    ]
    sale = {
        "id": gid("OrderTransaction", id_ + 1),
        "kind": "REFUND",
        "status": "SUCCESS",
        "amountSet": money.both(cents),
        "createdAt": at,
    }
    return {
        "id": gid("Refund", id_),
        "legacyResourceId": str(id_),
        "createdAt": at,
        "updatedAt": at,
        "note": None,
        "totalRefundedSet": money.both(cents),
        "order": lambda _: {"id": gid("Order", order_id)},
        "refundLineItems": Rows.of(rows),
        "transactions": Rows.of([sale]),
    }


def _journey(number: int) -> Json:
    came = {"source": "brevo", "medium": "email", "campaign": "herbst", "content": None, "term": None}
    visit = {
        "landingPage": "https://tee.example.org/?utm_source=brevo",
        "referrerUrl": None,
        "source": "direct",
        "utmParameters": came if number % 5 == 0 else None,
    }
    return {"ready": True, "customerOrderIndex": 0, "firstVisit": visit, "lastVisit": visit}
