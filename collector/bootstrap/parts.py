"""Parts that everything is made of: clock, sources, files, the secret box."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

from collector.config import Config
from collector.domain.errors import Unready
from collector.domain.ports import Source
from collector.sources.shopify.source import ShopifySource
from collector.sources.woocommerce.source import WooCommerceSource
from collector.standards.addresses import StandardAddresses
from collector.standards.currencies import IsoCurrencies
from collector.storage.sqlite.connection import Locations, locate
from collector.storage.sqlite.secret_box import SecretBox, read_or_make_key


def clock() -> datetime:
    return datetime.now(UTC)


def make_sources() -> dict[str, Source]:
    """Every shop platform, by name."""
    currencies, addresses = IsoCurrencies(), StandardAddresses()
    return {
        "shopify": ShopifySource(currencies, addresses),
        "woocommerce": WooCommerceSource(currencies, addresses),
    }


def locations(config: Config) -> Locations:
    return locate(config.database, config.directory)


def secret_keys(config: Config, *, may_create: bool = False) -> list[str]:
    """Oldest to newest. Raises Unready when the key beside the database is needed and not there."""
    return list(config.secret_key) or [read_or_make_key(locations(config).key, may_create=may_create)]


def secret_box(config: Config, *, may_create: bool = False) -> SecretBox:
    """Raises Unready like `secret_keys`."""
    return SecretBox(secret_keys(config, may_create=may_create))


def shipped(*names: str) -> Path:
    """A folder of the checkout that ships with the program (static, theme_snippets). Raises Unready."""
    for parent in (Path(__file__).parents[2], Path(sys.prefix, "share", "tajo-collector")):
        if (parent / Path(*names)).is_dir():
            return parent / Path(*names)
    raise Unready(f"{'/'.join(names)}: not installed with the program; install it again.")


def fresh_worker_id() -> str:
    """Unique among all workers of all machines."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
