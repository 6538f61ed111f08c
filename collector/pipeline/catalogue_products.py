"""Telling products and variants: a few one by one, many by the hundred, what is refused set aside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from collector.domain.catalogue_ports import DueRow
from collector.domain.errors import DeliveryFailed, Remedy
from collector.pipeline.catalogue_categories import CATEGORIES_EVERY
from collector.pipeline.catalogue_pending import Looking, Pending
from collector.pipeline.catalogue_services import BATCH, AccountInHand, Named

FEW = 10  # so many go one by one
HALVED_DOWN_TO = 25  # a refused batch of so many goes one by one, to find out which it is
MOST_SINGLES = 40  # in one turn
SOON = timedelta(seconds=1)
MOMENT_S = 1.0  # single calls are spread by less


class TellingProducts:
    def __init__(self, hand: AccountInHand) -> None:
        self._hand = hand
        self._settled: set[str] = set()  # told or refused in this turn, by id in the account
        self._refused: set[str] = set()

    def run(self, shops: Named) -> None:
        state = self._hand.services.state
        categories_at = self._hand.now + SOON  # one that came a moment ago goes out with the next turn
        if self._hand.categories_at is not None:
            categories_at = max(categories_at, self._hand.categories_at + CATEGORIES_EVERY)
        with state.read() as tx:
            found = Looking(tx, shops, self._hand.services.major, categories_at, self._hand.now).look()
        self._hand.turn.unchanged += len(found.unchanged)
        if found.unchanged or found.later:
            with state.write() as tx:
                for row in found.unchanged:
                    tx.catalogue.settle(row)
                for row, at in found.later:
                    tx.catalogue.postpone(row, at)
        pending = sorted(found.pending, key=lambda one: one.parent_id != "")  # products before what refers to them
        try:
            self._send(pending, is_cut=found.is_cut)
        finally:
            self._settle_records(pending)

    def _send(self, pending: list[Pending], *, is_cut: bool) -> None:
        if pending and self._hand.held.reason:  # is it taken again? One cheap call tells
            self._single(pending[0])
            pending = pending[1:]
        if len(pending) <= FEW and not is_cut:
            self._singles(pending)
            return
        for start in range(0, len(pending), BATCH):
            batch = pending[start : start + BATCH]
            if self._hand.is_over() or (is_cut and len(batch) < BATCH and start):  # what is over goes with those behind
                return
            try:
                self._batch(batch)
            except DeliveryFailed as failure:
                if failure.remedy is not Remedy.WAIT:
                    raise
                self._singles(pending[start:][:MOST_SINGLES])
                return

    def _batch(self, some: Sequence[Pending]) -> None:
        """All of them; when that is refused each half, and of a small part each alone."""
        sent = [one for one in some if one.parent_id not in self._refused]
        if not sent:
            return
        try:
            self._hand.services.destination.send_products(self._hand.account, [one.sold for one in sent])
        except DeliveryFailed as failure:
            if failure.remedy is not Remedy.GIVE_UP:
                raise
            if len(sent) <= HALVED_DOWN_TO:
                self._singles(sent)
            else:
                self._batch(sent[: len(sent) // 2])
                self._batch(sent[len(sent) // 2 :])
            return
        self._keep(sent)

    def _singles(self, some: Sequence[Pending]) -> None:
        for one in some:
            if self._hand.is_over():
                return
            if one.parent_id not in self._refused:
                self._single(one)

    def _single(self, one: Pending) -> None:
        try:
            self._patiently(lambda: self._hand.services.destination.send_product(self._hand.account, one.sold))
        except DeliveryFailed as failure:
            if failure.remedy is not Remedy.GIVE_UP:
                raise
            self._settled.add(one.id)
            self._refused.add(one.id)
            with self._hand.services.state.write() as tx:
                entry, now = one.sold.entry, self._hand.services.clock()
                tx.catalogue.keep_refused(one.shop_id, one.record.id, entry, str(failure), now)
            self._hand.note_refusal(one.id, failure)
            return
        self._keep([one])

    def _patiently(self, call: Callable[[], None]) -> None:
        """A call that may be made within a moment is waited for."""
        try:
            call()
        except DeliveryFailed as failure:
            wait = failure.retry_after_s or 0.0
            if failure.remedy is not Remedy.WAIT or not 0 < wait <= MOMENT_S:
                raise
            self._hand.services.pause(wait)
            call()

    def _keep(self, some: Sequence[Pending]) -> None:
        now = self._hand.services.clock()
        with self._hand.services.state.write() as tx:
            for one in some:
                entry = one.sold.entry
                tx.catalogue.keep_told(one.shop_id, one.record.id, entry, now)
                if one.had_refusal and not entry.parent_id:  # its variants waited for it
                    tx.products.touch(one.shop_id, one.record.id, now)
                    tx.products.touch_variants(one.shop_id, one.record.id, now)
        self._settled.update(one.id for one in some)
        self._hand.took(len(some))

    def _settle_records(self, pending: Sequence[Pending]) -> None:
        """Records of which nothing is left to tell."""
        left = {(one.shop_id, one.record.row) for one in pending if one.id not in self._settled}
        done: dict[tuple[int, int], DueRow] = {(one.shop_id, one.record.row): one.record for one in pending}
        finished = [record for key, record in done.items() if key not in left]
        if finished:
            with self._hand.services.state.write() as tx:
                for record in finished:
                    tx.catalogue.settle(record)
