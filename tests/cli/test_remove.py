"""`tajo connectors remove`: our webhooks go from the shop, nobody else's do; a shop that cannot be asked goes too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
import responses

from collector.bootstrap import clock, open_desk, secret_box
from collector.bootstrap.live import keep_subscriptions
from collector.bootstrap.taking_down import take_down
from collector.cli.brevo_webhook import address, prepared
from collector.cli.install import Found, connect
from collector.destinations.brevo.client import BrevoAccount, Exchange
from collector.destinations.brevo.limits import NoMeter
from collector.domain.jobs import SUBSCRIPTIONS, lease_of, of_shop
from collector.domain.shop import OWN_KEY, Shop
from collector.sandbox.brevo.state import DEFAULT_KEY
from collector.storage.sqlite.account_hooks import AccountHooks
from collector.storage.sqlite.leases import Leases
from tests.cli.woocommerce_folder import config, connected_in, copied, woocommerce
from tests.in_process import tajo
from tests.sandbox.brevo_client import Brevo, Wire, session
from tests.sources.shopify.webhook_shop import WebhookShop as ShopifyWebhookShop
from tests.sources.woocommerce.webhook_shop import WebhookShop

LIND = "lind.myshopify.com"
SOMEBODY = "https://other.example/webhooks/woocommerce/another-key"
BY_HAND = "Delete those named “Tajo Collector: …” under WooCommerce > Settings > Advanced > Webhooks."


def shops(*, also_removed: bool = False) -> list[Shop]:
    with open_desk(config()) as desk:
        return desk.shops.all(also_removed=also_removed)


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, WebhookShop]:
    """A folder with a shop that has its webhooks, and one of somebody else; to be copied."""
    folder = tmp_path_factory.mktemp("connected")
    there = connected_in(folder)
    there.add("order.updated", SOMEBODY, name="theirs", secret="theirs")
    return folder, there


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def there(
    connected: tuple[Path, WebhookShop], wire: responses.RequestsMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> WebhookShop:
    made = copied(connected, tmp_path, monkeypatch)
    made.serve(wire)
    return made


def nothing(there: WebhookShop) -> None:
    """All is well."""


def read_only(there: WebhookShop) -> None:
    there.may_write = False


def revoked(there: WebhookShop) -> None:
    there.may_list = False


def away(there: WebhookShop) -> None:
    def meets(line: str) -> None:
        raise requests.ConnectionError("nobody answers")

    there.meets = meets


def worker_at_it(there: WebhookShop) -> None:
    """Or it was killed while it was."""
    with open_desk(config()) as desk:
        guarding = lease_of(of_shop(SUBSCRIPTIONS, desk.shops.all()[0].id))
        assert Leases(desk.state).take(guarding, "worker", clock(), timedelta(minutes=3))


def no_keys(there: WebhookShop) -> None:
    with open_desk(config()) as desk:
        shop = desk.shops.all()[0]
        kept = desk.shops.get(shop.id).secrets
        desk.shops.change_secrets(shop.id, type(kept)(kept.webhook, kept.identity, kept.hook_key))


@pytest.mark.parametrize(
    ("why", "in_the_way", "flags", "said", "goes"),
    [
        ("its data stays", nothing, (), "Webhooks deleted at the shop: 16.", True),
        ("with all that is stored", nothing, ("--purge", "--yes"), "Webhooks deleted at the shop: 16.", True),
        ("the worker looks at them at this moment", worker_at_it, (), "Webhooks deleted at the shop: 16.", True),
        ("the key may only read", read_only, (), f"left at the shop: 16. The key may only read. {BY_HAND}", False),
        ("the key was revoked", revoked, ("--purge", "--yes"), BY_HAND, False),
        ("the shop is away", away, ("--purge", "--yes"), BY_HAND, False),
        ("there is no key", no_keys, (), f"there is no key to ask the shop with. {BY_HAND}", False),
    ],
)
def test_ours_go_from_the_shop_and_what_stays_there_is_said(
    there: WebhookShop,
    why: str,
    in_the_way: Callable[[WebhookShop], None],
    flags: tuple[str, ...],
    said: str,
    goes: bool,
) -> None:
    in_the_way(there)
    before = dict(there.there)
    result = tajo("connectors", "remove", "woocommerce", *flags)
    assert result.exit_code == 0, result.output
    assert said in result.stdout, why
    assert "shop.example: removed" in result.stdout, why
    assert shops() == [], why
    assert len(shops(also_removed=True)) == (0 if flags else 1), why
    names = [one["name"] for one in there.there.values()]
    assert (names == ["theirs"]) if goes else (there.there == before), why


def test_a_paused_shop_keeps_its_webhooks(there: WebhookShop) -> None:
    assert tajo("connectors", "pause", "woocommerce").exit_code == 0
    assert there.asked == []


def test_nothing_is_taken_down_before_the_question_is_answered(there: WebhookShop) -> None:
    assert tajo("connectors", "remove", "woocommerce", "--purge").exit_code == 2
    assert there.asked == []
    assert len(shops()) == 1


def test_connected_again_it_has_its_webhooks_again(there: WebhookShop) -> None:
    tajo("connectors", "remove", "woocommerce")
    woocommerce()
    with open_desk(config()) as desk, requests.Session() as http:
        keep_subscriptions(config(), desk, desk.shops.all()[0], http)
    assert len(there.there) == 17


@pytest.fixture
def shopify(wire: responses.RequestsMock, there: WebhookShop) -> ShopifyWebhookShop:
    """A Shopify shop beside the other, with its webhooks and one of somebody else."""
    made = ShopifyWebhookShop()
    made.serve(wire)
    given = {"access_token": "shpat_1", "api_secret": "shpss_1"}
    connect(config(), "shopify", LIND, f"https://{LIND}", given, Found("Lind", "EUR"), ("shpss_1",))
    with open_desk(config()) as desk, requests.Session() as http:
        keep_subscriptions(config(), desk, desk.shops.all()[1], http)
    made.add("ORDERS_UPDATED", SOMEBODY)
    made.asked.clear()
    return made


def test_a_shopify_shop_loses_ours_alone(shopify: ShopifyWebhookShop, there: WebhookShop) -> None:
    ours = len(shopify.there) - 1
    result = tajo("connectors", "remove", "shopify")
    assert f"Webhooks deleted at the shop: {ours}." in result.stdout
    assert [one["uri"] for one in shopify.there.values()] == [SOMEBODY]
    assert there.asked == [], "the other shop is not asked"


@pytest.mark.parametrize(("why", "is_uninstalled"), [("gone with the app", True), ("the token is refused", False)])
def test_a_shopify_shop_that_shut_us_out_goes_too(
    shopify: ShopifyWebhookShop, wire: responses.RequestsMock, why: str, is_uninstalled: bool
) -> None:
    wire.reset()
    wire.post(f"https://{LIND}/admin/api/2026-07/graphql.json", status=401, json={"errors": "[API] Invalid API key"})
    if is_uninstalled:
        with open_desk(config()) as desk:
            desk.shops.uninstalled(desk.shops.by_name("shopify").id, clock())
    result = tajo("connectors", "remove", "shopify")
    assert result.exit_code == 0, result.output
    assert ("Uninstall the app at Shopify" in result.stdout) is not is_uninstalled, why
    assert len(wire.calls) == (0 if is_uninstalled else 1), why
    assert [shop.platform for shop in shops()] == ["woocommerce"]


def both(brevo: Brevo) -> requests.Session:
    """Brevo in this process, and the shop at the wire."""
    made = requests.Session()
    made.mount("https://brevo.example/", Wire(brevo))
    return made


@pytest.mark.parametrize(
    ("why", "own", "general", "goes"),
    [
        ("it brought an account of its own", DEFAULT_KEY, "xkeysib-general", True),
        ("that is the general one, too", DEFAULT_KEY, DEFAULT_KEY, False),
        ("it uses the general one", "", DEFAULT_KEY, False),
    ],
)
def test_an_account_that_comes_and_goes_with_the_shop_tells_us_no_more(
    there: WebhookShop, why: str, own: str, general: str, goes: bool
) -> None:
    Path("tajo.yml").write_text(f"brevo: {{api_key: {general}, api_url: https://brevo.example/v3}}\n")
    woocommerce(**({OWN_KEY: own} if own else {}))
    brevo = Brevo()
    with open_desk(config()) as desk:
        (shop,) = desk.shops.all()
        account = BrevoAccount(shop.policy.account, DEFAULT_KEY, "https://brevo.example/v3")
        assert prepared(config(), Exchange(session(brevo), account, NoMeter())).is_good, why
        hook = AccountHooks(desk.state, secret_box(config())).find(account.name)
        assert hook is not None, why
        theirs = brevo.ask("POST", "/webhooks", {"url": SOMEBODY, "events": ["unsubscribed"], "type": "marketing"})
        assert theirs.status_code == 201, why
        there.may_list = False  # that the shop cannot be asked is no reason to leave it
        said = take_down(config(), desk, shop, both(brevo), lambda seconds: None)
    urls = [one["url"] for one in brevo.account.webhooks.values()]
    assert urls == ([SOMEBODY] if goes else [address(config(), hook.key)] * 2 + [SOMEBODY]), why
    assert ("Webhooks deleted at the shop's own Brevo account: 2." in said) is goes, why


def test_an_account_that_refuses_the_key_is_said(there: WebhookShop) -> None:
    Path("tajo.yml").write_text("brevo: {api_key: xkeysib-general, api_url: https://brevo.example/v3}\n")
    woocommerce(**{OWN_KEY: "xkeysib-revoked"})
    with open_desk(config()) as desk:
        (shop,) = desk.shops.all()
        AccountHooks(desk.state, secret_box(config())).find_or_make(shop.policy.account, clock())
        said = take_down(config(), desk, shop, both(Brevo()), lambda seconds: None)
    assert said[0].startswith("Webhooks deleted at the shop: ")
    assert "own Brevo account may be left" in said[1]
    assert "xkeysib" not in " ".join(said)
