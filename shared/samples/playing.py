"""`steward up --demo`: the sample councils' events flow in, people work on them, and it stays lively."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

import structlog

from shared.clock import Clock
from shared.samples.client import Client, Refused
from shared.samples.generating import SAMPLES_AT, SampleCouncil
from shared.samples.journey import CE, CP, register
from shared.samples.working import SampleWork

log = structlog.get_logger(__name__)
FIRST_REFERRALS = 12
FLOWING_REFERRALS = 200
SECONDS_BETWEEN = 6.0
ASSISTANTS = 40
Say = Callable[[str], None]


def load_samples(address: str, *, sign_in: Callable[..., str], clock: Clock, say: Say) -> None:
    """Providers, a first dozen referrals for each council and what became of some, and the register.

    What is there already stays as it is.
    """
    work = SampleWork(address=address, sign_in=sign_in, clock=clock)
    for council_id, people_work in ((CE, work.in_cheshire_east), (CP, work.in_cambridgeshire)):
        council = SampleCouncil(council_id=council_id, now=SAMPLES_AT)
        system = Client(address, sign_in(role="council_system", councils=(council_id,)))
        system.publish(council.providers())
        answers = system.publish(council.referrals(FIRST_REFERRALS))
        if all(answer["outcome"] == "duplicate" for answer in answers):
            say(f"  {council_id}: the samples are there already")
            continue
        say(f"  {council_id}: providers and {FIRST_REFERRALS} referrals sent by the council's case system")
        people_work([str(answer["record_id"]) for answer in answers])
        say(f"  {council_id}: some of them answered, offered, set up")
        adviser = Client(address, sign_in(role="adviser", councils=(council_id,)))
        entries = council.personal_assistants(ASSISTANTS)
        for number, entry in enumerate(entries, start=1):
            register(adviser, entry, key=f"{council_id}-assistant-{number}")
        say(f"  {council_id}: {ASSISTANTS} personal assistants registered, checked and published")


def keep_flowing(address: str, *, sign_in: Callable[..., str], stopping: threading.Event) -> threading.Thread:
    """In a thread of its own: one more referral every few seconds, each council in turn, until told to stop."""

    def flow() -> None:
        events = [
            SampleCouncil(council_id=council_id, now=SAMPLES_AT).referrals(FLOWING_REFERRALS)[FIRST_REFERRALS:]
            for council_id in (CE, CP)
        ]
        for event in itertools.chain.from_iterable(zip(*events, strict=True)):
            if stopping.wait(SECONDS_BETWEEN):
                return
            _send(address, event, sign_in)

    thread = threading.Thread(target=flow, name="sample-events", daemon=True)
    thread.start()
    return thread


def _send(address: str, event: dict[str, Any], sign_in: Callable[..., str]) -> None:
    council_id = event["source"].removeprefix("/councils/")
    try:
        Client(address, sign_in(role="council_system", councils=(council_id,))).publish([event])
    except (Refused, OSError) as error:
        log.warning("samples.not_sent", event_id=event["id"], exc_info=error)
