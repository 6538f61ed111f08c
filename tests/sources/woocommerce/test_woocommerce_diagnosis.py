"""What a merchant meets at a shop -> the line they read, its cause and its cure."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import requests

from collector.domain.diagnosis import Check
from collector.domain.shop import Policy, Secrets, Shop
from collector.sources.woocommerce.diagnosis import WooCommerceDiagnosis
from collector.sources.woocommerce.rest import NAMESPACE, Known, RestClient, keys_of

from .wire_shop import KEY, SECRET, Answer, Asked, WireShop, data, mounted, page, refusal

Change = Callable[[WireShop], object]
CLOUDFLARE = page(403, "<title>Attention Required! | Cloudflare</title>", Server="cloudflare")
MAINTENANCE = page(503, "<p>Briefly unavailable for scheduled maintenance. Check back in a minute.</p>")


def shop_of(wire: WireShop, policy: Policy | None = None, **credentials: str) -> Shop:
    keys = {"consumer_key": KEY, "consumer_secret": SECRET} | credentials
    address = wire.url.partition("//")[2]
    return Shop(
        1, "woocommerce", address, wire.url, "site", policy=policy or Policy(), secrets=Secrets(credentials=keys)
    )


def look(wire: WireShop, shop: Shop | None = None, others: list[Shop] | None = None, **given: Any) -> list[Check]:
    wire.gate.now = time.time()
    http, seen = requests.Session(), shop or shop_of(wire)

    def at(one: Shop, home: str) -> RestClient:
        return RestClient(http, home, *keys_of(one), patience_s=0, **given)

    diagnosis = WooCommerceDiagnosis(lambda one: at(one, one.url), at, lambda: others or [])
    with wire.mounted():
        return list(diagnosis.look(seen))


def named(checks: list[Check], name: str) -> Check:
    (found,) = [check for check in checks if check.name == name]
    return found


def gate(**changes: Any) -> Change:
    return lambda wire: vars(wire.gate).update(changes)


def everything(answer: Answer) -> Change:
    return lambda wire: setattr(wire, "everything", answer)


def both(*changes: Change) -> Change:
    return lambda wire: [change(wire) for change in changes]


@pytest.mark.parametrize(
    ("why", "change", "cause", "cure"),
    [
        ("wrong key", gate(key="ck_other"), "does not know the consumer key", "Make a new one with Read/Write"),
        ("wrong secret", gate(secret="cs_other"), "secret does not belong to the consumer key", "Copy both again"),
        ("write-only key", gate(permissions="write"), "The key may only write.", "Read/Write"),
        ("owner without a role", gate(has_role=False), "owner may not see this", "administrator or a shop manager"),
        ("a firewall", everything(CLOUDFLARE), "Cloudflare before https://shop.example turned us", "Let this machine"),
        ("another firewall", everything(page(406, "Not Acceptable! Mod_Security")), "ModSecurity", "Let this machine"),
        (
            "a bot check that calls itself good",
            everything(page(202, "<meta http-equiv=refresh content='0;/.well-known/sgcaptcha/'>")),
            "SiteGround's bot check",
            "Let this machine",
        ),
        ("maintenance", everything(MAINTENANCE), "it is in maintenance mode", "Wait, or end it"),
        ("maintenance called good", everything(page(200, "Maintenance Mode")), "in maintenance mode", "let /wp-json/"),
        ("a coming-soon page", everything(page(200, "<h1>Coming soon</h1>")), "coming-soon page", "open the shop"),
        ("a staging password", everything(page(401)), "asks for a password before WooCommerce", "staging"),
        ("a page with a password", everything(page(200, '<form class="post-password-form">')), "a password", "staging"),
        (
            "the log-in page",
            everything(page(302, Location="https://shop.example/wp-login.php?redirect_to=x")),
            "to its log-in page",
            "protection off",
        ),
        (
            "another address",
            everything(page(301, Location="https://www.shop.example/wp-json/wc/v3/products")),
            "redirects to https://www.shop.example",
            "Use the address it redirects to",
        ),
        (
            "a security plugin",
            everything(refusal(401, "rest_login_required", "DRA: Only authenticated users.")),
            "closes its API to us (rest_login_required)",
            "let WooCommerce's API (wc/v3) through",
        ),
        ("no WooCommerce", everything(refusal(404, "rest_no_route")), "without WooCommerce's API", "Activate WooCom"),
        (
            "plain permalinks",
            both(
                everything(page(404)),
                lambda wire: setattr(
                    wire, "home_page", page(200, Link='<https://shop.example/?rest_route=/>; rel="https://api.w.org/"')
                ),
            ),
            "has plain permalinks",
            "anything but Plain",
        ),
        (
            "no WordPress at all",
            both(everything(page(404)), lambda wire: setattr(wire, "home_page", page(200))),
            "There is no REST API at",
            "Check the address",
        ),
        ("PHP dies", everything(Answer(200, b"")), "answers with nothing", "PHP error log"),
        ("the server gives up waiting", everything(page(504)), "did not wait for the shop", "ask the host"),
        ("asked too often", everything(page(429)), "asks us to slow down", "We do"),
        ("the shop fails", everything(page(500, "critical error")), "the shop itself failed", "PHP error log"),
    ],
)
def test_a_shop_that_shows_nothing_is_one_line(why: str, change: Change, cause: str, cure: str) -> None:
    wire = WireShop()
    change(wire)
    (check,) = look(wire)
    assert (check.name, check.is_good) == ("connection", False), why
    assert cause in check.cause, why
    assert cure in check.cure, why
    assert "\n" not in f"{check.cause}{check.cure}"
    assert KEY not in f"{check.cause}{check.cure}"
    assert SECRET not in f"{check.cause}{check.cure}"


@pytest.mark.parametrize(
    ("why", "namespaces", "cause", "cure"),
    [
        ("not active", ["wp/v2", "oembed/1.0"], "WooCommerce is not active there", "Activate WooCommerce"),
        ("of long ago", ["wp/v2", "wc/v1", "wc/v2"], "has no API wc/v3, only wc/v1, wc/v2", "Update WooCommerce"),
        ("nobody knows", None, "is WordPress without WooCommerce's API", "Activate WooCommerce"),
    ],
)
def test_a_site_without_the_api_says_what_it_has(why: str, namespaces: list[str] | None, cause: str, cure: str) -> None:
    missing = refusal(404, "rest_no_route")
    wire = WireShop(index={"name": "A blog", "namespaces": namespaces})
    for name in ("products", "customers", "orders"):
        wire.says["GET", f"wc/v3/{name}"] = missing
    (check,) = look(wire)
    assert cause in check.cause, why
    assert cure in check.cure


def test_a_shop_that_is_as_it_should_be_has_no_bad_line_and_no_note() -> None:
    wire = WireShop()
    wire.status["environment"]["wp_cron"] = True
    checks = look(wire)
    assert [(check.title, check.note) for check in checks] == [
        ("API connection successful", "Held-out Woo"),
        ("Products accessible", "1"),
        ("Customers readable", "1"),
        ("Orders readable", "1"),
        ("Lists come with counts, 100 to a page", ""),
        ("Key may read and write", ""),
        ("Keys travel as Basic, over https", ""),
        ("WooCommerce 10.5.0 on WordPress 6.9.1", ""),
        ("Settings: EUR, Europe/Paris, orders in tables of their own (HPOS)", ""),
        ("WP-Cron is on", ""),
        ("Answers within 0.0 s", ""),
    ]
    assert all(check.is_good for check in checks)


@pytest.mark.parametrize(
    ("why", "change", "name", "title", "note"),
    [
        (
            "the host strips the header",
            lambda wire: setattr(wire, "strips_header", True),
            "authentication",
            "Keys travel in the query, over https",
            "drops the Authorization header",
        ),
        (
            "a proxy ends TLS and says nothing",
            gate(sees_https=False),
            "authentication",
            "Keys travel as a signature (OAuth 1.0a)",
            "X-Forwarded-Proto",
        ),
        (
            "WP-Cron is off",
            lambda wire: wire.status["environment"].update(wp_cron=False),
            "queue",
            "WP-Cron is off",
            "calls wp-cron.php every minute",
        ),
        (
            "one of a network",
            lambda wire: wire.status["environment"].update(wp_multisite=True),
            "network",
            "One site of a WordPress network",
            "--network FILE",
        ),
        (
            "orders among the posts",
            lambda wire: wire.status["settings"].update(HPOS_enabled=False),
            "settings",
            "Settings: EUR, Europe/Paris, orders among the posts (HPOS off)",
            "",
        ),
        (
            "a clock without a name",
            lambda wire: wire.index.update(timezone_string="", gmt_offset=5),
            "settings",
            "Settings: EUR, Etc/GMT-5, orders in tables of their own (HPOS)",
            "",
        ),
        (
            "an owner who may not see settings",
            lambda wire: wire.says.update(
                {("GET", "wc/v3/system_status"): refusal(403, "woocommerce_rest_cannot_view")}
            ),
            "settings",
            "Settings not readable",
            "administrator or a shop manager",
        ),
        (
            "it calls itself otherwise",
            lambda wire: wire.status["environment"].update(home_url="https://www.shop.example"),
            "address",
            "The shop calls itself https://www.shop.example",
            "connect it under its own address",
        ),
        (
            "notices before answers",
            lambda wire: setattr(wire, "before", b"<br/>Warning: x in y on line 3\n"),
            "clean_answers",
            "Something stands before the answers",
            "WP_DEBUG_DISPLAY",
        ),
        (
            "an API at another address",
            lambda wire: setattr(wire, "prefix", "/api"),
            "rest_api",
            "REST API at /api",
            "",
        ),
        (
            "counts are dropped on the way",
            lambda wire: wire.says.update({("GET", "wc/v3/orders"): data(200, [])}),
            "paging",
            "Lists come without counts",
            "X-WP-Total",
        ),
        (
            "our clock is off, which Basic does not mind",
            lambda wire: (
                wire.says.update(
                    {("GET", "wc/v3/orders"): data(200, [{"id": 1}], Date="Sat, 21 Nov 2020 12:00:00 GMT")}
                )
                or wire.says.update(
                    {("POST", "wc/v3/webhooks/batch"): data(200, [], Date="Sat, 21 Nov 2020 12:00:00 GMT")}
                )
            ),
            "clock",
            "Clocks differ",
            "NTP",
        ),
    ],
)
def test_what_works_and_could_be_better_is_a_note(why: str, change: Change, name: str, title: str, note: str) -> None:
    wire = WireShop()
    change(wire)
    checks = look(wire)
    check = named(checks, name)
    assert (check.is_good, check.title) == (True, title), why
    assert note in check.note
    assert all(one.is_good for one in checks), why


@pytest.mark.parametrize(
    ("why", "change", "policy", "name", "cause", "cure"),
    [
        (
            "a read-only key",
            gate(permissions="read"),
            Policy(),
            "key",
            "The key may only read. Webhooks cannot be registered",
            "Set it to Read/Write",
        ),
        (
            "an owner who may not make webhooks",
            lambda wire: wire.says.update(
                {("POST", "wc/v3/webhooks/batch"): refusal(403, "woocommerce_rest_cannot_batch")}
            ),
            Policy(),
            "key",
            "owner may not",
            "administrator or a shop manager",
        ),
        (
            "a WooCommerce of long ago",
            lambda wire: wire.status["environment"].update(version="5.4.1"),
            Policy(),
            "version",
            "WooCommerce 5.4.1 cannot be asked for what changed",
            "Update WooCommerce",
        ),
        (
            "an old API asked for",
            lambda wire: [wire.lists.setdefault(f"wc/v2/{name}", []) for name in ("products", "customers", "orders")],
            Policy(api_version="wc/v2"),
            "version",
            "The settings ask for wc/v2",
            "api_version",
        ),
        (
            "customers not shown",
            lambda wire: wire.says.update({("GET", "wc/v3/customers"): refusal(403, "woocommerce_rest_cannot_view")}),
            Policy(),
            "customers",
            "owner may not see this",
            "shop manager",
        ),
    ],
)
def test_what_does_not_work_has_a_cause_and_a_cure(
    why: str, change: Change, policy: Policy, name: str, cause: str, cure: str
) -> None:
    wire = WireShop()
    change(wire)
    check = named(look(wire, shop_of(wire, policy), namespace=policy.api_version or NAMESPACE), name)
    assert not check.is_good, why
    assert cause in check.cause
    assert cure in check.cure


def test_a_certificate_that_is_not_checked_is_said_at_every_look() -> None:
    wire = WireShop()
    lax = shop_of(wire, Policy(verify_ssl=False))
    assert "Only for tests" in named(look(wire, lax), "certificate").note
    wire.everything = page(500)
    assert [check.name for check in look(wire, lax)] == ["connection", "certificate"]


def test_signatures_need_clocks_that_agree() -> None:
    wire = WireShop("http://shop.example")
    late = {"code": "woocommerce_rest_authentication_error", "message": "Invalid timestamp.", "data": {"status": 401}}
    wire.everything = data(401, late, Date="Sat, 21 Nov 2020 12:00:00 GMT")
    connection, clock = look(wire)
    assert "does not accept the keys (Invalid timestamp.)" in connection.cause
    assert "clocks of both machines" in connection.cure
    assert (clock.is_good, "ahead of the shop's" in clock.cause, "NTP" in clock.cure) == (False, True, True)


@pytest.mark.parametrize(
    ("why", "slept_s", "is_good", "said"),
    [
        ("quick", 0.1, True, "Answers within 0.1 s"),
        ("slow", 3.0, True, "We ask only for the fields we need (_fields)"),
        ("too slow", 12.0, False, "took 12 s"),
    ],
)
def test_slow_answers_are_measured(why: str, slept_s: float, is_good: bool, said: str) -> None:
    wire, now = WireShop(), [0.0]

    def slowly(asked: Asked) -> Answer:
        now[0] += slept_s
        return data(200, [{"id": 1}])

    wire.says["GET", "wc/v3/customers"] = slowly
    wire.gate.now = time.time()

    def client(shop: Shop) -> RestClient:
        return RestClient(requests.Session(), shop.url, *keys_of(shop), patience_s=0)

    with wire.mounted():
        diagnosis = WooCommerceDiagnosis(client, lambda shop, home: client(shop), monotonic=lambda: now[0])
        check = named(list(diagnosis.look(shop_of(wire))), "speed")
    assert check.is_good is is_good, why
    assert said in f"{check.title} {check.note} {check.cause}"


def test_lists_in_small_pages_are_told() -> None:
    check = named(look(WireShop(), known=Known(sizes={"orders": 25})), "paging")
    assert "asked for at once: orders 25" in check.note


@pytest.mark.parametrize(
    ("why", "meta", "title"),
    [
        ("there", [{"key": "loyalty_points", "value": "7"}], "Custom fields readable"),
        ("hidden or misspelt", [{"key": "_loyalty_points", "value": "7"}], "Custom fields not seen"),
        ("nothing at all", None, "Custom fields not seen"),
    ],
)
def test_mapped_custom_fields_are_looked_for(why: str, meta: object, title: str) -> None:
    wire = WireShop(lists={"wc/v3/customers": [{"id": 1, "meta_data": meta}]})
    mapped = shop_of(wire, Policy(mapping={"meta_data.loyalty_points": "LOYALTY:number", "billing.phone": "SMS"}))
    check = named(look(wire, mapped), "custom_fields")
    assert (check.title, check.is_good) == (title, True), why
    assert "custom_fields" not in {one.name for one in look(wire)}, "nobody wants any"


@pytest.mark.parametrize(
    ("why", "owner", "others"),
    [
        ("of the network's first site, known by nothing but the address", "https://shop.example", []),
        ("of another site that is connected", "https://shop.example/c", ["https://shop.example/c"]),
    ],
)
def test_the_key_of_another_site_is_recognised(why: str, owner: str, others: list[str]) -> None:
    sites = [WireShop(url) for url in ("https://shop.example", "https://shop.example/b", "https://shop.example/c")]
    for site in sites:
        site.gate.now = time.time()
        if site.url != owner:
            site.gate.key = "ck_of_its_own"
    http, asked = requests.Session(), shop_of(sites[1])
    connected = [replace(asked, address=url.partition("//")[2], url=url) for url in others]

    def at(shop: Shop, home: str) -> RestClient:
        return RestClient(http, home, *keys_of(shop), patience_s=0)

    with mounted(*sites):
        diagnosis = WooCommerceDiagnosis(lambda shop: at(shop, shop.url), at, lambda: connected)
        (check,) = diagnosis.look(asked)
    assert f"is that of {owner}," in check.cause, why
    assert "Make one in the dashboard of https://shop.example/b" in check.cure


def test_a_key_is_shown_to_no_other_host() -> None:
    wire = WireShop()
    wire.gate.key = "ck_other"
    elsewhere = replace(shop_of(wire), address="evil.example", url="https://evil.example")
    (check,) = look(wire, others=[elsewhere])
    assert "does not know the consumer key" in check.cause
    assert {asked.path for asked in wire.asked} == {"/wp-json/wc/v3/products"}


def test_without_keys_there_is_one_line() -> None:
    wire = WireShop()
    (check,) = look(wire, shop_of(wire, consumer_key=""))
    assert "There are no keys" in check.cause
    assert wire.asked == []
