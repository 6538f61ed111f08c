"""How late is a reminder? From the deadline of a cart to the arrival of `cart_abandoned` at the local Brevo.

While 500 beacons a second come in, the worker folds, decides and delivers. Two shoppers a second leave an address
and a cart: two contact calls and three events each (the cart made, changed, abandoned), out of the ten calls a second
that the smallest plan at Brevo takes of either.
"""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests

from collector import bootstrap
from collector.domain.timestamps import from_text
from tests.bench import folders, report, servers, traffic
from tests.bench.report import Goal, middle, number

BEACONS_A_SECOND = 500
KNOWN_A_SECOND = 2
AFTER = timedelta(seconds=5)
LONGEST_WAIT_S = 60.0
PATH = f"/c/{traffic.SITE_KEY}"
SETTINGS = f"""
allow_insecure_upstreams: true
abandonment: {{cart: {{after: {AFTER.seconds}s}}, truth_check: false}}
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """What the pacing client did; `late_ms`: its own delay, at most."""

    requests: int
    seconds: float
    refused: int
    broken: int
    known: int
    late_ms: float
    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """`late_s`: of each reminder, from the stored deadline to the arrival. `refused`: 429s of Brevo."""

    sent: Sent
    late_s: list[float]
    violations: int
    refused: int
    behind: int  # beacons not yet folded when the load ended


def measure(folder: Path, seconds: float, web_workers: int) -> Outcome:
    report.progress(f"reminders: {BEACONS_A_SECOND} beacons/s for {seconds:.0f} s, {KNOWN_A_SECOND} carts/s left")
    with folders.thrown_away(folder / "reminders") as place, _brevo(folder) as brevo:
        folders.make(place)
        text = (place / "tajo.yml").read_text(encoding="utf-8") + SETTINGS
        text += f'brevo: {{api_key: xkeysib-sandbox, api_url: "{brevo}/v3"}}\n'
        (place / "tajo.yml").write_text(text, encoding="utf-8")
        bootstrap.migrate(folders.config_of(place))
        with servers.tajo(place, web_workers, has_worker=True) as server:
            sent = _press(server, _texts(folder / "shoppers"), seconds)
            behind = _behind(place)
            arrived = _arrivals(brevo, sent.known)
        deadlines = _deadlines(place)
        late = [(at - deadlines[email]).total_seconds() for email, at in arrived.items()]
        violations = _ask(brevo, "violations")["count"]
        return Outcome(sent, sorted(late), violations, _ask(brevo, "requests")["counts"].get("429", 0), behind)


def show(outcome: Outcome) -> list[Goal]:
    sent, late = outcome.sent, outcome.late_s
    p50, p95 = middle(late), late[int(0.95 * (len(late) - 1))] if late else 0.0
    head = ("", "beacons/s", "p99 ms", "left", "median s", "p95 s", "max s", "sender late ms", "not folded")
    rate, slowest = number(sent.requests / sent.seconds), max(late, default=0.0)
    row = (
        *("door, worker, Brevo", rate, f"{sent.p99:.0f}", f"{len(late)} of {sent.known}"),
        *(f"{p50:.2f}", f"{p95:.2f}", f"{slowest:.2f}", number(sent.late_ms), number(outcome.behind)),
    )
    report.table("Reminders, from the deadline to Brevo", head, [row])
    bad = sent.refused + sent.broken
    return [
        Goal("half of the reminders arrive within 2 s", f"{p50:.2f} s (p95 {p95:.2f} s)", 0 < p50 < 2),
        Goal("each cart left is told", f"{len(late)} of {sent.known}", len(late) == sent.known),
        Goal("no beacon refused beside it", f"{bad} of {sent.requests}", bad == 0),
        Goal(
            "no limit of Brevo broken, nothing sent that may not be",
            f"{outcome.refused} + {outcome.violations}",
            outcome.refused + outcome.violations == 0,
        ),
    ]


@contextmanager
def _brevo(folder: Path) -> Iterator[str]:
    """The local Brevo in a process of its own, with the limits of the smallest plan; its address."""
    command = [sys.executable, "-m", "collector.sandbox.brevo", "--port", "0", "--tier", "general"]
    process = subprocess.Popen(
        command, cwd=folder, env=folders.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if found is None:
            raise RuntimeError(f"the local Brevo did not come up: {line}")
        yield found[0]
    finally:
        process.terminate()
        process.communicate()


def _texts(path: Path) -> Path:
    """Beacons of browsers nobody knows, and at the end one of a shopper with an address and a cart."""
    anonymous = [text for text in traffic.texts() if "contact_submitted" not in text]
    paying = next(text for text in traffic.texts() if "contact_submitted" in text)
    place = "~VISITOR~"
    product: dict[str, object] = {"id": "13", "name": "Mug", "price": "19.90", "currency": "EUR"}
    events: list[dict[str, object]] = [
        {"type": "contact_submitted", "email": f"shopper-{place}@example.com", "marketing_opt_in": True},
        {"type": "cart_updated", "cart": {"items": [{**product, "quantity": 2}], "currency": "EUR"}},
    ]
    known = json.loads(re.sub(r"(~NOW~\d+)", r'"\1"', paying))
    known["events"] = [{"id": f"~ID~-{each}", "at": "~NOW~900", **event} for each, event in enumerate(events)]
    knowing = re.sub(r'"(~NOW~\d+)"', r"\1", json.dumps(known))
    path.write_text("".join(text + "\n" for text in [*anonymous, knowing]), encoding="utf-8")
    return path


def _press(server: servers.Server, texts: Path, seconds: float) -> Sent:
    given = [server.url(PATH), str(texts), "rem", str(seconds), str(BEACONS_A_SECOND), str(KNOWN_A_SECOND)]
    command = [sys.executable, "-m", "tests.bench.paced", *given]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 120, check=True)
    return Sent(**json.loads(done.stdout.splitlines()[-1]))


def _arrivals(brevo: str, wanted: int) -> dict[str, Any]:
    """Address -> when its `cart_abandoned` came, once all came or nothing more does."""
    end = time.monotonic() + LONGEST_WAIT_S
    while True:
        mails = [mail for mail in _ask(brevo, "mails")["mails"] if mail["event_name"] == "cart_abandoned"]
        if len(mails) >= wanted or time.monotonic() > end:
            return {mail["to"]: from_text(mail["sent_at"]) for mail in mails}
        time.sleep(0.4)


def _deadlines(folder: Path) -> dict[str, Any]:
    """Address -> the deadline its cart had: the last change, by the shop's clock, and `after`."""
    state = bootstrap.locations(folders.config_of(folder)).state
    query = (
        "select r.email, c.changed_at from reminders r join carts c on c.cart = r.cart and c.generation = r.generation"
    )
    with closing(sqlite3.connect(state)) as connection:
        return {email: from_text(changed_at) + AFTER for email, changed_at in connection.execute(query)}


def _behind(folder: Path) -> int:
    where = bootstrap.locations(folders.config_of(folder))
    with closing(sqlite3.connect(where.inbox)) as inbox, closing(sqlite3.connect(where.state)) as state:
        (rows,) = inbox.execute("select coalesce(max(id), 0) from inbox").fetchone()
        (folded,) = state.execute("select coalesce(max(last_id), 0) from cursors").fetchone()
    return int(rows - folded)


def _ask(brevo: str, what: str) -> dict[str, Any]:
    answer: dict[str, Any] = requests.get(f"{brevo}/_sandbox/{what}", timeout=20).json()
    return answer
