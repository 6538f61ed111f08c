"""How a shop stands: whether it can be read, until when it was, what its webhooks missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from collector.domain.syncing import Run, RunState, RunType

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """`state`: never | running | interrupted | failed | done. `run`: the newest by hand. `last_done`: the newest of
    those that ended well. `missed` by resource: within a week, by the reconciliations `reconciled_at` is the newest of.
    `error_rate`: the share of failed runs of a week, None without any."""

    state: str
    run: Run | None = None
    last_done: Run | None = None
    reconciled_at: datetime | None = None
    missed: tuple[tuple[str, int], ...] = ()
    runs: int = 0
    failed: int = 0

    @property
    def error_rate(self) -> float | None:
        return self.failed / self.runs if self.runs else None


def standing(newest: Sequence[Run], is_held: bool, now: datetime) -> SyncStatus:
    """From the newest runs, newest first. `is_held`: somebody reads right now."""
    by_hand = [run for run in newest if run.type is not RunType.RECONCILE]
    checks = [run for run in newest if run.type is RunType.RECONCILE and run.state is RunState.DONE]
    recent = [run for run in newest if run.started_at >= now - WEEK]
    ended = [run for run in recent if run.state in (RunState.DONE, RunState.FAILED)]
    missed: dict[str, int] = {}
    for run in recent:
        for resource, counts in run.counts.items():
            if run.type is RunType.RECONCILE and counts.get("missed"):
                missed[resource] = missed.get(resource, 0) + counts["missed"]
    return SyncStatus(
        state=_state(by_hand[0], is_held) if by_hand else "never",
        run=by_hand[0] if by_hand else None,
        last_done=next((run for run in by_hand if run.state is RunState.DONE), None),
        reconciled_at=checks[0].ended_at if checks else None,
        missed=tuple(sorted(missed.items())),
        runs=len(ended),
        failed=sum(run.state is RunState.FAILED for run in ended),
    )


def _state(run: Run, is_held: bool) -> str:
    if run.state is RunState.RUNNING:
        return "running" if is_held else "interrupted"
    return {RunState.STOPPED: "interrupted", RunState.LEFT: "interrupted"}.get(run.state, run.state.value)
