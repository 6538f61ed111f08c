"""A shop: one storefront of one merchant, what may be done for it, and its secrets.

Two shops never share anything but the machine. `address` is the normalised name of a shop
(`store.myshopify.com`, `host[:port][/path]` for WooCommerce); (platform, address) is unique.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from collector.domain.catalogue_entries import CatalogueRules
from collector.domain.stock import StockRules


class Sending(StrEnum):
    """live: messages go out; observe: decided and logged, not sent; off: paused, nothing decided."""

    LIVE = "live"
    OBSERVE = "observe"
    OFF = "off"


# How long a secret that was replaced still signs webhooks: Shopify goes over to a new one within an hour.
SIGNS_ON = timedelta(hours=1)
# How long an identity key that was replaced still counts: what it signed is good for two days either side of its day.
IDENTIFIES_ON = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class FormerSecret:
    """One that signed and was replaced. It is taken until then."""

    secret: str = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True)
class Secrets:
    """What must never be printed, logged or stored in the clear. Lists are oldest to newest (rotation)."""

    webhook: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    hook_key: str = ""
    credentials: Mapping[str, str] = field(default_factory=dict)  # api_key, api_secret, consumer_key …
    former: tuple[FormerSecret, ...] = ()  # of webhooks
    former_identity: tuple[FormerSecret, ...] = ()

    def __repr__(self) -> str:
        return "Secrets(…)"

    def signing(self, now: datetime) -> tuple[str, ...]:
        """Whatever a webhook may be signed with at this moment."""
        return (*(one.secret for one in self.former if now < one.until), *self.webhook)

    def identifying(self, now: datetime) -> tuple[str, ...]:
        """Whatever may have signed who is logged in."""
        return (*(one.secret for one in self.former_identity if now < one.until), *self.identity)

    def in_place_of(self, old: Secrets, now: datetime, signs_on: timedelta = SIGNS_ON) -> Secrets:
        """These from now on; what signed webhooks until now, and is not among them, is taken a while longer. An
        identity key that is not among them is not: whoever takes it off a list means it."""
        left = [FormerSecret(one, now + signs_on) for one in old.webhook if one not in self.webhook]
        return replace(
            self,
            former=_held(self.webhook, old.former, left, now),
            former_identity=_held(self.identity, old.former_identity, [], now),
        )

    def with_identity(self, key: str, now: datetime) -> Secrets:
        """This key signs who is logged in from now on; those before are taken while what they signed is good."""
        left = [FormerSecret(one, now + IDENTIFIES_ON) for one in self.identity if one != key]
        return replace(self, identity=(key,), former_identity=_held((key,), self.former_identity, left, now))


def _held(
    newest: Sequence[str], before: Sequence[FormerSecret], left: Sequence[FormerSecret], now: datetime
) -> tuple[FormerSecret, ...]:
    """What is still taken besides the newest: what was left before, and what is left now."""
    known = {*newest, *(one.secret for one in left)}
    return (*(one for one in before if now < one.until and one.secret not in known), *left)


OWN_KEY = "brevo_api_key"  # among the credentials: a shop's own key for the destination
GENERAL_ACCOUNT = "brevo"


def own_account(address: str) -> str:
    """What the destination account of a shop with a key of its own is called."""
    return f"{GENERAL_ACCOUNT}:{address}"


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings of one shop that rules need; made from the configuration (shop block over defaults)."""

    consent_mode: str = "required"  # required | implied
    consent_regions: Mapping[str, str] = field(default_factory=dict)  # country or EU/EEA -> mode
    domains: tuple[str, ...] = ()  # hosts its beacons may come from; none: any
    session_idle: timedelta = timedelta(minutes=30)
    session_longest: timedelta = timedelta(hours=24)
    cart_after: timedelta = timedelta(minutes=30)  # first step
    cart_later: tuple[timedelta, ...] = ()  # further steps, counted from the same moment
    checkout_after: timedelta = timedelta(minutes=30)
    checkout_later: tuple[timedelta, ...] = ()
    browse_after: timedelta = timedelta(minutes=60)
    is_cart_enabled: bool = True
    is_checkout_enabled: bool = True
    is_browse_enabled: bool = True
    cart_expire: timedelta = timedelta(hours=24)
    checkout_expire: timedelta = timedelta(hours=24)
    browse_expire: timedelta = timedelta(hours=12)
    cart_min_value: Decimal = Decimal(0)  # major units of the cart's currency
    min_product_views: int = 1
    cap_messages: int = 1
    cap_per: timedelta = timedelta(hours=24)
    quiet_from: time | None = None  # both or none
    quiet_to: time | None = None
    quiet_zone: str = "shop"  # IANA name, or the shop's own
    truth_check: bool = True
    mail_basis: str = "opted_in"  # opted_in | existing_customers | all
    mail_regions: Mapping[str, str] = field(default_factory=dict)  # country or EU/EEA -> basis
    mail_proof: str = "claimed"  # claimed | confirmed
    mail_notice_since: date | None = None  # orders from before make nobody an existing customer; None: none does
    double_opt_in_template: int = 0  # of the mail that asks for a confirmation; 0: none is sent
    double_opt_in_url: str = ""  # where its link leads; "": to the shop
    forms_are_submitted: bool = True  # pages tell what was typed when a form is sent, not before
    excluded_addresses: frozenset[str] = frozenset()
    excluded_domains: frozenset[str] = frozenset()
    excluded_roles: frozenset[str] = frozenset()
    excluded_tags: frozenset[str] = frozenset()
    excluded_countries: frozenset[str] = frozenset()
    forward_views: bool = True
    forward_carts: bool = True
    forward_customers: bool = True
    forward_orders: bool = True
    catalogue: CatalogueRules = field(default_factory=CatalogueRules)
    stock: StockRules = field(default_factory=StockRules)
    cart_workflow: str = "ours"  # ours | brevo: who sends the cart reminder
    lists: Mapping[str, int | str] = field(default_factory=dict)  # role -> list id or name, only those set
    event_names: Mapping[str, str] = field(default_factory=dict)  # ours -> the destination's
    mapping: Mapping[str, str] = field(default_factory=dict)  # field of a customer -> attribute, see mapping.py
    attribute_prefix: str = ""  # before attribute names; with one, counters are this shop's alone
    zone: str = ""  # IANA name; "": as the shop says
    told_topics: frozenset[str] = frozenset()  # the platform's webhook topics the merchant lists; none: all we know
    api_version: str = ""  # of the platform's API; "": the one we know best
    api_url: str = ""  # where the platform's API is instead of at the shop, for tests; "": at the shop
    verify_ssl: bool = True  # check the certificate of the platform's API; false only in tests
    logs_webhooks: bool = False  # a line in the log for each: what was answered, what became of it
    logs_steps: bool = False  # a line for each row folded, decision, message and call of the platform's API
    account: str = ""  # whose budget and key its messages use; "" while no destination is configured


@dataclass(frozen=True, slots=True)
class Shop:
    """One row of `shops`, decrypted. `url` is the home address with scheme and without trailing slash; `storefront`
    another one, under which shoppers know the shop: "" where the platform names none."""

    id: int
    platform: str  # shopify | woocommerce
    address: str
    url: str
    site_key: str  # public, stands in the shop's pages
    sending: Sending = Sending.OBSERVE
    is_enabled: bool = True
    origin: str = "install"  # install | file
    installed_at: datetime | None = None
    activated_at: datetime | None = None
    uninstalled_at: datetime | None = None
    removed_at: datetime | None = None
    currency: str = ""
    zone: str = "UTC"  # IANA name of the shop's own clock
    storefront: str = ""
    policy: Policy = Policy()
    secrets: Secrets = Secrets()

    @property
    def home(self) -> str:
        """Where shoppers are: what we link to."""
        return self.storefront or self.url
