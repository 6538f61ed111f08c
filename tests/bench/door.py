"""The door under load beside a no-op route on the same gunicorn, in turns; and the fold working beside it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from collector import bootstrap
from tests.bench import folders, report, servers, traffic
from tests.bench.load import Load, press
from tests.bench.report import Goal, middle, number, spread

LOOK_S = 0.25
PATH = f"/c/{traffic.SITE_KEY}"


@dataclass(frozen=True, slots=True)
class Run:
    """One server under load. Rates per second; `lost`: answered and not in the inbox."""

    load: Load
    cpu_us: float  # of the web processes, per request
    folded: float = 0.0  # events per second
    fold_cpu_us: float = 0.0  # of the worker, per event
    left: int = 0  # beacons not yet folded at the end
    lost: int = 0


@dataclass(slots=True)
class Runs:
    no_op: list[Run] = field(default_factory=list)
    alone: list[Run] = field(default_factory=list)
    folding: list[Run] = field(default_factory=list)


def measure(folder: Path, stocked: Path, seconds: float, rounds: int, web_workers: int, *, fold_only: bool) -> Runs:
    """`stocked`: a folder with beacons waiting, so that the fold has work however slow the door is."""
    runs = Runs()
    texts = traffic.write_texts(folder / "texts")
    for turn in range(rounds):
        report.progress(f"door, round {turn + 1} of {rounds}")
        if not fold_only:
            with folders.thrown_away(folder / "no-op") as place, servers.no_op(place, web_workers) as server:
                runs.no_op.append(_press(server, texts, f"n{turn}", seconds))
            with folders.thrown_away(folder / "alone") as place:
                folders.make(place)
                with servers.tajo(place, web_workers, has_worker=False) as server:
                    runs.alone.append(_press(server, texts, f"a{turn}", seconds, place))
        with folders.thrown_away(folder / "folding") as place:
            folders.copy(stocked, place)
            with servers.tajo(place, web_workers, has_worker=True) as server:
                runs.folding.append(_press(server, texts, f"f{turn}", seconds, place))
    return runs


def memory(folder: Path, seconds: float, web_workers: int) -> tuple[float, float]:
    """MiB of the whole tree, doing nothing and at most under load."""
    report.progress("memory")
    texts = traffic.write_texts(folder / "texts")
    with folders.thrown_away(folder / "memory") as place:
        folders.make(place)
        with servers.tajo(place, web_workers, has_worker=True) as server:
            _press(server, texts, "warm", 1)
            idle = _settled(server)
            with _watched(server) as seen:
                _press(server, texts, "mem", seconds)
    return idle, max(seen)


def show(runs: Runs) -> list[Goal]:
    rows = [
        _row("no-op route", runs.no_op, runs.no_op),
        _row("door, no worker", runs.alone, runs.no_op),
        _row("door, worker folding", runs.folding, runs.no_op),
    ]
    head = ("", "beacons/s", "ratio", "p50 ms", "p99 ms", "p99.9 ms", "web CPU µs", "refused", "lost")
    report.table("Door, 32 connections (medians)", head, [row for row in rows if row])
    folding = [
        (
            spread([run.folded for run in runs.folding]),
            number(middle([run.fold_cpu_us for run in runs.folding])),
            number(middle([run.left for run in runs.folding])),
        )
    ]
    report.table("Fold beside the full door", ("events/s", "worker CPU µs/event", "beacons left"), folding)
    return [*_door_goals(runs), _fold_goal(runs)]


def _door_goals(runs: Runs) -> Iterator[Goal]:
    floor = middle([run.load.rate for run in runs.no_op])
    if not floor:
        return
    for name, some in (("no worker", runs.alone), ("worker folding", runs.folding)):
        ratio = middle([run.load.rate for run in some]) / floor
        yield Goal(f"door ≥ 0.25 of the no-op route, {name}", f"{ratio:.2f}", ratio >= 0.25)
    lost = sum(run.lost for run in (*runs.alone, *runs.folding))
    yield Goal("every beacon answered 204 is in the inbox", f"{lost} lost", lost == 0)


def _fold_goal(runs: Runs) -> Goal:
    folded = middle([run.folded for run in runs.folding])
    return Goal("fold ≥ 2,000 events/s beside the full door", number(folded), folded >= 2000)


def _row(name: str, runs: list[Run], floor: list[Run]) -> tuple[str, ...]:
    if not runs:
        return ()
    ratio = middle([run.load.rate for run in runs]) / middle([run.load.rate for run in floor]) if floor else 0.0
    return (
        name,
        spread([run.load.rate for run in runs]),
        f"{ratio:.2f}" if ratio else "–",
        f"{middle([run.load.p50 for run in runs]):.1f}",
        f"{middle([run.load.p99 for run in runs]):.1f}",
        f"{middle([run.load.p999 for run in runs]):.1f}",
        number(middle([run.cpu_us for run in runs])),
        number(sum(run.load.refused + run.load.broken for run in runs)),
        number(sum(run.lost for run in runs)),
    )


def _press(server: servers.Server, texts: Path, run: str, seconds: float, folder: Path | None = None) -> Run:
    before = (server.web_cpu_s(), server.worker_cpu_s(), *_stored(folder))
    load = press(server.url(PATH), texts, run, seconds)
    after = (server.web_cpu_s(), server.worker_cpu_s(), *_stored(folder))
    web_s, worker_s, arrived, events, _ = (late - early for late, early in zip(after, before, strict=True))
    return Run(
        load,
        cpu_us=web_s / max(1, load.requests) * 1e6,
        folded=events / load.seconds,
        fold_cpu_us=worker_s / events * 1e6 if events else 0.0,
        left=int(after[2] - after[4]),
        lost=0 if folder is None else max(0, load.answered - int(arrived)),
    )


def _stored(folder: Path | None) -> tuple[float, float, float]:
    """Rows that came into the inbox, events in the state, the last row folded."""
    if folder is None:
        return 0, 0, 0
    where = bootstrap.locations(folders.config_of(folder))
    with closing(sqlite3.connect(where.inbox)) as inbox, closing(sqlite3.connect(where.state)) as state:
        (rows,) = inbox.execute("select coalesce(max(id), 0) from inbox").fetchone()
        (events,) = state.execute("select coalesce(max(id), 0) from events").fetchone()
        (folded,) = state.execute("select coalesce(max(last_id), 0) from cursors").fetchone()
    return rows, events, folded


def _settled(server: servers.Server) -> float:
    """Memory once everything that came is folded and nothing moves: the least of four looks."""
    pause = threading.Event()
    looks = []
    for _ in range(4):
        pause.wait(LOOK_S)
        looks.append(server.pss_mb())
    return min(looks)


@contextmanager
def _watched(server: servers.Server) -> Iterator[list[float]]:
    """Memory every quarter of a second, in a list that is complete at the end."""
    seen = [server.pss_mb()]
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_S):
            seen.append(server.pss_mb())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()
