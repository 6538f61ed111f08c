"""The README is the front door: what it says of settings and folders is what is there."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.cli.running import tajo

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_settings_in_the_readme_are_those_in_force(tmp_path: Path) -> None:
    printed = tajo(tmp_path, "check", "--markdown").stdout.strip()
    begin, end = "<!-- settings -->\n", "\n<!-- /settings -->"
    assert README[README.index(begin) + len(begin) : README.index(end)].strip() == printed


def test_every_folder_of_the_product_is_on_the_map() -> None:
    tracked = subprocess.run(["git", "ls-files", "collector"], cwd=ROOT, capture_output=True, text=True, check=True)
    folders = {path.split("/")[1] for path in tracked.stdout.split() if path.count("/") >= 2}
    missing = {folder for folder in folders if f"{folder}/" not in README}
    assert not missing
