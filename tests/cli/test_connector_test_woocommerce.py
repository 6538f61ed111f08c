"""`tajo connectors test woocommerce`: what the merchant reads of a shop that works, half works, or is shut."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.bootstrap import open_desk
from collector.config import load
from collector.domain.jobs import SUBSCRIPTIONS, of_shop
from collector.storage.sqlite.jobs import Jobs
from tests import in_process
from tests.in_process import Tajo, step_into
from tests.sources.woocommerce.wire_shop import KEY, SECRET, WireShop, data, page

FILE = f"""
public_url: https://collect.example
connectors:
  woocommerce: {{store_url: https://shop.example, consumer_key: {KEY}, consumer_secret: {SECRET}}}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of a collector with the shop, to be copied."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        step_into(folder, patch)
        (folder / "tajo.yml").write_text(FILE)
        assert in_process.tajo("migrate").exit_code == 0
    return folder


@pytest.fixture
def tajo(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tajo:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    step_into(tmp_path, monkeypatch)
    return in_process.tajo


@pytest.fixture
def shop() -> Iterator[WireShop]:
    wire = WireShop(lists={"wc/v3/webhooks": []})
    wire.gate.now = time.time()
    wire.status["environment"]["wp_cron"] = False
    with wire.mounted():
        yield wire


def test_each_line_stands_for_one_thing_and_each_cross_has_a_cause_and_a_cure(tajo: Tajo, shop: WireShop) -> None:
    result = tajo("connectors", "test", "woocommerce")
    lines = result.stdout.splitlines()
    titles = [line for line in lines if not line.startswith("    ")]
    assert titles[0] == "✓ API connection successful (Held-out Woo)"
    assert titles[1] == "✗ Webhooks not registered"
    assert titles[2:5] == ["✓ Products accessible (1)", "✓ Customers readable (1)", "✓ Orders readable (1)"]
    assert "✓ Key may read and write" in titles
    assert lines[lines.index("✓ WP-Cron is off") + 1].startswith("    WP-Cron is switched off")
    assert result.exit_code == 1, "webhooks are missing"
    assert SECRET not in result.output
    assert all(one.method == "GET" or one.body == b"{}" for one in shop.asked), "nothing is changed there"


def test_what_kept_the_webhooks_from_being_made_is_the_cure(tajo: Tajo, shop: WireShop, tmp_path: Path) -> None:
    assert "`tajo serve` registers them within the hour" in tajo("connectors", "test", "woocommerce").output
    now, said = datetime.now(UTC), "The key may only read. Give the shop a key with Read/Write."
    with open_desk(load({}, tmp_path)) as desk:
        Jobs(desk.state).keep(of_shop(SUBSCRIPTIONS, desk.shops.all()[0].id), now, {"problems": [said]}, now, "")
    output = tajo("connectors", "test", "woocommerce").output
    assert f"→ {said}" in output
    assert "`tajo serve`" not in output


def test_a_program_may_want_the_lines(tajo: Tajo, shop: WireShop) -> None:
    shop.gate.permissions = "read"
    found = json.loads(tajo("connectors", "test", "woocommerce", "--json").stdout)
    key = next(check for check in found["checks"] if check["name"] == "key")
    assert (key["ok"], key["cure"].split(".")[0]) == (
        False,
        "Set it to Read/Write under WooCommerce > Settings > Advanced > REST API",
    )


def test_a_shop_that_lets_nobody_in_is_one_line_and_not_waited_for(tajo: Tajo, shop: WireShop) -> None:
    shop.everything = page(500, "There has been a critical error on this website.")
    result = tajo("connectors", "test", "woocommerce")
    assert (result.exit_code, result.stdout.splitlines()) == (
        1,
        [
            "✗ API connection failed",
            "    https://shop.example answered 500: the shop itself failed.",
            "    → Look at its PHP error log; try again later.",
        ],
    )
    assert len(shop.asked) == 1


def test_what_a_shop_fails_at_in_the_middle_is_one_line(tajo: Tajo, shop: WireShop) -> None:
    shop.says["GET", "wc/v3/customers"] = page(500)
    result = tajo("connectors", "test", "woocommerce")
    titles = [line for line in result.stdout.splitlines() if not line.startswith("    ")]
    assert titles[2:5] == ["✓ Products accessible (1)", "✗ Customers not readable", "✓ Orders readable (1)"]


def test_the_way_the_keys_travel_is_remembered_for_the_next_command(tajo: Tajo, shop: WireShop) -> None:
    shop.strips_header = True
    tajo("connectors", "test", "woocommerce")
    assert shop.ways()[:2] == ["basic", "query"]
    shop.asked.clear()
    tajo("connectors", "test", "woocommerce")
    assert "basic" not in shop.ways()


def test_a_certificate_that_is_not_checked_is_said_here_and_by_check(
    tajo: Tajo, shop: WireShop, tmp_path: Path
) -> None:
    (tmp_path / "tajo.yml").write_text(FILE.replace("consumer_key", "verify_ssl: false, consumer_key"))
    lines = tajo("connectors", "test", "woocommerce").stdout.splitlines()
    assert "Only for tests" in lines[lines.index("✓ Certificate not checked") + 1]
    found = json.loads(tajo("check", "--json").stdout)
    (warning,) = found["warnings"]
    assert warning["what"] == "the certificate of shop.example is not checked"
    assert "only for tests" in warning["cure"]
    assert "! the certificate of shop.example" in tajo("check").stdout


def test_names_of_controls_in_a_shops_name_do_not_steer_the_terminal(tajo: Tajo, shop: WireShop) -> None:
    shop.says["GET", ""] = data(200, {"name": "Mugs\x1b[2J"})
    assert "\x1b" not in tajo("connectors", "test", "woocommerce").stdout
