"""The bodies of webhooks: the REST form of the same records. `older`: as sent until 2024, with tags, consent and
counters in the customer. Source: shopify.dev, webhook topics; changelog of API 2025-01 (read 2026-11-21).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.shopify_shop.naming import Json, number_of

ZONE = ZoneInfo("Europe/Berlin")


def local(stated: str | None) -> str | None:
    """With the shop's offset, as REST has it."""
    return datetime.fromisoformat(stated).astimezone(ZONE).isoformat() if stated else None


def _lower(stated: str | None) -> str | None:
    return stated.lower() if stated else None


def customer(record: Json, *, older: bool = False) -> Json:
    mail, phone = record["defaultEmailAddress"], record["defaultPhoneNumber"]
    place = address(record["defaultAddress"])
    body: Json = {
        "id": number_of(record["id"]),
        "admin_graphql_api_id": record["id"],
        "email": mail and mail["emailAddress"],
        "created_at": local(record["createdAt"]),
        "updated_at": local(record["updatedAt"]),
        "first_name": record["firstName"],
        "last_name": record["lastName"],
        "state": _lower(record["state"]),
        "note": record["note"],
        "verified_email": record["verifiedEmail"],
        "multipass_identifier": None,
        "tax_exempt": record["taxExempt"],
        "tax_exemptions": [],
        "phone": phone and phone["phoneNumber"],
        "currency": record["amountSpent"]({})["currencyCode"],
        "addresses": [place] if place else [],
        # Only to those whose subscription asks for it: deliveries.py takes it out for the others.
        "metafields": [
            {name: one[name] for name in ("namespace", "key", "value", "type")} for one in record["metafields_"]
        ],
    }
    if place:
        body["default_address"] = place
    if older:
        body |= {
            "tags": ", ".join(record["tags"]),
            "orders_count": int(record["numberOfOrders"]({})),
            "total_spent": record["amountSpent"]({})["amount"],
            "email_marketing_consent": consent(mail),
            "sms_marketing_consent": consent(phone) and {**(consent(phone) or {}), "consent_collected_from": "OTHER"},
        }
    return body


def consent(holder: Json | None) -> Json | None:
    if holder is None:
        return None
    return {
        "state": _lower(holder["marketingState"]),
        "opt_in_level": _lower(holder["marketingOptInLevel"]) or "single_opt_in",
        "consent_updated_at": local(holder["marketingUpdatedAt"]),
    }


def address(record: Json | None) -> Json | None:
    if record is None:
        return None
    return {
        "id": number_of(record["id"]),
        "first_name": record["firstName"],
        "last_name": record["lastName"],
        "name": record["name"],
        "company": record["company"],
        "address1": record["address1"],
        "address2": record["address2"],
        "city": record["city"],
        "province": record["province"],
        "province_code": record["provinceCode"],
        "country": record["country"],
        "country_code": record["countryCodeV2"],
        "country_name": record["country"],
        "zip": record["zip"],
        "phone": record["phone"],
        "default": True,
    }


def _set(bag: Json) -> Json:
    def side(one: Json) -> Json:
        return {"amount": one["amount"], "currency_code": one["currencyCode"]}

    return {"shop_money": side(bag["shopMoney"]), "presentment_money": side(bag["presentmentMoney"])}


def _plain(bag: Json) -> Any:
    return bag["shopMoney"]["amount"]


def _number(holder: Json | None) -> int | None:
    return number_of(holder["id"]) if holder else None


