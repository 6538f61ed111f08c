"""A decided reminder becomes messages: the contact, the event that starts the mail, the list, in this order."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from collector.domain.carts import Stage
from collector.domain.product_records import ids_in, look_as_recorded
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction
from collector.domain.telling import Reminder
from collector.domain.timestamps import to_text
from collector.pipeline.addressing import Known
from collector.pipeline.announcing import cart_page
from collector.pipeline.cases import CartCase, VisitCase
from collector.pipeline.own_records import records_of, records_of_looks
from collector.pipeline.posting import Posting
from collector.pipeline.properties import LOCALE, Display, cart_properties, product_properties


def remind_of_cart(
    tx: StateTransaction,
    shop: Shop,
    now: datetime,
    case: CartCase,
    display: Display,
    recovery_token: Callable[[Shop, str], str],
) -> None:
    """`cart_abandoned` of this step, once, and the list `abandoned_cart` after it."""
    known, cart = case.case.known, case.generation
    assert known is not None, "nobody is reminded without an address"
    effect = f"cart:{case.cart}:{cart.number}:{to_text(cart.changed_at)}:{case.step + 1}"
    abandonment_id = _id(shop, effect)
    reminder = Reminder(
        effect=effect,
        abandonment_id=abandonment_id,
        kind="cart",
        stage=cart.stage.value,
        step=case.step + 1,
        email=known.email,
        decided_at=now,
        cart=case.cart,
        generation=cart.number,
    )
    if not tx.telling.add_reminder(shop.id, reminder):
        return
    steps = 1 + len(shop.policy.cart_later if cart.stage is Stage.CART else shop.policy.checkout_later)
    expire = shop.policy.cart_expire if cart.stage is Stage.CART else shop.policy.checkout_expire
    back = f"{cart_page(shop)}?tajo_r={recovery_token(shop, case.key)}"
    records = records_of(tx, shop, ids_in(cart.items))
    shown = cart_properties(cart, records, known.locale or LOCALE, shop, display)
    shown |= _common(shop, known, abandonment_id, now + expire) | {
        "stage": cart.stage.value,
        "step": case.step + 1,
        "steps": steps,
        "id": f"cart:{case.cart}",
        "cart_id": f"{case.cart}:{cart.number}",
        "url": cart_page(shop),
        "recovery_url": back,
        "checkouturl": back,
    }
    posting = Posting(tx, shop, now, display)
    tx.telling.add_told(shop.id, case.cart, cart.number, known.email, now)
    contact = posting.contact(known)
    event = posting.event(known, "cart_abandoned", abandonment_id, now, shown, needs=contact, lasts=expire)
    posting.contact(known, lists_add=("abandoned_cart",), effect=f"abandoned:{abandonment_id}", needs=event)


def remind_of_visit(tx: StateTransaction, shop: Shop, now: datetime, case: VisitCase, display: Display) -> None:
    """`browse_abandoned` once for this session: the products seen, the most looked at first."""
    known = case.case.known
    assert known is not None, "nobody is reminded without an address"
    effect = f"browse:{case.due.visitor}:{to_text(case.due.started_at)}"
    abandonment_id = _id(shop, effect)
    reminder = Reminder(effect, abandonment_id, "browse", "browse", 1, known.email, now)
    if not tx.telling.add_reminder(shop.id, reminder):
        return
    views = Counter(str(look.detail["product"]["id"]) for look in case.products)
    newest: dict[str, dict[str, Any]] = {}
    order: dict[str, datetime] = {}
    for look in case.products:
        number = str(look.detail["product"]["id"])
        newest[number], order[number] = look.detail["product"], look.occurred_at
    best = sorted(newest, key=lambda number: (views[number], order[number]), reverse=True)
    looks = [newest[number] for number in best[:20]]
    records = records_of_looks(tx, shop, looks)
    seen = [look_as_recorded(look, records) for look in looks]
    items = [product_properties(product, known.locale or LOCALE, shop, display) for product in seen]
    expire = shop.policy.browse_expire
    shown = _common(shop, known, abandonment_id, now + expire) | {"stage": "browse", "items": items}
    posting = Posting(tx, shop, now, display)
    contact = posting.contact(known)
    posting.event(known, "browse_abandoned", abandonment_id, now, shown, needs=contact, lasts=expire)


def _common(shop: Shop, known: Known, abandonment_id: str, expires_at: datetime) -> dict[str, Any]:
    return {
        "abandonment_id": abandonment_id,
        "event_id": abandonment_id,
        "consent_basis": str(known.basis),
        "shop": shop.address,
        "locale": known.locale or LOCALE,
        "expires_at": to_text(expires_at),
    }


def _id(shop: Shop, effect: str) -> str:
    """The same reminder has the same id on every machine and after every crash."""
    return hashlib.sha256(f"{shop.platform}:{shop.address}:{effect}".encode()).hexdigest()[:32]
