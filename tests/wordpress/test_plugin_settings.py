"""The settings page: who may see it, what it stores, what it shows and never shows, what it says of the connection."""

from __future__ import annotations

import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.wordpress.door import Door
from tests.wordpress.shop import PLUGIN, PluginShop, plugin_shop

MANAGER = {"can": ["manage_woocommerce"]}
SECRET = "key-of-the-shop"
HOSTILE = "\"'><script>alert(1)</script>"
NONCE = hashlib.md5(b"tajo_collector_test").hexdigest()


def test_shop_managers_find_it_below_woocommerce_and_nobody_else_sees_it(door: Door) -> None:
    shop = plugin_shop(door.address)
    done = shop.request(["settings page"], **MANAGER)
    assert done.results == [{"parent": "woocommerce", "capability": "manage_woocommerce"}]
    assert 'name="tajo_collector[url]"' in done.printed
    assert shop.request(["settings page"], can=["edit_posts"]).printed == ""
    capability = shop.request(["filter", "option_page_capability_tajo-collector", "manage_options"]).results
    assert capability == ["manage_woocommerce"], "they may also save it"


def test_without_woocommerce_it_says_so_and_breaks_nothing(door: Door) -> None:
    shop = plugin_shop(door.address, no_woocommerce=True, can=["manage_options"])
    done = shop.request(["settings page"], ["pages"], ["action", "rest_api_init"])
    assert done.results[0] == {"parent": "options-general.php", "capability": "manage_options"}
    assert "WooCommerce is missing" in done.printed
    assert "<script" not in done.printed
    empty: dict[str, list[Any]] = {"data": [], "done": True}  # type: ignore[dict-item]
    assert shop.request(["export", "ana@shop.example"]).results == [empty]


def test_the_key_is_stored_and_never_shown(door: Door) -> None:
    shop = plugin_shop(door.address)
    printed = shop.request(["settings page"], **MANAGER).printed
    assert SECRET not in printed
    assert 'type="password" value="" placeholder="••••••••••••shop"' in printed


@pytest.mark.parametrize(
    ("why", "given", "stored", "complaints"),
    [
        ("as it should be", {"url": "https://c.example/", "site_key": "abcdefgh"}, {"url": "https://c.example"}, 0),
        ("with a folder", {"url": " https://c.example/tajo "}, {"url": "https://c.example/tajo"}, 0),
        ("no address", {"url": "javascript:alert(1)"}, {"url": "<before>"}, 1),
        ("an address with a script in it", {"url": "https://c.example/" + HOSTILE}, {}, 0),
        ("an address with a question", {"url": "https://c.example/?a"}, {"url": "<before>"}, 1),
        ("a short key", {"site_key": "x"}, {"site_key": "site-key-1"}, 1),
        ("a key of another kind", {"site_key": HOSTILE}, {"site_key": "site-key-1"}, 1),
        ("an empty secret keeps the old one", {"identity_key": ""}, {"identity_key": SECRET}, 0),
        ("a new secret", {"identity_key": " new-key "}, {"identity_key": "new-key"}, 0),
        ("choices that are none", {"consent": "no", "carts": ["x"], "opt_in": HOSTILE}, {"consent": "required"}, 0),
        ("a path", {"path": "/hello"}, {"path": "/hello"}, 0),
        ("a path that is none", {"path": "/he llo?"}, {"path": ""}, 0),
        ("what nobody asked for", {"else": "x"}, {"else": None}, 0),
        ("nothing at all", None, {"consent": "required", "carts": "auto", "identity_key": SECRET}, 0),
    ],
)
def test_what_is_typed_is_checked_before_it_is_stored(
    door: Door, why: str, given: Any, stored: dict[str, Any], complaints: int
) -> None:
    shop = plugin_shop(door.address)
    done = shop.request(["save settings", given])
    kept = shop.kept["options"]["tajo_collector"]
    expected = {name: door.address if value == "<before>" else value for name, value in stored.items()}
    assert {name: kept.get(name) for name in stored} == expected, why
    assert len(done.results[0]) == complaints, why
    assert "<" not in "".join(kept.values())