def order(record: Json, *, older: bool = False) -> Json:
    whom = record["customer"]({})
    number = number_of(record["id"])
    journey = record["customerJourneySummary"]
    landing = journey["firstVisit"]["landingPage"] if journey else None
    return {
        "id": number,
        "admin_graphql_api_id": record["id"],
        "app_id": 580111 if record["sourceName"] == "web" else 1,
        "buyer_accepts_marketing": record["customerAcceptsMarketing"],
        "browser_ip": record["clientIp"],
        "cancel_reason": _lower(record["cancelReason"]),
        "cancelled_at": local(record["cancelledAt"]),
        "cart_token": record["cartToken"],
        "checkout_id": number + 7 if record["checkoutToken"] else None,
        "checkout_token": record["checkoutToken"],
        "closed_at": local(record["closedAt"]),
        "confirmed": record["confirmed"],
        "contact_email": record["email"],
        "created_at": local(record["createdAt"]),
        "currency": record["currencyCode"],
        "current_total_price": _plain(record["currentTotalPriceSet"]),
        "current_total_price_set": _set(record["currentTotalPriceSet"]),
        "customer_locale": record["customerLocale"],
        "discount_codes": [
            {"code": code, "amount": _plain(record["totalDiscountsSet"]), "type": "fixed_amount"}
            for code in record["discountCodes"]
        ],
        "email": record["email"] or "",
        "financial_status": _lower(record["displayFinancialStatus"]),
        "fulfillment_status": "fulfilled" if record["displayFulfillmentStatus"] == "FULFILLED" else None,
        "landing_site": landing,
        "referring_site": None,
        "name": record["name"],
        "note": record["note"],
        "note_attributes": [{"name": one["key"], "value": one["value"]} for one in record["customAttributes"]],
        "number": record["number"] - 1000,
        "order_number": record["number"],
        "order_status_url": record["statusPageUrl"],
        "payment_gateway_names": record["paymentGatewayNames"],
        "phone": record["phone"],
        "presentment_currency": record["presentmentCurrencyCode"],
        "processed_at": local(record["processedAt"]),
        "source_name": record["sourceName"],
        "subtotal_price": _plain(record["subtotalPriceSet"]),
        "tags": ", ".join(record["tags"]),
        "taxes_included": record["taxesIncluded"],
        "test": record["test"],
        "total_discounts": _plain(record["totalDiscountsSet"]),
        "total_price": _plain(record["totalPriceSet"]),
        "total_price_set": _set(record["totalPriceSet"]),
        "total_tax": _plain(record["totalTaxSet"]),
        "updated_at": local(record["updatedAt"]),
        "billing_address": address(record["billingAddress"]),
        "shipping_address": address(record["shippingAddress"]),
        "customer": customer(whom, older=older) if whom else None,
        "fulfillments": [
            {"id": number_of(one["id"]), "created_at": local(one["createdAt"]), "status": _lower(one["status"])}
            for one in record["fulfillments"]
        ],
        "line_items": [line(one) for one in record["lineItems"].all()],
        "refunds": [refund(one) for one in record["refunds"]],
        "shipping_lines": [],
    }


def line(record: Json) -> Json:
    off = record["totalDiscountSet"]
    return {
        "id": number_of(record["id"]),
        "admin_graphql_api_id": record["id"],
        "product_id": _number(record["product"]),
        "variant_id": _number(record["variant"]),
        "title": record["title"],
        "variant_title": record["variantTitle"],
        "name": record["name"],
        "sku": record["sku"],
        "vendor": record["vendor"],
        "quantity": record["quantity"],
        "current_quantity": record["currentQuantity"],
        "price": _plain(record["originalUnitPriceSet"]),
        "price_set": _set(record["originalUnitPriceSet"]),
        "total_discount": "0.00",
        "total_discount_set": _set(off) if _plain(off) == "0.00" else None,
        "discount_allocations": [
            {"amount": _plain(one["allocatedAmountSet"]), "amount_set": _set(one["allocatedAmountSet"])}
            for one in record["discountAllocations"]
        ],
        "gift_card": record["isGiftCard"],
        "requires_shipping": record["requiresShipping"],
        "properties": [{"name": one["key"], "value": one["value"]} for one in record["customAttributes"]],
    }


def refund(record: Json) -> Json:
    sales = record["transactions"].all()
    return {
        "id": number_of(record["id"]),
        "admin_graphql_api_id": record["id"],
        "order_id": number_of(record["order"]({})["id"]),
        "created_at": local(record["createdAt"]),
        "processed_at": local(record["createdAt"]),
        "note": record["note"],
        "refund_line_items": [
            {
                "quantity": one["quantity"],
                "line_item_id": number_of(one["lineItem"]["id"]),
                "restock_type": _lower(one["restockType"]),
                "subtotal": float(_plain(one["subtotalSet"])),  # numbers here, unlike everywhere else
                "subtotal_set": _set(one["subtotalSet"]),
                "total_tax": 0.0,
            }
            for one in record["refundLineItems"].all()
        ],
        "transactions": [
            {
                "id": number_of(one["id"]),
                "kind": _lower(one["kind"]),
                "status": _lower(one["status"]),
                "amount": one["amountSet"]["presentmentMoney"]["amount"],
                "currency": one["amountSet"]["presentmentMoney"]["currencyCode"],
            }
            for one in sales
        ],
    }


