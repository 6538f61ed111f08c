"""Printing: tables of plain text, and goals with their ✓ or ✗."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Goal:
    """`said`: the figure reached, as it is printed."""

    name: str
    said: str
    is_met: bool


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """The first column to the left, figures to the right."""
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    print(f"\n{title}")
    for row in (head, *rows):
        first, *others = (
            cell.ljust(w) if not i else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        print("  " + "   ".join((first, *others)).rstrip())


def goals(all_goals: Sequence[Goal]) -> None:
    print("\nGoals")
    width = max(len(goal.name) for goal in all_goals)
    for goal in all_goals:
        print(f"  {'✓' if goal.is_met else '✗'} {goal.name.ljust(width)}   {goal.said}")


def progress(sentence: str) -> None:
    print(f"… {sentence}", file=sys.stderr, flush=True)


def middle(values: Sequence[float]) -> float:
    return median(values) if values else 0.0


def number(value: float) -> str:
    return f"{value:,.0f}"


def spread(values: Sequence[float]) -> str:
    """`1,204 (1,180–1,311)`: the median and what it lies between."""
    if not values:
        return "–"
    return f"{median(values):,.0f} ({min(values):,.0f}–{max(values):,.0f})"
