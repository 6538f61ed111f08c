"""`--network-user`: the sites that a WordPress network lists for one of its users, found, tried and connected."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set

import click
import requests

from collector.bootstrap import make_sources
from collector.cli.install_sites import Try, read_all
from collector.cli.printing import clean
from collector.cli.secret_input import take_secret
from collector.cli.woocommerce_reads import PLATFORM, Read, checks_certificate
from collector.config import Config
from collector.domain.errors import Misuse, SourceUnavailable
from collector.sources.woocommerce.address import address_or_none
from collector.sources.woocommerce.credentials import keys_in, with_password
from collector.sources.woocommerce.network_sites import is_beside, is_no_shop, sites_of_user
from collector.sources.woocommerce.password_refusals import WHERE

LONGEST_USER = 100  # an e-mail address counts, too
PASSWORD = re.compile(r"[0-9A-Za-z]{24}")
MEND = "Mend what the lines above say, or leave those sites out: --leave-out ADDRESS, for each."


def take_login(user: str, password: str | None) -> dict[str, str]:
    """As it is kept with a shop. Only what WordPress makes itself is taken: a log-in password is never sent."""
    user = user.strip()
    if not user or len(user) > LONGEST_USER or ":" in user or not user.isprintable():
        raise Misuse("--network-user is no user name; give the log-in name, as WordPress shows it under Users")
    secret = take_secret("--application-password", password, has_blanks=True)
    if not PASSWORD.fullmatch(secret):
        raise Misuse(
            "--application-password is none: those have 24 letters and digits, in groups of four. WordPress makes one"
            f" under {WHERE}"
        )
    return with_password(user, secret)


def find_sites(
    config: Config,
    store_url: str,
    login: dict[str, str],
    left_out: Sequence[str],
    verify_ssl: bool | None,
    http: requests.Session,
) -> list[Try]:
    """The sites to be tried; those that are not are named. Raises SourceUnavailable, Misuse."""
    address, url = normalise(store_url)
    keys = keys_in(login)
    assert keys is not None, "both were taken"
    sites = sites_of_user(http, url, keys, checks_certificate(config, address, verify_ssl))
    unwanted = {normalise(one)[0] for one in left_out}
    tries, met = list(_tries(address, url, login, sites, unwanted)), {address_or_none(site) for site in sites}
    if strange := unwanted - met:
        raise Misuse(f"--leave-out {min(strange)} is none of the sites that {address} lists for this user")
    if not tries and not unwanted:  # a shop that calls itself something else, or does not list itself
        return [Try(address, url, login)]
    if not tries:
        raise SourceUnavailable("No site is left to connect.", "Take back a --leave-out.")
    return tries


def _tries(address: str, url: str, login: dict[str, str], sites: Sequence[str], unwanted: Set[str]) -> Iterator[Try]:
    for site in sites:
        home = address_or_none(site)
        if home is None:
            click.echo(f"– {clean(site[:100])}: left out. That is no address of a shop.")
        elif home in unwanted:
            click.echo(f"– {home}: left out, as told.")
        elif not is_beside(home, address):
            click.echo(
                f"– {home}: left out. It is another host, and nobody gets the password unasked. If it is yours, run the"
                f" command with --store-url https://{home}"
            )
        else:  # behind a proxy a site may call itself http; the password goes the way that was typed
            scheme = "https" if site.lower().startswith("https:") else url.partition(":")[0]
            yield Try(home, f"{scheme}://{home}", login)


def read_sites_of_network(
    config: Config, tries: Sequence[Try], verify_ssl: bool | None, http: requests.Session
) -> list[Read]:
    """What they said, without those that are no shops. Raises SourceUnavailable."""
    read = read_all(config, tries, verify_ssl, http, MEND, is_no_shop)
    if not read:
        what = f"None of these {len(tries)} sites is a shop that this user may read."
        raise SourceUnavailable(what, "Activate WooCommerce there, and make the user an administrator of each site.")
    return read


def normalise(text: str) -> tuple[str, str]:
    return make_sources()[PLATFORM].normalise_address(text)
