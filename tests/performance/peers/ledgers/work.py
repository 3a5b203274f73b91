"""What every ledger is asked: spends of a fund, each with its key, durable when it is answered; balances; a proof; deeds.

Only the standard library here: it runs in the peers' own environment too. A line on the input is a command, a line on the
output its answer: `setup`, `run`, `fill`, `balance`, `verify`, `deeds`. A deed is a change behind the ledger's back; the answer
to it is what the ledger's own verification makes of it.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

FUNDS = 2000
OPENING_PENCE = 10**9
KEPT_FOR_DEEDS = 10
"""The last funds are left out of all other work."""
DEEDS = ("amount", "memo", "date", "key", "order", "dropped", "swapped")


@dataclass(frozen=True)
class Spend:
    """So many pence of a fund for a payee, under a key."""

    fund: int
    payee: int
    pence: int
    key: str


class Ledger(Protocol):
    """A ledger under test."""

    def setup(self) -> None:
        """An empty ledger of `FUNDS` funds, each with its opening payment."""
        ...

    def post(self, spend: Spend) -> None: ...

    def post_many(self, spends: Sequence[Spend]) -> None:
        """In one commit, or one trip."""
        ...

    def balance(self, fund: int) -> int: ...

    def verify(self) -> tuple[bool, int]:
        """Whether everything holds, and how many entries were looked at."""
        ...

    def deeds(self) -> Mapping[str, Callable[[], str]]:
        """What somebody does behind the ledger's back, and what became of it: each is undone, or touches a fund of its own."""
        ...


def serve(ledger: Ledger) -> None:
    """Answers commands until the input ends."""
    for line in sys.stdin:
        try:
            answer = _answered(ledger, json.loads(line))
        except Exception as error:  # whatever it is, the other side prints it
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps(answer), flush=True)


def spends(chance: random.Random, name: str, *, size: int, fund: int | None, one_fund: bool) -> Iterator[list[Spend]]:
    """Ever new spends, so many at a time: of one fund, or each of another."""
    made = 0
    while True:
        funds = chance.sample(range(2, FUNDS - KEPT_FOR_DEEDS), 1 if one_fund else size)
        batch = []
        for place in range(size):
            made += 1
            of = fund if fund is not None else funds[place % len(funds)]
            batch.append(
                Spend(fund=of, payee=chance.randrange(8), pence=chance.randrange(100, 5000), key=f"{name}-{made}")
            )
        yield batch


def _answered(ledger: Ledger, command: Mapping[str, Any]) -> dict[str, Any]:
    answer = _COMMANDS[command["op"]](ledger, command)
    return {} if answer is None else answer


def _setup(ledger: Ledger, _command: Mapping[str, Any]) -> None:
    ledger.setup()


def _run(ledger: Ledger, command: Mapping[str, Any]) -> dict[str, Any]:
    size, one_fund = command.get("size", 1), command.get("one_fund", False)
    batches = spends(random.Random(command["seed"]), f"r{command['seed']}", size=size, fund=None, one_fund=one_fund)
    done, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < command["seconds"]:
        _post(ledger, next(batches))
        done += size
    return {"n": done, "s": took}


def _fill(ledger: Ledger, command: Mapping[str, Any]) -> dict[str, Any]:
    fund, seed = command.get("fund"), command["seed"]
    size = 100
    batches = spends(random.Random(seed), f"f{seed}", size=size, fund=fund, one_fund=fund is not None)
    began = time.perf_counter()
    for _ in range(command["n"] // size):
        _post(ledger, next(batches))
    return {"s": time.perf_counter() - began}


def _balance(ledger: Ledger, command: Mapping[str, Any]) -> dict[str, Any]:
    taken = []
    for _ in range(command.get("reps", 20)):
        began = time.perf_counter()
        pence = ledger.balance(command["fund"])
        taken.append((time.perf_counter() - began) * 1000)
    return {"ms": taken, "pence": pence}


def _verify(ledger: Ledger, _command: Mapping[str, Any]) -> dict[str, Any]:
    began = time.perf_counter()
    holds, entries = ledger.verify()
    return {"s": time.perf_counter() - began, "ok": holds, "entries": entries}


def _deeds(ledger: Ledger, _command: Mapping[str, Any]) -> dict[str, Any]:
    done = {}
    for name, deed in ledger.deeds().items():
        try:
            done[name] = deed()
        except Exception as error:  # the engine's own refusal, in whatever words its driver has
            done[name] = f"refused ({type(error).__name__})"
    return done


def _post(ledger: Ledger, batch: Sequence[Spend]) -> None:
    if len(batch) == 1:
        ledger.post(batch[0])
    else:
        ledger.post_many(batch)


_COMMANDS: Mapping[str, Callable[[Ledger, Mapping[str, Any]], dict[str, Any] | None]] = {
    "setup": _setup,
    "run": _run,
    "fill": _fill,
    "balance": _balance,
    "verify": _verify,
    "deeds": _deeds,
}
