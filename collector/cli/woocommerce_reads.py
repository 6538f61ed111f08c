"""What `tajo connectors install woocommerce` reads of a site before anything is stored, and what follows after."""

from __future__ import annotations

from dataclasses import dataclass, field

import requests

from collector.bootstrap import Desk, locations, make_sources, open_desk
from collector.bootstrap.connections import Hearing
from collector.bootstrap.live import keep_subscriptions
from collector.bootstrap.shops import blocks_by_address
from collector.bootstrap.woocommerce import WooCommerceApis
from collector.cli.install import Found
from collector.config import Config, ShopBlock
from collector.config.shops import WooCommerceBlock
from collector.domain.shop import Shop
from collector.sources.woocommerce.install import WooCommerceShop

PLATFORM = "woocommerce"


@dataclass(frozen=True, slots=True)
class Read:
    """A site that answered. `address`, `url`: normalised."""

    address: str
    url: str
    credentials: dict[str, str] = field(repr=False)
    shop: WooCommerceShop

    @property
    def found(self) -> Found:
        return Found(self.shop.name, self.shop.currency, self.shop.detail.get("time_zone", ""), self.shop.notes)


def finish(config: Config, desk: Desk, shop: Shop, read: Read, http: requests.Session) -> list[str]:
    """What was found out of the API is kept for the calls to come, and its webhooks are registered."""
    Hearing(desk.state).of(shop)(None)  # it answered, or nothing would be stored
    WooCommerceApis(config, desk.state, http).remember(shop, read.shop.known)
    return keep_subscriptions(config, desk, shop, http)


def checks_certificate(config: Config, address: str, given: bool | None) -> bool:
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


def other_homes(config: Config, address: str) -> list[str]:
    """Home addresses of the other shops of this platform."""
    if not locations(config).state.exists():
        return []
    with open_desk(config) as desk:
        return [shop.url for shop in desk.shops.all() if shop.platform == PLATFORM and shop.address != address]
