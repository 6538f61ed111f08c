"""The shops of the settings, and fresh ones."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from collector.config import Config, ShopBlock, policy_for, policy_of
from collector.domain.errors import Misuse
from collector.domain.ports import Source
from collector.domain.shop import Policy, Secrets, Sending, Shop
from collector.storage.sqlite.shop_rows import PolicyFor
from collector.storage.sqlite.shops import FileShop, NewShop, Shops


def blocks_by_address(config: Config, sources: Mapping[str, Source]) -> dict[tuple[str, str], tuple[str, ShopBlock]]:
    """(platform, address) -> (url, block). Raises Misuse for what is no address or is named twice."""
    found: dict[tuple[str, str], tuple[str, ShopBlock]] = {}
    for platform, blocks in (
        ("shopify", config.connectors.shopify),
        ("woocommerce", config.connectors.woocommerce),
    ):
        for block in blocks:
            address, url = sources[platform].normalise_address(block.given_address)
            if (platform, address) in found:
                raise Misuse(f"connectors.{platform}: {address} is named twice; keep one block for each shop")
            found[platform, address] = (url, block)
    return found


def policies(config: Config, sources: Mapping[str, Source]) -> PolicyFor:
    """The rules of each shop: by its block in the file, else by what `install` stored. Of what `install` may be told
    besides, the block wins where it says something."""
    of_file = {key: policy_of(config, block) for key, (_, block) in blocks_by_address(config, sources).items()}

    def find(platform: str, address: str, settings: Mapping[str, Any]) -> Policy:
        stored, named = policy_for(config, platform, address, settings), of_file.get((platform, address))
        if named is None:
            return stored
        version, url = named.api_version or stored.api_version, named.api_url or stored.api_url
        checks = named.verify_ssl and stored.verify_ssl  # the file may be silent about it, and then means true
        return replace(named, api_version=version, api_url=url, verify_ssl=checks)

    return find


def file_shops(config: Config, sources: Mapping[str, Source]) -> list[FileShop]:
    """The shops as the file names them, with fresh keys for those not stored yet."""
    found = []
    for (platform, address), (url, block) in blocks_by_address(config, sources).items():
        # Shopify signs webhooks with the app's secret.
        webhook = block.webhook_secret or tuple(filter(None, [block.credentials.get("api_secret")]))
        found.append(
            FileShop(
                platform,
                address,
                url,
                fresh=new_shop(platform, address, url),
                site_key=block.site_key or None,
                sending=Sending(block.sending) if block.sending else None,
                is_enabled=block.enabled,
                secrets=Secrets(webhook, block.identity_key, "", block.credentials),
            )
        )
    return found


def new_shop(platform: str, address: str, url: str) -> NewShop:
    """A shop with fresh keys, observing."""
    made = Secrets(
        webhook=(secrets.token_urlsafe(32),),
        identity=(secrets.token_urlsafe(32),),
        hook_key=secrets.token_urlsafe(32),
    )
    return NewShop(platform, address, url, site_key=secrets.token_hex(12), secrets=made)


def webhook_address(base_url: str, shop: Shop) -> str:
    """Where its webhooks go; "" while the internet cannot reach us."""
    return f"{base_url}/webhooks/{shop.platform}/{shop.secrets.hook_key}" if base_url else ""


def follow_app(config: Config, shops: Shops, now: datetime) -> int:
    """Shops that were connected with the app of this server get the secrets it has now; how many there were to mend."""
    app, mended = config.shopify_app, 0
    if not app.api_key or not app.api_secret:
        return 0
    for shop in shops.all():
        given = shop.secrets.credentials
        is_ours = shop.platform == "shopify" and shop.origin == "install" and given.get("api_key") == app.api_key
        if is_ours and not given.get("access_token") and shop.secrets.webhook != app.api_secret:
            credentials = {**given, "api_secret": app.api_secret[-1]}
            changed = replace(shop.secrets, webhook=app.api_secret, credentials=credentials)
            shops.change_secrets(shop.id, changed.in_place_of(shop.secrets, now))
            mended += 1
    return mended
