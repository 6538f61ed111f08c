"""The loops of a worker, put together: what was decided about a shop counts from the next row on."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from collector.bootstrap import clock, open_desk
from collector.bootstrap.live import writer
from collector.bootstrap.shops import new_shop
from collector.bootstrap.workers import worker_parts
from collector.config import load
from collector.domain.door import Lane, NewRow, RowKind
from collector.domain.shop import Sending
from tests.sources.woocommerce.standins import order


def test_what_happens_right_after_activate_is_told(tmp_path: Path) -> None:
    (tmp_path / "tajo.yml").write_text("brevo: {api_key: xkeysib-1}")
    config = load({}, tmp_path)
    with open_desk(config, may_create=True) as desk:
        shop = desk.shops.install(new_shop("woocommerce", "tea.example", "https://tea.example"), clock())
        with worker_parts(config, "w1", threading.Event()) as parts, closing(writer(desk)) as inbox:
            parts.fold.turn(clock())  # has seen the shop, which observes
            desk.shops.send(shop.id, Sending.LIVE, clock())
            now = clock() + timedelta(seconds=1)
            said = now.isoformat()[:19]
            body = json.dumps(order(date_created_gmt=said, date_modified_gmt=said, date_paid_gmt=said)).encode()
            inbox.append_many([NewRow(shop.id, Lane.LIVE, RowKind.WEBHOOK, now, body, "order.created", "d1")])
            assert parts.fold.turn(now) == 1
        names = [name for (name,) in desk.state.execute("select event_name from outbox where kind = 'event'")]
    assert "order_placed" in names
