"""The block of one shop under `connectors`.

`abandonment`, `mail`, `consent` and `brevo` in a block differ for that shop alone; what they leave out is
as for all shops. None there: nothing differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from collector.config import kinds
from collector.config.declaring import override, section, setting
from collector.config.rules import Abandonment, Brevo, Consent, Mail
from collector.config.woocommerce_topics import EVENTS, why_no_event, why_no_topic

_LISTS = kinds.list_or_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    enabled: bool = setting(kinds.flag, True, "Forward these.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFilter:
    status: tuple[str, ...] = setting(kinds.many(kinds.text), [], "Only products in this status; empty: any.")
    exclude_tags: tuple[str, ...] = setting(kinds.many(kinds.text), [], "No products with these tags.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductSync:
    enabled: bool = setting(kinds.flag, True, "Forward the catalogue.")
    include_variants: bool = setting(kinds.flag, True, "Variants too.")
    include_images: bool = setting(kinds.flag, True, "Images too.")
    categories_as_tags: bool = setting(kinds.flag, True, "Categories as tags.")
    filter: ProductFilter = section(ProductFilter, "Which products.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponSync:
    enabled: bool = setting(kinds.flag, True, "Follow the coupons.")
    collection: str = setting(
        kinds.text,
        "",
        "A coupon collection at Brevo, by id or name: unused codes for a single use that no group has go there.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupons:
    groups: tuple[tuple[str, str], ...] = setting(
        kinds.free_pairs("match", "collection"),
        [],
        "Codes like WB-* and the coupon collection at Brevo (id or name) they go into while anybody may use them.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class InventorySync:
    enabled: bool = setting(kinds.flag, False, "Follow the stock.")
    low_stock_threshold: int = setting(kinds.number(0, 10**6), 10, "Stock below this is low.")
    out_of_stock_events: bool = setting(kinds.flag, True, "Note when something is sold out.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSync:
    """`false` stops forwarding, not reading: carts always end by orders."""

    customers: Switch = section(Switch, "Customers.", switch=True)
    orders: Switch = section(Switch, "Orders.", switch=True)
    products: ProductSync = section(ProductSync, "Products.", switch=True)
    carts: Switch = section(Switch, "Carts.", switch=True)
    coupons: CouponSync = section(CouponSync, "Coupons.", switch=True)
    inventory: InventorySync = section(InventorySync, "Stock.", switch=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    all_customers: int | str | None = setting(_LISTS, None, "Everybody with a customer record or an order.")
    buyers: int | str | None = setting(_LISTS, None, "Everybody who bought.")
    abandoned_cart: int | str | None = setting(_LISTS, None, "Whoever has an abandoned cart now.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopBlock:
    """What the blocks of both platforms have in common."""

    enabled: bool = setting(kinds.flag, True, "false: beacons and webhooks are answered and dropped.")
    sending: str | None = setting(
        kinds.optional(kinds.choice("live", "observe", "off")),
        None,
        "observe: decide and log, send nothing; off: paused; empty: live at first, then as the command line says.",
    )
    domains: tuple[str, ...] = setting(
        kinds.many(kinds.host),
        [],
        "Hosts its beacons may come from; empty: any. Links and pictures there are the shop's own; so are those at its"
        " address and its main domain, which need not be named for that.",
    )
    site_key: str = setting(kinds.site_key, "", "Names the shop in its pages; made when absent.")
    webhook_secret: tuple[str, ...] = setting(
        kinds.many(kinds.text), [], "Signs webhooks; a list (oldest first) while rotating.", secret=True
    )
    identity_key: tuple[str, ...] = setting(
        kinds.many(kinds.signing_key), [], "Signs who is logged in; made when absent.", secret=True
    )
    sync: ShopSync = section(ShopSync, "What is forwarded.")
    lists: Lists = section(Lists, "Brevo lists, by number or name.")
    time_zone: str = setting(
        kinds.time_zone, "", "Whose days dates and RECENCY are, such as Europe/Berlin; empty: as the shop says."
    )
    brevo: Brevo | None = override(Brevo, "Another Brevo account, or other names.")
    abandonment: Abandonment | None = override(Abandonment, "Differs for this shop.")
    consent: Consent | None = override(Consent, "Differs for this shop.")
    mail: Mail | None = override(Mail, "Differs for this shop.")
    debug: bool = setting(kinds.flag, False, "Everything is logged: as with log_level: verbose and log_webhooks.")
    log_level: str = setting(
        kinds.choice("normal", "verbose"),
        "normal",
        "verbose: every step is logged: what became of what came, decisions and why, messages, calls of the API.",
    )
    log_webhooks: bool = setting(
        kinds.flag, False, "Each webhook is logged: topic, id, what was answered and why, what became of it."
    )

    @property
    def mapping(self) -> Mapping[str, str]:
        """Field of a customer -> attribute."""
        return {}

    @property
    def topics(self) -> tuple[str, ...]:
        """Webhook topics that are to be told; none: all we know."""
        return ()

    @property
    def given_address(self) -> str:
        """The shop's address as the merchant wrote it; "" in settings stored with a shop, which know it anyway."""
        return ""

    @property
    def credentials(self) -> Mapping[str, str]:
        """What opens the platform's API; only what was given."""
        return {}

    @property
    def coupon_groups(self) -> tuple[tuple[str, str], ...]:
        """(pattern of codes, coupon collection)."""
        return ()

    @property
    def platform_version(self) -> str:
        """Of the platform's API; "" where it is always the same."""
        return ""

    @property
    def platform_url(self) -> str:
        """Where the platform's API is; "" at the shop."""
        return ""

    @property
    def checks_certificate(self) -> bool:
        """Whether the platform's API has to show a good one."""
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopifyBlock(ShopBlock):
    shop_url: str = setting(kinds.text, "", "your-store.myshopify.com")
    api_version: str = setting(
        kinds.shopify_version, "", "Admin API version; empty, or older than 2026-07: 2026-07 is asked."
    )
    api_url: str = setting(kinds.optional_url, "", "Where the API is instead of at the shop, for tests.")
    api_key: str = setting(kinds.text, "", "The app's API key (client id).", secret=True)
    api_secret: str = setting(kinds.text, "", "The app's secret; signs webhooks too.", secret=True)
    access_token: str = setting(kinds.text, "", "An access token in place of key and secret.", secret=True)
    field_mapping: Mapping[str, str] = setting(
        kinds.table(kinds.text, "field"), {}, "Customer field: ATTRIBUTE or ATTRIBUTE:type."
    )

    @property
    def mapping(self) -> Mapping[str, str]:
        return self.field_mapping

    @property
    def given_address(self) -> str:
        return self.shop_url

    @property
    def credentials(self) -> Mapping[str, str]:
        given = {"api_key": self.api_key, "api_secret": self.api_secret, "access_token": self.access_token}
        return {name: value for name, value in given.items() if value}

    @property
    def platform_version(self) -> str:
        return self.api_version

    @property
    def platform_url(self) -> str:
        return self.api_url


