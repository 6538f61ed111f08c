"""The fold alone, in this process: a prepared inbox becomes state, as `tajo worker` does it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from collector import bootstrap
from collector.bootstrap.folding import fold_services
from collector.domain.door import Lane
from collector.pipeline.fold import FoldServices, fold_some
from collector.sources.tracker.parse import parse
from collector.standards.addresses import StandardAddresses
from collector.standards.currencies import IsoCurrencies
from tests.bench import folders, report
from tests.bench.report import middle, number, spread
from tests.bench.traffic import EVENTS_PER_BEACON


@dataclass(frozen=True, slots=True)
class Folded:
    """Of one run over the whole inbox, per event."""

    rate: float  # events per second
    cpu_us: float
    parse_us: float


def measure(folder: Path, stocked: Path, rounds: int) -> list[Folded]:
    runs = []
    for turn in range(rounds):
        report.progress(f"fold, round {turn + 1} of {rounds}")
        with folders.thrown_away(folder / "fold") as place:
            config = folders.copy(stocked, place)
            with bootstrap.open_desk(config) as desk:
                runs.append(_fold_all(fold_services(desk), desk))
    return runs


def show(runs: list[Folded]) -> None:
    row = (
        spread([run.rate for run in runs]),
        number(middle([run.cpu_us for run in runs])),
        f"{middle([run.parse_us for run in runs]):.1f}",
    )
    report.table("Fold alone (medians)", ("events/s", "CPU µs/event", "of it parsing µs/event"), [row])


def _fold_all(services: FoldServices, desk: bootstrap.Desk) -> Folded:
    [shop] = desk.shops.all()
    sample = desk.reader.next_rows(shop.id, Lane.LIVE, 0, 2000)
    currencies, addresses = IsoCurrencies(), StandardAddresses()
    begun = time.process_time()
    for row in sample:
        parse(row, shop, currencies, addresses)
    parse_us = (time.process_time() - begun) / (len(sample) * EVENTS_PER_BEACON) * 1e6
    rows = 0
    wall, cpu = time.perf_counter(), time.process_time()
    while folded := fold_some(services, shop, Lane.LIVE, bootstrap.clock()):
        rows += folded
    events = rows * EVENTS_PER_BEACON
    return Folded(
        rate=events / (time.perf_counter() - wall),
        cpu_us=(time.process_time() - cpu) / events * 1e6,
        parse_us=parse_us,
    )
