"""A full disk and a read-only one: the doors say "later", everything goes on afterwards, nothing is lost.

As root a small file system in memory is the disk. Otherwise the size of files is limited in the running
processes, and files are made read-only.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import psutil
import pytest

from tests.system.product import Answer, Product, product_in, until

SIZE = "6m"


class Disk(Protocol):
    """What can go wrong below the database."""

    def fill(self, product: Product) -> None: ...

    def free(self, product: Product) -> None: ...

    def make_read_only(self, product: Product) -> None: ...

    def make_writable(self, product: Product) -> None: ...


class SmallDisk:
    """A tmpfs of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._filler = folder / "filler"

    def fill(self, product: Product) -> None:
        with self._filler.open("ab", buffering=0) as file:
            for size in (1 << 16, 1 << 12):
                while _took(file.fileno(), size):
                    pass

    def free(self, product: Product) -> None:
        self._filler.unlink()

    def make_read_only(self, product: Product) -> None:
        """Nobody may have a file open for writing, so who has is killed; the others are held meanwhile."""
        held = [psutil.Process(product.parent.pid)] if product.parent else []
        held += [master] if (master := product.master()) else []
        writers = [*product.web_processes(), *([worker] if (worker := product.fold_worker()) else [])]
        for process in held:
            process.send_signal(signal.SIGSTOP)
        try:
            for process in writers:
                process.kill()
            until(lambda: self._remount("ro"))
        finally:
            for process in held:
                process.send_signal(signal.SIGCONT)

    def make_writable(self, product: Product) -> None:
        assert self._remount("rw")

    def _remount(self, how: str) -> bool:
        done = subprocess.run(["mount", "-o", f"remount,{how}", str(self._folder)], capture_output=True, check=False)
        return done.returncode == 0


def _took(descriptor: int, size: int) -> bool:
    try:
        os.write(descriptor, b"x" * size)
    except OSError:
        return False
    return True


class LimitedFiles:
    """No disk of our own: files may not grow, or not be written."""

    def fill(self, product: Product) -> None:
        for process in self._writers(product):
            process.rlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))

    def free(self, product: Product) -> None:
        for process in self._writers(product):
            process.rlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def make_read_only(self, product: Product) -> None:
        """What is open stays writable, so the web process is replaced."""
        for path in product.database.parent.glob("tajo*db*"):
            path.chmod(0o400)
        product.database.parent.chmod(0o500)
        for process in product.web_processes():
            process.kill()

    def make_writable(self, product: Product) -> None:
        product.database.parent.chmod(0o700)
        for path in product.database.parent.glob("tajo*db*"):
            path.chmod(0o600)

    def _writers(self, product: Product) -> list[psutil.Process]:
        worker = product.fold_worker()
        return [*product.web_processes(), *([worker] if worker else [])]


@pytest.fixture(params=["small disk", "limited files"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Product, Disk]]:
    """A running product and what its database lies on."""
    is_root = os.geteuid() == 0
    if request.param == "limited files":
        if is_root and "read_only" in request.node.name:
            pytest.skip("rights do not bind root; the small disk is tried instead")
        (tmp_path / "data").mkdir()
        with product_in(tmp_path, tmp_path / "data" / "tajo.db") as product:
            product.start()
            yield product, LimitedFiles()
        return
    if not is_root:
        pytest.skip("only root may mount; limited files are tried instead")
    folder = Path(tempfile.mkdtemp(prefix="tajo-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    try:
        if mounted.returncode:
            pytest.skip(f"no mounting here: {mounted.stderr.decode().strip()}")
        with product_in(tmp_path, folder / "tajo.db") as product:
            product.start()
            yield product, SmallDisk(folder)
    finally:
        if not mounted.returncode:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


class Sender:
    """Beacons and webhooks one after the other; what was acknowledged is kept."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._key = product.site_key()
        self._number = 0
        self.events: set[str] = set()
        self.orders: set[str] = set()

    def beacon(self) -> Answer:
        self._number += 1
        now, name = int(time.time() * 1000), f"event-{self._number:06}"
        page = {"url": "http://127.0.0.1:8081/" + "p" * 1500}
        event = {"id": name, "type": "page_viewed", "at": now, "page": page}
        beacon = {"v": 1, "visitor_id": "visitor-1", "sent_at": now, "consent": "granted", "events": [event]}
        answer = self._product.beacon(self._key, beacon)
        if answer.status == 204:
            self.events.add(name)
        return answer

    def webhook(self) -> Answer:
        self._number += 1
        body: dict[str, Any] = {
            "id": self._number,
            "status": "processing",
            "currency": "EUR",
            "date_modified_gmt": "2026-11-21T10:00:00",
            "total": "1.00",
            "customer_note": "n" * 20_000,
        }
        answer = self._product.woo("order.created", body)
        if answer.status == 200:
            self.orders.add(str(self._number))
        return answer

    def refused(self) -> bool:
        """Whether both doors say "later"."""
        answers = [self.beacon(), self.webhook()]
        assert {answer.status for answer in answers} <= {200, 204, 503}
        for answer in answers:
            if answer.status == 503:
                assert int(answer.headers["retry-after"]) > 0
        return all(answer.status == 503 for answer in answers)

    def accepted(self) -> bool:
        return (self.beacon().status, self.webhook().status) == (204, 200)

    def check_nothing_is_lost(self) -> None:
        self._product.drained()
        assert self.events == {row["event_id"] for row in self._product.rows("select event_id from events")} - {
            f"order_placed:{order}" for order in self.orders
        }
        assert self.orders == {row["order_id"] for row in self._product.rows("select order_id from orders")}
        assert self._product.rows("select * from quarantine") == []


def not_ready(product: Product) -> dict[str, str]:
    """What /readyz complains about; empty when it is content."""
    answer = product.get("/readyz")
    assert answer.status in (200, 503)
    said: dict[str, str] = json.loads(answer.body)["not_ready"]
    assert bool(said) == (answer.status == 503)
    return said


def test_a_full_disk_is_told_to_the_senders_and_ends_by_itself(disk: tuple[Product, Disk]) -> None:
    product, below = disk
    sender = Sender(product)
    assert sender.accepted()
    below.fill(product)
    until(sender.refused, product.log)
    assert product.get("/healthz").status == 200
    until(lambda: "database" in not_ready(product), lambda: not_ready(product))
    below.free(product)
    until(sender.accepted, product.log)
    until(lambda: not not_ready(product), lambda: not_ready(product))
    assert sender.accepted()
    sender.check_nothing_is_lost()
    assert product.stop() == 0


def test_a_read_only_disk_is_told_to_the_senders_and_ends_by_itself(disk: tuple[Product, Disk]) -> None:
    product, below = disk
    sender = Sender(product)
    assert sender.accepted()
    below.make_read_only(product)
    until(lambda: product.get("/healthz").status == 200, product.log)
    assert sender.refused()
    said = not_ready(product)["database"]
    assert str(product.database.parent) in said
    assert "may not be written" in said
    below.make_writable(product)
    until(sender.accepted, product.log)
    until(lambda: not not_ready(product), lambda: not_ready(product))
    sender.check_nothing_is_lost()
    assert product.stop() == 0
