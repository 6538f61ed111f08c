"""The settings of this call: the environment and the file, read once."""

from __future__ import annotations

import os
from pathlib import Path

from collector.config import Config, load


def settings() -> Config:
    """Raises Misuse."""
    return load(os.environ, Path.cwd())
