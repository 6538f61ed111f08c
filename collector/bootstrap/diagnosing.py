"""Looking at a connection, put together: the platform's own lines, and whether we are told what happens there."""

from __future__ import annotations

from collections.abc import Mapping

import requests

from collector.bootstrap.desk import Desk
from collector.bootstrap.live import platforms, webhook_address
from collector.bootstrap.shopify import ShopifyApis
from collector.config import Config
from collector.domain.diagnosis import WEBHOOKS, Check, Diagnosis, bad, good, in_order
from collector.domain.errors import Misuse, SourceUnavailable
from collector.domain.shop import Shop
from collector.pipeline.guarding import NO_PUBLIC_URL
from collector.sources.shopify.diagnosis import ShopifyDiagnosis
from collector.sources.woocommerce.diagnosis import WooCommerceDiagnosis

PATIENCE_S = 20.0


def diagnoses(config: Config, desk: Desk, http: requests.Session) -> Mapping[str, Diagnosis]:
    """By platform. For one thread."""
    lax = [block.given_address for block in config.connectors.woocommerce if not block.verify_ssl]
    unverified = [desk.sources["woocommerce"].normalise_address(address)[0] for address in lax]
    shopify = ShopifyApis(config, desk.state, http, patience_s=PATIENCE_S, reserve=0.0)
    return {"shopify": ShopifyDiagnosis(shopify), "woocommerce": WooCommerceDiagnosis(http, unverified)}


def look_at(config: Config, desk: Desk, shop: Shop, http: requests.Session) -> list[Check]:
    """Every line about one shop. Nothing is changed there."""
    found = list(diagnoses(config, desk, http)[shop.platform].look(shop))
    if all(check.is_good for check in found[:1]):
        found += _webhooks(config, desk, shop, http)
    return in_order(found)


def _webhooks(config: Config, desk: Desk, shop: Shop, http: requests.Session) -> list[Check]:
    """None for a platform whose webhooks nobody keeps yet."""
    subscriptions = platforms(config, desk, http).subscriptions.get(shop.platform)
    if subscriptions is None:
        return []
    address = webhook_address(config, shop)
    if not address:
        cause, _, _ = NO_PUBLIC_URL.partition(":")
        return [bad(WEBHOOKS, f"{cause}.", "Set public_url to the address under which the internet reaches us.")]
    try:
        problems = subscriptions.registered(shop, address)
    except (SourceUnavailable, Misuse) as problem:
        cure = problem.cure if isinstance(problem, SourceUnavailable) else ""
        return [bad(WEBHOOKS, str(problem).removesuffix(cure).strip(), cure)]
    if problems:
        return [bad(WEBHOOKS, " ".join(problems), "`tajo serve` registers them within the hour.")]
    return [good(WEBHOOKS)]