@dataclass(frozen=True, slots=True, kw_only=True)
class WooCommerceBlock(ShopBlock):
    store_url: str = setting(kinds.text, "", "https://yourstore.com, with the path if it has one.")
    api_version: str = setting(kinds.woocommerce_version, "wc/v3", "REST API version.")
    consumer_key: str = setting(kinds.text, "", "ck_…", secret=True)
    consumer_secret: str = setting(kinds.text, "", "cs_…", secret=True)
    verify_ssl: bool = setting(kinds.flag, True, "false: accept any certificate (only for tests).")
    customer_mapping: Mapping[str, str] = setting(
        kinds.table(kinds.text, "field"), {}, "Customer field: ATTRIBUTE or ATTRIBUTE:type."
    )
    webhooks: tuple[tuple[str, str], ...] = setting(
        kinds.pairs("topic", "event", EVENTS, why_no_topic, why_no_event),
        [],
        "Which webhook becomes which event, as it does anyway. A list without products (or coupons) leaves them"
        " unfollowed; customers and orders are always followed. Empty: all we know. Other names: brevo.event_names.",
    )

    coupons: Coupons = section(Coupons, "Which coupon codes go where.")

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(topic for topic, _ in self.webhooks)

    @property
    def coupon_groups(self) -> tuple[tuple[str, str], ...]:
        return self.coupons.groups

    @property
    def mapping(self) -> Mapping[str, str]:
        return self.customer_mapping

    @property
    def given_address(self) -> str:
        return self.store_url

    @property
    def credentials(self) -> Mapping[str, str]:
        given = {"consumer_key": self.consumer_key, "consumer_secret": self.consumer_secret}
        return {name: value for name, value in given.items() if value}

    @property
    def platform_version(self) -> str:
        return self.api_version

    @property
    def checks_certificate(self) -> bool:
        return self.verify_ssl
