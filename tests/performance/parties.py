"""Those who take part in a benchmark of events: processes that are told by lines on their input and answer by lines."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.performance.cpu import cpu_seconds, pid_of_broker

PROJECT = Path(__file__).parents[2]
OURS = "tests.performance.event_parties"
STOP_SECONDS = 20
SILENT_SECONDS = 90.0
MILLION = 1_000_000


class Party:
    """One process of a benchmark."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def hear(self, word: str) -> float:
        """The instant, or figure, that follows this word, once it is said."""
        rest = self.hear_all(word)
        return float(rest[0]) if rest else 0.0

    def hear_all(self, word: str) -> list[str]:
        """All that follows this word, once it is said. Raises `RuntimeError` if the process ends, or is silent for too long."""
        patience = threading.Timer(SILENT_SECONDS, self._process.kill)
        patience.daemon = True
        patience.start()
        try:
            return self._heard(word)
        finally:
            patience.cancel()

    def _heard(self, word: str) -> list[str]:
        output: IO[str] = self._process.stdout
        for line in output:
            said, *rest = line.split() or [""]
            if said == word:
                return rest
        raise RuntimeError(f"a party ended, or was ended for its silence, before it said {word!r}")


@dataclass(frozen=True, kw_only=True)
class Contender:
    """Whose way an event goes: its program, and where it keeps what it keeps."""

    name: str
    kind: str
    stores: str = ""
    synchronous: str = "FULL"
    program: str = OURS
    python: str = sys.executable

    def command(self, role: str, broker: str, *more: str) -> list[str]:
        """What runs one of its parties."""
        arguments = [role, self.kind, broker, self.stores, self.synchronous, *more]
        return [self.python, "-W", "ignore", "-m", self.program, *arguments]


@dataclass(frozen=True, kw_only=True)
class Spell:
    """Some events at work: how many a second, and the CPU microseconds that one cost each party."""

    rate: float
    cpu: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Side:
    """A contender at work: its teller and its applier, and the broker between them."""

    teller: Party
    applier: Party
    broker: int | None = None

    def run(self, commands: int, callers: int) -> Spell:
        """From the first command to the last effect."""
        before = self._cpu()
        self.applier.tell(f"expect {commands}")
        self.applier.hear("expecting")
        self.teller.tell(f"tell {commands} {callers}")
        began = self.teller.hear("began")
        rate = commands / (self.applier.hear("done") - began)
        after = self._cpu()
        return Spell(rate=rate, cpu={part: (after[part] - before[part]) / commands * MILLION for part in after})

    def _cpu(self) -> dict[str, float]:
        pids = {"teller": self.teller.pid, "applier": self.applier.pid}
        if self.applier is self.teller:
            pids = {"platform": self.teller.pid}
        if self.broker is not None:
            pids["broker"] = self.broker
        return {part: cpu_seconds(pid) for part, pid in pids.items()}


@contextmanager
def a_side(contender: Contender, broker: str) -> Iterator[Side]:
    """A contender's parties, running."""
    with ExitStack() as stack:
        applier = stack.enter_context(a_party(contender.command("applier", broker)))
        applier.hear("ready")
        teller = stack.enter_context(a_party(contender.command("teller", broker)))
        teller.hear("ready")
        yield Side(teller=teller, applier=applier, broker=pid_of_broker(broker))


@contextmanager
def a_party(command: Sequence[str]) -> Iterator[Party]:
    """One process, ended when it is no longer needed."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT, env=environment
    )
    try:
        yield Party(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def in_turns(
    contenders: Sequence[Contender], *, broker: str, commands: int, callers: int, rounds: int
) -> dict[str, list[Spell]]:
    """Everyone's spells, round by round, after a warm-up a quarter as long.

    Ours share their queues' names, so only one contender runs at a time.
    """
    spells: dict[str, list[Spell]] = {contender.name: [] for contender in contenders}
    share = max(commands // (4 * callers), 1)
    for _ in range(rounds):
        for contender in contenders:
            with a_side(contender, broker) as side:
                side.run(share * callers, callers)
                spells[contender.name].append(side.run(4 * share * callers, callers))
    return spells


def report(callers: int, spells: Mapping[str, Sequence[Spell]], *, against: str) -> None:
    """A line for each contender: its rate, its rate over that of `against` in the same round, and what an event costs."""
    say(
        f"\n{callers:3} callers {'':18}events/s   over {against}'s, median (spread)   CPU us an event: teller, applier, broker"
    )
    for name, each in spells.items():
        ratios = [mine.rate / other.rate for mine, other in zip(each, spells[against], strict=True)]
        spread = f"{statistics.median(ratios):.2f} x ({min(ratios):.2f} to {max(ratios):.2f})"
        rate = statistics.median(spell.rate for spell in each)
        say(f"{name:28}{rate:10.0f}   {spread:32} {cpu_line(each)}")


def cpu_line(spells: Sequence[Spell]) -> str:
    """The medians of each part's CPU microseconds, and their sum."""
    medians = [statistics.median(spell.cpu[part] for spell in spells) for part in spells[0].cpu]
    return f"{' + '.join(f'{each:.0f}' for each in medians)} = {sum(medians):.0f}"


def say(line: str) -> None:
    """One line of the result."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
