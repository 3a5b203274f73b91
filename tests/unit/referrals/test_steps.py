"""A referral's life as a table: which step each status allows, and where it leads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.referrals.errors import NoProviders, NoSuchOffer, ReferralExists, ReferralIncomplete, StepNotPossible
from services.referrals.model import direct_payments, offers, provider_changes, refusing, steps, waiting
from services.referrals.model.life import CLAUSES, FHIR, OPEN, STEPS, Status, Step, fhir_status
from services.referrals.model.referral import ProviderWish, Referral, possible_steps
from shared.errors import StewardError
from shared.messaging.aggregates import Decision
from shared.policy.keeping import tell_passed
from tests.support.clocks import A_MONDAY_MORNING
from tests.unit.referrals.builders import a_clock, a_referral, an_offer

AT = A_MONDAY_MORNING
STATUSES: tuple[Status, ...] = get_args(Status)
ALL_STEPS: tuple[Step, ...] = get_args(Step)

# status, step, where it leads, clause
ALLOWED: tuple[tuple[Status, Step, Status, str], ...] = (
    ("incomplete", "see", "incomplete", "CE 4.3"),
    ("incomplete", "complete", "submitted", "CE 4.3"),
    ("incomplete", "refuse", "refused", "CE 4.3"),
    ("incomplete", "withdraw", "withdrawn", "ours"),
    ("incomplete", "close", "closed", "CE 4.4"),
    ("submitted", "see", "submitted", "CE 4.3"),
    ("submitted", "accept", "accepted", "CE 4.3"),
    ("submitted", "refuse", "refused", "CE 4.3"),
    ("submitted", "place_on_waiting_list", "waiting", "CE 4.8"),
    ("submitted", "withdraw", "withdrawn", "ours"),
    ("submitted", "close", "closed", "CE 4.4"),
    ("waiting", "place_on_waiting_list", "waiting", "CE 4.8"),
    ("waiting", "accept", "accepted", "CE 4.8"),
    ("waiting", "refuse", "refused", "CE 4.3"),
    ("waiting", "withdraw", "withdrawn", "ours"),
    ("waiting", "close", "closed", "CE 4.4"),
    ("accepted", "allocate", "allocated", "CE 4.3"),
    ("accepted", "offer", "offered", "CP 6.1"),
    ("accepted", "implement", "in_support", "CE 3.2"),
    ("accepted", "place_on_waiting_list", "waiting", "CE 4.8"),
    ("accepted", "withdraw", "withdrawn", "ours"),
    ("accepted", "close", "closed", "CE 4.4"),
    ("allocated", "allocate", "allocated", "CE 4.3"),
    ("allocated", "offer", "offered", "CP 6.1"),
    ("allocated", "implement", "in_support", "CE 3.2"),
    ("allocated", "place_on_waiting_list", "waiting", "CE 4.8"),
    ("allocated", "withdraw", "withdrawn", "ours"),
    ("allocated", "close", "closed", "CE 4.4"),
    ("offered", "allocate", "offered", "CE 4.3"),
    ("offered", "offer", "offered", "CP 6.1"),
    ("offered", "choose_provider", "provider_chosen", "CP 3.2.2"),
    ("offered", "withdraw", "withdrawn", "ours"),
    ("offered", "close", "closed", "CE 4.4"),
    ("provider_chosen", "allocate", "provider_chosen", "CE 4.3"),
    ("provider_chosen", "implement", "in_support", "CP 3.2.5"),
    ("provider_chosen", "ask_provider_change", "provider_chosen", "CP 5.3"),
    ("provider_chosen", "end_provider", "accepted", "CP 5.3"),
    ("provider_chosen", "withdraw", "withdrawn", "ours"),
    ("provider_chosen", "close", "closed", "CE 4.4"),
    ("in_support", "allocate", "in_support", "CE 4.3"),
    ("in_support", "ask_provider_change", "in_support", "CP 5.3"),
    ("in_support", "end_provider", "accepted", "CP 5.3"),
    ("in_support", "close", "closed", "CE 4.4"),
    ("refused", "close", "closed", "CE 4.3"),
)
LEADS_TO = {(status, step): reached for status, step, reached, _ in ALLOWED}
REFUSED = [(status, step) for status in STATUSES for step in ALL_STEPS if (status, step) not in LEADS_TO]

TAKEN: dict[Step, Callable[[Referral], Decision[Referral]]] = {
    "see": lambda r: steps.see(r, by="adviser-1", at=AT),
    "complete": lambda r: steps.complete(r, a_referral()),
    "accept": lambda r: steps.accept(r, worker_id="worker-1", by="adviser-1", at=AT),
    "refuse": lambda r: refusing.refuse(r, reason="not-resident", told_verbally_on=AT.date(), by="adviser-1", at=AT),
    "place_on_waiting_list": lambda r: waiting.place_on_waiting_list(
        r, reason="no care is available", by="adviser-1", at=AT
    ),
    "allocate": lambda r: steps.allocate(r, worker_id="worker-2"),
    "offer": lambda r: offers.offer(r, offers=[an_offer(1), an_offer(2), an_offer(3)], lot=1),
    "choose_provider": lambda r: offers.choose_provider(r, provider_id="prov-1"),
    "implement": lambda r: direct_payments.implement_direct_payment(r, implemented_on=AT.date(), by_council=False),
    "ask_provider_change": lambda r: provider_changes.ask_change(
        r, ProviderWish(wish="change", reason="Sample.", asked_by="per-7", asked_at=AT)
    ),
    "end_provider": lambda r: provider_changes.end_provider(
        r, ended_on=AT.date(), at_wish_of="council", reason="Sample.", by="worker-1", at=AT
    ),
    "withdraw": lambda r: steps.withdraw(r, reason="the family helps now", at=AT),
    "close": lambda r: steps.close(r, reason="no longer needed", at=AT),
}


def at_status(status: Status) -> Referral:
    """A referral as it stands in this status."""
    missing = ("care_and_support_plan",) if status == "incomplete" else ()
    offers = (an_offer(1, has_capacity=True), an_offer(2)) if status == "offered" else ()
    provider_id = "prov-1" if status in ("provider_chosen", "in_support") else None
    return a_referral(status=status, missing=missing, offers=offers, provider_id=provider_id)


def offers_of(referral: Referral) -> set[str]:
    """Every offer that was ever made, also to those of a former provider's round."""
    former = [offer for one in referral.former_providers for offer in one.offers]
    return {offer.offer_id for offer in (*referral.offers, *former)}


