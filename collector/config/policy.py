"""From settings to what the rules of one shop need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collector.config.reading import Origin, read_section
from collector.config.settings import Config
from collector.config.shops import ShopBlock, ShopifyBlock, WooCommerceBlock
from collector.domain.shop import Policy

BLOCKS: Mapping[str, type[ShopBlock]] = {"shopify": ShopifyBlock, "woocommerce": WooCommerceBlock}


def policy_for(config: Config, platform: str, address: str, settings: Mapping[str, Any]) -> Policy:
    """The policy of one shop.

    `settings` is what is stored with the shop, in the shape of its block (`domains`, `abandonment`,
    `consent`, …; `{}` for none); what it leaves out is as for all shops. Raises Misuse if what is stored is
    no longer understood.
    """
    origin = Origin(f"stored settings of {address}")
    return policy_of(config, read_section(BLOCKS.get(platform, ShopBlock), dict(settings), (), origin, defaults=config))


def policy_of(config: Config, block: ShopBlock) -> Policy:
    """The policy of a shop set up by the file."""
    consent = block.consent or config.consent
    abandonment = block.abandonment or config.abandonment
    return Policy(
        consent_mode=consent.mode,
        domains=block.domains,
        session_idle=config.sessions.idle,
        session_longest=config.sessions.longest,
        cart_after=abandonment.cart.after[0],
        checkout_after=abandonment.checkout.after[0],
    )
