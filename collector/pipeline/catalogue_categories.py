"""Telling categories: only by the hundred, and not more often than once a minute."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from collector.domain.catalogue_entries import CategoryEntry, category_entry
from collector.domain.catalogue_ports import DueCategory
from collector.domain.errors import DeliveryFailed, Remedy
from collector.pipeline.catalogue_pending import needs_telling
from collector.pipeline.catalogue_services import BATCH, AccountInHand, Named
from collector.pipeline.storefront_pages import at_home

log = logging.getLogger(__name__)

CATEGORIES_EVERY = timedelta(seconds=60)


class TellingCategories:
    def __init__(self, hand: AccountInHand) -> None:
        self._hand = hand

    def run(self, shops: Named) -> None:
        if (
            self._hand.held.categories_at is not None
            and self._hand.now < self._hand.held.categories_at + CATEGORIES_EVERY
        ):
            return
        pending: list[tuple[str, CategoryEntry, DueCategory]] = []
        with self._hand.services.state.write() as tx:
            for shop, prefix in shops.values():
                for due in tx.catalogue.due_categories(shop.id, self._hand.now, 10 * BATCH):
                    entry = category_entry(due.category)
                    entry = replace(entry, url=at_home(entry.url, shop))
                    if needs_telling(entry.fingerprint, due.told):
                        pending.append((prefix, entry, due))
                    else:
                        tx.catalogue.settle_category(due)
                        self._hand.turn.unchanged += 1
            if pending:
                tx.catalogue.keep_categories_at(self._hand.account, self._hand.now)
                self._hand.categories_at = self._hand.now
        for start in range(0, len(pending), BATCH):
            try:
                self._category_batch(pending[start : start + BATCH])
            except DeliveryFailed as failure:
                if failure.remedy is not Remedy.WAIT:
                    raise
                log.info("categories wait for a call", extra={"account": self._hand.account})
                return  # products go on, but for those that stand in a new category

    def _category_batch(self, some: Sequence[tuple[str, CategoryEntry, DueCategory]]) -> None:
        """All of them; when that is refused each half, down to the one that is to blame."""
        try:
            self._hand.services.destination.send_categories(
                self._hand.account, [(prefix, entry) for prefix, entry, _ in some]
            )
        except DeliveryFailed as failure:
            if failure.remedy is not Remedy.GIVE_UP:
                raise
            if len(some) > 1:
                self._category_batch(some[: len(some) // 2])
                self._category_batch(some[len(some) // 2 :])
                return
            _, entry, due = some[0]
            with self._hand.services.state.write() as tx:
                tx.catalogue.keep_refused_category(due, entry.fingerprint, str(failure))
                tx.catalogue.settle_category(due)
            self._hand.note_refusal(entry.id, failure)
            return
        with self._hand.services.state.write() as tx:
            for _, entry, due in some:
                tx.catalogue.keep_told_category(due, entry.fingerprint, self._hand.services.clock())
                tx.catalogue.settle_category(due)
        self._hand.took(len(some))
