"""The settings that rules read and that may differ from shop to shop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal

from collector.config import kinds
from collector.config.declaring import section, setting
from collector.config.kinds import Kind
from collector.domain.consent import BASES, MODES, OPT_IN_COUNTRIES

# Where a message needs an act or an order, by country and by the names of groups.
OPT_IN_REGIONS = OPT_IN_COUNTRIES | {"EU", "EEA"}


def _basis_by_region() -> Kind[Mapping[str, str]]:
    plain = kinds.table(kinds.choice(*BASES), "REGION")

    def read(raw: object) -> Mapping[str, str]:
        found = plain.read(raw)
        if any(basis == "all" and region.upper() in OPT_IN_REGIONS for region, basis in found.items()):
            raise ValueError
        return found

    return Kind(f"{plain.allowed} (all: not in EU, EEA, GB, CH and CA)", read)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWindow:
    """Both ends or none. `zone` is an IANA name, or shop for the shop's own."""

    from_: time | None = setting(kinds.optional(kinds.clock_time), None, "Begin.")
    to: time | None = setting(kinds.optional(kinds.clock_time), None, "End; may be after midnight.")
    zone: str = setting(kinds.text, "shop", "Whose clock: shop, or a name such as Europe/Berlin.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brevo:
    api_key: str = setting(kinds.text, "", "The API key (v3) of the account.", secret=True)
    api_url: str = setting(kinds.url, "https://api.brevo.com/v3", "Where Brevo's API is.")
    client_id: str = setting(kinds.text, "", "In place of api_key: the client id of an app made at Brevo (OAuth2).")
    client_secret: str = setting(kinds.text, "", "Its secret.", secret=True)
    token_url: str = setting(
        kinds.url,
        "https://oauth.brevo.com/realms/partner/oauth/token",
        "Where tokens for client_id come from.",
    )
    plan: str = setting(
        kinds.choice("auto", "general", "advanced", "extended"),
        "auto",
        "How many calls the account allows; auto: the fewest, until its answers tell of more.",
    )
    event_names: Mapping[str, str] = setting(kinds.table(kinds.text, "ours"), {}, "Other names for events.")
    cart_workflow: str = setting(kinds.choice("ours", "brevo"), "ours", "Who sends the cart reminder.")
    attribute_prefix: str = setting(
        kinds.attribute_prefix, "", "Put before attribute names: several shops in one account."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CartAbandonment:
    enabled: bool = setting(kinds.flag, True, "Remind of carts.")
    after: tuple[timedelta, ...] = setting(kinds.steps, "30m", "Quiet time; a list makes several steps.")
    min_value: Decimal = setting(kinds.amount, 0, "Smaller carts are left alone; in the shop's currency.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutAbandonment:
    enabled: bool = setting(kinds.flag, True, "Remind of checkouts.")
    after: tuple[timedelta, ...] = setting(kinds.steps, "30m", "Quiet time; a list makes several steps.")


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowseAbandonment:
    enabled: bool = setting(kinds.flag, True, "Remind of products looked at.")
    after: tuple[timedelta, ...] = setting(kinds.steps, "60m", "Time since the session's last event.")
    min_product_views: int = setting(kinds.number(1, 1000), 1, "Fewer product views are left alone.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire:
    cart: timedelta = setting(kinds.positive_duration, "24h", "Later than this, no cart reminder.")
    checkout: timedelta = setting(kinds.positive_duration, "24h", "Later than this, no checkout reminder.")
    browse: timedelta = setting(kinds.positive_duration, "12h", "Later than this, no browsing reminder.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    messages: int = setting(kinds.number(0, 1000), 1, "So many reminders of all kinds for one person …")
    per: timedelta = setting(kinds.positive_duration, "24h", "… in this time.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandonment:
    cart: CartAbandonment = section(CartAbandonment, "A cart left alone.", switch=True)
    checkout: CheckoutAbandonment = section(CheckoutAbandonment, "A checkout left alone.", switch=True)
    browse: BrowseAbandonment = section(BrowseAbandonment, "Products looked at, nothing in the cart.", switch=True)
    expire: Expire = section(Expire, "When a reminder comes too late.")
    cap: Cap = section(Cap, "How many reminders one person gets.")
    quiet_hours: TimeWindow = section(TimeWindow, "No reminder in these hours; empty: at any time.")
    truth_check: bool = setting(kinds.flag, True, "Ask the shop for orders before a reminder goes out.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    mode: str = setting(kinds.choice(*MODES), "required", "implied: observe until somebody says no.")
    regions: Mapping[str, str] = setting(
        kinds.table(kinds.choice(*MODES), "REGION"), {}, "Other modes by country of the shop's market, or EU, EEA."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleOptIn:
    template: int = setting(kinds.number(0, 10**9), 0, "Brevo's template for the confirmation; 0: none is sent.")
    redirect_url: str = setting(kinds.optional_url, "", "Where the confirmation link leads; empty: to the shop.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    basis: str = setting(kinds.choice(*BASES), "opted_in", "Whom a reminder may go to.")
    regions: Mapping[str, str] = setting(_basis_by_region(), {}, "Other bases by country or EU, EEA.")
    proof: str = setting(
        kinds.choice("claimed", "confirmed"),
        "claimed",
        "confirmed: a box ticked in a page waits for a proof.",
    )
    notice_since: date | None = setting(
        kinds.optional(kinds.day),
        None,
        "existing_customers: whoever ordered before this day was not told of it and is none; empty: nobody is.",
    )
    double_opt_in: DoubleOptIn = section(DoubleOptIn, "Confirmation by mail.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclude:
    addresses: tuple[str, ...] = setting(kinds.many(kinds.text), [], "E-mail addresses.")
    domains: tuple[str, ...] = setting(kinds.many(kinds.host), [], "Everybody at these e-mail domains.")
    roles: tuple[str, ...] = setting(kinds.many(kinds.text), [], "WordPress roles.")
    tags: tuple[str, ...] = setting(kinds.many(kinds.text), [], "Customer tags.")
    countries: tuple[str, ...] = setting(kinds.many(kinds.text), [], "Two-letter country codes.")
