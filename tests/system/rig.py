"""A shop, a local Brevo and the running product, connected by the command line: what is the same for all platforms."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from collector.domain.jobs import of_shop
from collector.domain.timestamps import to_text
from collector.sandbox.brevo.state import DEFAULT_KEY
from tests.cli.running import environment
from tests.system.local_brevo import LocalBrevo
from tests.system.product import LONGEST_S, Product, until

SETTINGS = """\
database: sqlite:///{database}
public_url: http://127.0.0.1:{port}
allow_insecure_upstreams: true
brevo: {{api_key: {key}, api_url: "{url}"}}
mail: {{basis: opted_in}}
abandonment: {{cart: {{after: 1s}}, checkout: {{after: 1s}}, cap: {{messages: 100}}}}
limits: {{per_address: 1000000/m, per_shop: 100000/s}}
"""


@dataclass(frozen=True)
class Synced:
    """One run of `connectors sync` that ended by itself."""

    output: str
    peak_mb: float
    seconds: float


@dataclass
class Rig:
    """A platform says what its shop is called at the command line, and how many webhooks wait to be sent."""

    product: Product
    brevo: LocalBrevo

    @property
    def name(self) -> str:
        raise NotImplementedError

    def waiting(self) -> int:
        raise NotImplementedError

    def begin_sync(self, *more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "collector", "connectors", "sync", self.name, *more],
            cwd=self.product.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def sync(self, *more: str, longest_s: float = LONGEST_S) -> Synced:
        """To its end, which must be a good one."""
        began, peak_mb = time.monotonic(), 0.0
        process = self.begin_sync(*more)
        try:
            while process.poll() is None:
                peak_mb = max(peak_mb, _peak_mb(process.pid))
                assert time.monotonic() - began < longest_s, self.product.log()
                time.sleep(0.05)
            output = process.stdout.read() if process.stdout else ""
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
        assert process.returncode == 0, output
        return Synced(output, peak_mb, time.monotonic() - began)

    def sync_the_rest(self, longest_s: float = LONGEST_S) -> None:
        """Go on with a run that was ended by force; one that was faster is not begun anew."""
        states = "select state from sync_runs where shop_id = ? and type <> 'reconcile' order by id desc limit 1"
        if self.product.row(states, self.shop_id)["state"] != "done":
            assert "done" in self.sync(longest_s=longest_s).output

    def told(self, email: str) -> set[str]:
        """Names of the events Brevo has of this address."""
        return {event["event_name"] for event in self.brevo.events() if event["email"] == email}

    def wait_told(self, email: str, *names: str) -> None:
        until(lambda: set(names) <= self.told(email), lambda: (email, self.told(email), self.product.log()))

    @property
    def shop_id(self) -> int:
        number: int = self.product.row("select id from shops where address = ?", self.name)["id"]
        return number

    def hasten(self, kind: str) -> None:
        """A job of this shop that would come round by itself comes now, and what was noted for it is due."""
        now = to_text(datetime.now(UTC))
        self._write("update rereads set due_at = min(due_at, ?) where shop_id = ?", now, self.shop_id)
        self._write("update jobs set due_at = min(due_at, ?) where name = ?", now, of_shop(kind, self.shop_id))

    def has_been_live_for(self, time_: timedelta) -> None:
        """As if it had been activated then: what is younger is told."""
        then = to_text(datetime.now(UTC) - time_)
        self._write("update shops set activated_at = ? where id = ?", then, self.shop_id)

    def _write(self, statement: str, *values: object) -> None:
        with contextlib.closing(sqlite3.connect(self.product.database, timeout=30, isolation_level=None)) as database:
            database.execute(statement, values)

    def delivered(self, longest_s: float = LONGEST_S) -> None:
        """Every webhook is sent and folded."""
        until(lambda: not self.waiting(), lambda: self.waiting(), longest_s)
        self.product.drained(longest_s)

    def doubled_rows(self) -> list[tuple[str, int, int]]:
        """What a sync of this shop brought twice: (topic, first row, last row)."""
        rows = self.product.rows(
            "select topic, min(id) as first, max(id) as last from inbox where lane = 'history' and shop_id = ?"
            " group by topic, body having count(*) > 1",
            self.shop_id,
            of="inbox",
        )
        return [(row["topic"], row["first"], row["last"]) for row in rows]

    def read_rows(self) -> dict[str, int]:
        """Topic -> rows of the inbox that a sync brought."""
        rows = self.product.rows(
            "select topic, count(*) as n from inbox where lane = 'history' group by topic", of="inbox"
        )
        return {row["topic"]: row["n"] for row in rows}


def _peak_mb(pid: int) -> float:
    """The most memory it ever held at once, by the kernel's own count."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def set_up(product: Product, brevo: LocalBrevo) -> None:
    (product.folder / "tajo.yml").write_text(
        SETTINGS.format(database=product.database, port=product.port, key=DEFAULT_KEY, url=brevo.url)
    )
