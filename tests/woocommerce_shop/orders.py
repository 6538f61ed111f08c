"""Orders of every status, of customers and guests, from shop fronts, desks and programs; drafts among them."""

from __future__ import annotations

from dataclasses import dataclass

from tests.woocommerce_shop import customers, products
from tests.woocommerce_shop.kind import Glance, Json
from tests.woocommerce_shop.numbers import CUSTOMER_IDS, ORDER_IDS, REFUND_IDS, Numbers, both, gmt, local, seconds_of

DRAFT = "checkout-draft"
# Of twenty orders; the others are being processed or completed. `packing` is a plugin's own.
STATUSES = {
    0: DRAFT,
    1: "pending",
    2: "on-hold",
    3: "failed",
    4: "cancelled",
    5: "refunded",
    6: "packing",
}
KNOWN_STATUSES = (
    "pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", DRAFT, "packing",
)  # fmt: skip
PARTLY_REFUNDED = 7  # of twenty
PAID = ("processing", "completed", "refunded", "packing", "cancelled")
SHIPPING_CENTS = 490
RATE = 20
GUEST_SPIN = 500_000  # neither a customer nor an order has this number
VIA = {9: "admin", 10: "subscription", 11: "rest-api", 12: "store-api"}


@dataclass(frozen=True)
class Line:
    product: int  # number
    size: int  # of its variations; -1: it has none
    quantity: int


def status_of(number: int) -> str:
    return STATUSES.get(number % 20, "completed" if number % 2 else "processing")


def lines_of(numbers: Numbers, number: int) -> list[Line]:
    first = numbers.product_of(number)
    found = [Line(first, number % 3 if products.is_variable(first) else -1, number % 3 + 1)]
    if number % 4 == 0 and numbers.products > 1:
        second = numbers.product_of(number + 1)
        found.append(Line(second, number % 3 if products.is_variable(second) else -1, 1))
    return found


def email_of(numbers: Numbers, number: int) -> str:
    """ "" on some that were written at the desk."""
    if number % 40 == 9:
        return ""
    customer = numbers.customer_of_order(number)
    if customer:
        return customers.email_of(customer - CUSTOMER_IDS)
    return customers.guest_email(numbers.guest_of_order(number))


def glances(numbers: Numbers) -> list[Glance]:
    found = []
    for number in range(1, numbers.orders + 1):
        created = numbers.created_s(number, numbers.orders)
        owner = numbers.customer_of_order(number)
        email = email_of(numbers, number)
        found.append(Glance(ORDER_IDS + number, created, created + 120, status_of(number), email=email, owner=owner))
    return found


def glance_of(record: Json) -> Glance:
    created, modified = seconds_of(record["date_created_gmt"]), seconds_of(record["date_modified_gmt"])
    email = record["billing"]["email"]
    return Glance(record["id"], created, modified, record["status"], email=email, owner=record["customer_id"])


def record(numbers: Numbers, home: str, id_: int) -> Json:
    number = id_ - ORDER_IDS
    created, status = numbers.created_s(number, numbers.orders), status_of(number)
    spot = number % 20
    made = order(
        numbers,
        home,
        id_,
        created,
        lines_of(numbers, number),
        status,
        customer=numbers.customer_of_order(number),
        email=email_of(numbers, number),
        currency="USD" if number % 10 == 3 else numbers.currency,
        via="store-api" if status == DRAFT else VIA.get(spot, "checkout"),
        guest=numbers.guest_of_order(number),
    )
    made |= both("date_modified", created + 120)
    if spot == 5:
        made["refunds"] = [refund(REFUND_IDS + number, made["total"], "")]
    if spot == PARTLY_REFUNDED:
        made["refunds"] = [refund(REFUND_IDS + number, "2.50", "Damaged")]
    return made


def refund(id_: int, amount: str, reason: str) -> Json:
    return {"id": id_, "reason": reason, "total": f"-{amount}"}


