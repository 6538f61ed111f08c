"""What shops run is PHP that 7.4 reads and the newest, too. (php -l and phpcs: tests/tracker/…_snippet.py.)"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.node.installing import FOLDER, node_modules
from tests.tracker.test_tracker_woocommerce_snippet import SHOP
from tests.tracker.wordpress import snippet_file
from tests.wordpress.shop import PLUGIN

VERSIONS = "7.4,8.1,8.4"


def complaints(*files: Path) -> list[tuple[str, str]]:
    """(name of the file, version of PHP) of each one that cannot be read."""
    node_modules()
    command = ["node", "php-syntax.mjs", VERSIONS, *map(str, files)]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return [(Path(file).name, version) for file, version, _ in json.loads(done.stdout)]


def test_plugin_and_snippet_are_php_from_7_4_to_8_4(tmp_path: Path) -> None:
    newer, broken = tmp_path / "newer.php", tmp_path / "broken.php"
    newer.write_text("<?php\n$name = $user?->name;\n")
    broken.write_text("<?php\nfunction {\n")
    found = complaints(PLUGIN, snippet_file(tmp_path, SHOP, "https://collect.example"), newer, broken)
    assert found == [
        ("newer.php", "7.4"),
        ("broken.php", "7.4"),
        ("broken.php", "8.1"),
        ("broken.php", "8.4"),
    ], "they look, and find nothing in ours"


@pytest.mark.parametrize(
    ("why", "newer"),
    [
        ("types of which one is meant (8.0)", r"function \w+\([^)]*\w\|\w"),
        ("properties made by the constructor (8.0)", r"__construct\([^)]*(?:public|private|protected)"),
        ("properties that do not change (8.1)", r"\breadonly [?\w]*\s*\$"),
        ("functions that never return, or give anything (8.0, 8.1)", r"\): (?:never|mixed|static)\b"),
        ("functions of PHP 8", r"\b(?:str_contains|str_starts_with|str_ends_with|array_is_list|get_debug_type)\("),
    ],
)
def test_nor_is_there_what_the_parser_overlooks(why: str, newer: str) -> None:
    assert not re.search(newer, PLUGIN.read_text(encoding="utf-8")), why
