"""`tajo connectors install woocommerce`: one shop, or all the sites of a network at once."""

from __future__ import annotations

import click
import requests
from click.core import ParameterSource

from collector.bootstrap import Desk
from collector.cli.install import OWN_BREVO_KEY, connect, own_account_key
from collector.cli.install_network import find_sites, normalise, read_sites_of_network, take_login
from collector.cli.install_sites import Try, connect_file, store
from collector.cli.network_file import read_sites
from collector.cli.secret_input import take_secret
from collector.cli.settings import settings
from collector.cli.woocommerce_reads import PLATFORM, Read, checks_certificate, finish, other_homes
from collector.config import Config
from collector.domain.errors import Misuse
from collector.domain.shop import Shop
from collector.outgoing.guard import guarded_session
from collector.sources.woocommerce.install import read_shop

WHERE_KEYS_ARE = "WooCommerce > Settings > Advanced > REST API"


@click.command(PLATFORM)
@click.option("--store-url", help="https://yourstore.com, with the path if it has one")
@click.option("--consumer-key", envvar="WC_CONSUMER_KEY", help="ck_…")
@click.option("--consumer-secret", envvar="WC_CONSUMER_SECRET", help="cs_…")
@click.option(
    "--network-user",
    metavar="NAME",
    help="In place of keys: a user of WordPress. The network at --store-url lists the sites of this user, and all that"
    " are shops are connected; a site that is no network is connected alone.",
)
@click.option("--application-password", help="Of that user, from Users > Profile > Application Passwords.")
@click.option(
    "--leave-out", multiple=True, metavar="ADDRESS", help="A site of the network that is not to be connected."
)
@click.option(
    "--network",
    metavar="FILE",
    help="The sites of a WordPress network in place of one shop: a line `address, key, secret` each; - reads them.",
)
@click.option(
    "--verify-ssl/--no-verify-ssl", default=None, help="Whether certificates must be good; no: only for tests."
)
@OWN_BREVO_KEY
def command(
    store_url: str | None,
    consumer_key: str | None,
    consumer_secret: str | None,
    network_user: str | None,
    application_password: str | None,
    leave_out: tuple[str, ...],
    network: str | None,
    verify_ssl: bool | None,
    brevo_api_key: str | None,
) -> None:
    """Connect a WooCommerce shop, or with --network-user or --network all the sites of a WordPress network."""
    config = settings()
    _must_agree(network, store_url, network_user, application_password, leave_out)
    if network is not None:
        sites, own = read_sites(network), own_account_key(brevo_api_key)
        with guarded_session(config.allow_insecure_upstreams) as http:
            connect_file(config, sites, verify_ssl, own, http)
        return
    if store_url is None:
        raise Misuse("--store-url is missing: the shop's home address, such as https://shop.example")
    address, url = normalise(store_url)
    if network_user is None:
        one = Try(address, url, _take_keys(consumer_key, consumer_secret))
        own = own_account_key(brevo_api_key)
        with guarded_session(config.allow_insecure_upstreams) as http:
            _connect_one(config, one, verify_ssl, own, http)
        return
    login, own = take_login(network_user, application_password), own_account_key(brevo_api_key)
    with guarded_session(config.allow_insecure_upstreams) as http:
        tries = find_sites(config, store_url, login, leave_out, verify_ssl, http)
        if len(tries) == 1:
            _connect_one(config, tries[0], verify_ssl, own, http)
        else:
            store(config, read_sites_of_network(config, tries, verify_ssl, http), verify_ssl, own, http)


def _must_agree(
    network: str | None, store_url: str | None, user: str | None, password: str | None, leave_out: tuple[str, ...]
) -> None:
    """Raises Misuse for options that do not go together. Keys out of the environment are not heeded where none are
    needed; those that were typed are a mistake."""
    source = click.get_current_context().get_parameter_source
    has_keys = any(source(name) is ParameterSource.COMMANDLINE for name in ("consumer_key", "consumer_secret"))
    if network is not None and store_url is not None:
        raise Misuse("--network names the addresses itself; leave out --store-url")
    if network is not None and user is not None:
        raise Misuse("--network has the keys of each site, --network-user needs none; give one of the two")
    if user is not None and has_keys:
        raise Misuse("--network-user comes with --application-password; leave out --consumer-key and --consumer-secret")
    if user is None and password is not None:
        raise Misuse("--application-password is that of --network-user; give the user's name, too")
    if user is None and leave_out:
        raise Misuse("--leave-out is about the sites that --network-user finds; out of a file take the line")


def _take_keys(consumer_key: str | None, consumer_secret: str | None) -> dict[str, str]:
    credentials = {
        "consumer_key": take_secret("--consumer-key", consumer_key),
        "consumer_secret": take_secret("--consumer-secret", consumer_secret),
    }
    for name, prefix in (("consumer_key", "ck_"), ("consumer_secret", "cs_")):
        if not credentials[name].startswith(prefix):
            flag = "--" + name.replace("_", "-")
            raise Misuse(f"{flag} must start with {prefix}; copy it again from {WHERE_KEYS_ARE}")
    return credentials


def _connect_one(
    config: Config, one: Try, verify_ssl: bool | None, own: dict[str, str], http: requests.Session
) -> None:
    checks = checks_certificate(config, one.address, verify_ssl)
    shop = read_shop(http, one.url, one.credentials, checks, others=other_homes(config, one.address))
    read = Read(one.address, one.url, one.credentials, shop)

    def after(desk: Desk, stored: Shop) -> list[str]:
        return finish(config, desk, stored, read, http)

    asked = {"verify_ssl": checks}
    connect(config, PLATFORM, one.address, one.url, one.credentials | own, read.found, (), asked, after)
