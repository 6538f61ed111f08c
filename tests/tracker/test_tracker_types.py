"""TypeScript finds nothing wrong in the tracker, nor, by Shopify's own types, in what reads Shopify's events."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.node.installing import node_modules

FOLDER = Path(__file__).parents[2] / "static" / "tracker"
CONFIG = FOLDER / "tsconfig.json"


def complaints(config: Path) -> list[str]:
    command = [str(node_modules() / ".bin" / "tsc"), "--project", str(config), "--pretty", "false"]
    done = subprocess.run(command, cwd=config.parent, capture_output=True, text=True, timeout=120, check=False)
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_the_sources_are_sound() -> None:
    assert complaints(CONFIG) == []


@pytest.mark.parametrize(
    ("why", "script", "complaint"),
    [
        ("what the page has", "window.Shopify?.routes?.root", None),
        ("what the page has not", "window.Shopify?.root", "'root' does not exist"),
        ("what may be missing", "window.Shopify.shop", "possibly 'undefined'"),
        ("a setting", "window.tajoConfig?.siteKey", None),
        ("a setting nobody has", "window.tajoConfig?.sitekey", "Did you mean 'siteKey'"),
        (
            "a field of an event of Shopify's",
            "analytics.subscribe('checkout_started', event => event.data.checkout.token)",
            None,
        ),
        (
            "a field that event has not",
            "analytics.subscribe('checkout_started', event => event.data.checkout.cartToken)",
            "'cartToken' does not exist",
        ),
        (
            "a field that may be empty",
            "analytics.subscribe('product_added_to_cart', event => event.data.cartLine.quantity)",
            "possibly 'null'",
        ),
    ],
)
def test_the_checker_knows_what_pages_and_pixels_have(
    tmp_path: Path, why: str, script: str, complaint: str | None
) -> None:
    (tmp_path / "one.js").write_text(script + "\n")
    settings = {"extends": str(CONFIG), "include": [str(tmp_path / "one.js"), str(FOLDER / "*.d.ts")]}
    (tmp_path / "tsconfig.json").write_text(json.dumps(settings))
    found = complaints(tmp_path / "tsconfig.json")
    if complaint is None:
        assert found == [], why
    else:
        assert [complaint in line for line in found] == [True], (why, found)
