"""How a consumer's rate grows with its replicas, and what order costs.

Run it with `python -m tests.performance replicas [--quick]`; it needs a RabbitMQ. The handler waits 5 ms, as for a
disk or a server, then makes its effect. Replicas are processes of their own on the same SQLite files (NORMAL); all stand at
a gate until the shards are shared and every event is in the broker, so that telling takes nothing from applying. A replica
waits once at a time, or for every shard at once. Beside the 16 ordered shards: the
same with every event on one shard (one queue in order), and nameko's one queue with 40 workers and no order at all.
Nothing is asserted.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from shared.ids import SHARDS
from tests.performance.cpu import cpu_seconds
from tests.performance.parties import MILLION, Contender, Party, a_party, say

WAIT_SECONDS = "0.005"
CALLERS = 64
EVERY_SHARD, ONE = SHARDS, 1
FROM_EVERY_SHARD_TO_ONE = 2
WHAT_CAPS = """
One wait at once, as for a server to which each replica has one connection: replicas add up until the processors are full, or
SQLite's one writer at a time. 16 at once: one replica waits for every shard side by side, so that more of them add processors only.
"""
CHANGES_OF_ONE_RECORD = 4
LOOK_SECONDS = 0.1
SETTLING_SECONDS = 1.0
LONGEST_SECONDS = 120.0
FROM_FULL_TO_ONE_SHARD = 8


@dataclass(frozen=True, kw_only=True)
class Case:
    """Some replicas of a consumer, and where its events fall."""

    name: str
    contender: Contender
    replicas: int = 1
    on_one_shard: bool = False
    waits: int = EVERY_SHARD
    effects: int


@dataclass(frozen=True, kw_only=True)
class Drained:
    """What came of a case: effects a second, how many each replica made, and CPU microseconds an effect in all of them."""

    rate: float
    shares: tuple[int, ...]
    cpu: float


def main(argv: Sequence[str]) -> int:
    """Measures and prints. Returns 1 with a sentence when there is no broker."""
    chosen = _read(argv)
    if not chosen.broker:
        say("replicas: left out: it needs --broker or STEWARD_TEST_RABBITMQ_URL")
        return 1
    found: dict[str, list[Drained]] = {}
    for _ in range(chosen.rounds):
        with tempfile.TemporaryDirectory() as folder:
            for case in _cases(Path(folder), chosen.effects):
                found.setdefault(case.name, []).append(drain(case, chosen.broker))
    _report(found)
    return 0


def _cases(folder: Path, effects: int) -> list[Case]:
    def ours(name: str) -> Contender:
        return Contender(name=name, kind="steward", stores=f"sqlite:///{folder / name}", synchronous="NORMAL")

    nameko = Contender(name="nameko", kind="nameko", stores=str(folder / "nameko.sqlite3"), synchronous="NORMAL")
    few = effects // FROM_FULL_TO_ONE_SHARD
    return [
        *(
            Case(
                name=f"steward, waits at once: {waits}, replicas: {n}",
                contender=ours(f"with-{waits}-{n}"),
                replicas=n,
                waits=waits,
                effects=of_each,
            )
            for waits, of_each in ((ONE, effects // FROM_EVERY_SHARD_TO_ONE), (EVERY_SHARD, effects))
            for n in (1, 2, 4)
        ),
        Case(name="steward, everything on one shard", contender=ours("one-shard"), on_one_shard=True, effects=few),
        Case(name="nameko, one queue, no order, replicas: 1", contender=nameko, effects=effects),
    ]


def drain(case: Case, broker: str) -> Drained:
    """Starts the replicas, fills the broker, opens their gates, and waits for the last effect."""
    with ExitStack() as stack:
        command = case.contender.command("applier", broker, WAIT_SECONDS, "gated", str(case.waits))
        replicas = [stack.enter_context(a_party(command)) for _ in range(case.replicas)]
        for replica in replicas:
            replica.hear("ready")
        _await_even_shares(case, replicas)
        _fill(case, broker)
        before = [cpu_seconds(replica.pid) for replica in replicas]
        began = time.monotonic()
        for replica in replicas:
            replica.tell("go")
        shares, ended = _awaited(replicas, case.effects)
        cpu = sum(cpu_seconds(replica.pid) for replica in replicas) - sum(before)
        return Drained(rate=case.effects / (ended - began), shares=shares, cpu=cpu / case.effects * MILLION)


def _await_even_shares(case: Case, replicas: Sequence[Party]) -> None:
    """Waits until every replica of ours has its part of the shards. Raises `TimeoutError`."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while case.contender.kind == "steward" and {_shards(replica) for replica in replicas} != {SHARDS // case.replicas}:
        if time.monotonic() >= deadline:
            raise TimeoutError(f"the shards were not shared out evenly within {LONGEST_SECONDS:g} s")
        time.sleep(LOOK_SECONDS)
    time.sleep(SETTLING_SECONDS)


