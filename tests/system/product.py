"""The running product in a folder of its own, as a merchant has it: `tajo serve`, HTTP, two files.

Every process is started and ended here, by its id. What is asked of the database is read from the files.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from collector.bootstrap import open_desk
from collector.config import Config, load
from collector.domain.shop import Shop
from tests.cli.running import environment
from tests.ports import free_port

LONGEST_S = 60.0
WOO_SECRET = "whsec-heldout-woo-2026"
SHOPIFY_SECRET = "shpss-of-the-app"
WOO_SOURCE = "http://127.0.0.1:8081/"
SHOPIFY_DOMAIN = "toepferei-lind.myshopify.com"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
SETTINGS = f"""\
database: sqlite:///{{database}}
allow_insecure_upstreams: true
limits: {{{{per_address: 1000000/m, per_shop: 100000/s, new_addresses_per_visitor: 1000/d,
  new_addresses_per_network: 100000/h}}}}
connectors:
  woocommerce: {{{{store_url: "{WOO_SOURCE}", webhook_secret: {WOO_SECRET}}}}}
  shopify: {{{{shop_url: {SHOPIFY_DOMAIN}, api_secret: {SHOPIFY_SECRET}}}}}
"""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # lower-case names
    body: bytes


def request(
    port: int, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None, timeout: float = 40
) -> Answer:
    """One request on a connection of its own. Raises OSError or HTTPException when there is no whole answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    with contextlib.closing(connection):
        connection.request(method, path, body=body, headers=dict(headers or {}))
        return read(connection)


def read(connection: http.client.HTTPConnection) -> Answer:
    response = connection.getresponse()
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())


