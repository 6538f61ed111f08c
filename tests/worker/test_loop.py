"""The worker's loop over values: what it folds in a turn, and what it does when something fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from collector.domain.door import Lane
from collector.worker.loop import LEASE, Worker
from collector.worker.pause import LONGEST, after_failure
from collector.worker.services import WorkerServices

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LIVE, HISTORY = Lane.LIVE, Lane.HISTORY


class LeaseBook:
    """ports: leases in memory, with their ends."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[str, datetime]] = {}

    def take(self, name: str, holder: str, now: datetime, length: timedelta) -> bool:
        other, until = self.held.get(name, (holder, now))
        if other != holder and until > now:
            return False
        self.held[name] = (holder, now + length)
        return True

    def release(self, name: str, holder: str) -> None:
        if self.held.get(name, ("", NOON))[0] == holder:
            del self.held[name]


class Inbox:
    """Rows waiting for each shop and lane; folding takes ten at a time."""

    def __init__(self, **rows: int) -> None:
        self.rows = {(int(key[4:]), Lane(key[:4]) if key[:4] == "live" else HISTORY): n for key, n in rows.items()}
        self.folded: list[tuple[int, Lane]] = []
        self.broken: set[int] = set()

    def waiting(self) -> Sequence[tuple[int, Lane]]:
        return [key for key, n in self.rows.items() if n]

    def fold(self, shop_id: int, lane: Lane, now: datetime) -> int:
        if shop_id in self.broken:
            raise ValueError("poisoned")
        self.folded.append((shop_id, lane))
        taken = min(10, self.rows[shop_id, lane])
        self.rows[shop_id, lane] -= taken
        return taken


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def worker(
    inbox: Inbox,
    clock: Clock,
    leases: LeaseBook,
    *,
    name: str = "w1",
    stop: threading.Event | None = None,
    purge: Callable[[datetime], int] = lambda now: 0,
) -> Worker:
    services = WorkerServices(name, clock, leases, inbox.waiting, inbox.fold, lambda: True, purge)
    return Worker(services, stop or threading.Event())


def test_live_rows_of_all_shops_come_before_one_batch_of_history() -> None:
    inbox = Inbox(hist1=30, live2=5, hist2=30, live3=5)
    turn = worker(inbox, Clock(), LeaseBook()).turn(NOON)
    assert turn == 20
    assert inbox.folded[:2] == [(2, LIVE), (3, LIVE)]
    assert [lane for _, lane in inbox.folded] == [LIVE, LIVE, HISTORY]


def test_history_of_all_shops_gets_its_turn() -> None:
    inbox = Inbox(hist1=50, hist2=50)
    one = worker(inbox, Clock(), LeaseBook())
    for _ in range(4):
        one.turn(NOON)
    assert sorted(shop_id for shop_id, _ in inbox.folded) == [1, 1, 2, 2]


def test_a_poisoned_shop_waits_longer_and_longer_while_others_go_on() -> None:
    inbox, clock = Inbox(live1=10, live2=100), Clock()
    inbox.broken = {1}
    one = worker(inbox, clock, LeaseBook())
    assert one.turn(clock.now) == 10
    inbox.broken = set()
    assert one.turn(clock.now) == 10  # still pausing
    clock.now += timedelta(seconds=1)
    assert one.turn(clock.now) == 20


def test_pauses_double_up_to_five_minutes() -> None:
    pause = after_failure(None, NOON)
    assert pause.until == NOON + timedelta(seconds=1)
    for _ in range(40):
        pause = after_failure(pause, NOON)
    assert pause.until == NOON + LONGEST


def test_two_workers_never_fold_the_same_shop() -> None:
    inbox, clock, leases = Inbox(live1=100), Clock(), LeaseBook()
    first, second = worker(inbox, clock, leases), worker(inbox, clock, leases, name="w2")
    assert (first.turn(clock.now), second.turn(clock.now)) == (10, 0)
    clock.now += LEASE  # the first one died
    assert second.turn(clock.now) == 10


def test_a_worker_that_lost_its_lease_stops_folding() -> None:
    inbox, clock, leases = Inbox(live1=100), Clock(), LeaseBook()
    first = worker(inbox, clock, leases)
    first.turn(clock.now)
    clock.now += LEASE
    worker(inbox, clock, leases, name="w2").turn(clock.now)
    assert first.turn(clock.now) == 0


def test_it_shows_that_it_is_alive_and_gives_everything_back_at_the_end() -> None:
    inbox, clock, leases, stop = Inbox(live1=10), Clock(), LeaseBook(), threading.Event()
    one = worker(inbox, clock, leases, stop=stop)
    one.turn(clock.now)
    assert set(leases.held) == {"worker:w1", "fold:1"}
    stop.set()
    one.run()
    assert leases.held == {}


def test_being_told_to_stop_ends_with_the_batch_in_hand() -> None:
    inbox, stop = Inbox(live1=10, live2=10), threading.Event()
    fold = inbox.fold

    def fold_and_stop(shop_id: int, lane: Lane, now: datetime) -> int:
        stop.set()
        return fold(shop_id, lane, now)

    services = WorkerServices("w1", Clock(), LeaseBook(), inbox.waiting, fold_and_stop, lambda: True, lambda now: 0)
    Worker(services, stop).run()
    assert inbox.folded == [(1, LIVE)]


def test_old_rows_go_every_minute_in_chunks() -> None:
    calls: list[datetime] = []

    def purge(now: datetime) -> int:
        calls.append(now)
        return 1 if len(calls) < 3 else 0

    clock = Clock()
    one = worker(Inbox(), clock, LeaseBook(), purge=purge)
    one.turn(clock.now)
    assert calls == []
    clock.now += timedelta(minutes=1)
    one.turn(clock.now)
    one.turn(clock.now)
    assert len(calls) == 3


def test_nothing_that_fails_ends_the_loop() -> None:
    inbox, clock = Inbox(live1=10), Clock()

    def broken(*_: object) -> int:
        raise OSError("disk full")

    services = WorkerServices("w1", clock, LeaseBook(), broken, inbox.fold, broken, broken)  # type: ignore[arg-type]
    one = Worker(services, threading.Event())
    clock.now += timedelta(minutes=2)
    assert one.turn(clock.now) == 0
