"""From settings to what the rules of one shop need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collector.config.accounts import account_of
from collector.config.reading import Origin, read_section
from collector.config.settings import Config
from collector.config.shops import ShopBlock, ShopifyBlock, WooCommerceBlock
from collector.domain.catalogue_entries import CatalogueRules
from collector.domain.coupons import CouponGroup
from collector.domain.shop import Policy
from collector.domain.stock import StockRules

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
    mail = block.mail or config.mail
    brevo = block.brevo or config.brevo
    lists = {"all_customers": block.lists.all_customers, "buyers": block.lists.buyers}
    lists["abandoned_cart"] = block.lists.abandoned_cart
    return Policy(
        consent_mode=consent.mode,
        consent_regions={region.upper(): mode for region, mode in consent.regions.items()},
        domains=block.domains,
        session_idle=config.sessions.idle,
        session_longest=config.sessions.longest,
        cart_after=abandonment.cart.after[0],
        cart_later=abandonment.cart.after[1:],
        checkout_after=abandonment.checkout.after[0],
        checkout_later=abandonment.checkout.after[1:],
        browse_after=abandonment.browse.after[0],
        is_cart_enabled=abandonment.cart.enabled,
        is_checkout_enabled=abandonment.checkout.enabled,
        is_browse_enabled=abandonment.browse.enabled,
        cart_expire=abandonment.expire.cart,
        checkout_expire=abandonment.expire.checkout,
        browse_expire=abandonment.expire.browse,
        cart_min_value=abandonment.cart.min_value,
        min_product_views=abandonment.browse.min_product_views,
        cap_messages=abandonment.cap.messages,
        cap_per=abandonment.cap.per,
        quiet_from=abandonment.quiet_hours.from_,
        quiet_to=abandonment.quiet_hours.to,
        quiet_zone=abandonment.quiet_hours.zone,
        truth_check=abandonment.truth_check,
        mail_basis=mail.basis,
        mail_regions={region.upper(): basis for region, basis in mail.regions.items()},
        mail_proof=mail.proof,
        mail_notice_since=mail.notice_since,
        double_opt_in_template=mail.double_opt_in.template,
        double_opt_in_url=mail.double_opt_in.redirect_url,
        forms_are_submitted=config.tracker.capture == "submitted",
        excluded_addresses=frozenset(address.lower() for address in config.exclude.addresses),
        excluded_domains=frozenset(config.exclude.domains),
        excluded_roles=frozenset(config.exclude.roles),
        excluded_tags=frozenset(config.exclude.tags),
        excluded_countries=frozenset(country.upper() for country in config.exclude.countries),
        forward_views=config.forward.views,
        forward_carts=config.forward.carts and block.sync.carts.enabled,
        forward_customers=block.sync.customers.enabled,
        forward_orders=block.sync.orders.enabled,
        catalogue=_catalogue_of(block),
        stock=_stock_of(block),
        cart_workflow=brevo.cart_workflow,
        lists={role: which for role, which in lists.items() if which is not None},
        event_names=brevo.event_names,
        mapping=block.mapping,
        attribute_prefix=brevo.attribute_prefix,
        zone=block.time_zone,
        told_topics=frozenset(block.topics),
        api_version=block.platform_version,
        api_url=block.platform_url,
        verify_ssl=block.checks_certificate,
        logs_webhooks=block.log_webhooks or block.debug,
        logs_steps=block.log_level == "verbose" or block.debug,
        account=account_of(config, block),
    )


def _catalogue_of(block: ShopBlock) -> CatalogueRules:
    """What of the catalogue is told. Words are compared in small letters."""
    products, coupons = block.sync.products, block.sync.coupons
    return CatalogueRules(
        is_told=products.enabled,
        with_variants=products.include_variants,
        with_images=products.include_images,
        with_tags=products.categories_as_tags,
        with_stock=block.sync.inventory.enabled,
        statuses=frozenset(status.strip().casefold() for status in products.filter.status),
        excluded_tags=frozenset(tag.strip().casefold() for tag in products.filter.exclude_tags),
        coupon_groups=_coupon_groups(block) if coupons.enabled else (),
    )


def _coupon_groups(block: ShopBlock) -> tuple[CouponGroup, ...]:
    """Those by name, and behind them the one collection for whatever is left."""
    named = [CouponGroup(match.strip(), collection.strip()) for match, collection in block.coupon_groups]
    rest = block.sync.coupons.collection.strip()
    return (*named, *([CouponGroup("*", rest, is_unused_only=True)] if rest else []))


def _stock_of(block: ShopBlock) -> StockRules:
    inventory = block.sync.inventory
    return StockRules(inventory.enabled, inventory.low_stock_threshold, inventory.out_of_stock_events)
