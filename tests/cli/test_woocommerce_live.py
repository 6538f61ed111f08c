"""What a merchant sees of a WooCommerce shop's webhooks: `connectors logs`, `check`, `connectors test`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import responses

from collector.bootstrap import clock, open_desk
from collector.bootstrap.folding import fold_services
from collector.config import load
from collector.domain.door import Lane, NewRow, RowKind
from collector.domain.jobs import SUBSCRIPTIONS, of_shop
from collector.pipeline.fold import fold_some
from collector.storage.sqlite.inbox import InboxWriter
from collector.storage.sqlite.jobs import Jobs
from tests.bootstrap.shopify_desk import migrated
from tests.in_process import step_into, tajo
from tests.sources.woocommerce.standins import PAYLOADS
from tests.sources.woocommerce.webhook_shop import WebhookShop, webhooks

FILE = """
public_url: https://collect.example
brevo: {api_key: xkeysib-0123456789abcdef}
connectors:
  woocommerce: {store_url: https://shop.example, consumer_key: ck_hush, consumer_secret: cs_hush}
"""
CANNOT_VIEW = {"code": "woocommerce_rest_cannot_view", "message": "Sorry", "data": {"status": 401}}
COMPLAINT = "3 orders came or changed since … WP-Cron is switched off there."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose webhooks came in and were folded."""
    made = tmp_path_factory.mktemp("live")
    migrated(made, FILE)
    bodies: list[tuple[str, bytes]] = [
        ("order.updated", (PAYLOADS / "order.updated.1.body").read_bytes()),
        ("order.created", json.dumps(CANNOT_VIEW).encode()),
        ("order.deleted", b'{"id":36}'),
        ("action.woocommerce_payment_complete", b'{"action":"woocommerce_payment_complete","arg":27}'),
        ("order.updated", b'{"id": 7, "status": '),
    ]
    with pytest.MonkeyPatch.context() as patch:
        step_into(made, patch)
        with open_desk(load({}, made)) as desk, closing(InboxWriter(desk.locations.inbox, clock)) as inbox:
            (shop,) = desk.shops.all()
            for place, (topic, body) in enumerate(bodies):
                facts = {"webhook_id": "12"}
                inbox.append(
                    NewRow(shop.id, Lane.LIVE, RowKind.WEBHOOK, clock(), body, topic, f"delivery-{place}", facts)
                )
            assert fold_some(fold_services(desk), shop, Lane.LIVE, clock()) == len(bodies)
    return made


@pytest.fixture
def shop(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step_into(folder, monkeypatch)


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


EXPECTED = [
    ("order.updated", "27", "folded", ""),
    ("order.created", "", "skipped", "shop_error woocommerce_rest_cannot_view"),
    ("order.deleted", "36", "folded", ""),
    ("action.woocommerce_payment_complete", "", "skipped", "not_used"),
    ("order.updated", "", "quarantined", "not_json"),
]


def test_each_delivery_is_a_line_with_its_record_and_what_became_of_it(shop: None) -> None:
    result = tajo("connectors", "logs", "woocommerce", "--type", "webhook", "--json")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    said = [(one["topic"], one["record"], one["outcome"], one["reason"]) for one in found]
    assert said == EXPECTED
    lines = tajo("connectors", "logs", "woocommerce", "--type", "webhook").stdout.splitlines()[1:]
    for line, (topic, record, outcome, reason) in zip(lines, EXPECTED, strict=True):
        assert f"  {topic}  " in line
        assert (f"  id {record}  " in line) == bool(record)
        assert line.endswith(f"{outcome} {reason}".strip())


def remembered(problems: list[str]) -> None:
    """What the guardian found at its last look."""
    with open_desk(load({}, Path.cwd())) as desk:
        (one,) = desk.shops.all()
        now = clock()
        found: dict[str, Any] = {"problems": problems, "complaints": problems, "looked_at": now.isoformat()}
        Jobs(desk.state).keep(of_shop(SUBSCRIPTIONS, one.id), now + timedelta(hours=1), found, now, "")


@pytest.fixture
def there(shop: None, wire: responses.RequestsMock) -> WebhookShop:
    """The shop at the wire, all of it in order but its webhooks."""
    wire.get("https://shop.example/wp-json/", json={"name": "Tea", "home": "https://shop.example"})
    wire.get("https://shop.example/wp-json/wc/v3/system_status", json={"environment": {}, "settings": {}})
    for path in ("products", "customers", "orders"):
        wire.get(f"https://shop.example/wp-json/wc/v3/{path}", json=[{"id": 1}])
    made = WebhookShop()
    made.serve(wire)
    return made


def test_webhooks_are_tested_one_by_one_and_by_what_came(there: WebhookShop) -> None:
    missing = tajo("connectors", "test", "woocommerce").stdout
    assert "✗ Webhooks not registered" in missing
    assert "order.updated" in missing
    with open_desk(load({}, Path.cwd())) as desk:
        (one,) = desk.shops.all()
    webhooks().keep(one, f"https://collect.example/webhooks/woocommerce/{one.secrets.hook_key}")
    remembered([])
    assert "✓ Webhooks registered" in tajo("connectors", "test", "woocommerce").stdout
    (number,) = there.of("order.updated")
    there.there[number]["status"] = "paused"
    paused = tajo("connectors", "test", "woocommerce").stdout
    assert "Paused by somebody at the shop: order.updated. Set them to Active under" in paused
    assert "`tajo serve` registers them" not in paused, "it leaves alone what somebody paused"
    there.there[number]["status"] = "active"
    assert COMPLAINT not in tajo("check").stdout
    remembered([COMPLAINT])
    tested = tajo("connectors", "test", "woocommerce").stdout
    assert "✗ Webhooks registered, but they do not tell" in tested
    assert COMPLAINT in tested
    assert f"webhooks of shop.example: {COMPLAINT}" in tajo("check").stdout
