"""Under which ids a shop's catalogue stands in its account, and by which rules it was told.

Shops of one account may have products (and orders) of the same number. The first shop to be told keeps its plain
numbers, the others put their own name before them; that is decided once and kept, because ids cannot be changed at a
destination.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from collector.domain.catalogue_entries import CatalogueRules
from collector.domain.catalogue_ports import Named
from collector.domain.fingerprints import fingerprint
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction


def prefix_of(tx: StateTransaction, shop: Shop) -> str:
    """What stands before the ids of this shop's products; decided now if it was not. Needs a writing transaction."""
    known = tx.catalogue.named(shop.id)
    if known is not None and known.account == shop.policy.account:
        return known.prefix
    prefix = _fresh(tx, shop)
    if known is not None:  # another account: nothing was told there
        tx.catalogue.forget(shop.id)
    tx.catalogue.keep_named(shop.id, Named(shop.policy.account, prefix, ""))
    return prefix


def prefix_known(tx: StateTransaction, shop: Shop) -> str:
    """The same without deciding anything: what was decided, else what would be now."""
    known = tx.catalogue.named(shop.id)
    if known is not None and known.account == shop.policy.account:
        return known.prefix
    return _fresh(tx, shop)


def follow_rules(tx: StateTransaction, shop: Shop, now: datetime) -> str:
    """The prefix. When the merchant's switches are not those it was told by, everything is looked at again."""
    prefix, rules = prefix_of(tx, shop), rules_digest(shop)
    known = tx.catalogue.named(shop.id)
    if known is None or known.rules != rules:
        tx.catalogue.keep_named(shop.id, Named(shop.policy.account, prefix, rules))
        tx.catalogue.look_again(shop.id, now)
    return prefix


def _fresh(tx: StateTransaction, shop: Shop) -> str:
    return "" if tx.catalogue.is_plain_free(shop.id, shop.policy.account) else f"{shop.platform}:{shop.address}:"


def is_followed(known: Named | None, shop: Shop) -> bool:
    """Whether nothing has to be decided: so it is for nearly every look."""
    return known is not None and known.account == shop.policy.account and known.rules == rules_digest(shop)


def rules_digest(shop: Shop) -> str:
    """Equal as long as the same would be told of the same product."""
    rules: CatalogueRules = shop.policy.catalogue
    named = {name: sorted(one) if isinstance(one, frozenset) else one for name, one in asdict(rules).items()}
    links = {"storefront": shop.storefront} if shop.storefront else {}
    return fingerprint({**named, "currency": shop.currency, **links})
