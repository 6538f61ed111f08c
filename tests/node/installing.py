"""Programs of node that tests call, installed by their lock file when the first test asks for one."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
MODULES = FOLDER / "node_modules"


def node_modules() -> Path:
    """The installed folder, as package-lock.json says. Without node: a failure in CI, else the test is skipped."""
    if shutil.which("npm") is None:
        if os.environ.get("CI"):
            pytest.fail("node and npm are not installed")
        pytest.skip("node and npm are not installed")
    lock_file = FOLDER / "package-lock.json"
    stamp = MODULES / f".installed-{hashlib.sha256(lock_file.read_bytes()).hexdigest()[:16]}"
    with lock_file.open("rb") as lock:
        # Tests run in several processes, and only one of them may install.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists():
            command = ["npm", "ci", "--silent", "--no-audit", "--no-fund"]
            done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=300, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
            stamp.touch()
    return MODULES
