"""Draws the year's cases: when each referral comes, whose it is, and what becomes of it.

Answers in time come within four days, for five working days are never fewer; late ones after three weeks, which no five
working days ever last. So the counts need no calendar of working days, and check the platform's own.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Literal, cast

from shared.samples.council_year.shares import dealt, divided
from shared.samples.generating import read_figures

Answer = Literal["accept", "refuse", "place_on_waiting_list", "none"]
SATURDAY = 5
COMPLETED_AFTER_DAYS = 2
LATE_AFTER_DAYS = 21
SET_UP_AFTER_DAYS = 14


@dataclass(frozen=True, kw_only=True)
class Case:
    """One referral of the year. `lacks_plan` holds until `completed_on`, if ever; `sent_again_on` repeats the same event."""

    number: int
    received_on: date
    source: str
    urgency: str
    self_funder: bool
    contact_type: str
    primary_support_reason: str
    client_group: str
    lacks_plan: bool
    completed_on: date | None
    answer: Answer
    answered_on: date | None
    set_up_on: date | None
    sent_again_on: date | None
    has_component: bool

    @property
    def is_complete(self) -> bool:
        """Whether it has its plan in the end."""
        return not self.lacks_plan or self.completed_on is not None

    @property
    def has_eligible_needs(self) -> bool:
        """Who asks for information and advice is served without (CE 1.1, 1.9)."""
        return not self.self_funder and self.contact_type != "information-and-advice"

    @property
    def component(self) -> str | None:
        """The part of the contract (CE 1.1), where the contract has parts."""
        if not self.has_component:
            return None
        if self.self_funder:
            return "self-funder"
        return "brokerage" if self.has_eligible_needs else "universal-information"


@dataclass(frozen=True, kw_only=True)
class CouncilYear:
    """A council's year by its figures; `referrals` makes it smaller, in the same proportions."""

    council_id: str
    seed: int
    year: int
    referrals: int | None = None

    @cached_property
    def figures(self) -> Mapping[str, Any]:
        """The council's own figures of a year. Raises `UnknownYear` for a council that has none."""
        found: Mapping[str, Any] | None = self.lists["council_years"].get(self.council_id)
        if found is None:
            known = ", ".join(sorted(self.lists["council_years"]))
            raise UnknownYear(f"there are no figures of a year for {self.council_id}; there are for {known}")
        return found

    @cached_property
    def total(self) -> int:
        return self.figures["referrals"] if self.referrals is None else self.referrals

    @property
    def feed(self) -> Mapping[str, Any]:
        """What the feed is like: what is late, lacking, sent twice or malformed."""
        found: Mapping[str, Any] = self.lists["feed"]
        return found

    @cached_property
    def cases(self) -> list[Case]:
        """Every case, numbered from 1."""
        columns = self._columns()
        return [
            self._case(number, {name: cards[number - 1] for name, cards in columns.items()}) for number in self._numbers
        ]

    def draw(self, what: str) -> random.Random:
        """Chance of its own for each thing, so that one more draw moves nothing else."""
        return random.Random(f"{self.seed}/{self.council_id}/{self.year}/{what}")  # noqa: S311  (samples, not secrets)

    @cached_property
    def lists(self) -> Mapping[str, Any]:
        """All figures and lists that samples are drawn from."""
        return read_figures()

    @property
    def _numbers(self) -> range:
        return range(1, self.total + 1)

    def _columns(self) -> dict[str, list[str]]:
        """What is dealt out exactly, one card for each case."""
        feed, total = self.feed, self.total
        reasons = {row["reason"]: row["people"] for row in self.lists["support_reasons"]["counts"]}
        weights = {
            "means": divided(total, self._means()),
            "contact_type": divided(total, self.lists["contact_types"]),
            "reason": divided(total, reasons),
            "urgency": divided(total, self.figures["urgency"]),
            "answer": divided(total, feed["answers"]),
            "plan": divided(total, _in_hundred(feed["lacks_plan_percent"])),
            "completed": divided(total, _in_hundred(feed["completed_percent"])),
            "late": divided(total, _in_hundred(feed["answered_late_percent"])),
            "set_up": divided(total, _in_hundred(self.figures["set_up_percent"])),
            "twice": divided(total, _in_hundred(feed["sent_twice_percent"])),
        }
        return {name: dealt(parts, self.draw(name)) for name, parts in weights.items()}

    def _means(self) -> dict[str, int]:
        sent = self.figures["self_funders_sent_by_council"]
        funders = self.figures["self_funders"]
        return {"council": self.figures["referrals"] - funders, "funder-sent": sent, "funder-came": funders - sent}

    def _case(self, number: int, card: Mapping[str, str]) -> Case:
        """Only a referral from adult social care is asked for a plan (CE 4.3)."""
        draw = self.draw(f"case/{number}")
        came_themselves = card["means"] == "funder-came"
        received_on = self._day(draw, any_day=came_themselves)
        lacks_plan = card["plan"] == "yes" and not came_themselves
        completed = lacks_plan and card["completed"] == "yes"
        case = Case(
            number=number,
            received_on=received_on,
            source="self" if came_themselves else "adult-social-care",
            urgency=card["urgency"],
            self_funder=card["means"] != "council",
            contact_type=card["contact_type"],
            primary_support_reason=card["reason"],
            client_group=self._client_group(card["reason"]),
            lacks_plan=lacks_plan,
            completed_on=received_on + timedelta(days=COMPLETED_AFTER_DAYS) if completed else None,
            answer=cast(Answer, card["answer"]) if completed or not lacks_plan else "none",
            answered_on=None,
            set_up_on=None,
            has_component=self.figures["has_components"],
            sent_again_on=received_on + timedelta(days=1) if card["twice"] == "yes" else None,
        )
        return _worked_on(case, draw, is_late=card["late"] == "yes", is_set_up=card["set_up"] == "yes")

    def _day(self, draw: random.Random, *, any_day: bool) -> date:
        """A council's case workers send on weekdays; people come on any day."""
        first = date(self.year, 1, 1)
        days = (date(self.year + 1, 1, 1) - first).days
        while (day := first + timedelta(days=draw.randrange(days))).weekday() >= SATURDAY and not any_day:
            pass
        return day

    def _client_group(self, reason: str) -> str:
        rows = self.lists["support_reasons"]["counts"]
        return str(next(row["client_group"] for row in rows if row["reason"] == reason))


class UnknownYear(Exception):
    """Nobody has given figures of a year for this council."""


def _worked_on(case: Case, draw: random.Random, *, is_late: bool, is_set_up: bool) -> Case:
    if case.answer == "none":
        return case
    soonest = COMPLETED_AFTER_DAYS + 1 if case.lacks_plan else 1
    days = LATE_AFTER_DAYS if is_late else draw.randint(soonest, 4)
    answered_on = case.received_on + timedelta(days=days)
    set_up = is_set_up and case.answer == "accept" and case.has_eligible_needs
    set_up_on = answered_on + timedelta(days=SET_UP_AFTER_DAYS) if set_up else None
    return replace(case, answered_on=answered_on, set_up_on=set_up_on)


def _in_hundred(percent: int) -> dict[str, int]:
    return {"yes": percent, "no": 100 - percent}
