"""The ledger beside what a user would pick instead, and what goes unnoticed in each when somebody alters it behind its back.

    python -m tests.performance.bench_ledger_peers [--quick] [--mongodb URL] [--rounds N] [--seconds S] [--fill N]
        [--fill-seconds S] [--only NAME ...]

Two thousand funds, each with its opening payment; an entry is a spend of one fund under a key, in two postings. Ours and
SQLite by hand with the same `synchronous`; PostgreSQL by hand and django-hordak on a server of this run's own, where
PostgreSQL is installed; medici where a MongoDB is named and npm can fetch it; beancount, which has no commits, by loading
its file. The MongoDB that medici is measured on may be the local stand-in (`infra/local/engines`): then the stand-in is
measured. Ours alone also chains its entries, has the engine check them, and writes each one's event in the same commit. The
aims: 0.7 of SQLite by hand in single commits, 3 x in payment runs, 10 x django-hordak. Each is a process of its own with one
client; rounds take turns and the first isn't counted. The peers' packages go into environments of their own under var/bench;
who can't be had is left out with a sentence. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.performance.parties import PROJECT, say
from tests.performance.peers.environments import NoPeers, node_modules, peers_python
from tests.performance.peers.ledgers.work import DEEDS
from tests.performance.postgresql import NoPostgreSql, own_postgresql

HERE = Path(__file__).parent / "peers" / "ledgers"
ENVIRONMENTS = PROJECT / "var" / "bench"
MODULES = "tests.performance.peers.ledgers"
SHAPES: Mapping[str, Mapping[str, Any]] = {
    "one a commit": {"size": 1},
    "100 funds at once": {"size": 100},
    "100 of one fund": {"size": 100, "one_fund": True},
}
SHORT, LONG = 0, 1
FILLED_AT_ONCE = 1000


class Told(Exception):
    """The peer answered with an error."""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A peer by name and the command that starts it; one without commits is only loaded and tampered with."""

    name: str
    command: Sequence[str]
    commits: bool = True


class Running:
    """A peer at work."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self._process = subprocess.Popen(
            list(peer.command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT
        )

    def ask(self, op: str, **about: Any) -> dict[str, Any]:
        """The answer to a command. Raises `Told`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"op": op, **about}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline() or '{"error": "it ended"}')
        if "error" in answer:
            raise Told(f"{self.peer.name}: {op}: {answer['error']}")
        return answer

    def close(self) -> None:
        """Ends it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints; 1 if a ledger does not hold, or one gave an error."""
    asked = _read(argv)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="steward-bench-ledgers-")))
        peers = [peer for peer in _peers(stack, folder, asked.mongodb) if not asked.only or peer.name in asked.only]
        running = [stack.enter_context(closing(Running(peer))) for peer in peers]
        try:
            for each in running:
                each.ask("setup")
            _rates([each for each in running if each.peer.commits], asked)
            faults = _reading(running, asked)
            _tampering(running)
        except Told as error:
            say(f"ended: {error}")
            return 1
    return 1 if faults else 0


def _peers(stack: ExitStack, folder: Path, mongodb: str) -> Iterator[Peer]:
    for synchronous in ("FULL", "NORMAL"):
        for kind, name in (("steward", "steward"), ("sqlite", "SQLite by hand")):
            place = folder / f"{kind}-{synchronous}"
            place.mkdir()
            command = [sys.executable, "-m", f"{MODULES}.embedded_party", kind, str(place), synchronous]
            yield Peer(name=f"{name}, {synchronous}", command=command)
    yield from _or_left_out("PostgreSQL, django-hordak and beancount", lambda: _of_their_environment(stack, folder))
    yield from _or_left_out("medici", lambda: _medici(mongodb))


def _or_left_out(names: str, make: Callable[[], Sequence[Peer]]) -> Sequence[Peer]:
    try:
        return make()
    except (NoPeers, NoPostgreSql) as error:
        say(f"{names}: left out: {error}")
        return ()


def _of_their_environment(stack: ExitStack, folder: Path) -> Sequence[Peer]:
    python = str(peers_python(ENVIRONMENTS / "ledger-peers", HERE / "requirements.txt"))

    def started(module: str, *about: str) -> list[str]:
        return [python, "-m", f"{MODULES}.{module}_party", *about]

    plain = Peer(name="beancount", command=started("beancount", str(folder)), commits=False)
    try:
        dsn = stack.enter_context(own_postgresql(databases=("by_hand", "hordak")))
    except NoPostgreSql as error:
        say(f"PostgreSQL and django-hordak: left out: {error}")
        return [plain]
    by_hand = Peer(name="PostgreSQL by hand", command=started("postgresql", f"{dsn}/by_hand"))
    return [by_hand, Peer(name="django-hordak", command=started("hordak", f"{dsn}/hordak")), plain]


