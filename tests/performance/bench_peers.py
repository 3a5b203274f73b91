"""Our events beside what a user would pick instead: nameko, FastStream, Celery, Dramatiq, and raw aio-pika.

Run it with `python -m tests.performance peers [--quick]`; it needs a RabbitMQ. The peers' packages go into an environment
of their own under var/bench, made by the first run. Every peer: callers who each send one confirmed, persistent message
after the other, and one process whose handler does one SQLite upsert under a unique key, acknowledged after it, with each
peer's own concurrency. Ours: each command is one conditional write with its outbox, and each applied effect another with
what was seen, its mark, and all other guarantees on; a caller goes on when its command is stored. All take turns within a
round: first with SQLite's NORMAL for everybody, then with FULL for everybody. A peer's caller writes nothing to a store
of its own, so with one caller and FULL only ours waits for a disk before each message; beside it therefore stands nameko
once more, its caller doing one upsert of the command before it sends (which is not yet an outbox: a process that dies
between the two has lost the event). Nothing is asserted.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kombu import Connection

from tests.performance.parties import PROJECT, Contender, in_turns, report, say
from tests.performance.peers.environments import NoPeers, peers_python

ENVIRONMENT = PROJECT / "var" / "bench" / "peers"
REQUIREMENTS = Path(__file__).parent / "peers" / "requirements.txt"
PEERS = {"raw aio-pika": "aio_pika", "FastStream": "faststream", "Celery": "celery", "Dramatiq": "dramatiq"}
QUEUES = (
    "evt-bench_nameko_teller-referral.allocated--bench_nameko_applier.on_allocated",
    "bench.peers.aio_pika",
    "bench.peers.faststream",
    "bench_peers_celery",
    *(f"bench_peers_dramatiq{suffix}" for suffix in ("", ".DQ", ".XQ")),
)
"""What the peers keep their messages in."""
SURVIVES = {"NORMAL": "the end of a process", "FULL": "the loss of power too"}


def main(argv: Sequence[str]) -> int:
    """Measures and prints. Returns 1 with a sentence when there is no broker, or no environment for the peers."""
    chosen = _read(argv)
    if not chosen.broker:
        say("peers: left out: it needs --broker or STEWARD_TEST_RABBITMQ_URL")
        return 1
    try:
        python = peers_python(ENVIRONMENT, REQUIREMENTS)
    except NoPeers as error:
        say(f"peers: left out: {error}")
        return 1
    with without_queues(chosen.broker), tempfile.TemporaryDirectory() as folder:
        for synchronous, survives in SURVIVES.items():
            say(f"\nEverybody's SQLite synchronous={synchronous}: what is acknowledged survives {survives}.")
            each = contenders(Path(folder) / synchronous, python, synchronous)
            for callers in chosen.callers:
                commands = chosen.commands if callers > 1 else chosen.commands // 4
                spells = in_turns(each, broker=chosen.broker, commands=commands, callers=callers, rounds=chosen.rounds)
                report(callers, spells, against="nameko")
    return 0


def contenders(folder: Path, python: Path, synchronous: str) -> list[Contender]:
    """Everybody, nameko first and ours last, each with files of its own in the folder."""
    folder.mkdir()
    nameko = Contender(name="nameko", kind="nameko", stores=str(folder / "nameko.sqlite3"), synchronous=synchronous)
    stored = Contender(
        name="nameko, command stored",
        kind="nameko-storing",
        stores=str(folder / "nameko-storing.sqlite3"),
        synchronous=synchronous,
    )
    ours = Contender(name="steward", kind="steward", stores=f"sqlite:///{folder / 'steward'}", synchronous=synchronous)
    peers = [_peer(name, module, folder, python, synchronous) for name, module in PEERS.items()]
    return [nameko, stored, *peers, ours]


@contextmanager
def without_queues(broker: str) -> Iterator[None]:
    """Begins and ends with nothing of the peers left on the broker."""
    _remove_queues(broker)
    yield
    _remove_queues(broker)


def _remove_queues(broker: str) -> None:
    with Connection(broker) as connection:
        for name in QUEUES:
            connection.default_channel.queue_delete(name)


def _peer(name: str, module: str, folder: Path, python: Path, synchronous: str) -> Contender:
    return Contender(
        name=name,
        kind=module,
        stores=str(folder / f"{module}.sqlite3"),
        synchronous=synchronous,
        program=f"tests.performance.peers.{module}_party",
        python=str(python),
    )


def _read(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it works")
    parser.add_argument("--broker", default=os.environ.get("STEWARD_TEST_RABBITMQ_URL"), help="amqp://...")
    parser.add_argument("--commands", type=int, default=2400, help="commands in each spell; a quarter with one caller")
    parser.add_argument("--callers", type=int, nargs="+", default=[1, 16, 64], help="how many at a time")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args(argv)
    if chosen.quick:
        chosen.commands, chosen.rounds, chosen.callers = 320, 1, [1, 16]
    return chosen


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