@pytest.mark.parametrize(
    ("status", "step", "reached"),
    [pytest.param(*row[:3], id=f"{row[3]} {row[1]} when {row[0]}") for row in ALLOWED],
)
def test_an_allowed_step_leads_where_the_clause_says(status: Status, step: Step, reached: Status) -> None:
    decision = TAKEN[step](at_status(status))

    assert decision.state.status == reached
    assert decision.events


@pytest.mark.parametrize(("status", "step"), REFUSED, ids=[f"{step} when {status}" for status, step in REFUSED])
def test_any_other_step_is_refused_and_those_that_are_possible_are_named(status: Status, step: Step) -> None:
    with pytest.raises((StepNotPossible, ReferralIncomplete, ReferralExists)) as refused:
        TAKEN[step](at_status(status))

    if isinstance(refused.value, StepNotPossible):
        possible = sorted(next_step for first, next_step in LEADS_TO if first == status)
        assert refused.value.detail.endswith(f"possible now: {', '.join(possible) or 'none'}")
        assert f"a referral that is {status} cannot {step}" in refused.value.detail


@pytest.mark.parametrize("status", STATUSES)
def test_the_steps_shown_as_possible_are_those_of_the_table(status: Status) -> None:
    assert possible_steps(at_status(status)) == sorted(step for first, step in LEADS_TO if first == status)


def test_an_incomplete_referral_cannot_be_accepted_and_says_what_it_lacks() -> None:
    with pytest.raises(ReferralIncomplete, match="care_and_support_plan"):
        steps.accept(at_status("incomplete"), worker_id="worker-1", by="adviser-1", at=AT)


