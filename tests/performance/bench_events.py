"""An event's whole way, from a command to its applied effect, beside nameko's plain dispatcher and handler.

Run it with `python -m tests.performance.bench_events [--quick] [--broker amqp://...]`; it needs a RabbitMQ. Ours: one
conditional write with the outbox, log, publish with confirm, emptied outbox, queue, effect with what was seen, mark.
nameko's: a confirmed publish and a handler that only counts. Teller and applier are processes of their own on both sides,
and the sides take turns within each round, so that a busy machine troubles both. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.performance.parties import Contender, in_turns, report, say


def main(argv: Sequence[str]) -> int:
    """Measures and prints. Returns 1 with a sentence when there is no broker."""
    chosen = _read(argv)
    if not chosen.broker:
        say("events: left out: it needs --broker or STEWARD_TEST_RABBITMQ_URL")
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
            spells = in_turns(
                contenders, broker=chosen.broker, commands=chosen.commands, callers=callers, rounds=chosen.rounds
            )
            report(callers, spells, against="nameko")
    return 0


def _read(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it works")
    parser.add_argument("--broker", default=os.environ.get("STEWARD_TEST_RABBITMQ_URL"), help="amqp://...")
    parser.add_argument("--commands", type=int, default=6400, help="commands in each spell")
    parser.add_argument("--callers", type=int, nargs="+", default=[16, 64], help="how many at a time")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args(argv)
    if chosen.quick:
        chosen.commands, chosen.rounds, chosen.callers = 640, 1, [16]
    return chosen


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
