"""Whatever may be wrong between us and a Shopify shop: `install` and `test` each say it in a line with the cure, and
nothing is half installed. Against the Shopify shop of the tests, by the real commands.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from collector.cli import main
from tests.in_process import step_into
from tests.shopify_shop.access import SCOPES, Access
from tests.shopify_shop.server import ShopifyShop, recent, shop_open
from tests.shopify_shop.versions import SUPPORTED

SETTINGS = """\
public_url: http://127.0.0.1:9
allow_insecure_upstreams: true
"""


@dataclass
class ShiftedClock:
    """The machine's own, so far ahead."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Case:
    """A shop that works, until a row of the table breaks it."""

    shop: ShopifyShop
    clock: ShiftedClock
    folder: Path
    given: dict[str, str] = field(default_factory=dict)

    def tajo(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, arguments)

    def install(self) -> Result:
        flags = [part for name, value in self.given.items() for part in (f"--{name}", value)]
        where = ("--shop-url", self.shop.numbers.address, "--api-url", self.shop.url)
        return self.tajo("connectors", "install", "shopify", *where, *flags)

    def stored(self) -> list[Any]:
        with closing(sqlite3.connect(self.folder / "tajo.db")) as state:
            shops = state.execute("select * from shops").fetchall()
            return [*shops, *state.execute("select shop_id, client, scopes from access_tokens").fetchall()]


@pytest.fixture(scope="module")
def open_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ShopifyShop, ShiftedClock]]:
    clock = ShiftedClock()
    results = tmp_path_factory.mktemp("bulk")
    with shop_open(recent(clock, customers=5, orders=3, products=2), results, clock) as shop:
        yield shop, clock


@pytest.fixture
def case(
    open_shop: tuple[ShopifyShop, ShiftedClock], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Case]:
    shop, clock = open_shop
    step_into(tmp_path, monkeypatch)
    (tmp_path / "tajo.yml").write_text(SETTINGS)
    given = {"api-key": shop.access.client_id, "api-secret": shop.access.client_secret}
    yield Case(shop, clock, tmp_path, given)
    fresh = Access(clock)
    for name in ("client_id", "client_secret", "scopes", "is_installed", "can_use_credentials", "sees_people"):
        setattr(shop.access, name, getattr(fresh, name))
    shop.access.tokens.clear()
    shop.subscriptions.all.clear()
    shop.trouble, shop.roots.supported, clock.ahead = "", SUPPORTED, timedelta()


def another_key(case: Case) -> None:
    case.shop.access.client_id = "another"


def another_secret(case: Case) -> None:
    case.shop.access.client_secret = "shpss_another"


def revoked(case: Case) -> None:
    case.shop.access.tokens.clear()


def without_a_scope(case: Case) -> None:
    case.shop.access.scopes = tuple(scope for scope in SCOPES if scope != "read_customers")
    case.shop.access.tokens.clear()


def removed(case: Case) -> None:
    case.shop.access.uninstall()


def older_than_served(case: Case) -> None:
    case.shop.roots.supported = ("2026-10", "2027-01")


def an_hour_ahead(case: Case) -> None:
    case.clock.ahead = timedelta(hours=1)


def trouble(name: str) -> Callable[[Case], None]:
    def begin(case: Case) -> None:
        case.shop.trouble = name

    return begin


# what is wrong, how it comes about, what `install` and `test` say of it, and the cure both give
REFUSED: list[tuple[str, Callable[[Case], None], str, str]] = [
    ("a wrong key", another_key, "gives no token for this API key and secret", "installed on it"),
    ("a wrong secret", another_secret, "gives no token for this API key and secret", "installed on it"),
    ("the app was removed", removed, "gives no token for this API key and secret", "installed on it"),
    ("a shop nobody has", trouble("not_a_shop"), "is not a shop, or not with this API (HTTP 404)", "typing mistake"),
    ("a shop that has not paid", trouble("frozen"), "is frozen until the merchant has paid", "Pay the plan"),
    ("a locked shop", trouble("locked"), "is locked by Shopify (HTTP 423)", "Ask Shopify's support"),
    ("a page in place of an answer", trouble("page"), "answered with a page (text/html)", "no proxy stands in between"),
    ("Shopify is away", trouble("broken"), "answered HTTP 503", "shopifystatus.com"),
]


