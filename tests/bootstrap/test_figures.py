"""The figures of /metrics, from a database in which something happened; nothing in them names a person."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from collector.bootstrap import Desk, clock, open_desk
from collector.bootstrap.figures import figures
from collector.bootstrap.live import writer
from collector.bootstrap.shops import new_shop
from collector.config import load
from collector.domain.door import Lane, NewRow, RowKind
from collector.domain.figures import Figure
from collector.domain.shop import Shop
from collector.domain.syncing import RunState, RunType
from collector.domain.timestamps import to_text
from collector.storage.sqlite.leases import Leases
from collector.storage.sqlite.outbox import Outbox
from tests.storage.builders import message

ADDRESS = "lind.myshopify.com"
SHOP = ("shopify", ADDRESS)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(load({}, tmp_path), may_create=True) as opened:
        yield opened


def connected(desk: Desk) -> Shop:
    return desk.shops.install(new_shop("shopify", ADDRESS, f"https://{ADDRESS}"), clock())


def of(found: Sequence[Figure], name: str) -> dict[tuple[str, ...], float]:
    [figure] = [one for one in found if one.name == name]
    return {tuple(values): number for values, number in figure.samples}


def test_what_waits_what_failed_and_what_was_missed(desk: Desk) -> None:
    shop, now = connected(desk), clock()
    with closing(writer(desk)) as inbox:
        for lane, count in ((Lane.LIVE, 3), (Lane.HISTORY, 2)):
            inbox.append_many([NewRow(shop.id, lane, RowKind.WEBHOOK, now - timedelta(minutes=5), b"{}", "t")] * count)
        inbox.count(shop.id, "webhook", "bad_signature")
        inbox.count(None, "beacon", "unknown_key")
    outbox = Outbox(desk.state)
    outbox.append(message("1", shop.id))
    outbox.append(message("2", shop.id))
    desk.state.execute("update outbox set state = 'done', done_at = ? where message_key = '2'", [to_text(now)])
    desk.state.execute(
        "insert into sync_runs (key, shop_id, type, resources, started_at, state, ended_at, counts)"
        " values (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            *("r1", shop.id, RunType.RECONCILE.value, "[]", to_text(now), RunState.DONE.value, to_text(now)),
            json.dumps({"orders": {"missed": 4}, "customers": {"missed": 0}}),
        ],
    )
    Leases(desk.state).take("worker:w1", "w1", now, timedelta(minutes=1))
    found = figures(desk.config, {})
    assert of(found, "tajo_inbox_rows_waiting") == {(*SHOP, "live"): 3, (*SHOP, "history"): 2}
    assert of(found, "tajo_inbox_oldest_waiting_seconds")[*SHOP, "live"] > 290
    assert of(found, "tajo_door_answers") == {
        (*SHOP, "webhook", "bad_signature"): 1,
        ("", "", "beacon", "unknown_key"): 1,
    }
    [(account, _)] = of(found, "tajo_messages")
    assert of(found, "tajo_messages") == {(account, "waiting"): 1}
    assert of(found, "tajo_messages_finished_last_hour") == {(account, "done"): 1}
    assert of(found, "tajo_missed_by_webhooks") == {(*SHOP, "orders"): 4}
    assert of(found, "tajo_reconciled_timestamp_seconds")[SHOP] == pytest.approx(now.timestamp(), abs=1)
    assert of(found, "tajo_workers_alive") == {(): 1}
    assert of(found, "tajo_ready") == {(): 1}


def test_of_a_database_that_does_not_answer_only_that_is_said(tmp_path: Path) -> None:
    found = figures(load({}, tmp_path), {"database": "away"})
    assert [one.name for one in found] == ["tajo_build_info", "tajo_ready"]
    assert of(found, "tajo_ready") == {(): 0}


def test_each_figure_has_a_sentence_and_a_label_for_each_value(desk: Desk) -> None:
    connected(desk)
    found = figures(desk.config, {"worker": "none is alive"})
    assert of(found, "tajo_ready") == {(): 0}
    assert len({one.name for one in found}) == len(found)
    for one in found:
        assert one.says.endswith("."), one.name
        assert all(len(values) == len(one.labels) for values, _ in one.samples), one.name
        assert set(one.labels) <= {
            *("version", "account", "state", "reason", "platform", "shop", "lane", "door", "resource", "what")
        }, one.name
