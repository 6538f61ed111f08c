"""The fold, put together: apart from `desk.py` because few commands fold and its parts take long to load."""

from __future__ import annotations

from collector.bootstrap.desk import Desk
from collector.destinations.brevo.webhooks import parse as parse_notice
from collector.pipeline.fold import FoldServices
from collector.sources.tracker.parse import parse as parse_beacon
from collector.standards.addresses import StandardAddresses
from collector.standards.currencies import IsoCurrencies
from collector.standards.devices import device_class
from collector.standards.money_text import MoneyText
from collector.storage.sqlite.state import SqliteState


def fold_services(desk: Desk) -> FoldServices:
    """For the thread of the desk."""
    currencies, addresses = IsoCurrencies(), StandardAddresses()
    return FoldServices(
        inbox=desk.reader,
        state=SqliteState(desk.state),
        sources=desk.sources,
        parse_beacon=lambda row, shop: parse_beacon(row, shop, currencies, addresses),
        device_class=device_class,
        display=MoneyText(currencies),
        parse_notice=lambda row: parse_notice(row, addresses.email),
    )
