"""What is checked in is what the readable sources give, small, and names nobody's machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest

FOLDER = Path(__file__).parents[2] / "static" / "tracker"


@pytest.mark.parametrize(("name", "most"), [("shopify", 4096), ("woocommerce", 4096), ("loader", 300)])
def test_a_script_stays_small(name: str, most: int) -> None:
    built = (FOLDER / "dist" / f"{name}.js").read_bytes()
    weight = len(brotli.compress(built))
    assert weight <= most, f"{name}.js weighs {weight} bytes"
    assert built.isascii(), "any page's encoding reads it the same"


def test_the_built_scripts_are_fresh(tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        if os.environ.get("CI"):
            pytest.fail("node and npm are not installed")
        pytest.skip("node and npm are not installed")
    # Built elsewhere, so that two test runs do not install into one folder.
    shutil.copytree(FOLDER, tmp_path / "tracker", ignore=shutil.ignore_patterns("node_modules"))
    for command in (["npm", "ci", "--silent", "--no-audit", "--no-fund"], ["node", "build.mjs", "--check"]):
        done = subprocess.run(
            command, cwd=tmp_path / "tracker", capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_lock_file_names_versions_and_digests_but_no_registry() -> None:
    text = (FOLDER / "package-lock.json").read_text()
    assert "integrity" in text
    assert "resolved" not in text
    assert "://" not in text
