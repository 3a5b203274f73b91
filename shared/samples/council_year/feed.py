"""The year's events, day by day, as the council's case system sends them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from shared.samples.council_year.cases import Case, CouncilYear
from shared.samples.council_year.shares import percent_of
from shared.samples.generating import SampleCouncil

MORNING = time(9, 0, tzinfo=UTC)
BIRTHDAY_OF_NOBODY = "1961-02-31"


@dataclass(kw_only=True)
class Day:
    """One day: the events that come in, then the cases that are answered."""

    events: list[dict[str, Any]] = field(default_factory=list)
    answered: list[Case] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Feed:
    """Everything that happens in a council's year."""

    year: CouncilYear

    @cached_property
    def days(self) -> dict[date, Day]:
        """The days on which something happens, in order; some of what the year began falls into the next."""
        days: defaultdict[date, Day] = defaultdict(Day)
        for case in self.year.cases:
            for day, event in self._events_of(case):
                days[day].events.append(event)
            if case.answered_on is not None:
                days[case.answered_on].answered.append(case)
        for event in self._malformed():
            days[date.fromisoformat(event["time"][:10])].events.append(event)
        return dict(sorted(days.items()))

    def events(self) -> Iterator[dict[str, Any]]:
        """Every event in the order sent."""
        return (event for day in self.days.values() for event in day.events)

    def lines(self) -> Iterator[bytes]:
        """The events as JSON lines: the same bytes for the same council, seed and year."""
        return (json.dumps(event, sort_keys=True, ensure_ascii=False).encode() + b"\n" for event in self.events())

    def reference_of(self, case: Case) -> str:
        """The council's own reference of a case."""
        return f"REF-{self.year.year}-{self.year.seed}-{case.number:04d}"

    @cached_property
    def _sample(self) -> SampleCouncil:
        now = datetime.combine(date(self.year.year, 1, 1), MORNING)
        return SampleCouncil(council_id=self.year.council_id, now=now, seed=self.year.seed)

    @cached_property
    def _postcodes(self) -> list[str]:
        return self._sample.postcodes(self.year.total)

    def _events_of(self, case: Case) -> Iterator[tuple[date, dict[str, Any]]]:
        first = self._event(
            case, "referral.submitted", "sent", case.received_on, self._data(case, plan=not case.lacks_plan)
        )
        yield case.received_on, first
        if case.sent_again_on is not None:
            yield case.sent_again_on, first
        if case.completed_on is not None:
            data = self._data(case, plan=True)
            yield case.completed_on, self._event(case, "referral.submitted", "completed", case.completed_on, data)
        if case.set_up_on is not None:
            data = {"referral_reference": self.reference_of(case), "implemented_on": case.set_up_on.isoformat()}
            yield case.set_up_on, self._event(case, "directpayment.implemented", "set-up", case.set_up_on, data)

    def _malformed(self) -> Iterator[dict[str, Any]]:
        """Referrals that nobody can take in: born on a day that never was."""
        for case in self.year.cases[: percent_of(self.year.total, self.year.feed["malformed_percent"])]:
            data = self._data(case, plan=True)
            wrong = {"referral_reference": f"{self.reference_of(case)}-X"}
            wrong |= {
                "person": data["person"] | {"born_on": BIRTHDAY_OF_NOBODY, "person_reference": f"X-{case.number}"}
            }
            yield self._event(case, "referral.submitted", "malformed", case.received_on, data | wrong)

    def _event(self, case: Case, type: str, what: str, day: date, data: dict[str, Any]) -> dict[str, Any]:
        name = f"{self.year.year}-{self.year.seed}-{case.number:04d}-{what}"
        at = datetime.combine(day, MORNING) + timedelta(minutes=case.number % 480)
        return self._sample.event(type, name, data) | {"time": at.isoformat(timespec="seconds")}

    def _data(self, case: Case, *, plan: bool) -> dict[str, Any]:
        draw = self.year.draw(f"person/{case.number}")
        data = {
            "referral_reference": self.reference_of(case),
            "source": case.source,
            "urgency": case.urgency,
            "deployment": self.year.figures["deployment"],
            "has_eligible_needs": case.has_eligible_needs,
            "self_funder": case.self_funder,
            "client_group": case.client_group,
            "primary_support_reason": case.primary_support_reason,
            "contact_type": case.contact_type,
            "weekly_budget_pence": draw.choice(self.year.lists["weekly_budgets_pence"]),
            "lot": 1,
            "person": self._person(case, draw),
        }
        if case.source != "self":
            data["referrer"] = self._referrer(case)
        if plan and case.source != "self":
            data["care_and_support_plan"] = f"CSP-{case.number:04d}"
        return data

    def _person(self, case: Case, draw: Any) -> dict[str, Any]:
        person = self._sample.person(case.number, self._postcodes[case.number - 1], draw)
        return person | {"person_reference": f"P-{self.year.year}-{self.year.seed}-{case.number:05d}"}

    @staticmethod
    def _referrer(case: Case) -> dict[str, Any]:
        number = case.number % 20
        return {
            "referrer_reference": f"SW-{number:02d}",
            "name": f"Sample Social Worker {number:02d}",
            "email": f"social-worker-{number:02d}@example.org",
        }
