"""Requests about personal data, encrypted while they are open. See domain.privacy."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collector.domain.errors import StorageRefused
from collector.domain.privacy import ANSWER_WITHIN, Asked, Filed, PrivacyRequest, Subject
from collector.domain.shop import Secrets
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.secret_box import SecretBox
from collector.storage.sqlite.statements import statements

_SQL = statements("privacy_requests")


class PrivacyRequests:
    """domain.privacy.PrivacyBook; each call is a transaction of its own."""

    def __init__(self, connection: sqlite3.Connection, box: SecretBox) -> None:
        self._connection = connection
        self._box = box

    def file(self, request: PrivacyRequest, received_at: datetime) -> bool:
        subject = request.subject
        given = {
            "platform": request.platform,
            "address": request.address,
            "asked": request.asked.value,
            "key": request.key,
            "asked_at": to_text(request.asked_at),
            "received_at": to_text(received_at),
            "due_at": to_text(request.asked_at + ANSWER_WITHIN),
            "subject": self._locked(
                {
                    "customer_id": subject.customer_id,
                    "email": subject.email,
                    "phone": subject.phone,
                    "order_ids": list(subject.order_ids),
                    "said": subject.said,
                }
            ),
        }
        try:
            return self._connection.execute(_SQL["file"], given).rowcount > 0
        except sqlite3.OperationalError as error:  # full, read-only, or locked for too long
            raise StorageRefused(str(error)) from error

    def open(self, limit: int) -> list[Filed]:
        return [self._filed(row) for row in self._connection.execute(_SQL["open"], {"limit": limit})]

    def to_do(self, limit: int) -> list[Filed]:
        return [self._filed(row) for row in self._connection.execute(_SQL["to_do"], {"limit": limit})]

    def newest(self, limit: int) -> list[Filed]:
        return [self._filed(row) for row in self._connection.execute(_SQL["newest"], {"limit": limit})]

    def get(self, number: int) -> Filed | None:
        row = self._connection.execute(_SQL["one"], {"id": number}).fetchone()
        return self._filed(row) if row else None

    def export(self, number: int) -> dict[str, Any] | None:
        """None: there is none, or not any more."""
        row = self._connection.execute(_SQL["export"], {"id": number}).fetchone()
        return self._opened(row[0]) if row and row[0] else None

    def waits(self, number: int, said: str) -> None:
        self._connection.execute(_SQL["waits"], {"id": number, "outcome": json.dumps({"waits": said})})

    def done(
        self, number: int, mark: str, at: datetime, outcome: Mapping[str, Any], export: Mapping[str, Any] | None = None
    ) -> None:
        given = {
            "id": number,
            "mark": mark,
            "at": to_text(at),
            "outcome": json.dumps(dict(outcome)),
            "export": self._locked(export) if export is not None else None,
        }
        self._connection.execute(_SQL["done"], given)

    def forget_exports(self, before: datetime) -> int:
        return self._connection.execute(_SQL["forget_exports"], {"before": to_text(before)}).rowcount

    def contacts_told(self, shop_id: int) -> dict[str, int]:
        """By account: how many contacts a shop told it of."""
        return dict(self._connection.execute(_SQL["contacts_told"], {"shop_id": shop_id}).fetchall())

    def _filed(self, row: tuple[Any, ...]) -> Filed:
        number, platform, address, asked, asked_at, due_at, subject, mark, done_at, outcome, has_export = row
        return Filed(
            id=number,
            platform=platform,
            address=address,
            asked=Asked(asked),
            asked_at=from_text(asked_at),
            due_at=from_text(due_at),
            subject=self._subject(subject),
            mark=mark,
            done_at=from_text(done_at) if done_at else None,
            outcome=json.loads(outcome),
            has_export=bool(has_export),
        )

    def _subject(self, text: str) -> Subject:
        if not text:
            return Subject()
        kept = self._opened(text)
        return Subject(
            kept["customer_id"],
            kept["email"],
            kept["phone"],
            tuple(str(one) for one in kept["order_ids"]),
            kept["said"],
        )

    def _locked(self, content: Mapping[str, Any]) -> str:
        return self._box.lock(Secrets(credentials={"content": json.dumps(dict(content), ensure_ascii=False)}))

    def _opened(self, text: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self._box.unlock(text, "a privacy request").credentials["content"])
        return content
