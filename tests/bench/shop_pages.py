"""What a collector that is well, dead, slow or talks rubbish costs a WooCommerce shop's pages.

The page takes what it takes without the plugin; every other is the same page with it, and puts something into the cart.
"Every page calls" has no pauses after failures: the worst there could be. The pages take turns in each round.
The first page of each kind warms up and is shown by itself: it is the one that calls when an outage begins.
"""

from __future__ import annotations

import json
import shutil
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.bench import report
from tests.bench.report import Goal, middle
from tests.wordpress.php_servers import Ask, NoPhp, apache, fpm, open_to_all
from tests.wordpress.shop import MUG, PLUGIN, VISITOR

SLOW_S = 10.0
WORK = 300  # thousand hashes: some tens of milliseconds, a quick page of a shop
NOISE = 1.1
WITHOUT = "without the plugin"
EACH = ", every page calls"
ANSWERS = {
    "alive": (0.0, b"HTTP/1.1 204 No Content\r\nX-Collector: accepted=1\r\nContent-Length: 0\r\n\r\n"),
    "slow": (SLOW_S, b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"),
    "rubbish": (0.0, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"),
}


class _Collector(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    wait_s: float
    answer: bytes
    calls = 0


class _Answering(socketserver.StreamRequestHandler):
    server: _Collector

    def handle(self) -> None:
        self.server.calls += 1
        headers = {}
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            headers[name.lower()] = value
        self.rfile.read(int(headers.get(b"content-length", b"0")))
        time.sleep(self.server.wait_s)
        try:
            self.wfile.write(self.server.answer)
        except OSError:
            return  # the plugin did not wait


@contextmanager
def _collectors() -> Iterator[dict[str, str]]:
    """By what they are like: the address of each."""
    with ExitStack() as running, socket.create_server(("127.0.0.1", 0)) as closed:
        addresses = {"dead": f"http://127.0.0.1:{closed.getsockname()[1]}"}
        servers: list[_Collector] = []
        closed.close()
        for name, (wait_s, answer) in ANSWERS.items():
            server = running.enter_context(_Collector(("127.0.0.1", 0), _Answering))
            server.wait_s, server.answer = wait_s, answer
            threading.Thread(target=server.serve_forever, daemon=True).start()
            running.callback(server.shutdown)
            addresses[name] = f"http://127.0.0.1:{server.server_address[1]}"
            servers.append(server)
        yield addresses
        if not all(server.calls for server in servers):
            raise RuntimeError("a collector was never called: nothing was measured")


def measure(folder: Path, rounds: int) -> dict[str, dict[str, list[float]]]:
    """Milliseconds by kind of PHP and kind of page, the first page first. Raises NoPhp."""
    found: dict[str, dict[str, list[float]]] = {}
    with _collectors() as addresses, open_to_all() as shop:
        shutil.copy(PLUGIN, shop)
        for name, server in (("PHP-FPM", fpm(folder)), ("Apache's module", apache(shop))):
            report.progress(f"a shop's pages: {name}")
            try:
                with server as ask:
                    found[name] = _rounds(ask, addresses, shop, rounds)
            except NoPhp as problem:
                report.progress(f"{name} is left out: {problem}")
    return found


def _rounds(ask: Ask, addresses: dict[str, str], folder: Path, rounds: int) -> dict[str, list[float]]:
    pages: dict[str, tuple[dict[str, Any], bool]] = {WITHOUT: ({"plugin": []}, True)}
    for name, address in addresses.items():
        file = folder / f"options-{name}.json"
        pages[f"collector {name}"] = (_world(address, file), True)
        pages[f"collector {name}{EACH}"] = (_world(address, file.with_suffix(".each.json")), False)
    times: dict[str, list[float]] = {name: [] for name in pages}
    for number in range(rounds + 1):
        for name, (world, has_pauses) in pages.items():
            if "options_file" in world and (number == 0 or not has_pauses):
                Path(world["options_file"]).unlink(missing_ok=True)
            body = json.dumps({"work": WORK, "steps": [["add", 13, number + 1], ["pages"]], **_shop(), **world})
            begun = time.perf_counter()
            page = ask(body.encode())
            times[name].append((time.perf_counter() - begun) * 1e3)
            if b"rror" in page or (world["plugin"] and b"tajoConfig" not in page):
                raise RuntimeError(page[:2000].decode("utf-8", "replace"))
    return times


def _shop() -> dict[str, Any]:
    return {
        "products": {"13": MUG},
        "cookies": {"tajo_id": VISITOR, "wp_consent_marketing": "allow"},
        "consent": {"type": "optin"},
    }


def _world(address: str, options_file: Path) -> dict[str, Any]:
    settings = {"url": address, "site_key": "site-key-1", "identity_key": "key-of-the-shop"}
    plugin = options_file.with_name(PLUGIN.name)
    return {"plugin": [str(plugin)], "options": {"tajo_collector": settings}, "options_file": str(options_file)}


def show(found: dict[str, dict[str, list[float]]]) -> list[Goal]:
    """Ratios are of the middle ones: a processor may be quicker for a moment as well as slower."""
    goals = []
    for server, times in found.items():
        warm = {name: each[1:] for name, each in times.items()}
        base = middle(warm[WITHOUT])
        rows = [
            (
                name,
                f"{times[name][0]:.1f}",
                f"{min(each):.1f}",
                f"{middle(each):.1f}",
                f"{max(each):.1f}",
                f"{middle(each) / base:.2f}",
            )
            for name, each in warm.items()
        ]
        head = ("", "first", "quickest", "middle", "longest", "ratio")
        report.table(f"A page that changes the cart, {server} (ms)", head, rows)
        worst = max(middle(warm[name]) for name in warm if name != WITHOUT) / middle(warm["collector alive"])
        said = f"{server}: collector dead, slow or talking rubbish, as if alive"
        goals.append(Goal(said, f"{worst:.2f} times", worst < NOISE))
    return goals
