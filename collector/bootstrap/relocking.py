"""Rotation of `secret_key`: a newer key is put behind the older one, everything is locked anew, the older one goes."""

from __future__ import annotations

from collector.bootstrap.desk import open_desk
from collector.bootstrap.parts import locations, secret_box
from collector.config import Config
from collector.storage.sqlite import relocking
from collector.storage.sqlite.secret_box import SecretBox


def relock(config: Config) -> int:
    """How many texts are under the newest key now."""
    with open_desk(config) as desk:
        return relocking.relock(desk.state, secret_box(config))


def left_behind(config: Config) -> list[tuple[str, str]]:
    """(what, cure) while several keys are named and something is still under an older one."""
    if len(config.secret_key) < 2 or not locations(config).state.exists():
        return []
    with open_desk(config) as desk:
        count = relocking.behind(desk.state, SecretBox(config.secret_key[-1:]))
    if not count:
        return []
    cure = "run `tajo migrate --relock`; then the older keys may go"
    return [(f"secret_key: {count} secrets are still under an older key", cure)]
