"""Who may be written to about a cart or a browser, and on what basis, inside one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time

from collector.domain.consent import BY_MAIL, KEEP_A_RECORD, allowed_basis, basis_of
from collector.domain.events import Strength
from collector.domain.identity import Link, Node
from collector.domain.quiet import zone_of
from collector.domain.reasons import Reason
from collector.domain.recipients import recipients
from collector.domain.shop import Policy, Shop
from collector.domain.state_ports import StateTransaction
from collector.domain.telling import Browser, PersonDetails
from collector.domain.timestamps import EPOCH


@dataclass(frozen=True, slots=True)
class Known:
    """An address of somebody. `basis` is a basis, or the Reason there is none."""

    email: str
    strength: Strength
    basis: str | Reason
    details: PersonDetails
    is_excluded: bool
    person_emails: frozenset[str]
    page_locale: str = ""  # of the page last looked at

    @property
    def may_market(self) -> bool:
        return not isinstance(self.basis, Reason) and not self.is_excluded

    @property
    def locale(self) -> str:
        return self.details.locale or self.page_locale


class Addressing:
    """Answers are remembered for as long as this object lives: one batch, one decision."""

    def __init__(self, tx: StateTransaction, shop: Shop) -> None:
        self._tx = tx
        self._shop = shop
        self._of_node: dict[Node, Known | None] = {}
        self._of_email: dict[tuple[str, Strength, bool], Known] = {}

    def of(self, node: Node) -> Known | None:
        """The newest address of whoever has this cart or browser; None while nobody is known."""
        if node not in self._of_node:
            self._of_node[node] = self._find(node)
        return self._of_node[node]

    def browsers(self, node: Node) -> list[Browser]:
        """The browsers of whoever has this cart or browser."""
        person = self._tx.people.person_of(self._shop.id, node)
        nodes = self._tx.people.nodes_of(person) if person is not None else frozenset({node})
        found = (self._tx.telling.browser(self._shop.id, one.value) for one in sorted(nodes) if one.kind == "visitor")
        return [browser for browser in found if browser is not None]

    def by_email(
        self, email: str, strength: Strength, person_emails: Iterable[str] = (), *, is_recorded_only: bool = False
    ) -> Known:
        """An address by itself, e.g. of an order. `is_recorded_only`: about a cart that only the platform told of."""
        key = (email, strength, is_recorded_only)
        emails = frozenset(person_emails) | {email}
        if key not in self._of_email:
            telling, policy = self._tx.telling, self._shop.policy
            proofs = telling.proofs(self._shop.id, email, notice_since(self._shop))
            in_force = allowed_basis(policy.mail_basis, policy.mail_regions, proofs.country)
            acts = telling.acts(self._shop.id, email)
            details = telling.details(self._shop.id, email)
            self._of_email[key] = Known(
                email=email,
                strength=strength,
                basis=basis_of(
                    acts,
                    proofs,
                    in_force,
                    proof_asked(policy),
                    is_recorded_only=is_recorded_only,
                    keeps_a_record=self._shop.platform in KEEP_A_RECORD,
                ),
                details=details,
                is_excluded=self._is_excluded(email, details, proofs.country),
                person_emails=emails,
            )
        return replace(self._of_email[key], person_emails=emails)

    def _find(self, node: Node) -> Known | None:
        person = self._tx.people.person_of(self._shop.id, node)
        if person is None:
            return None
        nodes = self._tx.people.nodes_of(person)
        emails = [one for one in nodes if one.kind == "email"]
        if not emails:
            return None
        links: list[Link] = [link for email in emails for link in self._tx.people.links_of(self._shop.id, email)]
        found = recipients(links, {node} | self._browsers_of_cart(node))
        if not found:
            return None
        others = (email.value for email in emails)
        is_recorded_only = self._is_the_platforms_alone(node)
        known = self.by_email(found[0].email, found[0].strength, others, is_recorded_only=is_recorded_only)
        return known if known.details.locale else replace(known, page_locale=self._page_locale(node))

    def _is_the_platforms_alone(self, node: Node) -> bool:
        """Whether it is a cart that no browser, and no server in its place, ever told of: nobody agreed to that."""
        cart = self._tx.carts.find(self._shop.id, node.value) if node.kind == "cart" else None
        return cart is not None and not self._tx.telling.was_observed(cart.id)

    def _browsers_of_cart(self, node: Node) -> set[Node]:
        """The browsers a cart was filled in, and its other names: what was typed there is said of the cart."""
        if node.kind != "cart":
            return set()
        links = self._tx.people.links_of(self._shop.id, node)
        near = {end for link in links if link.joins for end in (link.a, link.b)}
        return {one for one in near if one.kind in ("visitor", "cart")}

    def _page_locale(self, node: Node) -> str:
        browsers = [browser for browser in self.browsers(node) if browser.last_seen_at is not None]
        for browser in sorted(browsers, key=lambda one: (one.last_seen_at or EPOCH, one.id), reverse=True):
            for look in self._tx.telling.newest_views(browser.id, EPOCH, 1):
                return str(look.detail.get("page", {}).get("locale", ""))
        return ""

    def is_doubtful(self, node: Node) -> bool:
        """Whether nobody can say whose this is, or a browser of theirs may be a robot: doubt holds."""
        person = self._tx.people.person_of(self._shop.id, node)
        if person is not None and self._tx.telling.conflict_of(person):
            return True
        return any(browser.suspicion for browser in self.browsers(node))

    def _is_excluded(self, email: str, details: PersonDetails, country: str) -> bool:
        policy = self._shop.policy
        return (
            email in policy.excluded_addresses
            or email.rpartition("@")[2] in policy.excluded_domains
            or details.is_staff
            or details.role in policy.excluded_roles
            or bool(details.tags & policy.excluded_tags)
            or country in policy.excluded_countries
        )


def proof_asked(policy: Policy) -> str:
    """How a tick becomes a yes in this shop: where a mail asks for a confirmation, only by that."""
    return BY_MAIL if policy.double_opt_in_template else policy.mail_proof


def notice_since(shop: Shop) -> datetime | None:
    """The beginning of that day in the shop's own zone."""
    day = shop.policy.mail_notice_since
    return datetime.combine(day, time.min, zone_of(shop.zone)) if day else None