def order(
    numbers: Numbers,
    home: str,
    id_: int,
    created: int,
    lines: list[Line],
    status: str,
    customer: int = 0,
    email: str = "",
    currency: str = "",
    via: str = "checkout",
    guest: int = 0,
) -> Json:
    """`guest`: the number of somebody who orders without an account, and again; 0: somebody of this order alone."""
    spin = customer - CUSTOMER_IDS if customer else GUEST_SPIN + guest if guest else id_
    billing = customers.address(spin + numbers.flavour, email)
    shipping = {name: value for name, value in billing.items() if name != "email"}
    key = f"wc_order_{id_ * 48271 % 0x7FFFFFFF:x}"
    paid = created + 30 if status in PAID else None
    completed = created + 60 if status == "completed" else None
    items = [_line(numbers, id_ * 10 + place, line) for place, line in enumerate(lines)]
    cart_tax = sum(_cents(item["total_tax"]) for item in items)
    goods = sum(_cents(item["total"]) for item in items) + cart_tax
    shipping_tax = _tax(SHIPPING_CENTS)
    return {
        "id": id_,
        "parent_id": 0,
        "status": status,
        "currency": currency or numbers.currency,
        "version": "10.5.0",
        "prices_include_tax": True,
        "date_created": local(created),
        "date_modified": local(created),
        "discount_total": "0.00",
        "discount_tax": "0.00",
        "shipping_total": _money(SHIPPING_CENTS - shipping_tax),
        "shipping_tax": _money(shipping_tax),
        "cart_tax": _money(cart_tax),
        "total": _money(goods + SHIPPING_CENTS),
        "total_tax": _money(cart_tax + shipping_tax),
        "customer_id": customer,
        "order_key": key,
        "billing": billing,
        "shipping": shipping,
        "payment_method": "bacs" if status == "on-hold" else "stripe",
        "payment_method_title": "Direct bank transfer" if status == "on-hold" else "Card",
        "transaction_id": f"ch_{id_}" if paid else "",
        "customer_ip_address": "203.0.113.7",
        "customer_user_agent": "Mozilla/5.0",
        "created_via": via,
        "customer_note": "",
        "date_completed": local(completed) if completed else None,
        "date_paid": local(paid) if paid else None,
        "cart_hash": f"{id_:032x}",
        "number": str(id_ + 7000),  # of a plugin that counts by itself
        "meta_data": [
            {"id": id_, "key": "_wc_order_attribution_source_type", "value": "utm"},
            {"id": id_ + 1, "key": "_wc_order_attribution_utm_source", "value": "newsletter"},
        ],
        "line_items": items,
        "tax_lines": [_tax_line(id_, cart_tax, shipping_tax)],
        "shipping_lines": [_shipping_line(id_, shipping_tax)],
        "fee_lines": [],
        "coupon_lines": [],
        "refunds": [],
        "payment_url": f"{home}/checkout/order-pay/{id_}/?pay_for_order=true&key={key}",
        "is_editable": status in ("pending", "on-hold"),
        "needs_payment": status in ("pending", "failed"),
        "needs_processing": True,
        "date_created_gmt": gmt(created),
        "date_modified_gmt": gmt(created),
        "date_completed_gmt": gmt(completed) if completed else None,
        "date_paid_gmt": gmt(paid) if paid else None,
        "currency_symbol": "€" if (currency or numbers.currency) == "EUR" else "$",
    }


def _line(numbers: Numbers, id_: int, line: Line) -> Json:
    cents = products.price_cents(numbers, line.product, max(line.size, 0)) * line.quantity
    tax = _tax(cents)
    net = cents - tax
    name, sku = f"Becher {line.product} & Tee", f"B-{line.product}"
    has_size = line.size >= 0
    size = products.SIZES[line.size] if has_size else ""
    return {
        "id": id_,
        "name": f"{name} - {size}" if has_size else name,
        "product_id": products.id_of(line.product),
        "variation_id": products.id_of(line.product) + 1 + line.size if has_size else 0,
        "quantity": line.quantity,
        "tax_class": "",
        "subtotal": _money(net),
        "subtotal_tax": _money(tax),
        "total": _money(net),
        "total_tax": _money(tax),
        "taxes": [{"id": 1, "total": _money(tax), "subtotal": _money(tax)}],
        "meta_data": [{"id": id_, "key": "size", "value": size, "display_key": "Size", "display_value": size}]
        if has_size
        else [],
        "sku": f"{sku}-{size}" if has_size else sku,
        "global_unique_id": "",
        "price": net / 100 / line.quantity,
        "image": {"id": 0 if has_size else "", "src": ""},
        "parent_name": name if has_size else None,
    }


def _tax_line(id_: int, cart_tax: int, shipping_tax: int) -> Json:
    return {
        "id": id_ * 10 + 8,
        "rate_code": "FR-TVA-1",
        "rate_id": 1,
        "label": "TVA",
        "compound": False,
        "tax_total": _money(cart_tax),
        "shipping_tax_total": _money(shipping_tax),
        "rate_percent": RATE,
        "meta_data": [],
    }


def _shipping_line(id_: int, tax: int) -> Json:
    return {
        "id": id_ * 10 + 9,
        "method_title": "Flat rate",
        "method_id": "flat_rate",
        "instance_id": "",
        "total": _money(SHIPPING_CENTS - tax),
        "total_tax": _money(tax),
        "taxes": [{"id": 1, "total": _money(tax), "subtotal": ""}],
        "tax_status": "taxable",
        "meta_data": [],
    }


def _tax(gross_cents: int) -> int:
    """What of it is tax."""
    return round(gross_cents * RATE / (100 + RATE))


def _cents(money: str) -> int:
    return round(float(money) * 100)


def _money(cents: int) -> str:
    return f"{cents / 100:.2f}"