class Tags(HTMLParser):
    """The elements of a page with the names of their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(f"{tag} {name}" for name, _ in attrs)}


def test_hostile_values_are_text_wherever_they_are_shown(door: Door) -> None:
    pages = []
    for value in ("harmless", HOSTILE):
        names = ("url", "site_key", "path", "opt_in_label", "consent", "capture")
        shop = plugin_shop(door.address, settings=dict.fromkeys(names, value), consent={"type": value})
        shop.kept["options"]["tajo_collector_pause"] = {"failures": 3, "why": value, "until": 1}
        pages.append(shop.request(["settings page"], ["pages"], ["box"], **MANAGER).printed)
    harmless, hostile = pages
    assert hostile.count("alert(1)") > 5, "they are shown"
    assert Tags(hostile).found == Tags(harmless).found, "and are no part of the page"


def test_constants_of_wp_config_win_and_their_fields_are_closed(door: Door) -> None:
    constants = {"TAJO_COLLECTOR_SITE_KEY": "from-wp-config", "TAJO_COLLECTOR_CONSENT": "implied"}
    shop = plugin_shop(door.address, constants=constants, consent=None)
    done = shop.request(["settings page"], ["pages"], **MANAGER)
    assert '"siteKey":"from-wp-config"' in done.printed
    assert '"carts":"server"' in done.printed
    assert "Set in wp-config.php (TAJO_COLLECTOR_SITE_KEY)." in done.printed
    assert len(re.findall(r"<(?:input|select)[^>]* disabled>", done.printed)) == 2


@pytest.mark.parametrize(
    ("why", "settings", "answers", "says"),
    [
        ("all is well", {}, [], "It knows this shop, and the signature fits."),
        ("another key", {"identity_key": "wrong"}, [], "The identity key is not the one the collector has."),
        ("an unknown shop", {"site_key": "unknown-shop"}, [], "No shop has this site key there"),
        ("something odd", {}, [(500, {}, "")], "The collector answered 500."),
        (
            "switched off",
            {},
            [(204, {"X-Collector": "dropped=disabled"}, "")],
            "The collector knows this shop, but it is switched off there.",
        ),
        ("stricter than the shop", {"consent": "implied"}, [], "It keeps nothing of visitors who were not asked"),
        ("nothing set up", {"url": ""}, [], "The address or the site key is missing."),
        ("nobody there", {"url": "http://127.0.0.1:9"}, [], "The collector cannot be reached: "),
    ],
)
def test_the_connection_can_be_tried(
    door: Door, why: str, settings: dict[str, str], answers: list[Any], says: str
) -> None:
    door.answers = answers
    shop = plugin_shop(door.address, settings=settings)
    printed = shop.request(["settings page"], post=pressed(), **MANAGER).printed
    assert says in printed, why
    assert door.rows == [], "trying it leaves nothing behind"


def pressed() -> dict[str, str]:
    return {"tajo_collector_test": "1", "_wpnonce": NONCE}


def test_the_connection_is_tried_by_nobody_elses_page(door: Door) -> None:
    shop = plugin_shop(door.address)
    with pytest.raises(AssertionError, match="The link you followed has expired"):
        shop.request(["settings page"], post={**pressed(), "_wpnonce": "another"}, **MANAGER)
    assert shop.request(["settings page"], post=pressed(), can=[]).printed == ""
    assert door.calls == 0


# Read from the plugin's own namespace first.
APACHE = {"TajoCollector\\PHP_SAPI": "apache2handler"}
CGI = {"TajoCollector\\PHP_SAPI": "cgi-fcgi"}
BLOCKED = {"WP_HTTP_BLOCK_EXTERNAL": True, "WP_ACCESSIBLE_HOSTS": "api.wordpress.org"}


@pytest.mark.parametrize(
    ("why", "world", "says"),
    [
        ("calls are blocked", {"constants": BLOCKED}, "✗ WP_HTTP_BLOCK_EXTERNAL forbids it: add 127.0.0.1"),
        (
            "calls are blocked, but not to us",
            {"constants": {**BLOCKED, "WP_ACCESSIBLE_HOSTS": "a.example,127.0.0.1"}},
            "✓ WordPress lets this server call the collector.",
        ),
        ("PHP-FPM", {}, "✓ Pages are finished before the collector is told."),
        (
            "Apache's module",
            {"has_finish": False, "constants": APACHE},
            "✓ Pages come whole, with their length, before",
        ),
        ("another PHP", {"has_finish": False, "constants": CGI}, "Apache’s module pages come first. So the browser"),
        (
            "another PHP, and the server all the same",
            {"has_finish": False, "constants": CGI, "settings": {"carts": "server"}},
            "waits for the collector, up to 0.4 s. If it does not answer, only the first waits;",
        ),
        ("the browser", {"has_finish": False, "settings": {"carts": "browser"}}, "✓ The browser tells carts."),
        ("a banner", {}, "✓ A consent banner is asked (optin)."),
        ("no banner", {"consent": None}, "✗ No consent banner speaks the WP Consent API. This server cannot know"),
        (
            "no banner, implied",
            {"consent": None, "constants": {"TAJO_COLLECTOR_CONSENT": "implied"}},
            "✓ No consent banner speaks the WP Consent API. Everybody who did not refuse",
        ),
        ("no key", {"settings": {"identity_key": ""}}, "✗ Without the identity key"),
    ],
)
def test_it_says_what_stands_in_the_way_and_what_to_do(door: Door, why: str, world: dict[str, Any], says: str) -> None:
    assert says in plugin_shop(door.address, **world).request(["settings page"], **MANAGER).printed, why


def test_a_pause_is_shown_with_its_reason(door: Door) -> None:
    door.answers = [(500, {}, "")]
    shop = plugin_shop(door.address)
    shop.request(["add", 13, 1])
    printed = shop.request(["settings page"], **MANAGER).printed
    assert "The collector did not take the last 1 calls: it answered 500 instead of 204" in printed


def test_what_is_not_set_up_prints_nothing_and_asks_for_it() -> None:
    shop = PluginShop({"consent": {"type": "optin"}}, {"options": {}})
    done = shop.request(["pages"], ["add", 13, 1], ["settings page"], **MANAGER)
    assert "<script" not in done.printed
    assert "address or the site key is missing" in done.printed
    assert done.told("call") == []


def test_where_it_must_be_there_it_declares_nothing_to_woocommerce_which_would_log_an_error(door: Door) -> None:
    done = plugin_shop(door.address, constants={"WPMU_PLUGIN_DIR": str(PLUGIN.parent)}).request(["pages"])
    assert done.told("compatible") == []
    assert "tajoConfig" in done.printed


def test_it_declares_itself_to_woocommerce_wordpress_and_the_consent_api(door: Door) -> None:
    shop = plugin_shop(door.address)
    done = shop.request(
        ["filter", "wp_consent_api_registered_tajo-collector/tajo-collector.php", False],
        ["filter", "plugin_action_links_tajo-collector/tajo-collector.php", ["Deactivate"]],
    )
    assert done.told("compatible") == ["custom_order_tables", "cart_checkout_blocks"]
    assert done.told("texts") == ["tajo-collector tajo-collector/languages"]
    assert done.results[0] is True
    assert done.results[1][0].startswith('<a href="https://shop.example/wp-admin/admin.php?page=tajo-collector">')


@pytest.mark.parametrize(
    ("why", "carts", "sapi", "has_finish", "is_server"),
    [
        ("PHP-FPM finishes pages", "auto", "fpm-fcgi", True, True),
        ("Apache passes on what it gets", "auto", "apache2handler", False, True),
        ("here a page would wait", "auto", "cgi-fcgi", False, False),
        ("that is accepted", "server", "cgi-fcgi", False, True),
        ("the shop wants it so", "browser", "fpm-fcgi", True, False),
    ],
)
def test_carts_are_told_by_the_server_where_no_page_waits_for_it(
    door: Door, why: str, carts: str, sapi: str, has_finish: bool, is_server: bool
) -> None:
    settings = {"carts": carts} if carts != "auto" else {}
    world = {"has_finish": has_finish, "constants": {"TajoCollector\\PHP_SAPI": sapi}}
    done = plugin_shop(door.address, settings=settings, **world).request(["pages"], ["add", 13, 1])
    assert ('"carts":"server"' in done.printed, len(door.carts())) == (is_server, int(is_server)), why
