"""Bulk operations: asked for with a query, worked on for a while, left as a file of JSON lines.

The file is written by a thread of its own, record by record; nothing of it is held.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from graphql import DocumentNode, FragmentDefinitionNode, GraphQLError, OperationDefinitionNode, parse, validate

from tests.shopify_shop.bulk_rules import problem_with
from tests.shopify_shop.moments import text
from tests.shopify_shop.naming import Json, gid, number_of, token
from tests.shopify_shop.reach import Denied
from tests.shopify_shop.rows import Rows
from tests.shopify_shop.schema import schema as schema_of
from tests.shopify_shop.selection import Chosen, Fragments, chosen
from tests.shopify_shop.walking import Line, Plan, scattered
from tests.stand_ins.clock import Clock

MOST_AT_ONCE = 5
ENDED = ("COMPLETED", "FAILED", "CANCELED", "EXPIRED")
# (query, API version, scopes) -> what to do with each record, and the records; raises GraphQLError
PlanFor = Callable[[DocumentNode, str, tuple[str, ...]], tuple[Plan, Rows]]


@dataclass
class Timing:
    """How long an operation waits and works, by the clock. `spread`: so many parents before their children."""

    created_s: float = 0.0
    running_s: float = 0.0
    spread: int = 20


@dataclass
class Operation:
    id: int
    query: str
    created_at: datetime
    file: Path
    status: str = "CREATED"
    error: str | None = None
    objects: int = 0
    roots: int = 0
    completed_at: datetime | None = None
    is_written: bool = False
    is_cancelled: bool = False
    fails: str | None = None  # the error it is going to end with
    fails_after: int = 0  # lines
    broke: str = ""  # why writing could not go on: a gap of the shop here
    thread: threading.Thread | None = field(default=None, repr=False)

    @property
    def url_path(self) -> str:
        return f"/bulk/{self.id}-{token('bulk', self.id)}.jsonl"


class Bulk:
    """`folder`: where results lie. `finished` is told once of each operation that ended."""

    def __init__(
        self,
        clock: Clock,
        folder: Path,
        base_url: Callable[[], str],
        plan_for: PlanFor,
        shop_lock: threading.RLock,
        finished: Callable[[Json], None],
    ) -> None:
        self._clock = clock
        self._folder = folder
        self._base_url = base_url
        self._plan_for = plan_for
        self._shop_lock = shop_lock
        self._finished = finished
        self._lock = threading.RLock()
        self.timing = Timing()
        self.operations: dict[int, Operation] = {}
        self.fail_next: list[tuple[str, int]] = []  # (error code, after so many lines)

    def run(self, args: Json, version: str, granted: tuple[str, ...]) -> Json:
        """`bulkOperationRunQuery`."""
        with self._lock:
            self.tick()
            going = [one for one in self.operations.values() if one.status not in ENDED]
            if len(going) >= MOST_AT_ONCE:
                first = gid("BulkOperation", going[0].id)
                message = f"A bulk query operation for this app and shop is already in progress: {first}."
                return _refused(message, "OPERATION_IN_PROGRESS")
            if args.get("groupObjects") is not False and version < "2026-01":
                return _refused("groupObjects must be stated here", "INVALID")
            schema = schema_of(version)
            try:
                document = parse(args["query"])
            except GraphQLError as error:
                return _refused(f"Invalid bulk query: {error.message}", "INVALID")
            problems = [error.message for error in validate(schema, document)] or problem_with(schema, document)
            if problems:
                return _refused(f"Invalid bulk query: {problems[0]}", "INVALID")
            id_ = 5_000_000_000_000 + len(self.operations) + 1
            made = Operation(id_, args["query"], self._clock.now(), self._folder / f"{id_}.jsonl")
            if self.fail_next:
                made.fails, made.fails_after = self.fail_next.pop(0)
            self.operations[id_] = made
            made.thread = threading.Thread(target=self._write, args=(made, document, version, granted), daemon=True)
            made.thread.start()
            return {"bulkOperation": self._node(made), "userErrors": []}

    def cancel(self, args: Json) -> Json:
        found = self.operations.get(number_of(args["id"]))
        if found is None:
            return _refused("Bulk operation does not exist", "INVALID")
        found.is_cancelled = True
        found.status = "CANCELING"
        return {"bulkOperation": self._node(found), "userErrors": []}

    def get(self, stated: str) -> Json | None:
        self.tick()
        found = self.operations.get(number_of(stated))
        return self._node(found) if found else None

    def rows(self) -> Rows:
        self.tick()
        return Rows(sorted(self.operations), lambda id_: self._node(self.operations[id_]))

    def path_of(self, name: str) -> Path | None:
        return next((one.file for one in self.operations.values() if one.url_path == f"/bulk/{name}"), None)

    def tick(self) -> None:
        """Whatever the clock says has happened meanwhile."""
        with self._lock:
            for one in self.operations.values():
                self._advance(one)

    def _advance(self, one: Operation) -> None:
        if one.status in ENDED:
            return
        passed = self._clock.now() - one.created_at
        if one.status == "CREATED" and passed >= timedelta(seconds=self.timing.created_s):
            one.status = "RUNNING"
        is_over = passed >= timedelta(seconds=self.timing.created_s + self.timing.running_s)
        if not (is_over and one.is_written):
            return
        one.completed_at = self._clock.now()
        one.status = "CANCELED" if one.is_cancelled else "FAILED" if one.error else "COMPLETED"
        self._finished(
            {
                "admin_graphql_api_id": gid("BulkOperation", one.id),
                "completed_at": text(one.completed_at),
                "created_at": text(one.created_at),
                "error_code": one.error.lower() if one.error else None,
                "status": one.status.lower(),
                "type": "query",
            }
        )

    def _write(self, one: Operation, document: DocumentNode, version: str, granted: tuple[str, ...]) -> None:
        try:
            with one.file.open("wb") as file:
                for fields in self._lines(one, document, version, granted):
                    if one.is_cancelled:
                        break
                    if one.fails and one.objects >= one.fails_after:
                        one.error = one.fails
                        break
                    file.write(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
                    one.objects += 1
                    one.roots += "__parentId" not in fields
        except Denied:
            one.error = "ACCESS_DENIED"
        except Exception as problem:  # noqa: BLE001 -- a thread has nobody to raise to; the test reads it
            one.error = "INTERNAL_SERVER_ERROR"
            one.broke = repr(problem)
        one.is_written = True

    def _lines(self, one: Operation, document: DocumentNode, version: str, granted: tuple[str, ...]) -> Iterator[Json]:
        if one.fails == "ACCESS_DENIED":
            one.error = one.fails
            return
        with self._shop_lock:
            plan, rows = self._plan_for(document, version, granted)

        def lines() -> Iterator[Line]:
            for key in rows.keys:
                with self._shop_lock:
                    record = rows.record(key)
                    if record is not None:
                        line = plan.line(record)
                if record is not None:
                    yield line

        yield from scattered(lines(), self.timing.spread)

    def _node(self, one: Operation) -> Json:
        self._advance(one)
        url = self._base_url() + one.url_path if one.objects else None
        return {
            "id": gid("BulkOperation", one.id),
            "status": one.status,
            "errorCode": one.error if one.status in ENDED else None,
            "type": "QUERY",
            "query": one.query,
            "createdAt": text(one.created_at),
            "completedAt": text(one.completed_at) if one.completed_at else None,
            "objectCount": str(one.objects),
            "rootObjectCount": str(one.roots),
            "fileSize": str(one.file.stat().st_size) if one.status == "COMPLETED" and url else None,
            "url": url if one.status == "COMPLETED" else None,
            "partialDataUrl": url if one.status in ("FAILED", "CANCELED") else None,
        }


def root_of(document: DocumentNode, version: str) -> tuple[Chosen, Fragments]:
    """The one root field, and the fragments it may use."""
    schema = schema_of(version)
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    operation = next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    assert schema.query_type is not None
    return chosen(schema, schema.query_type, list(operation.selection_set.selections), fragments)[0], fragments


def _refused(message: str, code: str) -> Json:
    return {"bulkOperation": None, "userErrors": [{"field": ["query"], "message": message, "code": code}]}
