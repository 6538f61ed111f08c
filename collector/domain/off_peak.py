"""When bulk work may run: a window of the day by somebody's clock. Pure; knows summer time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from collector.domain.quiet import zone_of


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` until before `end`, which may be after midnight. Both the same: the whole day."""

    start: time
    end: time
    zone: str  # IANA name


def opens_at(window: Window, now: datetime) -> datetime | None:
    """When it opens next; None: it is open. A start that summer time skips comes as much later as the clocks are
    put forward."""
    zone = zone_of(window.zone)
    local = now.astimezone(zone)
    clock = local.time()
    if window.start == window.end:
        return None
    if window.start < window.end:
        is_open = window.start <= clock < window.end
    else:
        is_open = clock >= window.start or clock < window.end
    if is_open:
        return None
    day = local.date() if clock < window.start else local.date() + timedelta(days=1)
    return datetime.combine(day, window.start, zone).astimezone(UTC)
