"""`tajo catalogue`: what of the shops' products Brevo has, what it would not take, and another try."""

from __future__ import annotations

from dataclasses import asdict

import click

from collector.bootstrap import clock, open_desk
from collector.cli.printing import as_json, clean, table
from collector.cli.settings import settings
from collector.domain.timestamps import to_text
from collector.storage.sqlite import catalogue_report
from collector.storage.sqlite.catalogue_told import CatalogueTold


@click.group("catalogue")
def command() -> None:
    """See what Brevo has of the shops' products."""


@command.command("status")
@click.argument("name", required=False)
@click.option("--json", "wants_json", is_flag=True, help="For programs.")
def status(name: str | None, wants_json: bool) -> None:
    """How much is known, told, waiting and refused; and why an account takes nothing."""
    shown = []
    with open_desk(settings()) as desk:
        for shop in [desk.shops.by_name(name)] if name else desk.shops.all():
            held = CatalogueTold(desk.state).account(shop.policy.account)
            shown.append(
                {
                    "shop": desk.shops.name_of(shop),
                    "is_told": shop.policy.catalogue.is_told,
                    **asdict(catalogue_report.counts(desk.state, shop.id)),
                    "held": held.reason,
                    "cure": held.cure,
                    "next_try": to_text(held.until) if held.until else "",
                }
            )
    if wants_json:
        as_json(shown)
        return
    for one in shown:
        click.echo(
            f"{one['shop']}: {one['products']} products, {one['categories']} categories; {one['told']} products and"
            f" variants told, {one['due']} to be looked at, {one['refused']} refused; {one['coupons']} coupon codes"
        )
        if not one["is_told"]:
            click.echo("  switched off by sync.products")
        if one["held"]:
            click.echo(f"  Brevo takes none of it ({one['held']}). {one['cure']}")


@command.command("refused")
@click.argument("name", required=False)
@click.option("--json", "wants_json", is_flag=True, help="For programs.")
def refused(name: str | None, wants_json: bool) -> None:
    """What Brevo would not take, in its own words."""
    with open_desk(settings()) as desk:
        shops = [desk.shops.by_name(name)] if name else desk.shops.all()
        found = [
            (desk.shops.name_of(shop), one) for shop in shops for one in catalogue_report.refused(desk.state, shop.id)
        ]
    if wants_json:
        as_json([{"shop": shop, **asdict(one)} for shop, one in found])
        return
    table(
        ["shop", "id", "product", "at", "said"],
        ((shop, clean(one.id), clean(one.product_id), one.at, clean(one.said)) for shop, one in found),
    )
    if not found:
        click.echo("nothing was refused")


@command.command("retry")
@click.argument("name")
def retry(name: str) -> None:
    """Try again what was refused, and now."""
    with open_desk(settings()) as desk:
        shop = desk.shops.by_name(name)
        number = catalogue_report.retry(desk.state, shop.id, shop.policy.account, clock())
    click.echo(f"{number} to be tried again")
