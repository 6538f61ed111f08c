"""Webhooks as WooCommerce has them, and how ours are known among them.

Ours are those whose address ends in the shop's own secret key, lies below our address, or whose name bears our mark.
The API never tells a secret: the name bears a mark of it, too, so that one with a secret of before is noticed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from collector.domain.errors import SourceUnavailable, Unparseable
from collector.sources.woocommerce.parse_values import id_text, moment, text
from collector.sources.woocommerce.rest import RestClient

PATH = "/webhooks/woocommerce/"
ACTIVE, PAUSED, DISABLED = "active", "paused", "disabled"
PER_PAGE, MOST_PAGES = 100, 20
WHERE = "WooCommerce > Settings > Advanced > Webhooks"


@dataclass(frozen=True, slots=True)
class Webhook:
    """One as WooCommerce has it."""

    id: str
    name: str
    status: str
    topic: str
    url: str
    made_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ours:
    """How ours have to be, and how they are known. `others`: keys of other shops, who may be this site under another
    name."""

    address: str
    hook_key: str
    secret: str = field(repr=False)
    others: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def mark(self) -> str:
        return hashlib.sha256(f"tajo {self.hook_key}".encode()).hexdigest()[:8]

    def name(self, topic: str) -> str:
        secret_mark = hmac.digest(self.hook_key.encode(), self.secret.encode(), hashlib.sha256).hex()[:8]
        return f"Tajo Collector: {topic} ({self.mark}.{secret_mark})"

    def includes(self, one: Webhook) -> bool:
        base = self.address.removesuffix(self.hook_key) if self.hook_key else ""
        return (
            urlsplit(one.url).path == f"{PATH}{self.hook_key}"
            or (base.endswith(PATH) and one.url.startswith(base) and one.url.removeprefix(base) not in self.others)
            or self.has_mark(one)
        )

    def has_mark(self, one: Webhook) -> bool:
        return f"({self.mark}." in one.name

    def may_delete(self, one: Webhook) -> bool:
        """Webhooks of WordPress' own actions tell nothing we asked for: somebody made them for reasons of their own."""
        return self.has_mark(one) or not one.topic.startswith("action.")

    def is_for_all_shops(self, one: Webhook) -> bool:
        """Made by hand for the address that names no shop."""
        base = self.address.removesuffix(self.hook_key) if self.hook_key else ""
        return base.endswith(PATH) and one.url.rstrip("/") == base.rstrip("/")

    def is_right(self, one: Webhook) -> bool:
        return one.url == self.address and one.name == self.name(one.topic)

    def wish(self, topic: str) -> dict[str, str]:
        return {"name": self.name(topic), "delivery_url": self.address, "secret": self.secret}


def best_of(there: Sequence[Webhook], ours: Ours) -> Webhook | None:
    """Of those that are not switched off."""
    usable = [one for one in there if one.status != DISABLED]
    return min(usable, key=lambda one: (one.status != ACTIVE, not ours.is_right(one), int(one.id)), default=None)


def listed(api: RestClient) -> list[Webhook]:
    """All there are. Raises SourceUnavailable."""
    found: list[Webhook] = []
    for number in range(1, MOST_PAGES + 1):
        page = api.page("webhooks", page=number, per_page=PER_PAGE, orderby="id", order="asc")
        found += [one for body in page.records if (one := _webhook(body)) is not None]
        if len(page.records) < PER_PAGE:
            return found
    raise SourceUnavailable("The shop lists webhooks without end.", f"Look at {WHERE}.")


def _webhook(body: Mapping[str, Any]) -> Webhook | None:
    number = id_text(body.get("id"))
    if not number:
        return None
    try:
        made_at = moment(body, "date_created_gmt")
    except Unparseable:  # an age nobody can read is an old one
        made_at = None
    return Webhook(
        id=number,
        name=text(body.get("name")),
        status=text(body.get("status"), 50),
        topic=text(body.get("topic"), 200),
        url=text(body.get("delivery_url"), 4000),
        made_at=made_at,
    )
