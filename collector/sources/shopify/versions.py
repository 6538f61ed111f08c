"""Which version of the Admin API is asked.

Our queries need 2026-07 (`Order.cartToken`), so an older one in the settings is not asked: Shopify would fall forward
from it anyway. Shopify names the version it used in every answer.
Source: shopify.dev, API versioning (read 2026-11-21).
"""

from __future__ import annotations

import logging
import re
from functools import cache

from collector.domain.errors import Misuse
from collector.domain.shop import Shop

log = logging.getLogger(__name__)

API_VERSION = "2026-07"  # supported until at least 2027-07-01
FORM = re.compile(r"\A20[2-9][0-9]-(01|04|07|10)\Z", re.ASCII)
HEADER = "X-Shopify-API-Version"


def checked(version: str) -> str:
    """The version to ask for; "" and whatever is older is ours. Raises Misuse for what is no version."""
    asked = version.strip() or API_VERSION
    if not FORM.match(asked):
        raise Misuse(
            f"api_version {version!r} is no version of Shopify's: they are named 2026-07, 2026-10 and so on."
            f" Leave it out for {API_VERSION}."
        )
    return max(asked, API_VERSION)


def version_of(shop: Shop) -> str:
    return checked(shop.policy.api_version)


def differs(asked: str, served: str) -> str:
    """A sentence for the merchant when the shop answered with another version; else ""."""
    if not served or served == asked:
        return ""
    return f"The shop answered with API {served} instead of {asked}. Set api_version: {served}, or leave it out."


def outdated(shop: Shop) -> str:
    """A sentence for the merchant when the settings name a version we do not ask for; else ""."""
    stated = shop.policy.api_version
    if not stated or stated >= API_VERSION:
        return ""
    return f"api_version {stated} is older than what we ask for, {API_VERSION}: take it out of the settings."


@cache
def warn_once(address: str, asked: str, served: str) -> None:
    """In the log, once for each process and pair of versions."""
    log.warning("the shop answers with another API version", extra={"shop": address, "asked": asked, "served": served})
