"""Rotation of the secret key: everything that is encrypted goes under the newest one, wherever it lies."""

from __future__ import annotations

import re
import sqlite3
from datetime import timedelta
from pathlib import Path

from collector.domain.access_tokens import EXPIRING, AccessToken
from collector.domain.privacy import Asked, PrivacyRequest, Subject
from collector.storage.sqlite import relocking
from collector.storage.sqlite.access_tokens import AccessTokens
from collector.storage.sqlite.account_hooks import AccountHooks
from collector.storage.sqlite.privacy_requests import PrivacyRequests
from collector.storage.sqlite.secret_box import SecretBox
from collector.storage.sqlite.shops import Shops

from .builders import NOW, new_shop, policy_for

SCHEMA = Path(__file__).parents[2] / "collector" / "storage" / "sqlite" / "schema.sql"
OLD, BOTH, NEW = SecretBox(["old"]), SecretBox(["old", "new"]), SecretBox(["new"])


def fill(state: sqlite3.Connection, box: SecretBox) -> int:
    """Something in every place; the shop's number."""
    shop = Shops(state, box, policy_for).install(new_shop(), NOW)
    token = AccessToken("t", EXPIRING, NOW + timedelta(hours=1), NOW, refresh="r")
    AccessTokens(state, box).keep(shop.id, token)
    AccountHooks(state, box).find_or_make("brevo", NOW)
    book = PrivacyRequests(state, box)
    for number, key in enumerate(("done", "open"), 1):
        book.file(PrivacyRequest("shopify", "a.myshopify.com", Asked.DATA, key, NOW, Subject(email="a@b.example")), NOW)
        if key == "done":
            book.done(number, "mark", NOW, {}, {"held": {"orders": []}})
    return shop.id


def test_everything_opens_with_the_newest_key_alone(state: sqlite3.Connection) -> None:
    shop_id = fill(state, OLD)
    before = Shops(state, OLD, policy_for).get(shop_id).secrets
    assert relocking.behind(state, NEW) == 5
    assert relocking.relock(state, BOTH) == 5
    assert relocking.behind(state, NEW) == 0
    assert Shops(state, NEW, policy_for).get(shop_id).secrets == before
    token = AccessTokens(state, NEW).read(shop_id)
    assert token is not None
    assert (token.token, token.refresh) == ("t", "r")
    assert AccountHooks(state, NEW).find("brevo") is not None
    book = PrivacyRequests(state, NEW)
    (still_open,) = book.open(10)
    assert (still_open.subject.email, book.export(1)) == ("a@b.example", {"held": {"orders": []}})


def test_what_no_key_opens_stays_and_stops_nothing(state: sqlite3.Connection) -> None:
    fill(state, OLD)
    lost = SecretBox(["lost"]).lock(Shops(state, OLD, policy_for).all()[0].secrets)
    state.execute("update access_tokens set secrets = ?", [lost])
    assert relocking.relock(state, BOTH) == 4
    assert state.execute("select secrets from access_tokens").fetchone() == (lost,)
    assert relocking.behind(state, NEW) == 1


def test_no_place_is_forgotten() -> None:
    """Columns that hold something encrypted say so in the schema."""
    found, table = set(), ""
    for line in SCHEMA.read_text(encoding="utf-8").splitlines():
        if named := re.match(r"CREATE TABLE (\w+)", line):
            table = named[1]
        elif column := re.match(r"\s+(\w+) .*-- encrypted", line):
            found.add((table, column[1]))
    assert found == {(table, column) for table, _, column in relocking.LOCKED}