def sign(secret: str, body: bytes) -> str:
    """base64(HMAC-SHA256), as both platforms sign."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def woo_headers(topic: str, body: bytes, delivery: str = "d") -> dict[str, str]:
    resource, _, event = topic.partition(".")
    return {
        "User-Agent": "WooCommerce/10.5.0 Hookshot (WordPress/6.9.1)",
        "Content-Type": "application/json",
        "X-WC-Webhook-Source": WOO_SOURCE,
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Resource": resource,
        "X-WC-Webhook-Event": event,
        "X-WC-Webhook-Signature": sign(WOO_SECRET, body),
        "X-WC-Webhook-ID": "1",
        "X-WC-Webhook-Delivery-ID": delivery,
    }


def shopify_headers(topic: str, body: bytes, webhook_id: str = "", version: str = "2026-07") -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": sign(SHOPIFY_SECRET, body),
        "X-Shopify-Shop-Domain": SHOPIFY_DOMAIN,
        "X-Shopify-API-Version": version,
        "X-Shopify-Webhook-Id": webhook_id or hashlib.sha256(topic.encode() + body).hexdigest()[:32],
    }


def is_gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def until(what: Callable[[], object], why: Callable[[], object] = lambda: "", longest_s: float = LONGEST_S) -> None:
    """Wait for it to be so, generously. Whoever is waited for has the machine at least half of the time."""
    end = time.monotonic() + longest_s
    while True:
        began = time.monotonic()
        if what():
            return
        now = time.monotonic()
        assert now < end, f"it did not come about: {why()}"
        time.sleep(max(0.05, now - began))


@dataclass
class Product:
    """`folder` holds tajo.yml; the database lies there too, or where `database` says."""

    folder: Path
    database: Path
    port: int = field(default_factory=free_port)
    parent: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)  # `tajo worker`, beside
    family_seen: dict[int, psutil.Process] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "tajo.yml").write_text(SETTINGS.format(database=self.database))

    # processes

    def start(self, *arguments: str) -> None:
        """Until /readyz says so."""
        self.launch(*arguments)
        until(lambda: self.is_ready() or self._has_ended(), self.log)
        assert not self._has_ended(), self.log()
        self.family()

    def launch(self, *arguments: str) -> None:
        self.parent = self._run("serve", "--bind", f"127.0.0.1:{self.port}", *arguments)

    def start_worker(self) -> subprocess.Popen[bytes]:
        worker = self._run("worker")
        self.workers.append(worker)
        return worker

    def _run(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log.txt").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "collector", *arguments],
                cwd=self.folder,
                env=environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _has_ended(self) -> bool:
        return self.parent is None or self.parent.poll() is not None

    def family(self) -> list[psutil.Process]:
        """All processes below the parent. Whoever was seen is remembered, to be ended at the end."""
        if self.parent is None or self.parent.poll() is not None:
            return []
        try:
            found = psutil.Process(self.parent.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        self.family_seen |= {process.pid: process for process in found}
        return found

    def master(self) -> psutil.Process | None:
        return next((p for p in self._children() if not _is_worker(p)), None)

    def fold_worker(self) -> psutil.Process | None:
        return next((p for p in self._children() if _is_worker(p)), None)

    def web_processes(self) -> list[psutil.Process]:
        master = self.master()
        children = {process.pid for process in self._children()}
        return [p for p in self.family() if p.pid not in children] if master else []

    def _children(self) -> list[psutil.Process]:
        parent = self.parent.pid if self.parent else -1
        found = []
        for process in self.family():
            with contextlib.suppress(psutil.NoSuchProcess):
                if process.ppid() == parent:
                    found.append(process)
        return found

    def stop(self) -> int:
        """SIGTERM; the status."""
        assert self.parent is not None
        self.family()
        self.parent.send_signal(signal.SIGTERM)
        return self.parent.wait(LONGEST_S)

    def end(self) -> None:
        """Whatever still runs of what was started here ends now."""
        self.family()
        for child in (self.parent, *self.workers):
            if child is not None and child.poll() is None:
                child.send_signal(signal.SIGCONT)
                child.terminate()
                try:
                    child.wait(LONGEST_S)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
        for process in self.family_seen.values():
            with contextlib.suppress(psutil.NoSuchProcess):
                if not is_gone(process):
                    process.kill()

    def log(self) -> str:
        path = self.folder / "log.txt"
        return path.read_text(errors="replace")[-6000:] if path.exists() else ""

    # HTTP

    def get(self, path: str) -> Answer:
        return request(self.port, "GET", path)

    def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        return request(self.port, "POST", path, body, headers)

    def is_ready(self) -> bool:
        try:
            return self.get("/readyz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def beacon(self, site_key: str, beacon: Mapping[str, Any], user_agent: str = CHROME) -> Answer:
        headers = {"Content-Type": "text/plain;charset=UTF-8", "User-Agent": user_agent, "Accept-Language": "de-DE"}
        return self.post(f"/c/{site_key}", json.dumps(beacon).encode(), headers)

    def woo(self, topic: str, body: Mapping[str, Any] | bytes) -> Answer:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.post("/webhooks/woocommerce", raw, woo_headers(topic, raw))

    def shopify(self, topic: str, body: Mapping[str, Any] | bytes, **more: str) -> Answer:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.post("/webhooks/shopify", raw, shopify_headers(topic, raw, **more))

    # what is stored

    @property
    def config(self) -> Config:
        return load({}, self.folder)

    def shop(self, platform: str) -> Shop:
        with open_desk(self.config) as desk:
            return next(shop for shop in desk.shops.all() if shop.platform == platform)

    def site_key(self, platform: str = "woocommerce") -> str:
        return self.shop(platform).site_key

    def drained(self, longest_s: float = LONGEST_S) -> None:
        """Everything that arrived is folded."""

        def is_drained() -> bool:
            with open_desk(self.config) as desk:
                return not desk.reader.shops_behind(desk.cursors.all(desk.reader.generation()))

        until(is_drained, self.log, longest_s)

    def rows(self, query: str, *values: object, of: str = "state") -> list[dict[str, Any]]:
        path = self.database if of == "state" else self.database.with_suffix(".inbox.db")
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as connection:
            connection.execute("pragma query_only = on")
            cursor = connection.execute(query, values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def row(self, query: str, *values: object) -> dict[str, Any]:
        found = self.rows(query, *values)
        assert len(found) == 1, found
        return found[0]

    def cli(self, *arguments: str) -> str:
        """What a `tajo` command prints, whatever it thinks of it."""
        done = self._call(*arguments)
        return done.stdout + done.stderr

    def _call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "collector", *arguments],
            cwd=self.folder,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )


def _is_worker(process: psutil.Process) -> bool:
    try:
        line = process.cmdline()
    except psutil.NoSuchProcess:
        return False
    return "collector" in line and "worker" in line


@contextlib.contextmanager
def product_in(folder: Path, database: Path | None = None) -> Iterator[Product]:
    """Not started yet; whatever it started has ended afterwards."""
    made = Product(folder, (database or folder / "tajo.db").absolute())
    try:
        yield made
    finally:
        made.end()
