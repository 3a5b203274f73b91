"""The embedded platform's events a second, by what they survive: the death of the process, or the loss of power.

Run it with `python -m tests.performance durability [--quick]`. Services and broker are one process; an event is counted
when its effect is stored in the other service. Beside it plain sqlite3 with the same synchronous setting: two commits an
event, one in each of two files, by one thread. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from tests.performance.parties import Contender, Side, Spell, a_party, cpu_line, say
from tests.performance.peers.work import UPSERT, a_message

BROKER = "embedded://localhost/"
SURVIVES = {"NORMAL": "the death of the process", "FULL": "the loss of power too"}


def main(argv: Sequence[str]) -> int:
    """Measures and prints."""
    chosen = _read(argv)
    say(
        f"{'callers':>7}  {'survives':26}{'events/s':>9}   {'plain sqlite3':>13}   of it, median (spread)       CPU us an event"
    )
    for callers in chosen.callers:
        rounds = [_round(callers, chosen.commands) for _ in range(chosen.rounds)]
        for synchronous in SURVIVES:
            _report(callers, synchronous, [each[synchronous] for each in rounds])
    return 0


def _round(callers: int, commands: int) -> dict[str, tuple[Spell, float]]:
    """For each setting, ours and the rate of plain sqlite3 right after it."""
    found = {}
    for synchronous in SURVIVES:
        with tempfile.TemporaryDirectory() as folder:
            found[synchronous] = (_ours(folder, synchronous, callers, commands), _plain(folder, synchronous, commands))
    return found


def _ours(folder: str, synchronous: str, callers: int, commands: int) -> Spell:
    stores = f"sqlite:///{Path(folder) / 'stores'}"
    platform = Contender(name="steward", kind="steward", stores=stores, synchronous=synchronous)
    with a_party(platform.command("platform", BROKER)) as party:
        party.hear("ready")
        side = Side(teller=party, applier=party)
        share = max(commands // (4 * callers), 1)
        side.run(share * callers, callers)
        return side.run(4 * share * callers, callers)


def _plain(folder: str, synchronous: str, commands: int) -> float:
    """Events a second by hand: told in one file, applied in the other."""
    with (
        closing(_opened(folder, "told", synchronous)) as told,
        closing(_opened(folder, "applied", synchronous)) as done,
    ):
        began = time.monotonic()
        for number in range(commands):
            for connection in (told, done):
                connection.execute(UPSERT, (f"ref-{number}", json.dumps(a_message(f"ref-{number}"))))
        return commands / (time.monotonic() - began)


def _opened(folder: str, name: str, synchronous: str) -> sqlite3.Connection:
    connection = sqlite3.connect(Path(folder) / f"{name}.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("CREATE TABLE effects (key TEXT PRIMARY KEY, body TEXT, times INTEGER)")
    return connection


def _report(callers: int, synchronous: str, found: Sequence[tuple[Spell, float]]) -> None:
    ratios = [ours.rate / plain for ours, plain in found]
    rate = statistics.median(ours.rate for ours, _ in found)
    plain_rate = statistics.median(plain for _, plain in found)
    spread = f"{statistics.median(ratios):.2f} x ({min(ratios):.2f} to {max(ratios):.2f})"
    name = f"{SURVIVES[synchronous]}"
    say(f"{callers:7}  {name:26}{rate:9.0f}   {plain_rate:13.0f}   {spread:28} {cpu_line([ours for ours, _ in found])}")


def _read(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it works")
    parser.add_argument("--commands", type=int, default=2560, help="commands in each spell")
    parser.add_argument("--callers", type=int, nargs="+", default=[1, 16, 64], help="how many at a time")
    parser.add_argument("--rounds", type=int, default=2)
    chosen = parser.parse_args(argv)
    if chosen.quick:
        chosen.commands, chosen.rounds, chosen.callers = 320, 1, [1, 16]
    return chosen


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
