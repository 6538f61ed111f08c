"""May we message this person, and on what basis? Pure: the ledger, their orders and the shop's settings decide.

Read at the moment of sending. Sync can lower consent, never raise it: an opt-out is only outweighed by a later
act that somebody other than an unsigned page vouches for. Where the platform keeps a record of consent itself, the box
of its checkout outweighs none, either: orders and checkouts repeat an old yes, and a new one comes as that record, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from collector.domain.reasons import Reason

# How a tick becomes a yes (`proof`): by itself, once somebody vouches for the address, by the mail that asks for it.
CLAIMED, CONFIRMED, BY_MAIL = "claimed", "confirmed", "by_mail"
# Whose entries are ticks: of a page, of a page the shop signed, of a checkout.
TICKS = frozenset(["form", "form_signed", "checkout"])
# The platforms that keep a record of consent themselves, and tell of each change of it.
KEEP_A_RECORD = frozenset(["shopify"])
# At the same moment whatever lowers most comes last, so that it wins; an open question weighs on other ticks, too.
LOWERS = {"opted_in": 0, "pending": 2, "opted_out": 3}
UNPLACED = "checkout:"  # before the act of an order that is still a checkout
ERASURE = "erasure"  # the source of a no that stands for somebody erased: no platform recorded it
# The act of whoever clicked the link in that mail; its source, too. `pending` since the mail was asked for.
DOUBLE_OPT_IN = "double_opt_in"

EU = frozenset(
    (
        "AT",
        "BE",
        "BG",
        "HR",
        "CY",
        "CZ",
        "DK",
        "EE",
        "FI",
        "FR",
        "DE",
        "GR",
        "HU",
        "IE",
        "IT",
        "LV",
        "LT",
        "LU",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SK",
        "SI",
        "ES",
        "SE",
    )
)
EEA = EU | {"IS", "LI", "NO"}
# Where `all` is not allowed, whatever the settings say; so is anywhere unknown.
OPT_IN_COUNTRIES = EEA | {"GB", "CH", "CA"}

# Strictest first.
BASES = ("opted_in", "existing_customers", "all")
MODES = ("required", "implied")


@dataclass(frozen=True, slots=True)
class Act:
    """One ledger entry about an e-mail address (channel email)."""

    state: str  # opted_in | opted_out | pending | none | unticked
    act: str
    source: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Proofs:
    """What else is known of the address: does anybody but an unsigned page vouch for it?"""

    has_paid_order: bool = False
    has_order_since_notice: bool = False  # paid, and from after customers were told that they would be written to
    is_confirmed: bool = False  # an order, a platform record or a signed identity names it
    country: str = ""


def allowed_basis(basis: str, regions: Mapping[str, str], country: str) -> str:
    """The basis in force for a country: its own setting, its region's, the general one; the strictest of them
    where the country is not known.

    `all` falls back to opted_in where it is refused, and where the country is not known.
    """
    chosen = _in_force(basis, regions, country, BASES)
    if chosen == "all" and (not country or country in OPT_IN_COUNTRIES):
        return "opted_in"
    return chosen


def observing_mode(mode: str, regions: Mapping[str, str], country: str) -> str:
    """required | implied for a browser in the shop's market of this country ("": not known, then the strictest)."""
    return _in_force(mode, regions, country, MODES)


def _in_force(general: str, regions: Mapping[str, str], country: str, strictest_first: Sequence[str]) -> str:
    if not country:
        return min((general, *regions.values()), key=strictest_first.index)
    groups = [country]
    if country in EU:
        groups.append("EU")
    if country in EEA:
        groups.append("EEA")
    return next((regions[group] for group in groups if group in regions), general)


def basis_of(
    acts: Iterable[Act],
    proofs: Proofs,
    basis: str,
    proof: str,
    *,
    is_recorded_only: bool = False,
    keeps_a_record: bool = False,
) -> str | Reason:
    """opted_in | existing_customer | all, or the Reason why not.

    `basis` is the one in force (allowed_basis), `proof` claimed | confirmed | by_mail. `is_recorded_only`: only what
    the platform itself records counts, for what no browser was observed doing: neither an unsigned page's word nor
    `all`. `keeps_a_record`: the platform is one of KEEP_A_RECORD.
    """
    entries = sorted(acts, key=lambda act: (act.occurred_at, LOWERS.get(act.state, 1), act.act, act.source))
    newest_of_act: dict[str, Act] = {}
    for entry in entries:
        if entry.state != "opted_out" and not _is_said_again(entry, newest_of_act):
            newest_of_act[entry.act] = entry  # unticked, pending and none take back their own act, nothing else
    is_confirmed = proofs.is_confirmed or any(
        entry.act == DOUBLE_OPT_IN and entry.state == "opted_in" for entry in newest_of_act.values()
    )
    # A platform that asks for a confirmation itself says so after the tick: until then nobody agreed to anything.
    is_asked = any(entry.state == "pending" and entry.act != DOUBLE_OPT_IN for entry in newest_of_act.values())
    opt_ins = [
        entry
        for entry in newest_of_act.values()
        if entry.state == "opted_in"
        and not ((proof == BY_MAIL or is_asked) and entry.source in TICKS)
        and (entry.source != "form" or (not is_recorded_only and (proof == CLAIMED or is_confirmed)))
    ]
    opt_outs = [entry for entry in entries if entry.state == "opted_out"]
    if opt_outs:
        last_out = opt_outs[-1].occurred_at
        is_recorded = keeps_a_record and any(entry.source != ERASURE for entry in opt_outs)
        weightless = ("form", "checkout") if is_recorded else ("form",)
        vouched = [entry for entry in opt_ins if entry.source not in weightless and entry.occurred_at > last_out]
        return "opted_in" if vouched else Reason.OPTED_OUT
    if opt_ins:
        return "opted_in"
    if basis == "all" and not is_recorded_only:
        return "all"
    is_customer = proofs.has_order_since_notice if basis == "existing_customers" else proofs.has_paid_order
    if basis in ("existing_customers", "all") and is_customer:
        return "existing_customer"
    return Reason.NO_MAIL_BASIS


def _is_said_again(entry: Act, newest_of_act: Mapping[str, Act]) -> bool:
    """Whether this is the tick of a box that was ticked already: every body of an order or checkout says so anew, under
    the order's date, which staff may change, or under its own. It is no newer for that."""
    if entry.source != "checkout" or entry.state != "opted_in":
        return False
    known = (newest_of_act.get(act) for act in (entry.act, entry.act.removeprefix(UNPLACED)))
    return any(before is not None and before.state == "opted_in" for before in known)
