"""What `.ci/setup-machine` asks of a machine that has nothing: names of packages, as Debian knows them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / ".ci" / "setup-machine"
NEEDED = {
    "browser": {"chromium", "firefox-esr"},
    "node": {"nodejs", "npm"},
    "php": {"php-cli", "php-codesniffer", "php-fpm", "libapache2-mod-php", "php-curl"},
    "bench": {"wrk", "chromium", "npm", "php-cli", "php-fpm", "libapache2-mod-php", "php-curl"},
}
# Found by where they are, not by the path of programs.
ELSEWHERE = {"php-fpm": Path("/usr/sbin"), "libapache2-mod-php": Path("/usr/lib/apache2/modules")}


@pytest.mark.parametrize(("part", "packages"), NEEDED.items())
def test_a_bare_machine_is_told_every_package(part: str, packages: set[str], tmp_path: Path) -> None:
    packages = {name for name in packages if not (name in ELSEWHERE and any(ELSEWHERE[name].glob("*php*")))}
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
    (tmp_path / "id").chmod(0o755)
    for name in ("bash", "cat", "ls"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    bare = {"PATH": str(tmp_path), "CI": "true"}
    said = subprocess.run([shutil.which("bash") or "bash", SCRIPT, part], env=bare, capture_output=True, text=True)
    assert said.returncode == 1
    missing = next(line for line in said.stderr.splitlines() if line.startswith("Missing on this machine: "))
    assert set(missing.removeprefix("Missing on this machine: ").partition(". As root")[0].split()) == packages
