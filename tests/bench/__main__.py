"""`python -m tests.bench [--quick] [--only PART,…] [--web-workers N]`"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import tempfile
from pathlib import Path

from tests.bench import door, due, fold, folders, judgement, reminders, report, script_sizes, script_time, shop_pages
from tests.bench.load import GENERATOR
from tests.bench.report import Goal
from tests.node.packages import NotThere

PARTS = ("sizes", "script", "judgement", "fold", "door", "memory", "due", "reminders", "shop")


def main() -> None:
    wanted = _arguments()
    parts = PARTS if wanted.only is None else tuple(wanted.only.split(","))
    if unknown := set(parts) - set(PARTS):
        raise SystemExit(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    seconds, rounds, beacons, carts = (2.0, 1, 5_000, 100_000) if wanted.quick else (6.0, 3, 20_000, 1_000_000)
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version},"
        f" load average {os.getloadavg()[0]:.1f}, {wanted.web_workers} web process(es), generator: {GENERATOR}"
    )
    goals: list[Goal] = []
    with tempfile.TemporaryDirectory(prefix="tajo-bench-") as name:
        folder = Path(name)
        try:
            if "sizes" in parts:
                goals += script_sizes.show(script_sizes.measure())
            if "script" in parts:
                goals += script_time.show(script_time.measure(3 if wanted.quick else 9))
        except NotThere as problem:
            report.progress(f"the tracker is left out: {problem}")
        if "judgement" in parts:
            judgement.show(judgement.measure(rounds))
        if "fold" in parts or "door" in parts:
            report.progress(f"preparing an inbox of {beacons:,} beacons")
            stocked = folder / "stocked"
            folders.stock(stocked, beacons)
        if "fold" in parts:
            fold.show(fold.measure(folder, stocked, rounds))
        if "fold" in parts or "door" in parts:
            is_fold_only = "door" not in parts
            goals += door.show(
                door.measure(folder, stocked, seconds, rounds, wanted.web_workers, fold_only=is_fold_only)
            )
        if "memory" in parts:
            goals.append(_memory(folder, seconds, wanted.web_workers))
        if "due" in parts:
            goals += due.show(due.measure(folder, carts))
        if "reminders" in parts:
            goals += reminders.show(reminders.measure(folder, 15 if wanted.quick else 60, wanted.web_workers))
        if "shop" in parts:
            goals += shop_pages.show(shop_pages.measure(folder, 5 if wanted.quick else 20))
    if goals:
        report.goals(goals)


def _memory(folder: Path, seconds: float, web_workers: int) -> Goal:
    idle, loaded = door.memory(folder, seconds, web_workers)
    row = ("all processes of tajo serve", f"{idle:.0f}", f"{loaded:.0f}")
    report.table("Memory (PSS, MiB)", ("", "idle", "under load"), [row])
    return Goal("memory of the whole tree < 250 MiB", f"{loaded:.0f} MiB", max(idle, loaded) < 250)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="How small and fast tracker, door and fold are here."
    )
    parser.add_argument("--quick", action="store_true", help="short runs, small files: whether it works at all")
    parser.add_argument("--only", metavar="PART,…", help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--web-workers", type=int, default=1, metavar="N", help="as for tajo serve")
    return parser.parse_args()


if __name__ == "__main__":
    main()
