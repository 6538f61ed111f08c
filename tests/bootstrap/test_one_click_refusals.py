"""What a merchant reads when connecting a shop does not work: what happened, and what to do now. No browser needed."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from collector.bootstrap import open_desk
from collector.config import load
from collector.domain.shop import OWN_KEY
from tests.bootstrap.link_pages import HERE, fields_of, link
from tests.bootstrap.shopify_desk import ShopifyDesk, migrated
from tests.bootstrap.shopify_merchant import NEW, shopify_says, to_shopify, way_back
from tests.bootstrap.woocommerce_merchant import HOME, SECRET, come_back, keys, post_keys, shop_at, to_the_shop
from tests.in_process import step_into

ACCOUNT = "https://api.brevo.com/v3/account"
SHOPIFY, WOOCOMMERCE = f"{HERE}/install/shopify", f"{HERE}/install/woocommerce"


@dataclass
class Case:
    """One merchant in one browser."""

    desk: ShopifyDesk
    wire: responses.RequestsMock
    browser: FlaskClient

    def connected(self) -> str:
        """The link with which a Shopify shop was connected."""
        shopify_says(self.wire)
        address = link(self.desk)
        assert self.browser.get(way_back(to_shopify(self.browser, address)["state"])).status_code == 303
        return address

    def asked(self, *arguments: str) -> tuple[str, str]:
        """A link that was used for the WooCommerce shop, and the state the shop was told."""
        address = link(self.desk, *(arguments or ("--store-url", HOME)))
        return address, to_the_shop(self.browser, address)["user_id"]

    def look(self, address: str) -> TestResponse:
        return self.browser.get(address)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("refusals")
    migrated(made)
    return made


@pytest.fixture(scope="module")
def one_desk() -> ShopifyDesk:
    return ShopifyDesk()


@pytest.fixture
def case(folder: Path, one_desk: ShopifyDesk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    """Links and shops are taken away in between."""
    step_into(folder, monkeypatch)
    with open_desk(load({}, Path.cwd())) as files:
        files.state.execute("delete from connect_links")
        for shop in files.shops.all():
            files.shops.purge(shop.id)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        yield Case(one_desk, wire, one_desk.browser())


def after_no_answer(case: Case) -> TestResponse:
    shopify_says(case.wire, body=requests.ConnectionError("gone"))
    return case.look(way_back(to_shopify(case.browser, link(case.desk))["state"]))


def after_wrong_keys(case: Case) -> tuple[str, str]:
    shop_at(case.wire, HOME)
    address, state = case.asked()
    assert post_keys(case.desk, keys(state, consumer_key="ck_other")).status_code == 400
    return address, state


def after_a_shop_that_is_away(case: Case) -> str:
    case.wire.add(responses.GET, re.compile(re.escape(HOME)), body=requests.ConnectionError("gone"))
    address, state = case.asked()
    assert post_keys(case.desk, keys(state)).status_code == 400
    return address


def used(case: Case) -> str:
    address = link(case.desk)
    to_shopify(case.browser, address)
    return address


# (why, what the merchant does, the heading, what the page says)
CLEAN, OVER = "Nothing was connected", "This page is no longer good"
REFUSALS: list[tuple[str, Callable[[Case], TestResponse], str, str]] = [
    ("no link", lambda case: case.look(SHOPIFY), CLEAN, "with a link from the command line"),
    (
        "the link of another platform",
        lambda case: case.look(link(case.desk, "woocommerce").replace("woocommerce", "shopify")),
        CLEAN,
        "with a link from the command line",
    ),
    ("a link that logs in", lambda case: case.look(f"{SHOPIFY}?link={log_in(case)}"), CLEAN, "with a link from"),
    ("a used link", lambda case: case.look(used(case)), CLEAN, "This link was used already."),
    (
        "the link of a shop that is connected",
        lambda case: case.look(case.connected()),
        OVER,
        f"and {NEW} was connected with it.",
    ),
    ("no cookie", lambda case: case.look(way_back("x")), CLEAN, "did not begin here, or it took more than ten minutes"),
    ("a page for those who just connected", lambda case: case.look(f"{SHOPIFY}/account"), OVER, "took too long"),
    ("the same, of another platform", lambda case: after_the_other(case), OVER, "took too long"),
    ("Shopify is not reached", after_no_answer, CLEAN, f"The connection to {NEW} broke off"),
    (
        "keys of another shop, seen on the way back",
        lambda case: come_back(case.browser, after_wrong_keys(case)[1]),
        CLEAN,
        "over https. What to do: The shop made these keys itself, a moment ago.",
    ),
    (
        "keys of another shop, seen at the link",
        lambda case: case.look(after_wrong_keys(case)[0]),
        CLEAN,
        f"This link was used already. The keys that came do not open {HOME}",
    ),
    (
        "the shop is away when its keys are tried",
        lambda case: case.look(after_a_shop_that_is_away(case)),
        CLEAN,
        "The connection to shop.example broke",
    ),
    (
        "no keys came",
        lambda case: come_back(case.browser, case.asked()[1]),
        CLEAN,
        f"Check that the shop's server reaches {HERE}.",
    ),
    ("no", lambda case: come_back(case.browser, case.asked()[1], "0"), CLEAN, "turned down there"),
]


def log_in(case: Case) -> str:
    return case.desk.tajo("login").stdout.strip().rpartition("/")[2]


def after_the_other(case: Case) -> TestResponse:
    case.connected()
    return case.look(f"{WOOCOMMERCE}/done")


@pytest.mark.parametrize(("why", "does", "heading", "says"), REFUSALS, ids=[row[0] for row in REFUSALS])
def test_a_refusal_says_what_happened_and_the_way_on(
    case: Case, why: str, does: Callable[[Case], TestResponse], heading: str, says: str
) -> None:
    page = does(case)
    text = words_of(page)
    assert (page.status_code, f"<h1>{heading}</h1>" in page.text, says in text) == (400, True, True), (why, text)
    platform = page.request.path.split("/")[2]
    assert "What to do:" in text
    assert f"tajo connectors link {platform}, run where the collector runs" in text, "the exact command"
    assert ("Nothing was stored or changed." in text) == (heading == CLEAN)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"


def words_of(page: TestResponse) -> str:
    body = re.sub(r"<[^>]+>", "", page.text.partition("</head>")[2])
    return " ".join(html.unescape(body).split())


UNRECOGNISED = "We have detected you are using an unrecognised IP address 203.0.113.7."
KEYS_REFUSED: list[tuple[str, str, dict[str, Any], str]] = [
    ("two words", "two words", {}, "characters no key has"),
    ("too long", "k" * 301, {}, "characters no key has"),
    ("unknown", "key", {"status": 401, "json": {"message": "Key not found"}}, "Copy it again from Brevo >"),
    ("expired", "key", {"status": 401, "json": {"message": "API key expired"}}, "Make a new one under Brevo >"),
    (
        "an address that is blocked",
        "key",
        {"status": 401, "json": {"message": UNRECOGNISED}},
        "Brevo sees this server as 203.0.113.7. Add this server's address under Brevo > Security > Authorised IPs",
    ),
    ("not paid", "key", {"status": 402, "json": {"code": "payment_required"}}, "Look at the plan and credits"),
    ("asked too often", "key", {"status": 429, "json": {}}, "Give the key again a little later"),
    ("away", "key", {"status": 503}, "Give the key again in a few minutes"),
    ("a firewall", "key", {"status": 403, "body": "<html>"}, "Give the key again in a minute"),
    ("not reached", "key", {"body": requests.ConnectionError("gone")}, "look at its network and at status.brevo.com"),
    ("something else answers", "key", {"status": 200, "body": "<html>"}, "What answered is not Brevo's API."),
]


def test_a_key_that_is_not_taken_says_why_and_the_old_one_stays(case: Case) -> None:
    case.connected()
    case.wire.add(responses.GET, ACCOUNT, json={"companyName": "New"})
    assert case.browser.post(f"{SHOPIFY}/account", data={"key": "good-key"}).status_code == 303
    for why, key, answer, says in KEYS_REFUSED:
        case.wire.remove(responses.GET, ACCOUNT)
        case.wire.add(responses.GET, ACCOUNT, **answer)
        page = case.browser.post(f"{SHOPIFY}/account", data={"key": key})
        assert (page.status_code, says in words_of(page)) == (400, True), (why, words_of(page))
        assert 'aria-invalid="true"' in page.text, why
        assert "again by itself" not in page.text, (why, "the merchant has to do it")
        assert "BREVO_API_KEY" not in page.text, (why, "the field before the merchant is the place")
    shop = case.desk.shop(NEW)
    assert shop is not None
    assert shop.secrets.credentials[OWN_KEY] == "good-key"


def test_a_key_that_may_do_less_is_taken(case: Case) -> None:
    """Not every key may say whose it is; what it may not do is said where it is needed."""
    case.connected()
    case.wire.add(responses.GET, ACCOUNT, status=403, json={"code": "permission_denied"})
    assert case.browser.post(f"{SHOPIFY}/account", data={"key": "narrow-key"}).status_code == 303


def test_going_back_after_it_is_done_leads_on(case: Case) -> None:
    shopify_says(case.wire)
    address = way_back(to_shopify(case.browser, link(case.desk))["state"])
    assert case.browser.get(address).status_code == 303
    again = case.browser.get(address)
    assert (again.status_code, again.location) == (303, f"{SHOPIFY}/account")
    assert case.browser.get(way_back("another")).status_code == 400, "another answer is no such thing"
    assert case.desk.browser().get(address).status_code == 400, "nor is it one for anybody else"


def test_without_the_database_the_page_says_so_and_the_link_stays_good(case: Case) -> None:
    address, database = link(case.desk), Path("tajo.db")
    moved = database.rename("elsewhere.db")
    try:
        page, posted = case.look(address), post_keys(case.desk, keys("any"))
    finally:
        moved.rename(database)
    assert (page.status_code, posted.status_code) == (503, 503)
    for answer in (page, posted):
        assert "elsewhere" not in answer.text
        assert "tajo.db" not in answer.text, "where files lie is for the log"
    assert "Run tajo check where the collector runs" in words_of(page)
    assert "Nothing was stored or changed." in page.text
    assert case.look(address).status_code == 200


def test_an_app_that_was_taken_out_of_the_settings_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrated(tmp_path, f"public_url: {HERE}\n")
    step_into(tmp_path, monkeypatch)
    page = ShopifyDesk().browser().get(f"{SHOPIFY}?link=any")
    assert (page.status_code, "shopify_app.api_key" in page.text) == (400, True)


def test_what_a_shop_posts_is_answered_in_words_for_its_log(case: Case) -> None:
    shop_at(case.wire, HOME)
    answer = post_keys(case.desk, keys(case.asked()[1], consumer_key="ck_other"))
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.text.count("\n") == 1
    for secret in (SECRET, "ck_other"):
        assert secret not in answer.text


def test_a_field_is_corrected_with_what_was_typed_and_nothing_is_used_up(case: Case) -> None:
    address = link(case.desk)
    wrong = case.browser.post(SHOPIFY, data={**fields_of(case.look(address)), "shop": 'a"><b>.example'})
    assert wrong.status_code == 400
    assert 'value="a&#34;&gt;&lt;b&gt;.example"' in wrong.text
    assert 'aria-describedby="problem hint"' in wrong.text
    assert case.look(address).status_code == 200
