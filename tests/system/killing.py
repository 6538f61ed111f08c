"""A `connectors sync` that is ended by force, and what a shopper does meanwhile."""

from __future__ import annotations

import time

from tests.system.product import LONGEST_S
from tests.system.rig import Rig


def rows_read(shop: Rig) -> int:
    return sum(shop.read_rows().values())


def kill_when(shop: Rig, rows: int, wait_s: float, longest_s: float = LONGEST_S) -> bool:
    """Begin a sync, or go on with the one that was killed; end it by force once the inbox holds so many rows, at the
    latest after `longest_s`, and a little later. Whether it was still running then."""
    process, end = shop.begin_sync(), time.monotonic() + longest_s
    try:
        while rows_read(shop) < rows and process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(wait_s)
        was_running = process.poll() is None
        process.kill()
        output, _ = process.communicate()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    assert was_running or process.returncode == 0, output
    return was_running