def test_a_closed_referral_that_was_never_complete_says_that_it_is_closed() -> None:
    closed = steps.close(at_status("incomplete"), reason="sent by mistake", at=AT).state

    with pytest.raises(StepNotPossible, match="closed cannot accept"):
        steps.accept(closed, worker_id="worker-1", by="adviser-1", at=AT)


@given(steps=st.lists(st.sampled_from(ALL_STEPS), max_size=12), first=st.sampled_from(["incomplete", "submitted"]))
@settings(max_examples=150, deadline=None)
def test_no_sequence_of_steps_leaves_the_table(steps: list[Step], first: Status) -> None:
    referral = replace(at_status(first), clocks=(a_clock(),))

    for step in steps:
        before = referral
        try:
            referral = TAKEN[step](referral).state
        except StewardError:
            assert referral == before
            continue
        assert STEPS[before.status][step] == referral.status
        assert offers_of(before) <= offers_of(referral)

    if referral.status not in OPEN:
        assert possible_steps(referral) in ([], ["close"])
        assert all(clock.state.startswith("stopped") for clock in referral.clocks)


def test_accepting_tells_who_took_it_on_and_stops_the_response_clock_alone() -> None:
    referral = a_referral(clocks=(a_clock("C1"), a_clock("C6")))

    decision = steps.accept(referral, worker_id="worker-1", by="adviser-1", at=AT + timedelta(days=1))

    accepted, stopped = decision.events
    assert (accepted.type, accepted.worker_id) == ("referral.accepted", "worker-1")  # type: ignore[union-attr]
    assert (stopped.type, stopped.rule, stopped.in_time) == ("clock.stopped", "C1", True)  # type: ignore[union-attr]
    assert [clock.state for clock in decision.state.clocks] == ["stopped", "running"]
    assert decision.state.worker_id == "worker-1"


@pytest.mark.parametrize("step", ["refuse", "withdraw", "close"])
def test_no_clock_runs_on_with_a_referral_that_has_ended(step: Step) -> None:
    referral = a_referral(clocks=(a_clock("C1"), a_clock("C6")))

    ended = TAKEN[step](referral)

    assert [clock.state for clock in ended.state.clocks] == ["stopped", "stopped"]
    assert tell_passed(ended.state.clocks, at=AT + timedelta(days=90)).events == ()


@pytest.mark.parametrize("step", ["place_on_waiting_list", "withdraw", "close"])
def test_a_reason_in_a_workers_own_words_stays_in_the_record(step: Step) -> None:
    decision = TAKEN[step](a_referral())

    assert decision.state.reason
    assert all(decision.state.reason not in str(event.as_data()) for event in decision.events)  # type: ignore[union-attr]


def test_a_refusal_tells_its_reason_code_and_keeps_the_day_of_the_spoken_word() -> None:
    decision = refusing.refuse(
        a_referral(), reason="not-resident", told_verbally_on=date(2026, 3, 2), by="adviser-1", at=AT
    )

    assert decision.events[0].as_data() == {  # type: ignore[union-attr]
        "referral_id": "ref-7",
        "person_id": "per-7",
        "referrer_id": "rfr-1",
        "reason": "not-resident",
    }
    assert decision.state.told_verbally_on == date(2026, 3, 2)


def test_offering_again_asks_only_providers_that_were_not_asked() -> None:
    first = offers.offer(a_referral(status="accepted"), offers=[an_offer(1)], lot=1)
    answered = offers.answer_offer(first.state, offer_id="off-1", has_capacity=False, can_start_on=None).state

    again = offers.offer(answered, offers=[an_offer(1), an_offer(2)], lot=1)
    nobody_new = offers.offer(again.state, offers=[an_offer(1), an_offer(2)], lot=1)

    assert again.events[0].provider_ids == ("prov-2",)  # type: ignore[union-attr]
    assert [offer.has_capacity for offer in again.state.offers] == [False, None]
    assert nobody_new.events == []


