"""The generator's own counts of a year, made from the cases it drew and never from what a platform says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shared.samples.council_year.cases import Case, CouncilYear
from shared.samples.council_year.feed import Feed
from shared.samples.council_year.shares import percent_of

STATUSES = {"accept": "accepted", "refuse": "refused", "place_on_waiting_list": "waiting"}
STEPS = {"accept": "referral.accepted", "refuse": "referral.refused", "place_on_waiting_list": "referral.waitlisted"}
REFUSED_BECAUSE = "not-resident"
DESCRIBED = ("source", "urgency", "client_group", "contact_type", "primary_support_reason", "component")
"""Fields of a referral that are counted one by one, by the name that the platform shows them under too."""


def truth_of(feed: Feed) -> dict[str, Any]:
    """Every count of the year."""
    year, cases = feed.year, feed.year.cases
    return {
        "council_id": year.council_id,
        "year": year.year,
        "seed": year.seed,
        "referrals": len(cases),
        "answers": _answers(year),
        **{name: _counted(getattr(case, name) for case in cases) for name in DESCRIBED},
        "self_funders": _self_funders(cases),
        "council_sees": _contract(case for case in cases if not case.self_funder),
        "possible_duplicates": 0,
        "status": _counted(status_of(case) for case in cases),
        "received": _counted(case.received_on.isoformat()[:7] for case in cases),
        "response_clock": _counted(clock_of(case) for case in cases if year.figures["has_response_clock"]),
        "overdue": _overdue(feed),
        "history": _counted(step for case in cases for step in _steps_of(case)),
    }


def status_of(case: Case) -> str:
    """Where the case stands when the year's work is done."""
    if case.set_up_on is not None:
        return "in_support"
    if not case.is_complete:
        return "incomplete"
    return STATUSES.get(case.answer, "submitted")


def clock_of(case: Case) -> str:
    """What became of the five working days (CE 4.3): only adult social care's referrals have them, emergencies not."""
    if case.source != "adult-social-care" or case.urgency == "emergency":
        return "none"
    if case.answered_on is None:
        return "breached"
    return "stopped" if (case.answered_on - case.received_on).days <= 4 else "stopped_late"


def _contract(cases: Iterable[Case]) -> dict[str, Any]:
    """What is within the contract, and so within the council's view and figures: no self-funders (CE 1.1, 1.4)."""
    seen = list(cases)
    return {
        "referrals": len(seen),
        "accepted": sum(case.answer == "accept" for case in seen),
        "status": _counted(status_of(case) for case in seen),
        "component": _counted(case.component for case in seen),
        "refusal_reason": _counted(REFUSED_BECAUSE for case in seen if case.answer == "refuse"),
    }


def _steps_of(case: Case) -> Iterator[str]:
    """What its history tells."""
    yield "referral.submitted"
    if case.completed_on is not None:
        yield "referral.completed"
    if case.answer != "none":
        yield STEPS[case.answer]
    if case.set_up_on is not None:
        yield "directpayment.implemented"


def _overdue(feed: Feed) -> dict[str, int]:
    """What is owed a good while later: an answer (C1), and the early help check of every payment that was set up (C3)."""
    cases, is_clocked = feed.year.cases, feed.year.figures["has_response_clock"]
    unanswered = sum(clock_of(case) == "breached" for case in cases) if is_clocked else 0
    return {"referrals": unanswered, "C1": unanswered, "C3": sum(case.set_up_on is not None for case in cases)}


def _answers(year: CouncilYear) -> dict[str, int]:
    """What the council is told of its events."""
    sent = len(year.cases) + sum((case.completed_on is not None) + (case.set_up_on is not None) for case in year.cases)
    twice = sum(case.sent_again_on is not None for case in year.cases)
    malformed = percent_of(year.total, year.feed["malformed_percent"])
    return {"accepted": sent, "duplicate": twice, "refused": malformed}


def _self_funders(cases: Iterable[Case]) -> dict[str, int]:
    funders = [case for case in cases if case.self_funder]
    sent = sum(case.source == "adult-social-care" for case in funders)
    return {"all": len(funders), "sent_by_council": sent, "came_themselves": len(funders) - sent}


def _counted(values: Iterable[str | None]) -> Mapping[str, int]:
    return dict(sorted(Counter(value for value in values if value is not None).items()))
