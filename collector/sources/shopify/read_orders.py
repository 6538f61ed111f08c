"""Orders we read ourselves: history, what webhooks missed, and what has to be looked at again."""

from __future__ import annotations

from urllib.parse import urlsplit

from collector.domain.events import Fact
from collector.sources.shopify import fields, orders
from collector.sources.shopify.fields import Json, Reader
from collector.sources.shopify.graphql_shape import address, is_whole, lower, money_set, nodes, shop_amount

# Webhooks know three words; whatever has not left is null there.
FULFILMENT = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial", "RESTOCKED": "restocked"}


def seen(reader: Reader, node: Json) -> list[Fact]:
    """The facts of a webhook about the same order."""
    return orders.seen(reader, as_webhook(node))


def as_webhook(node: Json) -> Json:
    total = node.get("totalPriceSet")
    visit = fields.mapping(fields.mapping(node.get("customerJourneySummary")).get("lastVisit"))
    body: Json = {
        "id": node.get("id"),
        "name": node.get("name"),
        "order_number": node.get("number"),
        "email": node.get("email"),
        "phone": node.get("phone"),
        "created_at": node.get("createdAt"),
        "updated_at": node.get("updatedAt"),
        "cancelled_at": node.get("cancelledAt"),
        "cancel_reason": lower(node.get("cancelReason")),
        "test": node.get("test"),
        "source_name": node.get("sourceName"),
        "customer_locale": node.get("customerLocale"),
        "tags": node.get("tags"),
        "cart_token": node.get("cartToken"),
        "checkout_token": node.get("checkoutToken"),
        "financial_status": lower(node.get("displayFinancialStatus")),
        "fulfillment_status": FULFILMENT.get(fields.text(node.get("displayFulfillmentStatus"))),
        "fulfillments": [
            {"created_at": parcel.get("createdAt"), "status": lower(parcel.get("status"))}
            for parcel in nodes(node.get("fulfillments"))
        ],
        "currency": node.get("currencyCode"),
        "total_price": shop_amount(total),
        "total_price_set": money_set(total),
        "discount_codes": [{"code": code} for code in _texts(node.get("discountCodes"))],
        "payment_gateway_names": _texts(node.get("paymentGatewayNames")),
        "buyer_accepts_marketing": node.get("customerAcceptsMarketing"),
        "note_attributes": [
            {"name": each.get("key"), "value": each.get("value")}
            for each in fields.objects(node.get("customAttributes"))
        ],
        "customer": _customer(node.get("customer")),
        "billing_address": address(node.get("billingAddress")),
        "shipping_address": address(node.get("shippingAddress")),
        "landing_site": _path(visit.get("landingPage")),
        "referring_site": visit.get("referrerUrl"),
        "line_items": [_line(line) for line in nodes(node.get("lineItems"))],
    }
    if "refunds" in node:
        body["refunds"] = [_refund(refund) for refund in nodes(node["refunds"])]
    return body


def _texts(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _customer(value: object) -> Json | None:
    if not isinstance(value, dict):
        return None
    return {
        "id": value.get("id"),
        "first_name": value.get("firstName"),
        "last_name": value.get("lastName"),
        "email": fields.mapping(value.get("defaultEmailAddress")).get("emailAddress"),
        "phone": fields.mapping(value.get("defaultPhoneNumber")).get("phoneNumber"),
    }


def _path(value: object) -> str:
    """Webhooks leave the shop's own host out of `landing_site`."""
    stated = fields.text(value, limit=2000)
    try:
        parts = urlsplit(stated)
    except ValueError:  # what a browser was sent to need not be an address
        return stated
    if not parts.netloc:
        return stated
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _line(line: Json) -> Json:
    unit, discount = line.get("originalUnitPriceSet"), line.get("totalDiscountSet")
    return {
        "id": line.get("id"),
        "product_id": fields.mapping(line.get("product")).get("id"),
        "variant_id": fields.mapping(line.get("variant")).get("id"),
        "quantity": line.get("quantity"),
        "current_quantity": line.get("currentQuantity"),
        "title": line.get("title"),
        "name": line.get("name"),
        "variant_title": line.get("variantTitle"),
        "sku": line.get("sku"),
        "price": shop_amount(unit),
        "price_set": money_set(unit),
        "total_discount": shop_amount(discount),
        "total_discount_set": money_set(discount),
        "discount_allocations": [
            {
                "amount": shop_amount(each.get("allocatedAmountSet")),
                "amount_set": money_set(each.get("allocatedAmountSet")),
            }
            for each in fields.objects(line.get("discountAllocations"))
        ],
        "selling_plan_allocation": line.get("sellingPlan"),
    }


def _refund(refund: Json) -> Json:
    """GraphQL sums up the money that went back. Where none did, what was taken back counts, as in webhooks. Some of
    many lines are none: how many units went back is not known then."""
    total = refund.get("totalRefundedSet")
    moved = fields.text(shop_amount(total))
    is_moved = bool(moved.strip("0."))
    body: Json = {
        "id": refund.get("id"),
        "created_at": refund.get("createdAt"),
        "transactions": [
            {"kind": "refund", "status": "success", "amount": moved, "amount_set": money_set(total)},
        ]
        if is_moved
        else [],
    }
    if not is_moved or is_whole(refund.get("refundLineItems")):
        body["refund_line_items"] = [
            {
                "line_item_id": fields.mapping(line.get("lineItem")).get("id"),
                "quantity": line.get("quantity"),
                "restock_type": lower(line.get("restockType")),
                "subtotal": shop_amount(line.get("subtotalSet")),
                "subtotal_set": money_set(line.get("subtotalSet")),
                "total_tax": shop_amount(line.get("totalTaxSet")),
                "total_tax_set": money_set(line.get("totalTaxSet")),
            }
            for line in nodes(refund.get("refundLineItems"))
        ]
    return body
