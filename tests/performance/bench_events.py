"""An event's whole way, from a command to its applied effect, beside nameko's plain dispatcher and handler.

Run it with `python -m tests.performance.bench_events [--quick] [--broker amqp://...]`; it needs a RabbitMQ. Ours: one
conditional write with the outbox, log, publish with confirm, emptied outbox, queue, effect with what was seen, mark.
nameko's: a confirmed publish and a handler that only counts. Teller and applier are processes of their own on both sides,
and the sides take turns within each round, so that a busy machine troubles both. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PARTIES = "tests.performance.event_parties"
STOP_SECONDS = 20


class Party:
    """One process of the benchmark."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def hear(self, word: str) -> float:
        """The instant that follows this word, once it is said."""
        output: IO[str] = self._process.stdout  # type: ignore[assignment]
        for line in output:
            said, *rest = line.split()
            if said == word:
                return float(rest[0]) if rest else 0.0
        raise RuntimeError(f"a party ended before it said {word!r}")


@dataclass(frozen=True, kw_only=True)
class Contender:
    """Whose way an event goes, and where ours keeps its documents."""

    name: str
    kind: str
    stores: str = ""
    synchronous: str = "FULL"


@dataclass(frozen=True, kw_only=True)
class Side:
    """A contender at work: its teller and its applier."""

    teller: Party
    applier: Party

    def rate(self, commands: int, callers: int) -> float:
        """Effects per second, from the first command to the last effect."""
        self.applier.tell(f"expect {commands}")
        self.applier.hear("expecting")
        self.teller.tell(f"tell {commands} {callers}")
        began = self.teller.hear("began")
        return commands / (self.applier.hear("done") - began)


def main(argv: Sequence[str]) -> int:
    """Measures and prints. Returns 1 with a sentence when there is no broker."""
    chosen = _read(argv)
    if not chosen.broker:
        _say("events: left out: it needs --broker or STEWARD_TEST_RABBITMQ_URL")
        return 1
    contenders = [Contender(name="nameko", kind="nameko")]
    with tempfile.TemporaryDirectory() as folder:
        for synchronous in ("FULL", "NORMAL"):
            stores = f"sqlite:///{Path(folder) / synchronous}"
            name = f"steward, SQLite {synchronous}"
            contenders.append(Contender(name=name, kind="steward", stores=stores, synchronous=synchronous))
        if mongodb := os.environ.get("STEWARD_TEST_MONGODB_URL"):
            contenders.append(Contender(name="steward, MongoDB wire", kind="steward", stores=mongodb))
        for callers in chosen.callers:
            _report(callers, _in_turns(contenders, chosen, callers))
    return 0


def _in_turns(contenders: Sequence[Contender], chosen: argparse.Namespace, callers: int) -> dict[str, list[float]]:
    """Everyone's rates, round by round. Ours share their queues' names, so only one of them runs at a time."""
    rates: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for _ in range(chosen.rounds):
        for contender in contenders:
            with _running(contender, chosen.broker) as side:
                share = max(chosen.commands // (4 * callers), 1)
                side.rate(share * callers, callers)
                rates[contender.name].append(side.rate(4 * share * callers, callers))
    return rates


def _report(callers: int, rates: dict[str, list[float]]) -> None:
    _say(f"\n{callers:3} callers                events/s   against nameko, in the same round (median, spread)")
    theirs = rates["nameko"]
    for name, each in rates.items():
        ratios = [ours / other for ours, other in zip(each, theirs, strict=True)]
        spread = f"{statistics.median(ratios):.2f} x  ({min(ratios):.2f} to {max(ratios):.2f})"
        _say(f"{name:24}{statistics.median(each):12.0f}   {spread}")


@contextmanager
def _running(contender: Contender, broker: str) -> Iterator[Side]:
    with ExitStack() as stack:
        parts = (contender.kind, broker, contender.stores, contender.synchronous)
        applier = stack.enter_context(_party("applier", *parts))
        applier.hear("ready")
        teller = stack.enter_context(_party("teller", *parts))
        teller.hear("ready")
        yield Side(teller=teller, applier=applier)


@contextmanager
def _party(*arguments: str) -> Iterator[Party]:
    command = [sys.executable, "-W", "ignore", "-m", PARTIES, *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Party(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def _read(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it works")
    parser.add_argument("--broker", default=os.environ.get("STEWARD_TEST_RABBITMQ_URL"), help="amqp://...")
    parser.add_argument("--commands", type=int, default=3200, help="commands in each spell")
    parser.add_argument("--callers", type=int, nargs="+", default=[16, 64], help="how many at a time")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args(argv)
    if chosen.quick:
        chosen.commands, chosen.rounds, chosen.callers = 640, 1, [16]
    return chosen


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
