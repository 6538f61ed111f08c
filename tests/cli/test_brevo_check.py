"""`tajo brevo check` on accounts that are shared, mapped wrongly, or turn this server away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector.bootstrap import open_desk
from collector.cli import brevo as brevo_commands
from collector.cli.check import what_is_missing
from collector.cli.settings import settings
from collector.domain.shop import Secrets
from collector.storage.sqlite.shops import NewShop
from tests.in_process import step_into

from ..destinations.brevo.wire import KEY, NOW, URL, Brevo, Call, Reply, good, on_the_wire, refusal

ONE = """
connectors:
  shopify: {{shop_url: mug.myshopify.com, access_token: shpat_1, api_secret: s, field_mapping: {mapping}}}
"""
TWO = """
connectors:
  shopify: {shop_url: mug.myshopify.com, access_token: shpat_1, api_secret: s}
  woocommerce: {store_url: https://tea.example, consumer_key: ck_1, consumer_secret: cs_1%s}
"""


@pytest.fixture
def brevo() -> Iterator[Brevo]:
    with on_the_wire(Brevo()) as wire:
        yield wire


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    step_into(tmp_path, monkeypatch)
    for name, value in {"BREVO_API_KEY": KEY, "BREVO_API_URL": URL, "TAJO_SECRET_KEY": "a key"}.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def said(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(brevo_commands.command, arguments or ["check"])
    return result.exit_code, result.output


def test_a_field_from_nowhere_stops_both_checks_by_name(brevo: Brevo, folder: Path) -> None:
    (folder / "tajo.yml").write_text(ONE.format(mapping="{frist_name: FIRSTNAME, company: FIRM, tier: VIP}"))
    CliRunner().invoke(brevo_commands.command, ["setup"])
    status, lines = said()
    assert status == 1
    assert "✗ brevo: connectors.shopify: frist_name: there is no such field; did you mean first_name?" in lines
    assert "· brevo: connectors.shopify: tier is read from the metafield custom.tier, else from a tag tier:…" in lines
    problem = ("connectors.shopify.field_mapping: frist_name: there is no such field; did you mean first_name?",)
    assert [what for what, _ in what_is_missing(settings()) if "field_mapping" in what] == list(problem)


def test_an_attribute_of_another_type_is_said_with_its_cure(brevo: Brevo, folder: Path) -> None:
    (folder / "tajo.yml").write_text(ONE.format(mapping="{orders_count: ORDERS}"))
    brevo.attributes |= {"ORDERS": "text", "TOTAL_SPENT": "float", "TAGS": "text"}
    status, lines = said()
    assert status == 0, lines
    assert "· brevo: ORDERS is of type text, we write float" in lines
    assert "map the field to ORDERS:text" in lines
    (folder / "tajo.yml").write_text(ONE.format(mapping='{orders_count: "ORDERS:text"}'))
    assert "is of type" not in said()[1]


def test_two_shops_in_one_account_are_said(brevo: Brevo, folder: Path) -> None:
    (folder / "tajo.yml").write_text(TWO % "")
    CliRunner().invoke(brevo_commands.command, ["setup"])
    status, lines = said()
    assert status == 0, lines
    assert "· brevo: 2 shops share this account: mug.myshopify.com, tea.example: ORDER_COUNT" in lines
    (folder / "tajo.yml").write_text(TWO % ", brevo: {attribute_prefix: TEA_}")
    status, lines = said()
    assert "share this account" not in lines
    assert "✗ brevo: there is no attribute TEA_ORDER_COUNT" in lines


def test_a_shop_connected_by_hand_counts_too(brevo: Brevo, folder: Path) -> None:
    (folder / "tajo.yml").write_text(ONE.format(mapping="{}"))
    with open_desk(settings(), may_create=True) as desk:
        tea = NewShop("woocommerce", "tea.example", "https://tea.example", "site-key-tea", Secrets(), currency="CHF")
        desk.shops.install(replace(tea, zone="Europe/Zurich"), NOW)
        assert [shop.zone for shop in desk.shops.all()] == ["Europe/Zurich"]
    CliRunner().invoke(brevo_commands.command, ["setup"])
    assert "2 shops share this account: mug.myshopify.com, tea.example" in said()[1]


@pytest.mark.parametrize(
    ("why", "there", "status", "expected"),
    [
        ("by name and by id", [("c1", "Win-back"), ("c2", "Friends")], 0, "✓ brevo: all coupon collections are there"),
        ("one is not", [("c1", "Win-back")], 1, "✗ brevo: there is no coupon collection 'c2'"),
        ("there are none", [], 1, "✗ brevo: there is no coupon collection 'Win-back'"),
    ],
)
def test_a_coupon_collection_that_is_not_there_is_said(
    brevo: Brevo, folder: Path, why: str, there: list[tuple[str, str]], status: int, expected: str
) -> None:
    groups = "[{match: 'WB-*', collection: Win-back}, {match: '*', collection: c2}]"
    (folder / "tajo.yml").write_text(TWO % f", coupons: {{groups: {groups}}}")
    CliRunner().invoke(brevo_commands.command, ["setup"])

    def collections(call: Call) -> Reply:
        if call.path == "/couponCollections":
            return good({"collections": [{"id": number, "name": name} for number, name in there]})
        return brevo.take(call)

    brevo.mood = collections
    found, lines = said()
    assert found == status, why
    assert expected in lines


def test_two_keys_of_one_account_are_an_accident(brevo: Brevo, folder: Path) -> None:
    (folder / "tajo.yml").write_text(TWO % ", brevo: {api_key: xkeysib-other}")

    def every_key(call: Call) -> Reply:
        if call.path == "/account":
            return good({"companyName": "Mugs", "email": "o@mugs.example", "organization_id": "o1"})
        return brevo.take(replace(call, headers={**call.headers, "api-key": KEY}))

    brevo.mood = every_key
    CliRunner().invoke(brevo_commands.command, ["setup"])
    status, lines = said()
    assert status == 1
    assert "✗ brevo and brevo:https://tea.example are keys of the same Brevo account (Mugs)" in lines
    assert "give both shops the same key" in lines


@pytest.mark.parametrize(
    ("why", "message", "expected"),
    [
        (
            "it names the address it saw",
            "We have detected you are using an unrecognised IP address 203.0.113.7. If you performed this action",
            "Brevo sees this server as 203.0.113.7: add that address under Brevo > Security > Authorised IPs",
        ),
        (
            "also a long one",
            "We have detected you are using an unrecognised IP address 2001:db8::7.",
            "Brevo sees this server as 2001:db8::7: add",
        ),
        (
            "it does not",
            "Calls from this IP address are blocked",
            "did not say which one it saw: look under Brevo > Security > Authorised IPs for the refused one",
        ),
    ],
)
def test_an_account_that_only_knows_other_addresses(
    brevo: Brevo, folder: Path, why: str, message: str, expected: str
) -> None:
    (folder / "tajo.yml").write_text(ONE.format(mapping="{}"))
    brevo.mood = lambda call: refusal(401, "unauthorized", message)
    for command in ("check", "setup", "test-event"):
        status, lines = said(command)
        assert status == 1
        assert expected in lines, why


def test_the_shop_app_is_switched_on_only_when_asked(brevo: Brevo, folder: Path) -> None:
    (folder / "tajo.yml").write_text(ONE.format(mapping="{}"))

    def mood(call: Call) -> Reply | None:
        return good({"message": "in process"}) if call.path == "/ecommerce/activate" else None

    brevo.mood = mood
    assert said("setup")[0] == 0
    assert "POST /ecommerce/activate" not in brevo.said()
    status, lines = said("setup", "--activate-ecommerce")
    assert (status, brevo.said().count("POST /ecommerce/activate")) == (0, 1)
    assert "the e-commerce app is on in about five minutes" in lines
    brevo.mood = lambda call: refusal(403, "permission_denied", "no") if "activate" in call.path else None
    assert said("setup", "--activate-ecommerce")[0] == 1
