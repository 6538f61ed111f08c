"""The door's judgement alone, in this process: no HTTP, no disk."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from collector.domain.shop import Policy, Shop
from collector.pipeline.accept_beacon import accept_beacon
from collector.sources.tracker.verify import TrackerFormat
from collector.standards.user_agents import KnownUserAgents
from tests.bench import folders, report, traffic
from tests.bench.report import middle

AMOUNT = 2000


def measure(rounds: int) -> list[float]:
    """µs per beacon of each round."""
    report.progress("judgement")
    now = datetime.now(UTC)
    shop = Shop(
        id=1,
        platform="woocommerce",
        address="shop.example",
        url=traffic.SHOP_URL,
        site_key=traffic.SITE_KEY,
        policy=Policy(domains=("shop.example",)),
    )
    sent = list(folders.requests(AMOUNT, "judge", now))
    door, agents = TrackerFormat(), KnownUserAgents()
    taken = []
    for _ in range(rounds * 3):
        begun = time.process_time()
        for request in sent:
            accept_beacon(request, shop, now, door, agents)
        taken.append((time.process_time() - begun) / AMOUNT * 1e6)
    return taken


def show(taken: list[float]) -> None:
    size = sum(len(text) for text in traffic.texts()) / len(traffic.texts())
    row = (f"{middle(taken):.1f}", f"{min(taken):.1f}", f"{size:,.0f}")
    report.table("The door's judgement of a beacon", ("CPU µs", "at best", "bytes"), [row])
