"""`tajo privacy requests`: what platforms asked on behalf of customers and merchants, and what was done about it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click

from collector.bootstrap import Desk, clock, open_desk, secret_box
from collector.cli.outbox import TOLD_FOR, still_to_erase
from collector.cli.printing import as_json, clean, pairs, table
from collector.cli.settings import settings
from collector.config import Config
from collector.domain.errors import CollectorError
from collector.domain.privacy import EXPORT_KEPT, Asked, Filed
from collector.domain.timestamps import to_text
from collector.storage.sqlite.outbox import Outbox
from collector.storage.sqlite.privacy_requests import PrivacyRequests

MOST = 200
ASKS = {
    Asked.DATA: "hand over what is held about a customer",
    Asked.CUSTOMER: "erase a customer",
    Asked.SHOP: "erase everything of the shop",
    Asked.UNCLEAR: "not understood: look at what it said, then `tajo privacy requests close`",
}


class NoSuchRequest(CollectorError):
    """Nobody asked that."""


@click.group("requests")
def command() -> None:
    """See what a platform asked about personal data, and fetch what is to be handed over."""


@command.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, MOST))
@click.option("--json", "wants_json", is_flag=True, help="For programs.")
def list_requests(limit: int, wants_json: bool) -> None:
    """The newest requests, and until when they have to be done."""
    config = settings()
    with open_desk(config) as desk:
        found = PrivacyRequests(desk.state, secret_box(config)).newest(limit)
        to_do = _to_do_at_brevo(desk)
    if wants_json:
        as_json([_described(one, to_do) for one in found])
        return
    heads = ["id", "asked_at", "shop", "asks", "state", "said"]
    table(
        heads,
        (
            [one.id, to_text(one.asked_at), one.address, one.asked.value, _state(one), _said(one, to_do)]
            for one in found
        ),
    )
    if not found:
        click.echo("nobody asked anything yet")


@command.command("show")
@click.argument("number", type=int)
@click.option("--json", "wants_json", is_flag=True, help="For programs: in one object, with the data.")
def show(number: int, wants_json: bool) -> None:
    """One request. Of a data request, what is held: standard output is the data and nothing else."""
    config = settings()
    with open_desk(config) as desk:
        book = PrivacyRequests(desk.state, secret_box(config))
        found, export, to_do = book.get(number), book.export(number), _to_do_at_brevo(desk)
    if found is None:
        raise NoSuchRequest(f"there is no request {number}; `tajo privacy requests list` shows them")
    said = _described(found, to_do)
    if wants_json:
        as_json(said | {"data": export})
        return
    click.echo(f"{clean(found.address)} asks: {ASKS[found.asked]}", err=export is not None)
    if export is not None:
        click.echo("Hand this to the customer; it is kept here for 30 days after it was put together.", err=True)
        as_json(export)
        return
    pairs({name: value for name, value in said.items() if name not in ("outcome", "about")})
    pairs({f"about {name}": value for name, value in said["about"].items() if value})
    pairs(said["outcome"])
    if found.asked is Asked.DATA and found.done_at is not None and found.outcome.get("held"):
        click.echo(f"the data was kept for {EXPORT_KEPT.days} days and is gone", err=True)
        sys.exit(1)


@command.command("close")
@click.argument("number", type=int)
@click.option("--said", required=True, help="What was done about it by hand; it is kept.")
def close(number: int, said: str) -> None:
    """Mark a request as done that was answered by hand, such as one that was not understood."""
    config = settings()
    with open_desk(config) as desk:
        book = PrivacyRequests(desk.state, secret_box(config))
        found = book.get(number)
        if found is None or found.done_at is not None:
            state = "is done already" if found else "is not there"
            raise NoSuchRequest(f"request {number} {state}; `tajo privacy requests list` shows them")
        book.done(number, "", clock(), {"said": f"by hand: {said.strip()[:1000]}"})
    click.echo(f"request {number}: done, by hand")


def overdue(config: Config) -> list[tuple[str, str]]:
    """(what, cure) for every request that is too late or that nobody understood."""
    now, found = clock(), []
    with open_desk(config) as desk:
        for one in PrivacyRequests(desk.state, secret_box(config)).open(MOST):
            cure = f"`tajo privacy requests show {one.id}` says what stands in the way"
            if one.is_overdue(now):
                found.append((f"{one.address}: {ASKS[one.asked]}, due since {to_text(one.due_at)}", cure))
            elif one.asked is Asked.UNCLEAR:
                found.append((f"{one.address}: a request about personal data was not understood", cure))
    return found


def _state(one: Filed) -> str:
    if one.done_at is not None:
        return f"done {to_text(one.done_at)}"
    return ("OVERDUE since " if one.is_overdue(clock()) else "open until ") + to_text(one.due_at)


def _to_do_at_brevo(desk: Desk) -> dict[str, str]:
    """What is left to be done by hand, by the hash of the address."""
    found = Outbox(desk.state).not_deleted(clock() - TOLD_FOR)
    return {one.mark: f"{what}: {cure}" for one, (what, cure) in zip(found, still_to_erase(found), strict=True)}


def _left_of(one: Filed, to_do: Mapping[str, str]) -> str:
    """Of one request."""
    return "; ".join(to_do[mark] for mark in one.outcome.get("hashes of the contacts", []) if mark in to_do)


def _said(one: Filed, to_do: Mapping[str, str]) -> str:
    if left := _left_of(one, to_do):
        return left
    if one.has_export:
        return f"tajo privacy requests show {one.id}"
    return str(one.outcome.get("waits") or one.outcome.get("said") or "")


def _described(one: Filed, to_do: Mapping[str, str]) -> dict[str, Any]:
    subject = one.subject
    about = {
        "customer": subject.customer_id,
        "email": subject.email,
        "phone": subject.phone,
        "orders": ", ".join(subject.order_ids),
        "said": subject.said,
    }
    outcome = dict(one.outcome)
    if left := _left_of(one, to_do):
        outcome["still to do"] = left
    return {
        "id": one.id,
        "platform": one.platform,
        "shop": one.address,
        "asks": one.asked.value,
        "asked_at": to_text(one.asked_at),
        "due_at": to_text(one.due_at),
        "done_at": to_text(one.done_at) if one.done_at else None,
        "hash": one.mark,
        "about": {name: value for name, value in about.items() if value},
        "outcome": outcome,
        "has_data": one.has_export,
    }
