"""The merchant's automations, simulated: which event sends which mail, and what its template makes of the properties.

A workflow at Brevo starts on an event and does not ask whether the contact is blocklisted; so neither does this one:
such a mail is shown, and marked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from collector.sandbox.brevo.answers import Json
from collector.sandbox.brevo.dates import written
from collector.sandbox.brevo.state import Account, Event


@dataclass(frozen=True, slots=True)
class Line:
    """An item of a mail. Texts are as received: escape them."""

    name: str
    variant: str
    quantity: str
    price: str
    image: str
    url: str


@dataclass(frozen=True, slots=True)
class Mail:
    event_number: int
    event_name: str
    to: str
    subject: str
    lead: str
    lines: tuple[Line, ...]
    total: str
    button: str
    url: str
    sent_at: datetime
    is_to_blocklisted: bool

    def described(self) -> Json:
        return asdict(self) | {"sent_at": written(self.sent_at)}


@dataclass(frozen=True, slots=True)
class _Template:
    subject: str
    lead: str
    button: str


# In a subject or a lead, {x} is a property of the event, as {{ params.x }} is in a template at Brevo.
_TEMPLATES = {
    "cart_abandoned": _Template("You left something in your cart", "We kept it for you.", "Back to my cart"),
    "browse_abandoned": _Template("Still interested?", "Here is what you looked at.", "Have another look"),
    "order_completed": _Template("Thank you for your order {id}", "We are packing it already.", "See my order"),
    "product_back_in_stock": _Template("It is back", "What you were waiting for is in stock again.", "Get it"),
    "replenishment_due": _Template("Running low?", "It may be time for the next one.", "Order again"),
    "customer_lapsed": _Template("We miss you", "It has been a while. Have a look at what is new.", "To the shop"),
}
# Events on which a workflow at Brevo lets go of a contact.
STOPPING = ("order_completed", "cart_recovered", "cart_deleted")


def mail_for(account: Account, event: Event) -> Mail | None:
    """What this event sends, or None: no automation for it, or a contact who is gone, has no e-mail, or stands in
    the transactional platform's list."""
    template = _TEMPLATES.get(event.name)
    contact = account.people.get(event.contact_id)
    if template is None or contact is None or contact.email is None or event.was_blocked:
        return None
    params = event.properties
    first_name = contact.attributes.get("FIRSTNAME")
    lead = _filled(template.lead, params)
    return Mail(
        event.number,
        event.name,
        contact.email,
        _filled(template.subject, params),
        f"Hello {first_name}! {lead}" if first_name else lead,
        tuple(_line(item, params) for item in _items(params)),
        amount(params, "total", params),
        template.button,
        next((url for key in ("recovery_url", "checkouturl", "url") if (url := web_address(params.get(key)))), ""),
        event.received_at,
        contact.email_blacklisted,
    )


def web_address(value: Any) -> str:
    """An http(s) address, or nothing: no `javascript:` gets into a link or an image."""
    return value if isinstance(value, str) and re.match(r"https?://", value, re.IGNORECASE) else ""


def _items(params: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    items = params.get("items")
    if isinstance(items, list):
        return [item for item in items if isinstance(item, dict)]
    # An event about one product has its fields at the top.
    return [params] if isinstance(params.get("name"), str) else []


def _line(item: Mapping[str, Any], params: Mapping[str, Any]) -> Line:
    return Line(
        name=_text(item.get("name")),
        variant=_text(item.get("variant_name")),
        quantity=_text(item.get("quantity")),
        price=amount(item, "price", params),
        image=web_address(item.get("image")),
        url=web_address(item.get("url")),
    )


def amount(of: Mapping[str, Any], name: str, params: Mapping[str, Any]) -> str:
    """The formatted text when there is one, else the number with the event's currency."""
    formatted = of.get(f"{name}_formatted")
    if isinstance(formatted, str) and formatted:
        return formatted
    value = of.get(name)
    if type(value) not in (int, float):
        return _text(value)
    return f"{value:,.2f} {_text(params.get('currency'))}".rstrip()


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, (dict, list)) else str(value)


def _filled(text: str, params: Mapping[str, Any]) -> str:
    """`{name}` replaced; missing ones are empty, as in a template at Brevo."""
    return re.sub(r"\{(\w+)\}", lambda found: _text(params.get(found.group(1))), text).strip()
