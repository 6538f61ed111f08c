"""What a batch made known is told: looks, carts, customers. Only of live shops, and to known people.

Looks and carts need a basis; without one nothing about the person leaves, and everything stays here for the day
there is one. Then (on identification, on an opt-in) the current session is told with its original times.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from collector.domain.carts import CartState, Generation, Stage
from collector.domain.events import EventType, Strength
from collector.domain.identity import Node
from collector.domain.product_records import Records, ids_in, look_as_recorded
from collector.domain.reasons import Reason
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction
from collector.domain.telling import StoredEvent
from collector.domain.timestamps import to_text
from collector.pipeline.addressing import Addressing, Known
from collector.pipeline.own_records import records_of, records_of_looks
from collector.pipeline.posting import Posting, event_key, is_telling, ordering_of
from collector.pipeline.properties import LOCALE, Display, cart_properties, product_properties, safe_url

# Of somebody just known, at most this much of the current session is told.
NEWEST_VIEWS = 20
LONGEST_AGO = timedelta(hours=24)
# A look is old news after this, a cart's state after that.
VIEW_LASTS = timedelta(hours=12)
CART_LASTS = timedelta(hours=24)

LOOKS = (
    EventType.PAGE_VIEWED,
    EventType.PRODUCT_VIEWED,
    EventType.COLLECTION_VIEWED,
    EventType.SEARCH_SUBMITTED,
)


class Announcing:
    """One batch's news of looks, carts and customers."""

    def __init__(self, tx: StateTransaction, shop: Shop, now: datetime, display: Display) -> None:
        self._tx = tx
        self._shop = shop
        self._now = now
        self._display = display
        self._addressing = Addressing(tx, shop)
        self._posting = Posting(tx, shop, now, display)
        self._tells = is_telling(shop)

    def browser(self, visitor_id: str, looks: list[StoredEvent], is_newly_known: bool) -> None:
        """New looks of a browser; all of its current session when it just got to be known."""
        known = self._addressing.of(Node("visitor", visitor_id))
        browser = self._tx.telling.browser(self._shop.id, visitor_id) if known else None
        if known is None or browser is None or browser.consent == "denied":
            return
        self._tx.telling.set_visit_deadline(browser.id, self._shop.policy.browse_after.total_seconds())
        if not self._tells or not self._shop.policy.forward_views or not known.may_market:
            return
        if self._addressing.is_doubtful(Node("visitor", visitor_id)):
            return
        since = self._session_start(browser.session_started_at)
        if is_newly_known:
            newest = self._tx.telling.newest_views(browser.id, since, NEWEST_VIEWS)
            looks = [look for look in newest if not self._is_told(look.event_id, known.email)]
        fresh = [look for look in looks if look.occurred_at >= max(since, self._watermark())]
        if not fresh:
            return
        contact = self._posting.contact(known)
        records = records_of_looks(self._tx, self._shop, (look.detail.get("product", {}) for look in fresh))
        for look in fresh:
            shown = self._look(look, known, records)
            self._posting.event(
                known, look.type, look.event_id, look.occurred_at, shown, needs=contact, lasts=VIEW_LASTS
            )

    def cart(self, key: str, cart: int, generation: Generation) -> None:
        """The state of a cart's newest generation, to whoever it belongs to."""
        if not self._tells or not self._shop.policy.forward_carts:
            return
        known = self._addressing.of(Node("cart", key))
        if known is None or not known.may_market:
            return
        if generation.changed_at < max(self._now - LONGEST_AGO, self._watermark()) or self._is_denied(key):
            return
        if generation.state is CartState.EMPTIED:
            self._emptied(known, cart, generation)
        elif generation.state is CartState.OPEN and not self._addressing.is_doubtful(Node("cart", key)):
            self._open_cart(known, cart, generation)

    def customer(self, email: str, customer_id: str, event: str, at: datetime, extra: dict[str, Any]) -> None:
        """A customer record appeared, changed or got tags. `event` "": only the contact is told, if it differs."""
        if not self._tells or not self._shop.policy.forward_customers or at < self._watermark():
            return
        known = self._addressing.by_email(email, Strength.SIGNED)
        if known.is_excluded:
            return
        contact = self._posting.contact(known, lists_add=("all_customers",))
        if not event:
            return
        event_id = f"{event}:{customer_id}:{to_text(at)}"
        shown = {"customer_id": customer_id, "shop": self._shop.address, "event_id": event_id} | extra
        self._posting.event(known, event, event_id, at, shown, needs=contact)

    def refusal(self, email: str) -> None:
        """Somebody opted out at the shop: the contact is blocked, too. One never told of is not made for it."""
        shops = {told.shop_id for told in self._tx.contacts.of(self._shop.policy.account, email)}
        if not self._tells or not any(self._tx.telling.contact_left(shop_id, email) for shop_id in shops):
            return
        known = self._addressing.by_email(email, Strength.SIGNED)
        if known.basis is Reason.OPTED_OUT:
            self._posting.contact(known)

    def _emptied(self, known: Known, cart: int, generation: Generation) -> None:
        """Everybody who heard of the cart hears that it is gone; what waits about it is skipped when claimed."""
        event_id = f"cart_deleted:{cart}:{generation.number}"
        shown = {"items": [], "event_id": event_id, "id": f"cart:{cart}", "shop": self._shop.address}
        for email in self._tx.telling.told(cart, generation.number):
            one = known if email == known.email else self._addressing.by_email(email, Strength.TYPED)
            if not self._posting.may_tell_the_end(one, cart, generation.number):
                continue
            contact = self._posting.contact(one)
            self._posting.event(one, "cart_deleted", event_id, generation.changed_at, shown, needs=contact)

    def _open_cart(self, known: Known, cart: int, generation: Generation) -> None:
        self._tx.telling.add_told(self._shop.id, cart, generation.number, known.email, self._now)
        contact = self._posting.contact(known)
        name = f"{cart}:{generation.number}"
        records = records_of(self._tx, self._shop, ids_in(generation.items))
        content = cart_properties(generation, records, known.locale or LOCALE, self._shop, self._display)
        content |= {
            "id": f"cart:{cart}",
            "cart_id": f"{cart}:{generation.number}",
            "url": cart_page(self._shop),
            # The platform's own link; what a browser calls the checkout must lead into the shop.
            "checkouturl": generation.recovery_url
            or safe_url(generation.checkout_url, self._shop)
            or cart_page(self._shop),
            "shop": self._shop.address,
        }

        def tell(event: str, event_id: str, at: datetime) -> None:
            shown = content | {"event_id": event_id}
            self._posting.event(known, event, event_id, at, shown, needs=contact, lasts=CART_LASTS)

        tell("cart_created", f"cart_created:{name}", generation.opened_at)
        content_id = f"cart_updated:{name}:{generation.items_hash[:8]}"
        change_id = f"{content_id}:{to_text(generation.changed_at)}"
        if not self._is_same_change(known.email, cart, generation, content_id, change_id):
            tell("cart_updated", change_id, generation.changed_at)
        if generation.stage is not Stage.CART:
            tell("checkout_started", f"checkout_started:{name}", generation.stepped_at)

    def _is_same_change(self, email: str, cart: int, generation: Generation, content_id: str, change_id: str) -> bool:
        """Whether this very change was told last, only with a later time: the shop's clock says when it was made, a
        browser when it saw it, and their reports come in any order."""
        told = self._tx.telling.newest_of_cart(
            self._shop.id, ordering_of(email), "cart_updated", cart, generation.number
        )
        return told.startswith(event_key(content_id, "")) and told >= event_key(change_id, email)

    def _look(self, look: StoredEvent, known: Known, records: Records) -> dict[str, Any]:
        page = look.detail.get("page", {})
        shown: dict[str, Any] = {"event_id": look.event_id, "shop": self._shop.address}
        named = {"title": page.get("title", "")}
        named |= {name: safe_url(page.get(name, ""), self._shop) for name in ("url", "referrer")}
        shown |= {name: value for name, value in named.items() if value}
        if look.detail.get("query"):
            shown["query"] = look.detail["query"]
        if product := look.detail.get("product"):
            product = look_as_recorded(product, records)
            item = product_properties(product, known.locale or LOCALE, self._shop, self._display)
            shown |= item | {"items": [item], "currency": product.get("currency", "")}
        return shown

    def _is_told(self, event_id: str, email: str) -> bool:
        return self._tx.telling.message_state(self._shop.id, event_key(event_id, email)) is not None

    def _is_denied(self, key: str) -> bool:
        return any(browser.consent == "denied" for browser in self._addressing.browsers(Node("cart", key)))

    def _session_start(self, started_at: datetime | None) -> datetime:
        return max(self._now - LONGEST_AGO, started_at or self._now)

    def _watermark(self) -> datetime:
        return self._shop.activated_at or datetime.min.replace(tzinfo=self._now.tzinfo)


def cart_page(shop: Shop) -> str:
    """The shop's own cart page."""
    return f"{shop.home}/cart/" if shop.platform == "woocommerce" else f"{shop.home}/cart"