def test_a_lot_without_providers_is_not_offered_to() -> None:
    with pytest.raises(NoProviders, match="lot 2"):
        offers.offer(a_referral(status="accepted"), offers=[], lot=2)


@pytest.mark.parametrize(
    ("referral", "offer_id"),
    [
        pytest.param(at_status("offered"), "off-9", id="an offer that was never made"),
        pytest.param(at_status("offered"), "off-1", id="an offer answered already"),
        pytest.param(a_referral(status="closed", offers=(an_offer(),)), "off-1", id="a closed referral"),
    ],
)
def test_only_an_open_offer_can_be_answered(referral: Referral, offer_id: str) -> None:
    with pytest.raises(NoSuchOffer):
        offers.answer_offer(referral, offer_id=offer_id, has_capacity=True, can_start_on=None)


def test_only_a_provider_that_said_yes_can_be_chosen() -> None:
    with pytest.raises(NoSuchOffer, match="has not answered yes"):
        offers.choose_provider(at_status("offered"), provider_id="prov-2")


def test_a_fund_without_a_weekly_budget_is_not_opened_by_a_choice() -> None:
    with pytest.raises(ReferralIncomplete, match="weekly_budget_pence"):
        offers.choose_provider(replace(at_status("offered"), weekly_budget_pence=None), provider_id="prov-1")


def test_choosing_tells_what_the_ledger_needs_to_open_the_fund() -> None:
    chosen = offers.choose_provider(at_status("offered"), provider_id="prov-1")

    assert chosen.events[0].as_data() == {  # type: ignore[union-attr]
        "referral_id": "ref-7",
        "person_id": "per-7",
        "provider_id": "prov-1",
        "lot": 1,
        "weekly_budget_pence": 18200,
        "round": 1,
    }


TASK_STATUSES = {
    "draft",
    "requested",
    "received",
    "accepted",
    "rejected",
    "ready",
    "cancelled",
    "in-progress",
    "on-hold",
    "failed",
    "completed",
    "entered-in-error",
}
REQUEST_STATUSES = {"draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"}


@pytest.mark.parametrize("seen", [False, True])
@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_its_place_in_fhir(status: Status, seen: bool) -> None:
    mapped = fhir_status(status, seen=seen)

    assert mapped.task in TASK_STATUSES
    assert mapped.service_request in REQUEST_STATUSES
    assert set(FHIR) == set(STEPS) == set(STATUSES)


def test_accepted_not_yet_seen_seen_and_refused_can_be_told_apart() -> None:
    referral = a_referral()
    seen = steps.see(referral, by="adviser-1", at=AT).state
    accepted = TAKEN["accept"](referral).state
    refused = TAKEN["refuse"](referral).state

    told = [fhir_status(r.status, seen=r.seen_at is not None).task for r in (referral, seen, accepted, refused)]

    assert told == ["requested", "received", "accepted", "rejected"]


def test_every_step_says_what_asks_for_it() -> None:
    assert set(CLAUSES) == set(ALL_STEPS)


def test_who_saw_a_referral_first_is_kept_and_told_once() -> None:
    first = steps.see(a_referral(), by="adviser-1", at=AT)
    again = steps.see(first.state, by="adviser-2", at=AT + timedelta(hours=1))

    assert [event.type for event in first.events] == ["referral.seen"]  # type: ignore[union-attr]
    assert again.events == ()
    assert (again.state.seen_by, again.state.seen_at) == ("adviser-1", AT)


def test_nothing_leads_back_from_an_end() -> None:
    for end in ("withdrawn", "closed"):
        assert possible_steps(at_status(end)) == []  # type: ignore[arg-type]
    assert "reopen" not in ALL_STEPS


def test_a_named_worker_is_told_to_whoever_referred() -> None:
    allocated = steps.allocate(a_referral(status="accepted"), worker_id="worker-2")

    assert allocated.events[0].as_data() == {  # type: ignore[union-attr]
        "referral_id": "ref-7",
        "person_id": "per-7",
        "referrer_id": "rfr-1",
        "worker_id": "worker-2",
    }
    assert allocated.state.worker_id == "worker-2"