def product(record: Json) -> Json:
    variants = record["variants"].all()
    pictures = [one["image"] for one in record["media"].all()]
    id_ = number_of(record["id"])
    images = [{"id": id_ + place, "position": place + 1, "src": one["url"]} for place, one in enumerate(pictures)]
    return {
        "id": id_,
        "admin_graphql_api_id": record["id"],
        "title": record["title"],
        "handle": record["handle"],
        "body_html": record["descriptionHtml"],
        "vendor": record["vendor"],
        "product_type": record["productType"],
        "status": _lower(record["status"]),
        "published_scope": "web",
        "published_at": local(record["publishedAt"]),
        "created_at": local(record["createdAt"]),
        "updated_at": local(record["updatedAt"]),
        "tags": ", ".join(record["tags"]),
        "variants": [_variant(one, id_) for one in variants],
        "variant_gids": [{"admin_graphql_api_id": one["id"], "updated_at": one["updatedAt"]} for one in variants],
        "images": images,
        "image": images[0] if images else None,
        "options": [{"name": one["name"], "values": one["values"]} for one in record["options"]],
    }


def _variant(record: Json, product_id: int) -> Json:
    return {
        "id": number_of(record["id"]),
        "admin_graphql_api_id": record["id"],
        "product_id": product_id,
        "title": record["title"],
        "sku": record["sku"],
        "price": record["price"],
        "compare_at_price": record["compareAtPrice"],
        "position": record["position"],
        "inventory_item_id": _number(record["inventoryItem"]),
        "inventory_management": "shopify",
        "inventory_policy": _lower(record["inventoryPolicy"]),
        "inventory_quantity": record["inventoryQuantity"]({}),
        "image_id": None,
        "created_at": local(record["createdAt"]),
        "updated_at": local(record["updatedAt"]),
    }


def level(item: int, location: int, available: int, at: str) -> Json:
    return {
        "inventory_item_id": item,
        "location_id": location,
        "available": available,
        "updated_at": local(at),
        "admin_graphql_api_id": f"gid://shopify/InventoryLevel/{location}?inventory_item_id={item}",
    }


def cart(token: str, lines: list[Json], visitor: str, created: str, updated: str) -> Json:
    """Neither person nor currency of its own; the token with its secret part."""
    return {
        "id": token,
        "token": f"{token}?key=geheim",
        "note": None,
        "created_at": created,
        "updated_at": updated,
        "note_attributes": [{"name": "tajo_id", "value": visitor}] if visitor else [],
        "line_items": [
            checkout_line(one)
            | {
                "id": _number(one["variant"]),
                "price_set": _set(one["originalUnitPriceSet"]),
                "line_price_set": _set(one["discountedTotalPriceSet"]),
            }
            for one in lines
        ],
    }


def checkout_line(record: Json) -> Json:
    return {
        "key": str(number_of(record["id"])),
        "product_id": _number(record["product"]),
        "variant_id": _number(record["variant"]),
        "title": record["title"],
        "presentment_title": record["title"],
        "variant_title": record["variantTitle"],
        "sku": record["sku"],
        "quantity": record["quantity"],
        "price": _plain(record["originalUnitPriceSet"]),
        "line_price": _plain(record["discountedTotalPriceSet"]),
        "discount_allocations": [],
        "properties": None,
    }


def checkout(record: Json, token: str, cart_token: str, email: str | None, *, accepts: bool) -> Json:
    """`email`: as typed; a checkout has none at first."""
    whom = record["customer"]({})
    return {
        "id": number_of(record["id"]),
        "token": token,
        "cart_token": cart_token,
        "email": email,
        "phone": None,
        "buyer_accepts_marketing": accepts,
        "buyer_accepts_sms_marketing": False,
        "created_at": local(record["createdAt"]),
        "updated_at": local(record["updatedAt"]),
        "completed_at": local(record["completedAt"]),
        "note_attributes": [{"name": one["key"], "value": one["value"]} for one in record["customAttributes"]],
        "shipping_address": [],
        "currency": record["totalPriceSet"]["shopMoney"]["currencyCode"],
        "presentment_currency": record["totalPriceSet"]["presentmentMoney"]["currencyCode"],
        "customer_locale": "de-DE",
        "line_items": [checkout_line(one) for one in record["lineItems"].all()],
        "abandoned_checkout_url": record["abandonedCheckoutUrl"],
        "total_line_items_price": _plain(record["totalLineItemsPriceSet"]),
        "total_discounts": "0.00",
        "subtotal_price": _plain(record["subtotalPriceSet"]),
        "total_price": _plain(record["totalPriceSet"]),
        "source_name": "web",
        "customer": customer(whom) if whom else None,
    }
