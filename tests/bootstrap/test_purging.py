"""What is old enough goes, and what was erased does not stay in the log of the file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from collector.bootstrap import migrate, open_desk
from collector.bootstrap.parts import clock
from collector.bootstrap.purging import purge_some
from collector.config import load
from collector.domain.one_use_links import DASHBOARD
from collector.storage.sqlite.one_use_links import OneUseLinks


@pytest.mark.parametrize(
    ("why", "age", "is_left"),
    [
        ("it may be used", timedelta(minutes=1), True),
        ("it ended, and its page says so", timedelta(days=6), True),
        ("nobody asks any more", timedelta(days=8), False),
    ],
)
def test_a_link_is_kept_for_a_week(tmp_path: Path, why: str, age: timedelta, is_left: bool) -> None:
    config = load({"TAJO_DATABASE": f"sqlite:///{tmp_path}/t.db"}, tmp_path)
    migrate(config)
    with open_desk(config) as desk:
        links = OneUseLinks(desk.state)
        links.add(DASHBOARD, "", "a token", clock() - age)
        purge_some(desk, clock())
        assert (links.find("a token") is not None) is is_left, why


def test_nothing_erased_stays_in_the_log_for_long(tmp_path: Path) -> None:
    config = load({"TAJO_DATABASE": f"sqlite:///{tmp_path}/t.db"}, tmp_path)
    migrate(config)
    log = tmp_path / "t.db-wal"
    with open_desk(config) as desk:
        desk.state.execute("create table told (what text)")
        desk.state.execute("insert into told values ('ana@shop.example')")
        desk.state.execute("pragma secure_delete = on")
        desk.state.execute("delete from told")
        assert b"ana@shop.example" in log.read_bytes()
        purge_some(desk, clock())
        assert b"ana@shop.example" not in log.read_bytes() + (tmp_path / "t.db").read_bytes()
