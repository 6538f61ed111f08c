"""Cases for the rules: everything a decision about a cart or a visit needs, read inside one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from collector.domain.abandonment import Addressee, Standing, Visit, can_still_come
from collector.domain.carts import Generation, Stage
from collector.domain.identity import Node
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction
from collector.domain.telling import DueCart, DueVisit, OpenCart, StoredEvent
from collector.pipeline.addressing import Addressing, Known


@dataclass(frozen=True, slots=True)
class Case:
    """Whom it would go to and what stands for or against it."""

    known: Known | None
    standing: Standing
    person: int | None
    customer_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CartCase:
    cart: int
    key: str
    generation: Generation
    case: Case
    step: int
    last_activity_at: datetime | None
    is_outranked: bool


@dataclass(frozen=True, slots=True)
class VisitCase:
    due: DueVisit
    visit: Visit
    case: Case
    products: tuple[StoredEvent, ...]


class Cases:
    def __init__(self, tx: StateTransaction, shop: Shop, now: datetime, *, can_ask_shop: bool) -> None:
        self._tx = tx
        self._shop = shop
        self._now = now
        self._has_feed = can_ask_shop or tx.telling.has_order_feed(shop.id)
        self._addressing = Addressing(tx, shop)

    def cart(self, due: DueCart) -> CartCase | None:
        """None: the generation is no longer there."""
        generation = next((one for one in self._tx.carts.generations(due.cart) if one.number == due.generation), None)
        if generation is None:
            return None
        node = Node("cart", due.key)
        case = self._case(node)
        browsers = self._addressing.browsers(node)
        newest = (self._tx.telling.newest_views(one.id, generation.changed_at, 1) for one in browsers)
        looks = [look.occurred_at for views in newest for look in views]
        others = self._open_carts(case.person)
        own = (generation.stage.rank, generation.changed_at, due.cart)
        return CartCase(
            cart=due.cart,
            key=due.key,
            generation=generation,
            case=case,
            step=self._tx.telling.steps_taken(self._shop.id, due.cart, due.generation, generation.changed_at),
            last_activity_at=max(looks, default=None),
            is_outranked=any((Stage(one.stage).rank, one.changed_at, one.cart) > own for one in others),
        )

    def visit(self, due: DueVisit) -> VisitCase:
        node = Node("visitor", due.visitor_id)
        case = self._case(node)
        carts = self._open_carts(case.person)
        looks = self._tx.telling.newest_views(due.visitor, due.started_at, 200)
        return VisitCase(
            due=due,
            visit=Visit(
                last_event_at=due.last_event_at,
                product_views=due.product_views,
                has_open_cart=bool(carts),
                ordered_at=self._tx.telling.newest_order_of(case.person) if case.person is not None else None,
                is_newest=due.is_newest,
            ),
            case=case,
            products=tuple(look for look in looks if look.detail.get("product")),
        )

    def _open_carts(self, person: int | None) -> list[OpenCart]:
        """Those of the person that a reminder may still come for."""
        carts = self._tx.telling.open_carts_of(person) if person is not None else []
        policy = self._shop.policy
        return [one for one in carts if can_still_come(Stage(one.stage), one.changed_at, self._now, policy)]

    def _case(self, node: Node) -> Case:
        known = self._addressing.of(node)
        person = self._tx.people.person_of(self._shop.id, node)
        nodes = self._tx.people.nodes_of(person) if person is not None else frozenset[Node]()
        browsers = self._addressing.browsers(node)
        addressee = None
        if known is not None:
            since = self._now - self._shop.policy.cap_per
            recent = self._tx.telling.reminders_since(self._shop.id, known.person_emails, since)
            addressee = Addressee(known.email, known.basis, recent, known.is_excluded)
        standing = Standing(
            addressee=addressee,
            is_denied=any(browser.consent == "denied" for browser in browsers),
            conflict=self._tx.telling.conflict_of(person) if person is not None else "",
            suspicion=next((browser.suspicion for browser in browsers if browser.suspicion), ""),
            has_order_feed=self._has_feed,
            activated_at=self._shop.activated_at,
            zone=self._shop.zone,
        )
        customers = tuple(sorted(one.value for one in nodes if one.kind == "customer"))
        return Case(known, standing, person, customers)
