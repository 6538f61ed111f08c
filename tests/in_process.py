"""Running `tajo` inside the test's own process, in a folder of its own: what answers at the wire is the test's.

Another process, as its users run it: tests/cli/running.py.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector.cli import main

Tajo = Callable[..., Result]
OURS = ("TAJO_", "BREVO_", "SHOPIFY_", "WC_")


def forget_settings(patch: pytest.MonkeyPatch) -> None:
    """Those of this machine's environment."""
    for name in [name for name in os.environ if name.startswith(OURS)]:
        patch.delenv(name)


def step_into(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.chdir(folder)
    forget_settings(patch)


def tajo(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(main, arguments, input=stdin)


def settled(folder: Path, settings: str, patch: pytest.MonkeyPatch) -> Tajo:
    """In this folder, with these settings and files made for them."""
    step_into(folder, patch)
    (folder / "tajo.yml").write_text(settings)
    done = tajo("migrate")
    assert done.exit_code == 0, done.output
    return tajo
