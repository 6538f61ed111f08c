"""Showing what comes, until Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable

LOOK_S = 0.4


def follow(show_next: Callable[[], None]) -> None:
    """Call it again and again. Ctrl-C is the ordinary end."""
    try:
        while True:
            show_next()
            time.sleep(LOOK_S)
    except KeyboardInterrupt:
        return
