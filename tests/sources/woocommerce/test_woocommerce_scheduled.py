"""Products and coupons that go live by themselves: status alone changes, and nobody tells before WooCommerce 10.8."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests
import responses
from sqlite_utils import Database

from collector.domain.door import Lane, NewRow
from collector.domain.jobs import Next
from collector.domain.shop import Secrets
from collector.domain.syncing import COUPONS, PRODUCTS
from collector.domain.timestamps import to_text
from collector.pipeline.rereading import LOOKS_EVERY, RereadRecords
from collector.sources.woocommerce.rereading import WooCommerceRecords
from collector.sources.woocommerce.scheduled import look_again_at
from collector.storage.sqlite.migrations.state import m0026_scheduled
from tests.pipeline.row_builders import at, gmt, webhook
from tests.pipeline.telling_bench import LIVE_WOO, TellingBench, telling_bench

from .webhook_shop import KEYS, client

SHOP = replace(LIVE_WOO, secrets=Secrets(("whsec",), (), "key", KEYS))
API = f"{SHOP.url}/wp-json/wc/v3"
MADE, LIVE_AT = gmt(0), 60.0


@dataclass
class Records:
    """The shop at the wire, by path; `asked`: which were asked for."""

    has: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        path = str(request.path_url).partition("?")[0].rpartition("/v3/")[2]
        self.asked.append(path)
        return 200, {}, json.dumps(self.has[path])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TellingBench]:
    with telling_bench(tmp_path_factory.mktemp("scheduled")) as bench:
        yield bench


@pytest.fixture
def bench(files: TellingBench) -> TellingBench:
    files.begin(SHOP)
    return files


@pytest.fixture
def shop() -> Iterator[Records]:
    made = Records()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.add_callback(
            responses.GET, re.compile(rf"{re.escape(API)}/.*"), made.answer, content_type="application/json"
        )
        yield made


def pot(status: str, live_at: float = LIVE_AT) -> dict[str, Any]:
    """Changed at noon, whatever its status."""
    return {"id": 25, "name": "Pot", "status": status, "date_created_gmt": gmt(live_at), "date_modified_gmt": MADE}


def code(status: str) -> dict[str, Any]:
    return {"id": 9, "code": "wb-1", "status": status, "date_created_gmt": gmt(LIVE_AT), "date_modified_gmt": MADE}


def told(body: dict[str, Any], minutes: float = 0, topic: str = "product.updated") -> NewRow:
    return webhook(minutes, topic, body)


def look(bench: TellingBench, minutes: float) -> Next:
    """The job comes round then, and what it read is folded."""
    records = WooCommerceRecords(client, lambda: at(minutes))
    job = RereadRecords(SHOP, records, bench.state, bench.files.inbox.append_many, lambda: at(minutes))
    found = job.run({}, at(minutes))
    bench.fold(at(minutes))
    return found


def noted(bench: TellingBench) -> list[tuple[str, str, str]]:
    return list(bench.files.connection.execute("select kind, id, due_at from rereads order by kind, id"))


def status(bench: TellingBench) -> str:
    ((found,),) = bench.files.connection.execute("select json_extract(content, '$.status') from products")
    return str(found)


@pytest.mark.parametrize(
    ("why", "body", "minutes", "expected"),
    [
        ("an hour ahead: a moment after it", pot("future"), 0, 61),
        ("as a shop may write it", pot(" Future "), 0, 61),
        ("live", pot("publish"), 0, None),
        ("a draft has a date too", pot("draft"), 0, None),
        ("no date", pot("future") | {"date_created_gmt": None}, 0, None),
        ("a date nobody can read", pot("future") | {"date_created_gmt": "soon"}, 0, None),
        ("this very moment", pot("future"), 60, 61),
        ("cron is late by seconds", pot("future"), 60.5, 61.5),
        ("by ten minutes: ten more", pot("future"), 70, 80),
        ("by a month: once a day", pot("future"), 60 + 30 * 1440, 60 + 31 * 1440),
        ("in a hundred years: once a year", pot("future", 100 * 525600), 0, 525600),
        ("at the end of time", pot("future") | {"date_created_gmt": "9999-12-31T23:59:59"}, 0, 525600),
    ],
)
def test_when_something_scheduled_is_looked_at(
    why: str, body: dict[str, Any], minutes: float, expected: float | None
) -> None:
    assert look_again_at(body, at(minutes)) == (None if expected is None else at(expected)), why


def test_a_product_that_goes_live_without_a_word_is_read_a_moment_later(bench: TellingBench, shop: Records) -> None:
    bench.happen(told(pot("future")))
    assert noted(bench) == [(PRODUCTS, "25", to_text(at(61)))]
    shop.has = {"products/25": pot("publish")}
    assert look(bench, 60).due_at == at(61)
    assert (shop.asked, status(bench)) == ([], "future")
    look(bench, 61)
    assert (shop.asked, status(bench), noted(bench)) == (["products/25"], "publish", [])


def test_a_coupon_too(bench: TellingBench, shop: Records) -> None:
    bench.happen(told(code("future"), topic="coupon.created"))
    assert noted(bench) == [(COUPONS, "9", to_text(at(61)))]
    shop.has = {"coupons/9": code("publish")}
    look(bench, 61)
    visible = "select json_extract(content, '$.is_visible') from coupons"
    assert bench.files.connection.execute(visible).fetchone() == (1,)


def test_one_that_was_read_in_an_import_is_noted_too(bench: TellingBench, shop: Records) -> None:
    bench.happen(told(pot("future"), topic="read/products"), lane=Lane.HISTORY)
    assert [one[:2] for one in noted(bench)] == [(PRODUCTS, "25")]


def test_one_that_was_put_off_is_read_at_its_new_time(bench: TellingBench, shop: Records) -> None:
    """The webhook about the new time was lost."""
    bench.happen(told(pot("future")))
    shop.has = {"products/25": pot("future", 200)}
    assert look(bench, 61).due_at == at(61) + LOOKS_EVERY
    assert noted(bench) == [(PRODUCTS, "25", to_text(at(201)))]
    shop.has = {"products/25": pot("publish", 200)}
    look(bench, 201)
    assert status(bench) == "publish"


def test_a_shop_whose_cron_is_late_is_asked_until_it_has_run_and_ever_more_seldom(
    bench: TellingBench, shop: Records
) -> None:
    """Each answer is the same to the letter: nothing of it is folded twice, and yet the next look is noted."""
    bench.happen(told(pot("future")))
    shop.has = {"products/25": pot("future")}
    looks = list[datetime]()
    for minute in range(61, 61 + 100):
        before = len(shop.asked)
        look(bench, minute)
        looks += [at(minute)] * (len(shop.asked) - before)
    assert looks[0] == at(61)
    assert len(looks) <= 8
    assert all(later - one <= max(one - at(60), timedelta(minutes=1)) for one, later in pairwise(looks))
    shop.has = {"products/25": pot("publish")}
    look(bench, 300)
    assert (status(bench), noted(bench)) == ("publish", [])


def test_without_keys_nobody_can_be_asked(files: TellingBench) -> None:
    files.begin(LIVE_WOO)
    files.happen(told(pot("future")))
    assert noted(files) == []


def test_a_newer_shop_says_so_itself_and_with_the_same_version(bench: TellingBench, shop: Records) -> None:
    bench.happen(told(pot("future")), told(pot("publish"), 60, "product.published"))
    assert status(bench) == "publish"
    assert bench.files.quarantined() == []


def test_what_an_older_version_of_ours_knew_as_scheduled_is_read_soon(bench: TellingBench, shop: Records) -> None:
    for place, word in enumerate(("future", "draft", "publish")):
        bench.happen(told(pot(word) | {"id": 25 + place}, place))
    for place, word in enumerate(("future", "publish"), start=1):
        bench.happen(told(code(word) | {"id": place}, place, "coupon.updated"))
    bench.files.connection.execute("delete from rereads")
    m0026_scheduled(Database(bench.files.connection))
    assert [one[:2] for one in noted(bench)] == [(COUPONS, "1"), (PRODUCTS, "25")]
