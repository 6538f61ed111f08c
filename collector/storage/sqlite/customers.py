"""Customers, their tags, the consent ledger and uninstalls in the state file."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any

import msgspec

from collector.domain.customers import Customer, Tags
from collector.domain.events import CustomerSeen, EventType, MessageConsent
from collector.domain.shop_facts import ShopDescribed
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.erasing import Erasing
from collector.storage.sqlite.statements import statements
from collector.storage.sqlite.visits import dump

SQL = statements("customers")

_TEXTS = (
    "customer_id",
    "email",
    "phone",
    "first_name",
    "last_name",
    "company",
    "city",
    "region",
    "postcode",
    "country",
    "locale",
    "role",
    "billing_email",
    "currency",
)


class Customers:
    """Reads and writes inside whatever transaction its connection is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._erasing = Erasing(connection)

    def find(self, shop_id: int, customer_id: str) -> tuple[Customer, datetime | None] | None:
        """The merged customer and when it was deleted."""
        cursor = self._db.execute(SQL["customer"], {"shop_id": shop_id, "customer_id": customer_id})
        found = cursor.fetchone()
        if found is None:
            return None
        row = dict(zip((column[0] for column in cursor.description), found, strict=True))
        content = CustomerSeen(
            type=EventType.CUSTOMER_UPDATED,
            version_at=from_text(row["version_at"]),
            stated_at=from_text(row["stated_at"]),
            created_at=_moment(row["created_at"]),
            is_staff=bool(row["is_staff"]),
            **{name: row[name] for name in _TEXTS},
        )
        customer = Customer(
            content=content,
            content_hash=row["content_hash"],
            first_version_at=from_text(row["first_version_at"]),
            first_content_hash=row["first_content_hash"],
            created_at=_moment(row["created_at"]),
            counted_at=_moment(row["counted_at"]),
            orders_count=row["orders_count"],
            total_spent_minor=row["total_spent_minor"],
            last_order_at=_moment(row["last_order_at"]),
            last_order_known_at=_moment(row["last_order_known_at"]),
            extras=msgspec.json.decode(row["extras"]),
            extras_at=_moment(row["extras_at"]),
            extras_stated_at=from_text(row["extras_stated_at"]),
        )
        return customer, _moment(row["deleted_at"])

    def keep(self, shop_id: int, customer: Customer, deleted_at: datetime | None) -> None:
        content = customer.content
        values: dict[str, Any] = {name: getattr(content, name) for name in _TEXTS}
        values |= {
            "shop_id": shop_id,
            "version_at": to_text(content.version_at),
            "stated_at": to_text(content.stated_at),
            "content_hash": customer.content_hash,
            "first_version_at": to_text(customer.first_version_at),
            "first_content_hash": customer.first_content_hash,
            "created_at": to_text(customer.created_at) if customer.created_at else None,
            "deleted_at": to_text(deleted_at) if deleted_at else None,
            "is_staff": int(content.is_staff),
            "orders_count": customer.orders_count,
            "total_spent_minor": customer.total_spent_minor,
            "counted_at": to_text(customer.counted_at) if customer.counted_at else "",
            "last_order_at": to_text(customer.last_order_at) if customer.last_order_at else "",
            "last_order_known_at": to_text(customer.last_order_known_at) if customer.last_order_known_at else "",
            "extras": dump(dict(customer.extras)),
            "extras_at": to_text(customer.extras_at) if customer.extras_at else "",
            "extras_stated_at": to_text(customer.extras_stated_at),
        }
        self._db.execute(SQL["keep_customer"], values)

    def delete(self, shop_id: int, customer_id: str, at: datetime) -> bool:
        """Whether such a customer is known."""
        if self.find(shop_id, customer_id) is None:
            return False
        self._db.execute(SQL["delete_customer"], {"shop_id": shop_id, "customer_id": customer_id, "at": to_text(at)})
        return True

    def list_tags(
        self, shop_id: int, customer_id: str, tags: tuple[str, ...], at: datetime, stated_at: datetime
    ) -> None:
        """The whole list of a known customer at one moment, by a body made at `stated_at`."""
        values = {
            "shop_id": shop_id,
            "customer_id": customer_id,
            "at": to_text(at),
            "stated_at": to_text(stated_at),
            "tags": dump(sorted(set(tags))),
        }
        self._db.execute(SQL["keep_tag_list"], values)

    def change_tag(self, shop_id: int, customer_id: str, tag: str, is_present: bool, at: datetime) -> None:
        self._db.execute(
            SQL["change_tag"],
            {
                "shop_id": shop_id,
                "customer_id": customer_id,
                "tag": tag,
                "is_present": is_present,
                "at": to_text(at),
            },
        )

    def tags(self, shop_id: int, customer_id: str) -> Tags:
        values = {"shop_id": shop_id, "customer_id": customer_id}
        cursor = self._db.execute(SQL["customer"], values)
        row = cursor.fetchone()
        listed_at, listed = (row[-2], msgspec.json.decode(row[-1])) if row else ("", [])
        changes = tuple(
            (tag, from_text(at), bool(is_present))
            for tag, at, is_present in self._db.execute(SQL["tag_changes"], values)
        )
        return Tags(_moment(listed_at), frozenset(listed), changes)

    def number_of(self, shop_id: int, email: str) -> str:
        """Whose record has this address; "" when nobody's has."""
        row = self._db.execute(SQL["number_of_email"], {"shop_id": shop_id, "email": email}).fetchone()
        return str(row[0]) if row else ""

    def text_consent(self, shop_id: int, phone: str) -> str:
        """What was recorded last about text messages to this number: a state of the ledger, or ""."""
        row = self._db.execute(SQL["may_text"], {"shop_id": shop_id, "phone": phone}).fetchone()
        return str(row[0]) if row else ""

    def record_consent(self, shop_id: int, act: MessageConsent, recorded_at: datetime) -> None:
        """Append to the ledger; an act that stands there already is not written again."""
        if self._erasing.silences(shop_id, act):
            return
        self._db.execute(
            SQL["record_consent"],
            {
                "shop_id": shop_id,
                "subject_kind": act.subject_kind,
                "subject": act.subject,
                "channel": act.channel,
                "state": act.state,
                "act": act.act,
                "source": act.source,
                "occurred_at": to_text(act.occurred_at),
                "recorded_at": to_text(recorded_at),
                "detail": act.detail,
            },
        )

    def uninstall(self, shop_id: int, at: datetime) -> None:
        self._db.execute(SQL["uninstall"], {"shop_id": shop_id, "at": to_text(at)})

    def describe(self, shop_id: int, described: ShopDescribed) -> None:
        """What the shop says about itself; an older word changes nothing."""
        given = {
            "shop_id": shop_id,
            "at": to_text(described.version_at),
            "name": described.name,
            "currency": described.currency,
            "zone": described.zone,
            "storefront": described.storefront,
        }
        self._db.execute(SQL["describe_shop"], given)


def _moment(text: str | None) -> datetime | None:
    return from_text(text) if text else None
