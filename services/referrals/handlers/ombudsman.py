"""What the Ombudsman asks for: everything about one complaint in one document (CE 7.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from services.referrals.handlers.cases import CaseDesk, seen_case
from services.referrals.model.complaints import CLOCKS, Complaint
from shared.context import Caller
from shared.dates import format_instant, london_day
from shared.events.schemas import dump_event
from shared.messaging.aggregates import Stored

History = Callable[[str, str], list[dict[str, Any]]]
"""The events of one record in one stream, first to last."""
VALUES = (
    "complaint_time_limit_months",
    "complaint_reporters",
    "negative_feedback_answered_in_writing",
    "negative_feedback_copied_to_council",
    "partner_complaints_review_months",
    "service_start_items",
    "refusal_reasons",
    "refusal_acts",
)
"""The parts of the pack that complaints, and the answers to referrals, are judged by."""


def bundle(complaint_id: str, *, desk: CaseDesk, caller: Caller, history: History) -> dict[str, Any]:
    """The complaint with its decisions, what happened to it and to its referral, and the policy in force when it came.

    Raises `NotFound`. A self-funder's referral and complaint are shown as far as the caller may see them.
    """
    stored = seen_case(complaint_id, records=desk.complaints, caller=caller)
    complaint = stored.state
    names = sorted({name for clocks in CLOCKS.values() for name in clocks} | {clock.name for clock in complaint.clocks})
    received_on = london_day(complaint.received_at)
    return {
        "complaint_id": stored.id,
        "council_id": stored.council_id,
        "made_at": format_instant(desk.clock.now()),
        "made_by": caller.actor_id,
        "complaint": dump_event(complaint),
        "history": told(stored.id, streams=("complaint", "referral"), history=history),
        "referral": _referral(stored, desk, history),
        "policy": desk.rules.as_it_stood(stored.council_id, received_on, values=VALUES, clocks=names),
    }


def told(record_id: str, *, streams: Sequence[str], history: History) -> list[dict[str, Any]]:
    """What was told of a record in several streams, in order of time: its clocks have a stream of their own."""
    lines = [line for stream in streams for line in history(stream, record_id)]
    return sorted(lines, key=lambda line: str(line["time"]))


def _referral(stored: Stored[Complaint], desk: CaseDesk, history: History) -> dict[str, Any] | None:
    referral_id = stored.state.referral_id
    if referral_id is None:
        return None
    referral = desk.referrals.get(referral_id)
    return {
        "referral_id": referral_id,
        "referral": dump_event(referral.state),
        "history": told(referral_id, streams=("referral",), history=history),
    }