def _shards(replica: Party) -> int:
    replica.tell("shards")
    return int(replica.hear("shards"))


def _fill(case: Case, broker: str) -> None:
    """Tells all events, and waits until they are published."""
    callers = case.effects // CHANGES_OF_ONE_RECORD if case.on_one_shard else CALLERS
    with a_party(case.contender.command("teller", broker)) as teller:
        teller.hear("ready")
        teller.tell(f"tell {case.effects} {callers} {int(case.on_one_shard)}")
        teller.hear("told")
        teller.tell("relayed")
        teller.hear("relayed")


def _awaited(replicas: Sequence[Party], effects: int) -> tuple[tuple[int, ...], float]:
    """How many effects each replica made, and the instant of the last. Raises `TimeoutError`."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline:
        told = [_applied(replica) for replica in replicas]
        if sum(count for count, _ in told) >= effects:
            return tuple(count for count, _ in told), max(last for _, last in told)
        time.sleep(LOOK_SECONDS)
    raise TimeoutError(f"not all {effects} effects were there after {LONGEST_SECONDS:g} s")


def _applied(replica: Party) -> tuple[int, float]:
    replica.tell("applied")
    count, last = replica.hear_all("applied")
    return int(count), float(last)


def _report(found: dict[str, list[Drained]]) -> None:
    """Each case beside one replica with as many waits at once; the others beside one with a wait for every shard."""
    alone = [name for name in found if name.endswith("at once: 16, replicas: 1")]
    say(
        f"{'':44}effects/s   over one replica's, median (spread)   CPU us an effect   effects of each replica, last round"
    )
    for name, each in found.items():
        own = f"{name.rpartition(':')[0]}: 1"
        first = found[own if own in found and name.startswith("steward, waits") else alone[0]]
        ratios = [one.rate / other.rate for one, other in zip(each, first, strict=True)]
        spread = f"{statistics.median(ratios):.2f} x ({min(ratios):.2f} to {max(ratios):.2f})"
        rate, cpu = (statistics.median(getattr(one, figure) for one in each) for figure in ("rate", "cpu"))
        say(f"{name:44}{rate:9.0f}   {spread:37}{cpu:16.0f}   {' + '.join(str(share) for share in each[-1].shares)}")
    say(WHAT_CAPS)
    say(
        f"Waiting for each processor at the end, of this and all else on the machine: {os.getloadavg()[0] / _cores():.1f}"
    )


def _cores() -> int:
    return os.cpu_count() or 1


def _read(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it works")
    parser.add_argument("--broker", default=os.environ.get("STEWARD_TEST_RABBITMQ_URL"), help="amqp://...")
    parser.add_argument("--effects", type=int, default=3200, help="of each case; fewer where it is slow")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args(argv)
    if chosen.quick:
        chosen.effects, chosen.rounds = 1280, 1
    return chosen


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
