"""Looking at a connection, put together: the platform's own lines, and whether we are told what happens there."""

from __future__ import annotations

from collections.abc import Mapping

import requests

from collector.bootstrap.desk import Desk
from collector.bootstrap.live import platforms
from collector.bootstrap.shopify import ShopifyApis
from collector.bootstrap.shops import webhook_address
from collector.bootstrap.woocommerce import WooCommerceApis
from collector.config import Config
from collector.domain.diagnosis import WEBHOOKS, Check, Diagnosis, bad, good, in_order
from collector.domain.errors import Misuse, SourceUnavailable
from collector.domain.jobs import SUBSCRIPTIONS, of_shop
from collector.domain.shop import Shop
from collector.pipeline.guarding import NO_PUBLIC_URL
from collector.sources.shopify.diagnosis import ShopifyDiagnosis
from collector.sources.woocommerce.diagnosis import WooCommerceDiagnosis
from collector.storage.sqlite.jobs import Jobs

PATIENCE_S = 20.0


def diagnoses(config: Config, desk: Desk, http: requests.Session) -> Mapping[str, Diagnosis]:
    """By platform. For one thread."""
    shopify = ShopifyApis(config, desk.state, http, patience_s=PATIENCE_S, reserve=0.0)
    woocommerce = WooCommerceApis(config, desk.state, http, patience_s=0.0, share=0.0)  # how it is, at this moment

    def others() -> list[Shop]:
        return [shop for shop in desk.shops.all() if shop.platform == "woocommerce"]

    return {
        "shopify": ShopifyDiagnosis(shopify),
        "woocommerce": WooCommerceDiagnosis(woocommerce, woocommerce.at, others),
    }


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
    address = webhook_address(config.public_url, shop)
    if not address:
        cause, _, _ = NO_PUBLIC_URL.partition(":")
        return [bad(WEBHOOKS, f"{cause}.", "Set public_url to the address under which the internet reaches us.")]
    try:
        unfit = subscriptions.unfit(shop, address)
    except (SourceUnavailable, Misuse) as problem:
        cure = problem.cure if isinstance(problem, SourceUnavailable) else ""
        return [bad(WEBHOOKS, str(problem).removesuffix(cure).strip(), cure)]
    seen = Jobs(desk.state).read(of_shop(SUBSCRIPTIONS, shop.id))
    if unfit:
        in_the_way = " ".join(seen.progress.get("problems", ())) if seen else ""
        ours = "`tajo serve` registers them within the hour." if unfit.by_us else ""
        return [bad(WEBHOOKS, " ".join((*unfit.by_hand, *unfit.by_us)), in_the_way or ours)]
    if complaints := (seen.progress.get("complaints", ()) if seen else ()):  # what only deliveries show
        return [bad(WEBHOOKS, " ".join(complaints), "", "Webhooks registered, but they do not tell")]
    return [good(WEBHOOKS)]
