"""`log_webhooks` and `debug` in the running product: what its log says of webhooks, and what it never says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
from pathlib import Path

import requests

from tests.cli.running import serving, tajo, until

SETTINGS = """
brevo: {api_key: xkeysib-0123456789abcdef}
connectors:
  shopify:
    - {shop_url: lind.myshopify.com, api_secret: shpss_hush, site_key: k1234567, debug: true}
    - {shop_url: still.myshopify.com, api_secret: shpss_hush, site_key: k7654321}
"""
BODY = json.dumps({"id": 1, "email": "ana@shop.example", "updated_at": "2026-11-20T00:00:00Z"}).encode()


def test_the_log_tells_each_webhook_and_what_became_of_it(tmp_path: Path) -> None:
    (tmp_path / "tajo.yml").write_text(SETTINGS)
    log = tmp_path / "serve.log"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    good = base64.b64encode(hmac.new(b"shpss_hush", BODY, hashlib.sha256).digest()).decode()

    def deliver(delivery: str, shop: str = "lind", signature: str = good, topic: str = "customers/update") -> int:
        headers = {
            "X-Shopify-Topic": topic,
            "X-Shopify-Shop-Domain": f"{shop}.myshopify.com",
            "X-Shopify-Webhook-Id": delivery,
            "X-Shopify-Hmac-Sha256": signature,
        }
        return requests.post(f"http://127.0.0.1:{port}/webhooks/shopify", BODY, headers=headers, timeout=20).status_code

    with serving(tmp_path, port):
        assert deliver("of-still", "still") == 200
        assert deliver("wh-1") == 200
        assert deliver("wh-1") == 200
        assert deliver("wh-2", signature="AAAA") == 401
        assert deliver("wh-3", topic="orders/create\x9b2J") == 200
        until(lambda: 'outcome="duplicate"' in log.read_text() and log.read_text().count("wh-3") == 2)
    said = log.read_text()
    lines = [line.split(" ", 2)[2] for line in said.splitlines() if " webhook " in line]
    answered = [line for line in lines if line.startswith("webhook answered")]
    assert [('delivery_id="wh-1"' in line, "status=200" in line) for line in answered[:2]] == [(True, True)] * 2
    assert 'shop="lind.myshopify.com" topic="customers/update" delivery_id="wh-2"' in answered[2]
    assert 'status=401 reason="bad_signature"' in answered[2]
    folded = [line for line in lines if line.startswith("webhook folded")]
    assert any('delivery_id="wh-1" outcome="facts" facts={"CustomerSeen": 1' in line for line in folded)
    assert "of-still" not in "".join(lines), "a shop that does not want it"
    assert "\x9b" not in said
    hook_key = json.loads(tajo(tmp_path, "connectors", "list", "--json").stdout)
    assert hook_key
    assert not [one for one in ("shpss_hush", "xkeysib", "ana@shop.example", good) if one in said]
