"""Where an event's time goes: CPU microseconds by part of the teller and of the applier, ours and nameko's.

Run it with `python -m tests.performance profile [--quick]`; it needs a RabbitMQ. CPU time is the processes' own count in
/proc; how it divides is told by looking at the loop's stack every 2 ms of CPU time. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.performance.parties import Contender, Party, Spell, a_side, say

CALLERS = 16
LEAST_SHARE = 0.015


def main(argv: Sequence[str]) -> int:
    """Measures and prints. Returns 1 with a sentence when there is no broker."""
    chosen = _read(argv)
    if not chosen.broker:
        say("profile: left out: it needs --broker or STEWARD_TEST_RABBITMQ_URL")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        ours = Contender(name="steward, SQLite FULL", kind="steward", stores=f"sqlite:///{Path(folder) / 'stores'}")
        nameko = Contender(
            name="nameko, its handler doing one SQLite upsert",
            kind="nameko",
            stores=str(Path(folder) / "nameko.sqlite3"),
            synchronous="NORMAL",
        )
        for contender in (nameko, ours):
            _profile(contender, chosen.broker, chosen.commands)
    return 0


def _profile(contender: Contender, broker: str, commands: int) -> None:
    with a_side(contender, broker) as side:
        side.run(commands // 4, CALLERS)
        for party in (side.teller, side.applier):
            party.tell("sample 1")
            party.hear("sampling")
        spell = side.run(commands, CALLERS)
        shares = {"teller": _sampled(side.teller), "applier": _sampled(side.applier)}
    _report(contender, spell, shares)


def _sampled(party: Party) -> dict[str, float]:
    party.tell("sample 0")
    found: dict[str, float] = json.loads(" ".join(party.hear_all("sampled")))
    return found


def _report(contender: Contender, spell: Spell, shares: Mapping[str, Mapping[str, float]]) -> None:
    total = sum(spell.cpu.values())
    say(f"\n{contender.name}, {CALLERS} callers: {spell.rate:.0f} events/s, {total:.0f} us of CPU an event")
    for part, cost in spell.cpu.items():
        say(f"  {part:50}{cost:6.0f} us  {cost / total:4.0%}")
        for name, share in shares.get(part, {}).items():
            if share >= LEAST_SHARE:
                say(f"    {name:48}{cost * share:6.0f} us  {share:4.0%} of the {part}")


def _read(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few events, to see that it works")
    parser.add_argument("--broker", default=os.environ.get("STEWARD_TEST_RABBITMQ_URL"), help="amqp://...")
    parser.add_argument("--commands", type=int, default=6400, help="events of each contender")
    chosen = parser.parse_args(argv)
    chosen.commands = 1280 if chosen.quick else chosen.commands
    return chosen


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
