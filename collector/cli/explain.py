"""`tajo explain EMAIL`: what is known of somebody, what was decided and sent, and why; in order of time, in words."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from collector.bootstrap import Desk, open_desk
from collector.cli.explain_words import sentence
from collector.cli.printing import as_json, clean
from collector.cli.settings import settings
from collector.domain.errors import CollectorError
from collector.domain.events import Strength
from collector.domain.reasons import SENTENCES, Reason
from collector.pipeline.addressing import Addressing
from collector.standards.addresses import StandardAddresses
from collector.storage.sqlite.explaining import Block, Dossier, OpenCart, block_of, dossiers
from collector.storage.sqlite.state import State


class NobodyKnown(CollectorError):
    """No shop ever heard of the address."""


@click.command("explain")
@click.argument("email")
@click.option("--limit", type=click.IntRange(1, 100_000), default=500, show_default=True, help="So many events.")
@click.option("--json", "wants_json", is_flag=True, help="For programs.")
def command(email: str, limit: int, wants_json: bool) -> None:
    """Why somebody did (not) get a message: everything stored about an address, in order of time."""
    address = StandardAddresses().email(email) or email.strip().lower()
    with open_desk(settings()) as desk:
        found = dossiers(desk.state, address, limit)
        allowed = {dossier.shop_id: _allowed(desk, dossier.shop_id, address) for dossier in found}
        blocks = {
            dossier.shop_id: block_of(desk.state, desk.shops.get(dossier.shop_id).policy.account, address)
            for dossier in found
        }
    if not found:
        raise NobodyKnown(f"no shop knows {clean(address)}")
    if wants_json:
        shops = [_for_programs(one, allowed[one.shop_id], blocks[one.shop_id]) for one in found]
        as_json({"email": address, "shops": shops})
        return
    for number, dossier in enumerate(found):
        if number:
            click.echo()
        _tell(dossier, allowed[dossier.shop_id], blocks[dossier.shop_id])


def _allowed(desk: Desk, shop_id: int, email: str) -> tuple[bool, str]:
    """May reminders go to this address today, and why (not): a basis, or a code of the closed list."""
    known = Addressing(State(desk.state), desk.shops.get(shop_id)).by_email(email, Strength.TYPED)
    if known.is_excluded:
        return False, Reason.EXCLUDED.value
    return not isinstance(known.basis, Reason), str(known.basis)


def _tell(dossier: Dossier, allowed: tuple[bool, str], block: Block | None) -> None:
    may, why = allowed
    click.echo(f"{dossier.platform} {clean(dossier.shop)}")
    click.echo(f"known as: {clean(', '.join(dossier.known_as))}")
    click.echo(f"reminders: allowed, {why}" if may else f"reminders: not allowed, {SENTENCES[Reason(why)]} ({why})")
    if block is not None and may:
        click.echo(_blocked(block))
    for cart in dossier.open_carts:
        click.echo(_open(cart))
    click.echo()
    if dossier.is_cut:
        click.echo("older events are left out; --limit shows more")
    for entry in dossier.entries:
        click.echo(f"{entry.at}  {clean(sentence(entry))}")


def _open(cart: OpenCart) -> str:
    then = f"asked about next at {cart.next_check_at}" if cart.next_check_at else "not asked about any more"
    products = "1 piece" if cart.item_count == 1 else f"{cart.item_count} pieces"
    return f"open cart: {clean(cart.key)}, {products}, stage {cart.stage}, changed {cart.changed_at}, {then}"


def _blocked(block: Block) -> str:
    """Nobody else says why somebody who agreed gets no mail."""
    made = "we made it so, without a permission then" if block.is_ours else "Brevo told us so"
    return (
        f"but the contact is blocked at Brevo, which mails it nothing: since {block.since} ({made}). No yes lifts it, "
        "because nobody can tell whether there is a no behind it: unblock it at Brevo if you know of none"
    )


def _for_programs(dossier: Dossier, allowed: tuple[bool, str], block: Block | None) -> dict[str, Any]:
    told = [asdict(entry) | {"words": sentence(entry)} for entry in dossier.entries]
    may, why = allowed
    return asdict(dossier) | {
        "entries": told,
        "reminders_allowed": may,
        "reminders_reason": why,
        "blocked": {"since": block.since, "by_us": block.is_ours} if block is not None else None,
    }
