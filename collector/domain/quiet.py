"""Quiet hours: when it is night for the shop. Pure; knows summer time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from collector.domain.shop import Policy


def zone_of(name: str) -> ZoneInfo:
    """The named zone; UTC for a name nobody knows (a shop may report anything)."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder, or too long for a file
        return ZoneInfo("UTC")


def quiet_until(now: datetime, policy: Policy, shop_zone: str) -> datetime | None:
    """The end of the quiet hours `now` lies in; None outside of them or without any.

    The hours may go over midnight. A quiet end that summer time skips comes as much later as
    the clocks are put forward; one that comes twice ends the quiet each time.
    """
    if policy.quiet_from is None or policy.quiet_to is None or policy.quiet_from == policy.quiet_to:
        return None
    zone = zone_of(shop_zone if policy.quiet_zone == "shop" else policy.quiet_zone)
    local = now.astimezone(zone)
    clock = local.time()
    if policy.quiet_from < policy.quiet_to:
        is_quiet = policy.quiet_from <= clock < policy.quiet_to
    else:
        is_quiet = clock >= policy.quiet_from or clock < policy.quiet_to
    if not is_quiet:
        return None
    day = local.date() if clock < policy.quiet_to else local.date() + timedelta(days=1)
    end = datetime.combine(day, policy.quiet_to, zone)
    if end.astimezone(UTC) <= now:  # the clocks were put back since
        end = end.replace(fold=1)
    return end.astimezone(UTC)
