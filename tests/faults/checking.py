"""Compares what clients were told with what was done, in Jepsen's words.

**lost**: acknowledged, and an expected effect is missing. **duplicated**: an effect is there more than once. **out of order**: a
stream's effects are not in the order of its sequence, or not in the order in which one client asked for them. **unexpected**: an
effect of something nobody asked for, or that was refused. **recovered**: never acknowledged, and done all the same (allowed).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

from tests.faults.history import History, Kill, Operation

BACKGROUND = ""
"""Stands for the operation behind effects that are the platform's own doing, or a test's before its run: expected, but counted."""


@dataclass(frozen=True, kw_only=True)
class Applied:
    """One effect as it was found: of which operation, in which stream, at which place of it, and when it was applied.

    Effects of one stream are given in the order in which they were applied. `at` is in seconds of `time.time()`, if known.
    """

    operation_id: str
    effect: str
    stream: str
    sequence: int
    at: float | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is wrong, each with the ids that prove it; and what was allowed."""

    attempted: int
    acknowledged: int
    applied: int
    lost: tuple[str, ...]
    duplicated: tuple[str, ...]
    out_of_order: tuple[str, ...]
    unexpected: tuple[str, ...]
    recovered: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.duplicated or self.out_of_order or self.unexpected)

    def __str__(self) -> str:
        shown = {f.name: getattr(self, f.name) for f in fields(self)}
        return ", ".join(f"{k}={v if isinstance(v, int) else f'{len(v)} {list(v[:10])}'}" for k, v in shown.items())


def check(history: History, applied: Iterable[Applied]) -> Verdict:
    """The verdict on one run, once everything has come to rest."""
    found = list(applied)
    operations = history.operations
    effects = Counter((each.operation_id, each.effect) for each in found)
    done = {each.operation_id for each in found}
    streams = _by_stream(found)
    return Verdict(
        attempted=len(operations),
        acknowledged=len(history.acknowledged),
        applied=len(done & set(operations)),
        lost=(*_lost(history.acknowledged, effects), *_holes(streams)),
        duplicated=(*_doubled(operations.values(), effects), *_repeated(streams)),
        out_of_order=(*_inverted(streams), *_overtaken(streams, history)),
        unexpected=tuple(sorted(_unexpected(found, operations))),
        recovered=tuple(id for id in operations if id in done and _is_unknown(operations[id])),
    )


def recoveries(kills: Sequence[Kill], history: History, applied: Iterable[Applied]) -> list[float]:
    """For each kill amid something, the seconds until all that was under way then was applied wherever that is noted."""
    at: dict[str, float] = {}
    for each in applied:
        if each.operation_id in history.operations and each.at is not None:
            at[each.operation_id] = max(each.at, at.get(each.operation_id, 0.0))
    spans = [(history.operations[id].attempted_at, end) for id, end in at.items()]
    under_way = [[end - kill.at for start, end in spans if start <= kill.at < end] for kill in kills]
    return [max(seconds) for seconds in under_way if seconds]


def _by_stream(found: Sequence[Applied]) -> dict[str, list[Applied]]:
    streams: dict[str, list[Applied]] = defaultdict(list)
    for each in found:
        streams[each.stream].append(each)
    return streams


def _lost(acknowledged: Iterable[Operation], effects: Counter[tuple[str, str]]) -> list[str]:
    return [f"{o.id}: {effect}" for o in acknowledged for effect in o.expects if not effects[o.id, effect]]


def _holes(streams: dict[str, list[Applied]]) -> list[str]:
    """A place of a stream that a later one proves to have been there."""
    return [
        f"{stream}: {missing}"
        for stream, found in streams.items()
        for missing in sorted(set(range(1, max(e.sequence for e in found))) - {e.sequence for e in found})
    ]


def _doubled(operations: Iterable[Operation], effects: Counter[tuple[str, str]]) -> list[str]:
    return [f"{o.id}: {effect}" for o in operations for effect in o.expects if effects[o.id, effect] > 1]


def _repeated(streams: dict[str, list[Applied]]) -> list[str]:
    counts = {stream: Counter(each.sequence for each in found) for stream, found in streams.items()}
    return [f"{stream}: {n}" for stream, seen in counts.items() for n, times in sorted(seen.items()) if times > 1]


def _inverted(streams: dict[str, list[Applied]]) -> list[str]:
    return [
        f"{stream}: {later.sequence} after {earlier.sequence}"
        for stream, found in streams.items()
        for earlier, later in pairwise(found)
        if later.sequence < earlier.sequence
    ]


def _overtaken(streams: dict[str, list[Applied]], history: History) -> list[str]:
    """One client asked for the first only after the second had been acknowledged, yet it stands before it."""
    operations = history.operations
    pairs = [
        (operations[earlier.operation_id], operations[later.operation_id])
        for found in streams.values()
        for earlier, later in pairwise(found)
        if earlier.operation_id in operations and later.operation_id in operations
    ]
    return [f"{first.id} before {second.id}" for first, second in pairs if _was_asked_after(first, second)]


def _was_asked_after(first: Operation, second: Operation) -> bool:
    known_at = second.acknowledged_at
    return first.client == second.client and known_at is not None and first.attempted_at > known_at


def _unexpected(found: Iterable[Applied], operations: dict[str, Operation]) -> set[str]:
    return {
        f"{each.operation_id}: {each.effect}"
        for each in found
        if each.operation_id != BACKGROUND
        and (each.operation_id not in operations or operations[each.operation_id].refused)
    }


def _is_unknown(operation: Operation) -> bool:
    return operation.acknowledged_at is None and not operation.refused
