"""How long a page of referrals takes by HTTP, plain and with each filter, with a thousand referrals and with a hundred thousand.

    python -m tests.performance.bench_referrals [--quick] [--sizes N N] [--asked N]

A council with that many referrals, the newest page and pages narrowed by status, component, council, overdue clocks, and the
beginning of a reference, a page of two councils, a page far down the list, and what is counted. The figure to read is the
last: how much longer it takes when there are so many more. Beside it stands the same platform asked for its policy packs,
which no referral changes. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from services.referrals.model.life import STEPS
from services.referrals.model.referral import Referral
from services.referrals.store import REFERRAL, REFERRALS
from shared.clock import SystemClock
from shared.messaging.aggregates import Aggregates, Decision
from shared.messaging.cause import Cause
from shared.policy.running import RunningClock
from shared.runtime.platform import Platform
from shared.runtime.settings import PlatformSettings
from shared.runtime.tokens import development_sign_in
from shared.samples.client import Client
from shared.settings import read_settings
from tests.support.platforms import Processes, start_embedded

COUNCIL = "cheshire-east"
OTHER = "cambridgeshire-peterborough"
MONTH = {"first_on": "2026-02-01", "last_on": "2026-02-28"}
NEWEST = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STATUSES = tuple(STEPS)
WRITERS = 16
PAGE = 50
PAGES_DOWN = 10
FILTERS: Mapping[str, Mapping[str, str]] = {
    "newest": {},
    "status": {"status": "submitted"},
    "component": {"component": "brokerage"},
    "council": {"council_id": COUNCIL},
    "council and status": {"council_id": COUNCIL, "status": "waiting"},
    "overdue": {"overdue": "true"},
    "reference": {"q": "REF-00077"},
}


def main(argv: Sequence[str] | None = None) -> int:
    """Prints medians in milliseconds and their ratio; always 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="2 000 referrals at most, few questions")
    parser.add_argument("--sizes", type=int, nargs=2, default=[1_000, 100_000])
    parser.add_argument("--asked", type=int, default=60, help="how often each question is asked")
    chosen = parser.parse_args(argv)
    if chosen.quick:
        chosen.sizes, chosen.asked = [200, 2_000], 10
    few, many = (_measured(size, chosen.asked) for size in chosen.sizes)
    print(f"{'median, ms':24}" + "".join(f"{size:>12,}" for size in chosen.sizes) + f"{'ratio':>9}")
    for name in few:
        print(f"{name:24}{few[name]:12.2f}{many[name]:12.2f}{many[name] / few[name]:9.2f}")
    return 0


def _measured(size: int, asked: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _fill(folder / "data", size)
        processes = Processes(folder=folder, environment={"PYTHONUNBUFFERED": "1"})
        try:
            return _asked(start_embedded(processes, folder), folder / "data", asked)
        finally:
            processes.stop_all()


def _asked(address: str, data: Path, asked: int) -> dict[str, float]:
    sign_in = development_sign_in(data_dir=data, clock=SystemClock())
    adviser = Client(address, sign_in(role="adviser", councils=(COUNCIL,)))
    questions: dict[str, Callable[[], Any]] = {"policy packs": lambda: adviser.get("/policies")}
    for name, wanted in FILTERS.items():
        questions[name] = partial(adviser.get, "/referrals", limit=PAGE, **wanted)
    of_two = Client(address, sign_in(role="adviser", councils=(COUNCIL, OTHER)))
    manager = Client(address, sign_in(role="dpss_manager", councils=(COUNCIL,)))
    questions["of two councils"] = partial(of_two.get, "/referrals", limit=PAGE)
    questions["caseloads"] = partial(manager.get, "/caseloads")
    questions["figures of a month"] = partial(manager.get, "/referrals/figures", council_id=COUNCIL, **MONTH)
    place = _place_down(adviser)
    questions[f"{PAGES_DOWN} pages down"] = lambda: adviser.get("/referrals", limit=PAGE, **place)
    return {name: _median(question, asked) for name, question in questions.items()}


def _place_down(adviser: Client) -> dict[str, str]:
    """Where the list goes on some pages down, or as far as it goes."""
    place: dict[str, str] = {}
    for _ in range(PAGES_DOWN):
        following = adviser.get("/referrals", limit=PAGE, **place)["next"]
        if following is None:
            break
        place = {"after": following}
    return place


def _median(question: Callable[[], Any], asked: int) -> float:
    question()
    spells = []
    for _ in range(asked):
        began = time.perf_counter()
        question()
        spells.append((time.perf_counter() - began) * 1000)
    return statistics.median(spells)


def _fill(data: Path, size: int) -> None:
    """Referrals as the service keeps them, with nothing left to tell."""
    data.mkdir(parents=True)
    settings = dataclasses.replace(read_settings(PlatformSettings), data_dir=str(data))
    platform = Platform(settings)
    platform.migrate()
    records = platform.resources("referrals").aggregates(REFERRALS, REFERRAL)
    with ThreadPoolExecutor(WRITERS) as writers:
        for _ in writers.map(lambda number: _written(records, number), range(size)):
            pass
    platform.close()


def _written(records: Aggregates[Referral], number: int) -> None:
    cause = Cause(actor_id="bench", correlation_id="bench", causation_id="bench")
    referral = _referral(number)
    records.create(referral.referral_id, Decision(state=referral), council_id=COUNCIL, cause=cause)


def _referral(number: int) -> Referral:
    received_at = NEWEST - timedelta(minutes=7 * number)
    return Referral(
        referral_id=f"ref-{number:08}",
        reference=f"REF-{number:05}",
        person_id=f"per-{number:08}",
        source="adult-social-care",
        urgency="standard",
        status=STATUSES[number % len(STATUSES)],
        received_at=received_at,
        component="brokerage" if number % 3 else "universal-information",
        worker_id=f"worker-{number % 12}",
        clocks=(_clock(number, received_at),),
    )


def _clock(number: int, started_at: datetime) -> RunningClock:
    """One in twenty is overdue; the others have been stopped."""
    return RunningClock(
        clock_id=f"clk-{number:08}",
        rule="C1",
        name="referral_response",
        record_id=f"ref-{number:08}",
        started_at=started_at,
        due_at=started_at + timedelta(days=7),
        clause="CE 4.3",
        policy=f"{COUNCIL}/2019-04-01",
        calendar_version="bench",
        provisional=False,
        explanation={"summary": "bench", "steps": []},
        state="breached" if number % 20 == 0 else "stopped",
    )


if __name__ == "__main__":
    sys.exit(main())
