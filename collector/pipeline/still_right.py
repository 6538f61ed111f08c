"""Is a message still right at the moment it is claimed? Consent, the cart and the shop are read last.

Between the decision and the claim minutes or, in an outage, hours may pass: an order, an opt-out, a change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from collector.domain.carts import CartState
from collector.domain.events import Strength
from collector.domain.identity import Node
from collector.domain.messages import (
    ERASURE,
    MAY_START_MAIL,
    ConfirmationMessage,
    ContactMessage,
    EventMessage,
    Message,
    from_json,
)
from collector.domain.outbox import OutboxRow
from collector.domain.reasons import Reason
from collector.domain.shop import Sending, Shop
from collector.domain.state_ports import StateStore, StateTransaction
from collector.pipeline.addressing import Addressing
from collector.pipeline.contact_attributes import WRITES
from collector.pipeline.double_opt_in import why_not_asked
from collector.pipeline.posting import event_key

Refresh = Callable[[StateTransaction, Shop, ContactMessage], ContactMessage]

REMINDERS = ("cart_abandoned", "browse_abandoned")


def still_right(state: StateStore, shop: Shop, row: OutboxRow, now: datetime) -> str | None:
    """None, or the reason to skip the message.

    Orders and customers always stay right. So does a contact, unless it is there for a message alone: then nothing
    about an address without a basis leaves.
    """
    if row.message.kind == ERASURE:  # a pause is no reason to keep somebody
        return None
    if shop.uninstalled_at is not None:
        return Reason.UNINSTALLED.value
    if shop.sending is Sending.OFF:
        return Reason.PAUSED.value
    if shop.sending is Sending.OBSERVE:
        return Reason.OBSERVE.value
    message = row.message
    content = from_json(message.kind, dict(message.payload))
    match content:
        case EventMessage() if content.event in MAY_START_MAIL:
            cart_id = str(content.properties.get("cart_id", ""))
        case EventMessage() if content.event == "cart_recovered":
            return _of_recovery(state, shop, content)
        case ContactMessage() if _is_for_mail(content):
            cart_id = ""
        case ConfirmationMessage():
            with state.read() as tx:
                return why_not_asked(tx, shop, content.email)
        case _:
            return None
    cart, _, generation = cart_id.partition(":")
    with state.read() as tx:
        is_recorded_only = bool(cart) and not tx.telling.was_observed(int(cart))
        reason = _of_address(tx, shop, content.email, is_recorded_only=is_recorded_only)
        if reason is None and cart:
            reason = _of_cart(tx, int(cart), int(generation))
        if reason is None and isinstance(content, EventMessage) and content.event in REMINDERS:
            reason = _of_cap(tx, shop, content.email, content.occurred_at)
        return reason


def as_it_stands(state: StateStore, shop: Shop, row: OutboxRow, refresh: Refresh | None = None) -> Message:
    """The message with what is read last put in anew: whether a contact may be written to, and by `refresh` its
    attributes. A yes that was recorded meanwhile counts for a contact that is not there yet: one that is made blocked
    stays so."""
    message = from_json(row.message.kind, dict(row.message.payload))
    if not isinstance(message, ContactMessage):
        return message
    with state.read() as tx:
        if refresh is not None:
            message = refresh(tx, shop, message)
        if message.may_market or (message.strength in WRITES and not message.is_opted_out):
            message = replace(message, may_market=_of_address(tx, shop, message.email) is None)
    return message


def _of_recovery(state: StateStore, shop: Shop, content: EventMessage) -> str | None:
    """The reminder stood before it in the same order, so by now it is known whether it ever left."""
    reminder = event_key(str(content.properties.get("abandonment_id", "")), content.email)
    with state.read() as tx:
        became = tx.telling.message_state(shop.id, reminder)
    return Reason.NEVER_LEFT.value if became in ("skipped", "dead") else None


def _is_for_mail(contact: ContactMessage) -> bool:
    """Whether it only prepares a message that needs a basis, or is the list that starts one."""
    if "abandoned_cart" in contact.lists_add:
        return True
    return contact.strength is Strength.TYPED and contact.may_market and not contact.lists_remove


def _of_address(tx: StateTransaction, shop: Shop, email: str, *, is_recorded_only: bool = False) -> str | None:
    addressing = Addressing(tx, shop)
    known = addressing.by_email(email, Strength.TYPED, is_recorded_only=is_recorded_only)
    if known.is_excluded:
        return Reason.EXCLUDED.value
    if isinstance(known.basis, Reason):
        return known.basis.value
    if any(browser.consent == "denied" for browser in addressing.browsers(Node("email", email))):
        return Reason.CONSENT_DENIED.value
    return None


def _of_cap(tx: StateTransaction, shop: Shop, email: str, decided_at: datetime) -> str | None:
    """People may have turned out to be one since it was decided: then only the first reminder goes out."""
    person = tx.people.person_of(shop.id, Node("email", email))
    nodes = tx.people.nodes_of(person) if person is not None else frozenset[Node]()
    emails = {node.value for node in nodes if node.kind == "email"} | {email}
    since = decided_at - shop.policy.cap_per
    before = [
        at
        for other in sorted(emails)
        for at in tx.telling.reminders_since(shop.id, [other], since)
        if (at, other) < (decided_at, email)  # decided in one go: the first by name
    ]
    return Reason.CAP.value if len(before) >= shop.policy.cap_messages else None


def _of_cart(tx: StateTransaction, cart: int, generation: int) -> str | None:
    """Only the newest generation, and only while it is open, is worth a word."""
    found = tx.carts.generations(cart)
    current = next((one for one in found if one.number == generation), None)
    if current is None or current is not found[-1]:
        return Reason.CHANGED.value
    if current.state is CartState.ORDERED:
        return Reason.ORDERED.value
    return None if current.state is CartState.OPEN else Reason.CLOSED.value
