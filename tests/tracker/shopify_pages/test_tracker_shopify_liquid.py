"""The Liquid that merchants paste: right by Shopify's own checker, and made only of what Shopify knows."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from liquid import Environment
from liquid.static_analysis import Variable

from collector.bootstrap.snippets import snippet
from tests.node.installing import node_modules
from tests.tracker.shopify_pages.engine import engine
from tests.tracker.shopify_pages.server import the_shop

LIQUID = snippet(the_shop("site-key-1"), "https://collect.example")[1]
MERCHANTS = Path(__file__).parents[3] / "docs" / "merchants" / "shopify.md"
LAYOUT = """<!doctype html>
<html lang="{{{{ request.locale.iso_code }}}}">
  <head>
    <title>{{{{ page_title }}}}</title>
    {{{{ content_for_header }}}}
    {pasted}
  </head>
  <body>
    {{{{ content_for_layout }}}}
  </body>
</html>
"""


def checked(folder: Path, checks: str) -> list[str]:
    """The names of the offences in a theme or an extension."""
    modules = node_modules()
    (folder / ".theme-check.yml").write_text(f"extends: theme-check:{checks}\n")
    command = ["node", str(modules.parent / "theme-check.mjs"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return [found["check"] for found in json.loads(done.stdout)]


def offences(theme: Path, pasted: str) -> list[str]:
    """All of theme-check's checks, also those it does not recommend to everybody."""
    for folder in ("assets", "config", "layout", "locales", "sections", "snippets", "templates"):
        (theme / folder).mkdir()
    (theme / "layout" / "theme.liquid").write_text(LAYOUT.format(pasted=pasted))
    return checked(theme, "all")


def test_shopifys_checker_finds_nothing(tmp_path: Path) -> None:
    assert offences(tmp_path, LIQUID) == []


def test_nor_in_an_app_embed_block_made_as_the_page_for_merchants_says(tmp_path: Path) -> None:
    schema = MERCHANTS.read_text().split("```liquid\n")[1].split("```")[0]
    assert "{% schema %}" in schema
    for folder in ("assets", "blocks", "locales", "snippets"):
        (tmp_path / folder).mkdir()
    (tmp_path / "blocks" / "tajo.liquid").write_text(f"{LIQUID}\n{schema}")
    assert checked(tmp_path, "theme-app-extension") == []


@pytest.mark.parametrize(
    ("why", "right", "wrong", "check"),
    [
        ("a script that stops the page", " defer></script>", "></script>", "ParserBlockingScript"),
        ("a variable nobody set", "tajo_text | hmac_sha256", "tajo_txet | hmac_sha256", "UndefinedObject"),
        ("a script from elsewhere", "{%- # theme-check-disable RemoteAsset -%}", "", "RemoteAsset"),
        ("an end that is missing", "{%- endunless -%}", "", "LiquidHTMLSyntaxError"),
    ],
)
def test_the_checker_would_notice(tmp_path: Path, why: str, right: str, wrong: str, check: str) -> None:
    assert right in LIQUID
    assert check in offences(tmp_path, LIQUID.replace(right, wrong, 1)), why


@pytest.fixture(scope="module")
def shopify_knows() -> dict[str, dict[str, Any]]:
    """Shopify's own description of Liquid: objects by name, their properties, and filters under ''."""
    data = node_modules() / "@shopify" / "theme-check-docs-updater" / "data"
    objects = {
        found["name"]: {one["name"]: one["return_type"] for one in found["properties"]}
        for found in json.loads((data / "objects.json").read_text())
    }
    filters = {found["name"]: found["deprecated"] for found in json.loads((data / "filters.json").read_text())}
    return {**objects, "": filters}


def unknown(liquid: str, known: dict[str, dict[str, Any]]) -> Iterator[str]:
    """What the text uses and Shopify has not. Filters that Shopify wants no more count as unknown."""
    environment: Environment = engine("dawn")
    analysis = environment.from_string(liquid).analyze()
    for name in analysis.filters:
        if known[""].get(name, True):
            yield name
    for uses in analysis.globals.values():
        for use in uses:
            yield from unknown_step(use, known)


def unknown_step(use: Variable, known: dict[str, dict[str, Any]]) -> Iterator[str]:
    kind = str(use.segments[0])
    for step in use.segments:
        if step == use.segments[0]:
            if step not in known:
                yield str(use)
                return
            continue
        if step not in known.get(kind, {}):
            yield str(use)
            return
        kind = known[kind][str(step)][0]["type"]


def test_it_uses_what_shopify_has(shopify_knows: dict[str, dict[str, Any]]) -> None:
    assert list(unknown(LIQUID, shopify_knows)) == []


@pytest.mark.parametrize(
    "liquid", ["{{ cart.token }}", "{{ cart.currency.code }}", "{{ shopper.id }}", "{{ product.images | img_url }}"]
)
def test_and_what_shopify_has_not_would_be_noticed(liquid: str, shopify_knows: dict[str, dict[str, Any]]) -> None:
    assert len(list(unknown(liquid, shopify_knows))) == 1


@pytest.mark.parametrize(
    ("why", "request_values"),
    [
        ("theme editor", {"design_mode": True, "visual_preview_mode": False}),
        ("preview", {"design_mode": False, "visual_preview_mode": True}),
    ],
)
def test_nothing_is_printed_where_nobody_shops(why: str, request_values: dict[str, bool]) -> None:
    assert engine("dawn").from_string(LIQUID).render(request=request_values).strip() == "", why
