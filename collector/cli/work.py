"""`tajo worker`: folds what arrived, decides what is due and delivers it, until stopped."""

from __future__ import annotations

import logging
import signal
import threading

import click

from collector.bootstrap import fresh_worker_id, start_logging
from collector.bootstrap.workers import worker_parts
from collector.cli.settings import settings


@click.command("worker")
@click.option("--id", "worker_id", hidden=True, help="Given by `tajo serve`: a restarted worker keeps its leases.")
def command(worker_id: str | None) -> None:
    """Run a worker alone. Several may run at once and share the shops."""
    config = settings()
    start_logging(config)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with worker_parts(config, worker_id or fresh_worker_id(), stop) as parts:
        threads = [threading.Thread(target=loop, name=loop.__qualname__) for loop in parts.beside]
        for thread in threads:
            thread.start()
        try:
            parts.fold.run()
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    logging.shutdown()
