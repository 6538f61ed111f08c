"""Which import somebody belongs into: nobody who left may be opened, nobody who agreed elsewhere is closed."""

from __future__ import annotations

import pytest

from collector.domain.history import Grouping, ImportKind, Standing, Texts, There, Way, way_of

MAY, NO_BASIS, LEFT = Standing.MAY, Standing.NO_BASIS, Standing.LEFT


@pytest.mark.parametrize(
    ("why", "standing", "there", "way"),
    [
        ("a stranger who agreed", MAY, There.NONE, Way.OPEN),
        ("a stranger who did not: without a word a new contact is subscribed", NO_BASIS, There.NONE, Way.BLOCKED),
        ("left here", LEFT, There.NONE, Way.BLOCKED),
        ("left here, open there: lowered", LEFT, There.OPEN, Way.BLOCKED),
        ("left here, not asked about: nothing there could change it", LEFT, There.UNASKED, Way.BLOCKED),
        ("blocked there, whatever we have on record", MAY, There.BLOCKED, Way.BLOCKED),
        ("open there without our doing: not ours to close", NO_BASIS, There.OPEN, Way.OPEN),
        ("agreed and open", MAY, There.OPEN, Way.OPEN),
        ("agreed, not asked about: may be blocked there", MAY, There.UNASKED, None),
        ("did not agree, not asked about: may be open there", NO_BASIS, There.UNASKED, None),
    ],
)
def test_the_way_of_an_address(why: str, standing: Standing, there: There, way: Way | None) -> None:
    assert way_of(standing, there) is way, why


@pytest.mark.parametrize(
    ("why", "texts", "there", "is_text_blocked"),
    [
        ("no number", Texts.NO_NUMBER, There.NONE, False),
        ("a new number nobody said anything about", Texts.UNSAID, There.NONE, True),
        ("one that is there: as it was", Texts.UNSAID, There.OPEN, False),
        ("a yes", Texts.YES, There.NONE, False),
        ("a no, wherever", Texts.NO, There.OPEN, True),
    ],
)
def test_whether_texts_are_blocked(why: str, texts: Texts, there: There, is_text_blocked: bool) -> None:
    kind = Grouping(MAY, texts, ("buyers",)).kind(there)
    assert kind == ImportKind(Way.OPEN, is_text_blocked, ("buyers",)), why


@pytest.mark.parametrize("lists", [(), ("all_customers",), ("all_customers", "buyers")])
@pytest.mark.parametrize("texts", Texts)
@pytest.mark.parametrize("standing", Standing)
def test_a_grouping_is_kept_as_text_and_read_again(standing: Standing, texts: Texts, lists: tuple[str, ...]) -> None:
    grouping = Grouping(standing, texts, lists)
    assert Grouping.from_text(grouping.to_text()) == grouping
