"""What is replaced is taken a while: webhook secrets for an hour, identity keys while what they signed is good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from collector.domain.shop import FormerSecret, Secrets

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST = Secrets(("w1",), ("i1",), "hook", {"consumer_key": "ck"})
ROTATED = FIRST.with_identity("i2", NOW)


@pytest.mark.parametrize(
    ("why", "secrets", "after", "taken"),
    [
        ("nothing was replaced", FIRST, DAY, ("i1",)),
        ("just replaced", ROTATED, timedelta(0), ("i1", "i2")),
        ("signed on the day of the rotation, in the zone that is furthest ahead", ROTATED, 3 * DAY, ("i1", "i2")),
        ("to the last moment", ROTATED, 4 * DAY - timedelta(seconds=1), ("i1", "i2")),
        ("nothing it signed is good any more", ROTATED, 4 * DAY, ("i2",)),
        ("replaced twice: each has its own time", ROTATED.with_identity("i3", NOW + DAY), 3 * DAY, ("i1", "i2", "i3")),
        ("and the first is over first", ROTATED.with_identity("i3", NOW + DAY), 4 * DAY, ("i2", "i3")),
        ("one that comes back is the newest", ROTATED.with_identity("i1", NOW + DAY), 2 * DAY, ("i2", "i1")),
        (
            "a list, as a file may have left it, goes as a whole",
            replace(FIRST, identity=("i0", "i1")).with_identity("i2", NOW),
            DAY,
            ("i0", "i1", "i2"),
        ),
        ("connected again with the keys it has", FIRST.with_identity("i2", NOW).in_place_of(ROTATED, NOW), DAY, None),
        ("taken off a list on purpose", replace(FIRST, identity=("i2",)).in_place_of(FIRST, NOW), DAY, ("i2",)),
    ],
)
def test_a_former_identity_key_is_taken_while_what_it_signed_is_good(
    why: str, secrets: Secrets, after: timedelta, taken: tuple[str, ...] | None
) -> None:
    assert secrets.identifying(NOW + after) == (taken or ROTATED.identifying(NOW + after)), why
    assert secrets.hook_key == "hook", why
    assert secrets.credentials == {"consumer_key": "ck"}, why


def test_a_connection_anew_forgets_no_former_key() -> None:
    """`install` makes secrets of its own out of what is kept, and knows nothing of former ones."""
    anew = Secrets(ROTATED.webhook, ROTATED.identity, "hook", {"consumer_key": "ck_2"})
    assert anew.in_place_of(ROTATED, NOW + DAY).identifying(NOW + 2 * DAY) == ("i1", "i2")
    assert anew.in_place_of(ROTATED, NOW + 5 * DAY).former_identity == (), "what is over is not kept"


@pytest.mark.parametrize(
    ("why", "replaced", "after", "taken"),
    [
        ("for an hour", lambda: _ended(), HOUR - timedelta(seconds=1), ("w1", "w2")),
        ("and no longer", lambda: _ended(), HOUR, ("w2",)),
        ("for a day where it is pasted by hand", lambda: _ended(DAY), 23 * HOUR, ("w1", "w2")),
        (
            "both while the shop does not know the new one",
            lambda: replace(FIRST, webhook=("w1", "w2")),
            900 * DAY,
            None,
        ),
        ("former ones of before go on", lambda: _ended(former=FormerSecret("w0", NOW + DAY)), DAY / 2, ("w0", "w2")),
    ],
)
def test_a_former_webhook_secret_is_taken_a_while(
    why: str, replaced: Callable[[], Secrets], after: timedelta, taken: tuple[str, ...] | None
) -> None:
    assert replaced().signing(NOW + after) == (taken or ("w1", "w2")), why


def _ended(holds: timedelta = HOUR, former: FormerSecret | None = None) -> Secrets:
    both = replace(FIRST, webhook=("w1", "w2"), former=(former,) if former else ())
    return replace(both, webhook=("w2",)).in_place_of(both, NOW, holds)
