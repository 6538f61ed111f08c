"""What opens a shop's API: a consumer key with its secret, or a user with an application password.

A consumer key is WooCommerce's and good for one site. An application password is WordPress's: on a network it is the
user's, so good on every site that lets the user in. It opens more than the shop, and therefore travels as Basic over
https only: never in a query, never as a signature, never in the clear.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple
from urllib.parse import urlsplit

from collector.domain.connections import Lack
from collector.domain.errors import SourceUnavailable
from collector.domain.shop import Shop

CONSUMER_KEY: Final = "consumer_key"
APPLICATION_PASSWORD: Final = "application_password"  # noqa: S105 - the name of a field
USER: Final = "user_name"

Kind = Literal["consumer_key", "application_password"]


class Keys(NamedTuple):
    """`name` and `secret`: consumer key and consumer secret, or user name and application password."""

    name: str
    secret: str
    kind: Kind = CONSUMER_KEY

    def __repr__(self) -> str:
        return f"Keys(…, {self.kind})"


def keys_in(credentials: Mapping[str, str]) -> Keys | None:
    """A complete pair; consumer keys come first, which a file of settings may add to what was installed."""
    for kind, (name, secret) in _PAIRS.items():
        if credentials.get(name) and credentials.get(secret):
            return Keys(credentials[name], credentials[secret], kind)
    return None


def keys_of(shop: Shop) -> Keys:
    """Raises SourceUnavailable for a shop without them."""
    keys = keys_in(shop.secrets.credentials)
    if keys is None:
        raise SourceUnavailable(f"There are no keys for {shop.address}.", "Connect the shop again.")
    return keys


def lack_of(shop: Shop) -> Lack | None:
    """What is missing to ask this shop; None: nothing."""
    given = shop.secrets.credentials
    if keys_in(given) is not None:
        return None
    alone = next((name for pair in _PAIRS.values() for name in pair if given.get(name)), "")
    return Lack(
        f"No keys to read {shop.address}{f': {alone} alone opens nothing' if alone else ''}.",
        "Give both consumer_key and consumer_secret, in the settings or to `tajo connectors install woocommerce`.",
    )


def with_password(user: str, password: str) -> dict[str, str]:
    """As they are kept with the shop."""
    return {USER: user, APPLICATION_PASSWORD: password}


def keep_out_of_the_clear(kind: Kind, url: str) -> None:
    """Raises SourceUnavailable where an application password must not go. This machine itself is no danger, and the
    guard lets nobody there who did not ask for it (allow_insecure_upstreams)."""
    parts = urlsplit(url)
    if kind == APPLICATION_PASSWORD and parts.scheme != "https" and not _is_this_machine(parts.hostname or ""):
        what = (
            f"An application password is not sent to {parts.scheme}://{parts.netloc}: anybody on the way could read it."
        )
        raise SourceUnavailable(what, "Give the address with https.")


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


_PAIRS: Final[Mapping[Kind, tuple[str, str]]] = {
    CONSUMER_KEY: ("consumer_key", "consumer_secret"),
    APPLICATION_PASSWORD: (USER, APPLICATION_PASSWORD),
}
