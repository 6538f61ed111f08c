"""What platforms ask about personal data, done: handed over, erased, and written down what became of it.

The deadline is 30 days; a turn comes every minute, so it is done within the hour unless something stands in the way,
which the record then says. A request that fails stays open and holds up no other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collector.domain.erasing import ErasableInbox, Whom
from collector.domain.errors import SourceUnavailable, Stopping
from collector.domain.identity import Node
from collector.domain.jobs import Next
from collector.domain.privacy import EXPORT_KEPT, Asked, Filed, PrivacyBook, Subject
from collector.domain.shop import Shop
from collector.domain.state_ports import StateStore
from collector.domain.timestamps import to_text
from collector.pipeline.erasing import erase_whom

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
A_TURN = 25  # requests in one go
# The platform asks for a shop's data to be deleted so long after the app was removed.
AFTER_UNINSTALL = timedelta(hours=48)
# After its doors were closed nobody may be writing for a shop any more: memories of it are seconds old.
SETTLED = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class PrivacyServices:
    """`shops`: all, also removed ones, as they are now. `held`: everything about somebody, {} for nothing.
    `contacts_told`: by account. `close`: ends a shop's doors; `purge`: deletes it with all its rows.
    `still_opens`: whether the shop's platform still lets us in; None: nobody can tell. Raises SourceUnavailable."""

    book: PrivacyBook
    state: StateStore
    inbox: ErasableInbox
    shops: Callable[[], Sequence[Shop]]
    held: Callable[[Shop, Iterable[Node], Collection[str]], Mapping[str, Any]]
    contacts_told: Callable[[Shop], Mapping[str, int]]
    close: Callable[[Shop, datetime], None]
    purge: Callable[[Shop], None]
    still_opens: Callable[[Shop], bool | None]


