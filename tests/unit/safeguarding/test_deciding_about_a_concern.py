from __future__ import annotations

from typing import Any

import pytest

from services.safeguarding.errors import StepNotPossible
from services.safeguarding.model import concerns
from services.safeguarding.model.concerns import Alleged, Concern, possible_steps
from tests.support.clocks import A_MONDAY_MORNING
from tests.unit.safeguarding.builders import a_concern

AT = A_MONDAY_MORNING


def triaged(concern: Concern, *, apply: bool = True) -> Concern:
    return concerns.triage(concern, procedures_apply=apply, reason="as found", by="lead-1", at=AT).state


def decided(concern: Concern, decision: Any = "council-enquires") -> Concern:
    return concerns.decide_section_42(concern, decision=decision, reason="as found", by="council-1", at=AT).state


def concluded(concern: Concern, *, lifted: bool) -> Concern:
    return concerns.conclude(concern, outcome="inconclusive", restriction_lifted=lifted, by="council-1", at=AT).state


def a_step(concern: Concern, step: str) -> Concern:
    steps = {"triage": triaged, "decide_section_42": decided, "conclude": lambda c: concluded(c, lifted=True)}
    return steps[step](concern)


RAISED = a_concern()
STATES = {
    "raised": RAISED,
    "triaged": triaged(RAISED),
    "not_safeguarding": triaged(RAISED, apply=False),
    "enquiry": decided(triaged(RAISED)),
    "no_enquiry": decided(triaged(RAISED), "no-enquiry"),
    "concluded": concluded(decided(triaged(RAISED)), lifted=True),
}
POSSIBLE = {
    "raised": ["triage"],
    "triaged": ["decide_section_42"],
    "not_safeguarding": [],
    "enquiry": ["decide_section_42", "conclude"],
    "no_enquiry": ["decide_section_42", "conclude"],
    "concluded": [],
}


@pytest.mark.parametrize("state", STATES, ids=[f"CE 7.9 {state}" for state in STATES])
def test_each_state_allows_its_own_steps_and_refuses_all_others(state: str) -> None:
    concern = STATES[state]

    assert concern.state == state
    assert possible_steps(concern) == POSSIBLE[state]
    for step in ("triage", "decide_section_42", "conclude"):
        if step in POSSIBLE[state]:
            assert a_step(concern, step).state != "raised"
        else:
            with pytest.raises(StepNotPossible):
                a_step(concern, step)


def test_triage_tells_whether_procedures_apply_and_who_is_alleged() -> None:
    decision = concerns.triage(RAISED, procedures_apply=False, reason="a complaint", by="lead-1", at=AT)

    told = [event for event in decision.events if event.type == "concern.triaged"]  # type: ignore[union-attr]
    assert [event.as_data() for event in told] == [  # type: ignore[union-attr]
        {
            "concern_id": "con-1",
            "procedures_apply": False,
            "alleged_kind": "personal_assistant",
            "alleged_id": "pa-0001",
        }
    ]
    assert decision.state.triage is not None
    assert decision.state.triage.decided_by == "lead-1"


def test_whoever_triages_has_the_alert_in_hand() -> None:
    assert triaged(RAISED).alert.acknowledged_by == "lead-1"


def test_triage_leaves_an_acknowledged_alert_with_whoever_has_it() -> None:
    acknowledged = concerns.acknowledge(RAISED, by="worker-1", at=AT).state

    assert triaged(acknowledged).alert.acknowledged_by == "worker-1"


def test_every_section_42_decision_is_kept() -> None:
    twice = decided(decided(triaged(RAISED), "no-enquiry"), "provider-caused-to-enquire")

    assert [judgement.decision for judgement in twice.section_42] == ["no-enquiry", "provider-caused-to-enquire"]
    assert twice.state == "enquiry"


def test_a_concluded_concern_that_kept_its_restriction_can_be_concluded_once_more_to_lift_it() -> None:
    kept = concluded(decided(triaged(RAISED)), lifted=False)
    assert possible_steps(kept) == ["conclude"]

    lifted = concluded(kept, lifted=True)

    assert lifted.conclusion is not None
    assert lifted.conclusion.restriction_lifted
    assert possible_steps(lifted) == []
    with pytest.raises(StepNotPossible):
        concluded(kept, lifted=False)


@pytest.mark.parametrize(
    "alleged",
    [None, Alleged(kind="relative", party_id="per-0009"), Alleged(kind="personal_assistant")],
    ids=["nobody", "a relative", "a personal assistant not known here"],
)
def test_where_nobody_is_restricted_a_conclusion_is_final(alleged: Alleged | None) -> None:
    ended = concluded(decided(triaged(a_concern(alleged=alleged))), lifted=False)

    assert possible_steps(ended) == []
    with pytest.raises(StepNotPossible):
        concluded(ended, lifted=True)
