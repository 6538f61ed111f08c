"""What the tracker takes of a slow phone's main thread, beside a page without it and one with OpenPanel's.

Chromium with its processor slowed down four times; each visit by a fresh browser context, so nothing is compiled or
cached before. The pages take turns, and what counts is the middle of the rounds.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from playwright.sync_api import Browser, sync_playwright

from collector.web.tracker import PLATFORMS
from tests.bench import report
from tests.bench.report import Goal, middle
from tests.bench.storefront import BLANK, PAGES, PEER, storefront
from tests.browser import ARGUMENTS, CHROMIUM, USER_AGENT
from tests.node.packages import NotThere

SLOWER = 4
STAY_MS = 1_500  # all that the trackers do at first is done by then
LONG_TASK_MS = 50
WATCH = """
window.tasks = []
new PerformanceObserver(list => tasks.push(...list.getEntries().map(entry => entry.duration)))
  .observe({ type: 'longtask', buffered: true })
"""


@dataclass(frozen=True, slots=True)
class Visit:
    script_ms: float
    task_ms: float
    blocking_ms: float  # of tasks longer than 50 ms, what is over 50 ms
    full_speed_ms: float  # script, on a processor that is not slowed down: the steadiest of the figures


def measure(rounds: int) -> dict[str, list[Visit]]:
    """By page. Raises `packages.NotThere`."""
    if CHROMIUM is None:
        raise NotThere("chromium is not installed")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line for each request otherwise
    found: dict[str, list[Visit]] = {name: [] for name in PAGES}
    with storefront() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name in PAGES:
            _visit(browser, f"{address}/{name}")  # the browser's own first times are nobody's
        for number in range(rounds):
            report.progress(f"scripts in the browser: round {number + 1} of {rounds}")
            for name in PAGES:
                found[name].append(_visit(browser, f"{address}/{name}"))
        browser.close()
    return found


def _visit(browser: Browser, address: str) -> Visit:
    slow, tasks = _stay(browser, address, SLOWER)
    fast, _ = _stay(browser, address, 1)
    return Visit(
        slow["ScriptDuration"] * 1e3,
        slow["TaskDuration"] * 1e3,
        sum(max(0.0, duration - LONG_TASK_MS) for duration in tasks),
        fast["ScriptDuration"] * 1e3,
    )


def _stay(browser: Browser, address: str, slower: int) -> tuple[dict[str, float], list[float]]:
    """Chromium's own figures, and how long each long task was."""
    context = browser.new_context(user_agent=USER_AGENT)
    page = context.new_page()
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    # By the thread's own clock: what other processes take of this machine is not the page's.
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.goto(address)
    page.wait_for_timeout(STAY_MS)
    metrics = session.send("Performance.getMetrics")["metrics"]
    tasks: list[float] = page.evaluate("tasks")
    context.close()
    return {entry["name"]: entry["value"] for entry in metrics}, tasks


def show(found: dict[str, list[Visit]]) -> list[Goal]:
    rows = [
        (
            name,
            f"{over_blank(found, name, 'script_ms'):.1f}",
            f"{over_blank(found, name, 'task_ms'):.1f}",
            f"{middle([visit.blocking_ms for visit in found[name]]):.1f}",
            f"{over_blank(found, name, 'blocking_ms'):.1f}",
            f"{over_blank(found, name, 'full_speed_ms'):.1f}",
        )
        for name in PAGES
    ]
    head = ("page with", "script over blank", "tasks over blank", "blocking", "over blank", "script at full speed")
    rounds = len(found[BLANK])
    report.table(f"Scripts in Chromium, {SLOWER} times slower (ms, medians of {rounds})", head, rows)
    peer = over_blank(found, PEER, "script_ms")
    goals = []
    for name in PLATFORMS:
        script, blocking = over_blank(found, name, "script_ms"), over_blank(found, name, "blocking_ms")
        goals.append(Goal(f"{name}: blocks the page 0 ms", f"{blocking:.1f} ms", blocking < 0.5))
        goals.append(Goal(f"{name}: script time at most OpenPanel's", f"{script:.1f} of {peer:.1f} ms", script <= peer))
    return goals


def over_blank(found: dict[str, list[Visit]], name: str, what: str) -> float:
    """The middle of the differences to the blank page of the same round."""
    pairs: Sequence[tuple[Visit, Visit]] = list(zip(found[name], found[BLANK], strict=True))
    return middle([getattr(visit, what) - getattr(blank, what) for visit, blank in pairs])