def _medici(mongodb: str) -> Sequence[Peer]:
    if not mongodb:
        raise NoPeers("no MongoDB is named (--mongodb or STEWARD_TEST_MONGODB_URL)")
    modules = node_modules(ENVIRONMENTS / "medici", HERE / "package.json")
    return [Peer(name="medici", command=["node", str(HERE / "medici_party.js"), mongodb, str(modules)])]


def _rates(running: Sequence[Running], asked: argparse.Namespace) -> None:
    rates: dict[str, dict[str, list[float]]] = {each.peer.name: {shape: [] for shape in SHAPES} for each in running}
    for number in range(asked.rounds + 1):
        at = number % max(len(running), 1)
        for each in (*running[at:], *running[:at]):
            for place, (shape, how) in enumerate(SHAPES.items()):
                done = each.ask("run", seconds=asked.seconds, seed=number * 100 + place, **how)
                if number:
                    rates[each.peer.name][shape].append(done["n"] / done["s"])
    say(f"{'entries a second':20} " + " ".join(f"{shape:>28}" for shape in SHAPES))
    for name, of in rates.items():
        say(f"{name:20} " + " ".join(f"{_spread(of[shape]):>28}" for shape in SHAPES))
    _print_ratios({name: {shape: median(each) for shape, each in of.items()} for name, of in rates.items()})


def _print_ratios(rates: Mapping[str, Mapping[str, float]]) -> None:
    for ours, of in rates.items():
        if not ours.startswith("steward"):
            continue
        for name, theirs in rates.items():
            if name.startswith("steward") or ("SQLite" in name and name.split(", ")[1] != ours.split(", ")[1]):
                continue
            shown = " ".join(f"{of[shape] / theirs[shape]:>26.2f} x" for shape in SHAPES)
            say(f"{ours.split(', ')[1]:6} / {name:20}"[:29].ljust(21) + shown)


def _reading(running: Sequence[Running], asked: argparse.Namespace) -> int:
    """Balances of a short and a long book, and the verification of everything; how many ledgers do not hold."""
    say(f"\n{'ms a balance of':20} {'100 entries':>28} {f'{asked.long} entries':>28} {'verification':>36}")
    faults = 0
    for each in running:
        each.ask("fill", fund=SHORT, n=100, seed=50)
        long = _fill(each, asked.long, seed=51, seconds=asked.fill_seconds, fund=LONG)
        _fill(each, asked.fill, seed=60, seconds=asked.fill_seconds)
        reps = 20 if each.peer.commits else 1
        times = [each.ask("balance", fund=fund, reps=reps)["ms"] for fund in (SHORT, LONG)]
        proof = each.ask("verify")
        faults += not proof["ok"]
        verified = f"{proof['entries']:,} in {proof['s']:.2f} s, {proof['entries'] / proof['s']:,.0f}/s"
        shown = " ".join(f"{f'{median(each_time):.2f}':>28}" for each_time in times)
        cut = "" if long == asked.long else f"   its long book has {long:,} entries"
        say(f"{each.peer.name:20} {shown} {verified:>36}{cut}{'' if proof['ok'] else '   DOES NOT HOLD'}")
    return faults


def _fill(running: Running, count: int, *, seed: int, seconds: float, **about: Any) -> int:
    """Posts so many entries, fewer where that takes longer than these seconds; how many."""
    began, made = time.perf_counter(), 0
    while made < count and time.perf_counter() - began < seconds:
        size = min(FILLED_AT_ONCE, count - made)
        running.ask("fill", n=size, seed=seed + made, **about)
        made += size
    return made


def _tampering(running: Sequence[Running]) -> None:
    say("\naltered behind its back, then verified as the ledger does it")
    for each in running:
        if each.peer.name.endswith("NORMAL"):
            continue
        became = each.ask("deeds")
        say(f"{each.peer.name}")
        for deed in DEEDS:
            say(f"    {deed:10} {became[deed]}")


def _spread(rates: Sequence[float]) -> str:
    return f"{median(rates):,.0f} [{min(rates):,.0f}-{max(rates):,.0f}]"


def _read(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it works")
    parser.add_argument(
        "--mongodb", default=os.environ.get("STEWARD_TEST_MONGODB_URL", ""), help="mongodb://..., for medici"
    )
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds")
    parser.add_argument("--seconds", type=float, default=1.2, help="of each spell")
    parser.add_argument("--fill", type=int, default=20_000, help="entries more before the verification")
    parser.add_argument("--long", type=int, default=10_000, help="entries of the long book")
    parser.add_argument("--fill-seconds", type=float, default=45, help="most that one filling of a peer may take")
    parser.add_argument("--only", nargs="+", help="names of peers")
    asked = parser.parse_args(argv)
    if asked.quick:
        asked.rounds, asked.seconds, asked.fill, asked.long = 1, 0.2, 200, 400
    return asked


if __name__ == "__main__":
    sys.exit(main())
