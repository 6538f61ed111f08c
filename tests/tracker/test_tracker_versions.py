"""Versions of the script that were published are kept as they were, under the hash of what they are."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "static" / "tracker"
ROW = re.compile(r"^\| \d{4}-\d\d-\d\d \| `(?P<name>[^`]+)` \| `sha384-(?P<integrity>[^`]+)` \|$", re.MULTILINE)


def check(versions: Path) -> set[str]:
    """Every script is what its name says, and stands in the table with its integrity. Their names."""
    told = {row["name"]: row["integrity"] for row in ROW.finditer((versions / "README.md").read_text())}
    kept = {path.name: path.read_bytes() for path in versions.glob("*.js")}
    for name, script in kept.items():
        platform, digest, _ = name.split(".")
        assert platform in ("shopify", "woocommerce")
        assert digest == hashlib.sha256(script).hexdigest()[:16], name
        assert told[name] == base64.b64encode(hashlib.sha384(script).digest()).decode(), name
    return set(kept)


def test_what_is_kept_was_not_changed() -> None:
    check(FOLDER / "versions")


def test_publishing_keeps_the_built_scripts_once(tmp_path: Path) -> None:
    if shutil.which("node") is None:
        if os.environ.get("CI"):
            pytest.fail("node is not installed")
        pytest.skip("node is not installed")
    copy = tmp_path / "tracker"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("node_modules"))
    before = check(copy / "versions")
    for _ in range(2):
        subprocess.run(["node", "publish.mjs"], cwd=copy, check=True, capture_output=True, timeout=60)
        built = {
            f"{name}.{hashlib.sha256((copy / 'dist' / f'{name}.js').read_bytes()).hexdigest()[:16]}.js"
            for name in ("shopify", "woocommerce")
        }
        assert check(copy / "versions") == before | built
    assert len(ROW.findall((copy / "versions" / "README.md").read_text())) == len(before | built)
