"""`tajo demo`: collector, worker, a demo shop and a local Brevo, on this machine only and without any account.

Settings, logs and (unless TAJO_DATABASE names another) the database lie in a temporary folder that goes when
the demo stops. Settings of a real installation in the environment are left out: nothing may reach a real Brevo.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import requests
import yaml

from collector.bootstrap import migrate
from collector.cli import brevo_webhook, supervisor
from collector.cli.brevo_accounts import exchange, used_accounts
from collector.cli.brevo_checks import prepared
from collector.cli.serve import check_port, web_command
from collector.cli.settings import settings
from collector.config import Bind, Config
from collector.config.kinds import bind as bind_kind
from collector.domain.errors import Misuse, Unready

HOSTS = ("127.0.0.1", "localhost")
KEPT = ("TAJO_DATABASE", "TAJO_SECRET_KEY")
OURS = ("TAJO_", "BREVO_", "SHOPIFY_", "WC_", "DEMO_")
FRONT, SHOP = "DEMO_FRONT", "DEMO_SHOP"  # what two of the children are told, as JSON in the environment
CART_AFTER_S, BROWSE_AFTER_S = 10, 15
START_S = 60.0
LOOK_S = 0.1
GRACE_S = 45.0  # the web server and the worker have their own, shorter ones
TOLD_LINES = 15
EPOCH_2026 = 1_767_225_600
_HERE = Path(__file__).parent


class Told(Exception):
    """Ctrl-C, SIGTERM or SIGHUP."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything is: addresses without a slash at the end, and the folder."""

    collector: Bind
    folder: Path

    @property
    def collector_url(self) -> str:
        return f"http://{self.collector}"

    @property
    def shop_url(self) -> str:
        return f"http://{self.collector.host}:{self.collector.port + 1}"

    @property
    def brevo_url(self) -> str:
        return f"http://{self.collector.host}:{self.collector.port + 2}"

    @property
    def settings_file(self) -> Path:
        return self.folder / "tajo.yml"


@dataclass(frozen=True, slots=True)
class Keys:
    """Made for one run."""

    site_key: str = field(default_factory=lambda: secrets.token_hex(12))
    consumer_key: str = field(default_factory=lambda: f"ck_{secrets.token_hex(20)}")
    consumer_secret: str = field(default_factory=lambda: f"cs_{secrets.token_hex(20)}", repr=False)
    webhook_secret: str = field(default_factory=lambda: secrets.token_hex(24), repr=False)
    identity_key: str = field(default_factory=lambda: secrets.token_hex(24), repr=False)
    brevo: str = field(default_factory=lambda: f"xkeysib-{secrets.token_hex(16)}", repr=False)


@click.command("demo")
@click.option(
    "--bind",
    "bind_text",
    metavar="HOST:PORT",
    default="127.0.0.1:8000",
    show_default=True,
    help="The collector; the shop listens one port higher, Brevo two.",
)
def command(bind_text: str) -> None:
    """Try everything: a demo shop, a local Brevo, reminders after seconds. No account needed."""
    bind = read_bind(bind_text)
    for port in range(3):
        check_port(Bind(bind.host, bind.port + port))
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _: told.append(received))
    with tempfile.TemporaryDirectory(prefix="tajo-demo-") as folder, Children(told).running() as children:
        try:
            start(Places(bind, Path(folder)), Keys(), children)
            children.watch()
        except Told:
            return


def read_bind(text: str) -> Bind:
    """Raises Misuse for what is no address of this machine: the demo has no log-ins and known keys."""
    try:
        found: Bind = bind_kind.read(text)
    except ValueError:
        raise Misuse(f"--bind {text!r} is not allowed; allowed: {bind_kind.allowed}") from None
    if found.host not in HOSTS:
        raise Misuse(f"--bind {text}: the demo listens on this machine only; give {' or '.join(HOSTS)} and a port")
    if not 1 <= found.port <= 65533:
        raise Misuse(f"--bind {text}: the demo needs this port and the two after it; give one from 1 to 65533")
    return found


class Children:
    """The processes of the demo, each with its log. Stopped in the opposite order; `told` holds signals."""

    def __init__(self, told: list[int]) -> None:
        self._told = told
        self._running: dict[str, tuple[subprocess.Popen[bytes], Path]] = {}

    @contextmanager
    def running(self) -> Iterator[Children]:
        try:
            yield self
        finally:
            for process, _ in reversed(self._running.values()):
                supervisor.stop(process, GRACE_S)

    def start(self, name: str, command: list[str], log: Path) -> None:
        # The shell is replaced by the command: same process, its output in the log.
        self._running[name] = (supervisor.start(["/bin/sh", "-c", 'exec "$@" >>"$0" 2>&1', str(log), *command]), log)

    def look(self) -> None:
        """Raises Told, and Unready when one has ended by itself."""
        if self._told:
            raise Told
        for name, (process, log) in self._running.items():
            if process.poll() is not None:
                raise Unready(f"{name} ended (status {process.returncode}). Its last words: {tail(log)}")

    def wait_for(self, name: str, is_there: Callable[[], bool]) -> None:
        end = time.monotonic() + START_S
        while not is_there():
            self.look()
            if time.monotonic() > end:
                raise Unready(f"{name} did not start within {START_S:g} s. Its last words: {tail(self.log(name))}")
            time.sleep(LOOK_S)

    def log(self, name: str) -> Path:
        return self._running[name][1]

    def watch(self) -> None:
        """Until told to stop. Raises Told, Unready."""
        while True:
            self.look()
            time.sleep(LOOK_S)


