"""The WordPress snippet, or the plugin, run by a real PHP in a page of a shop (woo_pages/wordpress.php)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from collector.bootstrap.snippets import plugin, snippet
from collector.domain.shop import Secrets, Shop

STAND_IN = Path(__file__).parent / "woo_pages" / "wordpress.php"
IDENTITY_KEY = "key-of-the-shop"
LOGGED_IN = {"wordpress_logged_in_x": "a cookie no script can read"}
ASKING = {"x_tajo": "1"}


def tool(name: str) -> str:
    """Its path. In CI a missing one is a failure, elsewhere the test is skipped."""
    found = shutil.which(name)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed")
    return found


def snippet_file(folder: Path, shop: Shop, address: str) -> Path:
    """The filled-in snippet as a functions.php of its own."""
    _, text = snippet(replace(shop, secrets=Secrets(identity=(IDENTITY_KEY,))), address)
    path = folder / f"functions-{shop.site_key}.php"
    path.write_text(f"<?php\n\n{text}")
    return path


def plugin_file(folder: Path, shop: Shop, address: str) -> Path:
    """The plugin with the values of the shop in it."""
    _, text = plugin([replace(shop, secrets=Secrets(identity=(IDENTITY_KEY,)))], address)
    path = folder / f"plugin-{shop.site_key}.php"
    path.write_text(text)
    return path


@dataclass
class WordPress:
    """Calls are remembered: the same request gives the same answer."""

    snippet: Path
    user: dict[str, Any] = field(
        default_factory=lambda: {
            "ID": 7,
            "user_email": "Ana@Shop.example",
            "first_name": "",
            "display_name": "Ana Müller",
        }
    )
    _answers: dict[str, dict[str, Any]] = field(default_factory=dict)

    def run(
        self,
        *,
        product: dict[str, Any] | None = None,
        line: dict[str, Any] | None = None,
        cookies: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        get: dict[str, str] | None = None,
        order_meta: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """What the snippet did with this request; fails on any notice or warning."""
        given = json.dumps(
            {
                "snippet": str(self.snippet),
                "user": self.user,
                "product": product,
                "line": line,
                "cookies": cookies or {},
                "headers": headers or {},
                "get": get or {},
                "order_meta": order_meta or {},
            }
        )
        if given not in self._answers:
            done = subprocess.run(
                [tool("php"), "-d", "display_errors=stderr", str(STAND_IN)],
                input=given,
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )
            assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
            self._answers[given] = json.loads(done.stdout)
        return self._answers[given]
