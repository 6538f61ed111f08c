"""The first read with a merchant's keys: do they work, what shop is it, and what should the merchant know?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from collector.domain.errors import Misuse
from collector.sources.woocommerce import network
from collector.sources.woocommerce.credentials import APPLICATION_PASSWORD, CONSUMER_KEY, Kind, keys_in
from collector.sources.woocommerce.password_looks import why_nobody
from collector.sources.woocommerce.password_refusals import MAKE_ADMIN
from collector.sources.woocommerce.permissions import Writing, may_write
from collector.sources.woocommerce.rest import NAMESPACE, Declined, Known, RestClient
from collector.sources.woocommerce.self_description import (
    Described,
    calls_itself,
    described,
    no_such_api,
    read_index,
    read_settings,
)
from collector.sources.woocommerce.signing import OAUTH1, QUERY

UNCHECKED = "The certificate is not checked (verify_ssl: false): whoever is on the way can read keys. Only for tests."
STRIPPED = "The host drops the Authorization header, so the keys travel in the query, over https."
STRIPPED_CURE = "Ask the host to pass the header on to PHP: queries are written into its logs."
UNSEEN = "PHP does not see that we come over https, so the keys travel as a signature (OAuth 1.0a)."
UNSEEN_CURE = "Have the proxy before the shop send X-Forwarded-Proto, and WordPress heed it."
IN_THE_CLEAR = "The shop is read over http: keys are signed (OAuth 1.0a), but customers' data travels in the clear."
IN_THE_CLEAR_CURE = "Enable https."
NO_CRON = "WP-Cron is switched off (DISABLE_WP_CRON): webhooks leave only when something else starts the queue."
NO_CRON_CURE = "A cron job of the server that calls wp-cron.php every minute does."
TOO_OLD = "cannot be asked for what changed (WooCommerce 5.8 can): what webhooks miss is found by reading everything."
NO_SETTINGS = "The key's owner may not read the shop's settings, so its currency and version are not known."
NO_SETTINGS_CURE = "Use a key of an administrator or a shop manager."
NO_SETTINGS_OF_USER = "The user may not read the shop's settings, so its currency and version are not known."
ONE_OF_MANY = "It is one site of a WordPress network. Each is a shop of its own:"
ONE_OF_MANY_CURE = (
    "connect the others with `tajo connectors install woocommerce`, `--network-user` or `--network FILE`."
)


@dataclass(frozen=True, slots=True)
class WooCommerceShop:
    """What the read found out. `currency` "" when the key may not read the settings.

    `detail`: `auth` (basic | query | oauth1: how the keys travel), `may_read_settings`, and where known `may_write`,
    `version`, `wp_version`, `is_multisite`, `decimals`, `has_order_tables`, `time_zone`. `notes`: sentences for the
    merchant; `warnings`: those of them that are more than facts. `known`: what was learnt of the API, for later calls.
    """

    name: str
    currency: str
    detail: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    known: Known = field(default_factory=Known)


def read_shop(
    http: requests.Session,
    url: str,
    credentials: Mapping[str, str],
    verify_ssl: bool = True,
    *,
    others: Iterable[str] = (),
    namespace: str = NAMESPACE,
) -> WooCommerceShop:
    """Try `consumer_key` and `consumer_secret`, or `user_name` and `application_password`, on the shop at `url`, its
    home address. Nothing is changed there.

    The timeouts are the session's. `others`: home addresses of shops that are connected already; one of them may be the
    key's. Raises SourceUnavailable, one line with the cure; Misuse without keys.
    """
    keys = keys_in(credentials)
    if keys is None:
        raise Misuse("consumer_key and consumer_secret are both needed. Give the two that belong together.")

    def client_of(home: str) -> RestClient:
        return RestClient(http, home, *keys, verify_ssl=verify_ssl, namespace=namespace, patience_s=0)

    client = client_of(url)
    try:
        settings = read_settings(client)
        if settings is None:  # orders are what we really need
            client.get("orders", per_page=1, _fields="id")
    except Declined as problem:
        if keys.kind == APPLICATION_PASSWORD:
            raise (why_nobody(client, problem) or no_such_api(client, problem, namespace) or problem) from None
        if network.is_unknown_key(problem):
            raise (network.key_of_another(client_of, client.url, others, problem) or problem) from None
        raise (no_such_api(client, problem, namespace) or problem) from None
    shop = described(client.url, settings, read_index(client))
    writing = may_write(client)
    facts, warnings = tuple(_facts(shop)), tuple(_warnings(client, shop, writing, verify_ssl))
    return WooCommerceShop(
        shop.name,
        shop.currency,
        _detail(client, shop, writing),
        (*facts, *warnings),
        warnings,
        client.known,
    )


def way_note(client: RestClient) -> tuple[str, str]:
    """(what is not as it should be with the way the keys travel, the cure); two "" for Basic."""
    if client.way == QUERY:
        return STRIPPED, STRIPPED_CURE
    if client.way == OAUTH1:
        return (UNSEEN, UNSEEN_CURE) if client.url.startswith("https://") else (IN_THE_CLEAR, IN_THE_CLEAR_CURE)
    return "", ""


def no_settings(kind: Kind) -> tuple[str, str]:
    """(what a key or user without the right to them means, the cure)."""
    return (NO_SETTINGS_OF_USER, MAKE_ADMIN) if kind == APPLICATION_PASSWORD else (NO_SETTINGS, NO_SETTINGS_CURE)


def versions_of(shop: Described) -> str:
    """`WooCommerce 10.5.0 on WordPress 6.9.1`; "" where it does not say."""
    parts = [f"{name} {version}" for name, version in (("WooCommerce", shop.version), ("WordPress", shop.wp_version))]
    return " on ".join(part for part in parts if not part.endswith(" "))


def orders_in(shop: Described) -> str:
    """Where its orders lie; "" where it does not say."""
    if shop.has_order_tables is None:
        return ""
    return "orders in tables of their own (HPOS)" if shop.has_order_tables else "orders among the posts (HPOS off)"


def _detail(client: RestClient, shop: Described, writing: Writing) -> dict[str, Any]:
    known = {
        "version": shop.version,
        "wp_version": shop.wp_version,
        "is_multisite": shop.is_multisite,
        "decimals": shop.decimals,
        "has_order_tables": shop.has_order_tables,
        "time_zone": shop.time_zone,
        "may_write": writing.is_allowed,
    }
    always = {"auth": client.way, "may_read_settings": shop.may_read_settings}
    return always | {name: value for name, value in known.items() if value not in (None, "")}


def _facts(shop: Described) -> Iterator[str]:
    said = ", ".join(filter(None, [versions_of(shop), orders_in(shop), shop.time_zone]))
    if said:
        yield f"{said}."


def _warnings(client: RestClient, shop: Described, writing: Writing, verify_ssl: bool) -> Iterator[str]:
    if not verify_ssl:
        yield UNCHECKED
    yield from (f"{what} {cure}" for what, cure in [way_note(client)] if what)
    if client.known.prefix != Known().prefix:
        yield f"Its REST API is at {client.known.prefix}."
    if writing.is_allowed is False:
        yield f"{writing.cause} {writing.cure}"
    if not shop.may_read_settings:
        yield " ".join(no_settings(client.kind))
    if shop.is_old:
        yield f"WooCommerce {shop.version} {TOO_OLD} Update it."
    if shop.has_cron is False:
        yield f"{NO_CRON} {NO_CRON_CURE}"
    other = calls_itself(client.url, shop)
    if other:
        yield f"The shop calls itself {other}. If that is not a test, connect it under that address."
    if shop.is_multisite and client.kind == CONSUMER_KEY:  # who lists the sites of a network connects the others, too
        yield f"{ONE_OF_MANY} {ONE_OF_MANY_CURE}"
