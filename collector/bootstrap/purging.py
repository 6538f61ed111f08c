"""What is old enough goes, a chunk at a time."""

from __future__ import annotations

from datetime import datetime, timedelta

from collector.bootstrap.desk import Desk
from collector.bootstrap.parts import clock
from collector.domain.door import Lane
from collector.domain.timestamps import to_text
from collector.pipeline.forgetting import forget_unconsented
from collector.storage.sqlite.bulk_calls import BulkCalls
from collector.storage.sqlite.connection import empty_log
from collector.storage.sqlite.delivery_calls import DeliveryCalls
from collector.storage.sqlite.leases import Leases
from collector.storage.sqlite.one_use_links import OneUseLinks
from collector.storage.sqlite.spill import drop_old
from collector.storage.sqlite.state import SqliteState

FORGET_EVERY = timedelta(hours=1)
LINKS_KEPT = timedelta(days=7)  # so that a page can say that its link was used
PUT_ASIDE = timedelta(days=7)  # what a sync that nobody went on with had fetched


def purge_some(desk: Desk, now: datetime) -> int:
    """One chunk of what is old enough: folded rows, rows of shops that are gone, quarantine, delivery log, counts."""
    stored = {shop.id for shop in desk.shops.all(also_removed=True)}
    orphans = {shop_id for shop_id, _ in desk.reader.shops_behind({})} - stored
    gone = 0
    for shop_id in orphans:  # to the end: the reader forgets the shop with the first chunk
        while chunk := desk.reader.purge_shop(shop_id):
            gone += chunk
    before, generation = now - desk.config.retention.raw, desk.reader.generation()
    gone += desk.reader.purge(desk.cursors.all(generation), before)
    for shop_id in stored:  # what was remembered of rows that are gone
        left = [row.id for lane in Lane for row in desk.reader.next_rows(shop_id, lane, 0, 1)]
        desk.cursors.forget(shop_id, generation, min(left, default=desk.reader.newest_id() + 1))
    gone += desk.quarantine.purge(before)
    gone += DeliveryCalls(desk.state).drop(before)
    gone += BulkCalls(desk.state, clock).drop(before)
    gone += OneUseLinks(desk.state).drop(now - LINKS_KEPT)
    drop_old(desk.locations.state.with_suffix(""), now - PUT_ASIDE)
    if Leases(desk.state).take("forget", to_text(now), now, FORGET_EVERY):  # a new holder each time: once an hour
        state, typed_before = SqliteState(desk.state), now - desk.config.retention.unconsented_email
        for shop in desk.shops.all():
            while forgotten := forget_unconsented(state, shop, typed_before):
                gone += forgotten
        empty_log(desk.state)
    return gone + desk.reader.purge_counts(now - desk.config.retention.events)
