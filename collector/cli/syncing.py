"""`tajo connectors sync`: read a shop's customers, orders, products and coupons into the history lane."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from collector.bootstrap import clock, open_desk
from collector.bootstrap.syncing import sync_services, waiting_of, window
from collector.cli.printing import as_json, clean, is_at_a_terminal
from collector.cli.settings import settings
from collector.domain.door import Lane
from collector.domain.errors import Misuse
from collector.domain.quiet import zone_of
from collector.domain.shop import Shop
from collector.domain.syncing import RESOURCES, Run, RunType
from collector.domain.timestamps import to_text
from collector.pipeline.syncing.reading import START_WORKER, Progress, Reading, SyncServices, Wish

LINE_EVERY = timedelta(seconds=5)  # where there is no terminal


@click.command("sync")
@click.argument("name")
@click.option("--type", "type_", type=click.Choice(["full", "incremental"]), default="full", show_default=True)
@click.option("--resources", default="", help=f"Some of {','.join(RESOURCES)}; all the shop has when absent.")
@click.option("--since", "since_text", default="", help="A date: orders placed, others changed from then on.")
@click.option("--off-peak", is_flag=True, help="Wait for sync.window, or for 01:00 to 06:00 of the shop's clock.")
@click.option("--json", "wants_json", is_flag=True, help="For programs: the outcome as one object.")
def command(name: str, type_: str, resources: str, since_text: str, off_peak: bool, wants_json: bool) -> None:
    """Read a shop's records. Nothing they say starts a message. Stopped, it goes on where it was when called again."""
    config = settings()
    with open_desk(config) as desk, _stopped_by_sigterm():
        shop = desk.shops.by_name(name)
        with sync_services(config, desk, shop) as services:
            wish = Wish(
                RunType(type_),
                _resources(resources, services.history.resources, shop),
                _since(since_text, shop),
                window(config, shop, off_peak),
            )
            run, has_worker = _read(services, shop, wish, wants_json), services.has_worker()
            waiting, called = waiting_of(desk, shop)[Lane.HISTORY].rows, desk.shops.name_of(shop)
    if wants_json:
        as_json(described(run))
        return
    notes = [] if has_worker else [START_WORKER]
    if has_worker and waiting:
        notes.append(f"{waiting:,} records are still taken in: `tajo connectors status {called}` counts them")
    for line in [*in_words(run), *(f"note: {note}" for note in notes)]:
        click.echo(clean(line))


def _read(services: SyncServices, shop: Shop, wish: Wish, is_quiet: bool) -> Run:
    reading = Reading(services, shop, wish)
    say = _nothing if is_quiet else click.echo
    if reading.resumed is not None:
        read = ", ".join(f"{count:,} {resource}" for resource, count in reading.counts().items() if count)
        say(f"resumes the sync of {to_text(reading.resumed.started_at)}, {read or 'nothing'} already read")
    else:
        since = f" since {to_text(reading.run_.since)}" if reading.run_.since else ""
        say(f"reads {', '.join(reading.run_.resources)} of {shop.address}{since}")
    try:
        with _shown(is_quiet) as show, closing(reading.run()) as shown:
            for progress in shown:
                show.see(progress)
    except KeyboardInterrupt:
        say("stopped; the same command goes on from here")
        sys.exit(1)
    return reading.run_


def in_words(run: Run) -> list[str]:
    """The end, for people."""
    lines = [f"{resource}: {_counted(counts)}" for resource, counts in run.counts.items()]
    lines += [f"note: {sentence}" for sentence in run.said]
    return [*lines, "done; `tajo brevo history` shows what of it Brevo is still to be told"]


def described(run: Run) -> dict[str, object]:
    """A run for programs."""
    return {
        "id": run.id,
        "type": run.type.value,
        "resources": list(run.resources),
        "since": to_text(run.since) if run.since else None,
        "startedAt": to_text(run.started_at),
        "endedAt": to_text(run.ended_at) if run.ended_at else None,
        "state": run.state.value,
        "counts": {resource: dict(counts) for resource, counts in run.counts.items()},
        "error": run.error,
        "notes": list(run.said),
    }


def _counted(counts: object) -> str:
    stated = counts if isinstance(counts, dict) else {}
    looked = stated.get("looked", 0)
    read = f"{stated.get('read', 0):,} read"
    return f"{read}, {looked:,} changed records looked at" if looked else read


def _resources(given: str, there: Sequence[str], shop: Shop) -> tuple[str, ...]:
    """In the order they are best read in. Raises Misuse."""
    wanted = {word.strip().lower() for word in given.split(",") if word.strip()}
    if unknown := sorted(wanted - set(there)):
        raise Misuse(f"--resources {','.join(unknown)}: of a {shop.platform} shop we read {', '.join(there)}")
    return tuple(resource for resource in there if not wanted or resource in wanted)


def _since(given: str, shop: Shop) -> datetime | None:
    """A date is midnight by the shop's clock. Raises Misuse."""
    if not given:
        return None
    zone = zone_of(shop.policy.zone or shop.zone)
    try:
        if len(given) <= len("2026-11-22"):
            return datetime.combine(date.fromisoformat(given), time(0), zone).astimezone(UTC)
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise Misuse(f"--since {given!r} is no date; write 2026-01-31") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


class _Show(Protocol):
    def see(self, progress: Progress) -> None: ...


def _nothing(_line: str) -> None:
    return


class _Silence:
    def see(self, progress: Progress) -> None:
        return


class _Lines:
    """A line now and then, for logs and pipes."""

    def __init__(self, say: Callable[[str], None], now: Callable[[], datetime]) -> None:
        self._say = say
        self._now = now
        self._last: tuple[str, str] = ("", "")
        self._due_at = now()

    def see(self, progress: Progress) -> None:
        said = (progress.resource, progress.said if progress.wait else "")
        if said != self._last or self._now() >= self._due_at:
            self._last, self._due_at = said, self._now() + LINE_EVERY
            self._say(clean(_line(progress)))


class _Terminal:
    """A bar for each kind of record."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def see(self, progress: Progress) -> None:
        name = progress.resource
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=None, said="")
        said = clean(progress.said) if progress.said else ""
        self._bars.update(self._tasks[name], completed=progress.read, total=progress.total, said=said)


def _line(progress: Progress) -> str:
    of = f" of {progress.total:,}" if progress.total is not None else ""
    said = f" ({progress.said})" if progress.said else ""
    return f"{progress.resource}: {progress.read:,}{of}{said}"


@contextmanager
def _shown(is_quiet: bool) -> Iterator[_Show]:
    if is_quiet:
        yield _Silence()
    elif is_at_a_terminal():
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[said]}"),
        )
        with Bars(*columns, console=Console(file=sys.stdout)) as bars:
            yield _Terminal(bars)
    else:
        yield _Lines(click.echo, clock)


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Like Ctrl-C: the step in hand ends, the place is kept."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
