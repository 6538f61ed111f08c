"""What we want the destination to be told: the outbox holds these, in our words.

A destination (Brevo) turns each into its own requests. Everything a message shows is in it; nothing is looked up
later except list numbers and event names, which are settings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from collector.domain.events import Strength
from collector.domain.timestamps import from_text, to_text


@dataclass(frozen=True, slots=True)
class ContactMessage:
    """Make sure the destination knows this address, with at most what its strength allows.

    typed: created if absent, an existing contact's attributes and consent stay as they are.
    signed, ordered: attributes are written. `may_market`: a recorded act or a basis allows messages, so a new
    contact is created unblocked; otherwise blocked. It never lifts a block of an existing contact.
    `lists_add`, `lists_remove`: names of roles (all_customers, buyers, abandoned_cart); which list that is, is a
    setting of the shop. `attributes`: destination attribute -> value (text, number, bool).
    `ext_id`: "" or the shop's own name for the person, e.g. "woocommerce:shop.example:7"; given on creation only.
    `is_opted_out`: a no is recorded, so a contact that exists is blocked, too. `may_text`: what is recorded about text
    messages to the number among the attributes; None: nothing, so a new contact is not sent any.
    """

    email: str
    strength: Strength
    may_market: bool
    attributes: dict[str, Any] = field(default_factory=dict)
    lists_add: tuple[str, ...] = ()
    lists_remove: tuple[str, ...] = ()
    ext_id: str = ""
    is_opted_out: bool = False
    may_text: bool | None = None


@dataclass(frozen=True, slots=True)
class EventMessage:
    """Something a known address did, or that happened to it. `event`: our name; `properties`: as shown in mails.

    `event_id` goes along inside the properties: it is how an unknown outcome is settled.
    """

    event: str
    event_id: str
    email: str
    occurred_at: datetime
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrderMessage:
    """The state of an order for the destination's own order list. Amounts are major units (numbers) in the
    shop's base currency; `products`: [{"product_id", "variant_id", "quantity", "price"}] with the unit price."""

    order_id: str
    email: str
    status: str
    amount: float
    currency: str
    created_at: datetime
    updated_at: datetime
    products: tuple[dict[str, Any], ...] = ()
    coupons: tuple[str, ...] = ()
    billing: dict[str, str] = field(default_factory=dict)  # address, city, country, country_code, postcode, phone …
    shop: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmationMessage:
    """Have the destination ask this address whether it agrees, by a mail with a link (a double opt-in).

    `template`: the destination's; `redirect_url`: where the link leads. Nothing else is known there before the click.
    """

    email: str
    template: int
    redirect_url: str


@dataclass(frozen=True, slots=True)
class ErasureMessage:
    """Delete the contact: this person was erased here. Once that is done the address is gone from the outbox, too."""

    email: str


Message = ContactMessage | EventMessage | OrderMessage | ConfirmationMessage | ErasureMessage

# Kinds as the outbox names them. A cart event is an event that an order message overtakes.
CONTACT, EVENT, CART_EVENT, ORDER = "contact", "event", "cart_event", "order"
CONFIRMATION, ERASURE = "confirmation", "erasure"

# What may start a mail at the destination: sent only with a basis, and never twice on a doubt.
MAY_START_MAIL = frozenset(
    [
        "page_viewed",
        "product_viewed",
        "collection_viewed",
        "search_submitted",
        "cart_created",
        "cart_updated",
        "checkout_started",
        "cart_abandoned",
        "browse_abandoned",
        "customer_lapsed",
        "replenishment_due",
        "product_back_in_stock",
    ]
)
# Told about a cart or a look: pointless, or harmful, once the order message is on its way.
ABOUT_CARTS = frozenset(["cart_created", "cart_updated", "checkout_started", "cart_abandoned", "browse_abandoned"])


def kind_of(message: Message) -> str:
    match message:
        case ContactMessage():
            return CONTACT
        case EventMessage():
            return CART_EVENT if message.event in ABOUT_CARTS else EVENT
        case OrderMessage():
            return ORDER
        case ConfirmationMessage():
            return CONFIRMATION
        case ErasureMessage():
            return ERASURE


def to_json(message: Message) -> dict[str, Any]:
    """The outbox payload. Times as text, tuples as lists; `from_json` is the inverse."""
    match message:
        case ContactMessage():
            return {
                "email": message.email,
                "strength": message.strength.value,
                "may_market": message.may_market,
                "attributes": message.attributes,
                "lists_add": list(message.lists_add),
                "lists_remove": list(message.lists_remove),
                "ext_id": message.ext_id,
                "is_opted_out": message.is_opted_out,
                "may_text": message.may_text,
            }
        case EventMessage():
            return {
                "event": message.event,
                "event_id": message.event_id,
                "email": message.email,
                "occurred_at": to_text(message.occurred_at),
                "properties": message.properties,
            }
        case OrderMessage():
            return {
                "order_id": message.order_id,
                "email": message.email,
                "status": message.status,
                "amount": message.amount,
                "currency": message.currency,
                "created_at": to_text(message.created_at),
                "updated_at": to_text(message.updated_at),
                "products": list(message.products),
                "coupons": list(message.coupons),
                "billing": message.billing,
                "shop": message.shop,
            }
        case ConfirmationMessage():
            return {"email": message.email, "template": message.template, "redirect_url": message.redirect_url}
        case ErasureMessage():
            return {"email": message.email}


def from_json(kind: str, payload: dict[str, Any]) -> Message:
    """Raises KeyError, ValueError for what `to_json` did not make."""
    match kind:
        case "contact":
            return ContactMessage(
                email=payload["email"],
                strength=Strength(payload["strength"]),
                may_market=payload["may_market"],
                attributes=payload["attributes"],
                lists_add=tuple(payload["lists_add"]),
                lists_remove=tuple(payload["lists_remove"]),
                ext_id=payload["ext_id"],
                is_opted_out=payload.get("is_opted_out", False),  # not in what older versions left waiting
                may_text=payload.get("may_text"),
            )
        case "event" | "cart_event":
            return EventMessage(
                event=payload["event"],
                event_id=payload["event_id"],
                email=payload["email"],
                occurred_at=from_text(payload["occurred_at"]),
                properties=payload["properties"],
            )
        case "order":
            return OrderMessage(
                order_id=payload["order_id"],
                email=payload["email"],
                status=payload["status"],
                amount=payload["amount"],
                currency=payload["currency"],
                created_at=from_text(payload["created_at"]),
                updated_at=from_text(payload["updated_at"]),
                products=tuple(payload["products"]),
                coupons=tuple(payload["coupons"]),
                billing=payload["billing"],
                shop=payload["shop"],
            )
        case "confirmation":
            return ConfirmationMessage(payload["email"], payload["template"], payload["redirect_url"])
        case "erasure":
            return ErasureMessage(payload["email"])
    raise ValueError(f"no such kind of message: {kind}")
