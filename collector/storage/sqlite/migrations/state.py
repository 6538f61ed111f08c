"""The steps of the state file."""

from __future__ import annotations

from pathlib import Path

from sqlite_utils import Database, Migrations

STATE = Migrations("tajo_state")
_FOLDER = Path(__file__).parent


@STATE()
def m0001_bookkeeping(db: Database) -> None:
    """Shops, leases, cursors, quarantine, decisions, outbox and budgets: what everything else refers to."""
    db.executescript((_FOLDER / "state.sql").read_text(encoding="utf-8"))


@STATE()
def m0002_what_happened(db: Database) -> None:
    """Visitors, carts, people, orders: what the fold makes of the inbox."""
    db.executescript((_FOLDER / "what_happened.sql").read_text(encoding="utf-8"))


@STATE()
def m0003_contacts(db: Database) -> None:
    """What an account was told of an address, metafields of customers, the clock of a shop."""
    db.executescript((_FOLDER / "contacts.sql").read_text(encoding="utf-8"))


@STATE()
def m0004_opt_outs(db: Database) -> None:
    """Jobs, what a destination account tells us, and mails that ask for a confirmation."""
    db.executescript((_FOLDER / "opt_outs.sql").read_text(encoding="utf-8"))


@STATE()
def m0005_accounts(db: Database) -> None:
    """The delivery log, and content that is dropped while its key stays."""
    db.executescript((_FOLDER / "accounts.sql").read_text(encoding="utf-8"))


@STATE()
def m0006_catalogue(db: Database) -> None:
    """Products, categories, coupons and stock, and what of them the destination was told."""
    db.executescript((_FOLDER / "catalogue.sql").read_text(encoding="utf-8"))


@STATE()
def m0007_history(db: Database) -> None:
    """What an import makes known, and how much of it the destination was told; budgets counted by the minute."""
    db.executescript((_FOLDER / "history.sql").read_text(encoding="utf-8"))


@STATE()
def m0008_erasures(db: Database) -> None:
    """What stays of people who were erased."""
    db.executescript((_FOLDER / "erasures.sql").read_text(encoding="utf-8"))


@STATE()
def m0009_bulk_calls(db: Database) -> None:
    """The delivery log of what is told many at once."""
    db.executescript((_FOLDER / "bulk_calls.sql").read_text(encoding="utf-8"))


@STATE()
def m0010_access_tokens(db: Database) -> None:
    """Tokens that end, and what buys the next one."""
    db.executescript((_FOLDER / "access_tokens.sql").read_text(encoding="utf-8"))


@STATE()
def m0012_sync(db: Database) -> None:
    """Reading a shop's records on our own account: the runs, and how far the changes are read."""
    db.executescript((_FOLDER / "sync.sql").read_text(encoding="utf-8"))


@STATE()
def m0011_live(db: Database) -> None:
    """What to read again, how the stock stood, customers who became one."""
    db.executescript((_FOLDER / "live.sql").read_text(encoding="utf-8"))


@STATE()
def m0013_compliance(db: Database) -> None:
    """Links that connect a shop in a browser, and requests about personal data."""
    db.executescript((_FOLDER / "compliance.sql").read_text(encoding="utf-8"))


@STATE()
def m0015_webhook_faults(db: Database) -> None:
    """What webhooks said in place of a record; what a merchant should know of a shop that was just connected."""
    db.executescript((_FOLDER / "webhook_faults.sql").read_text(encoding="utf-8"))


@STATE()
def m0014_known_apis(db: Database) -> None:
    """What was learnt of a shop's API: how keys travel, where it is, how much it can bear."""
    db.executescript((_FOLDER / "known_apis.sql").read_text(encoding="utf-8"))


@STATE()
def m0018_indexes(db: Database) -> None:
    """The last decision about a visit, without walking those of the shop."""
    db.executescript((_FOLDER / "indexes.sql").read_text(encoding="utf-8"))


@STATE()
def m0019_links(db: Database) -> None:
    """Links that were good once, long ago, are found to be deleted."""
    db.executescript((_FOLDER / "links.sql").read_text(encoding="utf-8"))


@STATE()
def m0020_versions(db: Database) -> None:
    """Which of two bodies with one version was made later, and which version of an order was told last."""
    db.executescript((_FOLDER / "versions.sql").read_text(encoding="utf-8"))


@STATE()
def m0021_storefronts(db: Database) -> None:
    """The address under which shoppers know a shop."""
    db.executescript((_FOLDER / "storefronts.sql").read_text(encoding="utf-8"))


@STATE()
def m0022_last_orders(db: Database) -> None:
    """When customers ordered last, by the platform's own record."""
    db.executescript((_FOLDER / "last_orders.sql").read_text(encoding="utf-8"))


@STATE()
def m0023_shop_answers(db: Database) -> None:
    """What a shop's API said last: whether it lets us in."""
    db.executescript((_FOLDER / "shop_answers.sql").read_text(encoding="utf-8"))


@STATE()
def m0024_products(db: Database) -> None:
    """Variants that the newest body about their product leaves out; when products were last asked for."""
    db.executescript((_FOLDER / "products.sql").read_text(encoding="utf-8"))


@STATE()
def m0025_refunds(db: Database) -> None:
    """Refunds that were deleted again count no more."""
    db.executescript((_FOLDER / "refunds.sql").read_text(encoding="utf-8"))


@STATE()
def m0026_scheduled(db: Database) -> None:
    """Products and coupons that are to go live by themselves are read again."""
    db.executescript((_FOLDER / "scheduled.sql").read_text(encoding="utf-8"))


@STATE()
def m0027_unsent_erasures(db: Database) -> None:
    """Deletions of contacts that were given up keep no address, and are found."""
    db.executescript((_FOLDER / "unsent_erasures.sql").read_text(encoding="utf-8"))


@STATE()
def m0028_checkouts(db: Database) -> None:
    """Which of two bodies of a checkout with one version was made later."""
    db.executescript((_FOLDER / "checkouts.sql").read_text(encoding="utf-8"))


@STATE()
def m0029_bare_refunds(db: Database) -> None:
    """Money given back for no line of an order, which an edit may owe."""
    db.executescript((_FOLDER / "bare_refunds.sql").read_text(encoding="utf-8"))
