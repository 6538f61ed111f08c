"""One batch of facts applied to the state of one shop, in any order, any number of times.

Facts are written as they come; whatever is derived (sessions, people, carts) is brought up to date once, at the
end of the batch, for everything the batch touched. New facts that continue a session or cart are added
to it; a fact from before, or a change of who belongs to whom, replays it from what is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from collector.domain.catalogue import CategorySeen, LevelSeen, ProductSeen
from collector.domain.coupons import CouponSeen
from collector.domain.events import (
    BrowserNoted,
    CartSeen,
    CheckoutSeen,
    ContactGiven,
    CustomerCounted,
    CustomerSeen,
    CustomersMerged,
    EventType,
    Fact,
    Gone,
    IdentityStated,
    ListJoined,
    MessageConsent,
    ObservingConsent,
    OrderSeen,
    Page,
    RefundSeen,
    Seen,
    TagsChanged,
)
from collector.domain.items import items_to_json, page_to_json, product_to_json
from collector.domain.shop import Shop
from collector.domain.shop_facts import ErrorSent, ReadAgain, ShopDescribed, ShopNoticed, ShopUninstalled
from collector.domain.state_ports import StateTransaction
from collector.domain.telling import StoredEvent
from collector.pipeline.calling_jobs import CallingJobs
from collector.pipeline.double_opt_in import confirmation
from collector.pipeline.erased_facts import ErasedFacts
from collector.pipeline.folding_carts import CartsInHand
from collector.pipeline.folding_people import PeopleInHand
from collector.pipeline.folding_products import KINDS, ProductsInHand
from collector.pipeline.folding_records import RecordsInHand
from collector.pipeline.folding_visits import VisitsInHand
from collector.pipeline.news import Changed, News


class Folding:
    """A batch in hand: apply facts, then `finish` exactly once, inside the same transaction."""

    def __init__(self, tx: StateTransaction, shop: Shop, device_class: Callable[[str], str]) -> None:
        self.news = News()
        self._device_class = device_class
        self._people = PeopleInHand(tx, shop)
        self._visits = VisitsInHand(tx, shop)
        self._carts = CartsInHand(tx, shop, self._people)
        self._records = RecordsInHand(tx, shop, self._people, self._carts)
        self._products = ProductsInHand(tx, shop)
        self._calls = CallingJobs(tx, shop)
        self._erased = ErasedFacts(tx, shop)
        self._tx = tx
        self._shop = shop

    def apply(self, fact: Fact, received_at: datetime) -> None:
        kept = self._erased.left_of(fact)
        if kept is not None:
            self._take(kept, received_at)

    def _take(self, fact: Fact, received_at: datetime) -> None:
        match fact:
            case Seen():
                self._look(fact, received_at)
            case CartSeen():
                self._cart(fact, received_at)
            case CheckoutSeen():
                self._checkout(fact, received_at)
            case ContactGiven():
                self._contact(fact, received_at)
            case IdentityStated():
                self._people.stated(fact)
            case ObservingConsent():
                if self._visits.consent(fact) and fact.state == "denied":
                    self.news.refused.add(fact.visitor_id)
            case BrowserNoted():
                self._visits.suspect(fact)
            case MessageConsent():
                self._tx.customers.record_consent(self._shop.id, fact, received_at)
                self.news.consent(fact)
            case ListJoined():
                if (confirmed := confirmation(self._tx, self._shop, fact)) is not None:
                    self.apply(confirmed, received_at)
            case CustomerSeen():
                self.news.customer(fact, self._records.customer(fact, received_at))
            case CustomerCounted():
                self._records.counted(fact)
                self.news.counted(fact)
            case CustomersMerged():
                self._records.merged(fact, received_at)
            case TagsChanged():
                self.news.tags(fact, self._records.tags(fact, received_at))
            case OrderSeen():
                self._records.order(fact, received_at)
                self.news.orders.add(fact.order_id)
            case RefundSeen():
                self._records.refund(fact, received_at)
                self.news.orders.add(fact.order_id)
            case ProductSeen():
                self._products.product(fact, received_at)
            case LevelSeen():
                self._products.level(fact, received_at)
            case CategorySeen():
                self._products.category(fact, received_at)
            case CouponSeen():
                self._products.coupon(fact, received_at)
            case Gone() if fact.kind in KINDS:
                self._products.gone(fact, received_at)
            case Gone():
                self._records.gone(fact, received_at)
                if fact.kind == "order":
                    self.news.orders.add(fact.id)
            case ShopUninstalled():
                self._tx.customers.uninstall(self._shop.id, fact.occurred_at)
            case ShopDescribed():
                self._tx.customers.describe(self._shop.id, fact)
            case ReadAgain():
                self._calls.read_again(fact, received_at)
            case ShopNoticed():
                self._calls.noticed(fact, received_at)
            case ErrorSent():
                self._calls.error_sent(fact, received_at)

    def finish(self) -> Changed:
        """Bring sessions, people and carts up to date, in this order: each needs the one before."""
        self._visits.finish()
        people = self._people.finish()
        self._carts.touch_nodes(people)
        self._records.finish()
        self._carts.finish()
        return Changed(self._visits.touched, frozenset(people), self._carts.finished)

    def _look(self, fact: Seen, received_at: datetime) -> None:
        detail = self._from_browser(fact.page, fact.user_agent)
        if fact.product is not None:
            detail["product"] = product_to_json(fact.product)
        if fact.query:
            detail["query"] = fact.query
        if fact.order_id:
            detail["order_id"] = fact.order_id
        how = self._visits.event(fact.type, fact.event_id, fact.occurred_at, received_at, fact.visitor_id, detail)
        if how == "new":
            self.news.look(fact.visitor_id, StoredEvent(fact.type, fact.event_id, fact.occurred_at, detail))

    def _cart(self, fact: CartSeen, received_at: datetime) -> None:
        detail = self._from_browser(fact.page, fact.user_agent) | {
            "items": items_to_json(fact.items),
            "currency": fact.currency,
            "total_minor": fact.total_minor,
            "source": fact.source,
        }
        if fact.checkout_url:
            detail["checkout_url"] = fact.checkout_url
        cart = self._carts.seen(fact)
        how = self._visits.event(
            EventType.CART_UPDATED,
            fact.event_id,
            fact.occurred_at,
            received_at,
            fact.visitor_id,
            detail,
            cart.id,
        )
        self._carts.note(cart, EventType.CART_UPDATED, fact.event_id, fact.occurred_at, detail, how)

    def _checkout(self, fact: CheckoutSeen, received_at: datetime) -> None:
        detail = self._from_browser(fact.page, fact.user_agent) | {"source": fact.source}
        for name in ("checkout_token", "recovery_url", "currency"):
            if value := getattr(fact, name):
                detail[name] = value
        if fact.items is not None:
            detail |= {"items": items_to_json(fact.items), "total_minor": fact.total_minor}
        if fact.payment_running:
            detail["payment_running"] = True
            kind, _, number = fact.checkout_token.partition(":")
            if kind == "order":  # WooCommerce: the checkout is the order to be paid
                detail["order_id"] = number
        cart = self._carts.checkout(fact)
        if cart is None:  # neither cart, browser nor checkout named: nothing it could belong to
            return
        how = self._visits.event(
            EventType.CHECKOUT_STARTED,
            fact.event_id,
            fact.occurred_at,
            received_at,
            fact.visitor_id,
            detail,
            cart.id,
        )
        self._carts.note(cart, EventType.CHECKOUT_STARTED, fact.event_id, fact.occurred_at, detail, how)

    def _contact(self, fact: ContactGiven, received_at: datetime) -> None:
        detail = self._from_browser(fact.page, fact.user_agent)
        detail |= {"email": fact.email} if fact.email else {"phone": fact.phone}
        if fact.marketing_opt_in:
            detail["marketing_opt_in"] = True
        self._visits.event(
            EventType.CONTACT_SUBMITTED, fact.event_id, fact.occurred_at, received_at, fact.visitor_id, detail
        )
        self._people.contact(fact)

    def _from_browser(self, page: Page, user_agent: str) -> dict[str, Any]:
        detail: dict[str, Any] = {}
        if kept := page_to_json(page):
            detail["page"] = kept
        if user_agent:
            detail["device"] = self._device_class(user_agent)
        return detail