class AnswerPrivacyRequests:
    """domain.jobs.Job."""

    name = "privacy_requests"

    def __init__(self, services: PrivacyServices) -> None:
        self._services = services

    def run(self, progress: Mapping[str, Any], now: datetime) -> Next:
        done = waiting = 0
        for filed in self._services.book.to_do(A_TURN):
            if self._answer(filed, now):
                done += 1
            else:
                waiting += 1
        self._services.book.forget_exports(now - EXPORT_KEPT)
        return Next(now + EVERY, said=f"{done} done, {waiting} waiting" if done or waiting else "nothing was asked")

    def _answer(self, filed: Filed, now: datetime) -> bool:
        try:
            why_not = self._try(filed, now)
        except SourceUnavailable as problem:
            why_not = str(problem)
        except Stopping:
            raise
        except Exception as fault:  # a fault of ours with one request: it stays open, and is seen when it is late
            log.exception("privacy request failed", extra={"request": filed.id})
            why_not = f"it failed: {type(fault).__name__}"
        if why_not:
            self._services.book.waits(filed.id, why_not)
        return not why_not

    def _try(self, filed: Filed, now: datetime) -> str:
        """Why it is not done yet; "": it is."""
        shop = next((one for one in self._services.shops() if _is(one, filed)), None)
        if shop is None:
            nobody = _mark(
                self._services.state, Whom(frozenset(_named(filed.subject)), frozenset(filed.subject.order_ids))
            )
            said = {"said": "nothing is held: the shop is not known here (any more)"}
            self._services.book.done(filed.id, nobody, now, said)
            return ""
        match filed.asked:
            case Asked.DATA:
                return self._hand_over(filed, shop, now)
            case Asked.CUSTOMER:
                return self._erase(filed, shop, now)
            case _:
                return self._purge(filed, shop, now)

    def _hand_over(self, filed: Filed, shop: Shop, now: datetime) -> str:
        whom = self._whom(filed.subject, shop)
        found = self._services.held(shop, whom.nodes, whom.orders)
        export = {"asked_at": to_text(filed.asked_at), "exported_at": to_text(now), "held": found}
        said = f"{'put together' if found else 'nothing is held'}; `tajo privacy requests show {filed.id}` prints it"
        outcome = {"said": said, "held": _counts(found)}
        self._services.book.done(filed.id, _mark(self._services.state, whom), now, outcome, export)
        return ""

    def _erase(self, filed: Filed, shop: Shop, now: datetime) -> str:
        services = self._services
        whom = self._whom(filed.subject, shop)
        mark = _mark(services.state, whom)
        if not whom.nodes and not whom.orders:
            services.book.done(filed.id, mark, now, {"said": "it names nobody: neither customer, address nor order"})
            return ""
        done = erase_whom(services.state, services.inbox, [shop], services.shops(), whom, now, "webhook")
        if done.busy:
            return f"{done.busy} rows are in the hands of a worker; the next turn finds them"
        at_brevo = {
            "deleted": sorted(set(done.told)),
            "kept, another shop of the account knows the address": sorted(set(done.kept)),
            "left, no connected shop can delete it": sorted(set(done.left)),
        }
        outcome = {
            "said": "erased",
            "here": dict(done.counts),
            "at Brevo": {what: accounts for what, accounts in at_brevo.items() if accounts} or "no contact was known",
            "hashes of the contacts": sorted(done.marks),
            "remains": "orders without the person, a hash of the address; orders at Brevo, whose API deletes none",
        }
        services.book.done(filed.id, mark, now, outcome)
        return ""

    def _purge(self, filed: Filed, shop: Shop, now: datetime) -> str:
        """A shop that is connected is not deleted because of an old request: only when it does not let us in."""
        services, is_gone = self._services, shop.uninstalled_at is not None or shop.removed_at is not None
        if not is_gone and shop.installed_at is not None and shop.installed_at > filed.asked_at - AFTER_UNINSTALL:
            said = "kept: the shop was connected again since; `tajo connectors remove … --purge` deletes it"
            services.book.done(filed.id, "", now, {"said": said})
            return ""
        if shop.uninstalled_at is not None and filed.asked_at < shop.uninstalled_at:
            services.book.done(
                filed.id, "", now, {"said": "kept: the app was removed again later, which is asked by itself"}
            )
            return ""
        if not is_gone:
            opens = services.still_opens(shop)
            if opens:
                said = "kept: the app is installed and works; `tajo connectors remove … --purge` deletes the shop"
                services.book.done(filed.id, "", now, {"said": said})
                return ""
            if opens is None:
                return "the shop is connected here, and nobody can tell whether the app is still installed there"
        if shop.removed_at is None:
            services.close(shop, now)
            return "its doors are closed; it is deleted in a moment"
        if now - shop.removed_at < SETTLED:
            return "its doors are closed; it is deleted in a moment"
        told = dict(services.contacts_told(shop))
        services.purge(shop)
        outcome = {
            "said": "everything of the shop is deleted here",
            "settings": "the file still names it, and makes it again" if shop.origin == "file" else "",
            "at Brevo": {
                "contacts that were told": told,
                "said": "they stay: the Brevo account and its contacts are the merchant's own",
            },
        }
        services.book.done(filed.id, "", now, outcome)
        log.info("shop deleted on request", extra={"shop_id": shop.id, "request": filed.id})
        return ""

    def _whom(self, subject: Subject, shop: Shop) -> Whom:
        """Who it names; where it names nobody, whoever placed the orders it lists."""
        nodes = set(_named(subject))
        if not nodes:
            with self._services.state.read() as tx:
                placed = [node for one in subject.order_ids for node in tx.orders.nodes_of(shop.id, one)]
            nodes = {node for node in placed if node.kind in ("email", "customer")}
        return Whom(frozenset(nodes), frozenset(subject.order_ids))


def _named(subject: Subject) -> list[Node]:
    """A number alone may be a household's, so it counts only where it is all there is."""
    named = [Node("customer", subject.customer_id), Node("email", subject.email)]
    found = [node for node in named if node.value]
    return found or [node for node in [Node("phone", subject.phone)] if node.value]


def _mark(state: StateStore, whom: Whom) -> str:
    if not whom.nodes and not whom.orders:
        return ""
    with state.write() as tx:
        return tx.erasing.mark(whom.name)


def _is(shop: Shop, filed: Filed) -> bool:
    return (shop.platform, shop.address) == (filed.platform, filed.address)


def _counts(found: Mapping[str, Any]) -> dict[str, int]:
    return {kind: len(rows) for kind, rows in found.items() if isinstance(rows, list) and kind != "known_as"}
