"""Who may receive a direct payment: four conditions with capacity, five without, the routes, the exclusion (CE 3.2)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.referrals.errors import (
    CapacityTestConcluded,
    CapacityTestNotMet,
    CapacityTestOpen,
    PaymentStepNotPossible,
    StepNotPossible,
    UnknownCondition,
)
from services.referrals.handlers.capacity import begin_capacity_test
from services.referrals.handlers.direct_payments import end_direct_payment
from services.referrals.handlers.payments import seen_payment
from services.referrals.model.capacity import (
    CapacityTest,
    Finding,
    Recipient,
    conditions_of,
    standing,
)
from services.referrals.store import payments_seen_by
from shared.context import Caller
from shared.errors import Forbidden, Invalid, NotFound, PolicyIncomplete
from tests.support.clocks import A_MONDAY_MORNING
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, a_command, an_adviser, an_event, policies
from tests.unit.referrals.payment_builders import (
    a_running_payment,
    a_social_worker,
    an_accepted_referral,
    begin,
    conclude,
    find,
    find_all,
    hear_of_implementation,
    implement,
    sign,
)

ROUTE_A = {"kind": "authorised_person", "party_id": "deputy-1", "route": "a"}
ROUTE_B = {
    "kind": "suitable_person",
    "party_id": "sister-1",
    "route": "b",
    "authorised_person_id": "deputy-1",
    "authorised_agreed_on": date(2026, 3, 2),
}
ROUTE_C = {"kind": "suitable_person", "party_id": "sister-1", "route": "c"}
NOMINEE = {"kind": "nominee", "party_id": "nominee-1", "scope": "the whole payment"}
EXCLUSION = "treatment-order"
MANAGING = "capable-of-managing"


@pytest.mark.parametrize(
    ("has_capacity", "recipient", "asked", "left_out"),
    [
        pytest.param(
            True,
            {},
            ["capacity-to-ask", "not-prohibited", MANAGING, "appropriate"],
            ["nominee-agrees"],
            id="with capacity: four",
        ),
        pytest.param(
            True,
            NOMINEE,
            ["capacity-to-ask", "nominee-agrees", "not-prohibited", MANAGING, "appropriate"],
            [],
            id="nominated: the nominee agrees too",
        ),
        pytest.param(
            False,
            ROUTE_A,
            ["not-prohibited", "best-interests", MANAGING, "appropriate"],
            ["authorised-person-supports"],
            id="route a: the recipient is authorised",
        ),
        pytest.param(
            False,
            ROUTE_B,
            [
                "authorised-person-supports",
                "not-prohibited",
                "best-interests",
                MANAGING,
                "appropriate",
                "council-agrees",
            ],
            [],
            id="route b: five, and the council agrees",
        ),
        pytest.param(
            False,
            ROUTE_C,
            ["not-prohibited", "best-interests", MANAGING, "appropriate", "council-agrees"],
            ["authorised-person-supports"],
            id="route c: nobody is authorised",
        ),
    ],
)
def test_the_test_asks_what_the_clause_asks_of_this_recipient(
    *, has_capacity: bool, recipient: dict[str, Any], asked: list[str], left_out: list[str]
) -> None:
    desk = ReferralsDesk()
    referral = an_accepted_referral(desk)

    test = begin(desk, referral.id, has_capacity=has_capacity, **recipient).state.test

    assert test is not None
    assert [c.code for c in test.conditions if c.left_out_because is None] == [*asked, EXCLUSION]
    assert [c.code for c in test.conditions if c.left_out_because] == left_out
    assert all('CE 3.2 "Exclusions"' in condition.clause for condition in test.conditions)
    assert test.policy == "cheshire-east/2019-04-01"


@pytest.mark.parametrize(
    ("has_capacity", "recipient", "field"),
    [
        pytest.param(True, ROUTE_A, "recipient.kind", id="with capacity nobody is authorised in their place"),
        pytest.param(True, {"kind": "nominee", "party_id": "n-1"}, "recipient.scope", id="a nominee without a scope"),
        pytest.param(True, NOMINEE | {"route": "a"}, "recipient.route", id="a nominee by a route"),
        pytest.param(False, {}, "recipient.route", id="without capacity a route is needed"),
        pytest.param(False, ROUTE_A | {"route": "d"}, "recipient.route", id="no such route"),
        pytest.param(False, ROUTE_A | {"kind": "suitable_person"}, "recipient.kind", id="a is for the authorised"),
        pytest.param(
            False,
            ROUTE_B | {"authorised_agreed_on": None},
            "recipient.authorised_person_id",
            id="b: the authorised person has not agreed",
        ),
        pytest.param(
            False,
            ROUTE_C | {"authorised_person_id": "deputy-1"},
            "recipient.authorised_person_id",
            id="c is closed where somebody is authorised",
        ),
    ],
)
def test_a_recipient_that_does_not_fit_is_refused_by_field(
    *, has_capacity: bool, recipient: dict[str, Any], field: str
) -> None:
    desk = ReferralsDesk()
    referral = an_accepted_referral(desk)

    with pytest.raises(Invalid) as refused:
        begin(desk, referral.id, has_capacity=has_capacity, **recipient)

    assert field in [error.field for error in refused.value.errors]
    assert not desk.everything()["direct_payments"]


def test_it_is_met_when_every_condition_is_evidenced() -> None:
    desk = ReferralsDesk()
    referral = an_accepted_referral(desk)
    begin(desk, referral.id)
    find_all(desk, referral.id)

    test = conclude(desk, referral.id).state.test

    assert test is not None
    assert (test.outcome, test.concluded_by) == ("met", "social-worker-1")
    finding = test.findings[0]
    assert (finding.found_by, finding.found_on, finding.evidence) == (
        "social-worker-1",
        date(2026, 3, 2),
        "Sample: conversation at home.",
    )
    assert desk.direct_payments.told()[-1].data["met"] is True


def test_not_met_because_names_each_condition_that_failed_and_its_clause() -> None:
    desk = ReferralsDesk()
    referral = an_accepted_referral(desk)
    begin(desk, referral.id, has_capacity=False, **ROUTE_A)
    find_all(desk, referral.id, failing=("best-interests", MANAGING))

    test = conclude(desk, referral.id).state.test

    assert test is not None
    assert standing(test).words == (
        "not met because condition 3, the recipient will act in the person's best interests "
        '(CE 3.2 "Exclusions") was found not to hold; condition 4, the recipient can manage direct payments, alone or '
        'with help they will have (CE 3.2 "Exclusions") was found not to hold'
    )
    assert desk.direct_payments.told()[-1].data["not_met_because"] == [
        'best-interests (CE 3.2 "Exclusions")',
        'capable-of-managing (CE 3.2 "Exclusions")',
    ]


@pytest.mark.parametrize("has_capacity", [True, False])
def test_a_treatment_order_bars_any_direct_payment_with_or_without_capacity(*, has_capacity: bool) -> None:
    desk = ReferralsDesk()
    referral = an_accepted_referral(desk)
    begin(desk, referral.id, has_capacity=has_capacity, **({} if has_capacity else ROUTE_A))
    find_all(desk, referral.id, failing=(EXCLUSION,))

    conclude(desk, referral.id)

    with pytest.raises(CapacityTestNotMet, match=r"2014 Sch 1\) which bars any direct payment"):
        implement(desk, referral.id)


def test_a_test_without_all_its_evidence_cannot_be_concluded() -> None:
    desk = ReferralsDesk()
    referral = an_accepted_referral(desk)
    begin(desk, referral.id)
    for condition in ("capacity-to-ask", "not-prohibited", "appropriate", EXCLUSION):
        find(desk, referral.id, condition, holds=condition != EXCLUSION)

    with pytest.raises(CapacityTestOpen, match=r"no evidence yet for condition 3, the person or nominee can manage"):
        conclude(desk, referral.id)


def test_what_the_test_does_not_ask_cannot_be_found() -> None:
    desk = ReferralsDesk()
    referral = an_accepted_referral(desk)
    begin(desk, referral.id)

    with pytest.raises(UnknownCondition, match="it asks for: appropriate, capable-of-managing"):
        find(desk, referral.id, "nominee-agrees")


def test_nothing_is_found_tomorrow() -> None:
    desk = ReferralsDesk()
    referral = an_accepted_referral(desk)
    begin(desk, referral.id)

    with pytest.raises(Invalid, match="still to come"):
        find(desk, referral.id, "appropriate", found_on=date(2026, 3, 3))


def test_only_the_council_considers_somebody_suitable() -> None:
    desk = ReferralsDesk()
    referral = an_accepted_referral(desk)
    begin(desk, referral.id, has_capacity=False, **ROUTE_C)

    with pytest.raises(Forbidden):
        find(desk, referral.id, "council-agrees", caller=an_adviser())

    test = find(desk, referral.id, "council-agrees", caller=a_social_worker()).state.test
    assert test is not None
    assert test.findings[-1].found_by == "social-worker-1"


def test_a_concluded_test_changes_no_more_and_a_new_one_keeps_it() -> None:
    desk = ReferralsDesk()
    referral = an_accepted_referral(desk)
    begin(desk, referral.id)
    find_all(desk, referral.id, failing=(MANAGING,))
    conclude(desk, referral.id)

    with pytest.raises(CapacityTestConcluded):
        find(desk, referral.id, MANAGING)
    payment = begin(desk, referral.id, **NOMINEE).state

    assert payment.test is not None
    assert (payment.test.outcome, [test.outcome for test in payment.former_tests]) == ("open", ["not_met"])


@pytest.mark.parametrize("tested", ["not at all", "open", "not met"])
def test_a_payment_is_not_implemented_unless_its_test_came_out_met(tested: str) -> None:
    desk = ReferralsDesk()
    referral = an_accepted_referral(desk)
    if tested != "not at all":
        begin(desk, referral.id)
    if tested == "not met":
        find_all(desk, referral.id, failing=("appropriate",))
        conclude(desk, referral.id)

    with pytest.raises((CapacityTestOpen, CapacityTestNotMet)):
        implement(desk, referral.id)

    assert desk.referrals.records.get(referral.id).state.status == "accepted"
    assert "directpayment.implemented" not in desk.referrals.types_told()


def test_once_met_it_is_implemented_once_however_often_the_command_comes() -> None:
    desk = ReferralsDesk()
    referral = an_accepted_referral(desk)
    begin(desk, referral.id)
    find_all(desk, referral.id)
    conclude(desk, referral.id)

    for _ in range(2):
        done = implement(desk, referral.id, key="once")

    assert done.state.status == "in_support"
    assert desk.referrals.types_told().count("directpayment.implemented") == 1
    (payment,) = hear_of_implementation(desk)
    assert (payment.state.status, payment.state.council_decision) == ("running", False)


def test_while_it_is_being_implemented_no_new_test_begins() -> None:
    desk = ReferralsDesk()
    referral = an_accepted_referral(desk)
    begin(desk, referral.id)
    find_all(desk, referral.id)
    conclude(desk, referral.id)
    implement(desk, referral.id)

    with pytest.raises(PaymentStepNotPossible, match="implementing"):
        begin(desk, referral.id, **NOMINEE)


def test_a_nominee_signs_and_is_legally_responsible_before_the_payment_runs() -> None:
    desk = ReferralsDesk()
    referral = an_accepted_referral(desk)
    begin(desk, referral.id, **NOMINEE)
    find_all(desk, referral.id)
    conclude(desk, referral.id)

    with pytest.raises(PaymentStepNotPossible, match="the nominee has not signed"):
        implement(desk, referral.id)
    with pytest.raises(PaymentStepNotPossible, match="nobody else"):
        sign(desk, referral.id, "somebody-else")
    signed = sign(desk, referral.id, "nominee-1").state

    assert signed.agreement is not None
    assert (signed.agreement.signed_by, signed.agreement.signed_on, signed.agreement.scope) == (
        "nominee-1",
        date(2026, 3, 2),
        "the whole payment",
    )
    told = desk.direct_payments.told()[-1]
    assert (told.type, told.data["responsible_id"]) == ("directpayment.agreement.signed", "nominee-1")
    assert implement(desk, referral.id).state.status == "in_support"


def test_what_the_council_implements_by_event_is_its_own_decision_and_noted_as_such() -> None:
    desk = ReferralsDesk()
    an_accepted_referral(desk)
    notice = an_event(type="directpayment.implemented") | {
        "data": {"referral_reference": "REF-0007", "implemented_on": "2026-03-02"}
    }

    answer = desk.take_in(notice)
    (payment,) = hear_of_implementation(desk)

    assert answer.outcome == "accepted"
    assert (payment.state.status, payment.state.council_decision, payment.state.test) == ("running", True, None)


def test_a_council_whose_policy_has_no_conditions_stops_with_its_name() -> None:
    desk = ReferralsDesk()
    stored = desk.taken_in(an_event(council_id=CP), CP)
    with pytest.raises(PolicyIncomplete, match="policy incomplete: cambridgeshire-peterborough"):
        begin_elsewhere(desk, stored.id)


def begin_elsewhere(desk: ReferralsDesk, referral_id: str) -> None:
    """A test in the other council."""
    begin_capacity_test(
        referral_id,
        has_capacity=True,
        recipient=Recipient(kind="person", party_id="per-7"),
        desk=desk.payments,
        cause=a_command(an_adviser(councils=(CP,))),
    )


@pytest.mark.parametrize("event", [{"data__self_funder": True}])
def test_a_self_funder_gets_no_direct_payment(event: dict[str, Any]) -> None:
    desk = ReferralsDesk()
    referral = an_accepted_referral(desk, **event)

    with pytest.raises(StepNotPossible, match="self-funder"):
        begin(desk, referral.id)


@pytest.mark.parametrize(
    ("caller", "shown"),
    [
        pytest.param(an_adviser(), True, id="staff of the council"),
        pytest.param(an_adviser(councils=(CP,)), False, id="staff of another council"),
        pytest.param(Caller(actor_id="nominee-1", roles=("nominee",), councils=(CE,)), True, id="the nominee"),
        pytest.param(Caller(actor_id="nominee-2", roles=("nominee",), councils=(CE,)), False, id="another nominee"),
        pytest.param(
            Caller(actor_id="p", roles=("isf_provider",), councils=(CE,), organisation_id="prov-1"),
            False,
            id="a provider",
        ),
    ],
)
def test_a_payment_is_shown_to_staff_the_person_and_its_recipient(caller: Caller, *, shown: bool) -> None:
    desk = ReferralsDesk()
    referral = an_accepted_referral(desk)
    begin(desk, referral.id, **NOMINEE)

    listed = payments_seen_by(desk.store.direct_payments, caller).items

    assert len(listed) == shown
    if shown:
        assert seen_payment(referral.id, desk=desk.payments, caller=caller).state.referral_id == referral.id
    else:
        with pytest.raises(NotFound):
            seen_payment(referral.id, desk=desk.payments, caller=caller)


def test_the_end_of_the_payment_stops_its_clocks() -> None:
    desk = ReferralsDesk()
    payment = a_running_payment(desk)

    ended = end_direct_payment(
        payment.state.referral_id,
        reason="Sample: moved away.",
        ended_on=date(2026, 3, 2),
        desk=desk.payments,
        cause=a_command(),
    )

    assert (ended.state.status, {clock.state for clock in ended.state.clocks}) == ("ended", {"stopped"})


PACK = policies().pack(CE, on=date(2026, 3, 2))


@given(holds=st.lists(st.sampled_from([True, False, None]), min_size=7, max_size=7), has_capacity=st.booleans())
@settings(deadline=None)
def test_it_is_met_if_and_only_if_nothing_fails_and_nothing_is_missing(
    *, holds: list[bool | None], has_capacity: bool
) -> None:
    recipient = Recipient(**NOMINEE if has_capacity else ROUTE_B)  # type: ignore[arg-type]
    route = None if has_capacity else PACK.table("authorised_person_routes")[1]
    tables = PACK.table("direct_payment_conditions"), PACK.table("direct_payment_exclusions")
    conditions = conditions_of(*tables, recipient, route, has_capacity=has_capacity)
    verdicts = dict(zip([condition.code for condition in conditions], holds, strict=False))
    test = CapacityTest(
        has_capacity=has_capacity,
        recipient=recipient,
        conditions=conditions,
        policy=PACK.version,
        begun_by="x",
        begun_at=A_MONDAY_MORNING,
        findings=tuple(a_finding(code, holds=verdict) for code, verdict in verdicts.items() if verdict is not None),
    )

    stands = standing(test)

    good = [None if verdicts[c.code] is None else verdicts[c.code] != c.bars for c in conditions]
    expected = "not_met" if False in good else "open" if None in good else "met"
    assert stands.outcome == expected
    assert len(stands.failed) == good.count(False)
    assert all(condition.clause in stands.words for condition in stands.failed)


def a_finding(condition: str, *, holds: bool) -> Finding:
    """A finding of a Monday."""
    return Finding(
        condition=condition,
        holds=holds,
        evidence="Sample.",
        found_by="x",
        found_on=date(2026, 3, 2),
        recorded_at=A_MONDAY_MORNING,
    )
