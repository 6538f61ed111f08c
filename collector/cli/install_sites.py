"""Several sites of a WordPress network at once: all are tried first, then all are stored, or none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import click
import requests

from collector.bootstrap import clock, make_sources, open_desk
from collector.cli.install import to_store
from collector.cli.network_file import Site
from collector.cli.printing import clean, table
from collector.cli.woocommerce_reads import PLATFORM, Read, checks_certificate, finish
from collector.config import Config
from collector.domain.errors import Misuse, SourceUnavailable
from collector.sources.woocommerce.install import read_shop

MEND = "Mend what the lines above say, or take those sites out of the file."


@dataclass(frozen=True, slots=True)
class Try:
    """A site to be tried. `address`, `url`: normalised."""

    address: str
    url: str
    credentials: dict[str, str] = field(repr=False)


def connect_file(
    config: Config, sites: Sequence[Site], verify_ssl: bool | None, own: dict[str, str], http: requests.Session
) -> None:
    """Those of a file."""
    met: dict[str, int] = {}
    tries = []
    for site in sites:
        address, url = make_sources()[PLATFORM].normalise_address(site.url)
        before = met.setdefault(address, site.number)
        if before != site.number:
            raise Misuse(f"lines {before} and {site.number} of --network are the same shop, {address}")
        tries.append(Try(address, url, {"consumer_key": site.key, "consumer_secret": site.secret}))
    store(config, read_all(config, tries, verify_ssl, http, MEND), verify_ssl, own, http)


def read_all(
    config: Config,
    tries: Sequence[Try],
    verify_ssl: bool | None,
    http: requests.Session,
    cure: str,
    is_no_shop: Callable[[SourceUnavailable], bool] = lambda problem: False,
) -> list[Read]:
    """Each is told as it answers. Raises SourceUnavailable if one refuses; those that are no shops of ours to begin
    with are named and left out."""
    read: list[Read] = []
    refused: list[str] = []
    for one in tries:
        others = [other.url for other in tries if other.url != one.url]
        try:
            checks = checks_certificate(config, one.address, verify_ssl)
            shop = read_shop(http, one.url, one.credentials, checks, others=others)
        except SourceUnavailable as problem:
            if is_no_shop(problem):
                click.echo(f"– {one.address}: left out. {clean(problem)}")
                continue
            refused.append(one.address)
            click.echo(f"✗ {one.address}: {clean(problem)}")
        else:
            read.append(Read(one.address, one.url, one.credentials, shop))
            click.echo(f"✓ {one.address}: {clean(shop.name)}, {shop.currency or 'currency not known'}")
    if refused:
        raise SourceUnavailable(f"{len(refused)} of {len(tries)} sites refused, so none is connected.", cure)
    return read


def store(
    config: Config, read: Sequence[Read], verify_ssl: bool | None, own: dict[str, str], http: requests.Session
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
                asked={"verify_ssl": checks_certificate(config, one.address, verify_ssl)},
            )
            for one in read
        ]
        shops = desk.shops.install_all(new, clock())
        click.echo(f"\n{f'All {len(shops)} sites are' if len(shops) > 1 else 'One site is'} connected:\n")
        rows = []
        for shop, one in zip(shops, read, strict=True):
            said = finish(config, desk, shop, one, http)
            rows.append((desk.shops.name_of(shop), one.shop.name, shop.currency, shop.sending, "; ".join(said)))
        table(("name", "title", "currency", "sending", "webhooks"), rows)
        for note, addresses in _warnings(read).items():
            click.echo(f"  {'all' if len(addresses) == len(read) else ', '.join(addresses)}: {clean(note)}")
        names = " ".join(name for name, *_ in rows)
        click.echo(f"\nThe plugin: tajo snippet {names} --plugin --output tajo-collector.zip")
        if len(shops) > 1:
            click.echo("It is one file for all: upload it in the Network Admin, and activate it for the network.")
        click.echo("Look first, then for each:")
        click.echo("  tajo connectors activate NAME")


def _warnings(read: Sequence[Read]) -> dict[str, list[str]]:
    """Each once, with the sites it is about."""
    found: dict[str, list[str]] = {}
    for one in read:
        for warning in one.shop.warnings:
            found.setdefault(warning, []).append(one.address)
    return found
