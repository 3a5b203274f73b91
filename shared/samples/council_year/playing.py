"""Plays a council's year on a platform, its clock set from day to day, and holds what it then reports against the truth.

Everything goes through the public interface: events in, people's answers, lists, filters and histories out.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from shared.clock import SettableClock
from shared.dates import london_day
from shared.ids import derived_id
from shared.samples.client import Client, Refused
from shared.samples.council_year.cases import Case
from shared.samples.council_year.feed import MORNING, Day, Feed
from shared.samples.council_year.truth import DESCRIBED, REFUSED_BECAUSE

PATIENCE_SECONDS = 120.0
LOOK_AGAIN_SECONDS = 0.5
NOT_NOW = 503
BATCH = 50
PAGE = 100
LOOK_AFTER = timedelta(days=75)
"""After the last day: every answer and every early help check that is owed is overdue by then."""
OUTCOMES = ("accepted", "duplicate", "refused")
TOLD = (
    "referral.submitted",
    "referral.completed",
    "referral.accepted",
    "referral.refused",
    "referral.waitlisted",
    "directpayment.implemented",
)


@dataclass(frozen=True, kw_only=True)
class YearPlayed:
    """One year on one platform. `sign_in(role, councils)` gives a token; tokens live for hours, so each day has its own."""

    feed: Feed
    address: str
    sign_in: Callable[..., str]
    clock: SettableClock
    say: Callable[[str], None]

    def play(self) -> dict[str, Any]:
        """Day by day; what the platform reports in the end."""
        answers: Counter[str] = Counter()
        month = ""
        for day, happening in self.feed.days.items():
            month = self._say_month(month, day)
            self.clock.set(datetime.combine(day, MORNING))
            answers += self._send(happening)
            for case in happening.answered:
                self._answer(case, day)
        self.clock.set(datetime.combine(max(self.feed.days) + LOOK_AFTER, MORNING))
        return {"answers": {outcome: answers[outcome] for outcome in OUTCOMES}}

    def report(self) -> dict[str, Any]:
        """Every count of the year as an adviser of the support service finds it."""
        adviser = self._as("adviser")
        referrals = list(_all_of(adviser))
        reported = {name: _counted(one.get(name) for one in referrals) for name in (*DESCRIBED, "status")}
        filtered = {
            name: {value: len(list(_all_of(adviser, **{name: value}))) for value in reported[name]}
            for name in ("status", "component")
        }
        if filtered != {name: reported[name] for name in filtered}:
            raise Disagreement(f"the filters give {filtered}, the whole list {reported}")
        return {
            "referrals": len(referrals),
            **reported,
            "self_funders": _self_funders(referrals),
            "council_sees": self._seen_by_council(),
            "possible_duplicates": len(list(_all_of(adviser, possible_duplicate="true"))),
            "received": _counted(_day_of(one["received_at"]).isoformat()[:7] for one in referrals),
            "response_clock": self._clocks(referrals),
            "overdue": self._overdue(adviser),
            "history": _counted(step for one in referrals for step in _steps_of(adviser, one["id"])),
        }

    def await_truth(self, truth: dict[str, Any], answers: dict[str, Any]) -> list[str]:
        """What differs from the truth when everything has arrived, or the patience is at an end; nothing, if all is well."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while found := _differences(truth, answers | self.report()):
            if time.monotonic() > deadline:
                break
            time.sleep(LOOK_AGAIN_SECONDS)
        return found

    @property
    def _has_clock(self) -> bool:
        return bool(self.feed.year.figures["has_response_clock"])

    @staticmethod
    def _overdue(adviser: Client) -> dict[str, int]:
        owed = {rule: len(list(_all_of(adviser, "/clocks", overdue="true", rule=rule))) for rule in ("C1", "C3")}
        return {"referrals": len(list(_all_of(adviser, overdue="true"))), **owed}

    def _clocks(self, referrals: list[dict[str, Any]]) -> dict[str, int]:
        if not self._has_clock:
            return {}
        return _counted(
            next((clock["state"] for clock in one["clocks"] if clock["rule"] == "C1"), "none") for one in referrals
        )

    def _seen_by_council(self) -> dict[str, Any]:
        """The contract's figures as the commissioner has them, which must be what the council's own people see listed."""
        first, last = min(self.feed.days), max(self.feed.days)
        figures: dict[str, Any] = self._as("commissioner").get(
            "/referrals/figures",
            council_id=self.feed.year.council_id,
            first_on=first.isoformat(),
            last_on=last.isoformat(),
        )
        listed = len(list(_all_of(self._as("social_worker"))))
        if listed != figures["referrals"]:
            raise Disagreement(f"the figures have {figures['referrals']} referrals, the council's list {listed}")
        return figures

    def _send(self, happening: Day) -> Counter[str]:
        outcomes: Counter[str] = Counter()
        if happening.events:
            system = self._as("council_system")
            for start in range(0, len(happening.events), BATCH):
                send = partial(system.publish, happening.events[start : start + BATCH])
                outcomes.update(answer["outcome"] for answer in _patiently(send))
        return outcomes

    def _answer(self, case: Case, day: date) -> None:
        council_id = self.feed.year.council_id
        referral_id = derived_id("ref", council_id, self.feed.reference_of(case))
        step, body = {
            "accept": ("accept", {}),
            "refuse": ("refuse", {"reason": REFUSED_BECAUSE, "told_verbally_on": day.isoformat()}),
            "place_on_waiting_list": ("place-on-waiting-list", {"reason": "no care available yet"}),
        }[case.answer]
        adviser, key = self._as("adviser"), f"{referral_id}-{step}"
        _patiently(lambda: adviser.post(f"/referrals/{referral_id}/{step}", body, key=key))

    def _as(self, role: str) -> Client:
        council_id = self.feed.year.council_id
        return Client(self.address, self.sign_in(role=role, councils=(council_id,)))

    def _say_month(self, before: str, day: date) -> str:
        month = day.isoformat()[:7]
        if month != before:
            self.say(f"  {month}")
        return month


