"""Many changes in one call: a hundred at a time, each with an end of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from collector.domain.errors import SourceUnavailable
from collector.sources.woocommerce.answers import Declined

MOST = 100  # create, update and delete together
FEWEST = 10  # what a shop with a limit of its own is still offered
TOO_LARGE = "woocommerce_rest_request_entity_too_large"
VERBS = ("create", "update", "delete")

Things = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class BatchError:
    """One thing the shop did not do: the `index`-th of what `verb` was given, and why in its own words."""

    verb: str
    index: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What the shop did, as it looks now, in the order given; what it refused is in `errors` and not in these."""

    create: Things = field(default_factory=list)
    update: Things = field(default_factory=list)
    delete: Things = field(default_factory=list)
    errors: list[BatchError] = field(default_factory=list)


class BatchStopped(SourceUnavailable):
    """The calls before this one are done: `answer`, `done` things in all. The rest was not sent, but for the call that
    failed, of which `str()` says what is known."""

    def __init__(self, problem: SourceUnavailable, answer: BatchAnswer, done: int, wanted: int) -> None:
        what = str(problem).removesuffix(problem.cure).strip()
        super().__init__(f"Stopped after {done} of {wanted}: {what}", problem.cure)
        self.answer = answer
        self.done = done


@dataclass(frozen=True, slots=True)
class _Change:
    verb: str
    index: int
    thing: Any


def batch(
    post: Callable[[str, Any], Any],
    path: str,
    create: Sequence[Mapping[str, Any]],
    update: Sequence[Mapping[str, Any]],
    delete: Sequence[int],
) -> BatchAnswer:
    """`post` makes one call. Raises SourceUnavailable where the first call fails, else BatchStopped."""
    changes = [
        _Change(verb, index, thing)
        for verb, things in zip(VERBS, (create, update, delete), strict=True)
        for index, thing in enumerate(things)
    ]
    answer, done, most = BatchAnswer(), 0, MOST
    while done < len(changes):
        part = changes[done : done + most]
        try:
            said = post(f"{path}/batch", {verb: things for verb in VERBS if (things := _things(part, verb))})
        except Declined as problem:
            if problem.code == TOO_LARGE and most > FEWEST:  # refused as a whole, before any of it
                most = max(most // 2, FEWEST)
                continue
            _stop(problem, answer, done, len(changes))
        except SourceUnavailable as problem:
            _stop(problem, answer, done, len(changes))
        _take(answer, part, said)
        done += len(part)
    return answer


def _stop(problem: SourceUnavailable, answer: BatchAnswer, done: int, wanted: int) -> None:
    if not done:
        raise problem
    raise BatchStopped(problem, answer, done, wanted) from problem


def _things(part: Sequence[_Change], verb: str) -> list[Any]:
    return [change.thing for change in part if change.verb == verb]


def _take(answer: BatchAnswer, part: Sequence[_Change], said: object) -> None:
    """The answers of each verb come in the order of its things; fewer than things are things without an answer."""
    for verb in VERBS:
        ended = iter(_ended(said, verb))
        for change in (change for change in part if change.verb == verb):
            thing = next(ended, None)
            if thing is None:
                answer.errors.append(BatchError(verb, change.index, "", "The shop does not say what became of it."))
            elif isinstance(error := thing.get("error"), dict):
                words = (" ".join(str(error.get(name, "")).split())[:200] for name in ("code", "message"))
                answer.errors.append(BatchError(verb, change.index, *words))
            else:
                {"create": answer.create, "update": answer.update, "delete": answer.delete}[verb].append(thing)


def _ended(said: object, verb: str) -> Iterator[dict[str, Any]]:
    found = said.get(verb) if isinstance(said, dict) else None
    return (thing for thing in found if isinstance(thing, dict)) if isinstance(found, list) else iter(())
