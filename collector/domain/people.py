"""People: one human per shop, perhaps with several addresses and browsers, derived from identity links.

The links are the truth; the partition into people is computed from them and from nothing else, so a merge
is undone by deriving again without a link. Two different customer accounts are never merged by a guess:
the second one stays apart and both carry a conflict, which holds messages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from collector.domain.events import Strength
from collector.domain.identity import Link, Node

# A browser with more addresses than this is a shop counter or a library: what is typed there joins nobody.
CROWD = 20

TWO_ACCOUNTS = "two_accounts"
CROWDED_BROWSER = "crowded_browser"


@dataclass(frozen=True, slots=True)
class Person:
    nodes: frozenset[Node]
    conflict: str = ""


def named_by(visitor_links: Iterable[Link], visitor: Node) -> set[Node]:
    """The addresses and accounts this browser named surely enough to join (its own links given)."""
    return {
        other
        for one in visitor_links
        if one.joins
        for other in (one.a, one.b)
        if other != visitor and other.kind in ("email", "customer")
    }


def crowded(visitor_links: Iterable[Link], visitor: Node) -> bool:
    """Whether this browser named more than CROWD addresses or accounts (its own links given)."""
    return len(named_by(visitor_links, visitor)) > CROWD


def counts_in_a_crowd(one: Link) -> bool:
    """Whether a link of a crowded browser joins all the same: what is more than typed, and its own carts."""
    return one.strength is not Strength.TYPED or one.source == "cart"


def derive(links: Iterable[Link]) -> list[Person]:
    """The people in a set of links. Pure and independent of the order of `links`.

    Strongest links join first (then the oldest, then by name), so that a typed address never takes an
    account away from its own order. Nodes that only claims mention are in nobody.
    """
    joining = [one for one in links if one.joins]
    by_visitor: dict[Node, list[Link]] = defaultdict(list)
    for one in joining:
        for node in (one.a, one.b):
            if node.kind == "visitor":
                by_visitor[node].append(one)
    crowds = {visitor for visitor, its in by_visitor.items() if crowded(its, visitor)}
    parent: dict[Node, Node] = {}
    account: dict[Node, str] = {}
    conflicts: dict[Node, str] = {}

    def root(node: Node) -> Node:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for one in joining:
        for node in (one.a, one.b):
            parent.setdefault(node, node)
            if node.kind == "customer":
                account[node] = node.value
    refused: list[tuple[Node, Node, str]] = []
    for one in sorted(joining, key=lambda x: (-x.strength.rank, x.first_at, x.a, x.b, x.source)):
        if not counts_in_a_crowd(one) and (one.a in crowds or one.b in crowds):
            refused.append((one.a, one.b, CROWDED_BROWSER))
            continue
        left, right = root(one.a), root(one.b)
        if left == right:
            continue
        if left in account and right in account and account[left] != account[right]:
            refused.append((one.a, one.b, TWO_ACCOUNTS))
            continue
        winner, loser = sorted((left, right))
        parent[loser] = winner
        if loser in account:
            account[winner] = account.pop(loser)
    for a, b, why in refused:
        for node in (root(a), root(b)):
            conflicts[node] = max(conflicts.get(node, ""), why)
    groups: dict[Node, set[Node]] = defaultdict(set)
    for node in parent:
        groups[root(node)].add(node)
    return [Person(frozenset(groups[key]), conflicts.get(key, "")) for key in sorted(groups)]
