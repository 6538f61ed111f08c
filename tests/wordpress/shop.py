"""A WooCommerce shop with the plugin, one request at a time: a real PHP; stand_in/ is its WordPress and WooCommerce."""

from __future__ import annotations

import atexit
import functools
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.tracker.wordpress import tool

STAND_IN = Path(__file__).parent / "stand_in" / "serve.php"
END = "\x1e"
PLUGIN = Path(__file__).parents[2] / "theme_snippets" / "woocommerce" / "tajo-collector.php"
VISITOR = "01J9ZK-visitor"
PAUSE_OVER = "tajo_collector_pause_over"
MUG: dict[str, Any] = {
    "id": 13,
    "sku": "M-1",
    "name": "Mug",
    "title": "Mum&#039;s mug",
    "price": 10,
    "url": "https://shop.example/product/mug/",
    "image": "https://shop.example/mug.jpg",
}
SHIRT: dict[str, Any] = {
    "id": 21,
    "parent": 20,
    "sku": "S-S",
    "name": "Shirt - S, Red",
    "title": "Shirt",
    "variation": ["S", "Red"],
    "price": 25,
    "url": "https://shop.example/product/shirt/?attribute_size=S",
    "image": "",
}


@functools.cache
def _php() -> subprocess.Popen[str]:
    command = [tool("php"), "-d", "display_errors=stdout", "-d", "opcache.enable_cli=1", str(STAND_IN)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(process.kill)
    return process


def _ran(request: str) -> str:
    """What it printed."""
    php = _php()
    assert php.stdin
    assert php.stdout
    php.stdin.write(f"{request}\n")
    php.stdin.flush()
    lines: list[str] = []
    for line in php.stdout:
        if line.startswith(END):
            assert line == f"{END}0\n", "".join(lines)
            return "".join(lines)
        lines.append(line)
    raise AssertionError(f"PHP ended: {''.join(lines)}")


@dataclass(frozen=True)
class Done:
    """What one request did."""

    printed: str
    results: list[Any]
    journal: list[list[Any]]

    def told(self, what: str) -> list[Any]:
        """What the journal says of one kind of happening."""
        return [entry[1] if len(entry) > 1 else None for entry in self.journal if entry[0] == what]

    def order(self, *of: str) -> list[str]:
        """These happenings, in the order they came."""
        return [entry[0] for entry in self.journal if entry[0] in of]


@dataclass
class PluginShop:
    """Session, options and cart stay from one request to the next; `world` is what else there is (see shop.php)."""

    world: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    def request(self, *steps: list[Any], **more: Any) -> Done:
        """Fails on any notice, warning or deprecation, and on a word outside the page."""
        given = {
            "plugin": [str(PLUGIN)],
            "products": {str(product["id"]): product for product in (MUG, SHIRT)},
            "steps": list(steps),
            **self.world,
            **self.kept,
            **more,
        }
        said = json.loads(_ran(json.dumps(given)))
        self.kept = said["kept"]
        return Done(said["printed"], said["results"], said["journal"])

    @property
    def record(self) -> dict[str, Any] | None:
        """What the session says was told."""
        found: dict[str, Any] | None = self.kept["session"].get("tajo_collector")
        return found

    @property
    def pause(self) -> dict[str, Any]:
        return dict(self.kept["options"].get("tajo_collector_pause") or {})


def plugin_shop(collector: str, **world: Any) -> PluginShop:
    """A shop whose visitor agreed in a banner, with the plugin set up for this collector."""
    settings = {"url": collector, "site_key": "site-key-1", "identity_key": "key-of-the-shop"}
    settings |= world.pop("settings", {})
    there: dict[str, Any] = {
        "cookies": {"tajo_id": VISITOR, "wp_consent_marketing": "allow"},
        "consent": {"type": "optin"},
        "has_finish": True,
    }
    return PluginShop(there | world, {"options": {"tajo_collector": settings}})