def _patiently(ask: Callable[[], Any]) -> Any:
    """What is answered; a platform that takes nothing for the moment is asked again, as any sender would."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return ask()
        except Refused as refused:
            if refused.status != NOT_NOW or time.monotonic() > deadline:
                raise
        time.sleep(LOOK_AGAIN_SECONDS)


class Disagreement(Exception):
    """Two answers of the platform's that must agree do not."""


def _all_of(client: Client, path: str = "/referrals", **wanted: str) -> Iterator[dict[str, Any]]:
    """Everything of a list that the caller sees, page by page."""
    after: dict[str, str] = {}
    while True:
        page = client.get(path, limit=PAGE, **wanted, **after)
        yield from page["items"]
        if not page.get("next"):
            return
        after = {"after": page["next"]}


def _steps_of(client: Client, referral_id: str) -> Iterator[str]:
    lines = client.get(f"/referrals/{referral_id}/history")["items"]
    return (line["type"] for line in lines if line["type"] in TOLD)


def _self_funders(referrals: list[dict[str, Any]]) -> dict[str, int]:
    funders = [one["source"] for one in referrals if one.get("self_funder")]
    sent = funders.count("adult-social-care")
    return {"all": len(funders), "sent_by_council": sent, "came_themselves": len(funders) - sent}


def _differences(truth: dict[str, Any], reported: dict[str, Any]) -> list[str]:
    return [
        f"{name}: the truth is {truth[name]}, reported is {reported[name]}"
        for name in reported
        if reported[name] != truth[name]
    ]


def _day_of(instant: str) -> date:
    return london_day(datetime.fromisoformat(instant).astimezone(UTC))


def _counted(values: Any) -> dict[str, int]:
    return dict(sorted(Counter(str(value) for value in values if value is not None).items()))
