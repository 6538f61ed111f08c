"""`tajo demo`: on this machine only, away from real settings, and gone when it is stopped."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from collector.cli.demo import Keys, Places, demo_settings, prepare_environment, read_bind, shop_settings
from collector.config import Bind, load
from collector.domain.errors import Misuse
from collector.sandbox.shop.settings import settings_from
from tests.cli.running import LONGEST_S, environment
from tests.ports import free_port

LONGEST_START_S = 90.0
PLACES = Places(Bind("127.0.0.1", 8000), Path("/somewhere"))


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("seen by others", "0.0.0.0:8000"),
        ("another machine's name", "shop.example:8000"),
        ("no port", "127.0.0.1"),
        ("no room for three ports", "127.0.0.1:65534"),
    ],
)
def test_it_listens_on_this_machine_only(why: str, text: str) -> None:
    with pytest.raises(Misuse, match="--bind"):
        read_bind(text)


def test_its_settings_are_settings_of_ours(tmp_path: Path) -> None:
    file = tmp_path / "tajo.yml"
    file.write_text(json.dumps(demo_settings(PLACES, Keys())))
    config = load({"TAJO_CONFIG": str(file)}, tmp_path)
    (shop,) = config.connectors.woocommerce
    assert (shop.store_url, config.brevo.api_url) == ("http://127.0.0.1:8001", "http://127.0.0.1:8002/v3")
    assert shop.sending == config.delivery.mode == "live"


def test_its_shop_is_told_what_it_needs() -> None:
    told = settings_from(json.dumps(shop_settings(PLACES, Keys(), is_kept=True)))
    assert told.hook_url == "http://127.0.0.1:8000/webhooks/woocommerce"
    assert told.first_order_id > 1_000_000
    assert told.consumer_secret not in repr(told)


@pytest.mark.parametrize("text", ["{}", "[]", '{"colour": "red"}'])
def test_a_shop_without_its_settings_says_so(text: str) -> None:
    with pytest.raises(ValueError, match="DEMO_SHOP"):
        settings_from(text)


def test_settings_of_a_real_installation_are_left_out(tmp_path: Path) -> None:
    given = {
        "PATH": "/bin",
        "BREVO_API_KEY": "xkeysib-real",
        "BREVO_API_URL": "https://api.brevo.com/v3",
        "TAJO_BREVO_API_URL": "https://api.brevo.com/v3",
        "WC_CONSUMER_KEY": "ck_real",
        "TAJO_DATABASE": "sqlite:///kept.db",
    }
    prepare_environment(given, PLACES, tmp_path)
    assert given.keys() == {"PATH", "TAJO_DATABASE", "TAJO_CONFIG", "DEMO_FRONT"}
    assert given["TAJO_DATABASE"] == f"sqlite:///{tmp_path}/kept.db"


def is_free(port: int) -> bool:
    try:
        fetch(port, "/")
    except OSError:
        return True
    return False


def fetch(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return str(answer.read().decode())


def test_it_starts_leads_the_way_and_leaves_nothing_behind(tmp_path: Path) -> None:
    port = free_port(3)
    start = "from collector.cli.demo import command; command()"
    with (tmp_path / "demo.log").open("w+") as log:
        demo = subprocess.Popen(
            [sys.executable, "-c", start, "--bind", f"127.0.0.1:{port}"],
            cwd=tmp_path,
            env=environment(TMPDIR=str(tmp_path)),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            said = tmp_path / "demo.log"
            end = time.monotonic() + LONGEST_START_S
            while said.read_text().count("\n") < 3:
                assert demo.poll() is None, said.read_text()
                assert time.monotonic() < end, f"not up in time: {said.read_text()}"
                time.sleep(0.1)
            assert len(said.read_text().splitlines()) == 3
            front = fetch(port, "/")
            assert f"http://127.0.0.1:{port + 1}" in front
            assert f"http://127.0.0.1:{port + 2}" in front
            assert "Earl Grey" in fetch(port + 1, "/")
            sent = json.loads(fetch(port + 1, "/_sandbox/state"))["webhooks"]
            assert sent["failed"] == 0
        finally:
            demo.terminate()
            status = demo.wait(LONGEST_S)
    assert status == 0
    assert [path.name for path in tmp_path.iterdir()] == ["demo.log"]
    assert all(is_free(port + place) for place in range(3))
