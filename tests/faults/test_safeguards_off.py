"""Each safeguard switched off in turn in running processes: the attack that it withstands must then be seen to succeed.

An attack whose checker finds nothing wrong without the safeguard either would prove nothing with it. Leases are not among them:
they save work and are no safeguard, so that T11 holds with and without.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import amqp
import pytest

from shared.clock import SystemClock
from shared.events.ledger import JOURNAL
from shared.ids import SHARDS
from shared.messaging.broker.topology import intake_exchange, results_queue, shard_queue
from shared.samples.generating import SampleCouncil
from shared.samples.journey import CE
from tests.faults.checking import Verdict, check
from tests.faults.effects import outcome_of, seen_by_witness
from tests.faults.fleet import Fleet
from tests.faults.load import Load
from tests.faults.results import Lengths, report
from tests.faults.weakened import COMPARE_AND_SET, CONFIRMS, HIGH_WATER_MARK, MANDATORY, SIZE_LIMIT
from tests.faults.wired import SETTLED_SECONDS, Wired
from tests.support.waiting import eventually

UNCHANGED_SECONDS = 2.0
LENGTHS = Lengths.from_environment()
SHORT = 3
"""So many attacks are in the short form."""
SPENDERS, REFERRERS, CHANGES = 4, 8, 150
pytestmark = [pytest.mark.needs_rabbitmq, pytest.mark.timeout(1800)]


def kill_between_effect_and_mark(wired: Wired, load: Load) -> None:
    """What the witness has applied comes again, because it could not say so."""
    wired.fleet.restart("witness-0", "after-effect:kill:5")
    with load.running(referrers=0, spenders=SPENDERS):
        assert wired.fleet.await_death("witness-0", fault="after-effect", within=SETTLED_SECONDS)
        wired.fleet.start("witness-0")
        load.await_more_operations(SPENDERS)


def change_what_is_being_relayed(_wired: Wired, load: Load) -> None:
    """Each record is changed again while the relay takes what it has published out of its outbox."""
    with load.running(referrers=REFERRERS):
        load.await_more_operations(CHANGES)


def cut_after_the_publish_frame(wired: Wired, load: Load) -> None:
    """The last that the ledger publishes leaves it and reaches nobody."""
    with load.running(referrers=0, spenders=SPENDERS):
        load.await_more_operations(2 * SPENDERS)
        wired.wire.hold_what_is_sent()
        wired.await_published(SPENDERS)
        load.stopping.set()
        wired.wire.cut()
        wired.wire.move()


def unbind_the_only_reader(wired: Wired, load: Load) -> None:
    """For a time no queue takes what is published; then an administrator puts that right."""
    connection, channel = wired.channel()
    with load.running(referrers=0, spenders=SPENDERS):
        load.await_more_operations(2 * SPENDERS)
        for shard in range(SHARDS):
            key = f"{JOURNAL.name}.#.{shard:02d}"
            channel.queue_unbind(shard_queue("witness", shard), JOURNAL.exchange_name, key)
        load.await_more_operations(2 * SPENDERS)
    connection.close()
    wired.fleet.processes.run("topology", "apply")


def send_more_than_is_allowed(wired: Wired, load: Load) -> None:
    """A referral that would do, in a body that is too large; whatever is answered, it must have no effect."""
    name = f"{load.run}-large"
    sample = SampleCouncil(council_id=CE, now=SystemClock().now()).referrals(1)[0]
    person = sample["data"]["person"] | {"person_reference": name}
    data = sample["data"] | {"referral_reference": name, "person": person}
    body = json.dumps(sample | {"id": name, "correlationid": name, "data": data}) + " " * 300_000
    wired.fleet.history.attempt(name, client="council", expects=())
    wired.fleet.history.refuse(name)
    connection, channel = wired.channel()
    channel.confirm_select()
    message = amqp.Message(body, content_type="application/cloudevents+json")
    channel.basic_publish_confirm(message, exchange=intake_exchange(CE), routing_key="referral.submitted")
    eventually(lambda: channel.basic_get(results_queue(CE), no_ack=True), within=SETTLED_SECONDS)
    connection.close()


@dataclass(frozen=True, kw_only=True)
class Attack:
    """An attack that a safeguard withstands, whom it runs in, and what the checker calls its success."""

    safeguard: str
    members: tuple[str, ...]
    do: Callable[[Wired, Load], None]
    seen_as: tuple[str, ...]


ATTACKS = (
    Attack(safeguard=HIGH_WATER_MARK, members=("witness-0",), do=kill_between_effect_and_mark, seen_as=("duplicated",)),
    Attack(safeguard=CONFIRMS, members=("ledger-0",), do=cut_after_the_publish_frame, seen_as=("lost",)),
    Attack(safeguard=COMPARE_AND_SET, members=("referrals-0",), do=change_what_is_being_relayed, seen_as=("lost",)),
    Attack(safeguard=MANDATORY, members=("ledger-0",), do=unbind_the_only_reader, seen_as=("lost",)),
    Attack(safeguard=SIZE_LIMIT, members=("referrals-0",), do=send_more_than_is_allowed, seen_as=("unexpected",)),
)


@pytest.mark.parametrize(
    "attack", ATTACKS if LENGTHS.are_long else ATTACKS[:SHORT], ids=lambda attack: attack.safeguard
)
def test_without_its_safeguard_an_attack_is_seen_to_succeed(wired: Wired, attack: Attack) -> None:
    with_it = outcome_of(wired.fleet, attacked_by(attack, wired), within=SETTLED_SECONDS).verdict
    wired.restart(attack.members, without=attack.safeguard)
    without_it = lasting_verdict(wired.fleet, attacked_by(attack, wired), attack)
    wired.restart(attack.members, without=None)

    found = {name: len(getattr(without_it, name)) for name in attack.seen_as}
    report(
        "T17",
        attack=f"without {attack.safeguard}: {name_of(attack)}",
        platform="RabbitMQ and SQLite",
        runs=1,
        kills=len(wired.fleet.history.kills),
        verdict=with_it,
        note=f"without it: {', '.join(f'{count} {name}' for name, count in found.items())}",
    )
    assert with_it.holds, with_it
    assert all(found.values()), without_it


def name_of(attack: Attack) -> str:
    return attack.do.__name__.replace("_", " ")


def attacked_by(attack: Attack, wired: Wired) -> str:
    """The run whose effects are to be looked at."""
    wired.fleet.begin()
    load = Load(fleet=wired.fleet, hasty_every=10**9, submission_effects=("referral.submitted",))
    attack.do(wired, load)
    return load.run


def lasting_verdict(fleet: Fleet, run: str, attack: Attack) -> Verdict:
    """What the checker says once nothing waits and nothing changes any more; or the first that names what was expected."""
    eventually(fleet.is_quiet, within=SETTLED_SECONDS)

    def unchanged() -> Verdict | None:
        before = verdict_on(fleet, run)
        time.sleep(UNCHANGED_SECONDS)
        return before if before == verdict_on(fleet, run) and all(getattr(before, n) for n in attack.seen_as) else None

    try:
        return eventually(unchanged, within=SETTLED_SECONDS / 4)
    except AssertionError:
        return verdict_on(fleet, run)


def verdict_on(fleet: Fleet, run: str) -> Verdict:
    return check(fleet.history, seen_by_witness(fleet, run))