def start(places: Places, keys: Keys, children: Children) -> None:
    """Everything in the order in which it needs each other, then three lines. Raises Told, Unready, Misuse."""
    is_kept = "TAJO_DATABASE" in os.environ
    prepare_environment(os.environ, places, Path.cwd())
    places.settings_file.write_text(yaml.safe_dump(demo_settings(places, keys), sort_keys=False), encoding="utf-8")
    places.settings_file.chmod(0o600)
    python = [sys.executable, "-m"]
    children.start(
        "the local Brevo",
        [*python, "collector.sandbox.brevo", "--port", str(places.collector.port + 2), "--key", keys.brevo],
        places.folder / "brevo.log",
    )
    config = settings()
    migrate(config)
    children.wait_for("the local Brevo", lambda: answers(f"{places.brevo_url}/"))
    prepare_brevo(config)
    plan = {
        "web": demo_web_command(places.collector),
        "worker": [*python, "collector", "worker"],
    }
    children.start(
        "the collector",
        [sys.executable, "-P", str(_HERE / "supervisor.py"), json.dumps(plan)],
        places.folder / "collector.log",
    )
    children.wait_for("the collector", lambda: answers(f"{places.collector_url}/healthz"))
    os.environ[SHOP] = json.dumps(shop_settings(places, keys, is_kept))
    port = str(places.collector.port + 1)
    children.start("the shop", [*python, "collector.sandbox.shop", "--port", port], places.folder / "shop.log")
    del os.environ[SHOP]
    children.wait_for("the shop", lambda: answers(f"{places.shop_url}/healthz"))
    for line in invitation(places):
        click.echo(line)


def prepare_environment(environment: MutableMapping[str, str], places: Places, here: Path) -> None:
    """Takes out settings of a real installation; a relative database is one of the folder we were called in."""
    for name in [name for name in environment if name.startswith(OURS) and name not in KEPT]:
        del environment[name]
    database = environment.get("TAJO_DATABASE", "")
    if database.startswith("sqlite:///") and not database.startswith("sqlite:////"):
        environment["TAJO_DATABASE"] = f"sqlite:///{here / database.removeprefix('sqlite:///')}"
    environment["TAJO_CONFIG"] = str(places.settings_file)
    front = {"shop": places.shop_url, "brevo": places.brevo_url, "settings_file": str(places.settings_file)}
    environment[FRONT] = json.dumps(front)


def demo_settings(places: Places, keys: Keys) -> Mapping[str, Any]:
    """A tajo.yml for people who do not want to wait: reminders after seconds, and many of them."""
    return {
        "bind": str(places.collector),
        "database": "sqlite:///tajo.db",
        "allow_insecure_upstreams": True,
        "limits": {
            "per_address": "1200/m",
            "new_addresses_per_visitor": "1000/d",
            "new_addresses_per_network": "1000/h",
        },
        "tracker": {"capture": "typed"},
        "brevo": {"api_key": keys.brevo, "api_url": f"{places.brevo_url}/v3"},
        "abandonment": {
            "cart": {"after": f"{CART_AFTER_S}s"},
            "checkout": {"after": f"{CART_AFTER_S}s"},
            "browse": {"after": f"{BROWSE_AFTER_S}s"},
            "expire": {"cart": "24h", "checkout": "24h", "browse": "12h"},
            "cap": {"messages": 100, "per": "1h"},
        },
        "delivery": {"mode": "live"},
        "connectors": {
            "woocommerce": {
                "store_url": places.shop_url,
                "consumer_key": keys.consumer_key,
                "consumer_secret": keys.consumer_secret,
                "webhook_secret": keys.webhook_secret,
                "identity_key": keys.identity_key,
                "site_key": keys.site_key,
                "sending": "live",
                "lists": {"all_customers": "All customers", "buyers": "Buyers", "abandoned_cart": "Abandoned carts"},
            }
        },
    }


def shop_settings(places: Places, keys: Keys, is_kept: bool) -> Mapping[str, Any]:
    """In a kept database the numbers of orders must not begin again."""
    return {
        "url": places.shop_url,
        "collector_url": places.collector_url,
        "brevo_url": places.brevo_url,
        "site_key": keys.site_key,
        "consumer_key": keys.consumer_key,
        "consumer_secret": keys.consumer_secret,
        "webhook_secret": keys.webhook_secret,
        "identity_key": keys.identity_key,
        "first_order_id": int(time.time()) - EPOCH_2026 if is_kept else 1001,
    }


def demo_web_command(bind: Bind) -> list[str]:
    """The web server of `tajo serve`, with a page at / that leads to the shop and to Brevo."""
    return ["collector.cli.demo_front:create_app()" if part == "wsgi:app" else part for part in web_command(bind, 1)]


def invitation(places: Places) -> tuple[str, str, str]:
    file = shlex.quote(str(places.settings_file))
    return (
        f"Shop {places.shop_url}   what Brevo gets {places.brevo_url}   collector {places.collector_url}",
        "Try: accept cookies, put a tea into the cart, go to the checkout, type an e-mail address and tick the box, "
        f"then wait {CART_AFTER_S} seconds: Brevo gets cart_abandoned. Buy, and it gets cart_recovered.",
        f"See inside: TAJO_CONFIG={file} tajo events tail   (Ctrl-C stops the demo)",
    )


def prepare_brevo(config: Config) -> None:
    """Attributes and lists, as `tajo brevo setup` makes them. Raises Unready."""
    for used in used_accounts(config):
        for line in prepared(config, used):
            if not line.is_good:
                raise Unready(f"the local Brevo: {line.says}")
        with exchange(config, used.account) as calls:  # an unsubscribe there comes back here
            hook = brevo_webhook.prepared(config, calls)
            if not hook.is_good:
                raise Unready(f"the local Brevo: {hook.says}")


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2, allow_redirects=False).status_code < 500
    except requests.RequestException:
        return False


def tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return " | ".join(lines[-TOLD_LINES:]) or "none"