@pytest.mark.parametrize(("why", "breaks", "cause", "cure"), REFUSED)
def test_what_refuses_us_is_one_line_and_leaves_nothing(
    case: Case, why: str, breaks: Callable[[Case], None], cause: str, cure: str
) -> None:
    breaks(case)
    result = case.install()
    said = [line for line in result.stderr.splitlines() if "stays in the shell's history" not in line]
    assert (result.exit_code, len(said)) == (1, 1), (why, result.output)
    assert cause in said[0], why
    assert cure in said[0], why
    assert case.shop.access.client_secret not in result.output
    assert [path.name for path in case.folder.iterdir()] == ["tajo.yml"], why
    assert case.shop.subscriptions.all == {}, why


@pytest.mark.parametrize(
    ("why", "breaks", "cause", "cure"),
    [
        *REFUSED[3:5],
        (
            "the token was revoked",
            revoked,
            "does not accept these credentials (HTTP 401)",
            "Copy the credentials again",
        ),
        ("a scope too few", without_a_scope, "lacks read_customers", "install it again"),
    ],
)
def test_a_connected_shop_stays_as_it_was_and_the_test_says_what_is_wrong(
    case: Case, why: str, breaks: Callable[[Case], None], cause: str, cure: str
) -> None:
    del case.given["api-key"]
    case.given["access-token"] = case.shop.access.permanent()
    assert case.install().exit_code == 0
    before = case.stored()
    breaks(case)
    if not case.shop.access.tokens:  # whoever took the permission away gave a new token
        case.given["access-token"] = case.shop.access.permanent() if breaks is without_a_scope else "shpat_old"
    again, tested = case.install(), case.tajo("connectors", "test", "shopify")
    assert again.exit_code == 1, (why, again.output)
    assert cause in again.stderr, why
    assert case.stored() == before, why
    assert tested.exit_code == 1, (why, tested.output)
    if breaks is not without_a_scope:  # the stored token is the old one: it is not taken at all
        lines = tested.stdout.splitlines()
        at = next(place for place, line in enumerate(lines) if line.startswith("✗"))
        assert cause in lines[at + 1], why
        assert (lines[at + 2].startswith("    → "), cure in lines[at + 2]) == (True, True), why


@pytest.mark.parametrize(
    ("why", "breaks", "note", "title"),
    [
        (
            "a version that is over",
            older_than_served,
            "The shop answered with API 2026-10 instead of 2026-07. Set api_version: 2026-10",
            "✗ API version 2026-07 not served",
        ),
        (
            "clocks an hour apart",
            an_hour_ahead,
            "This machine's clock is 60 minutes behind Shopify's: set it",
            "✗ Clocks differ",
        ),
    ],
)
def test_what_works_and_is_not_right_is_a_note_and_a_line(
    case: Case, why: str, breaks: Callable[[Case], None], note: str, title: str
) -> None:
    breaks(case)
    result = case.install()
    assert result.exit_code == 0, result.output
    assert note in result.stdout, why
    tested = case.tajo("connectors", "test", "shopify")
    assert tested.exit_code == 1, why
    assert [line for line in tested.stdout.splitlines() if line.startswith("✗")] == [title], why


def test_a_version_shopify_does_not_know_is_said_so(case: Case) -> None:
    case.given["api-version"] = "2031-01"
    result = case.install()
    assert result.exit_code == 1
    assert "does not know version 2031-01" in result.stderr
    assert "Leave api_version out" in result.stderr
    assert [path.name for path in case.folder.iterdir()] == ["tajo.yml"]
