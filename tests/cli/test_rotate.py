"""`tajo connectors rotate`: the shop is faked at the wire, the database is real, and what is signed is judged as the
doors judge it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import requests
import responses

from collector.bootstrap import clock, make_sources, open_desk
from collector.bootstrap.live import live_jobs, writer
from collector.cli.install import Found, connect
from collector.config import load
from collector.domain.door import WebhookRequest
from collector.domain.events import Strength
from collector.domain.jobs import SUBSCRIPTIONS, Next, lease_of, of_shop
from collector.domain.shop import Secrets, Shop
from collector.domain.signatures import base64_sha256, hex_sha256
from collector.pipeline.accept_beacon import accept_beacon
from collector.pipeline.accept_webhook import accept_webhook
from collector.sources.tracker.verify import TrackerFormat, identity_strength, signed_text
from collector.sources.tracker.wire import Identity
from collector.standards.user_agents import KnownUserAgents
from collector.storage.sqlite.leases import Leases
from tests.bootstrap.shopify_desk import migrated
from tests.cli.woocommerce_folder import connected_in, copied, woocommerce
from tests.in_process import step_into, tajo
from tests.pipeline.beacon_builders import a_beacon, a_server_request
from tests.sources.woocommerce.webhook_shop import HOME, WebhookShop

ROTATE = ("connectors", "rotate", "woocommerce")
DAY = timedelta(days=1)
GUARDING = lease_of(of_shop(SUBSCRIPTIONS, 1))


def shop_now() -> Shop:
    with open_desk(load(dict(os.environ), Path.cwd())) as desk:
        (shop,) = desk.shops.all()
        return shop


@dataclass
class Bench:
    """A connected WooCommerce shop; `naps`: (seconds, requests of the shop by then)."""

    there: WebhookShop
    naps: list[tuple[float, int]] = field(default_factory=list)

    def status_of_delivery(self, secret: str, at: datetime) -> int:
        """What the door answers to one that is signed with this secret."""
        shop, body = shop_now(), b'{"id": 1}'
        headers = {"x-wc-webhook-topic": "order.updated", "x-wc-webhook-signature": base64_sha256(secret, body)}
        request = WebhookRequest("woocommerce", shop.secrets.hook_key, headers, body)
        return accept_webhook(request, shop, make_sources()["woocommerce"], at, lambda address: None).answer.status

    def worker_turns(self, *kinds: str) -> dict[str, Next]:
        """A turn of these jobs, if there are such, with what they say."""
        config, done = load(dict(os.environ), Path.cwd()), dict[str, Next]()
        with open_desk(config) as desk, requests.Session() as http, closing(writer(desk)) as inbox:
            for kind in kinds:
                jobs = live_jobs(config, desk, desk.shops.all, http, inbox.append_many, sleep=lambda seconds: None)
                for job in jobs():
                    if job.name.partition(":")[0] == kind:
                        done[kind] = job.run({}, clock())
        return done


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, WebhookShop]:
    """A folder with a shop that has its webhooks, to be copied; and the shop."""
    folder = tmp_path_factory.mktemp("connected")
    return folder, connected_in(folder)


@pytest.fixture
def bench(connected: tuple[Path, WebhookShop], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    made = Bench(copied(connected, tmp_path, monkeypatch))
    monkeypatch.setattr(time, "sleep", lambda seconds: made.naps.append((seconds, len(made.there.asked))))
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        made.there.serve(wire)
        yield made


def test_every_webhook_gets_the_new_secret_after_the_doors_know_it(bench: Bench) -> None:
    (old,) = shop_now().secrets.webhook
    mine = bench.there.add("order.updated", "https://other.example/hook", name="theirs", secret="theirs")
    result = tajo(*ROTATE, "--webhook-secret")
    assert result.exit_code == 0, result.output
    (new,) = shop_now().secrets.webhook
    assert new != old
    assert {one for number, one in bench.there.secrets.items() if number != mine} == {new}
    assert bench.there.secrets[mine] == "theirs"
    assert any(seconds > 1 and asked == 0 for seconds, asked in bench.naps), "the doors look once a second"
    assert f"{len(bench.there.there) - 1} were told" in result.stdout
    assert not {old, new} & set(result.output.split()), "nothing is to be pasted"
    for why, secret, after, status in (
        ("on its way when it was replaced", old, timedelta(minutes=55), 200),
        ("an hour later", old, timedelta(minutes=65), 401),
        ("the new one", new, timedelta(0), 200),
        ("the new one, later", new, 90 * DAY, 200),
        ("nobody's", "guessed", timedelta(0), 401),
    ):
        assert bench.status_of_delivery(secret, clock() + after) == status, why
    assert bench.worker_turns("rotation") == {}, "nothing is left to do"
    bench.there.asked.clear()
    bench.worker_turns("subscriptions")
    assert bench.there.changes() == []


def refusing(error: BaseException, beginning: str) -> Callable[[WebhookShop], None]:
    def change(there: WebhookShop) -> None:
        met: list[str] = []

        def meets(line: str) -> None:
            met.append(line)
            if line.startswith(beginning) and sum(one.startswith(beginning) for one in met) > (beginning == "PUT") * 3:
                raise error

        there.meets = meets

    return change


def read_only(there: WebhookShop) -> None:
    there.may_write = False


def worker_at_it(there: WebhookShop) -> None:
    """Or it was killed while it was."""
    with open_desk(load(dict(os.environ), Path.cwd())) as desk:
        assert Leases(desk.state).take(GUARDING, "worker", clock(), timedelta(minutes=3))


def not_listed(there: WebhookShop) -> None:
    there.may_list = False


AWAY = requests.ConnectionError("nobody answers")
STOPPED = [
    ("the key may only read", read_only, "Set the key to Read/Write", "another run"),
    ("the key may only read, then the worker has another", read_only, "Read/Write", "the worker"),
    ("the key's owner may not see webhooks", not_listed, "could not be told", "another run"),
    ("the shop is away", refusing(AWAY, "GET"), "could not be told", "the worker"),
    (
        "the worker looks at them at this moment",
        worker_at_it,
        "not told to the shop yet. The worker does",
        "the worker",
    ),
    ("it goes away in the middle", refusing(AWAY, "PUT"), "have the older secret still", "another run"),
    ("killed before it told anybody", refusing(KeyboardInterrupt(), "GET"), "Aborted!", "another run"),
    ("killed in the middle", refusing(KeyboardInterrupt(), "PUT"), "Aborted!", "the worker"),
]


@pytest.mark.parametrize(("why", "in_the_way", "said", "ends_by"), STOPPED)
def test_what_stops_a_rotation_loses_nothing(
    bench: Bench, why: str, in_the_way: Callable[[WebhookShop], None], said: str, ends_by: str
) -> None:
    (old,) = shop_now().secrets.webhook
    in_the_way(bench.there)
    result = tajo(*ROTATE, "--webhook-secret")
    assert result.exit_code == 1, why
    assert said in result.stderr, why
    first, new = shop_now().secrets.webhook
    assert first == old, why
    assert set(bench.there.secrets.values()) <= {old, new}, why
    for secret in (old, new):
        assert bench.status_of_delivery(secret, clock() + 90 * DAY) == 200, why
    woocommerce()
    assert shop_now().secrets.webhook == (old, new), f"{why}: connecting again keeps both"

    with open_desk(load(dict(os.environ), Path.cwd())) as desk:
        Leases(desk.state).release(GUARDING, "worker")
    bench.there.may_write = bench.there.may_list = True
    bench.there.meets = lambda line: None
    if ends_by == "the worker":
        assert "both secrets are taken" in bench.worker_turns("rotation")["rotation"].said, why
        bench.worker_turns("subscriptions", "rotation")
    else:
        again = tajo(*ROTATE, "--webhook-secret")
        assert again.exit_code == 0, again.output
        assert "made before" in again.stdout
    assert shop_now().secrets.webhook == (new,), f"{why}: no third one"
    assert set(bench.there.secrets.values()) == {new}, why
    assert [bench.status_of_delivery(old, clock() + timedelta(minutes=one)) for one in (55, 65)] == [200, 401], why


def test_while_the_shop_is_away_the_worker_waits_with_both(bench: Bench) -> None:
    refusing(AWAY, "GET")(bench.there)
    tajo(*ROTATE, "--webhook-secret")
    said = bench.worker_turns("rotation")["rotation"]
    assert "both secrets are taken" in said.said
    assert said.due_at > clock()
    assert len(shop_now().secrets.webhook) == 2


def test_webhooks_made_by_hand_have_a_day(bench: Bench) -> None:
    (old,) = shop_now().secrets.webhook
    bench.there.add("order.created", "https://collect.example/webhooks/woocommerce", name="By \x1b[31mhand")
    result = tajo(*ROTATE, "--webhook-secret")
    assert result.exit_code == 0, result.output
    assert "By ·[31mhand (order.created)" in result.stdout
    assert shop_now().secrets.webhook[-1] in result.stdout, "to be pasted"
    assert [bench.status_of_delivery(old, clock() + timedelta(hours=one)) for one in (23, 25)] == [200, 401]


def test_without_a_public_address_the_secret_is_pasted_by_hand(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TAJO_PUBLIC_URL")
    (old,) = shop_now().secrets.webhook
    result = tajo(*ROTATE, "--webhook-secret")
    assert result.exit_code == 0, result.output
    (new,) = shop_now().secrets.webhook
    assert new in result.stdout
    assert "public_url is not set" in result.stdout
    assert bench.there.asked == []
    assert [bench.status_of_delivery(old, clock() + timedelta(hours=one)) for one in (23, 25)] == [200, 401]


def server_beacon(shop: Shop, key: str, at: datetime) -> int:
    request = a_server_request(a_beacon(events=[]), key=key)
    return accept_beacon(request, shop, at, TrackerFormat(), KnownUserAgents()).answer.status


def logged_in(shop: Shop, key: str, signed_on: datetime, at: datetime) -> Strength | None:
    said = Identity(email="ana@shop.example", customer_id="7", signed_on=signed_on.date().isoformat())
    signature = hex_sha256(key, signed_text(said, shop.site_key))
    return identity_strength(msgspec.structs.replace(said, signature=signature), shop, at)


def test_a_new_identity_key_is_printed_and_the_old_one_goes_on_for_days(bench: Bench) -> None:
    (old,), before = shop_now().secrets.identity, clock()
    result = tajo(*ROTATE, "--identity-key")
    assert result.exit_code == 0, result.output
    shop, now = shop_now(), clock()
    (new,) = shop.secrets.identity
    assert new != old
    assert result.stdout == tajo("snippet", "woocommerce").stdout, "what is pasted, and nothing else"
    assert new in result.stdout
    assert old not in result.output
    assert any(f"until {moment + 4 * DAY:%Y-%m-%dT%H:}" in result.stderr for moment in (before, now))
    assert "TAJO_COLLECTOR_IDENTITY_KEY" in result.stderr
    for why, key, days, strength, status in (
        ("signed with the new one", new, 0, Strength.SIGNED, 204),
        ("with the old one, from a cache", old, 2, Strength.SIGNED, 204),
        ("with the old one, which is over", old, 5, Strength.CLAIMED, 400),
        ("with the new one, then", new, 5, Strength.SIGNED, 204),
    ):
        at = now + days * DAY
        assert logged_in(shop, key, at, at) is strength, why
        assert server_beacon(shop, key, at) == status, why
    tajo(*ROTATE, "--identity-key")
    woocommerce()
    assert set(shop_now().secrets.identifying(now + DAY)) >= {old, new}, "twice, and connected again: all are taken"


OWN_APP = {"api_key": "id-1", "api_secret": "shpss_1"}
TOKEN = {"access_token": "shpat_1", "api_secret": "shpss_1"}
OF_SERVER = {"api_key": "app-1", "api_secret": "shpss_1"}
SECRET, KEY = "--webhook-secret", "--identity-key"
MANY = """
shopify_app: {api_key: app-1, api_secret: shpss_1}
connectors:
  shopify:
    - {shop_url: filed, api_key: id-1, api_secret: shpss_1}
    - {shop_url: keyed, api_secret: shpss_1, identity_key: hush-hush-hush-hush-hush-hush-hush}
  woocommerce:
    - {store_url: https://filed.example, webhook_secret: hush}
    - {store_url: https://off.example, enabled: false}
"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with shops whose keys and secrets somebody else makes."""
    folder = tmp_path_factory.mktemp("many")
    migrated(folder, MANY)
    with pytest.MonkeyPatch.context() as patch:
        step_into(folder, patch)
        for name, given in (("own", OWN_APP), ("token", TOKEN), ("server", OF_SERVER)):
            address = f"{name}.myshopify.com"
            connect(load({}, folder), "shopify", address, f"https://{address}", given, Found(name, "EUR"), ("shpss_1",))
    return folder


@pytest.mark.parametrize(
    ("why", "name", "flags", "said"),
    [
        ("neither", "own.myshopify.com", (), "say which of the two"),
        ("both", "own.myshopify.com", (SECRET, KEY), "say which of the two"),
        ("an app of the merchant's own", "own.myshopify.com", (SECRET,), "--api-key id-1 --api-secret -"),
        ("a permanent token", "token.myshopify.com", (SECRET,), "--access-token - --api-secret -"),
        ("the app of this server", "server.myshopify.com", (SECRET,), "shopify_app.api_secret"),
        ("a Shopify shop of the file", "filed.myshopify.com", (SECRET,), "connectors.shopify.api_secret"),
        (
            "a secret of the file",
            "filed.example",
            (SECRET,),
            "connectors.woocommerce.webhook_secret a list there with the new one last",
        ),
        (
            "a key of the file",
            "keyed.myshopify.com",
            (KEY,),
            "connectors.shopify.identity_key a list there with the new one last",
        ),
        ("switched off", "off.example", (SECRET,), "not connected at the moment"),
        ("nobody", "nobody.example", (SECRET,), "nobody.example"),
    ],
)
def test_what_is_not_ours_to_change_is_said_with_where_to_do_it(
    many: Path, monkeypatch: pytest.MonkeyPatch, why: str, name: str, flags: tuple[str, ...], said: str
) -> None:
    step_into(many, monkeypatch)
    before = secrets_of_all()
    result = tajo("connectors", "rotate", name, *flags)
    assert result.exit_code == 2, f"{why}: {result.output}"
    assert said in result.stderr, why
    assert "hush" not in result.output, why
    assert secrets_of_all() == before, why


def secrets_of_all() -> list[Secrets]:
    with open_desk(load({}, Path.cwd())) as desk:
        return [shop.secrets for shop in desk.shops.all()]


def test_two_secrets_of_the_file_stay_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wrote them there takes the older one out."""
    keys = "consumer_key: ck_1, consumer_secret: cs_1, webhook_secret: [older, newer]"
    migrated(tmp_path, f"connectors: {{woocommerce: {{store_url: {HOME}, {keys}}}}}")
    step_into(tmp_path, monkeypatch)
    monkeypatch.setenv("TAJO_PUBLIC_URL", "https://collect.example")
    bench = Bench(WebhookShop())
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        bench.there.serve(wire)
        done = bench.worker_turns("subscriptions", "rotation")
    assert list(done) == ["subscriptions"]
    assert shop_now().secrets.webhook == ("older", "newer")
    assert set(bench.there.secrets.values()) == {"newer"}


def test_a_shopify_page_gets_another_key_too(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step_into(many, monkeypatch)
    result = tajo("connectors", "rotate", "own.myshopify.com", KEY)
    assert result.exit_code == 0, result.output
    assert "wp-config" not in result.stderr
    with open_desk(load({}, many)) as desk:
        secrets = desk.shops.by_name("own.myshopify.com").secrets
    assert f"hmac_sha256: '{secrets.identity[-1]}'" in result.stdout
    assert secrets.identifying(datetime(2100, 1, 1, tzinfo=UTC)) == secrets.identity
