"""Identity links and the people derived from them in the state file."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from collector.domain.events import Strength
from collector.domain.identity import Link, Node
from collector.domain.people import Person
from collector.domain.timestamps import from_text, to_text
from collector.storage.sqlite.statements import statements

SQL = statements("people")


class People:
    """Reads and writes inside whatever transaction its connection is in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def keep_link(self, shop_id: int, link: Link) -> bool:
        """Whether it is new or now starts earlier, so that people have to be derived again."""
        values = {
            "shop_id": shop_id,
            "a_kind": link.a.kind,
            "a_value": link.a.value,
            "b_kind": link.b.kind,
            "b_value": link.b.value,
            "strength": link.strength.value,
            "source": link.source,
            "first_at": to_text(link.first_at),
            "last_at": to_text(link.last_at),
        }
        kept = self._db.execute(SQL["keep_link"], values).fetchone()
        return kept is not None and kept[0] == values["first_at"]

    def links_of(self, shop_id: int, node: Node) -> list[Link]:
        values = {"shop_id": shop_id, "kind": node.kind, "value": node.value}
        return [
            Link(
                Node(row[0], row[1]),
                Node(row[2], row[3]),
                Strength(row[4]),
                row[5],
                from_text(row[6]),
                from_text(row[7]),
            )
            for row in self._db.execute(SQL["links_of"], values)
        ]

    def person_of(self, shop_id: int, node: Node) -> int | None:
        values = {"shop_id": shop_id, "kind": node.kind, "value": node.value}
        row = self._db.execute(SQL["person_of"], values).fetchone()
        return row[0] if row else None

    def nodes_of(self, person: int) -> frozenset[Node]:
        return frozenset(Node(*row) for row in self._db.execute(SQL["nodes_of"], {"person": person}))

    def keep_people(self, shop_id: int, people: Sequence[Person]) -> set[Node]:
        """Store a partition of one neighbourhood. Returns the nodes of everybody whose nodes changed.

        A person keeps the lowest number any of its nodes had, unless somebody else took it already.
        """
        known = {node: self.person_of(shop_id, node) for person in people for node in person.nodes}
        former = {number for number in known.values() if number is not None}
        before = {number: self.nodes_of(number) for number in former}
        changed: set[Node] = set()
        taken: set[int] = set()
        for person in people:
            free = sorted({number for node in person.nodes if (number := known[node]) is not None} - taken)
            if free:
                number = free[0]
                self._db.execute(SQL["keep_conflict"], {"id": number, "conflict": person.conflict})
            else:
                values = {"shop_id": shop_id, "conflict": person.conflict}
                number = self._db.execute(SQL["add_person"], values).lastrowid or 0
            taken.add(number)
            for node in person.nodes:
                if known[node] != number:
                    place = {"shop_id": shop_id, "kind": node.kind, "value": node.value, "person": number}
                    self._db.execute(SQL["put_node"], place)
            if before.get(number) != person.nodes:
                changed |= person.nodes
        for number in former - taken:
            self._db.execute(SQL["drop_person"], {"id": number})
        return changed

    def unconsented(self, shop_id: int, before: datetime, limit: int) -> list[str]:
        """Addresses last typed before then that no order, record, signature or opt-in speaks for."""
        given = {"shop_id": shop_id, "before": to_text(before), "limit": limit}
        return [email for (email,) in self._db.execute(SQL["unconsented"], given)]

    def forget_address(self, shop_id: int, email: str) -> set[Node]:
        """Take an address out of links, people, events and checkouts. The nodes it was linked to."""
        node = Node("email", email)
        near = {one for link in self.links_of(shop_id, node) for one in (link.a, link.b)} - {node}
        given = {"shop_id": shop_id, "email": email}
        for statement in ("forget_links_from", "forget_links_to", "forget_node", "forget_in_checkouts"):
            self._db.execute(SQL[statement], given)
        for one in near:
            if one.kind == "visitor":
                self._db.execute(SQL["forget_in_events"], given | {"visitor_id": one.value})
        return near
