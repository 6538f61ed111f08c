"""Every setting of the program, read once at start.

`load()` reads `tajo.yml` (path in TAJO_CONFIG; absent is fine) and the environment into a frozen `Config`.
What is wrong stops the program with one line: the place, the key, the value, what is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from collector.config.accounts import Access, accesses, account_of
from collector.config.document import Document, Path_, read_document
from collector.config.environment import overlay
from collector.config.kinds import Bind, Rate
from collector.config.policy import policy_for, policy_of
from collector.config.reading import Origin, read_section
from collector.config.rules import Brevo
from collector.config.settings import Config
from collector.config.shops import ShopBlock, ShopifyBlock, WooCommerceBlock
from collector.domain.errors import Misuse

__all__ = [
    "Access",
    "Bind",
    "Config",
    "Rate",
    "ShopBlock",
    "ShopifyBlock",
    "WooCommerceBlock",
    "accesses",
    "account_of",
    "load",
    "policy_for",
    "policy_of",
]


def load(environment: Mapping[str, str], working_directory: Path) -> Config:
    """The settings in force. Raises Misuse."""
    given = environment.get("TAJO_CONFIG")
    file = working_directory / (given or "tajo.yml")
    if file.exists():
        document = read_document(file, environment)
    elif given:
        raise Misuse(f"TAJO_CONFIG: there is no file {file}")
    else:
        document = Document("settings", {})
    used = frozenset(re.findall(r"\$\{(\w+)\}", file.read_text(encoding="utf-8"))) if document.lines else frozenset()
    return build(document, environment, used, file if document.lines else None, working_directory)


def build(
    document: Document,
    environment: Mapping[str, str],
    used_in_file: frozenset[str],
    file: Path | None,
    working_directory: Path,
) -> Config:
    """The settings of one document and environment."""
    tree = document.tree
    origin = Origin(document.name, document.lines, overlay(tree, environment, used_in_file))
    connectors = tree.pop("connectors", None)
    config = read_section(Config, tree, (), origin)
    if connectors is not None:
        config = read_section(Config, {"connectors": connectors}, (), origin, base=config, defaults=config)
    _check_together(config, origin)
    return replace(config, file=file, directory=(file.parent if file else working_directory).absolute())


def _brevos(config: Config) -> Iterator[tuple[Path_, Brevo]]:
    """Where accounts are named: once for all shops, and in the blocks of shops."""
    yield ("brevo",), config.brevo
    for platform, shops in (("shopify", config.connectors.shopify), ("woocommerce", config.connectors.woocommerce)):
        for place, block in enumerate(shops):
            if block.brevo is not None:
                here: Path_ = ("connectors", platform, place) if len(shops) > 1 else ("connectors", platform)
                yield (*here, "brevo"), block.brevo


def _check_together(config: Config, origin: Origin) -> None:
    """What one value alone cannot tell."""
    for platform, key, shops in (
        ("shopify", "shop_url", config.connectors.shopify),
        ("woocommerce", "store_url", config.connectors.woocommerce),
    ):
        for place, block in enumerate(shops):
            if not block.given_address:
                here: Path_ = ("connectors", platform, place) if len(shops) > 1 else ("connectors", platform)
                raise Misuse(f"{origin.place(here)}: {key} is missing; say which shop this is")
    for path, brevo in _brevos(config):
        has_half = bool(brevo.client_id) != bool(brevo.client_secret)
        if has_half:
            raise Misuse(f"{origin.place(path)}: give both client_id and client_secret, or neither")
    if config.brevo.api_key and config.brevo.client_id:
        raise Misuse(f"{origin.place(('brevo',))}: give api_key or client_id, not both")
    for name, window in (
        ("abandonment.quiet_hours", config.abandonment.quiet_hours),
        ("sync.window", config.sync.window),
    ):
        if (window.from_ is None) != (window.to is None):
            raise Misuse(f"{origin.place(tuple(name.split('.')))}: give both from and to, or neither")
