"""`tajo connectors install woocommerce`: one shop, or all the sites of a network at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import click
import requests

from collector.bootstrap import Desk, clock, locations, make_sources, open_desk
from collector.bootstrap.live import keep_subscriptions
from collector.bootstrap.shops import blocks_by_address
from collector.bootstrap.woocommerce import WooCommerceApis
from collector.cli.install import OWN_BREVO_KEY, Found, connect, own_account_key, to_store
from collector.cli.network_file import Site, read_sites
from collector.cli.printing import clean, table
from collector.cli.secret_input import take_secret
from collector.cli.settings import settings
from collector.config import Config, ShopBlock
from collector.config.shops import WooCommerceBlock
from collector.domain.errors import Misuse, SourceUnavailable
from collector.domain.shop import Shop
from collector.outgoing.guard import guarded_session
from collector.sources.woocommerce.install import WooCommerceShop, read_shop

PLATFORM = "woocommerce"
WHERE_KEYS_ARE = "WooCommerce > Settings > Advanced > REST API"
MEND = "Mend what the lines above say, or take those sites out of the file."


@dataclass(frozen=True, slots=True)
class _Read:
    """A site that answered. `address`, `url`: normalised."""

    address: str
    url: str
    credentials: dict[str, str]
    shop: WooCommerceShop

    @property
    def found(self) -> Found:
        return Found(self.shop.name, self.shop.currency, self.shop.detail.get("time_zone", ""), self.shop.notes)


@click.command(PLATFORM)
@click.option("--store-url", help="https://yourstore.com, with the path if it has one")
@click.option("--consumer-key", envvar="WC_CONSUMER_KEY", help="ck_…")
@click.option("--consumer-secret", envvar="WC_CONSUMER_SECRET", help="cs_…")
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
    network: str | None,
    verify_ssl: bool | None,
    brevo_api_key: str | None,
) -> None:
    """Connect a WooCommerce shop, or with --network all the sites of a WordPress network."""
    config = settings()
    if network is not None:
        if store_url is not None:
            raise Misuse("--network names the addresses itself; leave out --store-url")
        _connect_network(config, read_sites(network), verify_ssl, own_account_key(brevo_api_key))
        return
    if store_url is None:
        raise Misuse("--store-url is missing: the shop's home address, such as https://shop.example")
    address, url = make_sources()[PLATFORM].normalise_address(store_url)
    credentials = {
        "consumer_key": take_secret("--consumer-key", consumer_key),
        "consumer_secret": take_secret("--consumer-secret", consumer_secret),
    }
    for name, prefix in (("consumer_key", "ck_"), ("consumer_secret", "cs_")):
        if not credentials[name].startswith(prefix):
            flag = "--" + name.replace("_", "-")
            raise Misuse(f"{flag} must start with {prefix}; copy it again from {WHERE_KEYS_ARE}")
    checks = _checks(config, address, verify_ssl)
    with guarded_session(config.allow_insecure_upstreams) as http:
        read = _Read(
            address, url, credentials, read_shop(http, url, credentials, checks, others=_connected(config, address))
        )

        def finish(desk: Desk, shop: Shop) -> list[str]:
            return _finish(config, desk, shop, read, http)

        own = own_account_key(brevo_api_key)
        connect(config, PLATFORM, address, url, credentials | own, read.found, (), {"verify_ssl": checks}, finish)


def _finish(config: Config, desk: Desk, shop: Shop, read: _Read, http: requests.Session) -> list[str]:
    """What was found out of the API is kept for the calls to come, and its webhooks are registered."""
    WooCommerceApis(config, desk.state, http).remember(shop, read.shop.known)
    return keep_subscriptions(config, desk, shop, http)


def _checks(config: Config, address: str, given: bool | None) -> bool:
    """Whether certificates must be good: as given, else as the file says, else as it was installed."""
    if given is not None:
        return given
    block: ShopBlock | None = _blocks(config).get(address)
    if isinstance(block, WooCommerceBlock):
        return block.verify_ssl
    if not locations(config).state.exists():
        return True
    with open_desk(config) as desk:
        old = desk.shops.find(PLATFORM, address)
        return old is None or old.policy.verify_ssl


def _blocks(config: Config) -> dict[str, ShopBlock]:
    found = blocks_by_address(config, make_sources())
    return {address: block for (platform, address), (_, block) in found.items() if platform == PLATFORM}


def _connected(config: Config, address: str) -> list[str]:
    """Home addresses of the other shops of this platform."""
    if not locations(config).state.exists():
        return []
    with open_desk(config) as desk:
        return [shop.url for shop in desk.shops.all() if shop.platform == PLATFORM and shop.address != address]


def _connect_network(config: Config, sites: Sequence[Site], verify_ssl: bool | None, own: dict[str, str]) -> None:
    """All are tried first. Then all are stored, or none."""
    addressed = [(*make_sources()[PLATFORM].normalise_address(site.url), site) for site in sites]
    met: dict[str, int] = {}
    for address, _, site in addressed:
        before = met.setdefault(address, site.number)
        if before != site.number:
            raise Misuse(f"lines {before} and {site.number} of --network are the same shop, {address}")
    read: list[_Read] = []
    refused: list[str] = []
    with guarded_session(config.allow_insecure_upstreams) as http:
        for address, url, site in addressed:
            credentials = {"consumer_key": site.key, "consumer_secret": site.secret}
            others = [other for _, other, _ in addressed if other != url]
            try:
                shop = read_shop(http, url, credentials, _checks(config, address, verify_ssl), others=others)
            except SourceUnavailable as problem:
                refused.append(address)
                click.echo(f"✗ {address}: {clean(problem)}")
            else:
                read.append(_Read(address, url, credentials, shop))
                click.echo(f"✓ {address}: {clean(shop.name)}, {shop.currency or 'currency not known'}")
        if refused:
            raise SourceUnavailable(f"{len(refused)} of {len(sites)} sites refused, so none is connected.", MEND)
        _store(config, read, verify_ssl, own, http)


def _store(
    config: Config, read: Sequence[_Read], verify_ssl: bool | None, own: dict[str, str], http: requests.Session
) -> None:
    with open_desk(config, may_create=True) as desk:
        new = [
            to_store(
                desk,
                PLATFORM,
                one.address,
                one.url,
                one.credentials | own,
                one.found,
                asked={"verify_ssl": _checks(config, one.address, verify_ssl)},
            )
            for one in read
        ]
        shops = desk.shops.install_all(new, clock())
        click.echo(f"\nAll {len(shops)} sites are connected:\n")
        rows = []
        for shop, one in zip(shops, read, strict=True):
            said = _finish(config, desk, shop, one, http)
            rows.append((desk.shops.name_of(shop), one.shop.name, shop.currency, shop.sending, "; ".join(said)))
        table(("name", "title", "currency", "sending", "webhooks"), rows)
        for note, addresses in _warnings(read).items():
            click.echo(f"  {'all' if len(addresses) == len(read) else ', '.join(addresses)}: {clean(note)}")
        click.echo("\nWhat to paste into the pages of each: `tajo snippet NAME`. Look first, then for each:")
        click.echo("  tajo connectors activate NAME")


def _warnings(read: Sequence[_Read]) -> dict[str, list[str]]:
    """Each once, with the sites it is about."""
    found: dict[str, list[str]] = {}
    for one in read:
        for warning in one.shop.warnings:
            found.setdefault(warning, []).append(one.address)
    return found
